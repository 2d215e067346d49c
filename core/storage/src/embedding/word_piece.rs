//! Splits a word into tokens: from its start, always the longest that the vocabulary has.

use writemagic_embedding_table::layout::Hash;

use super::basic::WORD_CHARS;
use super::image::Image;

/// The tokens of one word.
pub(super) struct Pieces {
    tokens: [u32; WORD_CHARS],
    length: usize,
    /// The end of each character that is looked at, and the hash up to there.
    ends: [(u16, Hash); WORD_CHARS],
}

impl Pieces {
    pub(super) fn new() -> Self {
        Self { tokens: [0; WORD_CHARS], length: 0, ends: [(0, Hash::new(false)); WORD_CHARS] }
    }

    /// The tokens of `word`, of at most [`WORD_CHARS`] characters; `None` if it cannot be split into them, or is empty.
    ///
    /// Each token begins a search of as many steps as the longest of the vocabulary has characters.
    pub(super) fn of(&mut self, image: &Image, word: &[u8]) -> Option<&[u32]> {
        self.length = 0;
        let mut rest = word;
        while !rest.is_empty() {
            let (token, length) = self.longest(image, rest)?;
            *self.tokens.get_mut(self.length)? = token;
            self.length += 1;
            rest = rest.get(length..).unwrap_or_default();
        }
        self.tokens.get(..self.length).filter(|tokens| !tokens.is_empty())
    }

    /// The longest token that `text` begins with, and its bytes.
    fn longest(&mut self, image: &Image, text: &[u8]) -> Option<(u32, usize)> {
        let continues = self.length > 0;
        let (mut hash, mut chars) = (Hash::new(continues), 0);
        for (at, byte) in text.iter().take(image.longest()).enumerate() {
            hash = hash.with(*byte);
            if text.get(at + 1).is_none_or(|next| next & 0xC0 != 0x80) {
                // A word has four bytes for each of its characters at most.
                *self.ends.get_mut(chars)? = (at as u16 + 1, hash);
                chars += 1;
            }
        }
        self.ends.get(..chars)?.iter().rev().find_map(|(end, hash)| {
            let end = usize::from(*end);
            Some((image.find(*hash, text.get(..end)?, continues)?, end))
        })
    }
}
