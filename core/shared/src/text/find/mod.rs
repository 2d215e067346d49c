//! Search in a text that ignores case, width and, unless asked otherwise, diacritics, and says exactly where.
//!
//! A [`Pattern`] is compiled once. [`Pattern::matches`] walks a text in memory, [`Stream`] one that comes in chunks cut
//! anywhere. What is equal is what [`fold`](super::fold) says, so a word that the library's search finds is found here:
//!
//! | Pattern finds | by default | `match_case` | `match_diacritics` |
//! | --- | --- | --- | --- |
//! | `straße` `STRASSE`, `ﬁn` `FIN`, `οδοσ` `ΟΔΟΣ` `οδος` | yes | no | yes |
//! | `İ` `i`, `ı` `i` | yes | `ı` `i` yes, `İ` `i` no | no |
//! | `cafe` `café`, `lodz` `łódź`, `ё` `е`, `й` `и` | yes | yes | no |
//! | `שלום` `שָׁלוֹם`, `محمد` `مُحَمَّد` (points, harakat) | yes | yes | no |
//! | `क` `क़` (nukta) | yes | yes | no |
//! | `か` `が`, `か` `カ`, `つ` `っ` (kana) | no | no | no |
//! | `が` `か` U+3099, `한` and its conjoining letters, `é` `e` U+0301 | yes | yes | yes |
//! | `abc` `ＡＢＣ` (width) | yes | `ａｂｃ` yes | yes |
//! | `coop` and `coop` with soft hyphens, joiners, variation selectors; `محمد` `مـحـمد`; `don't` `don’t` | yes | yes | yes |
//! | `म` in `मी`, `ม` in `ม่` (vowel signs, virama, tone marks of the Brahmic scripts are letters) | yes | yes | yes |
//!
//! A match begins and ends between characters of the source. It has the marks that belong to its last letter, and the
//! variation selectors and joiners behind that, so that replacing it leaves none of them on a stranger; soft hyphens
//! and other format characters behind it stay outside. It never begins or ends
//!
//! - inside the fold of one character: `s` is not found in `ß`, `하` not in `한`, written as one or as three;
//! - before a mark that changes the letter and is not ignored: `か` is not found in `か` U+3099, nor `e` in `e` U+0301
//!   with `match_diacritics`, just as in `が` and `é`;
//! - inside an emoji with its colour of skin or one that joiners hold together, or inside a flag; without its joiners
//!   such an emoji is equal to the sequence of its parts.
//!
//! Matches are those that begin first, and do not overlap. One is 64 KiB long at most
//! ([`FIND_MATCH_BYTES`](crate::limits::FIND_MATCH_BYTES)), which only piles of ignored characters exceed. Marks of one
//! letter are compared in canonical order, 32 of them.
//!
//! Time is linear in the text for every pattern and text: at the speed of memory where candidates are rare, tens of
//! nanoseconds for each candidate else, and never more than the folding of the text once. Patterns that begin with a
//! mark, half a syllable or half a flag fold all of the text. Nothing allocates after compiling.

mod elements;
mod filter;
mod pattern;
mod search;
mod simple;
mod stream;
mod words;

#[cfg(test)]
use super::fold::oracle;

#[cfg(test)]
mod tests;

use std::iter::FusedIterator;
use std::ops::Range;

pub use self::pattern::{Pattern, PatternError};
pub use self::stream::Stream;

use self::elements::Context;
use self::search::{Search, Step};
use super::count;
use super::dispatch::Path;
use super::fold::table::Distinct;

/// What a search tells apart; by default as little as it can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// Whether capital and small letters differ: `a` does not find `A`.
    pub match_case: bool,
    /// Whether diacritics, points, harakat, nuktas and strokes count: `e` does not find `é`.
    pub match_diacritics: bool,
    /// Whether both ends of a match must be word boundaries ([`segment`](super::segment)), as the 256 bytes on either
    /// side of them tell.
    pub whole_word: bool,
}

impl Options {
    fn distinct(self) -> Distinct {
        Distinct { case: self.match_case, diacritics: self.match_diacritics }
    }
}

/// Where a match is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// In bytes of UTF-8.
    pub bytes: Range<u64>,
    /// In UTF-16 units.
    pub utf16: Range<u64>,
}

/// The matches in a text, as ranges of bytes. Made by [`Pattern::matches`].
pub struct Matches<'t> {
    text: &'t str,
    search: Search<'t>,
    is_over: bool,
}

impl<'t> Matches<'t> {
    pub(crate) fn on(path: Path, pattern: &'t Pattern, text: &'t str) -> Self {
        let search = Search::new(path, pattern, text.as_bytes(), true, 0, Context::default());
        Self { text, search, is_over: false }
    }

    /// The same matches in bytes and in UTF-16 units. Counts the units of the whole text on the way, at the speed of
    /// memory.
    pub fn with_utf16(self) -> impl Iterator<Item = Match> + use<'t> {
        let text = self.text.as_bytes();
        let mut units = Units::default();
        self.map(move |found| units.locate(0, text, found))
    }
}

impl Iterator for Matches<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        if self.is_over {
            return None;
        }
        match self.search.next() {
            Step::Match(found) => Some(found),
            Step::End(..) => {
                self.is_over = true;
                None
            }
        }
    }
}

impl FusedIterator for Matches<'_> {}

impl std::fmt::Debug for Matches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matches").field("is_over", &self.is_over).finish_non_exhaustive()
    }
}

/// Counts UTF-16 units on the way through a text.
#[derive(Clone, Copy, Debug, Default)]
struct Units {
    /// The byte up to which they are counted, and how many there are.
    byte: u64,
    units: u64,
}

impl Units {
    /// Where `found` is; it stands in `text`, which begins at the byte `offset`.
    fn locate(&mut self, offset: u64, text: &[u8], found: Range<usize>) -> Match {
        let start = self.count_to(offset, text, found.start);
        let end = self.count_to(offset, text, found.end);
        let bytes = offset + found.start as u64..offset + found.end as u64;
        Match { bytes, utf16: start..end }
    }

    fn count_to(&mut self, offset: u64, text: &[u8], at: usize) -> u64 {
        // What is counted never lies before the text.
        let from = usize::try_from(self.byte.saturating_sub(offset)).unwrap_or(at).min(at);
        self.units += count::utf16_on(Path::current(), &text[from..at]);
        self.byte = self.byte.max(offset + at as u64);
        self.units
    }
}
