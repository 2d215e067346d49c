//! LEB128 varints: seven bits a byte, the lowest first, the top bit set on every byte but the last.
//!
//! 1 byte up to 127, 2 up to 16,383, at most 10; the tenth may only be 1. A number may be written with more bytes than
//! it needs: readers take that, writers never do it.
//!
//! Columns of the formats hold small numbers: nearly all carets and lengths take one byte or two. Their reader works on
//! eight bytes at a time in one 64-bit word, in safe code. A table-driven AVX2 shuffle was measured at twice its speed,
//! which saves a microsecond for a thousand numbers: some 2 % of reading a history, most of which is inflating it, and not
//! worth unsafe code on two architectures.

use super::DecodeError;

/// The most bytes of a number.
const LONGEST: usize = 10;
/// Where the tenth byte of a number goes, of which one bit is left.
const LAST_SHIFT: u32 = 63;
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
        let mut bytes = [0; 8 * LONGEST];
        let end = match block.iter().fold(0, |all, value| all | value) {
            0..0x80 => {
                bytes[..8].copy_from_slice(&block.map(|value| value as u8));
                8
            }
            0x80..0x4000 => put_short(block, &mut bytes),
            _ => put_any(block, &mut bytes),
        };
        out.extend_from_slice(bytes.get(..end).unwrap_or_default());
    }
    last.iter().for_each(|value| put_varint(out, *value));
}

/// Writes numbers of one byte or two without asking which they are; gives where they end.
fn put_short(values: &[u64; 8], bytes: &mut [u8; 8 * LONGEST]) -> usize {
    let mut end = 0;
    for value in values {
        let long = *value >= 0x80;
        // Two bytes are written; the next number writes over the second where it does not count.
        bytes[end] = *value as u8 & 0x7F | u8::from(long) << 7;
        bytes[end + 1] = (*value >> 7) as u8;
        end += 1 + usize::from(long);
    }
    end
}

fn put_any(values: &[u64; 8], bytes: &mut [u8; 8 * LONGEST]) -> usize {
    let mut end = 0;
    for value in values {
        let mut value = *value;
        while value >= 0x80 {
            bytes[end] = value as u8 | 0x80;
            value >>= 7;
            end += 1;
        }
        bytes[end] = value as u8;
        end += 1;
    }
    end
}

/// The number at `at`, which moves behind it, or stays where it is after an error.
#[inline]
pub(super) fn read(bytes: &[u8], at: &mut usize) -> Result<u64, DecodeError> {
    let first = *bytes.get(*at).ok_or(DecodeError::Truncated)?;
    if first < 0x80 {
        *at += 1;
        return Ok(u64::from(first));
    }
    let rest = bytes.get(*at..).unwrap_or_default();
    let (value, taken) = match rest.first_chunk::<8>() {
        Some(word) => read_word(u64::from_le_bytes(*word), rest)?,
        None => read_short(rest)?,
    };
    *at += taken;
    Ok(value)
}

/// The number that fewer than eight bytes begin with, and how many it takes.
fn read_short(bytes: &[u8]) -> Result<(u64, usize), DecodeError> {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(8).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * place);
        if *byte < 0x80 {
            return Ok((value, place + 1));
        }
    }
    Err(DecodeError::Truncated)
}

/// The number that `bytes` begin with, of which `word` is the first eight, and how many bytes it takes: one branch for
/// all numbers below 2^56.
#[inline(always)]
fn read_word(word: u64, bytes: &[u8]) -> Result<(u64, usize), DecodeError> {
    let ends = !word & GOES_ON;
    if ends != 0 {
        // All bits up to the first byte that ends a number.
        let taken = ends ^ (ends - 1);
        return Ok((join_sevens(word & taken), (ends.trailing_zeros() as usize + 1) / 8));
    }
    let low = join_sevens(word);
    match bytes.get(8..) {
        Some([ninth, ..]) if *ninth < 0x80 => Ok((low | u64::from(*ninth) << 56, 9)),
        Some([ninth, tenth, ..]) if *tenth <= 1 => {
            Ok((low | u64::from(ninth & 0x7F) << 56 | u64::from(*tenth) << LAST_SHIFT, 10))
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
pub(super) fn read_column(bytes: &[u8], out: &mut [u64]) -> Result<usize, DecodeError> {
    let (mut at, mut filled) = (0, 0);
    // Each turn may write over eight places: what it does not mean to leave there, the next one replaces.
    while let Some(rest) = bytes.get(at..)
        && let Some(first) = rest.first_chunk::<8>()
        && let Some(places) = out.get_mut(filled..).and_then(<[u64]>::first_chunk_mut::<8>)
    {
        let word = u64::from_le_bytes(*first);
        let goes_on = word & GOES_ON;
        if goes_on == 0 {
            *places = first.map(u64::from);
            at += 8;
            filled += 8;
        } else if goes_on & goes_on << 8 == 0 {
            // No number of three bytes begins here: four at least end here, whichever they are.
            let ends = goes_on ^ GOES_ON;
            let second = ends & (ends - 1);
            let third = second & (second - 1);
            let fourth = third & (third - 1);
            places[0] = short(word);
            places[1] = short(word >> (ends.trailing_zeros() + 1));
            places[2] = short(word >> (second.trailing_zeros() + 1));
            places[3] = short(word >> (third.trailing_zeros() + 1));
            at += (fourth.trailing_zeros() as usize + 1) / 8;
            filled += 4;
        } else {
            let (value, taken) = read_word(word, rest)?;
            places[0] = value;
            at += taken;
            filled += 1;
        }
    }
    for place in out.get_mut(filled..).unwrap_or_default() {
        *place = read(bytes, &mut at)?;
    }
    Ok(at)
}
