//! Decoding into a string of its own.

#![allow(
    unsafe_code,
    reason = "turns bytes that were just validated into a string without a second, slow pass"
)]

use super::{DecodeError, LoneSurrogate, Path, count, decode_on};

/// The text that these units spell. Linear in the units; allocates the text exactly.
///
/// # Errors
/// [`LoneSurrogate`] names the first surrogate that has no partner.
pub fn decode(units: &[u16]) -> Result<String, LoneSurrogate> {
    let path = Path::current();
    let mut bytes = Vec::new();
    loop {
        bytes.resize(count::utf8_on(path, units) as usize, 0);
        match decode_on(path, units, &mut bytes) {
            Ok(written) => {
                bytes.truncate(written);
                return Ok(into_string(bytes));
            }
            Err(DecodeError::LoneSurrogate(lone)) => return Err(lone),
            // The length was counted over the same units.
            Err(DecodeError::BufferTooSmall(_)) => {}
        }
    }
}

fn into_string(bytes: Vec<u8>) -> String {
    match simdutf8::basic::from_utf8(&bytes) {
        // SAFETY: the bytes were found to be UTF-8 on the line above.
        Ok(_) => unsafe { String::from_utf8_unchecked(bytes) },
        Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}
