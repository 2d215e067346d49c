//! Search against folding everything: matches, chunks, places in UTF-16.
#![no_main]

use libfuzzer_sys::fuzz_target;
use naive::Wanted;
use writemagic_shared::text::dispatch::{Path, force};
use writemagic_shared::text::find::{Match, Options, Pattern, Stream};

#[allow(dead_code)]
#[path = "../../core/shared/src/text/find/tests/naive.rs"]
mod naive;
#[allow(dead_code)]
#[path = "../../core/shared/src/text/fold/oracle.rs"]
mod oracle;

// The first byte says what differs, the second how long the pattern is, the third how long chunks are.
fuzz_target!(|input: (u8, u8, u8, &str)| {
    let (flags, len, chunk, text) = input;
    let text: String = text.chars().take(400).collect();
    let cut = text.floor_char_boundary(usize::from(len) % 24);
    let (pattern, text) = text.split_at(cut);
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
