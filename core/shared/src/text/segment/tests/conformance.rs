//! The published boundaries, through every way to find one.

use super::cases::{break_cases, emoji};
use super::{UNITS, backward, check_around, forward, from_both_ends, ranges};
use crate::text::TextStats;
use crate::text::segment::tests::cases::Case;
use crate::text::segment::{Unit, graphemes, words};

/// What [`TextStats`] counts of a text with these boundaries, if there are sentences and graphemes likewise.
fn count(case: &Case, unit: Unit) -> usize {
    let segments = ranges(&case.boundaries);
    let holds_word = |text: &str| text.chars().any(char::is_alphanumeric);
    match unit {
        Unit::Grapheme => segments.len(),
        Unit::Word | Unit::Sentence => {
            segments.into_iter().filter(|range| holds_word(&case.text[range.clone()])).count()
        }
    }
}

#[test]
fn official_break_tests_pass_in_every_way() {
    for unit in UNITS {
        for case in break_cases(unit).0 {
            let segments = ranges(&case.boundaries);
            assert_eq!(forward(&case.text, unit), segments, "{:?}", case.text);
            assert_eq!(backward(&case.text, unit), segments, "{:?}", case.text);
            let mut turn = false;
            let alternate = || {
                turn = !turn;
                turn
            };
            assert_eq!(from_both_ends(&case.text, unit, alternate), segments, "{:?}", case.text);
            check_around(&case.text, unit, &case.boundaries, 0..=case.text.len());
        }
    }
}

#[test]
fn random_break_tests_pass_in_every_way() {
    for unit in UNITS {
        for case in break_cases(unit).1 {
            let segments = ranges(&case.boundaries);
            assert_eq!(forward(&case.text, unit), segments);
            assert_eq!(backward(&case.text, unit), segments);
            let mut turn = 0;
            let uneven = || {
                turn += 1;
                turn % 7 < 3
            };
            assert_eq!(from_both_ends(&case.text, unit, uneven), segments);
            check_around(&case.text, unit, &case.boundaries, (0..=case.text.len()).step_by(97));
        }
    }
}

#[test]
fn official_break_tests_pass_wherever_a_block_begins() {
    for unit in UNITS {
        for (n, case) in break_cases(unit).0.iter().enumerate() {
            // What is behind a line end is as at the start of a text.
            for shift in [n % 64, 63 - n % 64, 64 - case.text.len() % 64] {
                let text = "\n".repeat(shift) + &case.text;
                let moved = case.boundaries.iter().map(|boundary| boundary + shift);
                let boundaries: Vec<usize> = (0..shift).chain(moved).collect();
                assert_eq!(forward(&text, unit), ranges(&boundaries), "{:?} behind {shift}", case.text);
            }
        }
    }
}

#[test]
fn counts_are_those_of_the_break_tests() {
    for unit in UNITS {
        let (official, random) = break_cases(unit);
        for case in official.iter().chain(&random) {
            let stats = TextStats::of(&case.text);
            let counted = match unit {
                Unit::Word => stats.words,
                Unit::Sentence => stats.sentences,
                Unit::Grapheme => stats.graphemes,
            };
            assert_eq!(counted, count(case, unit) as u64, "{:?}", case.text);
        }
    }
}

#[test]
fn every_emoji_is_one_grapheme_and_a_word_only_if_it_holds_a_letter_or_a_number() {
    let mut lettered = 0;
    for emoji in emoji() {
        assert_eq!(graphemes(&emoji).next(), Some(0..emoji.len()), "{emoji}");
        let found = words(&emoji).filter(|segment| segment.is_word).count();
        let holds = emoji.chars().any(char::is_alphanumeric);
        assert_eq!(found, usize::from(holds), "{emoji}");
        lettered += found;
    }
    assert_eq!(lettered, 32, "keycaps of digits and lettered symbols");
    for (emoji, is_word) in
        [("🅰", true), ("1\u{FE0F}\u{20E3}", true), ("#\u{FE0F}\u{20E3}", false), ("👩‍🔬", false)]
    {
        assert_eq!(words(emoji).filter(|segment| segment.is_word).count(), usize::from(is_word), "{emoji}");
    }
}
