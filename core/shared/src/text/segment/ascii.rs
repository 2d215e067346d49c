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

fn of_ascii(boundaries: u64, start: usize, state: State) -> Block {
    Block { boundaries, alphanumeric: 0, len: BLOCK, offsets: IDENTITY, end: start + BLOCK, state }
}

impl Blocks for GraphemeRules {
    #[inline]
    fn read_ascii(block: &mut Block, text: &[u8], start: usize) -> bool {
        let Some(ascii) = ascii_block(text, start) else { return false };
        if block.state != behind::<Self>(b'a') && block.state != State::START {
            return false;
        }
        if ascii.iter().fold(false, |any, byte| any | (*byte == b'\r')) {
            // Only CR LF joins.
            return false;
        }
        *block = of_ascii(u64::MAX, start, behind::<Self>(ascii[BLOCK - 1]));
        true
    }
}

impl Blocks for SentenceRules {
    #[inline]
    fn read_ascii(block: &mut Block, text: &[u8], start: usize) -> bool {
        let Some(ascii) = ascii_block(text, start) else { return false };
        let at_start = block.state == State::START;
        if !at_start && block.state != behind::<Self>(b'a') && block.state != behind::<Self>(b'1') {
            return false;
        }
        let ends = |byte: &u8| matches!(byte, b'.' | b'!' | b'?' | b'\r' | b'\n');
        if ascii.iter().fold(false, |any, byte| any | ends(byte)) {
            return false;
        }
        *block = of_ascii(u64::from(at_start), start, behind::<Self>(ascii[BLOCK - 1]));
        true
    }
}
