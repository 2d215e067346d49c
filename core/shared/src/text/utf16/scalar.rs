//! Transcoding without vector instructions: the twins of the vector kernels, and what does the first and
//! last characters of every path. Safe code; never panics whatever the bytes are.

use super::{BEFORE, Progress};

/// Why a run of [`to_utf8`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The wanted part of the input is done.
    Reached,
    /// The next character does not fit.
    Full,
    /// The next unit is a surrogate without its partner.
    LoneSurrogate,
}

/// Bytes, and units, that are done together where nothing but their number is checked.
const BLOCK: usize = 32;

/// The twin of the vector kernels, see [`super::Kernel::to_utf16`]: every byte of a block is turned into
/// what the character that ends there would be, and those where one ends are kept.
pub(super) fn blocks_to_utf16(bytes: &[u8], out: &mut [u16], mut at: Progress) -> Progress {
    while let Some(window) =
        bytes.get(at.read - BEFORE..).and_then(|rest| rest.first_chunk::<{ BEFORE + BLOCK + 1 }>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<BLOCK>())
    {
        let lane = |index: usize, offset: usize| u16::from(window[index + offset]);
        if window[BEFORE..BEFORE + BLOCK].iter().fold(0, |all, byte| all | byte) < 0x80 {
            for (index, unit) in room.iter_mut().enumerate() {
                *unit = lane(index, BEFORE);
            }
            at = Progress { read: at.read + BLOCK, written: at.written + BLOCK };
            continue;
        }
        let (mut units, mut kept) = ([0u16; BLOCK], [0u8; BLOCK]);
        for index in 0..BLOCK {
            let [third, second, first, byte, next] = [0, 1, 2, 3, 4].map(|offset| lane(index, offset));
            let top = if first & 0xC0 == 0x80 { second << 12 } else { 0 };
            let ending = byte & 0x3F | (first & 0x3F) << 6 | top;
            let high = 0xD7C0 + ((second & 0x07) << 8 | (first & 0x3F) << 2 | byte >> 4 & 0x03);
            // The third byte of four writes the high surrogate, the fourth the low one.
            let unit = if byte < 0x80 { byte } else { ending };
            let unit = if second >= 0xF0 { high } else { unit };
            units[index] = if third >= 0xF0 { 0xDC00 | ending & 0x3FF } else { unit };
            kept[index] = u8::from(next & 0xC0 != 0x80) | u8::from(second >= 0xF0);
        }
        let mut written = 0;
        for (unit, kept) in units.into_iter().zip(kept) {
            room[written % BLOCK] = unit;
            written += usize::from(kept);
        }
        at = Progress { read: at.read + BLOCK, written: at.written + written };
    }
    at
}

/// The twin of the vector kernels, see [`super::Kernel::to_utf8`]: without a branch for the length of a
/// character, but for pairs.
pub(super) fn blocks_to_utf8(units: &[u16], out: &mut [u8], mut at: Progress) -> Progress {
    'blocks: while let Some(window) = units.get(at.read..).and_then(|rest| rest.first_chunk::<BLOCK>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<{ 4 * BLOCK }>())
    {
        if window.iter().fold(0, |all, unit| all | unit) < 0x80 {
            for (byte, unit) in room.iter_mut().zip(window) {
                *byte = *unit as u8;
            }
            at = Progress { read: at.read + BLOCK, written: at.written + BLOCK };
            continue;
        }
        let (mut read, mut written) = (0, 0);
        while read < BLOCK {
            let unit = u32::from(window[read]);
            let Some(room) = room.get_mut(written..).and_then(|rest| rest.first_chunk_mut::<4>()) else {
                break;
            };
            if unit & 0xF800 == 0xD800 {
                let Some(low) = window.get(read + 1) else { break };
                if unit >= 0xDC00 || low & 0xFC00 != 0xDC00 {
                    at = Progress { read: at.read + read, written: at.written + written };
                    break 'blocks;
                }
                *room = pair(unit, *low);
                (read, written) = (read + 2, written + 4);
                continue;
            }
            let (second, third) = (unit >= 0x80, unit >= 0x800);
            let two = 0x80C0 | unit >> 6 | (unit & 0x3F) << 8;
            let three = 0x80_80E0 | unit >> 12 | (unit << 2 & 0x3F00) | (unit & 0x3F) << 16;
            let bytes = if second { two } else { unit };
            *room = (if third { three } else { bytes }).to_le_bytes();
            (read, written) = (read + 1, written + 1 + usize::from(second) + usize::from(third));
        }
        at = Progress { read: at.read + read, written: at.written + written };
    }
    at
}

fn continuation(value: u32) -> u8 {
    0x80 | (value & 0x3F) as u8
}

/// The four bytes of a pair of surrogates.
fn pair(high: u32, low: u16) -> [u8; 4] {
    let value = 0x1_0000 + ((high & 0x3FF) << 10 | u32::from(low & 0x3FF));
    [0xF0 | (value >> 18) as u8, continuation(value >> 12), continuation(value >> 6), continuation(value)]
}

/// Transcodes characters of `bytes`, which are UTF-8 and have one beginning at `at.read`, until `until` is
/// reached or passed or the next one does not fit.
pub(super) fn to_utf16(bytes: &[u8], out: &mut [u16], mut at: Progress, until: usize) -> Progress {
    while at.read < until.min(bytes.len()) {
        let rest = &bytes[at.read..];
        let room = out.get_mut(at.written..).unwrap_or_default();
        let lead = rest[0];
        let low = |index: usize| u32::from(rest.get(index).copied().unwrap_or_default() & 0x3F);
        if lead < 0xF0 {
            let Some(unit) = room.first_mut() else { break };
            let (value, length) = match lead {
                ..0x80 => (u32::from(lead), 1),
                0x80..0xE0 => (u32::from(lead & 0x1F) << 6 | low(1), 2),
                _ => (u32::from(lead & 0x0F) << 12 | low(1) << 6 | low(2), 3),
            };
            *unit = value as u16;
            at = Progress { read: at.read + length, written: at.written + 1 };
        } else {
            let Some(pair) = room.first_chunk_mut::<2>() else { break };
            let value = u32::from(lead & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3);
            *pair = [0xD7C0u16.wrapping_add((value >> 10) as u16), 0xDC00 | (value & 0x3FF) as u16];
            at = Progress { read: at.read + 4, written: at.written + 2 };
        }
    }
    at
}

/// Transcodes characters of `units` from `at.read` on, until `until` is reached or passed or one cannot be
/// written; a lone surrogate is not consumed.
pub(super) fn to_utf8(units: &[u16], out: &mut [u8], mut at: Progress, until: usize) -> (Progress, Stop) {
    while at.read < until.min(units.len()) {
        let rest = &units[at.read..];
        let room = out.get_mut(at.written..).unwrap_or_default();
        let unit = u32::from(rest[0]);
        if unit < 0x80 {
            let Some(byte) = room.first_mut() else { return (at, Stop::Full) };
            *byte = unit as u8;
            at = Progress { read: at.read + 1, written: at.written + 1 };
        } else if unit < 0x800 {
            let Some(bytes) = room.first_chunk_mut::<2>() else { return (at, Stop::Full) };
            *bytes = [0xC0 | (unit >> 6) as u8, continuation(unit)];
            at = Progress { read: at.read + 1, written: at.written + 2 };
        } else if unit & 0xF800 != 0xD800 {
            let Some(bytes) = room.first_chunk_mut::<3>() else { return (at, Stop::Full) };
            *bytes = [0xE0 | (unit >> 12) as u8, continuation(unit >> 6), continuation(unit)];
            at = Progress { read: at.read + 1, written: at.written + 3 };
        } else {
            let low = match rest.get(1) {
                Some(low) if unit < 0xDC00 && low & 0xFC00 == 0xDC00 => *low,
                _ => return (at, Stop::LoneSurrogate),
            };
            let Some(bytes) = room.first_chunk_mut::<4>() else { return (at, Stop::Full) };
            *bytes = pair(unit, low);
            at = Progress { read: at.read + 2, written: at.written + 4 };
        }
    }
    (at, Stop::Reached)
}
