//! Responses of every wire, in the shapes that the providers describe and with the oddities that are known of them.
//!
//! `streams/WIRE/NAME.http` is a response: its status, its headers, a blank line, its body. `NAME.events` is what it means.
//! It must mean the same however its bytes are cut and whichever line ends its stream has.

#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use std::fs;
use std::path::{Path, PathBuf};

use writemagic_ai::stream::{End, Event, Failure};
use writemagic_ai::transport::ResponseHead;
use writemagic_ai::wire::{AnswerDecoder, Wire};
use writemagic_shared::runtime::Timestamp;

struct Recorded {
    name: String,
    wire: Wire,
    head: ResponseHead,
    body: String,
    expected: String,
}

fn recorded() -> Vec<Recorded> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/streams");
    let mut all = Vec::new();
    for wire in Wire::ALL {
        let mut files: Vec<PathBuf> =
            fs::read_dir(root.join(wire.name())).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "http")) {
            let text = fs::read_to_string(file).unwrap();
            let (head, body) = text.split_once("\n\n").unwrap();
            let (status, headers) = head.split_once('\n').unwrap();
            let headers = headers.lines().map(|line| line.split_once(": ").unwrap());
            all.push(Recorded {
                name: format!("{}/{}", wire.name(), file.file_stem().unwrap().to_string_lossy()),
                wire: *wire,
                head: ResponseHead::new(status.parse().unwrap(), headers),
                body: body.to_owned(),
                expected: fs::read_to_string(file.with_extension("events")).unwrap_or_default(),
            });
        }
    }
    all
}

fn shown(failure: &Failure) -> String {
    let mut line = format!("failed {:?}", failure.class);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            line.push_str(&format!(" {name}={value}"));
        }
    };
    add("status", failure.status.map(|status| status.to_string()));
    add("wait", failure.retry_after.map(|wait| format!("{wait:?}")));
    add("retry", failure.should_retry.map(|retry| retry.to_string()));
    add("word", failure.provider_word.map(str::to_owned));
    add("context", failure.context_tokens.map(|tokens| tokens.to_string()));
    line
}

fn line(event: Event<'_>) -> String {
    match event {
        Event::Started { model } => format!("started {}", model.unwrap_or("-")),
        Event::Text(text) => format!("text {text:?}"),
        Event::Reasoning(text) => format!("reasoning {text:?}"),
        Event::ToolCall(piece) => format!(
            "tool {} {} {} {:?}",
            piece.index,
            piece.id.unwrap_or("-"),
            piece.name.unwrap_or("-"),
            piece.arguments
        ),
        Event::Usage(usage) => format!(
            "usage input={} read={} write={} output={} reasoning={}",
            usage.input_tokens,
            usage.cache_read_tokens,
            usage.cache_write_tokens,
            usage.output_tokens,
            usage.reasoning_tokens
        ),
        Event::Heartbeat => "heartbeat".to_owned(),
        Event::End(End::Finished(reason)) => format!("finished {}", reason.name()),
        Event::End(End::Failed(failure)) => shown(&failure),
        _ => panic!("an event that this test does not know"),
    }
}

fn read<'a>(recorded: &Recorded, chunks: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut decoder = AnswerDecoder::new(recorded.wire, &recorded.head, Timestamp::from_millis(0));
    let mut lines = String::new();
    let mut sink = |event: Event<'_>| {
        lines.push_str(&line(event));
        lines.push('\n');
    };
    for chunk in chunks {
        decoder.push(chunk, &mut sink);
    }
    decoder.finish(&mut sink);
    assert!(decoder.is_ended());
    decoder.finish(&mut sink);
    lines
}

#[test]
fn every_recorded_response_means_what_stands_beside_it() {
    let all = recorded();
    assert!(all.len() > 60, "only {} responses were found", all.len());
    let mut wrong = Vec::new();
    for recorded in &all {
        let found = read(recorded, [recorded.body.as_bytes()]);
        if found != recorded.expected {
            wrong.push(format!("--- {}\n{found}", recorded.name));
        }
    }
    assert!(wrong.is_empty(), "these mean something else:\n{}", wrong.join("\n"));
}

#[test]
fn responses_mean_the_same_cut_at_every_byte_with_every_line_end() {
    for recorded in recorded() {
        for end in ["\n", "\r\n", "\r"] {
            let body = recorded.body.replace('\n', end);
            let bytes = body.as_bytes();
            let expected = &recorded.expected;
            assert_eq!(&read(&recorded, bytes.chunks(1)), expected, "{} one by one, {end:?}", recorded.name);
            for cut in 0..=bytes.len() {
                let (first, second) = bytes.split_at(cut);
                let found = read(&recorded, [first, second]);
                assert_eq!(&found, expected, "{} cut at {cut}, {end:?}", recorded.name);
            }
        }
    }
}

#[test]
fn a_connection_that_breaks_anywhere_ends_every_answer_once() {
    use writemagic_ai::stream::FailureClass;
    for recorded in recorded() {
        for cut in 0..=recorded.body.len() {
            let mut decoder = AnswerDecoder::new(recorded.wire, &recorded.head, Timestamp::from_millis(0));
            let (mut ends, mut content, mut finished) = (0, false, false);
            let mut sink = |event: Event<'_>| {
                assert_eq!(ends, 0, "{}: nothing follows the end", recorded.name);
                content |= event.is_content();
                if let Event::End(end) = event {
                    ends += 1;
                    finished = matches!(end, End::Finished(_));
                    if let End::Failed(failure) = end {
                        let early = [FailureClass::Interrupted].contains(&failure.class) && !content;
                        assert!(!early, "{}: nothing was there to be interrupted", recorded.name);
                    }
                }
            };
            decoder.push(&recorded.body.as_bytes()[..cut], &mut sink);
            decoder.broke_off(Failure::new(FailureClass::Connection), &mut sink);
            assert_eq!(ends, 1, "{} broken at {cut}", recorded.name);
            assert!(!finished || recorded.expected.contains("finished"), "{} at {cut}", recorded.name);
        }
    }
}
