//! Counts of any text agree with independent implementations, are sums over its lines and chunks, and the same on
//! every path that this processor has.
#![no_main]

use icu_segmenter::options::SentenceBreakInvariantOptions;
use icu_segmenter::{GraphemeClusterSegmenter, SentenceSegmenter};
use libfuzzer_sys::fuzz_target;
use unicode_segmentation::UnicodeSegmentation;
use writemagic_shared::text::dispatch::{self, Path};
use writemagic_shared::text::{
    StatsCounter, TextStats, count_graphemes, count_sentences, count_words, segment, stats_of_lines, utf16,
};

mod alphabet;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        check(text);
    }
    check(&alphabet::text_with_runs(input));
});

fn check(text: &str) {
    dispatch::force(Some(Path::Scalar)).expect("always available");
    let stats = TextStats::of(text);
    assert_eq!(stats.bytes, text.len() as u64);
    assert_eq!(stats.chars, text.chars().count() as u64);
    assert_eq!(stats.utf16_units, text.encode_utf16().count() as u64);
    assert_eq!(stats.utf16_units, utf16::len(text));
    assert_eq!(stats.lines, text.lines().count() as u64);
    assert_eq!(stats.paragraphs, text.lines().filter(|line| !line.trim().is_empty()).count() as u64);
    let clusters = GraphemeClusterSegmenter::new().segment_str(text).count();
    assert_eq!(stats.graphemes, clusters.saturating_sub(1) as u64);
    assert_eq!(stats.sentences, sentences(text));
    // The library breaks WB3c, so joiners are left out.
    let unjoined = text.replace('\u{200D}', "");
    assert_eq!(count_words(&unjoined), unjoined.unicode_words().count() as u64);
    assert!(stats.ideographs <= stats.words && stats.words <= stats.chars && stats.graphemes <= stats.chars);

    // The first byte says where the text is split, so that the fuzzer finds the places.
    let split = usize::from(text.bytes().next().unwrap_or(0)) % (text.len() + 1);
    for path in Path::available() {
        dispatch::force(Some(path)).expect("available");
        assert_eq!(TextStats::of(text), stats, "{path:?}");
        assert_eq!(stats_of_lines(text).sum::<TextStats>(), stats, "{path:?}: lines");
        assert_eq!(count_words(text), stats.words, "{path:?}: words alone");
        assert_eq!(count_sentences(text), stats.sentences, "{path:?}: sentences alone");
        assert_eq!(count_graphemes(text), stats.graphemes, "{path:?}: clusters alone");
        let mut counter = StatsCounter::new();
        let (head, tail) = text.as_bytes().split_at(split);
        for chunk in [head, tail] {
            counter.push(chunk).expect("the whole is text");
        }
        assert_eq!(counter.finish().expect("the whole is text"), stats, "{path:?}: chunks");
    }

    let mut end = 0;
    let mut words = 0;
    for segment in segment::words(text) {
        assert_eq!(segment.range.start, end, "segments follow each other");
        assert!(text.get(segment.range.clone()).is_some_and(|part| !part.is_empty()));
        end = segment.range.end;
        words += u64::from(segment.is_word);
    }
    assert_eq!(end, text.len(), "segments are the whole text");
    assert_eq!(words, stats.words);
}

/// Sentences with a letter or a number, where `icu_segmenter` finds them.
fn sentences(text: &str) -> u64 {
    let boundaries: Vec<usize> =
        SentenceSegmenter::new(SentenceBreakInvariantOptions::default()).segment_str(text).collect();
    let counts = |ends: &&[usize]| text[ends[0]..ends[1]].chars().any(char::is_alphanumeric);
    boundaries.windows(2).filter(counts).count() as u64
}
