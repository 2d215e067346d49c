//! Words, sentences and graphemes of any text: the same from both ends and around any place, and where independent
//! implementations find them.
#![no_main]

use std::ops::Range;

use icu_segmenter::options::SentenceBreakInvariantOptions;
use icu_segmenter::{GraphemeClusterSegmenter, SentenceSegmenter};
use libfuzzer_sys::fuzz_target;
use unicode_segmentation::UnicodeSegmentation;
use writemagic_shared::text::segment::{self, Unit};

mod alphabet;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        check(text);
    }
    check(&alphabet::text(input));
});

fn check(text: &str) {
    let words: Vec<_> = segment::words(text).collect();
    let mut backward: Vec<_> = segment::words(text).rev().collect();
    backward.reverse();
    assert_eq!(words, backward);
    for segment in &words {
        assert_eq!(segment.is_word, text[segment.range.clone()].chars().any(char::is_alphanumeric));
    }
    let sentences: Vec<_> = segment::sentences(text).collect();
    let mut backward: Vec<_> = segment::sentences(text).rev().collect();
    backward.reverse();
    assert_eq!(sentences, backward);
    let graphemes: Vec<_> = segment::graphemes(text).collect();
    let mut backward: Vec<_> = segment::graphemes(text).rev().collect();
    backward.reverse();
    assert_eq!(graphemes, backward);

    let words: Vec<_> = words.into_iter().map(|segment| segment.range).collect();
    around(text, Unit::Word, &words);
    around(text, Unit::Sentence, &sentences);
    around(text, Unit::Grapheme, &graphemes);

    let options = SentenceBreakInvariantOptions::default();
    let icu: Vec<usize> = SentenceSegmenter::new(options).segment_str(text).collect();
    assert_eq!(sentences, between(&icu));
    let icu: Vec<usize> = GraphemeClusterSegmenter::new().segment_str(text).collect();
    assert_eq!(graphemes, between(&icu));
    // The library breaks WB3c, so joiners are left out.
    let text = text.replace('\u{200D}', "");
    let other: Vec<_> = text.split_word_bound_indices().map(|(at, part)| at..at + part.len()).collect();
    assert_eq!(segment::words(&text).map(|segment| segment.range).collect::<Vec<_>>(), other);
}

fn between(boundaries: &[usize]) -> Vec<Range<usize>> {
    boundaries.windows(2).map(|ends| ends[0]..ends[1]).collect()
}

fn around(text: &str, unit: Unit, segments: &[Range<usize>]) {
    for range in segments {
        for offset in range.clone() {
            assert_eq!(segment::boundary_after(text, unit, offset), Some(range.end));
            assert_eq!(segment::boundary_before(text, unit, offset + 1), Some(range.start));
            assert_eq!(segment::is_boundary(text, unit, offset), offset == range.start);
        }
    }
}
