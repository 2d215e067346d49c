//! Where words, sentences and graphemes of a text are: Unicode Annex #29, the one definition that counts, search,
//! a caret and a double click share.
//!
//! [`words`], [`sentences`] and [`graphemes`] walk a text from either end. [`boundary_before`], [`boundary_after`],
//! [`is_boundary`] and [`word_at`] answer for one place without walking the text. Nothing here allocates.
//!
//! Within, `automaton` has the rules as generated tables, `forward` reads them 64 characters at a time, `backward`
//! finds places from which they can be read towards an end, and `words` and `ascii` have quicker ways through what
//! most texts are made of.

mod ascii;
pub(crate) mod automaton;
mod backward;
mod forward;
mod tables;
mod words;

#[cfg(test)]
pub(crate) mod tests;

use std::iter::FusedIterator;
use std::ops::Range;

use self::automaton::{GraphemeRules, SentenceRules, WordRules};
use self::backward::{Backward, next_boundary, start_before};
use self::forward::{Blocks, Forward};
use crate::text::unicode::{char_before, properties_at};

/// A stretch of text between two word boundaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordSegment {
    /// Where it stands, in bytes of UTF-8.
    pub range: Range<usize>,
    /// Whether it holds a letter or a number: others are spaces, punctuation, symbols.
    pub is_word: bool,
}

/// The word segments of `text` in order, from either end: together they are the whole text.
///
/// Linear in the text; see [`Words`].
///
/// ```
/// use writemagic_shared::text::segment;
///
/// let text = "It's 3.5 – no?";
/// let words: Vec<_> =
///     segment::words(text).filter(|segment| segment.is_word).map(|segment| &text[segment.range]).collect();
/// assert_eq!(words, ["It's", "3.5", "no"]);
/// ```
pub fn words(text: &str) -> Words<'_> {
    Words(Segments::new(text))
}

/// The sentences of `text` in order, from either end, as ranges of bytes: together they are the whole text.
///
/// A sentence ends with the spaces behind it; every line end ends one. Linear in the text; see [`Words`].
///
/// ```
/// use writemagic_shared::text::segment;
///
/// let text = "Stop! He paid 3.50 to Mr. smith. Why?";
/// let sentences: Vec<_> = segment::sentences(text).map(|range| &text[range]).collect();
/// assert_eq!(sentences, ["Stop! ", "He paid 3.50 to Mr. smith. ", "Why?"]);
/// ```
pub fn sentences(text: &str) -> Sentences<'_> {
    Sentences(Segments::new(text))
}

/// The graphemes of `text` in order, from either end, as ranges of bytes: together they are the whole text.
///
/// A grapheme is an extended grapheme cluster: what a reader takes for one character. Linear in the text; see
/// [`Words`].
///
/// ```
/// use writemagic_shared::text::segment;
///
/// let text = "e\u{301}🇩🇪";
/// assert_eq!(segment::graphemes(text).collect::<Vec<_>>(), [0..3, 3..11]);
/// assert_eq!(segment::graphemes(text).next_back(), Some(3..11));
/// ```
pub fn graphemes(text: &str) -> Graphemes<'_> {
    Graphemes(Segments::new(text))
}

/// What [`words`] yields.
///
/// From the front every character is read once, and again only where a rule looks ahead. From the back, segments are
/// found from the nearest place that is a boundary whatever stands before it: beside most spaces and between
/// ideographs. In a stretch without such a place (a run of flags) the cost of all its segments together grows with
/// its length times the logarithm of it.
#[derive(Clone, Debug)]
pub struct Words<'a>(Segments<'a, WordRules>);

/// What [`sentences`] yields; costs what [`Words`] cost, and from the back every line is read twice or more.
#[derive(Clone, Debug)]
pub struct Sentences<'a>(Segments<'a, SentenceRules>);

/// What [`graphemes`] yields; costs what [`Words`] cost.
#[derive(Clone, Debug)]
pub struct Graphemes<'a>(Segments<'a, GraphemeRules>);

impl Iterator for Words<'_> {
    type Item = WordSegment;

    #[inline]
    fn next(&mut self) -> Option<WordSegment> {
        let (range, is_word) = self.0.next()?;
        Some(WordSegment { range, is_word })
    }
}

impl DoubleEndedIterator for Words<'_> {
    fn next_back(&mut self) -> Option<WordSegment> {
        let range = self.0.next_back()?;
        Some(WordSegment { is_word: is_word(self.0.text, &range), range })
    }
}

impl FusedIterator for Words<'_> {}

impl Iterator for Sentences<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        Some(self.0.next()?.0)
    }
}

impl DoubleEndedIterator for Sentences<'_> {
    fn next_back(&mut self) -> Option<Range<usize>> {
        self.0.next_back()
    }
}

impl FusedIterator for Sentences<'_> {}

impl Iterator for Graphemes<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        Some(self.0.next()?.0)
    }
}

impl DoubleEndedIterator for Graphemes<'_> {
    fn next_back(&mut self) -> Option<Range<usize>> {
        self.0.next_back()
    }
}

impl FusedIterator for Graphemes<'_> {}

/// Segments of one kind from both ends: the front and the back are boundaries, and what lies outside never matters.
#[derive(Clone, Debug)]
struct Segments<'a, R> {
    text: &'a [u8],
    forward: Forward<R>,
    backward: Backward,
    back: usize,
}

impl<'a, R: Blocks> Segments<'a, R> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            forward: Forward::new(),
            backward: Backward::default(),
            back: text.len(),
        }
    }

    /// The next segment and whether it holds a letter or a number.
    #[inline]
    fn next(&mut self) -> Option<(Range<usize>, bool)> {
        self.forward.next(&self.text[..self.back])
    }

    fn next_back(&mut self) -> Option<Range<usize>> {
        let front = self.forward.start();
        if front == self.back {
            return None;
        }
        let end = self.back;
        self.back = self.backward.start_of_last::<R>(&self.text[..end], front);
        Some(self.back..end)
    }
}

/// Whether a segment holds a letter or a number.
fn is_word(text: &[u8], range: &Range<usize>) -> bool {
    let mut at = range.start;
    while at < range.end {
        let (properties, len) = properties_at(text, at);
        if properties.is_alphanumeric() {
            return true;
        }
        at += len;
    }
    false
}

/// A kind of segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Word segments, those of spaces and punctuation included.
    Word,
    /// Sentences.
    Sentence,
    /// Graphemes.
    Grapheme,
}

/// The last boundary before the byte `offset`; none at the start of the text. An offset past the end is the end.
///
/// Both ends of a text are boundaries. The offset may lie inside a character: then the boundary may be that
/// character's start. Reads back to the nearest place that is a boundary whatever stands before it, a few characters
/// for words and graphemes of most texts (all of a long word, a run of flags or of marks), the line for sentences; and
/// ahead where a rule looks ahead.
pub fn boundary_before(text: &str, unit: Unit, offset: usize) -> Option<usize> {
    let before = offset.min(text.len()).checked_sub(1)?;
    Some(around(text, unit, before).start)
}

/// The first boundary behind the byte `offset`; none at the end of the text and past it.
///
/// The offset may lie inside a character. Costs what [`boundary_before`] does, and the way to the boundary.
pub fn boundary_after(text: &str, unit: Unit, offset: usize) -> Option<usize> {
    (offset < text.len()).then(|| around(text, unit, offset).end)
}

/// Whether a boundary stands at the byte `offset`: at both ends of a text, and never inside a character or past the
/// end. Costs what [`boundary_before`] does.
pub fn is_boundary(text: &str, unit: Unit, offset: usize) -> bool {
    offset == text.len() || (offset < text.len() && around(text, unit, offset).start == offset)
}

/// The word segment that holds the byte `offset`, what a double click selects; none at the end of the text and past
/// it. Costs what [`boundary_before`] and [`boundary_after`] do.
///
/// ```
/// use writemagic_shared::text::segment;
///
/// let word = segment::word_at("say can't", 6).unwrap();
/// assert_eq!((word.range, word.is_word), (4..9, true));
/// ```
pub fn word_at(text: &str, offset: usize) -> Option<WordSegment> {
    (offset < text.len()).then(|| {
        let range = around(text, Unit::Word, offset);
        WordSegment { is_word: is_word(text.as_bytes(), &range), range }
    })
}

/// The segment that holds the byte `offset`, which is before the end of the text.
fn around(text: &str, unit: Unit, offset: usize) -> Range<usize> {
    match unit {
        Unit::Word => holding::<WordRules>(text.as_bytes(), offset),
        Unit::Sentence => holding::<SentenceRules>(text.as_bytes(), offset),
        Unit::Grapheme => holding::<GraphemeRules>(text.as_bytes(), offset),
    }
}

fn holding<R: Blocks>(text: &[u8], offset: usize) -> Range<usize> {
    let character = char_before(text, offset + 1);
    let mut start = start_before::<R>(text, 0, character + properties_at(text, character).1);
    loop {
        let end = next_boundary::<R>(text, start);
        if end > offset {
            return start..end;
        }
        start = end;
    }
}
