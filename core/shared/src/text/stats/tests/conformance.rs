//! The break tests of the Unicode standard and ICU's random ones, as counts by every path.
//!
//! A reduced copy stands here; all cases are read from the folder that `WRITEMAGIC_TEST_DATA` names.

use std::io::Read as _;
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::oracle;

const WORDS: &str = "\
÷ 0061 × 0027 × 0061 ÷ 003A ÷
÷ 0061 ÷ 0027 ÷ 002C ÷ 0031 ÷
÷ 0031 × 002E × 0031 ÷ 002E × 0308 ÷
÷ 05D0 × 0022 × 05D0 × 0027 ÷ 0022 ÷
÷ 1F476 × 1F3FF ÷ 1F476 ÷
÷ 1F6D1 × 200D × 1F6D1 ÷
÷ 0061 × 200D × 1F6D1 ÷
÷ 0061 ÷ 1F1E6 × 1F1E7 ÷ 1F1E8 ÷ 0062 ÷
÷ 30AB × 30BF × 005F × 0031 ÷ 6F22 ÷ 5B57 ÷
÷ 000D × 000A ÷ 0308 × 0308 ÷ 0041 ÷";
const SENTENCES: &str = "\
÷ 0063 × 002E × 0064 × 002E × 2019 × 0020 ÷ 0054 × 0068 × 0065 ÷
÷ 0065 × 0074 × 0063 × 002E × 0029 × 0020 × 2018 × 0028 × 0074 × 0068 × 0065 ÷
÷ 0033 × 002E × 0034 ÷
÷ 0055 × 002E × 0053 × 002E × 0308 ÷
÷ 0061 × 000D × 000A ÷ 0308 × 0062 × 0085 ÷ 0063 ÷
÷ 5B57 × 3002 ÷ 5B83 ÷";
const GRAPHEMES: &str = "\
÷ 0020 × 0308 ÷ 0020 ÷
÷ 000D × 000A ÷ 0061 ÷ 000A ÷ 0308 ÷
÷ 0915 × 094D × 200D × 0924 ÷
÷ 0915 ÷ 0924 × 0A4D ÷ 0924 ÷
÷ 1F476 × 1F3FF × 200D × 1F6D1 ÷
÷ 0061 × 200D ÷ 1F6D1 ÷
÷ 0061 ÷ 1F1E6 × 1F1E7 ÷ 1F1E8 × 200D ÷ 1F1E9 ÷
÷ 1100 × 1160 × 11A8 ÷ AC00 × 11A8 ÷ AC01 ÷ 1160 ÷
÷ 0600 × 0020 ÷ 0600 ÷ 000A ÷";

/// The cases of a file, or of its reduced copy.
#[allow(clippy::print_stderr, reason = "says that a test is reduced")]
fn cases(file: &str, reduced: &str) -> Vec<(String, Vec<bool>)> {
    let text = match std::env::var_os("WRITEMAGIC_TEST_DATA") {
        Some(folder) => {
            let path = PathBuf::from(folder).join("unicode").join(format!("{file}_17.txt.gz"));
            let mut text = String::new();
            let mut data = GzDecoder::new(std::fs::File::open(path).unwrap());
            data.read_to_string(&mut text).unwrap();
            text
        }
        None => {
            eprintln!("WRITEMAGIC_TEST_DATA is not set: a reduced copy of {file} is read");
            reduced.to_owned()
        }
    };
    let lines = text.lines().map(|line| line.split('#').next().unwrap().trim());
    let cases: Vec<_> = lines.filter(|line| !line.is_empty()).map(case).collect();
    assert!(!cases.is_empty());
    cases
}

/// A line like `÷ 0061 × 0308 ÷`: the text, and for each character whether a segment begins with it.
fn case(line: &str) -> (String, Vec<bool>) {
    let parts: Vec<&str> = line.split_whitespace().collect();
    let pairs = parts.chunks_exact(2).map(|pair| {
        let code_point = u32::from_str_radix(pair[1], 16).unwrap();
        (char::from_u32(code_point).unwrap(), pair[0] == "÷")
    });
    pairs.unzip()
}

fn check(file: &str, reduced: &str, boundaries: fn(&[char]) -> Vec<bool>) {
    for (text, expected) in cases(file, reduced) {
        let chars: Vec<char> = text.chars().collect();
        let found = boundaries(&chars);
        let wrong = (0..chars.len()).find(|at| found[*at] != expected[*at]);
        assert_eq!(wrong, None, "{file}: {}", text.escape_unicode());
        super::check(&text);
    }
}

#[test]
fn words_of_the_official_and_random_break_tests_are_counted() {
    check("WordBreakTest", WORDS, oracle::word_boundaries);
    check("WordBreakRandomTest", WORDS, oracle::word_boundaries);
}

#[test]
fn sentences_of_the_official_and_random_break_tests_are_counted() {
    check("SentenceBreakTest", SENTENCES, oracle::sentence_boundaries);
    check("SentenceBreakRandomTest", SENTENCES, oracle::sentence_boundaries);
}

#[test]
fn graphemes_of_the_official_and_random_break_tests_are_counted() {
    check("GraphemeBreakTest", GRAPHEMES, oracle::grapheme_boundaries);
    check("GraphemeBreakRandomTest", GRAPHEMES, oracle::grapheme_boundaries);
}
