//! Every way to count gives the counts of the [`oracle`], on texts made to trip it.

mod conformance;
mod oracle;
pub(crate) mod texts;

use proptest::prelude::*;

use super::counter::{All, Counter, Graphemes, Sentences, Words, count_on};
use super::emulated::Emulated;
use super::kernel::State;
use super::{StatsCounter, TextStats, stats_of_lines};
use crate::text::dispatch::Path;

/// The counts by every path of this processor, and by the rules of the vector kernels in safe code.
fn by_every_path(text: &str) -> Vec<(String, TextStats)> {
    let paths = Path::available().map(|path| (format!("{path:?}"), count_on::<All>(path, text)));
    let mut all: Vec<_> = paths.collect();
    all.push(("Emulated".to_owned(), emulated(&[text.as_bytes()])));
    all
}

fn emulated(chunks: &[&[u8]]) -> TextStats {
    let mut state = State::new();
    for chunk in chunks {
        state.absorb::<Emulated, All>(Emulated, chunk);
    }
    let mut totals = state.finish::<Emulated, All>(Emulated);
    totals.lines += u64::from(totals.bytes > 0 && state.last_byte() != b'\n');
    totals
}

/// Fails if any path counts `text` otherwise than the oracle.
#[track_caller]
fn check(text: &str) {
    let fails = |text: &str| {
        let expected = oracle::stats(text);
        by_every_path(text).into_iter().find(|(_, stats)| *stats != expected)
    };
    if fails(text).is_some() {
        // The shortest failing part says most.
        let chars: Vec<char> = text.chars().collect();
        let parts =
            (1..=chars.len()).flat_map(|n| chars.windows(n)).map(|part| part.iter().collect::<String>());
        for part in parts {
            if let Some((path, stats)) = fails(&part) {
                panic!("{path}: {} is {stats:?}, not {:?}", part.escape_unicode(), oracle::stats(&part));
            }
        }
    }
}

#[test]
fn every_pair_of_classes_is_counted_by_the_rules_at_any_place_in_a_block() {
    let alphabet = texts::representatives();
    let mut text = String::new();
    for (n, a) in alphabet.iter().enumerate() {
        text.clear();
        for (m, b) in alphabet.iter().enumerate() {
            // Different distances between pairs bring the edges of blocks everywhere.
            text.extend([*a, *b]);
            text += ["\n", " x\n", "日\n", "é\u{301}.\n", "!a\n"][(n + m) % 5];
        }
        check(&text);
    }
}

#[test]
fn a_text_is_counted_alike_at_every_alignment() {
    let body = "\u{301}Mr. O’Neill (ö) said: 3.5…\r\nक्षि 👨\u{200D}👩 한국어\u{1100}\u{1161} \u{5D0}\"\u{5D1}'. etc. 7 a";
    for lead in 0..=64 {
        for filler in ["a", " ", ".", "\u{1F1E6}", "क्"] {
            check(&(filler.repeat(lead) + body));
        }
    }
}

#[test]
fn a_long_text_that_changes_its_script_is_counted_by_the_rules() {
    let scripts = [
        "Ein Wörtchen, é! ",
        "Слово, ещё одно. ",
        "מילה אחת. ",
        "كلمة، واحدة. ",
        "λόγος; ",
        "एक क्षण। ",
        "คำเดียว ",
        "ひらがなとカタカナ。",
        "漢字々、字。",
        "한국어 단어. ",
        "👩🏽\u{200D}🚀🎉 ",
        "\u{1D4B3}\u{10437} ",
    ];
    let mut text = String::new();
    for round in 0..12 {
        for (n, script) in scripts.iter().enumerate() {
            // Long enough to bring pages into use, and mixed so that they go out of use in the middle of a script.
            text += &script.repeat(1 + (round * 7 + n * 5) % 11);
        }
        text += "\n";
    }
    let expected = oracle::stats(&text);
    for (path, stats) in by_every_path(&text) {
        assert_eq!(stats, expected, "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn adversarial_texts_are_counted_by_the_rules(seed in any::<u64>()) {
        check(&texts::random(seed));
    }

    #[test]
    fn single_counts_are_those_of_the_whole(seed in any::<u64>()) {
        let text = texts::random(seed);
        for path in Path::available() {
            let all = count_on::<All>(path, &text);
            let words = count_on::<Words>(path, &text);
            prop_assert_eq!((words.words, words.ideographs), (all.words, all.ideographs));
            prop_assert_eq!(count_on::<Sentences>(path, &text).sentences, all.sentences);
            prop_assert_eq!(count_on::<Graphemes>(path, &text).graphemes, all.graphemes);
        }
    }

    #[test]
    fn lines_add_up(seed in any::<u64>()) {
        let text = texts::random(seed);
        prop_assert_eq!(stats_of_lines(&text).sum::<TextStats>(), TextStats::of(&text));
    }

    #[test]
    fn chunks_are_counted_like_the_whole_wherever_they_split(seed in any::<u64>()) {
        let text = texts::random(seed);
        let bytes = text.as_bytes();
        for path in Path::available() {
            let whole = count_on::<All>(path, &text);
            for split in (0..=bytes.len()).step_by(1 + bytes.len() / 150) {
                let mut counter = Counter::on(path);
                counter.absorb::<All>(&bytes[..split]);
                counter.absorb::<All>(&bytes[split..]);
                prop_assert_eq!(counter.finish::<All>(), whole, "{:?} split at {}", path, split);
            }
            for size in 1..9 {
                let mut counter = Counter::on(path);
                bytes.chunks(size).for_each(|chunk| counter.absorb::<All>(chunk));
                prop_assert_eq!(counter.finish::<All>(), whole, "{:?} in chunks of {}", path, size);
            }
        }
    }
}

#[test]
fn a_stream_says_where_it_is_no_text() {
    let mut counter = StatsCounter::new();
    counter.push("naïve ".as_bytes()).unwrap();
    counter.push(b"\xF0\x9F").unwrap();
    let error = counter.push(b"\x98a").unwrap_err();
    assert_eq!(error.offset, 7);
    assert_eq!(counter.push(b"more").unwrap_err(), error);
    assert_eq!(counter.finish().unwrap_err(), error);
    let mut counter = StatsCounter::default();
    counter.push(b"caf\xC3").unwrap();
    assert_eq!(counter.finish().unwrap_err().offset, 3);
}

#[test]
fn an_empty_stream_counts_nothing() {
    assert_eq!(StatsCounter::new().finish(), Ok(TextStats::default()));
}
#[test]
fn every_character_alone_is_counted_by_the_rules() {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for some in all.chunks(64) {
        check(&some.iter().flat_map(|c| [*c, '\n']).collect::<String>());
    }
}
