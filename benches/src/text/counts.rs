//! Counting words, sentences, graphemes, and everything at once.

use icu_segmenter::options::{SentenceBreakInvariantOptions, WordBreakInvariantOptions};
use icu_segmenter::{GraphemeClusterSegmenter, SentenceSegmenter, WordSegmenter};
use stringzilla::stringzilla::{Utf8Graphemes, Utf8Sentences, Utf8Wordbreaks};
use unicode_segmentation::UnicodeSegmentation;
use writemagic::text::dispatch::Path;
use writemagic::text::{TextStats, count_graphemes, count_sentences, count_words};

use super::contest::Contender;
use super::corpora::Family;

/// How many boundaries StringZilla fills in at a call: its default of 64 is slower.
const STEPS: usize = 1024;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    Words,
    Sentences,
    Graphemes,
    All,
}

impl Kernel {
    pub(super) const EVERY: [Kernel; 4] = [Kernel::Words, Kernel::Sentences, Kernel::Graphemes, Kernel::All];

    pub(super) fn heading(self) -> &'static str {
        match self {
            Kernel::Words => "Words",
            Kernel::Sentences => "Sentences",
            Kernel::Graphemes => "Graphemes",
            Kernel::All => "All counts in one pass",
        }
    }

    /// The goal with AVX-512 in GB/s, and the goal as a multiple of the best exact peer.
    pub(super) fn goals(self, corpus: &str, family: Family) -> (f64, f64) {
        match (self, family) {
            (Kernel::Words, Family::English) => (8.0, 15.0),
            (Kernel::Words, Family::Latin) => (4.0, 8.0),
            (Kernel::Words, Family::Other) if ["zh", "ja", "hi"].contains(&corpus) => (2.5, 8.0),
            (Kernel::Words, Family::Other) => (3.5, 8.0),
            (Kernel::Words, Family::Emoji) => (1.5, 8.0),
            (Kernel::Sentences, _) => (3.0, 5.0),
            (Kernel::Graphemes, Family::English) => (12.0, 6.0),
            (Kernel::Graphemes, _) => (0.0, 6.0),
            (Kernel::All, _) => (2.0, 18.0),
        }
    }

    fn ours(self, text: &str) -> u64 {
        match self {
            Kernel::Words => count_words(text),
            Kernel::Sentences => count_sentences(text),
            Kernel::Graphemes => count_graphemes(text),
            Kernel::All => {
                let stats = TextStats::of(text);
                sum(stats.words, stats.sentences, stats.graphemes)
                    + stats.chars
                    + stats.utf16_units
                    + stats.lines
            }
        }
    }

    /// The engine on every path that this processor has, the fastest first, then the peers.
    pub(super) fn contenders(self) -> Vec<Contender<'static>> {
        let mut contenders: Vec<Contender<'static>> =
            Path::available().map(|path| Contender::on(path, move |text| self.ours(text))).collect();
        contenders.extend(match self {
            Kernel::Words => words(),
            Kernel::Sentences => sentences(),
            Kernel::Graphemes => graphemes(),
            Kernel::All => all(),
        });
        contenders
    }
}

fn sum(words: u64, sentences: u64, graphemes: u64) -> u64 {
    words + sentences + graphemes
}

fn has_content(segment: &str) -> bool {
    segment.chars().any(char::is_alphanumeric)
}

/// How many of the segments between these boundaries (the first at 0) hold a letter or a number.
fn with_content(text: &str, boundaries: impl Iterator<Item = usize>) -> u64 {
    let (mut start, mut count) = (0, 0);
    for end in boundaries {
        count += u64::from(has_content(&text[start..end]));
        start = end;
    }
    count
}

fn words() -> Vec<Contender<'static>> {
    let icu = WordSegmenter::new_for_non_complex_scripts(WordBreakInvariantOptions::default());
    vec![
        Contender::new("unicode-segmentation", |text| text.unicode_words().count() as u64),
        Contender::new("icu_segmenter", move |text| with_content(text, icu.segment_str(text))),
        Contender::new("StringZilla", zilla_words),
    ]
}

fn zilla_words(text: &str) -> u64 {
    Utf8Wordbreaks::<STEPS>::with_steps(text.as_bytes())
        .filter(|segment| std::str::from_utf8(segment).is_ok_and(has_content))
        .count() as u64
}

fn sentences() -> Vec<Contender<'static>> {
    let icu = SentenceSegmenter::new(SentenceBreakInvariantOptions::default());
    vec![
        Contender::new("unicode-segmentation", |text| text.unicode_sentences().count() as u64),
        Contender::new("icu_segmenter", move |text| with_content(text, icu.segment_str(text))),
        Contender::new("StringZilla", zilla_sentences),
    ]
}

fn zilla_sentences(text: &str) -> u64 {
    Utf8Sentences::<STEPS>::with_steps(text.as_bytes())
        .filter(|segment| std::str::from_utf8(segment).is_ok_and(has_content))
        .count() as u64
}

fn graphemes() -> Vec<Contender<'static>> {
    let icu = GraphemeClusterSegmenter::new();
    vec![
        Contender::new("unicode-segmentation", |text| text.graphemes(true).count() as u64),
        Contender::new("icu_segmenter", move |text| (icu.segment_str(text).count() as u64).saturating_sub(1)),
        Contender::new("StringZilla", zilla_graphemes),
        Contender::new("finl_unicode", |text| {
            finl_unicode::grapheme_clusters::Graphemes::new(text).count() as u64
        }),
    ]
}

fn zilla_graphemes(text: &str) -> u64 {
    Utf8Graphemes::<STEPS>::with_steps(text.as_bytes()).count() as u64
}

fn all() -> Vec<Contender<'static>> {
    vec![
        Contender::new("unicode-segmentation and std", |text| {
            let lines = text.lines().count() + text.chars().count() + text.encode_utf16().count();
            let segments = text.unicode_words().count() + text.unicode_sentences().count();
            (lines + segments + text.graphemes(true).count()) as u64
        }),
        Contender::new("the best peers together", |text| {
            let bytes = text.as_bytes();
            let lines =
                bytecount::count(bytes, b'\n') + usize::from(!text.is_empty() && !text.ends_with('\n'));
            let units = bytecount::num_chars(bytes) + str_indices::utf16::count(text);
            sum(zilla_words(text), zilla_sentences(text), zilla_graphemes(text)) + (lines + units) as u64
        }),
    ]
}
