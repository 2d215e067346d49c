//! Segments from the front, found 64 characters at a time.
//!
//! The automaton reads a block of characters and leaves its boundaries as bits, so that its loop has no branch that depends
//! on where segments end; handing segments out is then counting zeros. A block never ends while a position is held:
//! it is cut there and the next block begins with that character.

use std::marker::PhantomData;
use std::ops::Range;

use super::automaton::{Rules, State};
use super::backward::next_boundary;
use crate::text::unicode::{class_at, class_of_short, properties_of_class};

/// Bytes of a block, a bit each.
pub(super) const BLOCK: usize = 64;

/// The offsets of characters that are one byte each, and of all bytes.
pub(super) const IDENTITY: [u8; BLOCK] = {
    let mut offsets = [0; BLOCK];
    let mut n = 0;
    while n < BLOCK {
        offsets[n] = n as u8;
        n += 1;
    }
    offsets
};

/// What reading some text gave: a bit for each place, the first one the lowest.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Boundaries right before the character that starts there.
    pub(super) boundaries: u64,
    /// Letters and numbers that start there, or extend what does; only words ask for them.
    pub(super) alphanumeric: u64,
    /// How many places there are.
    pub(super) len: usize,
    /// Where each place is behind the block's start, in bytes.
    pub(super) offsets: [u8; BLOCK],
    /// Where the block ends, and the next one starts, in the text.
    pub(super) end: usize,
    /// What was read by then.
    pub(super) state: State,
}

impl Block {
    /// Nothing, up to a boundary.
    fn empty(end: usize) -> Self {
        Self { boundaries: 0, alphanumeric: 0, len: 0, offsets: IDENTITY, end, state: State::START }
    }

    /// At which boundaries a segment ends that holds a letter or a number, and whether what is behind the last one
    /// does; `open` tells it of what is before the block.
    #[inline]
    fn words(&self, open: bool) -> (u64, bool) {
        let inside = !self.boundaries & (u64::MAX >> (BLOCK - self.len));
        let behind = self.alphanumeric << 1 | u64::from(open);
        // A run of places inside a segment is a run of ones: whatever is added to it carries into the place behind it.
        let added = behind & inside;
        let (sum, over) = inside.overflowing_add(added);
        let ends = sum ^ inside ^ added | behind;
        let open = if self.len < BLOCK {
            ends >> self.len & 1 != 0
        } else {
            over || self.alphanumeric >> (BLOCK - 1) != 0
        };
        (ends & self.boundaries, open)
    }
}

/// The classes of up to 64 characters.
pub(super) struct Characters {
    /// Where the first one stands, and where the text behind the last one begins.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) classes: [u8; BLOCK],
    /// How many there are, at least one.
    pub(super) len: usize,
}

impl Characters {
    /// The characters from `start` on, which is before the end of `text`; their places go to `offsets`.
    #[inline]
    fn read(text: &[u8], start: usize, offsets: &mut [u8; BLOCK]) -> Self {
        let mut classes = [0; BLOCK];
        let bytes = text[start..].first_chunk::<{ BLOCK + 1 }>();
        if let Some(bytes) = bytes.filter(|bytes| bytes.iter().fold(0, |most, byte| *byte.max(&most)) < 0xE0)
        {
            // No character has more than two bytes: every byte is taken for one and overwritten if it is none, so
            // that nothing branches on where alphabets and spaces meet.
            let mut len = 0;
            for place in 0..BLOCK {
                classes[len & (BLOCK - 1)] = class_of_short(bytes[place], bytes[place + 1]);
                offsets[len & (BLOCK - 1)] = place as u8;
                len += usize::from(bytes[place] & 0xC0 != 0x80);
            }
            let end = start + BLOCK + usize::from(bytes[BLOCK - 1] >= 0xC0);
            return Self { start, end, classes, len };
        }
        let mut at = start;
        let mut len = 0;
        for (class, offset) in classes.iter_mut().zip(offsets) {
            if at >= text.len() {
                break;
            }
            // Sixty-three characters before it take 252 bytes at most.
            *offset = (at - start) as u8;
            let bytes;
            (*class, bytes) = class_at(text, at);
            at += bytes;
            len += 1;
        }
        Self { start, end: at, classes, len }
    }
}

/// Rules with quicker ways than the automaton's through ordinary text. Each reads from `block.state` on, fills the
/// block and tells so, or leaves all but its offsets as it is.
pub(super) trait Blocks: Rules {
    /// Reads up to 64 characters of ASCII from `start` on.
    fn read_ascii(block: &mut Block, text: &[u8], start: usize) -> bool;

    /// Reads characters, whose offsets the block has already.
    fn read(_block: &mut Block, _text: &[u8], _characters: &Characters) -> bool {
        false
    }
}

/// The 64 bytes from `start` on, if they are all ASCII.
#[inline]
pub(super) fn ascii_block(text: &[u8], start: usize) -> Option<&[u8; BLOCK]> {
    let block = text[start..].first_chunk::<BLOCK>()?;
    (block.iter().fold(0, |all, byte| all | byte) < 0x80).then_some(block)
}

/// The way through a text from its front.
#[derive(Clone, Debug)]
pub(super) struct Forward<R> {
    /// Where the next segment starts: a boundary.
    start: usize,
    /// At which of the block's boundaries a word ends.
    words: u64,
    /// Whether what is behind the block's last boundary holds a letter or a number so far.
    is_word: bool,
    /// Where the block starts.
    at: usize,
    /// The block, less what was handed out.
    block: Block,
    rules: PhantomData<R>,
}

impl<R: Blocks> Forward<R> {
    pub(super) fn new() -> Self {
        Self::at(0)
    }

    /// From a boundary on.
    fn at(start: usize) -> Self {
        Self { start, words: 0, is_word: false, at: start, block: Block::empty(start), rules: PhantomData }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The next segment of `text` and whether it holds a letter or a number. From call to call the text may become
    /// shorter, by whole segments.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8]) -> Option<(Range<usize>, bool)> {
        loop {
            if self.start >= text.len() {
                return None;
            }
            let boundaries = self.block.boundaries;
            if boundaries != 0 {
                let place = boundaries.trailing_zeros() as usize;
                self.block.boundaries = boundaries & (boundaries - 1);
                let end = self.at + usize::from(self.block.offsets[place]);
                let start = std::mem::replace(&mut self.start, end);
                return Some((start..end, self.words >> place & 1 != 0));
            }
            if self.block.end >= text.len() {
                let start = std::mem::replace(&mut self.start, text.len());
                return Some((start..text.len(), self.is_word));
            }
            if let Some(long) = self.fill(text) {
                return Some(long);
            }
        }
    }

    /// Reads the next block; or the whole next segment, if the block could hold nothing but what is open.
    #[inline]
    fn fill(&mut self, text: &[u8]) -> Option<(Range<usize>, bool)> {
        self.at = self.block.end;
        if !R::read_ascii(&mut self.block, text, self.at) {
            let characters = Characters::read(text, self.at, &mut self.block.offsets);
            let read = R::read(&mut self.block, text, &characters)
                || read_characters::<R>(&mut self.block, text, &characters);
            if !read {
                return Some(self.long(text));
            }
        }
        // The boundary at which a segment starts is not one at which it ends.
        self.block.boundaries &= !u64::from(self.at == self.start);
        (self.words, self.is_word) = self.block.words(self.is_word);
        None
    }

    /// The next segment, read without a block.
    #[cold]
    fn long(&mut self, text: &[u8]) -> (Range<usize>, bool) {
        let range = self.start..next_boundary::<R>(text, self.start);
        let is_word = super::is_word(text, &range);
        *self = Self::at(range.end);
        (range, is_word)
    }
}

/// Reads characters by the automaton; not if they hold nothing but what is open.
fn read_characters<R: Rules>(block: &mut Block, text: &[u8], characters: &Characters) -> bool {
    let mut state = block.state;
    let (mut boundaries, mut alphanumeric) = (0_u64, 0_u64);
    let (mut held, mut before_held) = (0, state);
    for (place, class) in characters.classes[..characters.len].iter().enumerate() {
        let properties = properties_of_class(*class);
        let step = R::step(state, R::class(properties));
        // In at the top, down by one with every character: no shift by a number that is not a constant.
        boundaries = boundaries >> 1 | u64::from(step.here()) << 63;
        alphanumeric = alphanumeric >> 1 | u64::from(properties.is_alphanumeric()) << 63;
        if step.at_held() {
            boundaries |= 1 << (63 - (place - held));
        }
        if step.hold() {
            (held, before_held) = (place, state);
        }
        state = step.next();
    }
    boundaries >>= BLOCK - characters.len;
    alphanumeric >>= BLOCK - characters.len;
    let (mut len, mut end) = (characters.len, characters.end);
    if R::holds(state) {
        if end == text.len() {
            boundaries |= 1 << held;
        } else if held == 0 {
            return false;
        } else {
            len = held;
            alphanumeric &= (1 << held) - 1;
            (end, state) = (characters.start + usize::from(block.offsets[held]), before_held);
        }
    }
    (block.boundaries, block.alphanumeric, block.len) = (boundaries, alphanumeric, len);
    (block.end, block.state) = (end, state);
    true
}
