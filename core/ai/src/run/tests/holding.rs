use std::time::Duration;

use super::rig::Rig;
use crate::run::{Action, Cause, RunEnd};
use crate::stream::{Event, FailureClass};

#[test]
fn silence_does_not_count_while_nobody_reads_and_text_is_kept_all_the_same() {
    let mut run = Rig::new(1).begun();
    run.send();
    run.event(Event::Text("a"));
    run.run.hold_reading(run.now());
    run.wait_seconds(100);
    assert!(run.end().is_none());
    assert_eq!(run.kept_text(), "a");
    run.run.resume_reading(run.now());
    run.wait_seconds(19);
    assert!(run.end().is_none());
    run.wait_seconds(2);
    assert!(matches!(run.end().unwrap().end, RunEnd::Interrupted { resumable: true, .. }));
}

#[test]
fn a_run_that_nobody_reads_has_its_end_too() {
    let mut run = Rig::new(1).begun();
    run.send();
    run.event(Event::Text("a"));
    run.run.hold_reading(run.now());
    run.wait_seconds(601);
    assert!(matches!(run.end().unwrap().end, RunEnd::Interrupted { .. }));
}

#[test]
fn what_began_while_nobody_read_waited_for_less() {
    let mut run = Rig::new(1).begun();
    run.run.hold_reading(run.now());
    run.wait_seconds(50);
    run.send();
    run.run.resume_reading(run.now());
    assert!(run.run.wake_at().unwrap() <= run.now().after(Duration::from_secs(30)));
    run.wait_seconds(31);
    assert_eq!(run.started.len(), 2, "no content came in time");
}

#[test]
fn a_pause_keeps_what_was_said_and_counts_against_nobody() {
    let rig = Rig::new(1);
    for _ in 0..10 {
        let mut run = rig.begun();
        run.send();
        run.event(Event::Text("a"));
        let now = run.now();
        run.run.pause(now);
        run.take();
        assert!(run.seen.iter().any(|action| matches!(action, Action::Stop { attempt: 1 })));
        assert_eq!(run.kept_text(), "a");
        assert!(matches!(run.end().unwrap().end, RunEnd::Interrupted { resumable: true, .. }));
    }
    let mut silent = rig.begun();
    silent.send();
    let now = silent.now();
    silent.run.pause(now);
    silent.take();
    assert_eq!(silent.end().unwrap().end, RunEnd::Cancelled);
}

#[test]
fn content_that_is_held_back_is_not_asked_for_again() {
    let mut run = Rig::new(2).begun();
    run.send();
    let now = run.now();
    run.run.content_held_back(1, now);
    run.take();
    run.fails(FailureClass::Connection);
    assert_eq!(run.started.len(), 1);
    assert!(matches!(run.end().unwrap().end, RunEnd::Interrupted { resumable: false, .. }));
}

#[test]
fn an_attempt_whose_endpoint_failed_for_others_while_it_waited_is_not_sent() {
    let rig = Rig::new(2);
    let mut run = rig.begun();
    for _ in 0..5 {
        rig.plan.candidates[0].breaker.acquire().unwrap().failed(Duration::ZERO, None);
    }
    let now = run.now();
    assert!(!run.run.turn_came(1, now));
    run.take();
    assert_eq!(run.started, [(1, 0), (2, 1)]);
    assert!(run.run.turn_came(2, now) && !run.run.turn_came(1, now));
    rig.plan.candidates[1].breaker.force_open();
    assert!(!run.run.turn_came(2, now));
    run.take();
    assert!(matches!(run.end().unwrap().end, RunEnd::Failed { cause: Cause::Breaker(_), .. }));
}
