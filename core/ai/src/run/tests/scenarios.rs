use std::time::Duration;

use writemagic_shared::error::{Code, Coded as _};

use super::rig::{Driven, Rig};
use crate::key::KeyError;
use crate::ledger::{Cap, Caps, EntryState};
use crate::model::{Locality, Microdollars, Usage};
use crate::privacy::Ceiling;
use crate::resilience::{BreakerState, QueueFull};
use crate::run::{Action, Cause, RunEnd, RunEvent, Unsent};
use crate::stream::{End, Event, Failure, FailureClass, StopReason, ToolCallPiece};

fn usage(input: u64, output: u64) -> Usage {
    Usage { input_tokens: input, output_tokens: output, ..Usage::default() }
}

fn failed(run: &Driven) -> (Code, bool) {
    match run.end().expect("an end").end {
        RunEnd::Failed { cause, retry_at } => (cause.code(), retry_at.is_some()),
        other => panic!("{other:?}"),
    }
}

fn interrupted(run: &Driven) -> (Code, bool) {
    match run.end().expect("an end").end {
        RunEnd::Interrupted { cause, resumable } => (cause.code(), resumable),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_is_shown_kept_and_paid() {
    let rig = Rig::new(1);
    let mut run = rig.begun();
    assert_eq!(rig.states(), [EntryState::Reserved]);
    run.send();
    run.event(Event::Started { model: Some("m0-2026") });
    assert_eq!(run.events().len(), 0, "nothing is shown that a retry could take back");
    run.event(Event::Text("It "));
    run.event(Event::Text("rained."));
    run.event(Event::Usage(usage(90, 5)));
    run.finishes();
    let outcome = run.end().unwrap();
    assert_eq!(outcome.end, RunEnd::Completed { reason: StopReason::Answered });
    assert_eq!((outcome.text.as_str(), outcome.usage), ("It rained.", Some(usage(90, 5))));
    assert_eq!((outcome.cost, outcome.candidate), (Some(Microdollars(140)), Some(0)));
    assert_eq!((run.shown_text(), run.kept_text()), ("It rained.".to_owned(), "It rained.".to_owned()));
    let started = RunEvent::Started { candidate: 0, model: Some("m0-2026".to_owned()) };
    assert_eq!(run.events()[0], &started);
    assert_eq!(rig.states(), [EntryState::Settled]);
    assert_eq!(run.run.wake_at(), None);
}

#[test]
fn two_failures_and_then_an_answer_are_one_stream() {
    let rig = Rig::new(1);
    let mut run = rig.begun();
    for most in [500, 1_000] {
        run.send();
        run.event(Event::Started { model: None });
        run.fails(FailureClass::Unavailable);
        let before = run.now();
        let attempts = run.started.len();
        let Some(RunEvent::Retry { after, .. }) = run.events().last().copied().cloned() else {
            panic!("a retry")
        };
        assert!(after <= Duration::from_millis(most), "{after:?}");
        run.wait(Duration::from_millis(most));
        assert!(run.started.len() == attempts + 1 && run.now() >= before);
    }
    run.send();
    run.event(Event::Started { model: None });
    run.event(Event::Text("Yes"));
    run.finishes();
    let starts = run.events().iter().filter(|event| matches!(event, RunEvent::Started { .. })).count();
    assert_eq!((starts, run.shown_text().as_str(), run.started.len()), (1, "Yes", 3));
    assert_eq!(rig.states(), [EntryState::Settled]);
}

#[test]
fn a_provider_that_asks_for_seven_seconds_gets_them_and_for_ten_minutes_is_left() {
    let rate = |seconds| {
        let failure = Failure::new(FailureClass::RateLimited).with_retry_after(Duration::from_secs(seconds));
        Event::End(End::Failed(failure))
    };
    let mut run = Rig::new(1).begun();
    run.send();
    run.event(rate(7));
    run.wait(Duration::from_millis(6_999));
    assert_eq!(run.started.len(), 1);
    run.wait_seconds(5);
    assert_eq!(run.started.len(), 2);
    let mut run = Rig::new(1).begun();
    run.send();
    run.event(rate(600));
    assert_eq!((failed(&run), run.started.len()), ((Code::RateLimited, true), 1));
}

#[test]
fn the_next_model_is_asked_when_one_is_given_up_and_each_is_reserved_for() {
    let rig = Rig::new(2);
    let mut run = rig.begun();
    run.send();
    run.fails(FailureClass::NotAStream);
    assert_eq!(run.started, [(1, 0), (2, 1)]);
    assert!(matches!(run.events().last(), Some(RunEvent::Fallback { candidate: 1, .. })));
    assert_eq!(rig.states(), [EntryState::Released, EntryState::Reserved]);
    run.send();
    run.fails(FailureClass::NotAStream);
    assert_eq!(failed(&run), (Code::NotAnEventStream, false));
    assert_eq!((run.end().unwrap().candidate, run.end().unwrap().usage), (Some(1), None));
    assert_eq!(rig.states(), [EntryState::Released, EntryState::Released]);
}

#[test]
fn what_failed_attempts_reported_is_paid_for() {
    let rig = Rig::new(1);
    let mut run = rig.begun();
    for _ in 0..3 {
        run.send();
        run.event(Event::Usage(usage(90, 1)));
        run.fails(FailureClass::Unavailable);
        run.wait_seconds(2);
    }
    assert_eq!(failed(&run), (Code::ProviderUnavailable, false));
    let outcome = run.end().unwrap();
    assert_eq!((outcome.usage, outcome.cost), (Some(usage(270, 3)), Some(Microdollars(300))));
    assert_eq!((outcome.candidate, rig.states()), (Some(0), vec![EntryState::Settled]));
}

#[test]
fn after_content_nothing_is_repeated() {
    let mut run = Rig::new(2).begun();
    run.send();
    run.event(Event::Text("Four hundred words"));
    run.fails(FailureClass::Unavailable);
    assert_eq!(interrupted(&run), (Code::ProviderUnavailable, true));
    assert_eq!((run.end().unwrap().text.as_str(), run.started.len()), ("Four hundred words", 1));
    let settled = run.end().unwrap().usage.unwrap();
    assert!(settled.estimated && settled.input_tokens == 100 && settled.output_tokens >= 3);
}

#[test]
fn refusals_tool_calls_and_bare_reasoning_are_not_gone_on_from() {
    let piece = ToolCallPiece { index: 0, id: None, name: Some("find"), arguments: "{" };
    let cases = [
        (vec![Event::Text("a")], FailureClass::Interrupted, true),
        (vec![Event::Text("a")], FailureClass::Refused, false),
        (vec![Event::Text("a"), Event::ToolCall(piece)], FailureClass::Interrupted, false),
        (vec![Event::Reasoning("a")], FailureClass::Interrupted, false),
    ];
    for (events, class, expected) in cases {
        let mut run = Rig::new(1).begun();
        run.send();
        events.into_iter().for_each(|event| run.event(event));
        run.fails(class);
        assert_eq!(interrupted(&run).1, expected, "{class:?}");
    }
}

#[test]
fn nothing_starts_above_the_ceiling_the_cap_or_the_context() {
    let mut rig = Rig::new(2);
    rig.plan.ceiling = Ceiling::nearest([Locality::Device]);
    let run = rig.begun();
    assert_eq!((failed(&run), run.started.len(), rig.states().len()), ((Code::LocalityCeiling, false), 0, 0));
    let cap = Cap { money: Some(Microdollars(10_000)), tokens: None };
    let rig = Rig::capped(1, Caps { day: cap, ..Caps::default() });
    let run = rig.begun();
    assert_eq!((failed(&run), run.started.len(), rig.states().len()), ((Code::BudgetExceeded, false), 0, 0));
    let mut rig = Rig::new(1);
    rig.plan.candidates[0].context_tokens = Some(1_099);
    assert_eq!(failed(&rig.begun()), (Code::ContextTooLong, false));
    assert_eq!(failed(&Rig::new(0).begun()), (Code::ModelUnavailable, false));
}

#[test]
fn a_model_below_the_ceiling_is_asked_in_place_of_one_above() {
    let mut rig = Rig::new(2);
    rig.plan.ceiling = Ceiling::nearest([Locality::Device, Locality::Cloud]);
    rig.plan.candidates[1].locality = Locality::Device;
    assert_eq!(rig.begun().started, [(1, 1)]);
}

#[test]
fn an_open_breaker_and_a_cooldown_refuse_without_a_write() {
    let rig = Rig::new(1);
    rig.plan.candidates[0].breaker.force_open();
    assert_eq!(failed(&rig.begun()), (Code::CircuitOpen, false));
    rig.plan.candidates[0].breaker.reset();
    let mut run = rig.begun();
    run.send();
    run.fails(FailureClass::Quota);
    assert_eq!(failed(&run), (Code::QuotaExhausted, false));
    assert_eq!(failed(&rig.begun()), (Code::QuotaExhausted, false));
    assert_eq!(rig.states(), [EntryState::Released]);
}

#[test]
fn twenty_runs_to_a_dead_provider_make_few_calls_and_open_the_breaker() {
    let rig = Rig::new(1);
    let mut calls = 0;
    for _ in 0..20 {
        let mut run = rig.begun();
        while run.end().is_none() {
            run.send();
            run.fails(FailureClass::Unavailable);
            calls += 1;
            run.wait_seconds(2);
        }
    }
    assert_eq!(calls, 5);
    assert!(matches!(rig.plan.candidates[0].breaker.state(), BreakerState::Open { .. }));
}

#[test]
fn what_is_not_sent_costs_nothing() {
    let rig = Rig::new(2);
    let mut run = rig.begun();
    let now = run.now();
    run.run.unsent(1, Unsent::Queue(QueueFull { waiting: 16 }), now);
    run.take();
    assert_eq!(run.started, [(1, 0), (2, 1)]);
    run.run.unsent(2, Unsent::Key(KeyError::Missing), now);
    run.take();
    assert_eq!(failed(&run), (Code::KeyMissing, false));
    assert_eq!(rig.states(), [EntryState::Released, EntryState::Released]);
    let mut run = rig.begun();
    run.run.unsent(1, Unsent::Store(Code::DiskFull), now);
    run.take();
    assert_eq!((failed(&run), run.started.len()), ((Code::DiskFull, false), 1));
}

#[test]
fn every_timer_ends_its_wait() {
    // Not connected: the next attempt after ten seconds.
    let mut run = Rig::new(1).begun();
    let now = run.now();
    run.run.sent(1, now);
    run.wait(Duration::from_millis(9_999));
    assert_eq!(run.started.len(), 1);
    run.wait_seconds(2);
    assert_eq!((run.started.len(), run.seen.contains(&Action::Stop { attempt: 1 })), (2, true));
    // No content: pings do not help.
    for (reasoning, seconds) in [(false, 30), (true, 120)] {
        let mut rig = Rig::new(1);
        rig.plan.candidates[0].reasoning = reasoning;
        let mut run = rig.begun();
        run.send();
        for _ in 0..seconds {
            assert!(!run.seen.contains(&Action::Stop { attempt: 1 }));
            run.event(Event::Heartbeat);
            run.wait_seconds(1);
        }
        assert!(run.seen.contains(&Action::Stop { attempt: 1 }));
    }
    // Silence, where content may take longer.
    let mut rig = Rig::new(1);
    rig.plan.candidates[0].reasoning = true;
    let mut run = rig.begun();
    run.send();
    run.wait_seconds(59);
    assert!(!run.seen.contains(&Action::Stop { attempt: 1 }));
    run.wait_seconds(1);
    assert!(run.seen.contains(&Action::Stop { attempt: 1 }));
    // A gap after content, filled with pings.
    let mut run = Rig::new(1).begun();
    run.send();
    run.event(Event::Text("a"));
    for _ in 0..20 {
        assert!(run.end().is_none());
        run.event(Event::Heartbeat);
        run.wait_seconds(1);
    }
    assert_eq!(interrupted(&run), (Code::StreamInterrupted, true));
    // An answer that goes on for ever.
    let mut run = Rig::new(1).begun();
    run.send();
    for _ in 0..60 {
        assert!(run.end().is_none());
        run.event(Event::Text("a"));
        run.wait_seconds(10);
    }
    assert_eq!(interrupted(&run), (Code::StreamInterrupted, true));
    // A turn that never comes.
    let rig = Rig::new(1);
    let mut run = rig.begun();
    run.wait_seconds(90);
    assert_eq!((failed(&run), rig.states()), ((Code::ProviderBusy, false), vec![EntryState::Released]));
}

#[test]
fn a_cancel_ends_at_once_wherever_it_comes_and_returns_the_permit() {
    for steps in 0..5 {
        let rig = Rig::new(1);
        let mut run = rig.begun();
        if steps > 0 {
            run.send();
        }
        if steps > 1 {
            run.event(Event::Text("half"));
        }
        if steps == 4 {
            run.event(Event::Usage(usage(90, 2)));
        }
        if steps == 3 {
            run.wait_seconds(1);
        }
        run.cancel();
        run.cancel();
        run.event(Event::Text("late"));
        let outcome = run.end().unwrap();
        assert_eq!(outcome.end, RunEnd::Cancelled);
        assert_eq!(outcome.text, if steps > 1 { "half" } else { "" });
        assert_eq!(run.kept_text(), outcome.text);
        assert_eq!(outcome.usage.is_some(), steps > 0);
        assert!(run.seen.contains(&Action::Stop { attempt: 1 }));
        let candidate = &rig.plan.candidates[0];
        assert_eq!((candidate.breaker.rates().calls, candidate.budget.tokens()), (0, 100));
    }
    // During back-off.
    let rig = Rig::new(1);
    let mut run = rig.begun();
    run.send();
    run.fails(FailureClass::Unavailable);
    run.cancel();
    assert_eq!((run.end().unwrap().end, rig.states()), (RunEnd::Cancelled, vec![EntryState::Released]));
}

#[test]
fn deltas_are_merged_to_thirty_a_second_and_full_pieces_go_at_once() {
    let mut run = Rig::new(1).begun();
    run.send();
    for _ in 0..1_000 {
        run.event(Event::Text("a"));
        run.wait(Duration::from_millis(1));
    }
    run.finishes();
    let pieces = run.events().iter().filter(|event| matches!(event, RunEvent::Text(_))).count();
    assert!((28..=32).contains(&pieces), "{pieces}");
    assert_eq!(run.shown_text().len(), 1_000);
    let mut run = Rig::new(1).begun();
    run.send();
    run.event(Event::Text("a"));
    run.event(Event::Text(&"b".repeat(255)));
    assert_eq!(run.shown_text().len(), 1);
    run.event(Event::Text("c"));
    assert_eq!(run.shown_text().len(), 257);
}

#[test]
fn a_stale_connection_is_replaced_at_once_and_only_once() {
    let mut run = Rig::new(1).begun();
    run.send();
    run.fails(FailureClass::StaleSocket);
    assert_eq!(run.seen.last(), Some(&Action::Start { attempt: 2, candidate: 0, on_new_connection: true }));
    run.send();
    run.fails(FailureClass::StaleSocket);
    assert!(matches!(run.seen.last(), Some(Action::Emit(RunEvent::Retry { cause: Cause::Call(_), .. }))));
}
