//! Whatever happens in whatever order, a run ends exactly once.

use std::time::Duration;

use proptest::prelude::*;
use writemagic_shared::error::Code;

use super::rig::{Driven, Rig};
use crate::key::KeyError;
use crate::ledger::EntryState;
use crate::model::Usage;
use crate::resilience::QueueFull;
use crate::run::{RunEnd, RunEvent, Unsent};
use crate::stream::{End, Event, Failure, FailureClass, StopReason};

/// What may happen to a run.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send,
    Connect,
    Started,
    Text,
    Reasoning,
    Usage,
    Heartbeat,
    Finish,
    Fail(FailureClass),
    Queue,
    NoKey,
    NoDisk,
    AppendFails,
    Keep,
    Cancel,
    Wait(u64),
    /// Something of an attempt that is not wanted any more.
    Late,
}

fn apply(run: &mut Driven, step: Step) {
    let (attempt, now) = (run.attempt(), run.now());
    match step {
        Step::Send => run.run.sent(attempt, now),
        Step::Connect => run.run.connected(attempt, now),
        Step::Started => run.event(Event::Started { model: Some("m") }),
        Step::Text => run.event(Event::Text("some words ")),
        Step::Reasoning => run.event(Event::Reasoning("hm ")),
        Step::Usage => run.event(Event::Usage(Usage { input_tokens: 5, ..Usage::default() })),
        Step::Heartbeat => run.event(Event::Heartbeat),
        Step::Finish => run.event(Event::End(End::Finished(StopReason::Answered))),
        Step::Fail(class) => run.fails(class),
        Step::Queue => run.run.unsent(attempt, Unsent::Queue(QueueFull { waiting: 16 }), now),
        Step::NoKey => run.run.unsent(attempt, Unsent::Key(KeyError::Missing), now),
        Step::NoDisk => run.run.unsent(attempt, Unsent::Store(Code::DiskFull), now),
        Step::AppendFails => run.run.append_failed(0, now),
        Step::Keep => run.run.keep_now(),
        Step::Cancel => run.run.cancel(now),
        Step::Wait(millis) => run.wait(Duration::from_millis(millis)),
        Step::Late => {
            run.run.event(attempt.wrapping_sub(1), Event::Text("late"), now);
            run.run.event(
                attempt.wrapping_add(1),
                Event::End(End::Failed(Failure::new(FailureClass::Offline))),
                now,
            );
        }
    }
    run.take();
}

/// Whatever came before: left alone, the run ends within its longest time, once, with everything settled.
fn check(rig: &Rig, run: &mut Driven) {
    if run.end().is_none() {
        assert!(run.run.wake_at().is_some(), "a run that nobody would wake");
        run.wait_seconds(601);
    }
    let outcome = run.end().expect("an end").clone();
    assert_eq!(run.run.wake_at(), None);
    assert_eq!(run.shown_text(), outcome.text, "what was shown is what is kept");
    let shown: Vec<_> = run.events();
    let starts = shown.iter().filter(|event| matches!(event, RunEvent::Started { .. })).count();
    let first_content =
        shown.iter().position(|event| matches!(event, RunEvent::Text(_) | RunEvent::Reasoning(_)));
    let last_retry =
        shown.iter().rposition(|event| matches!(event, RunEvent::Retry { .. } | RunEvent::Fallback { .. }));
    assert!(starts <= 1 && (first_content.is_none() || starts == 1));
    assert!(first_content.is_none_or(|content| last_retry.is_none_or(|retry| retry < content)));
    match outcome.end {
        RunEnd::Interrupted { .. } => assert!(first_content.is_some()),
        RunEnd::Failed { .. } => assert!(first_content.is_none()),
        RunEnd::Completed { .. } | RunEnd::Cancelled => {}
    }
    assert!(rig.states().iter().all(|state| *state != EntryState::Reserved));
    let candidates: std::collections::BTreeSet<usize> = run.started.iter().map(|(_, one)| *one).collect();
    assert!(candidates.len() <= 4 && run.started.len() <= 4 * 4);
    let entries = rig.memory.entries.lock().unwrap();
    let settled = entries.iter().filter(|entry| entry.state == EntryState::Settled).count();
    assert!(settled > 0 || outcome.usage.is_none());
    drop(entries);
    let length = run.seen.len();
    for step in [Step::Cancel, Step::Text, Step::Finish, Step::Keep, Step::AppendFails, Step::Wait(1_000_000)]
    {
        apply(run, step);
    }
    assert_eq!(run.seen.len(), length, "nothing follows the end");
}

/// Steps after which runs differ in kind.
const TELLING: [Step; 12] = [
    Step::Send,
    Step::Started,
    Step::Text,
    Step::Usage,
    Step::Finish,
    Step::Fail(FailureClass::Unavailable),
    Step::Fail(FailureClass::NotAStream),
    Step::Queue,
    Step::NoKey,
    Step::Cancel,
    Step::Wait(600),
    Step::Wait(31_000),
];

#[test]
fn every_order_of_four_steps_ends_once() {
    let count = TELLING.len();
    for number in 0..count.pow(4) {
        let rig = Rig::new(2);
        let mut run = rig.begun();
        let mut rest = number;
        for _ in 0..4 {
            apply(&mut run, TELLING[rest % count]);
            rest /= count;
            // What follows an end is looked at by the check.
            if run.run.is_ended() {
                break;
            }
        }
        if rest > 0 {
            continue;
        }
        check(&rig, &mut run);
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Send),
        1 => Just(Step::Connect),
        1 => Just(Step::Started),
        3 => Just(Step::Text),
        1 => Just(Step::Reasoning),
        1 => Just(Step::Usage),
        1 => Just(Step::Heartbeat),
        1 => Just(Step::Finish),
        4 => prop::sample::select(FailureClass::ALL).prop_map(Step::Fail),
        1 => Just(Step::Queue),
        1 => Just(Step::NoKey),
        1 => Just(Step::NoDisk),
        1 => Just(Step::Keep),
        1 => Just(Step::Cancel),
        4 => (0_u64..70_000).prop_map(Step::Wait),
        1 => Just(Step::Late),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_long_order_of_steps_ends_once(
        steps in prop::collection::vec(step(), 0..30),
        candidates in 0_usize..5,
        reasoning in any::<bool>(),
    ) {
        let mut rig = Rig::new(candidates);
        for candidate in &mut rig.plan.candidates {
            candidate.reasoning = reasoning;
        }
        let mut run = rig.begun();
        for step in steps {
            apply(&mut run, step);
        }
        check(&rig, &mut run);
    }
}
