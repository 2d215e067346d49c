//! What every way to find a boundary is tested against.
//!
//! [`cases`] are texts whose boundaries are published, which the counts of `stats` are tested with too;
//! [`conformance`] goes through them, [`differential`] compares with independent implementations.

pub(crate) mod cases;
mod conformance;
mod differential;

use std::ops::Range;

use proptest::prelude::*;

use super::automaton::{GraphemeRules, Rules, SentenceRules, WordRules};
use super::backward::next_boundary;
use super::{
    Unit, WordSegment, boundary_after, boundary_before, graphemes, is_boundary, sentences, word_at, words,
};

/// All kinds of segments.
pub(crate) const UNITS: [Unit; 3] = [Unit::Word, Unit::Sentence, Unit::Grapheme];

/// The segments of `text` from the front.
fn forward(text: &str, unit: Unit) -> Vec<Range<usize>> {
    match unit {
        Unit::Word => words(text).map(|segment| segment.range).collect(),
        Unit::Sentence => sentences(text).collect(),
        Unit::Grapheme => graphemes(text).collect(),
    }
}

/// The segments of `text` from the back, put into order again.
fn backward(text: &str, unit: Unit) -> Vec<Range<usize>> {
    let mut segments: Vec<_> = match unit {
        Unit::Word => words(text).rev().map(|segment| segment.range).collect(),
        Unit::Sentence => sentences(text).rev().collect(),
        Unit::Grapheme => graphemes(text).rev().collect(),
    };
    segments.reverse();
    segments
}

/// The segments of `text`, from the end that `from_back` names each time, put into order again.
fn from_both_ends(text: &str, unit: Unit, from_back: impl FnMut() -> bool) -> Vec<Range<usize>> {
    fn walk<T>(mut ends: impl DoubleEndedIterator<Item = T>, mut from_back: impl FnMut() -> bool) -> Vec<T> {
        let (mut front, mut back) = (Vec::new(), Vec::new());
        loop {
            let (next, to) =
                if from_back() { (ends.next_back(), &mut back) } else { (ends.next(), &mut front) };
            match next {
                Some(segment) => to.push(segment),
                None => break,
            }
        }
        assert!(ends.next().is_none() && ends.next_back().is_none());
        front.extend(back.into_iter().rev());
        front
    }
    match unit {
        Unit::Word => walk(words(text).map(|segment| segment.range), from_back),
        Unit::Sentence => walk(sentences(text), from_back),
        Unit::Grapheme => walk(graphemes(text), from_back),
    }
}

/// The segments of `text` by the automaton alone, character by character.
fn one_by_one<R: Rules>(text: &str) -> Vec<Range<usize>> {
    let mut segments = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = next_boundary::<R>(text.as_bytes(), start);
        segments.push(start..end);
        start = end;
    }
    segments
}

/// Boundaries as the ranges between them.
fn ranges(boundaries: &[usize]) -> Vec<Range<usize>> {
    boundaries.windows(2).map(|ends| ends[0]..ends[1]).collect()
}

/// What holds for every place of a text whose boundaries these are, for `offsets` of it.
fn check_around(text: &str, unit: Unit, boundaries: &[usize], offsets: impl Iterator<Item = usize>) {
    for offset in offsets {
        let inside = offset.min(text.len());
        let before = boundaries.iter().rev().find(|boundary| **boundary < inside).copied();
        let after = boundaries.iter().find(|boundary| **boundary > offset).copied();
        assert_eq!(boundary_before(text, unit, offset), before, "before {offset} of {text:?}");
        assert_eq!(boundary_after(text, unit, offset), after, "after {offset} of {text:?}");
        assert_eq!(is_boundary(text, unit, offset), boundaries.contains(&offset), "{offset} of {text:?}");
    }
}

#[test]
fn underscores_emoji_and_punctuation_are_no_words() {
    let words = |text: &str| words(text).filter(|segment| segment.is_word).count();
    assert_eq!(words("_ 😀 … – \u{301} 👨‍👩‍👧"), 0);
    assert_eq!(words("snake_case can't 1,000.5 漢字 ½"), 6);
    assert_eq!(words(""), 0);
}

#[test]
fn a_word_is_a_word_from_either_end_and_from_within() {
    let text = "x — can't\u{301} stop 漢字 3.5…";
    let forward: Vec<WordSegment> = words(text).collect();
    let mut backward: Vec<WordSegment> = words(text).rev().collect();
    backward.reverse();
    assert_eq!(forward, backward);
    for segment in forward {
        for offset in segment.range.clone() {
            assert_eq!(word_at(text, offset).as_ref(), Some(&segment));
        }
    }
    assert_eq!(word_at(text, text.len()), None);
    assert_eq!(word_at(text, usize::MAX), None);
}

#[test]
fn a_text_of_nothing_has_no_segments_and_one_boundary() {
    for unit in UNITS {
        assert!(forward("", unit).is_empty() && backward("", unit).is_empty());
        assert_eq!(boundary_before("", unit, 0), None);
        assert_eq!(boundary_before("", unit, 7), None);
        assert_eq!(boundary_after("", unit, 0), None);
        assert!(is_boundary("", unit, 0) && !is_boundary("", unit, 1));
    }
}

#[test]
fn offsets_inside_a_character_and_past_the_end_have_neighbours_too() {
    let text = "aé 🇩🇪!";
    assert_eq!(boundary_before(text, Unit::Grapheme, 2), Some(1));
    assert_eq!(boundary_after(text, Unit::Grapheme, 2), Some(3));
    assert_eq!(boundary_before(text, Unit::Word, 2), Some(0));
    assert_eq!(boundary_before(text, Unit::Grapheme, 10), Some(4));
    assert_eq!(boundary_after(text, Unit::Grapheme, 6), Some(12));
    assert!(!is_boundary(text, Unit::Grapheme, 2) && !is_boundary(text, Unit::Grapheme, 8));
    assert_eq!(boundary_before(text, Unit::Grapheme, usize::MAX), Some(12));
    assert_eq!(boundary_after(text, Unit::Grapheme, usize::MAX), None);
    assert!(!is_boundary(text, Unit::Grapheme, usize::MAX));
}

/// Texts that hold no place to start from, or open questions of any length: what makes a way quadratic or loses a
/// boundary at the end of a block.
#[test]
fn long_runs_have_the_same_segments_from_both_ends() {
    let marks = |n: usize| "\u{301}".repeat(n);
    let texts = [
        "🇩🇪".repeat(3_000),
        format!("{}🇩", "🇩🇪".repeat(500)),
        "🇩\u{200D}".repeat(700),
        format!("a.{}b", marks(500)),
        format!("a.{} b", marks(500)),
        format!("a.{}b ", marks(31)).repeat(60),
        format!("א\"{}א x", marks(200)),
        format!("1,{}2 1,{}a", marks(90), marks(90)),
        format!("Dr. {}smith. {}Smith", "12 ".repeat(300), "12 ".repeat(300)),
        format!("Dr. {}", "12 ".repeat(300)),
        "word".repeat(2_000),
        marks(5_000),
        format!("क{}क", "\u{94D}".repeat(300)),
        format!("👩{}\u{200D}👩", marks(300)),
        "\r\n".repeat(300),
        "  ".repeat(300),
        "가\u{11A8}".repeat(300),
        "_".repeat(300) + "a",
    ];
    for text in &texts {
        for unit in UNITS {
            let segments = forward(text, unit);
            assert_eq!(segments.iter().map(Range::len).sum::<usize>(), text.len());
            assert_eq!(backward(text, unit), segments);
            let mut turn = 0;
            let uneven = || {
                turn += 1;
                turn % 5 > 2
            };
            assert_eq!(from_both_ends(text, unit, uneven), segments);
        }
    }
}

proptest! {
    #[test]
    fn any_text_has_the_same_segments_in_every_way(
        text in differential::any_classes(60),
        turns in prop::collection::vec(any::<bool>(), 1..20),
    ) {
        for unit in UNITS {
            let segments = forward(&text, unit);
            let boundaries: Vec<usize> =
                [0].into_iter().chain(segments.iter().map(|range| range.end)).collect();
            prop_assert_eq!(&backward(&text, unit), &segments);
            let mut turn = turns.iter().cycle();
            prop_assert_eq!(from_both_ends(&text, unit, || *turn.next().unwrap()), segments);
            check_around(&text, unit, &boundaries, 0..=text.len() + 2);
        }
    }

    #[test]
    fn the_quick_ways_through_ordinary_text_find_what_the_automaton_finds(
        text in prop_oneof![
            "[ab01_ .,:;'\"\r\n!?-]{0,200}",
            "[\\x00-\\x7F]{0,200}",
            "[a-c ,.'é·жЖ٣א\u{301}]{0,160}",
            "[a ,.'漢アー。’·\n\u{2028}_ｶ🅰☀]{0,160}",
        ],
    ) {
        let holds_word = |range: &Range<usize>| text[range.clone()].chars().any(char::is_alphanumeric);
        let by_characters: Vec<_> = one_by_one::<WordRules>(&text)
            .into_iter()
            .map(|range| WordSegment { is_word: holds_word(&range), range })
            .collect();
        prop_assert_eq!(words(&text).collect::<Vec<_>>(), by_characters);
        prop_assert_eq!(forward(&text, Unit::Sentence), one_by_one::<SentenceRules>(&text));
        prop_assert_eq!(forward(&text, Unit::Grapheme), one_by_one::<GraphemeRules>(&text));
    }

    #[test]
    fn a_line_has_the_same_segments_alone_as_in_its_text(text in differential::any_classes(60)) {
        for unit in UNITS {
            let mut segments = Vec::new();
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                segments.extend(forward(line, unit).into_iter().map(|r| start + r.start..start + r.end));
                start += line.len();
            }
            prop_assert_eq!(forward(&text, unit), segments);
        }
    }
}
