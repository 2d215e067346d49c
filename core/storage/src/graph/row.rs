//! The bytes of a journal row, and the checksum that chains a document's rows.
//!
//! A row is a method byte and a body. Method 0: the body as it is. Method 2: varint(body length), then the body
//! deflated (RFC 1951); 1 is left for another packing. The body holds the runs, each as varint(len · 4 + kind),
//! zigzag(caret - caret after the run before; the first against 0, so that a row needs no other row), and for
//! insertions varint(0) when the text is ASCII, else varint(bytes · 2 + 1), and the UTF-8.
//!
//! The decoder trusts nothing: every list is read by consuming bytes, lengths are bounded before they are believed.

use thiserror::Error;
use writemagic_shared::codec::{DecodeError, Reader, put_varint, unzigzag, zigzag};
use writemagic_shared::limits::{DOCUMENT_BYTES, DOCUMENT_EVENTS};

use super::burst::{Burst, Run, RunKind};
use super::pack::{self, Effort};

const PLAIN: u8 = 0;
const DEFLATE: u8 = 2;
/// Bodies below this stay plain. Typing always does; of a note, packing would save some 400 bytes and cost more than
/// all else that an import does with it, the compressor's tables above all.
const PACK_FROM: usize = 4 << 10;
/// The longest body that a reader takes: the largest document's text and as much again for the runs.
const BODY_BYTES: u64 = 2 * DOCUMENT_BYTES;

/// Why a row is not one that this engine wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum BadRow {
    #[error(transparent)]
    Number(#[from] DecodeError),
    #[error("an unknown packing or kind of event")]
    Kind,
    #[error("the packed body is damaged or of another length")]
    Packing,
    #[error("a run is empty or leaves the range of positions")]
    Position,
    #[error("inserted text is not UTF-8 or of another length")]
    Text,
}

/// Appends what stands before a run's text; gives the caret behind the run.
fn put_head(out: &mut Vec<u8>, run: &Run, caret: i64) -> i64 {
    let (before, after) = run.carets();
    put_varint(out, u64::from(run.len) << 2 | run.kind as u64);
    put_varint(out, zigzag(before - caret));
    if run.kind == RunKind::Insert {
        put_varint(out, if run.bytes == run.len { 0 } else { u64::from(run.bytes) << 1 | 1 });
    }
    after
}

/// The row of a burst.
pub(crate) fn encode(burst: &Burst) -> Vec<u8> {
    let mut out = Vec::with_capacity(8 + burst.text_bytes() + 8);
    out.push(PLAIN);
    let mut caret = 0;
    for (run, text) in burst.runs() {
        caret = put_head(&mut out, &run, caret);
        out.extend_from_slice(text.as_bytes());
    }
    match pack(&[&out[1..]]) {
        Some(packed) => packed,
        None => out,
    }
}

/// The row of a text's insertion into an empty document, `chars` scalar values, at least one. What [`encode`] makes of
/// that burst, without a copy of the text beside the row.
pub(crate) fn encode_first(text: &str, chars: u32) -> Vec<u8> {
    let mut head = Vec::with_capacity(16);
    put_head(&mut head, &Run { kind: RunKind::Insert, at: 0, len: chars, bytes: text.len() as u32 }, 0);
    let parts = [head.as_slice(), text.as_bytes()];
    pack(&parts).unwrap_or_else(|| [&[PLAIN], parts[0], parts[1]].concat())
}

/// The packed row of a body that comes in parts; `None` if it is short or packing does not make it smaller.
fn pack(parts: &[&[u8]]) -> Option<Vec<u8>> {
    let length = parts.iter().map(|part| part.len()).sum();
    if length < PACK_FROM {
        return None;
    }
    let mut out = Vec::with_capacity(length);
    out.push(DEFLATE);
    put_varint(&mut out, length as u64);
    pack::deflate(Effort::Usual, parts, &mut out).then_some(out)
}

fn unpack(reader: &mut Reader<'_>) -> Result<Vec<u8>, BadRow> {
    let length = reader.varint_up_to(BODY_BYTES)?;
    pack::inflate(reader.rest(), length).ok_or(BadRow::Packing)
}

/// The burst of a row.
pub(crate) fn decode(row: &[u8]) -> Result<Burst, BadRow> {
    let mut reader = Reader::new(row);
    match reader.bytes(1)? {
        [PLAIN] => decode_body(reader),
        [DEFLATE] => decode_body(Reader::new(&unpack(&mut reader)?)),
        _ => Err(BadRow::Kind),
    }
}

fn decode_body(mut reader: Reader<'_>) -> Result<Burst, BadRow> {
    let mut burst = Burst::default();
    let mut caret = 0_i64;
    while !reader.is_empty() {
        let head = reader.varint()?;
        let kind = match head & 3 {
            0 => RunKind::Insert,
            1 => RunKind::Delete,
            2 => RunKind::DeleteBack,
            _ => return Err(BadRow::Kind),
        };
        let room = DOCUMENT_EVENTS - u64::from(burst.events());
        let len = head >> 2;
        if len == 0 || len > room {
            return Err(BadRow::Position);
        }
        let before = caret.checked_add(unzigzag(reader.varint()?)).ok_or(BadRow::Position)?;
        let at = before - i64::from(kind == RunKind::DeleteBack);
        let at = u32::try_from(at).map_err(|_| BadRow::Position)?;
        let mut run = Run { kind, at, len: len as u32, bytes: 0 };
        let after = run.carets().1;
        if !(0..=DOCUMENT_EVENTS as i64).contains(&after) {
            return Err(BadRow::Position);
        }
        caret = after;
        let mut text = "";
        if kind == RunKind::Insert {
            let marked = reader.varint()?;
            let bytes = match (marked, marked & 1) {
                (0, _) => len,
                (_, 1) => marked >> 1,
                _ => return Err(BadRow::Text),
            };
            text = std::str::from_utf8(reader.bytes(bytes)?).map_err(|_| BadRow::Text)?;
            let fits = if marked == 0 { text.is_ascii() } else { text.chars().count() as u64 == len };
            if !fits {
                return Err(BadRow::Text);
            }
            run.bytes = u32::try_from(bytes).map_err(|_| BadRow::Text)?;
        }
        burst.push_run(run, text);
    }
    if burst.is_empty() { Err(BadRow::Position) } else { Ok(burst) }
}

/// The checksum of a document's journal up to and with this row: CRC-32C over the checksum before it, the
/// little-endian fields and the row's bytes.
pub(crate) fn chain(previous: u32, fields: &[i64], row: &[u8]) -> u32 {
    let mut crc = crc32c::crc32c(&previous.to_le_bytes());
    for field in fields {
        crc = crc32c::crc32c_append(crc, &field.to_le_bytes());
    }
    crc32c::crc32c_append(crc, row)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_burst() -> impl Strategy<Value = Burst> {
        let step = (any::<bool>(), 0..5000_u32, 1..40_u32, "\\PC{1,40}");
        prop::collection::vec(step, 1..40).prop_map(|steps| {
            let mut burst = Burst::default();
            for (insert, at, len, text) in steps {
                if insert {
                    burst.insert(at, &text, text.chars().count() as u32);
                } else {
                    burst.delete(at, if len > 30 { 1 } else { len });
                }
            }
            burst
        })
    }

    proptest! {
        #[test]
        fn a_row_survives_a_round_trip(burst in any_burst()) {
            prop_assert_eq!(decode(&encode(&burst)), Ok(burst));
        }

        #[test]
        fn damaged_rows_are_refused_or_other_valid_rows_and_never_a_panic(
            burst in any_burst(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index,
        ) {
            let mut row = encode(&burst);
            let at = at.index(row.len());
            row[at] = byte;
            row.truncate(cut.index(row.len()) + 1);
            if let Ok(other) = decode(&row) {
                prop_assert_eq!(decode(&encode(&other)), Ok(other));
            }
        }

        #[test]
        fn any_bytes_are_decoded_without_panic(row: Vec<u8>) {
            let _ = decode(&row);
        }
    }

    #[test]
    fn the_first_text_of_a_document_is_the_burst_that_inserts_it() {
        for text in ["a", "é", "It was a dark night. ", "Счастливые семьи\n"] {
            for times in [1, 100, 1000, 5000] {
                let text = text.repeat(times);
                let chars = text.chars().count() as u32;
                let mut burst = Burst::default();
                burst.insert(0, &text, chars);
                let row = encode_first(&text, chars);
                assert_eq!(decode(&row), Ok(burst));
                assert_eq!(row[0] == DEFLATE, text.len() + 4 > PACK_FROM);
            }
        }
    }

    #[test]
    fn a_burst_of_twenty_letters_takes_twenty_five_bytes() {
        let mut burst = Burst::default();
        burst.insert(1000, &"x".repeat(20), 20);
        assert_eq!(encode(&burst).len(), 1 + 1 + 2 + 1 + 20);
    }

    #[test]
    fn long_text_is_packed_and_a_claimed_length_is_not_believed() {
        let text = "It was a dark and stormy night. ".repeat(400);
        let mut burst = Burst::default();
        burst.insert(0, &text, text.chars().count() as u32);
        let row = encode(&burst);
        assert!(row.len() < text.len() / 20);
        assert_eq!(decode(&row), Ok(burst));

        let mut forged = vec![DEFLATE];
        put_varint(&mut forged, BODY_BYTES + 1);
        assert_eq!(decode(&forged), Err(BadRow::Number(DecodeError::OutOfRange)));
        let mut longer = vec![DEFLATE];
        put_varint(&mut longer, 7);
        longer.extend_from_slice(&row[3..]);
        assert_eq!(decode(&longer), Err(BadRow::Packing));
    }
}
