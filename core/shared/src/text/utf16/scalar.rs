//! Transcoding one character after the other, ASCII eight at a time: the twin of the vector kernels, and
//! what does their first and last characters. Safe code; never panics whatever the bytes are.

use super::Progress;

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

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Transcodes characters of `bytes`, which are UTF-8 and have one beginning at `at.read`, until `until` is
/// reached or passed or the next one does not fit.
pub(super) fn to_utf16(bytes: &[u8], out: &mut [u16], mut at: Progress, until: usize) -> Progress {
    while at.read < until.min(bytes.len()) {
        let rest = &bytes[at.read..];
        let room = out.get_mut(at.written..).unwrap_or_default();
        let lead = rest[0];
        if lead < 0x80 {
            if let (Some(run), Some(room)) = (rest.first_chunk::<8>(), room.first_chunk_mut::<8>())
                && u64::from_ne_bytes(*run) & HIGH_BITS == 0
            {
                for (unit, byte) in room.iter_mut().zip(run) {
                    *unit = u16::from(*byte);
                }
                at = Progress { read: at.read + 8, written: at.written + 8 };
                continue;
            }
            let Some(unit) = room.first_mut() else { break };
            *unit = u16::from(lead);
            at = Progress { read: at.read + 1, written: at.written + 1 };
            continue;
        }
        let low = |index: usize| u32::from(rest.get(index).copied().unwrap_or_default() & 0x3F);
        if lead < 0xF0 {
            let Some(unit) = room.first_mut() else { break };
            let (value, length) = if lead < 0xE0 {
                (u32::from(lead & 0x1F) << 6 | low(1), 2)
            } else {
                (u32::from(lead & 0x0F) << 12 | low(1) << 6 | low(2), 3)
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
        let unit = rest[0];
        if unit < 0x80 {
            if let (Some(run), Some(room)) = (rest.first_chunk::<8>(), room.first_chunk_mut::<8>())
                && run.iter().fold(0, |all, unit| all | unit) < 0x80
            {
                for (byte, unit) in room.iter_mut().zip(run) {
                    *byte = *unit as u8;
                }
                at = Progress { read: at.read + 8, written: at.written + 8 };
                continue;
            }
            let Some(byte) = room.first_mut() else { return (at, Stop::Full) };
            *byte = unit as u8;
            at = Progress { read: at.read + 1, written: at.written + 1 };
            continue;
        }
        let continuation = |value: u32| 0x80 | (value & 0x3F) as u8;
        let value = u32::from(unit);
        if unit < 0x800 {
            let Some(bytes) = room.first_chunk_mut::<2>() else { return (at, Stop::Full) };
            *bytes = [0xC0 | (value >> 6) as u8, continuation(value)];
            at = Progress { read: at.read + 1, written: at.written + 2 };
        } else if unit & 0xF800 != 0xD800 {
            let Some(bytes) = room.first_chunk_mut::<3>() else { return (at, Stop::Full) };
            *bytes = [0xE0 | (value >> 12) as u8, continuation(value >> 6), continuation(value)];
            at = Progress { read: at.read + 1, written: at.written + 3 };
        } else {
            let low = match rest.get(1) {
                Some(low) if unit < 0xDC00 && low & 0xFC00 == 0xDC00 => *low,
                _ => return (at, Stop::LoneSurrogate),
            };
            let Some(bytes) = room.first_chunk_mut::<4>() else { return (at, Stop::Full) };
            let value = 0x1_0000 + ((value & 0x3FF) << 10 | u32::from(low & 0x3FF));
            *bytes = [
                0xF0 | (value >> 18) as u8,
                continuation(value >> 12),
                continuation(value >> 6),
                continuation(value),
            ];
            at = Progress { read: at.read + 2, written: at.written + 4 };
        }
    }
    (at, Stop::Reached)
}
