//! Scenarios 15 and 18: going on from what broke off or was killed.

use std::sync::Arc;
use std::time::Duration;

use writemagic_ai::driver::Terms;
use writemagic_ai::model::{Locality, Provider};
use writemagic_ai::privacy::Ceiling;
use writemagic_ai::run::{Cause, RunEnd, RunState};
use writemagic_ai::wire::Wire;
use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::id::RunId;

use crate::rig::{Memory, Options, listen, listen_for, provider, request, runs, terms};
use crate::script::{Scripted, Step, answer, head, text, wait};

const TEXT: &str = "The door was open. Nobody had been there for years. She went ";

#[tokio::test(start_paused = true)]
async fn a_broken_answer_goes_on_and_says_nothing_twice() {
    let transport = Scripted::new([
        vec![head(), text(TEXT)],
        answer(["Nobody had been there ", "for years. She went in", ", slowly."]),
        answer(["in, slowly. Then she", " stopped."]),
    ]);
    transport.then(answer(["never"]));
    let runs = runs(Some(transport.clone()), Options::default());
    let mut first = runs.start(request("Tell of the door."), terms(&["a"])).unwrap();
    assert!(matches!(listen(&mut first).await.outcome.end, RunEnd::Interrupted { resumable: true, .. }));

    let mut second = runs.go_on(first.run(), terms(&["a"])).unwrap();
    let heard = listen(&mut second).await;
    assert_eq!(heard.text(), "in, slowly.");
    let record = runs.record(second.run()).unwrap();
    assert_eq!(record.head.continues, Some(first.run()));
    assert_eq!(
        record.whole_text(),
        "The door was open. Nobody had been there for years. She went in, slowly."
    );
    let asked = &transport.bodies()[1];
    assert!(asked.contains("Tell of the door.") && asked.contains("Your answer broke off"), "{asked}");
    assert!(!asked.contains("assistant"), "this model takes no last turn of its own");
    // One that is whole is not gone on with, nor one that is not there.
    assert_eq!(runs.go_on(second.run(), terms(&["a"])).unwrap_err().code(), Code::RunNotResumable);
    let nobody = RunId::from_bytes([9; 16]);
    assert_eq!(runs.go_on(nobody, terms(&["a"])).unwrap_err().code(), Code::RunNotFound);
}

#[tokio::test(start_paused = true)]
async fn a_continuation_that_breaks_off_is_gone_on_with_itself() {
    let transport = Scripted::new([
        vec![head(), text("One. Two. ")],
        vec![head(), text("Two. Three. ")],
        answer(["Three. Four."]),
    ]);
    let runs = runs(Some(transport.clone()), Options::default());
    let mut run = runs.start(request("Count."), terms(&["a"])).unwrap();
    listen(&mut run).await;
    for whole in ["One. Two. Three. ", "One. Two. Three. Four."] {
        let mut next = runs.go_on(run.run(), terms(&["a"])).unwrap();
        listen(&mut next).await;
        assert_eq!(runs.record(next.run()).unwrap().whole_text(), whole);
        run = next;
    }
    let asked = &transport.bodies()[2];
    assert_eq!(asked.matches("Your answer broke off").count(), 1, "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_continuation_travels_no_farther_than_its_beginning() {
    let transport = Scripted::new([vec![head(), text(TEXT)]]);
    let runs = runs(Some(transport.clone()), Options::default());
    let near = Provider::new("near", Wire::OpenAi, "http://127.0.0.1:8080/v1", "m").unwrap();
    let mut terms_near = Terms::new([near]);
    terms_near.ceiling = Ceiling::nearest([Locality::Lan]);
    let mut first = runs.start(request("?"), terms_near).unwrap();
    listen(&mut first).await;
    let mut second = runs.go_on(first.run(), terms(&["a"])).unwrap();
    let heard = listen(&mut second).await;
    assert!(matches!(heard.outcome.end, RunEnd::Failed { cause: Cause::Ceiling(_), .. }));
    assert_eq!(transport.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_killed_run_is_listed_as_interrupted_and_misses_a_quarter_of_a_second_at_most() {
    let memory: Arc<Memory> = Arc::default();
    let mut script = vec![head()];
    for number in 0..400 {
        script.extend([text(&format!("word{number} ")), wait(20)]);
    }
    let transport = Scripted::new([script]);
    let all = runs(Some(transport), Options { memory: memory.clone(), ..Options::default() });
    let mut handle = all.start(request("?"), terms(&["a"])).unwrap();
    let heard = listen_for(&mut handle, 1_500).await;
    let left = memory.as_left_by_a_kill();
    let reopened = runs(None, Options { memory: left, ..Options::default() });
    let listed = reopened.list(None, 10).unwrap();
    assert_eq!(listed, [handle.run()]);
    let record = reopened.record(listed[0]).unwrap();
    assert_eq!((record.state(), record.is_resumable()), (RunState::Interrupted, true));
    // One word every 20 ms, and what was on its way to the app.
    assert!(heard.len() <= record.text.len() + 14 * 8, "{} of {}", record.text.len(), heard.len());
    assert!(!reopened.is_open(listed[0]) && all.is_open(listed[0]));
    let under_way = all.go_on(listed[0], terms(&["a"])).unwrap_err();
    assert_eq!(under_way.code(), Code::RunNotResumable);
}

#[tokio::test(start_paused = true)]
async fn what_the_user_stopped_can_be_gone_on_with_when_the_user_asks() {
    let transport = Scripted::new([vec![head(), text(TEXT), Step::Hang], answer(["in."])]);
    let runs = runs(Some(transport), Options::default());
    let mut first = runs.start(request("?"), terms(&["a"])).unwrap();
    listen_for(&mut first, 10).await;
    first.cancel();
    assert_eq!(listen(&mut first).await.outcome.end, RunEnd::Cancelled);
    let mut second = runs.go_on(first.run(), terms(&["a"])).unwrap();
    listen(&mut second).await;
    assert!(runs.record(second.run()).unwrap().whole_text().ends_with("She went in."));
    // Before anything was said there is nothing to go on from.
    let silent = Scripted::new([vec![Step::Hang]]);
    let runs = crate::rig::runs(Some(silent), Options::default());
    let mut run = runs.start(request("?"), Terms::new([provider("a")])).unwrap();
    run.cancel();
    listen(&mut run).await;
    assert_eq!(runs.go_on(run.run(), terms(&["a"])).unwrap_err().code(), Code::RunNotResumable);
}

#[tokio::test(start_paused = true)]
async fn a_repetition_that_never_becomes_new_is_not_asked_for_again() {
    let transport = Scripted::new([
        vec![head(), text(TEXT)],
        // Held back: it may still be a repetition. Then nothing more comes.
        vec![head(), text("Nobody had been"), Step::Wait(Duration::from_secs(500))],
        answer(["never"]),
    ]);
    let runs = runs(Some(transport.clone()), Options::default());
    let mut first = runs.start(request("?"), terms(&["a"])).unwrap();
    listen(&mut first).await;
    let mut second = runs.go_on(first.run(), terms(&["a"])).unwrap();
    let heard = listen(&mut second).await;
    assert!(matches!(heard.outcome.end, RunEnd::Interrupted { .. }), "{:?}", heard.outcome);
    assert_eq!(transport.calls(), 2);
}
