//! `stats`: counts of files, without a library.

use serde_json::{Value, json};

use crate::common::{Desk, STATS_KEYS, assert_keys};

fn counts(value: &Value) -> Vec<u64> {
    STATS_KEYS.iter().map(|key| value[key].as_u64().unwrap()).collect()
}

fn paths(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect()
}

#[test]
fn every_count_follows_the_definitions() {
    let desk = Desk::new();
    desk.file("a.md", "It rained. She wrote 二 words.\r\n\n  \u{a0}\nÀ demain 👩\u{200d}🚀!");
    let answer = desk.json(&["stats", "a.md"]);
    assert_keys(&answer, &["files", "total", "unicode_version", "skipped"]);
    let file = &answer["files"][0];
    assert_keys(file, &[&["path"][..], &STATS_KEYS[..]].concat());
    assert_eq!(file["path"], "a.md");
    // bytes, chars, UTF-16 units, graphemes, words, sentences, lines, paragraphs, seconds
    assert_eq!(counts(file), [61, 49, 51, 46, 8, 3, 4, 2, 2]);
    assert_keys(&answer["total"], &STATS_KEYS);
    assert_eq!(counts(&answer["total"]), counts(file));
    assert_eq!(answer["unicode_version"], "17.0.0");
    assert_eq!(answer["skipped"], json!([]));
}

#[test]
fn standard_input_and_empty_files_count_too() {
    let desk = Desk::new();
    desk.file("empty", "");
    let answer = desk.json_from(&["stats", "empty", "-"], "two words");
    assert_eq!(paths(&answer["files"]), ["empty", "-"]);
    assert_eq!(counts(&answer["files"][0]), [0; 9]);
    assert_eq!(answer["files"][1]["words"], 2);
}

#[test]
fn the_total_reads_all_words_at_once() {
    let desk = Desk::new();
    desk.file("a", "one");
    desk.file("b", "two");
    let answer = desk.json(&["stats", "a", "b"]);
    assert_eq!(answer["files"][0]["reading_seconds"], 1);
    // 2 words at 238 a minute are half a second, rounded up once.
    assert_eq!(answer["total"]["reading_seconds"], 1);
    assert_eq!(answer["total"]["words"], 2);
}

#[test]
fn folders_are_read_in_the_order_of_the_arguments_and_by_path() {
    let desk = Desk::new();
    for name in
        ["in/b.md", "in/a/z.TXT", "in/a/y.markdown", "in/c.pdf", "in/.hidden.md", "in/.git/x.md", "z.any"]
    {
        desk.file(name, "x");
    }
    let sep = std::path::MAIN_SEPARATOR;
    let answer = desk.json(&["stats", "z.any", "in", "z.any"]);
    let below = |name: &str| format!("in{sep}{}", name.replace('/', &sep.to_string()));
    assert_eq!(
        paths(&answer["files"]),
        ["z.any", &below("a/y.markdown"), &below("a/z.TXT"), &below("b.md"), "z.any"]
    );
}

#[test]
fn what_is_not_utf8_is_skipped_and_nul_and_marks_are_counted() {
    let desk = Desk::new();
    desk.file("bad.md", b"fine\nnot \xff fine\n");
    desk.file("odd.md", "\u{feff}a\0b\n");
    let answer = desk.json(&["stats", "bad.md", "odd.md"]);
    assert_eq!(answer["skipped"], json!([{ "path": "bad.md", "reason": "not_utf8" }]));
    assert_eq!(paths(&answer["files"]), ["odd.md"]);
    assert_eq!(answer["files"][0]["chars"], 5);
}

#[test]
fn a_path_that_does_not_exist_fails_before_anything_is_counted() {
    let desk = Desk::new();
    desk.file("a.md", "x");
    assert_eq!(desk.error(&["stats", "a.md", "missing.md"]), "path_not_found");
}

#[test]
fn a_long_file_counts_as_its_lines_do() {
    let desk = Desk::new();
    let line = "The naïve café — 日本語 — said “no”. Twice! \r\n";
    let repeats = 60_000;
    desk.file("long.txt", line.repeat(repeats));
    desk.file("line.txt", line);
    let answer = desk.json(&["stats", "long.txt", "line.txt"]);
    let (long, one) = (counts(&answer["files"][0]), counts(&answer["files"][1]));
    // All but the rounded seconds are sums.
    for (long, one) in long.iter().zip(&one).take(8) {
        assert_eq!(*long, one * repeats as u64);
    }
}

#[cfg(unix)]
#[test]
fn links_below_a_folder_are_not_followed_and_named_ones_are() {
    let desk = Desk::new();
    desk.file("outside/a.md", "x");
    desk.file("in/b.md", "x");
    std::os::unix::fs::symlink(desk.path("outside"), desk.path("in/loop")).unwrap();
    std::os::unix::fs::symlink(desk.path("outside/a.md"), desk.path("in/a.md")).unwrap();
    std::os::unix::fs::symlink(desk.path("outside/a.md"), desk.path("named.md")).unwrap();
    assert_eq!(paths(&desk.json(&["stats", "in", "named.md"])["files"]), ["in/b.md", "named.md"]);
}

#[test]
fn for_scripts_a_line_a_file() {
    let desk = Desk::new();
    desk.file("a.md", "one two");
    let output = desk.run(&["stats", "a.md"]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "2\t1\t1\t1\t7\t7\t1\ta.md\n");
}
