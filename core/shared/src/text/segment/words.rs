//! The rules for words on bits, for what ordinary text is made of: a block of 64 characters in one go.
//!
//! Eight masks tell which characters of a block are of a kind; on them a rule is a shift and a few operations. Where a
//! block holds something rarer (marks, joiners, flags, Hebrew with its quotes) the automaton reads it instead: both
//! know the same states.

use super::automaton::{Rules, State, WordRules};
use super::forward::{BLOCK, Block, Blocks, Characters, IDENTITY, ascii_block};
use crate::text::unicode::{Properties, class_at, class_of, properties_of_class};

/// Kinds of characters, a mask each.
const LETTER: u8 = 1;
const NUMBER: u8 = 1 << 1;
const EXTEND_NUM_LET: u8 = 1 << 2;
const KATAKANA: u8 = 1 << 3;
/// What may stand between letters, and what may between digits.
const MID_LETTER: u8 = 1 << 4;
const MID_NUMBER: u8 = 1 << 5;
const SPACE: u8 = 1 << 6;
const ALPHANUMERIC: u8 = 1 << 7;
/// Two bits together tell more, since there are only eight.
const CR: u8 = SPACE | LETTER;
const LF: u8 = SPACE | NUMBER;
/// The automaton must read this.
const RARE: u8 = KATAKANA | SPACE;

/// Characters that stand for their classes, and the kinds of those; all other classes are rare.
const SAMPLES: [(char, u8); 16] = [
    ('!', 0),
    ('a', LETTER),
    (' ', SPACE),
    ('0', NUMBER),
    (':', MID_LETTER),
    (',', MID_NUMBER),
    ('.', MID_LETTER | MID_NUMBER),
    ('\'', MID_LETTER | MID_NUMBER),
    ('"', 0),
    ('_', EXTEND_NUM_LET),
    ('ア', KATAKANA),
    ('\r', CR),
    ('\n', LF),
    ('\u{2028}', 0),
    ('☀', 0),
    ('🅰', LETTER),
];

/// The kinds of each class of characters.
static KINDS: [u8; 256] = {
    let mut of_word_class = [RARE; 32];
    let mut sample = 0;
    while sample < SAMPLES.len() {
        of_word_class[Properties::of(SAMPLES[sample].0).word_class()] = SAMPLES[sample].1;
        sample += 1;
    }
    let mut kinds = [0; 256];
    let mut class = 0;
    while class < kinds.len() {
        let properties = properties_of_class(class as u8);
        let alphanumeric = if properties.is_alphanumeric() { ALPHANUMERIC } else { 0 };
        kinds[class] = of_word_class[properties.word_class()] | alphanumeric;
        class += 1;
    }
    kinds
};

/// For each class its kinds, the lowest bits of eight bytes: shifted by its place among eight characters and added
/// up, eight characters give eight masks.
static SPREAD: [u64; 256] = {
    let mut spread = [0; 256];
    let mut class = 0;
    while class < spread.len() {
        let mut bit = 0;
        while bit < 8 {
            spread[class] |= ((KINDS[class] >> bit & 1) as u64) << (8 * bit);
            bit += 1;
        }
        class += 1;
    }
    spread
};

/// The same by characters of ASCII.
static ASCII_SPREAD: [u64; 128] = {
    let mut spread = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        spread[byte] = SPREAD[class_at(&[byte as u8], 0).0 as usize];
        byte += 1;
    }
    spread
};

/// For each kind, which places of a block have it.
#[inline(always)]
fn masks(block: &[u8; BLOCK], spread: impl Fn(u8) -> u64) -> [u64; 8] {
    let (eights, _) = block.as_chunks::<8>();
    let mut rows = [0; 8];
    for (row, eight) in rows.iter_mut().zip(eights) {
        let place = |n: usize| spread(eight[n]) << n;
        *row = (place(0) | place(1) | place(2) | place(3)) | (place(4) | place(5) | place(6) | place(7));
    }
    turned(rows)
}

/// Rows of eight bytes as columns, by swapping ever larger squares.
#[inline(always)]
fn turned(mut rows: [u64; 8]) -> [u64; 8] {
    const STEPS: [(usize, u32, u64); 3] =
        [(1, 8, 0x00FF_00FF_00FF_00FF), (2, 16, 0x0000_FFFF_0000_FFFF), (4, 32, 0x0000_0000_FFFF_FFFF)];
    for (distance, shift, corner) in STEPS {
        for row in (0..8).filter(|row| row & distance == 0) {
            let swapped = (rows[row] >> shift ^ rows[row + distance]) & corner;
            rows[row + distance] ^= swapped;
            rows[row] ^= swapped << shift;
        }
    }
    rows
}

impl Blocks for WordRules {
    #[inline]
    fn read_ascii(block: &mut Block, text: &[u8], start: usize) -> bool {
        let Some(ascii) = ascii_block(text, start) else { return false };
        let Some(before) = kinds_behind(block.state) else { return false };
        let masks = masks(ascii, |byte| ASCII_SPREAD[usize::from(byte & 127)]);
        let (joined, open) = joined(before, masks, BLOCK);
        let len = BLOCK - usize::from(open);
        let read = u64::MAX >> (BLOCK - len);
        let state = behind(Properties::of(char::from(ascii[len - 1])));
        *block = Block {
            boundaries: !joined & read,
            alphanumeric: masks[7] & read,
            len,
            offsets: IDENTITY,
            end: start + len,
            state,
        };
        true
    }

    #[inline]
    fn read(block: &mut Block, text: &[u8], characters: &Characters) -> bool {
        let Some(before) = kinds_behind(block.state) else { return false };
        let masks = masks(&characters.classes, |class| SPREAD[usize::from(class)]);
        let mut len = characters.len;
        let mut read = u64::MAX >> (BLOCK - len);
        if masks[3] & masks[6] & read != 0 {
            return false;
        }
        let (joined, open) = joined(before, masks, len);
        let mut end = characters.end;
        if open && end < text.len() {
            // It is read again with what follows.
            len -= 1;
            if len == 0 {
                return false;
            }
            end = characters.start + usize::from(block.offsets[len]);
            read >>= 1;
        }
        block.boundaries = !joined & read;
        block.alphanumeric = masks[7] & read;
        block.len = len;
        block.end = end;
        block.state = behind(properties_of_class(characters.classes[len - 1]));
        true
    }
}

/// The kinds of the character before a block, if no rare ones lead to `state`.
#[inline]
fn kinds_behind(state: State) -> Option<u8> {
    // The likeliest first: blocks end anywhere, and words are longer than what stands between them.
    const LIKELY: [char; 8] = ['a', ' ', '!', '0', '\n', 'ア', '_', '\r'];
    let likely = LIKELY.into_iter().find(|character| behind(Properties::of(*character)) == state)?;
    Some(KINDS[usize::from(class_of(likely))])
}

/// The state behind a character that no rule joins to what is before it.
#[inline]
fn behind(properties: Properties) -> State {
    WordRules::step(State::START, properties.word_class()).next()
}

/// Before which of the `len` characters of a block no boundary stands; and whether that is open for the last one.
#[inline]
fn joined(before: u8, masks: [u64; 8], len: usize) -> (u64, bool) {
    let [letter, number, extend_num_let, katakana, mid_letter, mid_number, space, _] = masks;
    let (cr, lf) = (space & letter, space & number);
    let (letter, number, space) = (letter & !space, number & !space, space & !letter & !number);

    let was = |kind: u8, told: u8| u64::from(before & told == kind);
    let behind_letter = letter << 1 | was(LETTER, LETTER | SPACE);
    let behind_number = number << 1 | was(NUMBER, NUMBER | SPACE);
    let behind_extend = extend_num_let << 1 | was(EXTEND_NUM_LET, EXTEND_NUM_LET);
    let behind_katakana = katakana << 1 | was(KATAKANA, KATAKANA);
    let behind_either = behind_letter | behind_number;

    // `can't` and `3.14`
    let mid = mid_letter & behind_letter | mid_number & behind_number;
    let inside = mid_letter & behind_letter & letter >> 1 | mid_number & behind_number & number >> 1;
    let joined = (letter | number) & (behind_either | behind_extend)
        | extend_num_let & (behind_either | behind_extend | behind_katakana)
        | katakana & (behind_katakana | behind_extend)
        | space & (space << 1 | was(SPACE, SPACE | LETTER | NUMBER))
        | lf & (cr << 1 | was(CR, CR))
        | inside
        | inside << 1;
    (joined, mid >> (len - 1) & 1 != 0)
}
