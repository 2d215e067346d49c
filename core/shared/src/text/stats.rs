//! All counts of a text.

use std::ops::{AddAssign, SubAssign};

use serde::{Serialize, Serializer};

/// Counts of a text. Additive over lines: the counts of a text are the sums over its lines, each taken with its line end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextStats {
    /// Bytes of UTF-8.
    pub bytes: u64,
    /// Unicode scalar values.
    pub chars: u64,
    /// UTF-16 code units.
    pub utf16_units: u64,
    /// Extended grapheme clusters.
    pub graphemes: u64,
    /// Words.
    pub words: u64,
    /// Words that are a single Han or Kana character (part of `words`).
    pub ideographs: u64,
    /// Sentences.
    pub sentences: u64,
    /// Lines.
    pub lines: u64,
    /// Paragraphs.
    pub paragraphs: u64,
}

impl TextStats {
    /// Counts `text`.
    pub fn of(text: &str) -> Self {
        Self { bytes: text.len() as u64, words: text.split_whitespace().count() as u64, ..Self::default() }
    }

    /// Seconds of reading.
    pub fn reading_seconds(&self) -> u64 {
        0
    }
}

impl AddAssign for TextStats {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
    }
}

impl SubAssign for TextStats {
    fn sub_assign(&mut self, other: Self) {
        self.bytes -= other.bytes;
    }
}

impl Serialize for TextStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}
