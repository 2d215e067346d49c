//! A text as a list of phrases sees it, and the way back.

use std::ops::Range;

use writemagic_shared::text::fold::fold_word;
use writemagic_shared::text::segment::{self, Unit};

/// A text without case, diacritics and width, white space as one space, and where each of its characters came from.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) text: String,
    /// What the source became, in order: what became nothing is left out.
    pieces: Vec<Piece>,
}

/// A grapheme of the source; or, where each byte of the fold is a grapheme of one byte in the source, many of them.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it begins in the fold.
    at: usize,
    /// Where it stands in the source.
    start: usize,
    end: usize,
    byte_by_byte: bool,
}

/// A part of the fold that begins and ends with graphemes of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Where it stands in the source.
    pub(super) source: Range<usize>,
    /// Where the graphemes begin that stand before it and behind it in the fold.
    pub(super) beside: [Option<usize>; 2],
}

impl Folded {
    /// Linear in the text.
    pub(super) fn of(source: &str) -> Self {
        let mut folded = Self::default();
        folded.text.reserve(source.len());
        let bytes = source.as_bytes();
        let is_ascii = |at: usize| bytes.get(at).is_none_or(u8::is_ascii);
        let mut at = 0;
        while at < bytes.len() {
            // Nothing joins ASCII but what is not, and CR before LF, which are one space in any case.
            while at < bytes.len() && is_ascii(at) && is_ascii(at + 1) {
                folded.push_ascii(bytes[at], at);
                at += 1;
            }
            let from = at;
            for grapheme in segment::graphemes(&source[from..]) {
                at = from + grapheme.end;
                folded.push_grapheme(source, from + grapheme.start..at);
                if is_ascii(at) && is_ascii(at + 1) {
                    break;
                }
            }
        }
        folded
    }

    fn push_ascii(&mut self, byte: u8, start: usize) {
        let at = self.text.len();
        let character = match char::from(byte) {
            space if space.is_whitespace() => ' ',
            other => other.to_ascii_lowercase(),
        };
        if character == ' ' && self.text.ends_with(' ') {
            return;
        }
        self.text.push(character);
        match self.pieces.last_mut() {
            Some(piece) if piece.byte_by_byte && piece.end == start => piece.end += 1,
            _ => self.pieces.push(Piece { at, start, end: start + 1, byte_by_byte: true }),
        }
    }

    fn push_grapheme(&mut self, text: &str, mut source: Range<usize>) {
        while let Some(length) = prepended(&text[source.clone()]) {
            let behind = source.start + length;
            self.push(&text[source.start..behind], source.start..behind);
            source.start = behind;
        }
        self.push(&text[source.clone()], source);
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
        self.pieces.push(Piece { at, start: source.start, end: source.end, byte_by_byte: false });
    }

    /// The part of the source that became `range` of the fold, unless one of its ends lies inside what one grapheme
    /// became, or it is empty.
    pub(super) fn part(&self, range: Range<usize>) -> Option<Part> {
        let (source, begins) = self.grapheme(range.start)?;
        let (last, _) = self.grapheme(range.end.checked_sub(1)?)?;
        let (behind, ends) =
            self.grapheme(range.end).map_or((None, true), |(behind, begins)| (Some(behind.start), begins));
        let before = range.start.checked_sub(1).and_then(|before| self.grapheme(before));
        (begins && ends && !range.is_empty()).then_some(Part {
            source: source.start..last.end,
            beside: [before.map(|(before, _)| before.start), behind],
        })
    }

    /// The grapheme of the source that the byte `at` of the fold came from, and whether it is the first that did.
    fn grapheme(&self, at: usize) -> Option<(Range<usize>, bool)> {
        if at >= self.text.len() {
            return None;
        }
        let piece = self.pieces.get(self.pieces.partition_point(|piece| piece.at <= at).checked_sub(1)?)?;
        if piece.byte_by_byte {
            let start = piece.start + (at - piece.at);
            Some((start..start + 1, true))
        } else {
            Some((piece.start..piece.end, at == piece.at))
        }
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
