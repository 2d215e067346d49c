//! Measures of text: pure functions over `&str`.
//!
//! | Part | What it answers |
//! | --- | --- |
//! | [`TextStats`] | how much text this is: all counts, additive over lines |
//! | [`segment`] | where words, sentences and graphemes are: the one definition that counts, search and a caret share |
//! | [`fold`] | which words a search takes for equal: case, diacritics and width ignored |
//! | [`find`] | where a text has a pattern, case, diacritics and width ignored: exact ranges |
//! | [`category`] | general categories: punctuation, nonspacing marks, controls |
//! | [`script`] | which characters search takes one by one, because their scripts write no spaces |
//! | [`diff`] | what changed between two texts, by words or lines, moved passages recognised |
//! | [`dispatch`] | which implementation of the kernels runs on this processor |
//! | [`lines`] | where lines end |
//! | [`offsets`] | bytes, characters, UTF-16 units, lines and columns turned into each other |
//! | [`utf16`] | lengths in UTF-16 units, transcoding both ways, strict and lossy |
//! | [`utf8`] | validation, with the place and kind of the first error |
//!
//! Nothing here knows a document or does I/O. All properties are those of Unicode 17.0 ([`UNICODE_VERSION`]).

pub mod category;
mod count;
pub mod diff;
pub mod dispatch;
pub mod find;
pub mod fold;
pub mod lines;
pub mod offsets;
pub mod script;
pub mod segment;
mod stats;
pub(crate) mod unicode;
pub mod utf16;
pub mod utf8;

pub use stats::{StatsCounter, TextStats, count_graphemes, count_sentences, count_words, stats_of_lines};

/// The version of the Unicode standard that every count, segment and fold follows.
pub const UNICODE_VERSION: &str = unicode::VERSION;

#[cfg(test)]
mod tests {
    use super::UNICODE_VERSION;

    #[test]
    fn every_source_of_character_properties_has_the_published_unicode_version() {
        let dotted = |a: u64, b: u64, c: u64| format!("{a}.{b}.{c}");
        let (a, b, c) = unicode_segmentation::UNICODE_VERSION;
        assert_eq!(dotted(a, b, c), UNICODE_VERSION);
        let (a, b, c) = unicode_script::UNICODE_VERSION;
        assert_eq!(dotted(a, b, c), UNICODE_VERSION);
        let (a, b, c) = unicode_normalization::UNICODE_VERSION;
        assert_eq!(dotted(a.into(), b.into(), c.into()), UNICODE_VERSION);
        let (a, b, c) = char::UNICODE_VERSION;
        assert_eq!(dotted(a.into(), b.into(), c.into()), UNICODE_VERSION);
    }
}
