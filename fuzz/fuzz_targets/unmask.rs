//! Answers that name placeholders, or nearly, in pieces cut anywhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_ai::privacy::{Mask, MaskCounts, PLACEHOLDER_BYTES};

const PIECES: [&str; 16] =
    ["[", "]", "NAME", "name", "1", "2", "0", " ", "-", "_", "\u{A0}", "EMA", "IL", "é", "[NAME1]", "x"];

fuzz_target!(|input: (bool, u8, &[u8])| {
    let (plain, chunk, bytes) = input;
    let answer = match std::str::from_utf8(bytes) {
        Ok(text) if plain => text.to_owned(),
        _ => bytes.iter().map(|pick| PIECES[usize::from(*pick) % PIECES.len()]).collect(),
    };
    let mut masking = Mask::new(["Ana"]).unwrap().begin();
    masking.mask("Ana, ANA <ana@b.org>", &mut MaskCounts::default()).unwrap();
    let mut unmasking = masking.unmasking();
    let mut whole = String::new();
    unmasking.push(&answer, &mut whole);
    unmasking.finish(&mut whole);
    let mut pieces = String::new();
    let mut rest = answer.as_str();
    while !rest.is_empty() {
        let cut = rest.ceil_char_boundary(usize::from(chunk) % 9 + 1);
        unmasking.push(&rest[..cut], &mut pieces);
        assert!(unmasking.held_bytes() < PLACEHOLDER_BYTES);
        rest = &rest[cut..];
    }
    unmasking.finish(&mut pieces);
    assert_eq!(pieces, whole);
    if !answer.contains(']') {
        assert_eq!(whole, answer);
    }
});
