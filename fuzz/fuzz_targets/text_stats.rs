//! Counts of any text agree with simpler ways to count, and are sums over its lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_shared::text::{TextStats, segment, utf16};

fuzz_target!(|text: &str| {
    let stats = TextStats::of(text);
    assert_eq!(stats.bytes, text.len() as u64);
    assert_eq!(stats.chars, text.chars().count() as u64);
    assert_eq!(stats.utf16_units, text.encode_utf16().count() as u64);
    assert_eq!(stats.utf16_units, utf16::len(text));
    assert_eq!(stats.lines, text.lines().count() as u64);
    assert!(stats.ideographs <= stats.words && stats.words <= stats.chars && stats.graphemes <= stats.chars);

    let mut sum = TextStats::of("");
    for line in text.split_inclusive('\n') {
        sum += TextStats::of(line);
    }
    assert_eq!(sum, stats, "counts are additive over lines");

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
});
