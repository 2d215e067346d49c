//! Short cuts through ASCII for graphemes and sentences, whose rules hardly concern it.
//!
//! Each takes the states that ASCII alone leads to and leaves the others to the automaton, which comes to one of them
//! within a character or two. Words have a way of their own in `words`.

use super::automaton::{GraphemeRules, Rules, SentenceRules, State};
use super::forward::{BLOCK, Block, Blocks, IDENTITY, ascii_block};
use crate::text::unicode::Properties;

/// The state behind a character of ASCII that nothing joins to what is before it.
fn behind<R: Rules>(byte: u8) -> State {
    R::step(State::START, R::class(Properties::of(char::from(byte)))).next()
}

fn block<R: Rules>(boundaries: u64, text: &[u8], start: usize) -> Block {
    let end = start + BLOCK;
    let state = behind::<R>(text[end - 1]);
    Block { boundaries, alphanumeric: 0, offsets: IDENTITY, end, state }
}

impl Blocks for GraphemeRules {
    #[inline]
    fn read(state: State, text: &[u8], start: usize) -> Option<Block> {
        let ascii = ascii_block(text, start)?;
        let before = *b"a\n\r".iter().find(|byte| behind::<Self>(**byte) == state)?;
        if ascii.iter().fold(before == b'\r', |any, byte| any | (*byte == b'\r')) {
            // Only CR LF joins.
            return None;
        }
        Some(block::<Self>(u64::MAX, text, start))
    }
}

impl Blocks for SentenceRules {
    #[inline]
    fn read(state: State, text: &[u8], start: usize) -> Option<Block> {
        let ascii = ascii_block(text, start)?;
        let at_start = state == State::START;
        if !at_start && state != behind::<Self>(b'a') && state != behind::<Self>(b'1') {
            return None;
        }
        let ends = |byte: &u8| matches!(byte, b'.' | b'!' | b'?' | b'\r' | b'\n');
        if ascii.iter().fold(false, |any, byte| any | ends(byte)) {
            return None;
        }
        Some(block::<Self>(u64::from(at_start), text, start))
    }
}
