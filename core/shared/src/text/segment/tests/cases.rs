//! Texts whose boundaries are published: the break tests of Unicode 17.0, the random ones of ICU for the same version,
//! and the sequences of emoji-test.
//!
//! With `WRITEMAGIC_TEST_DATA` all of them, without it the committed ones (of the random tests five of each kind, of
//! the emoji an excerpt), which is printed.

#![allow(clippy::print_stderr, reason = "a test says what it did not run")]

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::text::segment::Unit;

/// A text and its boundaries.
pub(crate) struct Case {
    pub(crate) text: String,
    /// Byte offsets in order, both ends included.
    pub(crate) boundaries: Vec<usize>,
}

/// Published boundaries of one kind: the official tests, then the random ones.
pub(crate) fn break_cases(unit: Unit) -> (Vec<Case>, Vec<Case>) {
    let (name, excerpt, counts) = match unit {
        Unit::Word => ("Word", include_str!("../../../../tests/data/WordBreak-17.0.0.txt"), [1944, 1000]),
        Unit::Sentence => {
            ("Sentence", include_str!("../../../../tests/data/SentenceBreak-17.0.0.txt"), [512, 100])
        }
        Unit::Grapheme => {
            ("Grapheme", include_str!("../../../../tests/data/GraphemeBreak-17.0.0.txt"), [766, 100])
        }
    };
    let (official, random) = excerpt.split_once("# Random\n").expect("two parts");
    let official = parse(official);
    assert_eq!(official.len(), counts[0]);
    let Some(folder) = data() else {
        eprintln!("WRITEMAGIC_TEST_DATA is not set: only some of the random break tests are run");
        let random = parse(random);
        assert_eq!(random.len(), 5);
        return (official, random);
    };
    let complete = parse(&unpacked(&folder.join(format!("{name}BreakTest_17.txt.gz"))));
    assert_eq!(complete.len(), counts[0]);
    let random = parse(&unpacked(&folder.join(format!("{name}BreakRandomTest_17.txt.gz"))));
    assert_eq!(random.len(), counts[1]);
    (complete, random)
}

/// The sequences of emoji-test.
pub(crate) fn emoji() -> Vec<String> {
    let (lines, count) = match data() {
        Some(folder) => (unpacked(&folder.join("emoji-test.txt.gz")), 5225),
        None => {
            eprintln!("WRITEMAGIC_TEST_DATA is not set: only an excerpt of emoji-test is run");
            (include_str!("../../../../tests/data/emoji-test-17.0-excerpt.txt").to_owned(), 190)
        }
    };
    let emoji: Vec<String> = rows(&lines)
        .filter_map(|line| line.split(';').next())
        .map(|sequence| sequence.split_whitespace().map(character).collect())
        .collect();
    assert_eq!(emoji.len(), count);
    emoji
}

fn data() -> Option<PathBuf> {
    std::env::var_os("WRITEMAGIC_TEST_DATA").map(|folder| Path::new(&folder).join("unicode"))
}

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty())
}

fn character(hex: &str) -> char {
    char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap()
}

/// Lines such as `÷ 0061 × 0301 ÷ 0062 ÷`.
fn parse(text: &str) -> Vec<Case> {
    let case = |line: &str| {
        let mut case = Case { text: String::new(), boundaries: Vec::new() };
        for word in line.split_whitespace() {
            match word {
                "÷" => case.boundaries.push(case.text.len()),
                "×" => {}
                hex => case.text.push(character(hex)),
            }
        }
        case
    };
    rows(text).map(case).collect()
}
