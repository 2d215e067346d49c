//! Decoding into a string of its own.

#![allow(
    unsafe_code,
    reason = "turns bytes that were just validated into a string without a second, slow pass"
)]

use super::scalar::Stop;
use super::{LoneSurrogate, Path, Progress, count, decode_from};

/// The text that these units spell. Linear in the units; allocates the text exactly.
///
/// # Errors
/// [`LoneSurrogate`] names the first surrogate that has no partner.
pub fn decode(units: &[u16]) -> Result<String, LoneSurrogate> {
    let path = Path::current();
    let mut bytes = vec![0; count::utf8_on(path, units) as usize];
    let (at, stop) = decode_from(path, units, &mut bytes, Progress::default());
    if stop == Stop::LoneSurrogate {
        return Err(LoneSurrogate { index: at.read as u64 });
    }
    bytes.truncate(at.written);
    Ok(into_string(bytes))
}

fn into_string(bytes: Vec<u8>) -> String {
    match simdutf8::basic::from_utf8(&bytes) {
        // SAFETY: the bytes were found to be UTF-8 on the line above.
        Ok(_) => unsafe { String::from_utf8_unchecked(bytes) },
        Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}
