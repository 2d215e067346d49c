//! Asking models, over real sockets: a server on loopback that says what it is told to, and records what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::common::{Desk, assert_keys, last_failure_of, with_input};

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Asked {
    head: String,
    pub(crate) body: Value,
}

/// A server of the OpenAI kind. Answers connections with its answers in their order, and then refuses.
pub(crate) struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub(crate) fn new(answers: Vec<Vec<u8>>) -> Self {
        Self::serving(answers, true)
    }

    /// One that says no more after its answers and hangs up on nobody.
    fn that_stalls(answers: Vec<Vec<u8>>) -> Self {
        Self::serving(answers, false)
    }

    fn serving(answers: Vec<Vec<u8>>, hangs_up: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else { return };
                kept.lock().unwrap().push(read_request(&mut stream));
                // The client may have gone away.
                let _ = stream.write_all(&answer);
                if hangs_up {
                    let _ = stream.shutdown(Shutdown::Write);
                }
                let _ = stream.read(&mut [0; 64]);
            }
        });
        Self { address, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Makes it known to a library.
    pub(crate) fn known_as(&self, desk: &Desk, name: &str) {
        let url = format!("http://{}/v1", self.address);
        let provider = ["provider", "add", name, "--wire", "openai", "--base-url", &url, "--model", "m"];
        desk.json(&[&provider[..], &["--price-in", "1", "--price-out", "2"]].concat());
    }
}

fn read_request(stream: &mut TcpStream) -> Asked {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.trim().parse().unwrap() {
                return Asked { head: head.to_owned(), body: serde_json::from_str(body).unwrap() };
            }
        }
        assert!(read > 0, "a request that breaks off");
    }
}

fn delta(text: &str) -> String {
    let chunk = json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]});
    format!("data: {chunk}\n\n")
}

fn head() -> String {
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_owned()
}

/// A whole answer, in these pieces.
pub(crate) fn whole(pieces: &[&str]) -> Vec<u8> {
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 20}});
    let pieces: String = pieces.iter().map(|piece| delta(piece)).collect();
    format!("{}{pieces}data: {end}\n\ndata: {usage}\n\ndata: [DONE]\n\n", head()).into_bytes()
}

/// An answer that breaks off.
fn cut(pieces: &[&str]) -> Vec<u8> {
    let pieces: String = pieces.iter().map(|piece| delta(piece)).collect();
    format!("{}{pieces}", head()).into_bytes()
}

/// The events of a command that streams, of which exactly one is an end, the last; and its output.
pub(crate) fn events(desk: &Desk, arguments: &[&str]) -> (Vec<Value>, Output) {
    let output = with_input(desk.command().arg("--json").args(arguments), b"");
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_end = |event: &&Value| {
        ["completed", "interrupted", "cancelled", "failed"].contains(&event["type"].as_str().unwrap())
    };
    assert_eq!(events.iter().filter(is_end).count(), 1, "{text}");
    assert!(events.last().as_ref().is_some_and(is_end), "{text}");
    (events, output)
}

/// What a command fails with that says so in its last event and on standard error.
fn refused(desk: &Desk, arguments: &[&str]) -> Value {
    let (events, output) = events(desk, arguments);
    let end = events.last().unwrap();
    assert_eq!((&end["type"], output.status.code()), (&json!("failed"), Some(1)));
    assert_eq!(last_failure_of(&output)["code"], end["error"]["code"]);
    assert_keys(&end["error"], &["code", "message", "retry_at"]);
    end["error"]["code"].clone()
}

fn said(events: &[Value]) -> String {
    events
        .iter()
        .filter(|event| event["type"] == "text")
        .map(|event| event["text"].as_str().unwrap())
        .collect()
}

#[test]
fn an_answer_streams_is_kept_and_is_paid_for() {
    let desk = Desk::new();
    let server = Server::new(vec![whole(&["It ", "rained."]), whole(&["Again.\n"])]);
    server.known_as(&desk, "near");
    let (events, output) = events(&desk, &["complete", "--system", "Be brief.", "How was it?"]);
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!((&events[0]["type"], &events[0]["provider"]), (&json!("started"), &json!("near")));
    assert_eq!(said(&events), "It rained.");
    let end = events.last().unwrap();
    assert_eq!((&end["type"], &end["text"]), (&json!("completed"), &json!("It rained.")));
    assert_eq!(end["stop"], "answered");
    assert_eq!((&end["usage"]["output_tokens"], &end["cost"]), (&json!(20), &json!(0.00005)));
    let asked = server.asked();
    assert_eq!(asked[0].body["messages"][0], json!({"role": "system", "content": "Be brief."}));
    assert_eq!(asked[0].body["messages"][1], json!({"role": "user", "content": "How was it?"}));

    let runs = desk.json(&["runs"]);
    let [run] = &runs["runs"].as_array().unwrap()[..] else { panic!("{runs}") };
    assert_eq!((&run["run"], &run["state"], &run["text"]), (&end["run"], &json!("completed"), &end["text"]));
    assert_eq!(desk.json(&["sends"])["sends"].as_array().unwrap().len(), 1);
    // Without --json the text alone, and a line end behind it if it has none.
    let output = with_input(desk.command().args(["complete", "-"]), b"And now?");
    assert_eq!(output.stdout, b"Again.\n");
    assert_eq!(server.asked()[1].body["messages"][0]["content"], "And now?");
}

#[test]
fn what_may_not_be_sent_fails_in_the_stream_and_nothing_is_sent() {
    let desk = Desk::new();
    let server = Server::new(vec![whole(&["never"])]);
    assert_eq!(refused(&desk, &["complete", "Hello"]), "model_unavailable");
    server.known_as(&desk, "near");
    assert_eq!(refused(&desk, &["complete", "--on-device-only", "Hello"]), "locality_ceiling");
    desk.json(&["caps", "set", "--request", "0.000001"]);
    assert_eq!(refused(&desk, &["complete", "Hello"]), "budget_exceeded");
    desk.json(&[
        "provider",
        "add",
        "far",
        "--wire",
        "anthropic",
        "--base-url",
        "https://far.invalid",
        "--model",
        "m",
        "--key-env",
        "WRITEMAGIC_TEST_NO_SUCH_KEY",
        "--price-in",
        "0",
        "--price-out",
        "0",
    ]);
    assert_eq!(refused(&desk, &["complete", "--provider", "far", "Hello"]), "key_missing");
    assert_eq!(desk.error(&["complete", "--provider", "nobody", "Hello"]), "provider_not_found");
    assert_eq!(desk.error(&["complete", " "]), "usage");
    assert_eq!(desk.json(&["sends"])["sends"], json!([]));
    assert_eq!(server.asked().len(), 0);
    assert_eq!(desk.json(&["runs"])["runs"].as_array().unwrap().len(), 4);
}

#[test]
fn where_one_model_fails_the_next_is_asked() {
    let desk = Desk::new();
    let refusing =
        b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
            .to_vec();
    let broken =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<h1>Log in</h1>".to_vec();
    let (portal, good) = (Server::new(vec![broken]), Server::new(vec![whole(&["Yes."])]));
    portal.known_as(&desk, "portal");
    good.known_as(&desk, "good");
    let (events, output) = events(&desk, &["complete", "--provider", "portal,good", "Hello"]);
    assert!(output.status.success());
    let fallback = events.iter().find(|event| event["type"] == "fallback").unwrap();
    assert_eq!(
        (&fallback["provider"], &fallback["error"]["code"]),
        (&json!("good"), &json!("not_an_event_stream"))
    );
    assert_eq!(said(&events), "Yes.");
    let strict = Server::new(vec![refusing]);
    strict.known_as(&desk, "strict");
    assert_eq!(refused(&desk, &["complete", "--provider", "strict", "Hello"]), "credential_rejected");
}

#[test]
fn an_answer_that_broke_off_goes_on_without_saying_anything_twice() {
    let desk = Desk::new();
    let first = "The lamp went out, and for a while nobody in the room ";
    let server = Server::new(vec![
        cut(&[first, "said a word."]),
        whole(&["nobody in the room said a word. Then the door opened."]),
    ]);
    server.known_as(&desk, "near");
    let (broken, output) = events(&desk, &["complete", "Go on"]);
    let end = broken.last().unwrap();
    assert_eq!((&end["type"], output.status.code()), (&json!("interrupted"), Some(1)));
    assert_eq!(end["partial"], format!("{first}said a word."));
    assert_eq!((&end["resumable"], &end["error"]["code"]), (&json!(true), &json!("stream_interrupted")));
    let run = end["run"].as_str().unwrap();
    assert_eq!(desk.json(&["runs", run])["runs"][0]["state"], "interrupted");
    let (going_on, _) = events(&desk, &["runs", "continue", &run[..13]]);
    assert_eq!(said(&going_on).trim_start(), "Then the door opened.");
    assert_eq!(going_on.last().unwrap()["type"], "completed");
    assert_eq!(
        desk.error(&["runs", "continue", going_on.last().unwrap()["run"].as_str().unwrap()]),
        "run_not_resumable"
    );
}

#[test]
fn an_answer_whose_process_is_killed_is_interrupted_and_goes_on() {
    let desk = Desk::new();
    let first = "The lamp went out, and for a while nobody in the room ";
    let stalls = Server::that_stalls(vec![cut(&[first, "said a word."])]);
    stalls.known_as(&desk, "near");
    let mut child = desk
        .command()
        .args(["--json", "complete", "Tell me of the night."])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let started: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let run = started["run"].as_str().unwrap().to_owned();
    // Another process sees what is kept so far.
    let kept = |text: &str| {
        let runs = desk.json(&["runs", &run]);
        (runs["runs"][0]["text"] == text).then(|| runs["runs"][0].clone())
    };
    let so_far = format!("{first}said a word.");
    assert!((0..10_000).any(|_| kept(&so_far).is_some()), "what the model said is not kept while it stalls");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines.all(|line| !line.unwrap().contains("interrupted")), "it had no time to say so");
    let found = kept(&so_far).expect("nothing of it is lost");
    assert_eq!((&found["state"], &found["error"]), (&json!("interrupted"), &Value::Null));
    let answers = Server::new(vec![whole(&["nobody in the room said a word. Then the door opened."])]);
    answers.known_as(&desk, "near");
    let (going_on, _) = events(&desk, &["runs", "continue", &run]);
    assert_eq!(said(&going_on).trim_start(), "Then the door opened.");
}

#[test]
fn masked_phrases_do_not_leave_and_come_back() {
    let desk = Desk::new();
    let server = Server::new(vec![whole(&["Ask ", "me."])]);
    server.known_as(&desk, "near");
    let names = desk.file("names.txt", "Ilse Aichinger\n\n  Marbacka \n");
    let question = "Is Ilse Aichinger (ilse@example.org) in Marbacka?";
    let (events, _) = events(&desk, &["complete", "--mask", names.to_str().unwrap(), question]);
    assert_eq!(events.last().unwrap()["type"], "completed");
    let sent = server.asked()[0].body["messages"][0]["content"].as_str().unwrap().to_owned();
    for secret in ["Ilse", "Aichinger", "Marbacka", "ilse@example.org"] {
        assert!(!sent.contains(secret), "{sent}");
    }
    let masked = &desk.json(&["sends"])["sends"][0]["masked"];
    assert_eq!((&masked["phrases"], &masked["emails"]), (&json!(2), &json!(1)));
    assert_eq!(desk.error(&["complete", "--mask", "missing.txt", "Hello"]), "path_not_found");
}

#[test]
fn a_key_goes_into_its_header_and_nowhere_else() {
    const KEY: &str = "sk-canary-5f1c0b";
    let desk = Desk::new();
    let server = Server::new(vec![whole(&["Yes."])]);
    let url = format!("http://{}/v1", server.address);
    desk.json(&[
        "provider",
        "add",
        "near",
        "--wire",
        "openai",
        "--base-url",
        &url,
        "--model",
        "m",
        "--key-env",
        "WRITEMAGIC_TEST_KEY",
    ]);
    let mut command = desk.command();
    let output =
        command.env("WRITEMAGIC_TEST_KEY", KEY).args(["--json", "complete", "Hello"]).output().unwrap();
    assert!(output.status.success());
    assert!(server.asked()[0].head.contains(&format!("authorization: Bearer {KEY}")));
    let holds = |bytes: &[u8]| bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
    assert!(!holds(&output.stdout) && !holds(&output.stderr));
    for file in std::fs::read_dir(desk.library()).unwrap() {
        assert!(!holds(&std::fs::read(file.unwrap().path()).unwrap()));
    }
}

#[test]
fn a_passage_is_rewritten_as_a_proposal_and_undone_in_one_step() {
    let desk = Desk::new();
    let server = Server::new(vec![
        whole(&["It was a bright", " night."]),
        whole(&["Nobody slept."]),
        whole(&["A night."]),
        whole(&["Too dark."]),
        whole(&["It was a dark night."]),
    ]);
    server.known_as(&desk, "near");
    let id = desk.document("A", "One. It was a dark night. Two.");
    let (rewritten, _) = events(&desk, &["rewrite", &id, "--range", "5-25", "--wish", "brighter"]);
    let proposal = rewritten.last().unwrap()["proposal"].as_str().unwrap().to_owned();
    let asked = server.asked()[0].body["messages"].to_string();
    assert!(asked.contains("It was a dark night.") && asked.contains("brighter") && !asked.contains("Two."));
    assert_eq!(desk.text(&id), "One. It was a dark night. Two.");
    desk.json(&["proposals", "accept", &proposal]);
    assert_eq!(desk.text(&id), "One. It was a bright night. Two.");
    let blame = desk.json(&["blame", &id])["ranges"].to_string();
    assert!(blame.contains("\"m\""), "{blame}");
    desk.json(&["undo", &id]);
    assert_eq!(desk.text(&id), "One. It was a dark night. Two.");

    let (going_on, _) = events(&desk, &["continue", &id]);
    desk.json(&["proposals", "accept", going_on.last().unwrap()["proposal"].as_str().unwrap()]);
    assert_eq!(desk.text(&id), "One. It was a dark night. Two. Nobody slept.");
    for command in ["summarize", "critique"] {
        let (events, _) = events(&desk, &[command, &id]);
        assert_eq!(events.last().unwrap().get("proposal"), None);
        assert!(!said(&events).is_empty());
    }
    // An answer that changes nothing proposes nothing.
    let (same, _) = events(&desk, &["rewrite", &id, "--range", "5-25"]);
    assert_eq!(
        (&same.last().unwrap()["type"], same.last().unwrap().get("proposal")),
        (&json!("completed"), None)
    );
    assert_eq!(desk.error(&["rewrite", &id, "--range", "9-5"]), "usage");
    assert_eq!(desk.error(&["rewrite", "B"]), "document_not_found");
}

#[test]
fn a_provider_is_tested_by_a_short_question() {
    let desk = Desk::new();
    let refusing = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".to_vec();
    let server = Server::new(vec![whole(&["Yes."]), refusing]);
    server.known_as(&desk, "near");
    let tested = desk.json(&["provider", "test", "near"]);
    assert_keys(&tested, &["provider", "ok", "milliseconds", "error", "usage", "cost"]);
    assert_eq!((&tested["ok"], &tested["error"]), (&json!(true), &Value::Null));
    let output = desk.run(&["--json", "provider", "test", "near"]);
    assert_eq!(output.status.code(), Some(1));
    let tested: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&tested["ok"], &tested["error"]["code"]), (&json!(false), &json!("credential_rejected")));
    assert_eq!(desk.error(&["provider", "test", "nobody"]), "provider_not_found");
}
