//! UTF-16, the unit in which applications count offsets: lengths, and strict decoding.

use thiserror::Error;

/// How many UTF-16 units `text` takes. Linear in the text.
pub fn len(text: &str) -> u64 {
    // A character takes one unit for its first byte and a second one if it has four bytes.
    text.bytes().map(|byte| u64::from(byte & 0xC0 != 0x80) + u64::from(byte >= 0xF0)).sum()
}

/// The text that these units spell.
///
/// # Errors
/// [`LoneSurrogate`] names the first surrogate that has no partner.
pub fn decode(units: &[u16]) -> Result<String, LoneSurrogate> {
    let mut text = String::with_capacity(units.len());
    let mut index = 0;
    for unit in char::decode_utf16(units.iter().copied()) {
        let character = unit.map_err(|_| LoneSurrogate { index })?;
        text.push(character);
        index += character.len_utf16() as u64;
    }
    Ok(text)
}

/// A surrogate without its partner: the units are not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("lone surrogate at UTF-16 unit {index}")]
pub struct LoneSurrogate {
    /// Its index in the given units.
    pub index: u64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_lone_surrogate_is_named_by_its_index() {
        assert_eq!(decode(&[0x61, 0xD83D, 0xDE00, 0xDC00]), Err(LoneSurrogate { index: 3 }));
        assert_eq!(decode(&[0xD83D, 0x61]), Err(LoneSurrogate { index: 0 }));
        assert_eq!(decode(&[0x61, 0xD83D]), Err(LoneSurrogate { index: 1 }));
        assert_eq!(decode(&[0xD83D, 0xD83D, 0xDE00]), Err(LoneSurrogate { index: 0 }));
        assert_eq!(decode(&[]), Ok(String::new()));
    }

    proptest! {
        #[test]
        fn text_survives_the_way_through_utf16(text in any::<String>()) {
            let units: Vec<u16> = text.encode_utf16().collect();
            prop_assert_eq!(len(&text), units.len() as u64);
            prop_assert_eq!(decode(&units), Ok(text));
        }

        #[test]
        fn decoding_agrees_with_the_standard_library(units in proptest::collection::vec(
            prop_oneof![any::<u16>(), 0xD7FEu16..0xE002], 0..40)) {
            prop_assert_eq!(decode(&units).ok(), String::from_utf16(&units).ok());
        }
    }
}
