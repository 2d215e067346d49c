//! What the targets of all wires check.

use writemagic_ai::stream::{End, Event, FailureClass};
use writemagic_ai::transport::ResponseHead;
use writemagic_ai::wire::{AnswerDecoder, Wire};
use writemagic_shared::runtime::Timestamp;

/// Reads a response that the first byte chooses the head of, whole, byte by byte, and in pieces of the given lengths.
pub(crate) fn check(wire: Wire, (choice, lengths, body): &(u8, Vec<u8>, &[u8])) {
    let status = [200, 200, 200, 200, 400, 403, 429, 503][usize::from(choice % 8)];
    let kind = if choice % 8 < 3 { "text/event-stream" } else { "application/json" };
    let head = ResponseHead::new(status, [("content-type", kind)]);
    let expected = read(wire, &head, [*body]);
    assert_eq!(read(wire, &head, body.chunks(1)), expected);
    let (mut rest, mut pieces) = (*body, Vec::new());
    for length in lengths {
        let (piece, behind) = rest.split_at(usize::from(*length).min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    assert_eq!(read(wire, &head, pieces), expected);
}

fn read<'a>(wire: Wire, head: &ResponseHead, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut decoder = AnswerDecoder::new(wire, head, Timestamp::from_millis(0));
    let (mut events, mut content, mut end) = (Vec::new(), false, None);
    let mut sink = |event: Event<'_>| {
        assert!(end.is_none(), "nothing follows the end");
        content |= event.is_content();
        match event {
            Event::Text(text) => {
                assert!(!text.is_empty());
                events.push(format!("text {text}"));
            }
            Event::Reasoning(text) => {
                assert!(!text.is_empty());
                events.push(format!("reasoning {text}"));
            }
            Event::End(last) => end = Some(last),
            other => events.push(format!("{other:?}")),
        }
    };
    for chunk in chunks {
        decoder.push(chunk, &mut sink);
    }
    decoder.finish(&mut sink);
    let end = end.expect("every answer ends");
    if let End::Failed(failure) = end {
        assert_eq!(
            failure.class == FailureClass::Interrupted,
            content && failure.class != FailureClass::Refused
        );
    }
    events.push(format!("{end:?}"));
    events
}
