//! The offset index and the line ends against counting from the start, on every path.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_shared::text::dispatch::{self, Path};
use writemagic_shared::text::lines::{self, LineEnds};
use writemagic_shared::text::offsets::{Offset, Offsets};

/// Repeats the text until it spans several blocks of the index.
fn long(text: &str, copies: u8) -> String {
    text.repeat(1 + usize::from(copies) * 8_192 / (255 * text.len().max(1)))
}

fuzz_target!(|input: (u8, u16, &str)| {
    let (copies, place, text) = input;
    let text = long(text, copies);
    let before = &text[..text.floor_char_boundary(usize::from(place) % (text.len() + 1))];
    for path in Path::available() {
        dispatch::force(Some(path)).unwrap();
        let offsets = Offsets::new(text.as_str());
        let position = offsets.locate(Offset::Byte(before.len() as u64)).unwrap();
        assert_eq!(position.char, before.chars().count() as u64);
        assert_eq!(position.utf16, before.encode_utf16().count() as u64);
        assert_eq!(position.line, before.matches('\n').count() as u64);
        assert_eq!(offsets.locate(Offset::Char(position.char)), Ok(position));
        assert_eq!(offsets.locate(Offset::Utf16(position.utf16)), Ok(position));

        let line = before.rfind('\n').map_or(0, |feed| feed + 1);
        let column = offsets.column(position);
        assert_eq!(column.byte, (before.len() - line) as u64);
        assert_eq!(offsets.line_start(position.line).unwrap().byte, line as u64);
        if position.byte <= offsets.line_end(position.line).unwrap().byte {
            assert_eq!(offsets.locate_in_line(position.line, Offset::Utf16(column.utf16)), Ok(position));
        }
        let end = offsets.end();
        assert_eq!(offsets.locate(Offset::Utf16(end.utf16)), Ok(end));
        assert!(offsets.locate(Offset::Char(end.char + 1)).is_err());

        for ends in [LineEnds::LineFeed, LineEnds::Unicode] {
            let all: Vec<_> = lines::line_ends(&text, ends).collect();
            assert_eq!(lines::count(&text, ends), all.len() as u64);
            assert!(all.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let broken: usize = all.iter().map(|end| text[end.clone()].chars().count()).sum();
            let expected = match ends {
                LineEnds::LineFeed => text.matches('\n').count() + text.matches("\r\n").count(),
                LineEnds::Unicode => text
                    .chars()
                    .filter(|c| matches!(c, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}'))
                    .count(),
            };
            assert_eq!(broken, expected);
        }
    }
});
