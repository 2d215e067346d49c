//! Scenarios 12 to 14: retries, waits that a server asks for, the breaker, and fallback.

use std::time::Duration;

use tokio::time::{Instant, advance};
use writemagic_ai::run::{Cause, RunEnd, RunEvent};
use writemagic_ai::stream::FailureClass;
use writemagic_shared::error::{Code, Coded as _};

use crate::rig::{Options, listen, request, runs, terms};
use crate::script::{Scripted, Step, answer, finish, head, refusal, text};

const SECOND: Duration = Duration::from_secs(1);

fn cause(end: RunEnd) -> Cause {
    match end {
        RunEnd::Failed { cause, .. } | RunEnd::Interrupted { cause, .. } => cause,
        other => panic!("{other:?} has no cause"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_recovers_answers_at_the_third_attempt_as_one_stream() {
    for seed in 0..40 {
        let transport = Scripted::new([refusal(503, &[]), refusal(503, &[]), answer(["It ", "rained."])]);
        let runs = runs(Some(transport.clone()), Options { seed, ..Options::default() });
        let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
        assert!(matches!(heard.outcome.end, RunEnd::Completed { .. }), "{:?}", heard.outcome);
        assert_eq!((heard.text().as_str(), heard.outcome.text.as_str()), ("It rained.", "It rained."));
        let times = transport.times();
        assert_eq!(times.len(), 3);
        // A timer wakes at the next whole millisecond.
        let spare = Duration::from_millis(2);
        assert!(times[1] - times[0] <= SECOND / 2 + spare && times[2] - times[1] <= SECOND + spare);
        assert_eq!(heard.count(|event| matches!(event, RunEvent::Retry { .. })), 2);
        assert_eq!(heard.count(|event| matches!(event, RunEvent::Started { .. })), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_again_before_the_time_that_the_server_named() {
    for seed in 0..20 {
        let transport = Scripted::new([refusal(429, &[("retry-after", "7")]), answer(["Yes."])]);
        let runs = runs(Some(transport.clone()), Options { seed, ..Options::default() });
        let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
        assert_eq!(heard.text(), "Yes.");
        let times = transport.times();
        let waited = times[1] - times[0];
        assert!(waited >= SECOND * 7 && waited <= SECOND * 12, "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_fails_at_once_and_says_until_when() {
    let transport = Scripted::new([refusal(429, &[("retry-after", "600")])]);
    let runs = runs(Some(transport.clone()), Options::default());
    let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
    let RunEnd::Failed { cause, retry_at: Some(at) } = heard.outcome.end else { panic!() };
    assert_eq!(cause.code(), Code::RateLimited);
    assert!(at.as_nanos() >= 600_000_000_000);
    assert_eq!(runs.time_of(at).as_millis(), 1_700_000_600_000);
    assert_eq!((transport.calls(), heard.took), (1, Duration::ZERO));
    // The next run does not even ask.
    let again = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
    assert!(matches!(again.outcome.end, RunEnd::Failed { cause: Cause::Marked(_), retry_at: Some(_) }));
    assert_eq!(transport.calls(), 1);
    runs.provider_changed("a");
    transport.then(answer(["Yes."]));
    assert_eq!(listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await.text(), "Yes.");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_only_fails_is_left_alone_after_five_calls_and_probed_after_half_a_minute() {
    let transport = Scripted::new([refusal(500, &[])]);
    let runs = runs(Some(transport.clone()), Options::default());
    for number in 0..20 {
        let before = Instant::now();
        let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
        if number >= 2 {
            assert_eq!(before.elapsed(), Duration::ZERO);
            assert!(matches!(cause(heard.outcome.end), Cause::Breaker(_)), "{number}");
        }
    }
    assert_eq!(transport.calls(), 5);
    // Those that may fall back do.
    let heard = listen(&mut runs.start(request("?"), terms(&["a", "b"])).unwrap()).await;
    assert_eq!(cause(heard.outcome.end).code(), Code::ProviderUnavailable);
    assert!(transport.sent.lock().unwrap().last().unwrap().url.contains("b.example"));
    // Two probes, of which one is cancelled: that decides nothing, and a third run may probe.
    let asked = transport.calls();
    transport.then(vec![head(), Step::Hang]);
    advance(SECOND * 31).await;
    let first = runs.start(request("?"), terms(&["a"])).unwrap();
    let mut second = runs.start(request("?"), terms(&["a"])).unwrap();
    let mut third = runs.start(request("?"), terms(&["a"])).unwrap();
    let refused = listen(&mut third).await;
    assert!(matches!(cause(refused.outcome.end), Cause::Breaker(_)), "only two probes");
    assert_eq!(transport.calls(), asked + 2);
    drop(first);
    runs.cancel(second.run());
    assert_eq!(listen(&mut second).await.outcome.end, RunEnd::Cancelled);
    runs.idle().await;
    transport.then(answer(["Well again."]));
    for _ in 0..3 {
        let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
        assert_eq!(heard.text(), "Well again.");
    }
}

#[tokio::test(start_paused = true)]
async fn runs_that_wait_for_their_turn_see_that_the_breaker_opened_meanwhile() {
    let mut failing = vec![Step::Wait(SECOND / 10)];
    failing.extend(refusal(500, &[]));
    let transport = Scripted::new([failing]);
    let runs = runs(Some(transport.clone()), Options::default());
    let mut handles: Vec<_> = (0..18).map(|_| runs.start(request("?"), terms(&["a"])).unwrap()).collect();
    let mut full = runs.start(request("?"), terms(&["a"])).unwrap();
    let heard = listen(&mut full).await;
    assert_eq!(cause(heard.outcome.end).code(), Code::ProviderBusy, "16 wait, and no more may");
    for handle in &mut handles {
        assert!(matches!(listen(handle).await.outcome.end, RunEnd::Failed { .. }));
    }
    // Two at a time: the sixth was out when the fifth failed.
    assert!(transport.calls() <= 6, "{} calls", transport.calls());
}

#[tokio::test(start_paused = true)]
async fn another_model_is_asked_before_the_first_content_and_not_after() {
    let transport = Scripted::new([
        vec![head(), Step::Hang],
        vec![head(), Step::Hang],
        vec![head(), Step::Hang],
        answer(["From b."]),
    ]);
    let all = runs(Some(transport.clone()), Options::default());
    let mut terms_of_both = terms(&["a", "b"]);
    terms_of_both.timers.start = SECOND * 300;
    let heard = listen(&mut all.start(request("?"), terms_of_both).unwrap()).await;
    assert_eq!((heard.text().as_str(), heard.outcome.candidate), ("From b.", Some(1)));
    assert_eq!(heard.count(|event| matches!(event, RunEvent::Fallback { candidate: 1, .. })), 1);
    assert!(!transport.is_open(), "what was given up is closed");

    let transport = Scripted::new([vec![head(), text("Half an"), Step::Hang], answer(["no"])]);
    let all = runs(Some(transport.clone()), Options::default());
    let heard = listen(&mut all.start(request("?"), terms(&["a", "b"])).unwrap()).await;
    assert!(matches!(heard.outcome.end, RunEnd::Interrupted { resumable: true, .. }));
    assert_eq!((heard.text().as_str(), transport.calls()), ("Half an", 1));
    assert_eq!(heard.took, SECOND * 20, "the gap between two pieces of content");
}

#[tokio::test(start_paused = true)]
async fn a_dead_connection_is_replaced_once_at_once() {
    let stale = vec![Step::Fail(FailureClass::StaleSocket)];
    let transport = Scripted::new([stale, vec![head(), text("Here."), finish()]]);
    let runs = runs(Some(transport.clone()), Options::default());
    let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
    assert_eq!((heard.text().as_str(), heard.took), ("Here.", Duration::ZERO));
    assert_eq!(transport.forgotten.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_page_is_no_answer() {
    let page = vec![
        Step::Head(200, vec![("content-type", "text/html".to_owned())]),
        Step::Bytes(b"<html>Log in to the hotel".to_vec()),
    ];
    let transport = Scripted::new([page]);
    let runs = runs(Some(transport.clone()), Options::default());
    let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
    assert_eq!(cause(heard.outcome.end).code(), Code::NotAnEventStream);
    assert_eq!((heard.events.len(), transport.calls()), (0, 1));
}
