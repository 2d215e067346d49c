//! Event streams from any bytes: what a reader of one byte at a time finds, however they are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use writemagic_ai::sse::{Decoder, Item};

/// An event as name and data; a comment as none.
type Owned = Option<(String, String)>;

fuzz_target!(|input: (Vec<u8>, &[u8])| {
    let (lengths, stream) = input;
    let expected = simple(stream);
    assert_eq!(decode([stream]), expected);
    assert_eq!(decode(stream.chunks(1)), expected);
    let (mut rest, mut pieces) = (stream, Vec::new());
    for length in lengths {
        let (piece, behind) = rest.split_at(usize::from(length).min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    assert_eq!(decode(pieces), expected);
});

fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Owned> {
    let (mut decoder, mut items) = (Decoder::new(), Vec::new());
    for chunk in chunks {
        let read = decoder.push(chunk, |item| {
            items.push(match item {
                Item::Event { name, data } => Some((name.to_owned(), data.to_owned())),
                Item::Comment => None,
            });
        });
        assert_eq!(read, Ok(()), "an input of the fuzzer is below every limit");
    }
    items
}

/// The rules on whole lines.
fn simple(stream: &[u8]) -> Vec<Owned> {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let mut lines: Vec<&[u8]> = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < stream.len() {
        if stream[at] == b'\n' || stream[at] == b'\r' {
            lines.push(&stream[start..at]);
            at += usize::from(stream[at..].starts_with(b"\r\n"));
            start = at + 1;
        }
        at += 1;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (mut items, mut data, mut name) = (Vec::new(), Vec::<&[u8]>::new(), &[][..]);
    for line in lines {
        if line.is_empty() {
            if !data.is_empty() {
                items.push(Some((text(name), text(&data.join(&b'\n')))));
            }
            (data, name) = (Vec::new(), &[]);
            continue;
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"" => items.push(None),
            b"data" => data.push(value),
            b"event" => name = value,
            _ => {}
        }
    }
    items
}
