//! Every path against the standard library: alignments, block edges, exact buffers and lone surrogates.

use proptest::prelude::*;

use super::lossy::{decode_lossy_on, encode_lossy_on};
use super::*;

const POISON_UNIT: u16 = 0xA5A5;
const POISON_BYTE: u8 = 0xA5;

/// Encodes at every path into a buffer of exactly the right length, one that is too short and a larger one.
fn check_encode(text: &str) {
    let expected: Vec<u16> = text.encode_utf16().collect();
    let needed = expected.len();
    for path in Path::available() {
        for extra in [0, 1, 40, 200] {
            let mut units = vec![POISON_UNIT; needed + extra];
            assert_eq!(encode_on(path, text, &mut units), Ok(needed), "{path:?} {extra}");
            assert!(units[..needed] == expected, "{path:?} {extra} {text:?}");
        }
        for missing in [1, 2, 33].into_iter().filter(|missing| *missing <= needed) {
            let mut units = vec![POISON_UNIT; needed - missing];
            let refused = encode_on(path, text, &mut units);
            assert_eq!(refused, Err(BufferTooSmall { needed: needed as u64 }), "{path:?}");
        }
        assert_eq!(encode_lossy_on(path, text.as_bytes(), &mut vec![0; needed]), Ok(needed), "{path:?}");
    }
}

/// Decodes at every path, strictly and lossily, into exact, short and larger buffers.
fn check_decode(units: &[u16]) {
    let lossy = String::from_utf16_lossy(units);
    let needed = lossy.len();
    let mut index = 0;
    let lone = char::decode_utf16(units.iter().copied()).find_map(|unit| match unit {
        Ok(character) => {
            index += character.len_utf16() as u64;
            None
        }
        Err(_) => Some(LoneSurrogate { index }),
    });
    assert_eq!(decode(units), lone.map_or_else(|| Ok(lossy.clone()), Err));
    for path in Path::available() {
        for extra in [0, 1, 64, 200] {
            let mut bytes = vec![POISON_BYTE; needed + extra];
            let strict = decode_on(path, units, &mut bytes);
            assert_eq!(
                strict,
                lone.map_or(Ok(needed), |lone| Err(lone.into())),
                "{path:?} {extra} {units:x?}"
            );
            if lone.is_none() {
                assert!(&bytes[..needed] == lossy.as_bytes(), "{path:?} {extra} {units:x?}");
            }
            let mut bytes = vec![POISON_BYTE; needed + extra];
            assert_eq!(decode_lossy_on(path, units, &mut bytes), Ok(needed), "{path:?} {extra} {units:x?}");
            assert!(&bytes[..needed] == lossy.as_bytes(), "{path:?} {extra} {units:x?}");
        }
        for missing in [1, 3, 50].into_iter().filter(|missing| *missing <= needed) {
            let mut bytes = vec![POISON_BYTE; needed - missing];
            let too_small = BufferTooSmall { needed: needed as u64 };
            assert_eq!(decode_lossy_on(path, units, &mut bytes), Err(too_small), "{path:?}");
            if lone.is_none() {
                assert_eq!(decode_on(path, units, &mut bytes), Err(too_small.into()), "{path:?}");
            }
        }
    }
}

fn check_text(text: &str) {
    check_encode(text);
    check_decode(&text.encode_utf16().collect::<Vec<_>>());
}

fn check_bytes(bytes: &[u8]) {
    let expected: Vec<u16> = String::from_utf8_lossy(bytes).encode_utf16().collect();
    for path in Path::available() {
        for extra in [0, 1, 70] {
            let mut units = vec![POISON_UNIT; expected.len() + extra];
            assert_eq!(encode_lossy_on(path, bytes, &mut units), Ok(expected.len()), "{path:?} {bytes:x?}");
            assert!(units[..expected.len()] == expected, "{path:?} {bytes:x?}");
        }
        if let Some(short) = expected.len().checked_sub(1) {
            let refused = encode_lossy_on(path, bytes, &mut vec![0; short]);
            assert_eq!(refused, Err(BufferTooSmall { needed: expected.len() as u64 }), "{path:?}");
        }
    }
}

/// Characters at both ends of every length, with bits set that a wrong shift would move.
const EDGES: [char; 16] = [
    '\0',
    'a',
    '\u{7F}',
    '\u{80}',
    'é',
    '\u{7FF}',
    '\u{800}',
    '\u{FFF}',
    '世',
    '\u{D7FF}',
    '\u{E000}',
    '\u{FFFD}',
    '\u{FFFF}',
    '\u{10000}',
    '😀',
    '\u{10FFFF}',
];

#[test]
fn every_character_survives_every_path() {
    // Neighbours differ in length, so each is transcoded in mixed company as well as among its like.
    let all: Vec<char> = (0..0x11_0000).filter_map(char::from_u32).collect();
    let alike: String = all.iter().collect();
    let step = if cfg!(miri) { 4096 } else { 1 };
    let mixed: String = all
        .iter()
        .step_by(step)
        .enumerate()
        .flat_map(|(index, character)| [*character, EDGES[index % EDGES.len()]])
        .collect();
    for text in [alike, mixed] {
        let expected: Vec<u16> = text.encode_utf16().collect();
        for path in Path::available() {
            let mut units = vec![0; expected.len()];
            assert_eq!(encode_on(path, &text, &mut units), Ok(expected.len()));
            assert!(units == expected, "{path:?}");
            let mut bytes = vec![0; text.len()];
            assert_eq!(decode_on(path, &units, &mut bytes), Ok(text.len()));
            assert!(bytes == text.as_bytes(), "{path:?}");
        }
    }
}

#[test]
fn every_length_of_every_kind_of_text_fits_its_exact_buffer() {
    for character in ['a', 'ж', '世', '😀'] {
        for length in 0..=300 / character.len_utf8() {
            check_text(&character.to_string().repeat(length));
        }
    }
}

#[test]
fn a_character_of_another_length_may_stand_at_any_place_of_a_block() {
    for filler in ['a', 'ж', '世', '😀'] {
        for stranger in EDGES {
            for place in 0..70 {
                let filler = filler.to_string();
                check_text(&format!("{}{stranger}{}", filler.repeat(place), filler.repeat(70)));
            }
        }
    }
}

#[test]
fn all_64_alignments_give_the_same_answer() {
    let text: String = EDGES.iter().cycle().take(300).collect();
    let expected: Vec<u16> = text.encode_utf16().collect();
    for path in Path::available() {
        for alignment in 0..64 {
            let shifted = [" ".repeat(alignment), text.clone()].concat();
            let mut units = vec![0; expected.len() + alignment];
            assert_eq!(encode_on(path, &shifted[alignment..], &mut units[alignment..]), Ok(expected.len()));
            assert!(units[alignment..] == expected, "{path:?} {alignment}");
            let mut bytes = vec![0; text.len() + alignment];
            assert_eq!(decode_on(path, &units[alignment..], &mut bytes[alignment..]), Ok(text.len()));
            assert!(&bytes[alignment..] == text.as_bytes(), "{path:?} {alignment}");
        }
    }
}

#[test]
fn a_lone_surrogate_is_named_by_its_index() {
    assert_eq!(decode(&[0x61, 0xD83D, 0xDE00, 0xDC00]), Err(LoneSurrogate { index: 3 }));
    assert_eq!(decode(&[0xD83D, 0x61]), Err(LoneSurrogate { index: 0 }));
    assert_eq!(decode(&[0x61, 0xD83D]), Err(LoneSurrogate { index: 1 }));
    assert_eq!(decode(&[0xD83D, 0xD83D, 0xDE00]), Err(LoneSurrogate { index: 0 }));
    assert_eq!(decode(&[]), Ok(String::new()));
}

#[test]
fn a_lone_surrogate_is_found_at_any_place_of_a_block() {
    for filler in ["a", "ж", "世", "😀"] {
        for lone in [0xD800, 0xDBFF, 0xDC00, 0xDFFF] {
            for place in 0..70 {
                let mut units: Vec<u16> = filler.repeat(place).encode_utf16().collect();
                units.push(lone);
                let alone = units.clone();
                units.extend(filler.repeat(70).encode_utf16());
                check_decode(&alone);
                check_decode(&units);
            }
        }
    }
    for surrogates in [vec![0xD800; 100], vec![0xDC00; 100], [0xDC00, 0xD800].repeat(50)] {
        check_decode(&surrogates);
    }
}

#[test]
fn a_buffer_that_is_full_before_the_lone_surrogate_is_reported_first() {
    let units = [&[0x61; 10][..], &[0xD800]].concat();
    let too_small = BufferTooSmall { needed: 13 };
    assert_eq!(decode_into(&units, &mut [0; 9]), Err(too_small.into()));
    assert_eq!(decode_into(&units, &mut [0; 10]), Err(LoneSurrogate { index: 10 }.into()));
}

#[test]
fn broken_bytes_become_replacement_characters_as_in_the_standard_library() {
    for filler in ["", "a", "ж", "世", "😀"] {
        for broken in
            [&b"\x80"[..], b"\xC3", b"\xE4\xB8", b"\xF0\x9F\x98", b"\xED\xA0\x80", b"\xFF\xFF", b"\xC0\x80"]
        {
            for place in [0, 1, 15, 63, 64, 65, 8_191, 16_383, 16_384, 16_385] {
                let text = filler.repeat(place);
                check_bytes(&[text.as_bytes(), broken].concat());
                check_bytes(&[text.as_bytes(), broken, text.as_bytes(), broken, b"z"].concat());
            }
        }
    }
}

/// Text of runs, so that blocks of one kind and every change between kinds occur.
fn runs() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => prop::sample::select(&EDGES[..]),
        4 => prop::char::range(' ', '~'),
        2 => prop::char::range('\u{80}', '\u{7FF}'),
        2 => prop::char::range('\u{800}', '\u{FFFF}'),
        1 => prop::char::range('\u{10000}', '\u{10FFFF}'),
    ];
    prop::collection::vec((character, 1usize..40), 0..12).prop_map(|runs| {
        runs.into_iter().flat_map(|(character, length)| std::iter::repeat_n(character, length)).collect()
    })
}

proptest! {
    #[test]
    fn text_survives_the_way_through_utf16(text in prop_oneof![any::<String>(), runs()]) {
        let units: Vec<u16> = text.encode_utf16().collect();
        prop_assert_eq!(len(&text), units.len() as u64);
        prop_assert_eq!(utf8_len(&units), text.len() as u64);
        check_text(&text);
    }

    #[test]
    fn decoding_agrees_with_the_standard_library(units in prop::collection::vec(prop_oneof![
        any::<u16>(), 0xD7FEu16..0xE002, Just(0xD83D), Just(0xDE00), 0x20u16..0x7F], 0..200)) {
        check_decode(&units);
    }

    #[test]
    fn pairs_with_one_fault_are_decoded_up_to_it(text in runs(), place in any::<prop::sample::Index>(), fault in 0xD800u16..0xE000) {
        let mut units: Vec<u16> = text.encode_utf16().collect();
        if !units.is_empty() {
            let place = place.index(units.len());
            units[place] = fault;
        }
        check_decode(&units);
    }

    #[test]
    fn lossy_encoding_agrees_with_the_standard_library(text in runs(), faults in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut bytes = text.into_bytes();
        for (place, fault) in faults {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = fault;
            }
        }
        check_bytes(&bytes);
    }

    #[test]
    fn any_bytes_are_encoded_lossily(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_bytes(&bytes);
    }
}
