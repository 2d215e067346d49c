//! `segment`: the segments of files, without a library.

use serde_json::{Value, json};

use crate::common::{Desk, with_input};

fn lines(output: &[u8]) -> Vec<Value> {
    std::str::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn segments_are_ranges_of_bytes_and_words_say_whether_they_are() {
    let desk = Desk::new();
    desk.file("a.md", "It's 二.\n");
    let words = desk.json(&["segment", "words", "a.md"]);
    let expected = json!([[0, 4, true], [4, 5, false], [5, 8, true], [8, 9, false], [9, 10, false]]);
    assert_eq!(words, json!({"path": "a.md", "segments": expected}));
    let sentences = desk.json_from(&["segment", "sentences", "-"], "One. Two?\r\nThree");
    assert_eq!(sentences, json!({"path": "-", "segments": [[0, 5], [5, 11], [11, 16]]}));
    let graphemes = desk.json_from(&["segment", "graphemes", "-"], "e\u{301}\r\n👩\u{200d}🚀");
    assert_eq!(graphemes["segments"], json!([[0, 3], [3, 5], [5, 16]]));
    assert_eq!(desk.json_from(&["segment", "words", "-"], "")["segments"], json!([]));
}

#[test]
fn each_file_is_a_line_in_the_order_of_the_arguments_and_what_is_not_utf8_says_so() {
    let desk = Desk::new();
    desk.file("in/b.md", "b");
    desk.file("in/a.txt", "a");
    desk.file("in/c.pdf", "c");
    desk.file("bad", b"good\n\xff");
    desk.file("nul", "\0");
    let output = desk.run(&["--json", "segment", "words", "nul", "in", "bad"]);
    assert!(output.status.success());
    let answers = lines(&output.stdout);
    assert_eq!(answers[0], json!({"path": "nul", "segments": [[0, 1, false]]}));
    assert!(answers[1]["path"].as_str().unwrap().ends_with("a.txt"));
    assert!(answers[2]["path"].as_str().unwrap().ends_with("b.md"));
    assert_eq!(answers[3], json!({"path": "bad", "skipped": "not_utf8"}));
    assert_eq!(answers.len(), 4);
}

#[test]
fn segments_go_on_at_their_places_behind_a_block() {
    let desk = Desk::new();
    let line = "A line of words, all alike.\n";
    let count = 60_000;
    desk.file("long", line.repeat(count));
    let answer = desk.json(&["segment", "sentences", "long"]);
    let segments = answer["segments"].as_array().unwrap();
    assert_eq!(segments.len(), count);
    for (index, segment) in segments.iter().enumerate() {
        assert_eq!(*segment, json!([index * line.len(), (index + 1) * line.len()]));
    }
}

#[test]
fn for_other_programs_each_segment_is_a_line_with_controls_escaped() {
    let desk = Desk::new();
    let output = with_input(desk.command().args(["segment", "words", "-"]), b"Hi you!\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "Hi\n \nyou\n!\n\\n\n");
    assert_eq!(desk.error(&["segment", "words", "nowhere.md"]), "path_not_found");
    assert_eq!(desk.error(&["segment", "letters", "a"]), "usage");
}
