//! Scenarios 12 to 18 over real sockets with TLS. Waits are those of the real clock, so what takes long is made short
//! where a test may do that (timers, seeds), and bounded from below alone where it may not.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use writemagic_ai::driver::{Runs, Terms};
use writemagic_ai::run::{Cause, RunEnd, RunEvent, RunState};
use writemagic_shared::error::{Code, Coded as _};

use crate::rig::{Heard, KEY, Memory, Options, listen, listen_for, request, runs};
use crate::server::{Act, FINISH, Server, answer, end, event, finish, head, page, text};

const SECOND: Duration = Duration::from_secs(1);
const JSON: &str = "content-type: application/json\r\n";

fn over(server: &Server, memory: &Arc<Memory>) -> Runs {
    runs(Some(server.net.clone()), Options { memory: memory.clone(), ..Options::default() })
}

async fn run(server: &Server, runs: &Runs) -> Heard {
    let mut handle = runs.start(request("?"), terms(server)).unwrap();
    timeout(SECOND * 60, listen(&mut handle)).await.expect("the run ends")
}

fn terms(server: &Server) -> Terms {
    Terms::new([server.provider.clone()])
}

fn code(heard: &Heard) -> Code {
    match heard.outcome.end {
        RunEnd::Failed { cause, .. } | RunEnd::Interrupted { cause, .. } => cause.code(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_recovers_answers_at_the_third_attempt() {
    let unavailable = || page(503, JSON, "{}");
    let server = Server::new(vec![unavailable(), unavailable(), answer("It rained all day.")]).await;
    let memory = Arc::default();
    let runs = over(&server, &memory);
    let heard = run(&server, &runs).await;
    assert_eq!((heard.text().as_str(), server.calls()), ("It rained all day.", 3));
    assert_eq!(heard.count(|event| matches!(event, RunEvent::Started { .. })), 1);
    let (_, first) = &server.requests()[0];
    assert!(first.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
    assert!(first.to_ascii_lowercase().contains(&format!("authorization: bearer {KEY}")));
    assert_eq!(memory.sent().len(), 3);
    assert_eq!(memory.sent()[0].host, "localhost");
}

#[tokio::test]
async fn a_wait_that_the_server_named_is_kept_to_and_one_too_long_is_not_begun() {
    let wait = format!("{JSON}retry-after: 1\r\n");
    let server = Server::new(vec![page(429, &wait, "{}"), answer("Yes.")]).await;
    let runs = over(&server, &Arc::default());
    let heard = run(&server, &runs).await;
    assert_eq!(heard.text(), "Yes.");
    let times: Vec<Instant> = server.requests().iter().map(|(at, _)| *at).collect();
    assert!(times[1] - times[0] >= SECOND);
    server.then(page(429, &format!("{JSON}retry-after: 600\r\n"), "{}"));
    let heard = run(&server, &runs).await;
    assert!(matches!(heard.outcome.end, RunEnd::Failed { retry_at: Some(_), .. }));
    assert_eq!((code(&heard), server.calls()), (Code::RateLimited, 3));
}

#[tokio::test]
async fn a_server_that_only_fails_is_left_alone_after_five_calls() {
    let server = Server::new(vec![page(500, JSON, "{}")]).await;
    let runs = over(&server, &Arc::default());
    let mut refusals = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        let heard = run(&server, &runs).await;
        if let RunEnd::Failed { cause: Cause::Breaker(_), .. } = heard.outcome.end {
            refusals.push(began.elapsed());
        }
    }
    refusals.sort();
    assert_eq!((server.calls(), refusals.len()), (5, 19));
    // One run met the open breaker after it had waited; a busy machine may hold up some others.
    assert!(refusals[9] < SECOND / 200, "{refusals:?}");
    runs.provider_changed("served");
    server.then(answer("Well again."));
    assert_eq!(run(&server, &runs).await.text(), "Well again.");
}

#[tokio::test]
async fn a_stream_without_its_end_is_interrupted_with_all_its_words_and_goes_on() {
    let words: String = (0..400).map(|number| format!("word{number} ")).collect();
    for broken in [vec![end()], vec![Act::Reset]] {
        let mut script = vec![head()];
        script.extend(words.split_inclusive(' ').map(text));
        script.extend(broken);
        let server = Server::new(vec![script, answer("word398 word399 and the rest.")]).await;
        let runs = over(&server, &Arc::default());
        let mut handle = runs.start(request("?"), terms(&server)).unwrap();
        let heard = listen(&mut handle).await;
        assert_eq!((code(&heard), heard.text()), (Code::StreamInterrupted, words.clone()));
        let mut on = runs.go_on(handle.run(), terms(&server)).unwrap();
        listen(&mut on).await;
        assert_eq!(runs.record(on.run()).unwrap().whole_text(), format!("{words}and the rest."));
    }
}

#[tokio::test]
async fn bytes_that_come_one_by_one_mean_the_same() {
    let body = format!("{}{}{FINISH}", event("Ein größeres "), event("東京 👩‍👩‍👧."));
    for end in ["\n", "\r\n"] {
        let body = body.replace('\n', end);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let server = Server::new(vec![vec![Act::Slowly(format!("{head}{body}").into())]]).await;
        let runs = over(&server, &Arc::default());
        let heard = run(&server, &runs).await;
        assert_eq!(heard.outcome.text, "Ein größeres 東京 👩‍👩‍👧.");
        assert!(matches!(heard.outcome.end, RunEnd::Completed { .. }));
    }
}

#[tokio::test]
async fn cancelling_closes_the_socket_within_a_tenth_of_a_second() {
    let server = Server::new(vec![vec![head(), text("Half an answer"), Act::UntilClosed]]).await;
    let memory: Arc<Memory> = Arc::default();
    let runs = over(&server, &memory);
    let mut times = Vec::new();
    for _ in 0..10 {
        let mut handle = runs.start(request("?"), terms(&server)).unwrap();
        listen_for(&mut handle, 14).await;
        let (run, other, began) = (handle.run(), runs.clone(), Instant::now());
        std::thread::spawn(move || other.cancel(run)).join().unwrap();
        let heard = listen(&mut handle).await;
        times.push(began.elapsed());
        assert_eq!((heard.outcome.end, heard.outcome.text.as_str()), (RunEnd::Cancelled, "Half an answer"));
        timeout(SECOND * 10, server.closed()).await.expect("the socket is closed");
        assert_eq!(runs.record(run).unwrap().text, "Half an answer");
    }
    // A busy machine may hold up some of them.
    times.sort();
    assert!(times[5] < SECOND / 10, "{times:?}");
    server.then(answer("Whole."));
    assert_eq!(run(&server, &runs).await.text(), "Whole.");
}

#[tokio::test]
async fn a_run_that_is_killed_reads_back_with_what_was_kept() {
    let server = Server::new(vec![vec![head(), text("Half an answer"), Act::UntilClosed]]).await;
    let memory: Arc<Memory> = Arc::default();
    let runs = over(&server, &memory);
    let mut handle = runs.start(request("?"), terms(&server)).unwrap();
    listen_for(&mut handle, 14).await;
    let keeping = runs.clone();
    assert!(tokio::task::spawn_blocking(move || keeping.keep_all(SECOND * 10)).await.unwrap());
    let reopened = over(&server, &memory.as_left_by_a_kill());
    let record = reopened.record(reopened.list(None, 1).unwrap()[0]).unwrap();
    assert_eq!((record.state(), record.text.as_str()), (RunState::Interrupted, "Half an answer"));
}

#[tokio::test]
async fn a_stall_ends_when_its_time_is_over_and_a_slow_answer_does_not() {
    let server = Server::new(vec![vec![head(), text("One "), Act::Wait, text("two."), finish()]]).await;
    let runs = over(&server, &Arc::default());
    let mut slow = runs.start(request("?"), terms(&server)).unwrap();
    listen_for(&mut slow, 4).await;
    server.go_on();
    assert_eq!(listen(&mut slow).await.outcome.text, "One two.");
    let mut quick = terms(&server);
    quick.timers.gap = SECOND / 4;
    let mut handle = runs.start(request("?"), quick).unwrap();
    let heard = timeout(SECOND * 30, listen(&mut handle)).await.unwrap();
    assert_eq!((code(&heard), heard.outcome.text.as_str()), (Code::StreamInterrupted, "One "));
}

#[tokio::test]
async fn a_login_page_an_error_inside_a_stream_and_a_foreign_certificate_are_told_apart() {
    let html = page(200, "content-type: text/html\r\n", "<html>Log in</html>");
    let server = Server::new(vec![html]).await;
    let runs = over(&server, &Arc::default());
    assert_eq!(code(&run(&server, &runs).await), Code::NotAnEventStream);
    let error = "data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\",\"code\":500}}\n\n";
    let broken = Act::Write(format!("{:x}\r\n{error}\r\n", error.len()).into());
    server.then(vec![head(), text("Half."), broken, end()]);
    let heard = run(&server, &runs).await;
    assert!(
        matches!(heard.outcome.end, RunEnd::Interrupted { resumable: true, .. }),
        "{heard:?}",
        heard = heard.outcome
    );
    assert_eq!(heard.text(), "Half.");
    let stranger = Server::new(vec![answer("never")]).await;
    let runs = crate::rig::runs(Some(server.net.clone()), Options::default());
    assert_eq!(code(&run(&stranger, &runs).await), Code::CertificateRejected);
    assert_eq!(stranger.calls(), 0);
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced_and_coming_back_makes_new_ones() {
    // The second request on a connection is answered by closing it.
    let server = Server::new(vec![answer("One."), vec![Act::Reset], answer("Two.")]).await;
    let runs = over(&server, &Arc::default());
    assert_eq!(run(&server, &runs).await.text(), "One.");
    // The end of the body is read behind the end of the answer.
    let turns = || async {
        for _ in 0..2_000 {
            tokio::task::yield_now().await;
        }
    };
    turns().await;
    let heard = run(&server, &runs).await;
    assert_eq!(heard.text(), "Two.");
    assert_eq!(heard.count(|event| matches!(event, RunEvent::Retry { after: Duration::ZERO, .. })), 1);
    let connections = server.connections();
    assert_eq!(connections, 2);
    turns().await;
    assert_eq!(run(&server, &runs).await.text(), "Two.");
    assert_eq!(server.connections(), connections, "it is kept");
    runs.resumed();
    assert_eq!(run(&server, &runs).await.text(), "Two.");
    assert_eq!(server.connections(), connections + 1);
}

#[tokio::test]
async fn a_server_cannot_fill_the_memory_of_an_app_that_does_not_listen() {
    // More than the buffers of both systems, the ring and one read can hold: the server has to wait.
    let piece = "lorem ipsum ".repeat(400);
    let mut script = vec![head()];
    script.extend((0..8_000).map(|_| text(&piece[..4_096])));
    script.push(finish());
    let server = Server::new(vec![script]).await;
    let memory: Arc<Memory> = Arc::default();
    let runs = over(&server, &memory);
    let mut handle = runs.start(request("?"), terms(&server)).unwrap();
    listen_for(&mut handle, 1).await;
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    let kept = || memory.runs.lock().unwrap().values().map(|run| run.text.len()).sum::<usize>();
    let stands = kept();
    assert!(stands < 2 << 20, "{stands} bytes were taken in");
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(kept(), stands);
    drop(handle);
    timeout(SECOND * 10, runs.idle()).await.expect("dropping ends it");
}
