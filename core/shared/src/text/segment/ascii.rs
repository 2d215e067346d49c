//! Short cuts for blocks of ASCII: the rules on bits, 64 characters in one go.
//!
//! Each takes the states that ASCII alone leads to and leaves the others to the automaton, which comes to one of them
//! within a character or two.

use super::automaton::{GraphemeRules, Rules, SentenceRules, State, WordRules};
use super::forward::{BLOCK, Blocks, Masks};
use crate::text::unicode::Properties;

/// The state behind a character of ASCII that nothing joins to what is before it.
fn behind<R: Rules>(byte: u8) -> State {
    R::step(State::START, R::class(Properties::of(char::from(byte)))).next()
}

/// Kinds of characters for words, a bit each in a byte.
mod kind {
    pub(super) const LETTER: u8 = 1;
    pub(super) const NUMBER: u8 = 1 << 1;
    /// `_`
    pub(super) const UNDERSCORE: u8 = 1 << 2;
    /// What may stand between letters, and what may between digits.
    pub(super) const MID_LETTER: u8 = 1 << 3;
    pub(super) const MID_NUMBER: u8 = 1 << 4;
    pub(super) const SPACE: u8 = 1 << 5;
    pub(super) const CR: u8 = 1 << 6;
    pub(super) const LF: u8 = 1 << 7;

    pub(super) const fn of(byte: u8) -> u8 {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => NUMBER,
            b'_' => UNDERSCORE,
            b'.' | b'\'' => MID_LETTER | MID_NUMBER,
            b':' => MID_LETTER,
            b',' | b';' => MID_NUMBER,
            b' ' => SPACE,
            b'\r' => CR,
            b'\n' => LF,
            _ => 0,
        }
    }
}

/// For each character its kinds, the lowest bit of eight bytes: shifted by its place among eight characters and added
/// up, eight characters give eight masks.
static SPREAD: [u64; 128] = {
    let mut spread = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let kinds = kind::of(byte as u8);
        let mut bit = 0;
        while bit < 8 {
            spread[byte] |= ((kinds >> bit & 1) as u64) << (8 * bit);
            bit += 1;
        }
        byte += 1;
    }
    spread
};

/// For each kind in the order of its bit, which characters are of it.
#[inline]
fn masks(block: &[u8; BLOCK]) -> [u64; 8] {
    let mut masks = [[0; 8]; 8];
    let (eights, _) = block.as_chunks::<8>();
    for (place, eight) in eights.iter().enumerate() {
        let spread = |n: usize| SPREAD[usize::from(eight[n] & 127)] << n;
        let kinds =
            (spread(0) | spread(1) | spread(2) | spread(3)) | (spread(4) | spread(5) | spread(6) | spread(7));
        for (mask, byte) in masks.iter_mut().zip(kinds.to_le_bytes()) {
            mask[place] = byte;
        }
    }
    masks.map(u64::from_le_bytes)
}

/// What the character before the block was, if ASCII alone leads to `state`.
fn kind_behind(state: State) -> Option<u8> {
    // A letter is the likeliest: blocks end anywhere, and words are longer than what stands between them.
    const LIKELY: [u8; 7] = *b"a \n.0\r_";
    LIKELY.into_iter().find(|byte| behind::<WordRules>(*byte) == state).map(kind::of)
}

impl Blocks for WordRules {
    #[inline]
    fn ascii(state: State, block: &[u8; BLOCK], next: Option<u8>) -> Option<(Masks, usize, State)> {
        let before = kind_behind(state)?;
        let [letter, number, underscore, mid_letter, mid_number, space, cr, lf] = masks(block);
        let behind_of = |mask: u64, kind: u8| mask << 1 | u64::from(before & kind != 0);
        let last = BLOCK - 1;
        let next_is = |kinds: u8| next.is_some_and(|byte| byte < 0x80 && kind::of(byte) & kinds != 0);

        let behind_letter = behind_of(letter, kind::LETTER);
        let behind_number = behind_of(number, kind::NUMBER);
        let behind_underscore = behind_of(underscore, kind::UNDERSCORE);
        let alphanumeric = letter | number;
        let behind_alphanumeric = behind_letter | behind_number;
        // `can't` and `3.14`: joined to what is before, and what is behind to it.
        let before_letter = letter >> 1 | u64::from(next_is(kind::LETTER)) << last;
        let before_number = number >> 1 | u64::from(next_is(kind::NUMBER)) << last;
        let inside = mid_letter & behind_letter & before_letter | mid_number & behind_number & before_number;

        let joined = alphanumeric & (behind_alphanumeric | behind_underscore)
            | underscore & (behind_alphanumeric | behind_underscore)
            | space & behind_of(space, kind::SPACE)
            | lf & behind_of(cr, kind::CR)
            | inside
            | inside << 1;

        // What may join the next block to this one is left for that one.
        let open = (mid_letter & behind_letter | mid_number & behind_number) >> last != 0;
        let len = if open { last } else { BLOCK };
        let read = u64::MAX >> (BLOCK - len);
        let masks = Masks { boundaries: !joined & read, alphanumeric };
        Some((masks, len, behind::<WordRules>(block[len - 1])))
    }
}

impl Blocks for GraphemeRules {
    #[inline]
    fn ascii(state: State, block: &[u8; BLOCK], _: Option<u8>) -> Option<(Masks, usize, State)> {
        let before = *b"a\n\r".iter().find(|byte| behind::<Self>(**byte) == state)?;
        let mut cr = 0;
        let mut lf = 0;
        for (place, byte) in block.iter().enumerate() {
            cr |= u64::from(*byte == b'\r') << place;
            lf |= u64::from(*byte == b'\n') << place;
        }
        let joined = lf & (cr << 1 | u64::from(before == b'\r'));
        let masks = Masks { boundaries: !joined, alphanumeric: 0 };
        Some((masks, BLOCK, behind::<Self>(block[BLOCK - 1])))
    }
}

impl Blocks for SentenceRules {
    #[inline]
    fn ascii(state: State, block: &[u8; BLOCK], _: Option<u8>) -> Option<(Masks, usize, State)> {
        let at_start = state == State::START;
        if !at_start && state != behind::<Self>(b'a') && state != behind::<Self>(b'1') {
            return None;
        }
        let ends = |byte: &u8| matches!(byte, b'.' | b'!' | b'?' | b'\r' | b'\n');
        if block.iter().fold(false, |any, byte| any | ends(byte)) {
            return None;
        }
        let masks = Masks { boundaries: u64::from(at_start), alphanumeric: 0 };
        Some((masks, BLOCK, behind::<Self>(block[BLOCK - 1])))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the automaton gives for the same characters.
    fn read<R: Rules>(mut state: State, text: &[u8]) -> (u64, State) {
        let mut boundaries = 0;
        let mut held = 0;
        for (place, byte) in text.iter().enumerate() {
            let step = R::step(state, R::class(Properties::of(char::from(*byte))));
            boundaries |= u64::from(step.here()) << place | u64::from(step.at_held()) << held;
            held = if step.hold() { place } else { held };
            state = step.next();
        }
        (boundaries, state)
    }

    /// Compares the short cut with the automaton behind `before`.
    fn check<R: Blocks>(before: &str, block: &[u8; BLOCK], next: Option<u8>) {
        let (_, state) = read::<R>(State::START, before.as_bytes());
        let Some((masks, len, behind)) = R::ascii(state, block, next) else { return };
        assert!(len >= BLOCK - 1);
        assert_eq!(masks.boundaries, masks.boundaries & (u64::MAX >> (BLOCK - len)));
        let mut rest = block.to_vec();
        rest.extend(next);
        // Enough of what follows settles what the end of the block leaves open.
        let (boundaries, _) = read::<R>(state, &rest[..len]);
        let settled =
            if len == BLOCK { boundaries } else { read::<R>(state, &rest[..BLOCK]).0 & (u64::MAX >> 1) };
        assert_eq!(masks.boundaries, settled);
        assert_eq!(behind, read::<R>(state, &rest[..len]).1);
    }

    #[test]
    fn plain_text_takes_the_short_cut() {
        let mut block = [b'x'; BLOCK];
        block[7] = b' ';
        for before in ["", "a", "_", "7", " ", "\n", "\r"] {
            let state = read::<WordRules>(State::START, before.as_bytes()).1;
            assert!(WordRules::ascii(state, &block, None).is_some());
            let state = read::<GraphemeRules>(State::START, before.as_bytes()).1;
            assert!(GraphemeRules::ascii(state, &block, None).is_some());
        }
        for before in ["", "a", " ", "7", "\n"] {
            let state = read::<SentenceRules>(State::START, before.as_bytes()).1;
            assert!(SentenceRules::ascii(state, &block, None).is_some());
        }
    }

    proptest! {
        #[test]
        fn blocks_of_ascii_have_the_boundaries_that_the_automata_find(
            before in prop::sample::select(vec!["", "a", "7", "_", " ", "\r", "\n", "!", "a'", "1.", "x. ", "\""]),
            text in prop_oneof!["[ab01_ .,:;'\"\r\n!?-]{64}", "[\\x00-\\x7F]{64}", "[a-c ]{64}"],
            next in prop::option::of(any::<u8>()),
        ) {
            let block = text.as_bytes().first_chunk().unwrap();
            check::<WordRules>(before, block, next);
            check::<GraphemeRules>(before, block, next);
            check::<SentenceRules>(before, block, next);
        }

        #[test]
        fn the_masks_of_a_block_are_the_kinds_of_its_characters(text in "[\\x00-\\x7F]{64}") {
            let block: &[u8; BLOCK] = text.as_bytes().first_chunk().unwrap();
            for (bit, mask) in masks(block).into_iter().enumerate() {
                for (place, byte) in block.iter().enumerate() {
                    prop_assert_eq!(mask >> place & 1, u64::from(kind::of(*byte) >> bit & 1));
                }
            }
        }
    }
}
