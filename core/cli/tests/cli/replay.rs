//! `replay`: recorded typing through an edit session.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::common::{Desk, Random, Recording, assert_keys, own_trace, read_trace, test_data};

const KEYS: [&str; 5] = ["document", "edits", "durable", "ns_per_edit", "text_matches_end"];

/// The lines of a successful stream.
fn stream(desk: &Desk, arguments: &[&str]) -> Vec<Value> {
    let output = desk.run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn our_own_trace_plays_to_its_end_in_every_script() {
    let desk = Desk::new();
    let trace = own_trace();
    let recording = Recording::read(&trace);
    let answer = desk.json(&["replay", trace.to_str().unwrap()]);
    assert_keys(&answer, &KEYS);
    assert_eq!(answer["edits"], recording.patches.len());
    assert_eq!(answer["durable"], recording.patches.len());
    assert_eq!(answer["text_matches_end"], true);
    assert!(answer["ns_per_edit"].is_u64());
    let shown = desk.json(&["show", answer["document"].as_str().unwrap()]);
    assert_eq!(shown["text"], recording.text_after(recording.patches.len()));
    assert_eq!(shown["document"]["title"], "typing.json");
}

#[test]
fn a_compressed_trace_is_the_same_trace() {
    let desk = Desk::new();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&std::fs::read(own_trace()).unwrap()).unwrap();
    // By its first bytes, not by its name.
    let trace = desk.file("trace", gzip.finish().unwrap());
    let answer = desk.json(&["replay", trace.to_str().unwrap(), "--title", "Mine", "--batch", "1000"]);
    assert_eq!(answer["text_matches_end"], true);
    assert_eq!(desk.json(&["show", "Mine"])["document"]["id"], answer["document"]);
}

#[test]
fn acknowledgements_count_patches_and_the_last_line_is_the_answer() {
    let desk = Desk::new();
    let trace = own_trace();
    let patches = Recording::read(&trace).patches.len() as u64;
    for json in [&[][..], &["--json"]] {
        let lines =
            stream(&desk, &[&["replay", trace.to_str().unwrap(), "--acks", "--batch", "50"], json].concat());
        let (last, acks) = lines.split_last().unwrap();
        assert_keys(last, &KEYS);
        let expected: Vec<Value> =
            (1..=patches).filter(|n| n % 50 == 0 || *n == patches).map(|n| json!({ "durable": n })).collect();
        assert_eq!(acks, expected);
    }
}

#[test]
fn a_limit_counts_patches_and_leaves_the_end_open() {
    let desk = Desk::new();
    let trace = own_trace();
    let recording = Recording::read(&trace);
    for limit in [0, 1, 77, 100_000] {
        let answer = desk.json(&["replay", trace.to_str().unwrap(), "--limit", &limit.to_string()]);
        let played = limit.min(recording.patches.len());
        assert_eq!((&answer["edits"], &answer["durable"]), (&json!(played), &json!(played)));
        assert_eq!(answer["text_matches_end"], Value::Null);
        assert_eq!(desk.text(answer["document"].as_str().unwrap()), recording.text_after(played));
    }
}

#[test]
fn a_trace_plays_into_a_document_that_exists() {
    let desk = Desk::new();
    let trace = own_trace();
    let trace = trace.to_str().unwrap();
    let recording = Recording::read(trace.as_ref());
    let start: String = recording.start.iter().collect();
    for first in ["", &start] {
        let id = desk.document("A", first);
        let answer = desk.json(&["replay", trace, "--doc", &id]);
        assert_eq!((&answer["document"], &answer["text_matches_end"]), (&json!(id), &json!(true)));
    }
    let id = desk.document("A", &format!("{start}and more"));
    assert_eq!(desk.json(&["replay", trace, "--doc", &id])["text_matches_end"], false);
    let id = desk.document("A", "short");
    assert_eq!(desk.error(&["replay", trace, "--doc", &id]), "invalid_trace");
    assert_eq!(desk.text(&id), "short");
    assert_eq!(desk.error(&["replay", trace, "--doc", "Nobody"]), "document_not_found");
}

#[test]
fn without_a_recorded_end_nothing_is_said_about_it() {
    let desk = Desk::new();
    let trace = desk.file("t.json", r#"{"txns":[{"patches":[[0,0,"a😀"],[2,0,"b"],[1,1,""]]}]}"#);
    let answer = desk.json(&["replay", trace.to_str().unwrap()]);
    assert_eq!(answer["text_matches_end"], Value::Null);
    assert_eq!(desk.text("t.json"), "ab");
    let trace = desk.file("wrong.json", r#"{"endContent":"x","txns":[]}"#);
    assert_eq!(desk.json(&["replay", trace.to_str().unwrap()])["text_matches_end"], false);
}

#[test]
fn a_bad_trace_creates_nothing() {
    let desk = Desk::new();
    for bad in [
        &b""[..],
        b"not json",
        b"{\"txns\":7}",
        b"{\"txns\":[{\"patches\":[[5,0,\"a\"]]}]}",
        b"{\"txns\":[{\"patches\":[[0,1,\"\"]]}]}",
        b"\x1f\x8b\x08 damaged",
        b"\xff\xfe",
    ] {
        let trace = desk.file("bad.json", bad);
        assert_eq!(desk.error(&["replay", trace.to_str().unwrap()]), "invalid_trace");
    }
    assert_eq!(desk.error(&["replay", "missing.json"]), "path_not_found");
    assert!(!desk.library().exists());
}

#[test]
fn a_trace_that_unpacks_over_the_limit_is_refused_unread() {
    let desk = Desk::new();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..257 {
        gzip.write_all(&zeros).unwrap();
    }
    let trace = desk.file("bomb.json.gz", gzip.finish().unwrap());
    let error = desk.failure(&["replay", trace.to_str().unwrap()]);
    assert_eq!(error["code"], "limit_exceeded");
    assert_eq!(error["details"]["limit"], 256 << 20);
}

#[test]
fn random_typing_in_many_scripts_ends_where_it_should() {
    let desk = Desk::new();
    let trace = desk.path("random.json");
    for seed in 1..=4 {
        Recording::typed(2_000, &mut Random::new(seed)).write(&trace);
        let answer = desk.json(&["replay", trace.to_str().unwrap(), "--batch", "7"]);
        assert_eq!(answer["text_matches_end"], true, "seed {seed}");
    }
    assert_eq!(desk.json(&["doctor"])["ok"], true);
}

/// Plays a whole trace at a hundred thousand patches a second with acknowledgements, and checks all of them.
fn plays_fast(trace: &std::path::Path) {
    let desk = Desk::new();
    let trace = trace.to_str().unwrap();
    let lines = stream(&desk, &["replay", trace, "--rate", "100000", "--acks"]);
    let (answer, acks) = lines.split_last().unwrap();
    let edits = answer["edits"].as_u64().unwrap();
    let expected = (1..=edits).filter(|n| n % 20 == 0 || *n == edits);
    assert!(acks.iter().map(|ack| ack["durable"].as_u64().unwrap()).eq(expected), "{trace}");
    assert_eq!(answer["text_matches_end"], true, "{trace}");
    assert_eq!(answer["durable"], edits, "{trace}");
    // A process of its own finds the same text, and nothing to complain of.
    let text = desk.text(answer["document"].as_str().unwrap());
    assert!(read_trace(trace.as_ref())["endContent"] == text, "{trace}");
    assert_eq!(desk.json(&["doctor"])["ok"], true, "{trace}");
}

#[test]
fn our_own_trace_plays_at_a_hundred_thousand_patches_a_second() {
    plays_fast(&own_trace());
}

#[test]
fn the_recorded_traces_play_at_a_hundred_thousand_patches_a_second() {
    for name in ["automerge-paper", "clownschool_flat", "json-crdt-patch", "rustcode", "sveltecomponent"] {
        let Some(trace) = test_data(&format!("traces/sequential/{name}.json.gz")) else { return };
        plays_fast(&trace);
    }
}

#[test]
fn a_recording_of_several_authors_becomes_the_recorded_text() {
    let Some(trace) = test_data("traces/concurrent/clownschool.json.gz") else { return };
    let desk = Desk::new();
    let answer = desk.json(&["replay", trace.to_str().unwrap()]);
    assert_eq!((answer["edits"].as_u64(), answer["text_matches_end"].as_bool()), (Some(23_182), Some(true)));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_replay_and_keeps_what_was_acknowledged() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    use crate::common::last_failure_of;

    let desk = Desk::new();
    let trace = own_trace();
    let recording = Recording::read(&trace);
    let mut child = desk
        .command()
        .args(["--json", "replay", "--acks", "--batch", "5", "--rate", "100", "--title", "Stopped"])
        .arg(&trace)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    let rest: Vec<String> = reader.lines().map(Result::unwrap).collect();
    let last = rest.last().unwrap_or(&line);
    let durable: Value = serde_json::from_str(last).unwrap();
    let durable = usize::try_from(durable["durable"].as_u64().unwrap()).unwrap();
    let error = last_failure_of(&child.wait_with_output().unwrap());
    assert_eq!(error["code"], "cancelled");
    assert!(recording.state_of(&desk.text("Stopped"), durable).is_some());
    assert!(durable < recording.patches.len());
}
