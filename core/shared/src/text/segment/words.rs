//! The rules for words on bits, for all that ordinary text is made of: a block of up to 64 characters in one go.
//!
//! Every character that counts (not what extends another one) gets a byte of kinds; turned round, these are masks of
//! the characters of one kind, on which a rule is a shift and a few operations. What is rare (joiners, flags, quotes
//! beside Hebrew) is left to the automaton, block by block. Both know the same states.

use super::automaton::{Rules, State, WordRules};
use super::forward::{BLOCK, Block, Blocks, IDENTITY, ascii_block};
use crate::text::unicode::{Properties, class_at, properties_of_class};

/// Kinds of characters; the first eight become masks.
const LETTER: u16 = 1;
const NUMBER: u16 = 1 << 1;
const EXTEND_NUM_LET: u16 = 1 << 2;
const KATAKANA: u16 = 1 << 3;
/// What may stand between letters, and what may between digits.
const MID_LETTER: u16 = 1 << 4;
const MID_NUMBER: u16 = 1 << 5;
const SPACE: u16 = 1 << 6;
const ALPHANUMERIC: u16 = 1 << 7;
/// Told from a space by a second bit, since there are only eight.
const CR: u16 = SPACE | LETTER;
const LF: u16 = SPACE | NUMBER;
/// Extends the character before it, unless that is [`UNEXTENDED`].
const IGNORED: u16 = 1 << 8;
const UNEXTENDED: u16 = 1 << 9;
/// The automaton must read this, or two of these together.
const RARE: u16 = 1 << 10;
const HEBREW: u16 = 1 << 11;
const QUOTE: u16 = 1 << 12;

/// Characters that stand for their classes, and the kinds of those.
const SAMPLES: [(char, u16); 20] = [
    ('!', 0),
    ('a', LETTER),
    (' ', SPACE | UNEXTENDED),
    ('0', NUMBER),
    ('\u{301}', IGNORED),
    (':', MID_LETTER),
    (',', MID_NUMBER),
    ('.', MID_LETTER | MID_NUMBER),
    ('\'', MID_LETTER | MID_NUMBER | QUOTE),
    ('"', QUOTE),
    ('_', EXTEND_NUM_LET),
    ('א', LETTER | HEBREW),
    ('ア', KATAKANA),
    ('\r', CR | UNEXTENDED),
    ('\n', LF | UNEXTENDED),
    ('\u{2028}', UNEXTENDED),
    ('\u{200D}', RARE),
    ('🇩', RARE),
    ('☀', 0),
    ('🅰', LETTER),
];

/// The kinds of each class of characters.
static KINDS: [u16; 256] = {
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

/// For each character of ASCII its kinds, the lowest bits of eight bytes: shifted by its place among eight characters
/// and added up, eight characters give eight masks.
static SPREAD: [u64; 128] = {
    let mut spread = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let (class, _) = class_at(&[byte as u8], 0);
        let mut bit = 0;
        while bit < 8 {
            spread[byte] |= ((KINDS[class as usize] >> bit & 1) as u64) << (8 * bit);
            bit += 1;
        }
        byte += 1;
    }
    spread
};

impl Blocks for WordRules {
    #[inline]
    fn read(state: State, text: &[u8], start: usize) -> Option<Block> {
        let before = kinds_behind(state)?;
        match ascii_block(text, start) {
            Some(block) => read_ascii(before, block, start),
            None => read_mixed(before, text, start),
        }
    }
}

/// The kinds of the character before a block, if no rare ones lead to `state`.
fn kinds_behind(state: State) -> Option<u16> {
    // The likeliest first: blocks end anywhere, and words are longer than what stands between them.
    const LIKELY: [char; 9] = ['a', ' ', '!', '0', '\n', 'ア', '_', '\r', 'א'];
    let behind = LIKELY.into_iter().find(|character| behind(Properties::of(*character)) == state)?;
    Some(KINDS[usize::from(crate::text::unicode::class_of(behind))])
}

/// The state behind a character that no rule joins to what is before it.
fn behind(properties: Properties) -> State {
    WordRules::step(State::START, properties.word_class()).next()
}

#[inline]
fn read_ascii(before: u16, block: &[u8; BLOCK], start: usize) -> Option<Block> {
    if before & HEBREW != 0 {
        return None;
    }
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
    let (joined, open) = joined(before, masks.map(u64::from_le_bytes), BLOCK);
    let len = BLOCK - usize::from(open);
    Some(Block {
        boundaries: !joined & u64::MAX >> (BLOCK - len),
        alphanumeric: u64::from_le_bytes(masks[7]),
        offsets: IDENTITY,
        end: start + len,
        state: behind(Properties::of(char::from(block[len - 1]))),
    })
}

#[inline]
fn read_mixed(before: u16, text: &[u8], start: usize) -> Option<Block> {
    let limit = text.len().min(start + BLOCK);
    let mut kinds = [0; BLOCK];
    let mut offsets = [0; BLOCK];
    let mut alphanumeric = 0_u64;
    // What extends the character before the block has no place in it.
    let mut previous = UNEXTENDED;
    let mut seen = before;
    let mut len = 0;
    let mut at = start;
    let mut rare = 0;
    while at < limit {
        let (class, bytes) = class_at(text, at);
        let kind = KINDS[usize::from(class)];
        rare |= kind & previous >> 1 & IGNORED;
        seen |= kind;
        previous = kind;
        kinds[len & (BLOCK - 1)] = kind as u8;
        offsets[len & (BLOCK - 1)] = (at - start) as u8;
        len += usize::from(kind & IGNORED == 0);
        alphanumeric |= u64::from(kind & ALPHANUMERIC != 0) << (len.wrapping_sub(1) & (BLOCK - 1));
        at += bytes;
    }
    if rare != 0 || seen & RARE != 0 || seen & (HEBREW | QUOTE) == HEBREW | QUOTE || len == 0 {
        return None;
    }
    // What extends the last character belongs to this block, so that the next one begins with a character.
    while previous & UNEXTENDED == 0 && at < text.len() {
        let (class, bytes) = class_at(text, at);
        let kind = KINDS[usize::from(class)];
        if kind & IGNORED == 0 {
            break;
        }
        alphanumeric |= u64::from(kind & ALPHANUMERIC != 0) << (len - 1);
        at += bytes;
    }
    let (joined, open) = joined(before, turned(&kinds), len);
    if open && at < text.len() {
        // It is read again with what follows.
        len -= 1;
        at = start + usize::from(offsets[len]);
        if len == 0 {
            return None;
        }
    }
    let last = properties_of_class(class_at(text, start + usize::from(offsets[len - 1])).0);
    let read = u64::MAX >> (BLOCK - len);
    Some(Block {
        boundaries: !joined & read,
        alphanumeric: alphanumeric & read,
        offsets,
        end: at,
        state: behind(last),
    })
}

/// Before which of the `len` characters of a block no boundary stands; and whether that is open for the last one.
#[inline]
fn joined(before: u16, masks: [u64; 8], len: usize) -> (u64, bool) {
    let [letter, number, extend_num_let, katakana, mid_letter, mid_number, space, _] = masks;
    let (cr, lf) = (space & letter, space & number);
    let (letter, number, space) = (letter & !space, number & !space, space & !letter & !number);

    let was = |kind: u16, told: u16| u64::from(before & told == kind);
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

/// For each bit of a byte the bytes that have it.
#[inline]
fn turned(bytes: &[u8; BLOCK]) -> [u64; 8] {
    let mut masks = [[0; 8]; 8];
    let (eights, _) = bytes.as_chunks::<8>();
    for (place, eight) in eights.iter().enumerate() {
        // A matrix of 8 times 8 bits turned by swapping ever larger squares.
        let mut square = u64::from_le_bytes(*eight);
        for (shift, corners) in
            [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)]
        {
            let swapped = (square ^ square >> shift) & corners;
            square ^= swapped ^ swapped << shift;
        }
        for (mask, byte) in masks.iter_mut().zip(square.to_le_bytes()) {
            mask[place] = byte;
        }
    }
    masks.map(u64::from_le_bytes)
}
