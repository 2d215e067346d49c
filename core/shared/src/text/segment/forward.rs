//! Segments from the front, found 64 bytes at a time.
//!
//! The automaton reads a block of text and leaves its boundaries as bits, so that its loop has no branch that depends
//! on where segments end; handing segments out is then counting zeros. A block never ends while a position is held:
//! it is cut there and the next block begins with that character.

use std::marker::PhantomData;
use std::ops::Range;

use super::automaton::{Rules, State};
use super::backward::next_boundary;
use crate::text::unicode::properties_at;

/// Bytes of a block, a bit each.
pub(super) const BLOCK: usize = 64;

/// What reading some text gave: a bit for each byte, the first one the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// Boundaries right before the character that starts there.
    pub(super) boundaries: u64,
    /// Letters and numbers that start there; only words ask for them.
    pub(super) alphanumeric: u64,
}

/// Rules with a short cut for text that is all ASCII.
pub(super) trait Blocks: Rules {
    /// The masks of the first `usize` characters of `block`, at most 63 of them short of all, and the state behind
    /// them; `next` is the byte that follows the block. None where the automaton must read.
    fn ascii(state: State, block: &[u8; BLOCK], next: Option<u8>) -> Option<(Masks, usize, State)>;
}

/// The way through a text from its front.
#[derive(Clone, Debug)]
pub(super) struct Forward<R> {
    /// Where the next segment starts: a boundary.
    start: usize,
    /// Whether a letter or a number was seen in it before the block.
    is_word: bool,
    /// Where the block starts.
    block: usize,
    /// What the block has left.
    masks: Masks,
    /// How far the automaton has read.
    read: usize,
    state: State,
    rules: PhantomData<R>,
}

impl<R: Blocks> Forward<R> {
    pub(super) fn new() -> Self {
        Self {
            start: 0,
            is_word: false,
            block: 0,
            masks: Masks::default(),
            read: 0,
            state: State::START,
            rules: PhantomData,
        }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The next segment of `text` and whether it holds a letter or a number. From call to call the text may become
    /// shorter, by whole segments.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8]) -> Option<(Range<usize>, bool)> {
        loop {
            if self.masks.boundaries != 0 {
                let bit = self.masks.boundaries.trailing_zeros();
                let end = self.block + bit as usize;
                if end >= text.len() {
                    return self.last(text.len());
                }
                self.masks.boundaries &= self.masks.boundaries - 1;
                let before = (1 << bit) - 1;
                let is_word = self.is_word || self.masks.alphanumeric & before != 0;
                self.masks.alphanumeric &= !before;
                self.is_word = false;
                let start = std::mem::replace(&mut self.start, end);
                return Some((start..end, is_word));
            }
            if self.read >= text.len() {
                return self.last(text.len());
            }
            self.is_word |= self.masks.alphanumeric != 0;
            if let Some(long) = self.fill(text) {
                return Some(long);
            }
        }
    }

    /// What is left, up to `end`.
    fn last(&mut self, end: usize) -> Option<(Range<usize>, bool)> {
        if self.start >= end {
            return None;
        }
        let in_block = end - self.block;
        let before = if in_block < BLOCK { (1 << in_block) - 1 } else { u64::MAX };
        let is_word = self.is_word || self.masks.alphanumeric & before != 0;
        self.masks = Masks::default();
        let start = std::mem::replace(&mut self.start, end);
        Some((start..end, is_word))
    }

    /// Reads the next block; or the whole next segment, if the block could hold nothing but what is open.
    fn fill(&mut self, text: &[u8]) -> Option<(Range<usize>, bool)> {
        self.block = self.read;
        let rest = &text[self.block..];
        let ascii = rest.first_chunk().filter(|block| is_ascii(block));
        let short = ascii.and_then(|block| R::ascii(self.state, block, rest.get(BLOCK).copied()));
        (self.masks, self.state) = match short {
            Some((masks, len, state)) => {
                self.read += len;
                (masks, state)
            }
            None => match self.read_block(text) {
                Some(block) => block,
                None => return Some(self.long(text)),
            },
        };
        // The boundary at which a segment starts is not one at which it ends.
        self.masks.boundaries &= !u64::from(self.block == self.start);
        None
    }

    fn read_block(&mut self, text: &[u8]) -> Option<(Masks, State)> {
        let limit = text.len().min(self.block + BLOCK);
        let mut masks = Masks::default();
        let mut state = self.state;
        let mut at = self.block;
        let (mut held, mut before_held) = (at, state);
        while at < limit {
            let (properties, len) = properties_at(text, at);
            let step = R::step(state, R::class(properties));
            let bit = at - self.block;
            masks.boundaries |= u64::from(step.here()) << bit;
            masks.boundaries |= u64::from(step.at_held()) << (held - self.block);
            masks.alphanumeric |= u64::from(properties.is_alphanumeric()) << bit;
            if step.hold() {
                (held, before_held) = (at, state);
            }
            state = step.next();
            at += len;
        }
        self.read = at;
        if !R::holds(state) {
            return Some((masks, state));
        }
        let bit = held - self.block;
        if at == text.len() {
            masks.boundaries |= 1 << bit;
            return Some((masks, state));
        }
        if bit == 0 {
            return None;
        }
        masks.alphanumeric &= (1 << bit) - 1;
        self.read = held;
        Some((masks, before_held))
    }

    /// The next segment, read without a block.
    fn long(&mut self, text: &[u8]) -> (Range<usize>, bool) {
        let range = self.start..next_boundary::<R>(text, self.start);
        let is_word = super::is_word(text, &range);
        *self = Self { start: range.end, read: range.end, block: range.end, ..Self::new() };
        (range, is_word)
    }
}

/// Whether no byte is part of a longer character.
#[inline]
fn is_ascii(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(0, |all, byte| all | byte) < 0x80
}
