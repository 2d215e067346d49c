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
    /// Where each place is behind the block's start, in bytes.
    pub(super) offsets: [u8; BLOCK],
    /// Where the block ends, and the next one starts, in the text.
    pub(super) end: usize,
    /// What was read by then.
    pub(super) state: State,
}

/// Rules with a quicker way than the automaton's through ordinary text.
pub(super) trait Blocks: Rules {
    /// Reads up to 64 bytes of `text` from `start` on, or a little more, in `state`; none where the automaton must.
    fn read(state: State, text: &[u8], start: usize) -> Option<Block>;
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
    /// Whether a letter or a number was seen in it before the block.
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
        let block =
            Block { boundaries: 0, alphanumeric: 0, offsets: IDENTITY, end: start, state: State::START };
        Self { start, is_word: false, at: start, block, rules: PhantomData }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The next segment of `text` and whether it holds a letter or a number. From call to call the text may become
    /// shorter, by whole segments.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8]) -> Option<(Range<usize>, bool)> {
        loop {
            let block = &mut self.block;
            if block.boundaries != 0 {
                let place = block.boundaries.trailing_zeros();
                let end = self.at + usize::from(block.offsets[place as usize]);
                if end >= text.len() {
                    return self.last(text.len());
                }
                block.boundaries &= block.boundaries - 1;
                let before = (1 << place) - 1;
                let is_word = self.is_word || block.alphanumeric & before != 0;
                block.alphanumeric &= !before;
                self.is_word = false;
                let start = std::mem::replace(&mut self.start, end);
                return Some((start..end, is_word));
            }
            if block.end >= text.len() {
                return self.last(text.len());
            }
            self.is_word |= block.alphanumeric != 0;
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
        let places = (0..BLOCK).filter(|place| self.at + usize::from(self.block.offsets[*place]) < end);
        let before = places.fold(0, |places, place| places | 1 << place);
        let is_word = self.is_word || self.block.alphanumeric & before != 0;
        let start = self.start;
        *self = Self::at(end);
        Some((start..end, is_word))
    }

    /// Reads the next block; or the whole next segment, if the block could hold nothing but what is open.
    #[inline]
    fn fill(&mut self, text: &[u8]) -> Option<(Range<usize>, bool)> {
        self.at = self.block.end;
        let quick = R::read(self.block.state, text, self.at);
        match quick.or_else(|| read_block::<R>(self.block.state, text, self.at)) {
            Some(block) => self.block = block,
            None => return Some(self.long(text)),
        }
        // The boundary at which a segment starts is not one at which it ends.
        self.block.boundaries &= !u64::from(self.at == self.start);
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

/// Reads 64 bytes by the automaton; none if they hold nothing but what is open.
fn read_block<R: Rules>(mut state: State, text: &[u8], start: usize) -> Option<Block> {
    let limit = text.len().min(start + BLOCK);
    let (mut boundaries, mut alphanumeric) = (0, 0);
    let mut at = start;
    let (mut held, mut before_held) = (0, state);
    while at < limit {
        let (properties, len) = properties_at(text, at);
        let step = R::step(state, R::class(properties));
        let place = at - start;
        boundaries |= u64::from(step.here()) << place;
        boundaries |= u64::from(step.at_held()) << held;
        alphanumeric |= u64::from(properties.is_alphanumeric()) << place;
        if step.hold() {
            (held, before_held) = (place, state);
        }
        state = step.next();
        at += len;
    }
    if R::holds(state) {
        if at == text.len() {
            boundaries |= 1 << held;
        } else if held == 0 {
            return None;
        } else {
            alphanumeric &= (1 << held) - 1;
            (at, state) = (start + held, before_held);
        }
    }
    Some(Block { boundaries, alphanumeric, offsets: IDENTITY, end: at, state })
}
