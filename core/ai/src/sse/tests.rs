#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::limits::{SSE_EVENT_BYTES, SSE_STREAM_BYTES};

use super::{Decoder, Item, SseError};

/// An event as (name, data), or a comment.
type Owned = Option<(String, String)>;

fn own(item: Item<'_>) -> Owned {
    match item {
        Item::Event { name, data } => Some((name.to_owned(), data.to_owned())),
        Item::Comment => None,
    }
}

fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Owned>, Result<(), SseError>) {
    let mut decoder = Decoder::new();
    let mut items = Vec::new();
    for chunk in chunks {
        if let Err(error) = decoder.push(chunk, |item| items.push(own(item))) {
            return (items, Err(error));
        }
    }
    (items, Ok(()))
}

fn events(stream: &[u8]) -> Vec<Owned> {
    let (events, result) = decode([stream]);
    assert_eq!(result, Ok(()));
    events
}

fn event(name: &str, data: &str) -> Owned {
    Some((name.to_owned(), data.to_owned()))
}

/// The decoder's slow twin: the rules one byte at a time, as the standard words them.
#[derive(Default)]
struct Twin {
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    name: Vec<u8>,
    after_cr: bool,
}

impl Twin {
    fn decode(stream: &[u8]) -> Vec<Owned> {
        let mut twin = Self::default();
        let mut items = Vec::new();
        for &byte in stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream) {
            let second_half = byte == b'\n' && std::mem::take(&mut twin.after_cr);
            twin.after_cr = byte == b'\r';
            if second_half {
                continue;
            }
            if byte == b'\n' || byte == b'\r' {
                let line = std::mem::take(&mut twin.line);
                twin.line_ends(&line, &mut items);
            } else {
                twin.line.push(byte);
            }
        }
        items
    }

    fn line_ends(&mut self, line: &[u8], items: &mut Vec<Owned>) {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            if let Some(data) = self.data.take() {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                items.push(Some((text(&name), text(&data))));
            }
            return;
        }
        let colon = line.iter().position(|&byte| byte == b':');
        if colon == Some(0) {
            return items.push(None);
        }
        let field = &line[..colon.unwrap_or(line.len())];
        let value = colon.map_or(&[][..], |colon| &line[colon + 1..]);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match (field, &mut self.data) {
            (b"data", Some(data)) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
            (b"data", none) => *none = Some(value.to_vec()),
            (b"event", _) => self.name = value.to_vec(),
            _ => {}
        }
    }
}

#[test]
fn lines_end_with_lf_cr_or_both() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!("event: a{end}data: 1{end}data: 2{end}{end}data: 3{end}{end}");
        assert_eq!(events(stream.as_bytes()), [event("a", "1\n2"), event("", "3")], "{end:?}");
    }
    assert_eq!(events(b"data: 1\n\rdata: 2\r\r\n"), [event("", "1"), event("", "2")]);
}

#[test]
fn one_space_is_dropped_and_no_more() {
    assert_eq!(events(b"data:  a \ndata:b\n\n"), [event("", " a \nb")]);
}

#[test]
fn a_field_without_a_colon_is_empty_and_without_data_there_is_no_event() {
    assert_eq!(events(b"data\n\ndata\ndata\n\ndata:\n\n"), [event("", ""), event("", "\n"), event("", "")]);
    assert_eq!(events(b"event: a\n\ndata: b\n\n"), [event("", "b")], "the name went with its event");
    assert_eq!(events(b"event: a\nevent: b\ndata: c\n\n"), [event("b", "c")]);
}

#[test]
fn comments_are_told_and_other_fields_are_not() {
    assert_eq!(events(b": alive\n:\nid: 1\nretry: 2\ndatas: 3\nevents: 4\n\n"), [None, None]);
    assert_eq!(events(b"data: 1\n: alive\ndata: 2\n\n"), [None, event("", "1\n2")]);
}

#[test]
fn a_mark_is_dropped_at_the_very_start_alone() {
    assert_eq!(events(b"\xEF\xBB\xBFdata: 1\n\n"), [event("", "1")]);
    assert_eq!(events(b"\xEF\xBB\xBF\xEF\xBB\xBFdata: 1\n\n"), []);
    assert_eq!(events(b"\n\xEF\xBB\xBFdata: 1\n\n"), []);
    assert_eq!(events(b"\xEF\xBBdata: 1\n\ndata: 2\n\n"), [event("", "2")]);
    assert_eq!(events(b"\xEF\xBB\xBF"), []);
}

#[test]
fn what_the_end_leaves_open_is_dropped() {
    assert_eq!(events(b"data: 1\n\ndata: 2\n"), [event("", "1")]);
    assert_eq!(events(b"data: 1\n\ndata: 2"), [event("", "1")]);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    assert_eq!(events(b"data: a\xFFb\xE2\x82\n\n"), [event("", "a\u{FFFD}b\u{FFFD}")]);
}

#[test]
fn debug_output_tells_no_text() {
    let mut decoder = Decoder::new();
    let mut shown = String::new();
    decoder.push(b"data: secret\n\ndata: secret", |item| shown = format!("{item:?}")).unwrap();
    assert!(!format!("{shown}{decoder:?}").contains("secret"));
}

#[test]
fn an_event_may_be_as_long_as_the_limit() {
    let limit = usize::try_from(SSE_EVENT_BYTES).unwrap();
    for chunk in [usize::MAX, 1 << 16] {
        let decode = |stream: Vec<u8>| {
            let (items, result) = decode(stream.chunks(chunk.min(stream.len())));
            (items.len(), result)
        };
        let line = |bytes: usize| [b"data:", vec![b'a'; bytes - 5].as_slice(), b"\n\n"].concat();
        assert_eq!(decode(line(limit)), (1, Ok(())));
        assert_eq!(decode(line(limit + 1)), (0, Err(SseError::EventTooLong)));
        assert_eq!(decode(vec![b'a'; limit + 1]), (0, Err(SseError::EventTooLong)), "a line without end");
        let two = |second: usize| [b"data:1\ndata:", vec![b'a'; second].as_slice(), b"\n\n"].concat();
        assert_eq!(decode(two(limit - 5)), (1, Ok(())));
        let three = [b"data:1\n", two(limit - 5).as_slice()].concat();
        assert_eq!(decode(three), (1, Ok(())));
        let many = b"data:0123456789\n".repeat(limit / 11);
        assert_eq!(decode([&many, b"\n".as_slice()].concat()), (1, Ok(())));
        let more = b"data:0123456789\n".repeat(limit / 11 + 1);
        assert_eq!(decode([&more, b"\n".as_slice()].concat()), (0, Err(SseError::EventTooLong)));
    }
    assert_eq!(SseError::EventTooLong.code(), Code::LimitExceeded);
}

#[test]
fn a_stream_may_be_as_long_as_the_limit() {
    let block = b"data: 0123456\n\n\n".repeat(1 << 16);
    let mut decoder = Decoder::new();
    let mut count = 0_u64;
    let blocks = SSE_STREAM_BYTES / block.len() as u64;
    for _ in 0..blocks {
        decoder.push(&block, |_| count += 1).unwrap();
    }
    assert_eq!(count, SSE_STREAM_BYTES / 16);
    assert_eq!(decoder.push(b"", |_| count += 1), Ok(()));
    assert_eq!(decoder.push(b"\n", |_| count += 1), Err(SseError::StreamTooLong));
    assert_eq!(decoder.push(b"", |_| count += 1), Err(SseError::StreamTooLong), "an error stays");
}

/// Streams made of what matters to the format, so that rare combinations come often.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"\n",
        b"\n",
        b"\r",
        b"\r\n",
        b"data: ",
        b"data:",
        b"data",
        b"event: ",
        b"event",
        b":",
        b" ",
        b"a",
        b"\xEF\xBB\xBF",
        b"\xEF",
        "é漢👩".as_bytes(),
        b"\xFF",
        b"{\"choices\":[{\"delta\":{\"content\":\"It rained all day.\"}}]}",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_stream_is_read_as_its_twin_reads_it_however_it_is_cut(
        stream in streams(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let expected = Twin::decode(&stream);
        prop_assert_eq!(&events(&stream), &expected);
        let (one_by_one, result) = decode(stream.chunks(1));
        prop_assert_eq!(result, Ok(()));
        prop_assert_eq!(&one_by_one, &expected);
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        places.extend([0, stream.len()]);
        places.sort_unstable();
        let (cut, result) = decode(places.windows(2).map(|w| &stream[w[0]..w[1]]));
        prop_assert_eq!(result, Ok(()));
        prop_assert_eq!(&cut, &expected);
    }
}
