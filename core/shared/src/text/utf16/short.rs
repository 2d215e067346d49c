//! Transcoding what is too short for a kernel, or too close to the end of a buffer: copied to where there is
//! room for whole blocks, with NULs behind it, which take one unit and one byte.

use super::{BEFORE, Kernel, Progress};

/// The most bytes that are copied together.
pub(super) const BYTES: usize = 128;
/// The most units that are copied together.
const UNITS: usize = 64;
/// What is not worth copying, in bytes or units.
const FEW: usize = 8;
/// The most that a kernel looks at from where it begins, in bytes and in units.
const WINDOW: usize = 68;
/// The most room that a kernel asks for, in units and in bytes.
const ROOM: usize = 192;

/// Transcodes the rest of `text` while there is more than a few bytes of it and room for the units.
pub(super) fn to_utf16(kernel: Kernel, text: &str, units: &mut [u16], mut at: Progress) -> Progress {
    loop {
        let length = text.floor_char_boundary(at.read + BYTES) - at.read.min(text.len());
        let (Some(rest), true) = (text.as_bytes().get(at.read..at.read + length), length > FEW) else {
            return at;
        };
        let (mut input, mut output) = ([0; BEFORE + BYTES + WINDOW], [0; BYTES + WINDOW + ROOM]);
        input[BEFORE..BEFORE + length].copy_from_slice(rest);
        let input = &input[..BEFORE + length + WINDOW];
        let done = kernel.to_utf16(input, &mut output, Progress { read: BEFORE, written: 0 });
        let Some(nuls) = done.read.checked_sub(BEFORE + length) else { return at };
        let written = done.written - nuls;
        let Some(room) = units.get_mut(at.written..at.written + written) else { return at };
        room.copy_from_slice(&output[..written]);
        at = Progress { read: at.read + length, written: at.written + written };
    }
}

/// Transcodes the rest of `units` while there is more than a few of it, room for the bytes, and no lone
/// surrogate.
pub(super) fn to_utf8(kernel: Kernel, units: &[u16], bytes: &mut [u8], mut at: Progress) -> Progress {
    loop {
        let rest = units.get(at.read..).unwrap_or_default();
        let mut length = rest.len().min(UNITS);
        // Never between the halves of a pair.
        length -= usize::from(length < rest.len() && rest[length - 1] & 0xFC00 == 0xD800);
        if length <= FEW {
            return at;
        }
        let (mut input, mut output) = ([0; UNITS + WINDOW], [0; 3 * (UNITS + WINDOW) + ROOM]);
        input[..length].copy_from_slice(&rest[..length]);
        let input = &input[..length + WINDOW];
        let done = kernel.to_utf8(input, &mut output, Progress::default());
        let Some(nuls) = done.read.checked_sub(length) else { return at };
        let written = done.written - nuls;
        let Some(room) = bytes.get_mut(at.written..at.written + written) else { return at };
        room.copy_from_slice(&output[..written]);
        at = Progress { read: at.read + length, written: at.written + written };
    }
}
