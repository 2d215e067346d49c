//! Masking any text with any list: nothing of the list is left, and everything comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_ai::privacy::{Mask, MaskCounts, PLACEHOLDER_BYTES};
use writemagic_shared::text::find::{Options, Pattern};

#[path = "../../core/ai/src/privacy/mask/tests/pieces.rs"]
mod pieces;

/// Text of one piece a byte.
fn of_pieces(picks: &[u8]) -> String {
    let all: Vec<&str> = pieces::PIECES.split('|').collect();
    picks.iter().take(60).map(|pick| all[usize::from(*pick) % all.len()]).collect()
}

fuzz_target!(|input: (bool, Vec<&[u8]>, &[u8])| {
    let (plain, list, text) = input;
    let read = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) if plain => text.to_owned(),
        _ => of_pieces(bytes),
    };
    let list: Vec<String> = list.into_iter().take(4).map(read).collect();
    let text = read(text);
    let Ok(mask) = Mask::new(list.iter().map(String::as_str)) else { return };
    let mut masking = mask.begin();
    let Ok(masked) = masking.mask(&text, &mut MaskCounts::default()) else { return };
    let mut again = MaskCounts::default();
    mask.begin().mask(&masked, &mut again).unwrap();
    assert_eq!((again.phrases, again.emails, again.ibans, again.cards), (0, 0, 0, 0));
    for phrase in &list {
        let options = Options { whole_word: true, ..Options::default() };
        let Ok(pattern) = Pattern::new(phrase.trim(), options) else { continue };
        assert_eq!(pattern.matches(&masked).next(), None);
    }
    for (cut, _) in masked.char_indices().take(400) {
        let mut unmasking = masking.unmasking();
        let mut back = String::new();
        unmasking.push(&masked[..cut], &mut back);
        assert!(unmasking.held_bytes() < PLACEHOLDER_BYTES);
        unmasking.push(&masked[cut..], &mut back);
        unmasking.finish(&mut back);
        assert_eq!(back, text);
    }
});
