//! Where the words of a text are: Unicode Annex #29, the one definition that counts and search share.

use std::ops::Range;

use unicode_segmentation::{UWordBoundIndices, UnicodeSegmentation};

use super::ascii;

/// A stretch of text between two word boundaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordSegment {
    /// Where it stands, in bytes of UTF-8.
    pub range: Range<usize>,
    /// Whether it holds a letter or a number: others are spaces, punctuation, symbols.
    pub is_word: bool,
}

/// The segments of `text` in order: together they are the whole text. Linear in the text.
///
/// ```
/// use writemagic_shared::text::segment;
///
/// let text = "It's 3.5 – no?";
/// let words: Vec<_> =
///     segment::words(text).filter(|segment| segment.is_word).map(|segment| &text[segment.range]).collect();
/// assert_eq!(words, ["It's", "3.5", "no"]);
/// ```
pub fn words(text: &str) -> impl Iterator<Item = WordSegment> {
    Words { rest: text, at: 0, line: Line::Ascii(b"", 0) }
}

/// Walks line by line, because a line end is always a boundary and most lines of most texts are plain ASCII.
struct Words<'a> {
    /// What follows the present line.
    rest: &'a str,
    /// Where the present line starts.
    at: usize,
    line: Line<'a>,
}

enum Line<'a> {
    /// A line of ASCII, and how much of it is behind us.
    Ascii(&'a [u8], usize),
    /// A line of anything.
    General(UWordBoundIndices<'a>, usize),
}

impl Iterator for Words<'_> {
    type Item = WordSegment;

    fn next(&mut self) -> Option<WordSegment> {
        loop {
            match &mut self.line {
                Line::Ascii(line, start) if *start < line.len() => {
                    let (end, is_word) = ascii::word_segment(line, *start);
                    let range = self.at + *start..self.at + end;
                    *start = end;
                    return Some(WordSegment { range, is_word });
                }
                Line::General(segments, _) => {
                    if let Some((start, segment)) = segments.next() {
                        let start = self.at + start;
                        let is_word = segment.chars().any(char::is_alphanumeric);
                        return Some(WordSegment { range: start..start + segment.len(), is_word });
                    }
                }
                Line::Ascii(..) => {}
            }
            self.at += match self.line {
                Line::Ascii(line, _) => line.len(),
                Line::General(_, len) => len,
            };
            let line = self.rest.split_inclusive('\n').next()?;
            self.rest = &self.rest[line.len()..];
            self.line = if line.is_ascii() {
                Line::Ascii(line.as_bytes(), 0)
            } else {
                Line::General(line.split_word_bound_indices(), line.len())
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::stats::adversarial_text;

    fn by_the_annex(text: &str) -> Vec<WordSegment> {
        text.split_word_bound_indices()
            .map(|(start, segment)| WordSegment {
                range: start..start + segment.len(),
                is_word: segment.chars().any(char::is_alphanumeric),
            })
            .collect()
    }

    #[test]
    fn underscores_emoji_and_punctuation_are_no_words() {
        let words = |text: &str| words(text).filter(|segment| segment.is_word).count();
        assert_eq!(words("_ 😀 … – \u{301} 👨‍👩‍👧"), 0);
        assert_eq!(words("snake_case can't 1,000.5 漢字 ½"), 6);
        assert_eq!(words(""), 0);
    }

    proptest! {
        #[test]
        fn lines_and_the_ascii_path_change_no_boundary(text in adversarial_text()) {
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), by_the_annex(&text));
        }

        #[test]
        fn any_ascii_text_has_the_boundaries_of_the_annex(text in "[ -~\r\n\t\0_'.,:;\"a-c0-2]{0,60}") {
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), by_the_annex(&text));
        }
    }
}
