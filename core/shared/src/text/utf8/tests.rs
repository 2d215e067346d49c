//! Validation against the standard library: every short sequence of bytes that a rule tells apart.

use proptest::prelude::*;

use super::*;

/// The bytes on both sides of each limit that UTF-8 knows.
const INTERESTING: [u8; 34] = [
    0x00, 0x0A, 0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBE, 0xBF, 0xC0, 0xC1, 0xC2, 0xC3, 0xDF,
    0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFB, 0xFC, 0xFE, 0xFF,
];

fn check(bytes: &[u8]) -> Option<InvalidUtf8> {
    let expected = std::str::from_utf8(bytes);
    let found = validate(bytes);
    match (found, expected) {
        (Ok(text), Ok(expected)) => assert_eq!(text, expected),
        (Err(found), Err(expected)) => {
            assert_eq!(found.offset, expected.valid_up_to() as u64, "{bytes:x?}");
            assert_eq!(
                found.kind == InvalidUtf8Kind::Truncated,
                expected.error_len().is_none(),
                "{bytes:x?}"
            );
            let length = expected.error_len().unwrap_or(bytes.len() - expected.valid_up_to());
            assert_eq!(usize::from(found.length), length, "{bytes:x?}");
        }
        (found, expected) => panic!("{found:?} {expected:?} {bytes:x?}"),
    }
    found.err()
}

fn check_in_chunks(bytes: &[u8], cuts: &[usize]) {
    let mut validator = Validator::new();
    let mut start = 0;
    let mut result = Ok(());
    for cut in cuts.iter().copied().chain([bytes.len()]) {
        result = result.and(validator.push(&bytes[start..cut]));
        start = cut;
    }
    if result.is_err() {
        assert_eq!(validator.push(b""), result, "an error is repeated");
    }
    assert_eq!(result.and(validator.finish()).err(), validate(bytes).err(), "{bytes:x?} {cuts:?}");
}

#[test]
fn every_sequence_of_interesting_bytes_is_judged_as_by_the_standard_library() {
    for a in INTERESTING {
        check(&[a]);
        for b in INTERESTING {
            check(&[a, b]);
            for c in INTERESTING {
                check(&[a, b, c]);
                check_in_chunks(&[a, b, c], &[1]);
                check_in_chunks(&[a, b, c], &[1, 2]);
            }
        }
    }
}

#[test]
fn every_sequence_of_four_interesting_bytes_is_judged_as_by_the_standard_library() {
    // The first byte decides how the rest is read, so ASCII there would only repeat shorter sequences.
    for a in INTERESTING.into_iter().filter(|byte| *byte >= 0xC0) {
        for b in INTERESTING {
            for c in INTERESTING {
                for d in INTERESTING {
                    check(&[a, b, c, d]);
                }
            }
        }
    }
}

#[test]
fn each_kind_of_error_is_told_apart() {
    use InvalidUtf8Kind::*;
    for (bytes, kind, length) in [
        (&b"\x80"[..], UnexpectedContinuation, 1),
        (b"\xBFa", UnexpectedContinuation, 1),
        (b"\xC0\x80", Overlong, 1),
        (b"\xC1", Overlong, 1),
        (b"\xE0\x9F\xBF", Overlong, 1),
        (b"\xF0\x8F\xBF\xBF", Overlong, 1),
        (b"\xED\xA0\x80", Surrogate, 1),
        (b"\xED\xBF\xBF", Surrogate, 1),
        (b"\xF4\x90\x80\x80", TooLarge, 1),
        (b"\xF5\x80\x80\x80", TooLarge, 1),
        (b"\xF7", TooLarge, 1),
        (b"\xF8\x80", InvalidByte, 1),
        (b"\xFF", InvalidByte, 1),
        (b"\xC3a", MissingContinuation, 1),
        (b"\xE4\xB8a", MissingContinuation, 2),
        (b"\xF0\x9F\x98\xFF", MissingContinuation, 3),
        (b"\xC3", Truncated, 1),
        (b"\xE4\xB8", Truncated, 2),
        (b"\xF0\x9F\x98", Truncated, 3),
    ] {
        for before in [0, 1, 63, 64, 127, 1000] {
            let text = [&vec![b'x'; before], bytes].concat();
            assert_eq!(check(&text), Some(InvalidUtf8 { offset: before as u64, length, kind }), "{bytes:x?}");
        }
    }
}

#[test]
fn an_error_is_found_at_every_alignment_and_length() {
    for filler in ["a", "é", "世", "😀"] {
        let text = filler.repeat(300 / filler.len());
        for start in 0..64 {
            let aligned = [&vec![b' '; start], text.as_bytes()].concat();
            check(&aligned[start..]);
        }
        for broken in 0..text.len() {
            for byte in [0x80, 0xFF, 0xED, b'a'] {
                let mut bytes = text.clone().into_bytes();
                bytes[broken] = byte;
                check(&bytes);
                check(&bytes[..broken]);
            }
        }
    }
}

#[test]
fn characters_may_be_cut_by_chunks_anywhere() {
    let text = "aé世😀\u{10FFFF}\0".repeat(8);
    for first in 0..=text.len() {
        for second in first..=text.len().min(first + 5) {
            check_in_chunks(text.as_bytes(), &[first, second]);
        }
        check_in_chunks(&text.as_bytes()[..first], &[first / 2]);
    }
    check_in_chunks(text.as_bytes(), &(0..text.len()).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn any_bytes_are_judged_as_by_the_standard_library(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(prop::sample::select(&INTERESTING[..]), 0..200),
        ],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        check(&bytes);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        check_in_chunks(&bytes, &cuts);
    }

    #[test]
    fn text_with_faults_is_judged_as_by_the_standard_library(
        text in any::<String>(),
        faults in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = text.into_bytes();
        for (place, fault) in faults {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = fault;
            }
        }
        check(&bytes);
        check_in_chunks(&bytes, &[cut.index(bytes.len() + 1)]);
    }
}
