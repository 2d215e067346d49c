//! What the app hears and when, and what happens when it does not listen.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, advance};
use writemagic_ai::driver::Told;
use writemagic_ai::run::{RunEnd, RunEvent, RunState};
use writemagic_shared::limits::RUN_EVENTS;

use crate::rig::{Options, listen, listen_for, request, runs, terms};
use crate::script::{Script, Scripted, Step, answer, finish, head, text, wait};

const SECOND: Duration = Duration::from_secs(1);

/// An answer of this many pieces of 300 characters, each an event of its own.
fn long(pieces: usize) -> Script {
    let mut script = vec![head()];
    script.extend((0..pieces).map(|_| text(&"abcdef".repeat(50))));
    script.push(finish());
    script
}

async fn settle() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_listens_and_nothing_is_read() {
    let transport = Scripted::new([long(500)]);
    let runs = runs(Some(transport.clone()), Options::default());
    let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
    settle().await;
    let most = usize::try_from(RUN_EVENTS).unwrap() + 2;
    let read = transport.read.load(Ordering::SeqCst);
    assert!(read <= most, "{read} pieces were read");
    // Five minutes of not looking are not the provider's silence.
    advance(SECOND * 300).await;
    settle().await;
    assert_eq!(transport.read.load(Ordering::SeqCst), read);
    assert!(transport.is_open());
    let heard = listen(&mut handle).await;
    assert!(matches!(heard.outcome.end, RunEnd::Completed { .. }), "{:?}", heard.outcome.end);
    assert_eq!(heard.text().len(), 500 * 300);
    assert_eq!(heard.text(), heard.outcome.text);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_nobody_listens_to_still_ends_and_keeps_its_text() {
    let transport = Scripted::new([long(500)]);
    let runs = runs(Some(transport.clone()), Options::default());
    let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
    settle().await;
    advance(SECOND * 601).await;
    settle().await;
    assert!(!transport.is_open() && !runs.is_open(handle.run()));
    let heard = listen(&mut handle).await;
    assert!(matches!(heard.outcome.end, RunEnd::Interrupted { resumable: true, .. }));
    assert_eq!(heard.text(), heard.outcome.text);
    assert_eq!(runs.record(handle.run()).unwrap().text, heard.outcome.text);
}

#[tokio::test(start_paused = true)]
async fn silence_is_the_providers_once_somebody_listens_again() {
    let mut script = long(80);
    script.pop();
    script.extend([Step::Wait(SECOND * 60), finish()]);
    let transport = Scripted::new([script]);
    let runs = runs(Some(transport), Options::default());
    let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
    settle().await;
    advance(SECOND * 100).await;
    let heard = listen(&mut handle).await;
    assert!(matches!(heard.outcome.end, RunEnd::Interrupted { .. }));
    assert!(heard.took >= SECOND * 19 && heard.took <= SECOND * 21, "{:?}", heard.took);
}

#[tokio::test(start_paused = true)]
async fn cancelling_from_any_thread_ends_at_once_with_what_was_said() {
    let script = vec![head(), text("Half an answer"), Step::Hang];
    let transport = Scripted::new([script]);
    let runs = runs(Some(transport.clone()), Options::default());
    // Enough of them to open a breaker or to empty a budget, if they counted.
    for _ in 0..30 {
        let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
        let said = listen_for(&mut handle, 14).await;
        let (run, other) = (handle.run(), runs.clone());
        let began = Instant::now();
        assert!(std::thread::spawn(move || other.cancel(run)).join().unwrap());
        let heard = listen(&mut handle).await;
        assert_eq!(heard.outcome.end, RunEnd::Cancelled);
        assert!(began.elapsed() < SECOND / 10 && !transport.is_open());
        assert_eq!((heard.outcome.text.as_str(), said.as_str()), ("Half an answer", "Half an answer"));
        assert!(heard.outcome.usage.is_some_and(|usage| usage.estimated));
        let record = runs.record(run).unwrap();
        assert_eq!((record.state(), record.text.as_str()), (RunState::Cancelled, "Half an answer"));
        assert!(!runs.cancel(run), "it is over");
    }
    transport.then(answer(["Whole."]));
    assert_eq!(listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await.text(), "Whole.");
}

#[tokio::test(start_paused = true)]
async fn cancelling_wakes_a_run_wherever_it_waits() {
    let unavailable = crate::script::refusal(503, &[("retry-after", "30")]);
    for script in [vec![Step::Hang], vec![head(), Step::Hang], unavailable] {
        let transport = Scripted::new([script]);
        let runs = runs(Some(transport.clone()), Options::default());
        let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
        settle().await;
        assert_eq!(transport.calls(), 1);
        handle.cancel();
        let heard = listen(&mut handle).await;
        assert_eq!((heard.outcome.end, heard.took), (RunEnd::Cancelled, Duration::ZERO));
        assert!(!transport.is_open());
    }
    // In the queue of its provider.
    let transport = Scripted::new([vec![Step::Hang]]);
    let runs = runs(Some(transport.clone()), Options::default());
    let others: Vec<_> = (0..2).map(|_| runs.start(request("?"), terms(&["a"])).unwrap()).collect();
    let mut waiting = runs.start(request("?"), terms(&["a"])).unwrap();
    settle().await;
    assert_eq!(transport.calls(), others.len());
    waiting.cancel();
    assert_eq!(listen(&mut waiting).await.outcome.end, RunEnd::Cancelled);
    // Behind an app that does not listen.
    let transport = Scripted::new([long(500)]);
    let runs = crate::rig::runs(Some(transport.clone()), Options::default());
    let mut deaf = runs.start(request("?"), terms(&["a"])).unwrap();
    settle().await;
    deaf.cancel();
    settle().await;
    assert!(!transport.is_open() && runs.open().is_empty());
    let heard = listen(&mut deaf).await;
    assert_eq!((heard.outcome.end, heard.text()), (RunEnd::Cancelled, heard.outcome.text.clone()));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_handle_cancels_and_keeps_the_text() {
    let transport = Scripted::new([vec![head(), text("Half an answer"), Step::Hang]]);
    let runs = runs(Some(transport.clone()), Options::default());
    let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
    listen_for(&mut handle, 14).await;
    let run = handle.run();
    drop(handle);
    runs.idle().await;
    let record = runs.record(run).unwrap();
    assert_eq!((record.state(), record.text.as_str()), (RunState::Cancelled, "Half an answer"));
    assert!(!transport.is_open());
}

#[tokio::test(start_paused = true)]
async fn deltas_come_merged_and_not_more_than_thirty_times_a_second() {
    let mut script = vec![head()];
    for _ in 0..1_000 {
        script.extend([text("a"), wait(2)]);
    }
    script.push(finish());
    let transport = Scripted::new([script]);
    let runs = runs(Some(transport), Options::default());
    let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
    let pieces = heard.count(|event| matches!(event, RunEvent::Text(_)));
    assert_eq!(heard.text().len(), 1_000);
    assert!(pieces <= 62, "{pieces} pieces in {:?}", heard.took);
}

#[test]
fn a_thread_without_a_runtime_can_listen() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    std::thread::scope(|scope| {
        let (done, wait) = tokio::sync::oneshot::channel::<()>();
        let driving = scope.spawn(move || runtime.block_on(wait));
        let transport = Scripted::new([answer(["It ", "rained."])]);
        let _guard = handle.enter();
        let runs = runs(Some(transport), Options { runtime: handle.clone(), ..Options::default() });
        let mut run = runs.start(request("?"), terms(&["a"])).unwrap();
        let mut text = String::new();
        let outcome = loop {
            match run.next_timeout(SECOND * 60) {
                Some(Told::Event(RunEvent::Text(piece))) => text.push_str(&piece),
                Some(Told::Event(_)) => {}
                Some(Told::End(outcome)) => break outcome,
                None => panic!("no end came"),
            }
        };
        assert!(run.is_ended() && run.next_timeout(Duration::ZERO).is_none());
        assert_eq!((text.as_str(), outcome.text.as_str()), ("It rained.", "It rained."));
        assert!(runs.wait_idle(SECOND * 60));
        let quiet = Scripted::new([vec![Step::Hang]]);
        let runs = crate::rig::runs(Some(quiet), Options { runtime: handle.clone(), ..Options::default() });
        let mut run = runs.start(request("?"), terms(&["a"])).unwrap();
        assert_eq!(run.next_timeout(Duration::ZERO), None);
        assert!(!run.is_ended() && !runs.wait_idle(Duration::ZERO));
        drop((run, done));
        driving.join().unwrap().unwrap_err();
    });
}
