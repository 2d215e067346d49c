//! All counts of a text, in one pass.
//!
//! [`TextStats`] has the counts. [`counter`] takes text whole, in chunks or over several threads and picks the way
//! to count: [`scalar`], automata for every processor, or [`kernel`], vector instructions that classify 64 bytes at
//! a time for the rules of [`words`], [`sentences`] and [`graphemes`], which are written over bit masks ([`bits`]).
//! Properties of characters, and the automata, come from generated [`tables`].
#![cfg_attr(
    not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))),
    allow(dead_code, unused_imports, reason = "these processors count with the scalar automata alone")
)]

mod ascii;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(super) mod bits;
mod counter;
#[cfg(test)]
mod emulated;
mod graphemes;
mod kernel;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
mod page;
mod parallel;
mod recent;
mod scalar;
mod sentences;
mod simd;
mod tables;
mod words;

use std::iter::Sum;
use std::ops::{Add, AddAssign, SubAssign};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use counter::{StatsCounter, count_graphemes, count_sentences, count_words, stats_of_lines};

use super::dispatch::Path;

/// Counts of a text.
///
/// Additive over lines: the counts of a text are the sums over its lines, each taken with its `\n`. Sums and
/// differences saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextStats {
    /// Bytes of UTF-8.
    pub bytes: u64,
    /// Unicode scalar values.
    pub chars: u64,
    /// UTF-16 code units.
    pub utf16_units: u64,
    /// Extended grapheme clusters of Unicode Annex #29: what a reader takes for one character.
    pub graphemes: u64,
    /// Word segments of Unicode Annex #29 that hold an alphabetic or number character.
    pub words: u64,
    /// Words that are a single Han or Kana character, marks excepted (part of `words`; not serialised).
    pub ideographs: u64,
    /// Sentences of Unicode Annex #29 that hold an alphabetic or number character.
    pub sentences: u64,
    /// What [`str::lines`] yields.
    pub lines: u64,
    /// Lines that hold more than white space.
    pub paragraphs: u64,
}

const WORDS_PER_MINUTE: u128 = 238;
const IDEOGRAPHS_PER_MINUTE: u128 = 500;

impl TextStats {
    /// Counts `text`. Linear in the text, in one pass; allocates nothing.
    pub fn of(text: &str) -> Self {
        counter::count_on::<counter::All>(Path::current(), text)
    }

    /// Seconds it takes to read: 238 words a minute, or 500 where a word is one Han or Kana character; rounded up.
    pub fn reading_seconds(&self) -> u64 {
        let words = u128::from(self.words.saturating_sub(self.ideographs));
        let ideographs = u128::from(self.ideographs);
        let minutes = words * IDEOGRAPHS_PER_MINUTE + ideographs * WORDS_PER_MINUTE;
        let seconds = (60 * minutes).div_ceil(WORDS_PER_MINUTE * IDEOGRAPHS_PER_MINUTE);
        u64::try_from(seconds).unwrap_or(u64::MAX)
    }

    fn zip(self, other: Self, combine: fn(u64, u64) -> u64) -> Self {
        Self {
            bytes: combine(self.bytes, other.bytes),
            chars: combine(self.chars, other.chars),
            utf16_units: combine(self.utf16_units, other.utf16_units),
            graphemes: combine(self.graphemes, other.graphemes),
            words: combine(self.words, other.words),
            ideographs: combine(self.ideographs, other.ideographs),
            sentences: combine(self.sentences, other.sentences),
            lines: combine(self.lines, other.lines),
            paragraphs: combine(self.paragraphs, other.paragraphs),
        }
    }
}

impl AddAssign for TextStats {
    fn add_assign(&mut self, other: Self) {
        *self = self.zip(other, u64::saturating_add);
    }
}

impl Add for TextStats {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for TextStats {
    fn sum<I: Iterator<Item = Self>>(stats: I) -> Self {
        stats.fold(Self::default(), Self::add)
    }
}

impl SubAssign for TextStats {
    fn sub_assign(&mut self, other: Self) {
        *self = self.zip(other, u64::saturating_sub);
    }
}

/// The object that the command line prints; `ideographs` shows in `reading_seconds` only.
impl Serialize for TextStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("TextStats", 9)?;
        object.serialize_field("bytes", &self.bytes)?;
        object.serialize_field("chars", &self.chars)?;
        object.serialize_field("utf16_units", &self.utf16_units)?;
        object.serialize_field("graphemes", &self.graphemes)?;
        object.serialize_field("words", &self.words)?;
        object.serialize_field("sentences", &self.sentences)?;
        object.serialize_field("lines", &self.lines)?;
        object.serialize_field("paragraphs", &self.paragraphs)?;
        object.serialize_field("reading_seconds", &self.reading_seconds())?;
        object.end()
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use definitions::adversarial_text;

#[cfg(test)]
mod definitions {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;
    use unicode_script::{Script, UnicodeScript};

    /// Texts made of what boundaries trip over: line ends of every kind, marks, joiners, quotes, scripts.
    pub(in crate::text) fn adversarial_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            6 => prop::sample::select(vec![
                "\n", "\r\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{B}", "\u{C}", "\t", " ", "  ", "\0",
                "\u{301}", "\u{345}", "\u{200D}", "\u{200B}", "\u{AD}", "\u{FEFF}", "\u{FE0F}", "\u{903}", "_",
                "'", "\"", "’", "“", "”", ".", ". ", "...", "!", "?!", ",", ";", ":", "-", "(", ")", "…",
                "a", "B", "word", "Word", "e.g.", "U.S.", "3", "3.5", "1,000", "12:30",
                "ה", "ב\"ה", "ה'", "ไทย", "ก\u{0E49}า", "한국어", "漢", "か\u{3099}", "カタ", "ｶﾞ", "ー", "。",
                "क्षि", "नमस्ते", "ёж", "É", "ß", "👨\u{200D}👩\u{200D}👧", "🇩🇪", "🇫", "👍🏽", "1\u{FE0F}\u{20E3}",
                "\u{1100}", "\u{1161}", "\u{11A8}", "\u{600}", "𠀀", "½", "Ⅷ",
            ]).prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    fn is_han_or_kana(c: char) -> bool {
        let script = matches!(c.script(), Script::Han | Script::Hiragana | Script::Katakana);
        c >= '\u{2E80}' && script && !matches!(c, '\u{16FF0}' | '\u{16FF1}')
    }

    /// The definitions, each written down by itself.
    fn by_definition(text: &str) -> TextStats {
        let words: Vec<&str> = text.unicode_words().collect();
        let content = |sentence: &str| sentence.chars().any(char::is_alphanumeric);
        TextStats {
            bytes: text.len() as u64,
            chars: text.chars().count() as u64,
            utf16_units: text.encode_utf16().count() as u64,
            graphemes: text.graphemes(true).count() as u64,
            words: words.len() as u64,
            ideographs: words
                .iter()
                .filter(|word| word.chars().count() == 1 && word.chars().all(is_han_or_kana))
                .count() as u64,
            sentences: if text.is_empty() {
                0
            } else {
                text.split_sentence_bounds().filter(|sentence| content(sentence)).count() as u64
            },
            lines: text.lines().count() as u64,
            paragraphs: text.lines().filter(|line| line.chars().any(|c| !c.is_whitespace())).count() as u64,
        }
    }

    #[test]
    fn an_empty_text_counts_nothing() {
        assert_eq!(TextStats::of(""), TextStats::default());
        assert_eq!(TextStats::default().reading_seconds(), 0);
    }

    #[test]
    fn every_count_follows_its_definition() {
        let stats = TextStats::of(
            "Dr. No said: \"3.5 漢字!\"\r\n\n \u{3000}\nカタカナ_1 👨\u{200D}👩\u{200D}👧 e\u{301}",
        );
        assert_eq!(stats.words, 4 + 2 + 2);
        assert_eq!(stats.ideographs, 2);
        assert_eq!(stats.lines, 4);
        assert_eq!(stats.paragraphs, 2);
        assert_eq!(stats.sentences, 2 + 1);
        assert_eq!(stats.utf16_units, stats.chars + 3);
        assert_eq!(TextStats::of("\u{FEFF}\0").bytes, 4);
    }

    #[test]
    fn reading_time_is_exact_and_rounded_up() {
        let seconds =
            |words, ideographs| TextStats { words, ideographs, ..TextStats::default() }.reading_seconds();
        assert_eq!(seconds(238, 0), 60);
        assert_eq!(seconds(239, 0), 61);
        assert_eq!(seconds(1, 0), 1);
        assert_eq!(seconds(500, 500), 60);
        assert_eq!(seconds(738, 500), 120);
        assert_eq!(seconds(739, 501), 121);
        // Half a second of each makes one, not two.
        assert_eq!(seconds(6, 4), 1);
        assert!(seconds(u64::MAX, 0) > u64::MAX / 4);
    }

    #[test]
    fn differences_and_sums_never_overflow() {
        let mut stats = TextStats::of("a");
        stats -= TextStats::of("a b c");
        assert_eq!(stats, TextStats::default());
        let most = TextStats { bytes: u64::MAX, ..TextStats::default() };
        assert_eq!((most + TextStats::of("a")).bytes, u64::MAX);
    }

    #[test]
    fn the_serialised_form_has_the_published_fields_in_order() {
        let json = serde_json::to_string(&TextStats::of("二 words.\n")).unwrap();
        assert_eq!(
            json,
            r#"{"bytes":11,"chars":9,"utf16_units":9,"graphemes":9,"words":2,"sentences":1,"lines":1,"paragraphs":1,"reading_seconds":1}"#
        );
    }

    proptest! {
        #[test]
        fn counts_follow_the_definitions_on_any_text(text in adversarial_text()) {
            prop_assert_eq!(TextStats::of(&text), by_definition(&text));
        }

        #[test]
        fn the_ascii_path_counts_what_the_general_one_counts(
            text in prop_oneof!["[ -~\r\n\t\0]{0,80}", "[aB1 .!?,'\")(\r\n:_-]{0,40}"]
        ) {
            prop_assert_eq!(TextStats::of(&text), by_definition(&text));
        }

        #[test]
        fn counts_are_additive_over_lines(text in adversarial_text()) {
            let sum: TextStats = text.split_inclusive('\n').map(by_definition).sum();
            prop_assert_eq!(sum, by_definition(&text));
        }

        #[test]
        fn taking_a_line_away_leaves_the_counts_of_the_rest(a in adversarial_text(), b in adversarial_text()) {
            let a = a + "\n";
            let mut rest = TextStats::of(&(a.clone() + &b));
            rest -= TextStats::of(&a);
            prop_assert_eq!(rest, TextStats::of(&b));
        }
    }
}
