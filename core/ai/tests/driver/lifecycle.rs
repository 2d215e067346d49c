//! The app goes to the background, comes back, or goes away; stores fail and panic.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, advance};
use writemagic_ai::driver::Told;
use writemagic_ai::run::{Cause, RunEnd, RunState};
use writemagic_shared::error::{Code, Coded as _};

use crate::rig::{Memory, Options, listen, listen_for, request, runs, terms};
use crate::script::{Scripted, Step, answer, finish, head, text};

const SECOND: Duration = Duration::from_secs(1);

fn half() -> Vec<Step> {
    vec![head(), text("Half an answer"), Step::Hang]
}

#[tokio::test(start_paused = true)]
async fn a_paused_run_can_be_gone_on_with_and_counts_against_nobody() {
    let transport = Scripted::new([half()]);
    let runs = runs(Some(transport.clone()), Options::default());
    for _ in 0..10 {
        let mut said = runs.start(request("?"), terms(&["a"])).unwrap();
        listen_for(&mut said, 14).await;
        transport.then(vec![Step::Hang]);
        let mut silent = runs.start(request("?"), terms(&["a"])).unwrap();
        tokio::task::yield_now().await;
        runs.pause_all();
        assert_eq!(listen(&mut silent).await.outcome.end, RunEnd::Cancelled);
        let heard = listen(&mut said).await;
        assert!(matches!(heard.outcome.end, RunEnd::Interrupted { resumable: true, .. }));
        assert!(!transport.is_open());
        transport.then(answer(["Half an answer", " and its end."]));
        let mut on = runs.go_on(said.run(), terms(&["a"])).unwrap();
        listen(&mut on).await;
        assert_eq!(runs.record(on.run()).unwrap().whole_text(), "Half an answer and its end.");
        transport.then(half());
    }
}

#[test]
fn all_text_is_kept_when_the_app_may_be_killed() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _guard = runtime.enter();
    let memory: Arc<Memory> = Arc::default();
    let transport = Scripted::new([half()]);
    let runs = runs(Some(transport), Options { memory: memory.clone(), ..Options::default() });
    let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
    while !matches!(
        handle.next_timeout(SECOND * 60),
        Some(Told::Event(writemagic_ai::run::RunEvent::Text(_)))
    ) {}
    assert!(runs.keep_all(SECOND * 60));
    assert_eq!(memory.as_left_by_a_kill().runs.lock().unwrap()[&handle.run()].text, "Half an answer");
    assert!(runs.is_open(handle.run()));
    drop(handle);
    assert!(runs.wait_idle(SECOND * 60));
    assert!(runs.keep_all(Duration::ZERO), "nothing is open");
}

#[tokio::test(start_paused = true)]
async fn coming_back_forgets_connections_and_reads_what_came_before_it_looks_at_the_clock() {
    let transport =
        Scripted::new([vec![head(), text("Before."), Step::Wait(SECOND * 15), text(" After."), finish()]]);
    let runs = runs(Some(transport.clone()), Options::default());
    let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
    listen_for(&mut handle, 7).await;
    // Asleep: the time goes on, and nothing runs meanwhile.
    advance(SECOND * 120).await;
    runs.resumed();
    let heard = listen(&mut handle).await;
    assert_eq!(heard.outcome.text, "Before. After.");
    assert!(matches!(heard.outcome.end, RunEnd::Completed { .. }));
    assert_eq!(transport.forgotten.load(Ordering::SeqCst), 1);
}

#[test]
fn a_runtime_that_goes_away_ends_its_runs_with_their_text() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    let memory: Arc<Memory> = Arc::default();
    let transport = Scripted::new([half()]);
    let _guard = handle.enter();
    let options = Options { memory: memory.clone(), runtime: handle.clone(), ..Options::default() };
    let runs = runs(Some(transport), options);
    let mut run = runs.start(request("?"), terms(&["a"])).unwrap();
    while !matches!(run.next_timeout(SECOND * 60), Some(Told::Event(writemagic_ai::run::RunEvent::Text(_)))) {
    }
    runtime.shutdown_timeout(SECOND * 60);
    let Some(Told::End(outcome)) = run.next_timeout(SECOND * 60) else { panic!("no end came") };
    assert_eq!((outcome.end, outcome.text.as_str()), (RunEnd::Cancelled, "Half an answer"));
    let record = runs.record(run.run()).unwrap();
    assert_eq!((record.state(), record.text.as_str()), (RunState::Cancelled, "Half an answer"));
    // A run that begins then ends as well.
    let mut late = runs.start(request("?"), terms(&["a"])).unwrap();
    let Some(Told::End(outcome)) = late.next_timeout(SECOND * 60) else { panic!("no end came") };
    assert_eq!(outcome.end, RunEnd::Cancelled);
    assert!(runs.open().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_sent() {
    let transport = Scripted::new([answer(["never"])]);
    for fails in ["heads", "sends"] {
        let memory: Arc<Memory> = Arc::default();
        let flag = if fails == "heads" { &memory.heads_fail } else { &memory.sends_fail };
        flag.store(true, Ordering::SeqCst);
        let runs = runs(Some(transport.clone()), Options { memory: memory.clone(), ..Options::default() });
        let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
        let RunEnd::Failed { cause, .. } = heard.outcome.end else { panic!() };
        assert_eq!(cause.code(), Code::DiskFull, "{fails}");
    }
    assert_eq!(transport.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn text_that_could_not_be_kept_is_kept_when_there_is_room_again() {
    let memory: Arc<Memory> = Arc::default();
    memory.appends_fail.store(true, Ordering::SeqCst);
    let script = vec![head(), text("One. "), Step::Wait(SECOND * 2), text("Two."), finish()];
    let runs = runs(Some(Scripted::new([script])), Options { memory: memory.clone(), ..Options::default() });
    let mut handle = runs.start(request("?"), terms(&["a"])).unwrap();
    listen_for(&mut handle, 5).await;
    advance(SECOND).await;
    memory.appends_fail.store(false, Ordering::SeqCst);
    listen(&mut handle).await;
    assert_eq!(runs.record(handle.run()).unwrap().text, "One. Two.");
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_store_ends_its_run_alone() {
    let memory: Arc<Memory> = Arc::default();
    memory.sends_panic.store(true, Ordering::SeqCst);
    let transport = Scripted::new([answer(["Fine."])]);
    let runs = runs(Some(transport.clone()), Options { memory: memory.clone(), ..Options::default() });
    let began = Instant::now();
    let heard = listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
    let end = RunEnd::Failed { cause: Cause::Fault, retry_at: None };
    assert_eq!((heard.outcome.end, began.elapsed()), (end, Duration::ZERO));
    memory.sends_panic.store(false, Ordering::SeqCst);
    assert_eq!(listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await.text(), "Fine.");
}
