//! UTF-16, the unit in which applications count offsets: lengths, and transcoding both ways.
//!
//! Buffers are the caller's, because they are the other side's: a JVM string region, a JavaScript buffer,
//! a pooled block. Every call does all of its input or fails; a buffer that is too small is an error that
//! says how much is needed, so that a caller may guess first (text of n bytes never takes more than n
//! units, n units never more than 3n bytes) or ask [`len`] and [`utf8_len`], which cost a fraction of the
//! transcoding. What an error leaves in the buffer has no meaning.
//!
//! The kernels are one module for each path and do whole blocks; `short` lengthens what is left to whole
//! blocks, and `scalar` does the few characters for which that does not pay.

use thiserror::Error;

use super::count;
use super::dispatch::Path;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod lossy;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
mod owned;
mod scalar;
mod short;
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), allow(dead_code))]
mod tables;
#[cfg(test)]
mod tests;

pub use lossy::{decode_lossy_into, encode_lossy_into};
pub use owned::decode;

/// How many UTF-16 units `text` takes. One pass at the speed of memory.
pub fn len(text: &str) -> u64 {
    count::utf16_on(Path::current(), text.as_bytes())
}

/// How many bytes of UTF-8 these units take, a lone surrogate as the three of U+FFFD that
/// [`decode_lossy_into`] writes for it. One pass at the speed of memory.
pub fn utf8_len(units: &[u16]) -> u64 {
    count::utf8_on(Path::current(), units)
}

/// Writes `text` as UTF-16 into `units` and returns how many units that took. Linear in the text.
///
/// For bytes that may not be UTF-8: [`utf8::validate`](super::utf8::validate) first, or
/// [`encode_lossy_into`].
///
/// # Errors
/// [`BufferTooSmall`] when `units` is shorter than [`len`] of the text.
pub fn encode_into(text: &str, units: &mut [u16]) -> Result<usize, BufferTooSmall> {
    encode_on(Path::current(), text, units)
}

/// Writes the text that `units` spell as UTF-8 into `bytes` and returns how many bytes that took. Linear
/// in the units.
///
/// # Errors
/// [`DecodeError::LoneSurrogate`] names the first surrogate without a partner, unless the buffer was full
/// before it: then [`DecodeError::BufferTooSmall`].
pub fn decode_into(units: &[u16], bytes: &mut [u8]) -> Result<usize, DecodeError> {
    decode_on(Path::current(), units, bytes)
}

/// A surrogate without its partner: the units are not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("lone surrogate at UTF-16 unit {index}")]
pub struct LoneSurrogate {
    /// Its index in the given units.
    pub index: u64,
}

/// The caller's buffer cannot hold the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the buffer is too small: {needed} elements are needed")]
pub struct BufferTooSmall {
    /// The length that the buffer must have, in its own elements: UTF-16 units or bytes.
    pub needed: u64,
}

/// Why units were not decoded into a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The units are not text.
    #[error(transparent)]
    LoneSurrogate(#[from] LoneSurrogate),
    /// The buffer cannot hold the text.
    #[error(transparent)]
    BufferTooSmall(#[from] BufferTooSmall),
}

/// How far a transcoding has come: elements read and elements written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    read: usize,
    written: usize,
}

/// How many bytes before a block the kernels look at: the rest of the longest character.
const BEFORE: usize = 3;

/// The kernel of a path.
#[derive(Clone, Copy)]
enum Kernel {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512),
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    Neon(neon::Neon),
}

impl Kernel {
    fn of(path: Path) -> Self {
        let kernel = match path {
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 | Path::Avx512Bw => avx2::Avx2::new().map(Kernel::Avx2),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => avx512::Avx512::new().map(Kernel::Avx512),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Path::Neon => neon::Neon::new().map(Kernel::Neon),
            _ => None,
        };
        kernel.unwrap_or(Kernel::Scalar)
    }

    /// Transcodes whole blocks from `at` on, where a character begins and at least [`BEFORE`] bytes lie
    /// before it, until too little is left of either slice. May end inside a character: whatever units end
    /// before `read` are written.
    fn to_utf16(self, bytes: &[u8], units: &mut [u16], at: Progress) -> Progress {
        match self {
            Kernel::Scalar => scalar::blocks_to_utf16(bytes, units, at),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(kernel) => kernel.to_utf16(bytes, units, at),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512(kernel) => kernel.to_utf16(bytes, units, at),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Kernel::Neon(kernel) => kernel.to_utf16(bytes, units, at),
        }
    }

    /// Transcodes whole blocks from `at` on, where a character begins, until too little is left of either
    /// slice or a block has a lone surrogate. Ends where a character begins.
    fn to_utf8(self, units: &[u16], bytes: &mut [u8], at: Progress) -> Progress {
        match self {
            Kernel::Scalar => scalar::blocks_to_utf8(units, bytes, at),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(kernel) => kernel.to_utf8(units, bytes, at),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512(kernel) => kernel.to_utf8(units, bytes, at),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Kernel::Neon(kernel) => kernel.to_utf8(units, bytes, at),
        }
    }
}

/// Transcodes as much of `text` as `units` can hold.
fn encode_prefix(path: Path, text: &str, units: &mut [u16]) -> Progress {
    let (kernel, bytes) = (Kernel::of(path), text.as_bytes());
    let mut at = Progress::default();
    if bytes.len() > short::BYTES {
        at = scalar::to_utf16(bytes, units, at, BEFORE);
        if at.read < BEFORE {
            return at;
        }
        at = kernel.to_utf16(bytes, units, at);
        // Back to where the character begins whose end was not reached.
        let continues = |index: usize| bytes.get(index).is_some_and(|byte| byte & 0xC0 == 0x80);
        let mut back = 0;
        while back < BEFORE && continues(at.read - back) {
            back += 1;
        }
        // Only a pair has written something before its last byte.
        at = Progress { read: at.read - back, written: at.written - usize::from(back == BEFORE) };
    }
    at = short::to_utf16(kernel, text, units, at);
    scalar::to_utf16(bytes, units, at, bytes.len())
}

/// Transcodes `units` from `start` on, where a character begins, as far as possible.
fn decode_from(path: Path, units: &[u16], bytes: &mut [u8], start: Progress) -> (Progress, scalar::Stop) {
    let kernel = Kernel::of(path);
    let at = kernel.to_utf8(units, bytes, start);
    let at = short::to_utf8(kernel, units, bytes, at);
    scalar::to_utf8(units, bytes, at, units.len())
}

pub(crate) fn encode_on(path: Path, text: &str, units: &mut [u16]) -> Result<usize, BufferTooSmall> {
    let at = encode_prefix(path, text, units);
    if at.read < text.len() {
        return Err(BufferTooSmall { needed: count::utf16_on(path, text.as_bytes()) });
    }
    Ok(at.written)
}

pub(crate) fn decode_on(path: Path, units: &[u16], bytes: &mut [u8]) -> Result<usize, DecodeError> {
    match decode_from(path, units, bytes, Progress::default()) {
        (at, scalar::Stop::Reached) => Ok(at.written),
        (at, scalar::Stop::LoneSurrogate) => Err(LoneSurrogate { index: at.read as u64 }.into()),
        (_, scalar::Stop::Full) => Err(BufferTooSmall { needed: count::utf8_on(path, units) }.into()),
    }
}
