//! Bounds at their edges, keys that are missing, and requests that nobody would take.

use std::sync::Arc;

use writemagic_ai::driver::Terms;
use writemagic_ai::model::Provider;
use writemagic_ai::run::{Cause, RunEnd};
use writemagic_ai::wire::Wire;
use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::limits::{OPEN_RUNS, RUN_MODELS};

use crate::rig::{KEY, Memory, Options, listen, provider, request, runs, terms};
use crate::script::{Scripted, Step, answer};

fn code(end: RunEnd) -> Code {
    match end {
        RunEnd::Failed { cause, .. } => cause.code(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn so_many_runs_may_be_open_and_no_more() {
    let transport = Scripted::new([vec![Step::Hang]]);
    let runs = runs(Some(transport), Options::default());
    let name = |number: u64| format!("p{number}");
    let start = |number| runs.start(request("?"), terms(&[&name(number)]));
    let mut open: Vec<_> = (0..OPEN_RUNS).map(|number| start(number).unwrap()).collect();
    let error = start(OPEN_RUNS).unwrap_err();
    assert_eq!(error.code(), Code::LimitExceeded);
    assert_eq!(runs.open().len() as u64, OPEN_RUNS);
    let mut first = open.remove(0);
    first.cancel();
    listen(&mut first).await;
    assert!(start(OPEN_RUNS).is_ok());
    runs.cancel_all();
    drop(open);
    runs.idle().await;
    assert!(runs.open().is_empty());
}

#[tokio::test(start_paused = true)]
async fn so_many_models_may_be_named_and_three_are_asked() {
    let transport = Scripted::new([vec![Step::Fail(writemagic_ai::stream::FailureClass::Connection)]]);
    let runs = runs(Some(transport.clone()), Options::default());
    let named = |count: u64| Terms::new((0..count).map(|number| provider(&format!("p{number}"))));
    assert_eq!(runs.start(request("?"), named(RUN_MODELS + 1)).unwrap_err().code(), Code::LimitExceeded);
    let heard = listen(&mut runs.start(request("?"), named(RUN_MODELS)).unwrap()).await;
    assert_eq!(code(heard.outcome.end), Code::ConnectionFailed);
    assert_eq!(transport.calls(), 9, "three attempts at each of three");
    let nobody = listen(&mut runs.start(request("?"), named(0)).unwrap()).await;
    assert_eq!(code(nobody.outcome.end), Code::ModelUnavailable);
}

#[tokio::test(start_paused = true)]
async fn the_key_goes_into_its_header_and_a_run_without_one_sends_nothing() {
    let memory: Arc<Memory> = Arc::default();
    let transport = Scripted::new([answer(["Yes."])]);
    let runs = runs(Some(transport.clone()), Options { memory: memory.clone(), ..Options::default() });
    listen(&mut runs.start(request("?"), terms(&["a"])).unwrap()).await;
    let header = transport.sent.lock().unwrap()[0].headers.clone();
    assert!(header.contains(&("authorization", format!("Bearer {KEY}"))));
    let missing = listen(&mut runs.start(request("?"), terms(&["keyless"])).unwrap()).await;
    assert_eq!(code(missing.outcome.end), Code::KeyMissing);
    assert_eq!((transport.calls(), memory.sent().len()), (1, 1));
    // A server nearby mostly wants none, unless its setting names one.
    let near = Provider::new("keyless-near", Wire::OpenAi, "http://127.0.0.1:11434/v1", "m").unwrap();
    let heard = listen(&mut runs.start(request("?"), Terms::new([near.clone()])).unwrap()).await;
    assert_eq!(heard.text(), "Yes.");
    assert!(transport.sent.lock().unwrap()[1].headers.iter().all(|(name, _)| *name != "authorization"));
    let keyed = near.with_key_variable("NEAR_KEY").unwrap();
    let heard = listen(&mut runs.start(request("?"), Terms::new([keyed])).unwrap()).await;
    assert_eq!(code(heard.outcome.end), Code::KeyMissing);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_would_take_fails_before_it_is_sent() {
    let transport = Scripted::new([answer(["never"])]);
    let runs = runs(Some(transport.clone()), Options::default());
    let heard = listen(&mut runs.start(request(""), terms(&["a", "b"])).unwrap()).await;
    assert!(matches!(heard.outcome.end, RunEnd::Failed { cause: Cause::Request(_), .. }));
    assert_eq!(code(heard.outcome.end), Code::InvalidArgument);
    assert_eq!(transport.calls(), 0);
    let without = crate::rig::runs(None, Options::default());
    let heard = listen(&mut without.start(request("?"), terms(&["a", "b"])).unwrap()).await;
    assert_eq!(code(heard.outcome.end), Code::TransportUnavailable);
}
