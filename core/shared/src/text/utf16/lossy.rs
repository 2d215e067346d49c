//! Transcoding that never refuses: what is not text becomes U+FFFD, as the standard library does it.

use super::scalar::{self, Stop};
use super::{BufferTooSmall, Path, Progress, count, decode_from, encode_prefix};

/// Validated together while nothing is wrong: transcoded while still in the fastest cache.
const PIECE: usize = 16 << 10;
/// Validated together after an error: garbage has another one soon.
const PIECE_AFTER_ERROR: usize = 64;
/// Units done one by one after a lone surrogate, for the same reason.
const UNITS_AFTER_ERROR: usize = 32;
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;
/// U+FFFD in UTF-8.
const REPLACEMENT_BYTES: [u8; 3] = [0xEF, 0xBF, 0xBD];

/// Writes `bytes` as UTF-16 into `units`, with U+FFFD where they are not UTF-8 (one for each maximal
/// broken part, as `String::from_utf8_lossy` does it), and returns how many units that took. Linear in the
/// bytes.
///
/// # Errors
/// [`BufferTooSmall`] when `units` cannot hold the result; as many units as there are bytes always can.
pub fn encode_lossy_into(bytes: &[u8], units: &mut [u16]) -> Result<usize, BufferTooSmall> {
    encode_lossy_on(Path::current(), bytes, units)
}

/// Writes the text that `units` spell as UTF-8 into `bytes`, with U+FFFD for each lone surrogate, and
/// returns how many bytes that took. Linear in the units.
///
/// # Errors
/// [`BufferTooSmall`] when `bytes` is shorter than [`utf8_len`](super::utf8_len) of the units.
pub fn decode_lossy_into(units: &[u16], bytes: &mut [u8]) -> Result<usize, BufferTooSmall> {
    decode_lossy_on(Path::current(), units, bytes)
}

/// Hands over the parts of `bytes` that are text, in order, each with whether a broken part follows.
/// Stops when `part` returns `false`.
fn parts(bytes: &[u8], mut part: impl FnMut(&str, bool) -> bool) -> bool {
    let mut rest = bytes;
    let mut after_error = false;
    while !rest.is_empty() {
        let piece = &rest[..rest.len().min(if after_error { PIECE_AFTER_ERROR } else { PIECE })];
        let (valid, broken) = match validate(piece, after_error) {
            Ok(text) => (text, 0),
            Err((text, Some(broken))) => (text, broken),
            // The piece ends inside a character: with the next one, unless there is none.
            Err((text, None)) if piece.len() < rest.len() => (text, 0),
            Err((text, None)) => (text, piece.len() - text.len()),
        };
        if !part(valid, broken > 0) {
            return false;
        }
        after_error = broken > 0;
        rest = &rest[valid.len() + broken..];
    }
    true
}

/// The valid start of a piece and the length of what breaks it, `None` for a character cut off by the end.
fn validate(piece: &[u8], expect_error: bool) -> Result<&str, (&str, Option<usize>)> {
    let (valid, broken) = if expect_error {
        match std::str::from_utf8(piece) {
            Ok(text) => return Ok(text),
            Err(error) => (error.valid_up_to(), error.error_len()),
        }
    } else {
        match simdutf8::compat::from_utf8(piece) {
            Ok(text) => return Ok(text),
            Err(error) => (error.valid_up_to(), error.error_len()),
        }
    };
    Err((simdutf8::basic::from_utf8(&piece[..valid]).unwrap_or_default(), broken))
}

pub(crate) fn encode_lossy_on(path: Path, bytes: &[u8], units: &mut [u16]) -> Result<usize, BufferTooSmall> {
    let mut written = 0;
    let fits = parts(bytes, |text, broken| {
        let room = units.get_mut(written..).unwrap_or_default();
        let at = encode_prefix(path, text, room);
        written += at.written;
        if at.read < text.len() {
            return false;
        }
        if broken {
            let Some(unit) = units.get_mut(written) else { return false };
            *unit = REPLACEMENT as u16;
            written += 1;
        }
        true
    });
    if fits {
        return Ok(written);
    }
    let mut needed = 0;
    parts(bytes, |text, broken| {
        needed += count::utf16_on(path, text.as_bytes()) + u64::from(broken);
        true
    });
    Err(BufferTooSmall { needed })
}

pub(crate) fn decode_lossy_on(path: Path, units: &[u16], bytes: &mut [u8]) -> Result<usize, BufferTooSmall> {
    let mut at = Progress::default();
    let mut careful_until = 0;
    loop {
        let stop;
        (at, stop) = if at.read < careful_until {
            scalar::to_utf8(units, bytes, at, careful_until)
        } else {
            decode_from(path, units, bytes, at)
        };
        match stop {
            Stop::Reached if at.read < units.len() => {}
            Stop::Reached => return Ok(at.written),
            Stop::LoneSurrogate
                if let Some(room) = bytes.get_mut(at.written..).and_then(<[u8]>::first_chunk_mut::<3>) =>
            {
                *room = REPLACEMENT_BYTES;
                at = Progress { read: at.read + 1, written: at.written + 3 };
                careful_until = at.read + UNITS_AFTER_ERROR;
            }
            Stop::LoneSurrogate | Stop::Full => {
                return Err(BufferTooSmall { needed: count::utf8_on(path, units) });
            }
        }
    }
}
