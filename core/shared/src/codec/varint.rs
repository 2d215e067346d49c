//! LEB128 varints: seven bits a byte, the lowest first, the top bit set on every byte but the last.
//!
//! 1 byte up to 127, 2 up to 16,383, at most 10; the tenth may only be 1. A number may be written with more bytes than
//! it needs: readers take that, writers never do it.
//!
//! Columns of the formats hold small numbers: nine of ten carets and lengths take one byte or two. Their reader works
//! on eight bytes at a time in one 64-bit word, in safe code. A table-driven AVX2 shuffle was measured at twice its
//! speed: a microsecond for a thousand numbers, under 1 % of what inflating them takes, and not worth its unsafe code.

use super::DecodeError;

/// The most bytes of a number.
const LONGEST: usize = 10;
/// The bit of each byte of a word that says that its number goes on.
const GOES_ON: u64 = 0x8080_8080_8080_8080;

/// Appends `value` as a varint.
#[inline]
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends each of `values` as a varint: what [`put_varint`] would append, in blocks.
pub fn put_varints(out: &mut Vec<u8>, values: &[u64]) {
    out.reserve(values.len());
    let (blocks, last) = values.as_chunks::<8>();
    for block in blocks {
        match block.iter().fold(0, |all, value| all | value) {
            0..0x80 => out.extend_from_slice(&block.map(|value| value as u8)),
            0x80..0x4000 => {
                let mut bytes = [0; 16];
                let mut end = 0;
                for value in block {
                    let long = *value >= 0x80;
                    // Both bytes are written; the next number writes over the second where it does not count.
                    if let Some(place) = bytes.get_mut(end..end + 2) {
                        place[0] = *value as u8 & 0x7F | u8::from(long) << 7;
                        place[1] = (*value >> 7) as u8;
                    }
                    end += 1 + usize::from(long);
                }
                out.extend_from_slice(&bytes[..end]);
            }
            _ => block.iter().for_each(|value| put_varint(out, *value)),
        }
    }
    last.iter().for_each(|value| put_varint(out, *value));
}

/// The number at the front of `bytes`, and how many bytes it takes.
#[inline]
pub(super) fn read(bytes: &[u8]) -> Result<(u64, usize), DecodeError> {
    match bytes {
        [byte, ..] if *byte < 0x80 => Ok((u64::from(*byte), 1)),
        _ => read_longer(bytes),
    }
}

fn read_longer(bytes: &[u8]) -> Result<(u64, usize), DecodeError> {
    match bytes.first_chunk() {
        Some(word) => read_word(u64::from_le_bytes(*word), bytes),
        None => read_bytewise(bytes),
    }
}

/// [`read`] in its plainest form: for the last bytes, and what the others are tested against.
fn read_bytewise(bytes: &[u8]) -> Result<(u64, usize), DecodeError> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().enumerate().take(LONGEST) {
        if i == LONGEST - 1 && byte > 1 {
            return Err(DecodeError::Overlong);
        }
        value |= u64::from(byte & 0x7F) << (7 * i);
        if byte < 0x80 {
            return Ok((value, i + 1));
        }
    }
    Err(if bytes.len() >= LONGEST { DecodeError::Overlong } else { DecodeError::Truncated })
}

/// [`read`] where `word` is the first eight of `bytes`: one branch for all numbers below 2^56.
#[inline(always)]
fn read_word(word: u64, bytes: &[u8]) -> Result<(u64, usize), DecodeError> {
    let ends = !word & GOES_ON;
    if ends != 0 {
        // All bits up to the first byte that ends a number.
        let taken = ends ^ (ends - 1);
        return Ok((join_sevens(word & taken), taken.count_ones() as usize / 8));
    }
    let low = join_sevens(word);
    match bytes.get(8..) {
        Some([ninth, ..]) if *ninth < 0x80 => Ok((low | u64::from(*ninth) << 56, 9)),
        Some([ninth, tenth, ..]) if *tenth <= 1 => {
            Ok((low | u64::from(ninth & 0x7F) << 56 | u64::from(*tenth) << 63, 10))
        }
        Some([_, _, ..]) => Err(DecodeError::Overlong),
        _ => Err(DecodeError::Truncated),
    }
}

/// The low seven bits of each byte, side by side.
#[inline(always)]
const fn join_sevens(word: u64) -> u64 {
    let sevens = word & !GOES_ON;
    let pairs = sevens & 0x007F_007F_007F_007F | (sevens & 0x7F00_7F00_7F00_7F00) >> 1;
    let fours = pairs & 0x0000_3FFF_0000_3FFF | (pairs & 0x3FFF_0000_3FFF_0000) >> 2;
    fours & 0x0FFF_FFFF | (fours & 0x0FFF_FFFF_0000_0000) >> 4
}

/// The number of one byte or two that `word` begins with.
#[inline(always)]
const fn short(word: u64) -> u64 {
    let goes_on = (word >> 7 & 1).wrapping_neg();
    word & 0x7F | word >> 1 & 0x3F80 & goes_on
}

/// Fills `out` with the numbers at the front of `bytes`; gives how many bytes they take.
///
/// After an error `out` holds anything.
pub(super) fn read_column(bytes: &[u8], mut out: &mut [u64]) -> Result<usize, DecodeError> {
    let mut rest = bytes;
    // Each turn may write over eight places: what it does not mean to leave there, the next one replaces.
    while let (Some(first), Some(places)) = (rest.first_chunk::<8>(), out.first_chunk_mut::<8>()) {
        let word = u64::from_le_bytes(*first);
        let goes_on = word & GOES_ON;
        let (values, taken);
        if goes_on == 0 {
            *places = first.map(u64::from);
            (values, taken) = (8, 8);
        } else if goes_on & goes_on << 8 == 0 {
            // No number of three bytes begins here: there are four that end here, whichever they are.
            let ends = goes_on ^ GOES_ON;
            let second = ends & (ends - 1);
            let third = second & (second - 1);
            let fourth = third & (third - 1);
            places[0] = short(word);
            places[1] = short(word >> (ends.trailing_zeros() + 1));
            places[2] = short(word >> (second.trailing_zeros() + 1));
            places[3] = short(word >> (third.trailing_zeros() + 1));
            (values, taken) = (4, (fourth.trailing_zeros() as usize + 1) / 8);
        } else {
            (places[0], taken) = read_word(word, rest)?;
            values = 1;
        }
        rest = rest.get(taken..).unwrap_or_default();
        out = out.get_mut(values..).unwrap_or_default();
    }
    for place in out {
        let taken;
        (*place, taken) = read(rest)?;
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(bytes.len() - rest.len())
}
