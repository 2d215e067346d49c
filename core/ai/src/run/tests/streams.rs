//! Runs over the bytes of a wire, as a driver would tell them.

use writemagic_shared::runtime::Timestamp;

use super::rig::{Driven, Rig};
use crate::run::{OverlapTrim, RunEnd};
use crate::stream::{Event, StopReason};
use crate::transport::ResponseHead;
use crate::wire::{AnswerDecoder, Wire};

fn chunk(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}

const DONE: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// Reads the bytes of an answer in pieces of this size into a run.
fn read(run: &mut Driven, bytes: &str, size: usize) {
    run.send();
    let head = ResponseHead::new(200, [("content-type", "text/event-stream")]);
    let mut decoder = AnswerDecoder::new(Wire::OpenAi, &head, Timestamp::from_millis(0));
    for piece in bytes.as_bytes().chunks(size) {
        decoder.push(piece, &mut |event: Event<'_>| run.event(event));
    }
    decoder.finish(&mut |event: Event<'_>| run.event(event));
}

#[test]
fn a_cut_answer_is_interrupted_and_its_continuation_says_nothing_twice() {
    let words = "It rained for days. Nobody went out. Then the sun came, and";
    let rest = "Then the sun came, and the street was full again.";
    for size in [1, 7, 4_096] {
        let mut first = Rig::new(1).begun();
        let bytes: String = words.split_inclusive(' ').map(chunk).collect();
        read(&mut first, &bytes, size);
        let outcome = first.end().unwrap();
        assert!(matches!(outcome.end, RunEnd::Interrupted { resumable: true, .. }), "{outcome:?}");
        assert_eq!(outcome.text, words);
        let mut second = Rig::new(1).begun();
        let bytes: String = rest.split_inclusive(' ').map(chunk).chain([DONE.to_owned()]).collect();
        read(&mut second, &bytes, size);
        let outcome = second.end().unwrap();
        assert_eq!(outcome.end, RunEnd::Completed { reason: StopReason::Answered });
        let mut trim = OverlapTrim::new(words);
        let whole = words.to_owned() + &trim.push(&outcome.text) + &trim.finish();
        assert_eq!(whole, format!("{words} the street was full again."));
    }
}

#[test]
fn an_answer_without_any_content_is_asked_for_again() {
    let mut run = Rig::new(1).begun();
    read(&mut run, ": ping\n\n", 3);
    assert!(run.end().is_none());
    run.wait_seconds(1);
    read(&mut run, &(chunk("Yes.") + DONE), 5);
    assert_eq!(run.end().unwrap().text, "Yes.");
    assert_eq!(run.started.len(), 2);
}
