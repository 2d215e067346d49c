//! Records in a row, in a file that grows at its end or in a message.
//!
//! | Bytes | What |
//! | ---: | --- |
//! | 4 | length of the payload, little endian |
//! | 1 | kind: what the payload is, the caller's to choose |
//! | 3 | the low 24 bits, little endian, of the CRC-32C of those five bytes |
//! | length | payload |
//! | 4 | CRC-32C, little endian, of length, kind and payload |
//!
//! The length is a fixed number with a checksum of its own, 5 bytes more than a varint mostly takes, for one reason: a
//! record that the bytes end in has no checksum to ask. If a flipped bit could make a length larger, the last records
//! would look like one that was cut off, and would be cut off. With it a reader knows which happened: [`FrameError::Torn`]
//! only where the bytes that are there are as they were written.
//!
//! A checksum stops damage, not malice. Whoever must not trust the writer checks payloads as if there were none.

use bytes::BufMut;
use thiserror::Error;

/// What a record takes beside its payload.
pub const OVERHEAD: usize = HEADER + TRAILER;
const HEADER: usize = 8;
const TRAILER: usize = 4;

/// A payload of 4 GiB or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a record's payload has {length} bytes or more than 32 bits count")]
pub struct PayloadTooLong {
    /// Its length in bytes.
    pub length: u64,
}

/// Appends a record, [`OVERHEAD`] bytes longer than its payload.
///
/// # Errors
/// [`PayloadTooLong`] from 4 GiB on; nothing is appended then.
///
/// # Panics
/// As [`BufMut::put_slice`]: if `out` is a buffer that cannot grow and has too little room.
pub fn put(out: &mut impl BufMut, kind: u8, payload: &[u8]) -> Result<(), PayloadTooLong> {
    let length = u32::try_from(payload.len()).map_err(|_| PayloadTooLong { length: payload.len() as u64 })?;
    let (header, checksum) = header(length, kind);
    out.put_slice(&header);
    out.put_slice(payload);
    out.put_u32_le(crc32c::crc32c_append(checksum, payload));
    Ok(())
}

/// A header, and the checksum of its first five bytes, which that of the record goes on from.
fn header(length: u32, kind: u8) -> ([u8; HEADER], u32) {
    let [a, b, c, d] = length.to_le_bytes();
    let checksum = crc32c::crc32c(&[a, b, c, d, kind]);
    let [check @ .., _] = checksum.to_le_bytes();
    ([a, b, c, d, kind, check[0], check[1], check[2]], checksum)
}

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What the payload is.
    pub kind: u8,
    /// What was written, borrowed.
    pub payload: &'a [u8],
}

/// Why there is no further record to read. Offsets count from the first byte that the reader was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The bytes end inside this record, or are all zero from here on, as file systems leave a file that was growing
    /// when the power went. What was written before is whole: the caller may cut here.
    #[error("the bytes end inside the record at {offset}")]
    Torn {
        /// Where the record begins.
        offset: usize,
    },
    /// A checksum differs: bytes that were written have changed, in the last record or one with others behind it.
    #[error("the record at {offset} is damaged")]
    Corrupt {
        /// Where the record begins.
        offset: usize,
    },
    /// The record is sound as far as its header tells, and longer than the caller takes.
    #[error("the record at {offset} has {length} bytes, more than {limit}")]
    OverLimit {
        /// Where the record begins.
        offset: usize,
        /// Bytes of its payload.
        length: u32,
        /// The most that the caller takes.
        limit: u32,
    },
}

/// The records in a slice, one after the other, without copying them.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    offset: usize,
    limit: u32,
}

impl<'a> Frames<'a> {
    /// Reads `bytes` from their start and takes payloads of at most `limit` bytes.
    pub const fn new(bytes: &'a [u8], limit: u32) -> Self {
        Self { bytes, offset: 0, limit }
    }

    /// Where the next record begins: behind the last one that was read.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The next record; `None` where the bytes end behind the last one.
    ///
    /// # Errors
    /// A [`FrameError`], and the same again at each further call: nothing behind a bad record is guessed at.
    pub fn read(&mut self) -> Result<Option<Frame<'a>>, FrameError> {
        let offset = self.offset;
        let rest = self.bytes.get(offset..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let Some((read, behind)) = rest.split_first_chunk::<HEADER>() else {
            return Err(FrameError::Torn { offset });
        };
        let [a, b, c, d, kind, ..] = *read;
        let length = u32::from_le_bytes([a, b, c, d]);
        let (sound, checksum) = header(length, kind);
        if *read != sound {
            let blank = rest.iter().all(|byte| *byte == 0);
            return Err(if blank { FrameError::Torn { offset } } else { FrameError::Corrupt { offset } });
        }
        if length > self.limit {
            return Err(FrameError::OverLimit { offset, length, limit: self.limit });
        }
        let parts = usize::try_from(length).ok().and_then(|length| behind.split_at_checked(length));
        let Some((payload, Some((trailer, _)))) =
            parts.map(|(payload, behind)| (payload, behind.split_first_chunk::<TRAILER>()))
        else {
            return Err(FrameError::Torn { offset });
        };
        if crc32c::crc32c_append(checksum, payload) != u32::from_le_bytes(*trailer) {
            return Err(FrameError::Corrupt { offset });
        }
        self.offset += OVERHEAD + payload.len();
        Ok(Some(Frame { kind, payload }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NO_LIMIT: u32 = u32::MAX;

    /// Kind and payload.
    type Record = (u8, Vec<u8>);

    fn stream(records: &[Record]) -> (Vec<u8>, Vec<usize>) {
        let (mut out, mut starts) = (Vec::new(), vec![0]);
        for (kind, payload) in records {
            put(&mut out, *kind, payload).unwrap();
            starts.push(out.len());
        }
        (out, starts)
    }

    /// The records before the end or the first error, which must stay the answer.
    fn read_all(bytes: &[u8], limit: u32) -> (Vec<Record>, Result<(), FrameError>) {
        let (mut frames, mut records) = (Frames::new(bytes, limit), Vec::new());
        loop {
            match frames.read() {
                Ok(Some(frame)) => records.push((frame.kind, frame.payload.to_vec())),
                Ok(None) => return (records, Ok(())),
                Err(error) => {
                    assert_eq!(frames.read(), Err(error));
                    return (records, Err(error));
                }
            }
        }
    }

    fn any_records() -> impl Strategy<Value = Vec<Record>> {
        let payload = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            prop::collection::vec(Just(0_u8), 0..40),
            prop::collection::vec(any::<u8>(), 250..300),
        ];
        prop::collection::vec((any::<u8>(), payload), 0..6)
    }

    proptest! {
        #[test]
        fn every_truncation_gives_the_records_before_it_and_where_it_tore(records in any_records()) {
            let (bytes, starts) = stream(&records);
            for end in 0..=bytes.len() {
                let (read, result) = read_all(&bytes[..end], NO_LIMIT);
                let whole = starts.iter().filter(|start| **start <= end).count() - 1;
                prop_assert_eq!(&read, &records[..whole]);
                let torn = Err(FrameError::Torn { offset: starts[whole] });
                prop_assert_eq!(result, if starts[whole] == end { Ok(()) } else { torn });
            }
        }

        #[test]
        fn every_flipped_bit_is_damage_where_it_is_and_never_a_wrong_record_or_a_tear(records in any_records()) {
            let (mut bytes, starts) = stream(&records);
            for bit in 0..bytes.len() * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                let (read, result) = read_all(&bytes, NO_LIMIT);
                let whole = starts.iter().filter(|start| **start <= bit / 8).count() - 1;
                prop_assert_eq!(&read, &records[..whole]);
                prop_assert_eq!(result, Err(FrameError::Corrupt { offset: starts[whole] }));
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }

        #[test]
        fn zeros_where_records_were_to_come_are_a_tear(records in any_records(), zeros in 1..5000_usize) {
            let (mut bytes, starts) = stream(&records);
            bytes.resize(bytes.len() + zeros, 0);
            let (read, result) = read_all(&bytes, NO_LIMIT);
            prop_assert_eq!(read, records);
            prop_assert_eq!(result, Err(FrameError::Torn { offset: *starts.last().unwrap() }));
        }

        #[test]
        fn any_bytes_are_read_without_panic_and_what_is_read_is_what_stands_there(bytes: Vec<u8>, limit: u32) {
            let (records, _) = read_all(&bytes, limit);
            prop_assert!(bytes.starts_with(&stream(&records).0));
        }
    }

    // Differences of headers are themselves checked by a linear code: what it does to one it does to all.
    #[test]
    fn up_to_three_flipped_bits_of_a_header_never_give_another_sound_header() {
        let sound = |bits: u64| {
            let [a, b, c, d, kind, ..] = bits.to_le_bytes();
            header(u32::from_le_bytes([a, b, c, d]), kind).0 == bits.to_le_bytes()
        };
        let start = u64::from_le_bytes(header(300, 7).0);
        assert!(sound(start));
        for a in 0..64 {
            for b in a..64 {
                for c in b..64 {
                    // Twice the same bit is none: one and three flips.
                    let one_or_three = start ^ 1 << a ^ 1 << b ^ 1 << c;
                    assert!(!sound(one_or_three), "{a} {b} {c}");
                }
                assert!(a == b || !sound(start ^ 1 << a ^ 1 << b), "{a} {b}");
            }
        }
    }

    #[test]
    fn a_payload_may_be_as_long_as_the_limit_and_no_longer() {
        let (bytes, _) = stream(&[(1, vec![1; 10]), (2, vec![2; 11])]);
        assert_eq!(read_all(&bytes, 11).1, Ok(()));
        let refused = FrameError::OverLimit { offset: 22, length: 11, limit: 10 };
        assert_eq!(read_all(&bytes, 10), (vec![(1, vec![1; 10])], Err(refused)));
        // Before the bytes run out: a claim of 4 GiB is refused for what it is.
        let (claim, _) = header(u32::MAX, 0);
        let refused = FrameError::OverLimit { offset: 0, length: u32::MAX, limit: NO_LIMIT - 1 };
        assert_eq!(read_all(&claim, NO_LIMIT - 1).1, Err(refused));
        assert_eq!(read_all(&claim, NO_LIMIT).1, Err(FrameError::Torn { offset: 0 }));
    }

    // Computed by a CRC-32C of another hand, bit by bit.
    #[test]
    fn the_format_stays_what_it_is() {
        let (bytes, _) = stream(&[(5, b"abc".to_vec())]);
        assert_eq!(bytes, [3, 0, 0, 0, 5, 221, 210, 176, 97, 98, 99, 101, 50, 36, 167]);
    }
}
