//! Validation against the standard library, whole and in two chunks cut anywhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_shared::text::utf8::{InvalidUtf8Kind, Validator, validate};

fuzz_target!(|input: (usize, &[u8])| {
    let (cut, bytes) = input;
    let expected = std::str::from_utf8(bytes);
    let found = validate(bytes);
    match (found, expected) {
        (Ok(text), Ok(expected)) => assert_eq!(text, expected),
        (Err(found), Err(expected)) => {
            assert_eq!(found.offset, expected.valid_up_to() as u64);
            assert_eq!(found.kind == InvalidUtf8Kind::Truncated, expected.error_len().is_none());
            let length = expected.error_len().unwrap_or(bytes.len() - expected.valid_up_to());
            assert_eq!(usize::from(found.length), length);
        }
        _ => panic!("one of the two accepts what the other refuses"),
    }
    let (first, second) = bytes.split_at(cut % (bytes.len() + 1));
    let mut validator = Validator::new();
    let chunked =
        validator.push(first).and_then(|()| validator.push(second)).and_then(|()| validator.finish());
    assert_eq!(chunked.err(), found.err());
});
