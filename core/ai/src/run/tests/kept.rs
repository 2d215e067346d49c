use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::id::RunId;
use writemagic_shared::runtime::Timestamp;

use super::rig::{Memory, Rig};
use crate::model::{Locality, Message, Microdollars, Request, Role, Usage};
use crate::run::{Action, RunEnd, RunHead, RunJournal, RunRecord, RunState, RunStore, RunTail};
use crate::stream::{Event, FailureClass, StopReason};

const RUN: RunId = RunId::from_bytes([7; 16]);

fn head() -> RunHead {
    let message = |role, text: &str| Message { role, text: text.to_owned() };
    RunHead {
        started: Timestamp::from_millis(-5),
        provider: "p0".to_owned(),
        model: "m0".to_owned(),
        ceiling: Locality::Lan,
        masked: true,
        continues: Some(RunId::from_bytes([1; 16])),
        request: Request {
            system: Some("sys".to_owned()),
            messages: vec![message(Role::User, "é"), message(Role::Assistant, "")],
            max_output_tokens: 9,
            temperature: Some(0.5),
            stop: vec!["END".to_owned()],
        },
    }
}

#[test]
fn a_killed_run_reads_back_as_interrupted_with_its_text() {
    let rig = Rig::new(1);
    let mut journal = RunJournal::begin(rig.memory.clone(), RUN, head()).unwrap();
    let mut run = rig.begun();
    run.send();
    let mut written = String::new();
    for number in 0..500 {
        let word = format!("word{number} ");
        written.push_str(&word);
        run.event(Event::Text(&word));
        run.wait(Duration::from_millis(20));
    }
    journal.asks("p1", "m1").unwrap();
    for action in &run.seen {
        if let Action::Append { offset, text } = action {
            journal.append(*offset, text).unwrap();
        }
    }
    drop((run, journal));
    let record = RunJournal::read(&*rig.memory, RUN).unwrap();
    assert_eq!((record.state(), record.is_resumable()), (RunState::Interrupted, true));
    assert_eq!((record.head.provider.as_str(), &record.head.request), ("p1", &head().request));
    // At most 250 ms of one word every 20 ms.
    assert!(written.starts_with(&record.text) && written.len() - record.text.len() <= 14 * 8);
    assert!(!format!("{record:?}").contains("word1"));
}

#[test]
fn text_is_kept_every_quarter_of_a_second_or_kibibyte_and_when_asked() {
    let appended = |run: &super::rig::Driven| run.kept_text().len();
    let mut run = Rig::new(1).begun();
    run.send();
    run.event(Event::Text("a"));
    run.wait(Duration::from_millis(249));
    assert_eq!(appended(&run), 0);
    run.wait(Duration::from_millis(1));
    assert_eq!(appended(&run), 1);
    run.event(Event::Text(&"b".repeat(1_023)));
    assert_eq!(appended(&run), 1);
    run.event(Event::Text("c"));
    assert_eq!(appended(&run), 1_025);
    run.event(Event::Text("d"));
    run.run.keep_now();
    run.take();
    assert_eq!(appended(&run), 1_026);
}

#[test]
fn text_that_could_not_be_kept_is_handed_out_again() {
    let mut run = Rig::new(1).begun();
    run.send();
    run.event(Event::Text("ab"));
    run.wait(Duration::from_millis(250));
    let now = run.now();
    run.run.append_failed(0, now);
    run.event(Event::Text(&"c".repeat(2_000)));
    let appends = |run: &super::rig::Driven| {
        run.seen.iter().filter(|action| matches!(action, Action::Append { .. })).count()
    };
    assert_eq!(appends(&run), 1, "not before its time");
    run.wait(Duration::from_millis(250));
    let Some(Action::Append { offset: 0, text }) =
        run.seen.iter().rfind(|action| matches!(action, Action::Append { .. }))
    else {
        panic!("all of it again");
    };
    assert_eq!(text.as_str().len(), 2_002);
}

#[test]
fn an_end_is_kept_as_it_was() {
    let rig = Rig::new(1);
    let journal = RunJournal::begin(rig.memory.clone(), RUN, head()).unwrap();
    let mut run = rig.begun();
    run.send();
    run.event(Event::Text("half"));
    run.fails(FailureClass::Interrupted);
    let outcome = run.end().unwrap();
    journal.end(outcome, Timestamp::from_millis(9), false).unwrap();
    let record = RunJournal::read(&*rig.memory, RUN).unwrap();
    assert_eq!((record.text.as_str(), record.state()), ("half", RunState::Interrupted));
    let tail = record.tail.unwrap();
    assert_eq!((tail.error, tail.resumable, tail.cost), (Some(Code::StreamInterrupted), true, outcome.cost));
    assert!(matches!(outcome.end, RunEnd::Interrupted { .. }));
}

#[test]
fn runs_that_are_not_there_or_not_whole_are_told_apart() {
    let memory: Arc<Memory> = Arc::default();
    assert_eq!(RunJournal::read(&*memory, RUN).unwrap_err().code(), Code::RunNotFound);
    memory.put_head(RUN, b"nonsense").unwrap();
    assert_eq!(RunJournal::read(&*memory, RUN).unwrap_err().code(), Code::RunDamaged);
}

#[test]
fn every_flipped_bit_and_every_cut_is_found() {
    let whole = head().encode().unwrap();
    assert_eq!(RunHead::decode(&whole).unwrap(), head());
    for at in 0..whole.len() {
        assert!(RunHead::decode(&whole[..at]).is_err());
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        assert!(RunHead::decode(&flipped).is_err());
    }
    assert!(RunTail::decode(&whole).is_err());
}

#[test]
fn an_answer_that_reached_its_limit_can_be_gone_on_from() {
    let record = |state, reason, text: &str| RunRecord {
        head: head(),
        text: text.to_owned(),
        tail: Some(RunTail {
            ended: Timestamp::from_millis(0),
            state,
            reason,
            error: None,
            resumable: false,
            usage: None,
            cost: None,
        }),
    };
    assert!(record(RunState::Completed, Some(StopReason::OutputLimit), "a").is_resumable());
    assert!(!record(RunState::Completed, Some(StopReason::OutputLimit), "").is_resumable());
    assert!(!record(RunState::Completed, Some(StopReason::Answered), "a").is_resumable());
    assert!(!record(RunState::Cancelled, None, "a").is_resumable());
}

proptest! {
    #[test]
    fn a_tail_is_read_as_it_was_written(
        ended in any::<i64>(),
        state in prop::sample::select(vec![
            RunState::Completed, RunState::Interrupted, RunState::Cancelled, RunState::Failed,
        ]),
        reason in prop::option::of(prop::sample::select(vec![
            StopReason::Answered, StopReason::OutputLimit, StopReason::Paused, StopReason::Other,
        ])),
        error in prop::option::of(prop::sample::select(Code::ALL)),
        resumable in any::<bool>(),
        used in prop::option::of((any::<u64>(), any::<u64>(), any::<bool>())),
        cost in prop::option::of(any::<u64>()),
    ) {
        let usage = used.map(|(input_tokens, output_tokens, estimated)| Usage {
            input_tokens, output_tokens, estimated, ..Usage::default()
        });
        let cost = cost.map(Microdollars);
        let tail =
            RunTail { ended: Timestamp::from_millis(ended), state, reason, error, resumable, usage, cost };
        prop_assert_eq!(RunTail::decode(&tail.encode().unwrap()).unwrap(), tail);
    }

    #[test]
    fn no_bytes_make_reading_fail_badly(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = RunHead::decode(&bytes);
        let _ = RunTail::decode(&bytes);
        for kind in [1, 2] {
            let mut framed = Vec::new();
            writemagic_shared::codec::frame::put(&mut framed, kind, &[&[1], bytes.as_slice()].concat()).unwrap();
            let _ = RunHead::decode(&framed);
            let _ = RunTail::decode(&framed);
        }
    }
}
