//! A text as a list of phrases sees it, and the way back.

use std::ops::Range;

use writemagic_shared::text::fold::fold_word;
use writemagic_shared::text::segment::{self, Unit};

/// A text without case, diacritics and width, white space as one space, and where each of its characters came from.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) text: String,
    /// What each grapheme of the source became that became anything, in order.
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it begins in the fold.
    at: usize,
    /// Where it stands in the source.
    start: usize,
    end: usize,
}

/// A part of the fold that begins and ends with graphemes of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Where it stands in the source.
    pub(super) source: Range<usize>,
    /// The last byte of the source before it that the fold has something of, and the first behind it.
    pub(super) beside: [Option<usize>; 2],
}

impl Folded {
    /// Linear in the text.
    pub(super) fn of(source: &str) -> Self {
        let mut folded = Self::default();
        folded.text.reserve(source.len());
        for mut grapheme in segment::graphemes(source) {
            while let Some(length) = prepended(&source[grapheme.clone()]) {
                let behind = grapheme.start + length;
                folded.push(&source[grapheme.start..behind], grapheme.start..behind);
                grapheme.start = behind;
            }
            folded.push(&source[grapheme.clone()], grapheme);
        }
        folded
    }

    fn push(&mut self, grapheme: &str, source: Range<usize>) {
        let at = self.text.len();
        // Hyphens that look alike.
        if grapheme.starts_with(['\u{2010}', '\u{2011}']) {
            fold_word(&grapheme.replace(['\u{2010}', '\u{2011}'], "-"), &mut self.text);
        } else {
            fold_word(grapheme, &mut self.text);
        }
        let piece = &self.text[at..];
        if piece.is_empty() {
            return;
        }
        if piece.chars().all(char::is_whitespace) {
            self.text.truncate(at);
            if self.text.ends_with(' ') {
                return;
            }
            self.text.push(' ');
        }
        self.pieces.push(Piece { at, start: source.start, end: source.end });
    }

    /// The part of the source that became `range` of the fold, unless one of its ends lies inside what one grapheme
    /// became.
    pub(super) fn part(&self, range: Range<usize>) -> Option<Part> {
        let first = self.pieces.binary_search_by_key(&range.start, |piece| piece.at).ok()?;
        let behind = if range.end == self.text.len() {
            self.pieces.len()
        } else {
            self.pieces.binary_search_by_key(&range.end, |piece| piece.at).ok()?
        };
        let last = self.pieces.get(behind.checked_sub(1)?)?;
        let before = first.checked_sub(1).and_then(|before| self.pieces.get(before));
        Some(Part {
            source: self.pieces.get(first)?.start..last.end,
            beside: [before.map(|piece| piece.start), self.pieces.get(behind).map(|piece| piece.start)],
        })
    }
}

/// The length of the first character of a grapheme if it is one that only joins what follows, such as the Arabic number
/// sign: a phrase may begin behind it.
fn prepended(grapheme: &str) -> Option<usize> {
    let first = grapheme.chars().next()?;
    if first.is_ascii() || first.len_utf8() == grapheme.len() {
        return None;
    }
    let joined = String::from_iter([first, 'a']);
    (!segment::is_boundary(&joined, Unit::Grapheme, first.len_utf8())).then_some(first.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_diacritics_width_and_spacing_are_gone() {
        let fold = |text| Folded::of(text).text;
        assert_eq!(fold("Ana\u{A0}\r\n KOVAČ"), "ana kovac");
        assert_eq!(fold("Ｊｅａｎ‑Luc’s Straße ‑\u{301}"), "jean-luc's strasse -");
        assert_eq!(fold("Ko\u{AD}vac\u{30C}"), "kovac");
        assert_eq!(fold("한글"), fold("\u{1112}\u{1161}\u{11AB}글"));
    }

    #[test]
    fn parts_lead_back_to_whole_graphemes() {
        let source = "a  Straße\u{301}!";
        let folded = Folded::of(source);
        assert_eq!(folded.text, "a strasse!");
        let part = folded.part(2..9).unwrap();
        assert_eq!((&source[part.source], part.beside), ("Straße\u{301}", [Some(1), Some(12)]));
        assert_eq!(folded.part(2..7), None, "inside ß");
        assert_eq!(folded.part(0..10).unwrap().beside, [None, None]);
        assert_eq!(Folded::of("").part(0..0), None);
        let signed = Folded::of("\u{600}\u{600}ana");
        assert_eq!(signed.part(4..7).map(|part| part.source), Some(4..7), "behind Arabic number signs");
    }
}
