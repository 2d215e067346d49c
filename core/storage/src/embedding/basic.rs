//! Splits a text into words and punctuation marks, as the models of the BERT family do whose letters are lower-case.
//!
//! Controls, format characters and those for private use are dropped, white space ends a word, every ideograph and every
//! punctuation mark is a word of its own, accents are dropped (canonical decomposition without nonspacing marks), letters
//! are lower-case. General categories are those of the engine's version of Unicode; the models' own tools have older ones,
//! which differ for characters that came since: no vocabulary has those.
//!
//! Decomposed characters are not put into canonical order: only marks that are dropped, and others that no vocabulary has,
//! would change places.

use unicode_normalization::char::decompose_canonical;
use writemagic_shared::text::category::Category;

/// The longest word that is looked up, in characters; longer ones are unknown.
pub(super) const WORD_CHARS: usize = 100;

/// A word, or a punctuation mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    /// UTF-8; empty for a word longer than [`WORD_CHARS`].
    pub(super) text: &'a [u8],
    pub(super) is_punctuation: bool,
}

/// Calls `each` with every word of `text`, in order. Linear in the text; allocates nothing.
pub(super) fn split(text: &str, each: impl FnMut(Word<'_>)) {
    let mut splitter = Splitter { word: Letters::new(), each };
    let mut rest = text;
    while let Some(byte) = rest.as_bytes().first() {
        if byte.is_ascii() {
            splitter.ascii(*byte);
            rest = rest.get(1..).unwrap_or_default();
        } else {
            let mut characters = rest.chars();
            characters.next().into_iter().for_each(|character| splitter.character(character));
            rest = characters.as_str();
        }
    }
    splitter.end_word();
}

struct Splitter<F> {
    word: Letters,
    each: F,
}

impl<F: FnMut(Word<'_>)> Splitter<F> {
    #[inline]
    fn ascii(&mut self, byte: u8) {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => self.word.push_ascii(byte),
            b'A'..=b'Z' => self.word.push_ascii(byte | 0x20),
            b' ' | b'\t' | b'\n' | b'\r' => self.end_word(),
            // Every ASCII symbol counts as punctuation.
            b'!'..=b'~' => self.alone(char::from(byte)),
            // Controls.
            _ => {}
        }
    }

    fn character(&mut self, character: char) {
        if character == char::REPLACEMENT_CHARACTER || Category::of(character) == Category::Control {
            return;
        }
        if character.is_whitespace() {
            return self.end_word();
        }
        let alone = is_ideograph(character);
        if alone {
            self.end_word();
        }
        decompose_canonical(character, |part| self.part(part));
        if alone {
            self.end_word();
        }
    }

    /// Part of a character's decomposition.
    fn part(&mut self, part: char) {
        match Category::of(part) {
            _ if part.is_ascii() => self.ascii(part as u8),
            Category::NonspacingMark => {}
            Category::Punctuation => self.alone(part),
            Category::Control | Category::Other => {
                part.to_lowercase().for_each(|letter| self.word.push(letter))
            }
        }
    }

    /// A punctuation mark.
    fn alone(&mut self, mark: char) {
        self.end_word();
        (self.each)(Word { text: mark.encode_utf8(&mut [0; 4]).as_bytes(), is_punctuation: true });
    }

    #[inline]
    fn end_word(&mut self) {
        if self.word.chars > 0 {
            (self.each)(Word { text: self.word.text(), is_punctuation: false });
            self.word.clear();
        }
    }
}

/// The letters of a word so far, and no more of them than are looked up.
struct Letters {
    bytes: [u8; 4 * WORD_CHARS],
    length: usize,
    chars: usize,
}

impl Letters {
    fn new() -> Self {
        Self { bytes: [0; 4 * WORD_CHARS], length: 0, chars: 0 }
    }

    fn clear(&mut self) {
        (self.length, self.chars) = (0, 0);
    }

    #[inline]
    fn push_ascii(&mut self, byte: u8) {
        // Counted on behind the end: that tells that the word is too long.
        self.chars += 1;
        if self.chars <= WORD_CHARS
            && let Some(place) = self.bytes.get_mut(self.length)
        {
            *place = byte;
            self.length += 1;
        }
    }

    fn push(&mut self, letter: char) {
        self.chars += 1;
        if self.chars <= WORD_CHARS
            && let Some(place) = self.bytes.get_mut(self.length..self.length + letter.len_utf8())
        {
            letter.encode_utf8(place);
            self.length += place.len();
        }
    }

    fn text(&self) -> &[u8] {
        if self.chars > WORD_CHARS { &[] } else { self.bytes.get(..self.length).unwrap_or_default() }
    }
}

/// Whether the models take it for a Chinese character: blocks of ideographs, those to come included.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2A6DF}' | '\u{2A700}'..='\u{2CEAF}' | '\u{2F800}'..='\u{2FA1F}')
}
