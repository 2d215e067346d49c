//! Search against folding everything: matches, chunks, places in UTF-16.
#![no_main]

use characters::REPRESENTATIVES;
use libfuzzer_sys::fuzz_target;
use naive::Wanted;
use writemagic_shared::text::dispatch::{Path, force};
use writemagic_shared::text::find::{Match, Options, Pattern, Stream};

#[path = "../../core/shared/src/text/find/tests/characters.rs"]
mod characters;
#[allow(dead_code)]
#[path = "../../core/shared/src/text/find/tests/naive.rs"]
mod naive;
#[allow(dead_code)]
#[path = "../../core/shared/src/text/fold/oracle.rs"]
mod oracle;

/// Text in which a few characters meet in all orders.
fn text_of(few: [u8; 4], picks: &[u8]) -> String {
    let character =
        |pick: &u8| REPRESENTATIVES[usize::from(few[usize::from(*pick) % 4]) % REPRESENTATIVES.len()];
    picks.iter().take(200).map(character).collect()
}

// The flags say what differs, what the text is made of, and whether the pattern is a part of it or stands before it.
fuzz_target!(|input: (u8, [u8; 3], [u8; 4], &[u8])| {
    let (flags, [start, len, chunk], few, rest) = input;
    let text: String = match std::str::from_utf8(rest) {
        Ok(text) if flags & 8 != 0 => text.chars().take(400).collect(),
        _ => text_of(few, rest),
    };
    let part = if flags & 16 == 0 { &text[text.floor_char_boundary(usize::from(start))..] } else { &text };
    let pattern = &part[..part.floor_char_boundary(usize::from(len) % 24)];
    let text = if flags & 16 == 0 { &text[..] } else { &text[pattern.len()..] };
    let options =
        Options { match_case: flags & 1 != 0, match_diacritics: flags & 2 != 0, whole_word: flags & 4 != 0 };
    let wanted = Wanted {
        case: options.match_case,
        diacritics: options.match_diacritics,
        whole_word: options.whole_word,
    };
    let expected = naive::find(text, pattern, wanted);
    let Ok(pattern) = Pattern::new(pattern, options) else {
        assert!(expected.is_empty());
        return;
    };
    for path in Path::available() {
        force(Some(path)).unwrap();
        let found: Vec<Match> = pattern.matches(text).with_utf16().collect();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.bytes, expected.start as u64..expected.end as u64);
            let units = |at: usize| text[..at].encode_utf16().count() as u64;
            assert_eq!(found.utf16, units(expected.start)..units(expected.end));
        }
        let mut streamed = Vec::new();
        let mut stream = Stream::new(&pattern);
        for chunk in text.as_bytes().chunks(usize::from(chunk) + 1) {
            stream.push(chunk, |here| streamed.push(here));
        }
        stream.finish(|here| streamed.push(here));
        assert_eq!(streamed, found);
    }
});
