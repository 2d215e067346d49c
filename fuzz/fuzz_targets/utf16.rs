//! Transcoding on every path against the standard library: any bytes and any units, exact and short buffers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_shared::text::dispatch::{self, Path};
use writemagic_shared::text::utf16;

fn check_bytes(bytes: &[u8]) {
    let lossy = String::from_utf8_lossy(bytes);
    let expected: Vec<u16> = lossy.encode_utf16().collect();
    let needed = expected.len();
    assert_eq!(utf16::len(&lossy), needed as u64);
    let mut units = vec![0; needed];
    assert_eq!(utf16::encode_lossy_into(bytes, &mut units), Ok(needed));
    assert_eq!(units, expected);
    units.fill(0);
    assert_eq!(utf16::encode_into(&lossy, &mut units), Ok(needed));
    assert_eq!(units, expected);
    if let Some(short) = units.get_mut(1..) {
        let too_small = utf16::BufferTooSmall { needed: needed as u64 };
        assert_eq!(utf16::encode_into(&lossy, short), Err(too_small));
        assert_eq!(utf16::encode_lossy_into(bytes, short), Err(too_small));
    }
}

fn check_units(units: &[u16]) {
    let lossy = String::from_utf16_lossy(units);
    let needed = lossy.len();
    assert_eq!(utf16::utf8_len(units), needed as u64);
    let mut bytes = vec![0; needed];
    assert_eq!(utf16::decode_lossy_into(units, &mut bytes), Ok(needed));
    assert_eq!(bytes, lossy.as_bytes());
    match String::from_utf16(units) {
        Ok(text) => {
            bytes.fill(0);
            assert_eq!(utf16::decode_into(units, &mut bytes), Ok(needed));
            assert_eq!(bytes, text.as_bytes());
            assert_eq!(utf16::decode(units), Ok(text));
        }
        Err(_) => {
            let lone = utf16::decode(units).unwrap_err();
            assert!(String::from_utf16(&units[..lone.index as usize]).is_ok());
            assert_eq!(utf16::decode_into(units, &mut bytes), Err(lone.into()));
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let units: Vec<u16> = input.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let spelled: Vec<u16> = String::from_utf8_lossy(input).encode_utf16().collect();
    for path in Path::available() {
        dispatch::force(Some(path)).unwrap();
        check_bytes(input);
        check_units(&units);
        check_units(&spelled);
    }
});
