//! Texts as they are, without a library: counts, places, differences, languages.

use std::ops::Range;

use writemagic::ai::task::Detected;
use writemagic::text::TextStats;
use writemagic::text::diff::{By, Hunk, HunkKind, diff};
use writemagic::text::find::{Match, Options, Pattern};
use writemagic::text::segment;
use writemagic_boundary::Failure;

use crate::Part;
use crate::declare::{choices, operations, records};

pub(crate) const PART: Part =
    Part { name: "text", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// A part of a text.
pub(crate) struct Segment {
    /// Where, in UTF-16 units.
    range: Range<u64>,
    /// Whether it is a word as counts have it; true for every sentence and grapheme.
    is_word: bool,
}

/// The same segments in UTF-16 units. They lie side by side and cover the text.
fn in_units(text: &str, segments: impl Iterator<Item = (Range<usize>, bool)>) -> Vec<Segment> {
    let mut start = 0;
    let segments = segments.map(|(bytes, is_word)| {
        let end = start + writemagic::text::utf16::len(text.get(bytes).unwrap_or_default());
        let range = start..end;
        start = end;
        Segment { range, is_word }
    });
    segments.collect()
}

fn segments(text: &str, unit: segment::Unit) -> Vec<Segment> {
    match unit {
        segment::Unit::Word => {
            in_units(text, segment::words(text).map(|segment| (segment.range, segment.is_word)))
        }
        segment::Unit::Sentence => in_units(text, segment::sentences(text).map(|range| (range, true))),
        segment::Unit::Grapheme => in_units(text, segment::graphemes(text).map(|range| (range, true))),
    }
}

/// All places of a pattern in a text.
pub(crate) fn find(text: &str, pattern: &str, options: Options) -> Result<Vec<Match>, Failure> {
    Ok(Pattern::new(pattern, options)?.matches(text).with_utf16().collect())
}

records! {
    out writemagic::text::TextStats as TextStats {
        bytes: u64,
        chars: u64,
        utf16_units: u64,
        graphemes: u64,
        words: u64,
        ideographs: u64,
        sentences: u64,
        lines: u64,
        paragraphs: u64,
    } + { reading_seconds: u64 }
    in writemagic::text::find::Options as FindOptions {
        match_case: bool,
        match_diacritics: bool,
        whole_word: bool,
    }
    out writemagic::text::find::Match as Match { bytes: Range<u64>, utf16: Range<u64> }
    out writemagic::text::diff::Hunk as DiffHunk {
        old: Range<usize>,
        new: Range<usize>,
        old_utf16: Range<u64>,
        new_utf16: Range<u64>,
        moved: Option<usize>,
    } + { kind: HunkKind }
    out Segment as Segment { range: Range<u64>, is_word: bool }
    out writemagic::ai::task::Detected as DetectedLanguage {
        script: &'static str,
        language: Option<&'static str>,
    }
}

choices! {
    in writemagic::text::diff::By as DiffBy { 0 Words, 1 Lines }
    out writemagic::text::diff::HunkKind as DiffHunkKind { 0 Inserted, 1 Deleted, 2 Replaced }
    in writemagic::text::segment::Unit as SegmentUnit { 0 Word, 1 Sentence, 2 Grapheme }
}

operations! {
    Text {
        /// All counts of a text.
        now stats(text: String) -> TextStats { Ok::<_, Failure>(TextStats::of(&text)) }
        /// The version of the Unicode standard that every count, segment and search follows.
        get unicode_version() -> &'static str { Ok::<_, Failure>(writemagic::text::UNICODE_VERSION) }
        /// Where a text has a pattern; case, diacritics and width are ignored unless the options say otherwise.
        now find(text: String, pattern: String, options: Options) -> Vec<Match> { find(&text, &pattern, options) }
        /// What changed between two texts, by words or lines, with moved passages recognised.
        now diff(old: String, new: String, by: By) -> Vec<Hunk> { Ok::<_, Failure>(diff(&old, &new, by)) }
        /// The words, sentences or graphemes of a text, side by side from its start to its end.
        now segments(text: String, unit: segment::Unit) -> Vec<Segment> { Ok::<_, Failure>(segments(&text, unit)) }
        /// Which script a text is written in, and which language, where its commonest words tell.
        now detect(text: String) -> Option<Detected> { Ok::<_, Failure>(writemagic::ai::task::detect(&text)) }
        /// About how many tokens a text is for a model of which nothing is known.
        now tokens(text: String) -> u64 { Ok::<_, Failure>(writemagic::ai::estimate::tokens(&text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cover_a_text_in_utf_16_units() {
        let text = "Ana 😀 wept. Rain!";
        let words = segments(text, segment::Unit::Word);
        let real: Vec<_> =
            words.iter().filter(|segment| segment.is_word).map(|segment| segment.range.clone()).collect();
        assert_eq!(real, [0..3, 7..11, 13..17]);
        assert_eq!(words.last().unwrap().range.end, writemagic::text::utf16::len(text));
        assert_eq!(segments(text, segment::Unit::Sentence).len(), 2);
        assert_eq!(segments(text, segment::Unit::Grapheme)[4].range, 4..6);
    }
}
