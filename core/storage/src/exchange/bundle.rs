//! A bundle: what another library lacks, as one stream of records.
//!
//! A header, then the records, then the end, which says how many there were, so that a bundle that was cut off is known
//! as one. Records come in the order of their kinds: folders, joined folders, tombstones, then the documents, behind each
//! of them its history, branches, labels and anchors. So whoever reads on has what a record speaks of before it. Each is
//! framed with its length and checksums ([`frame`]).
//!
//! A checksum stops damage, not malice: every record is checked as if there were none. Both ends hold one record at a
//! time in memory. The writer refuses what the reader would.

use std::io::{self, Read, Write};

use thiserror::Error;
use writemagic_shared::codec::frame::{self, FrameError, Frames};

use super::record::{BadRecord, Header, Record};
use super::wire::{
    ANCHOR, DOCUMENT, END, EVENTS, HEADER, kind_of, longest, put_end, put_header, put_record, read_end,
    read_header, read_record,
};

/// Why a bundle cannot be read or written.
#[derive(Debug, Error)]
pub(crate) enum BundleError {
    /// Not what a library wrote, not whole, or, when writing, what no library could read.
    #[error("the record at byte {offset} of the bundle is refused: {reason}")]
    BadBundle {
        reason: &'static str,
        /// Where the record begins, in bytes from the start.
        offset: u64,
    },
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What has come so far, and so what may come next.
#[derive(Debug, Default)]
struct Order {
    /// The kind of the last record; 0 before the first.
    last: u8,
    records: u64,
}

impl Order {
    fn next(&mut self, kind: u8) -> Result<(), BadRecord> {
        let in_document = self.last >= DOCUMENT;
        match kind {
            HEADER if self.records == 0 => {}
            HEADER => return Err(BadRecord("there are two headers")),
            _ if self.records == 0 => return Err(NO_BUNDLE),
            EVENTS..=ANCHOR if !in_document => {
                return Err(BadRecord("a part of a document stands before any document"));
            }
            DOCUMENT if in_document => {}
            _ if kind < self.last => return Err(BadRecord("a record stands behind those of later kinds")),
            _ => {}
        }
        self.last = kind;
        self.records += 1;
        Ok(())
    }
}

/// Writes a bundle. Without [`BundleWriter::finish`] it stays one that nobody takes.
#[derive(Debug)]
pub(crate) struct BundleWriter<W> {
    output: W,
    order: Order,
    /// Where the next record begins.
    offset: u64,
    /// The framed record, kept for its memory.
    framed: Vec<u8>,
    /// Part of a record may have been written.
    broken: bool,
}

/// Memory that is kept from one record to the next.
const KEPT_BYTES: usize = 64 << 10;

impl<W: Write> BundleWriter<W> {
    /// Begins a bundle.
    ///
    /// # Errors
    /// `BadBundle` for a clock below zero; `Io`.
    pub(crate) fn new(output: W, header: &Header) -> Result<Self, BundleError> {
        let mut writer =
            Self { output, order: Order::default(), offset: 0, framed: Vec::new(), broken: false };
        header.check().map_err(|bad| writer.refuse(bad))?;
        let mut payload = Vec::new();
        put_header(&mut payload, header);
        writer.put(HEADER, &payload)?;
        Ok(writer)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// `BadBundle` for a record over its limits or out of order, which is left out; `Io`, after which nothing more can be
    /// written.
    pub(crate) fn write(&mut self, record: &Record) -> Result<(), BundleError> {
        record.check().map_err(|bad| self.refuse(bad))?;
        if let Record::Events(chunk) = record {
            return self.put(EVENTS, chunk);
        }
        let mut payload = Vec::new();
        put_record(&mut payload, record);
        self.put(kind_of(record), &payload)
    }

    /// Writes the end, and all that may still wait in `W`'s buffers.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn finish(mut self) -> Result<W, BundleError> {
        let mut payload = Vec::new();
        put_end(&mut payload, self.order.records);
        self.put(END, &payload)?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn put(&mut self, kind: u8, payload: &[u8]) -> Result<(), BundleError> {
        if self.broken {
            return Err(self.refuse(BadRecord("an earlier record could not be written")));
        }
        self.framed.clear();
        let fits = longest(kind).is_some_and(|longest| payload.len() <= longest as usize);
        if !fits || frame::put(&mut self.framed, kind, payload).is_err() {
            return Err(self.refuse(TOO_LONG));
        }
        self.order.next(kind).map_err(|bad| self.refuse(bad))?;
        self.broken = true;
        self.output.write_all(&self.framed)?;
        self.broken = false;
        self.offset += self.framed.len() as u64;
        self.framed.clear();
        self.framed.shrink_to(KEPT_BYTES);
        Ok(())
    }

    fn refuse(&self, bad: BadRecord) -> BundleError {
        BundleError::BadBundle { reason: bad.0, offset: self.offset }
    }
}

/// Reads a bundle that anybody may have written. Reads in small pieces: a file wants a buffer before it.
#[derive(Debug)]
pub(crate) struct BundleReader<R> {
    records: Framed<R>,
    header: Header,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Open,
    /// The end was read.
    Done,
    /// The answer to all further calls.
    Failed(BadRecord),
}

impl<R: Read> BundleReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// As [`BundleReader::read`].
    pub(crate) fn open(input: R) -> Result<Self, BundleError> {
        let mut records = Framed { input, order: Order::default(), offset: 0, behind: 0, bytes: Vec::new() };
        match records.header() {
            Ok(header) => Ok(Self { records, header, state: State::Open }),
            Err(Stop::Bad(bad)) => Err(BundleError::BadBundle { reason: bad.0, offset: 0 }),
            Err(Stop::Io(error)) => Err(error.into()),
        }
    }

    /// Where the last record that was read begins, in bytes.
    pub(crate) fn offset(&self) -> u64 {
        self.records.offset
    }

    /// Whose bundle it is.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Memory that is held for the present record, in bytes.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.records.bytes.capacity()
    }

    /// The next record; `None` behind the last, when the end was read and found to be right. Only then is all of it known
    /// to be whole.
    ///
    /// # Errors
    /// `BadBundle`, and the same at each further call; `Io`, after which there is nothing more to read.
    pub(crate) fn read(&mut self) -> Result<Option<Record>, BundleError> {
        let read = match self.state {
            State::Open => self.records.record(),
            State::Done => return Ok(None),
            State::Failed(bad) => Err(Stop::Bad(bad)),
        };
        match read {
            Ok(Some(record)) => Ok(Some(record)),
            Ok(None) => {
                self.state = State::Done;
                Ok(None)
            }
            Err(Stop::Bad(bad)) => {
                self.state = State::Failed(bad);
                Err(BundleError::BadBundle { reason: bad.0, offset: self.records.offset })
            }
            Err(Stop::Io(error)) => {
                self.state = State::Failed(BadRecord("it could not be read before"));
                Err(error.into())
            }
        }
    }
}

/// Length, kind and checksum: what stands before a payload.
const FRAME_HEADER: usize = 8;
/// The checksum behind a payload.
const FRAME_TRAILER: usize = frame::OVERHEAD - FRAME_HEADER;

const NO_BUNDLE: BadRecord = BadRecord("this is no bundle");
const CUT_OFF: BadRecord = BadRecord("the bundle ends too early");
const DAMAGED: BadRecord = BadRecord("the record is damaged");
const TOO_LONG: BadRecord = BadRecord("a record is too long");

/// What is wrong with a bundle, or what failed.
#[derive(Debug)]
enum Stop {
    Bad(BadRecord),
    Io(io::Error),
}

impl From<BadRecord> for Stop {
    fn from(bad: BadRecord) -> Self {
        Stop::Bad(bad)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

/// The framed records of a stream, each checked as far as framing and order tell.
#[derive(Debug)]
struct Framed<R> {
    input: R,
    order: Order,
    /// Where the present record begins, and where the next one will.
    offset: u64,
    behind: u64,
    /// The present record, framed.
    bytes: Vec<u8>,
}

impl<R: Read> Framed<R> {
    fn header(&mut self) -> Result<Header, Stop> {
        match self.advance()? {
            HEADER => Ok(read_header(self.payload())?),
            _ => Err(NO_BUNDLE.into()),
        }
    }

    /// The next record; `None` if it is the end.
    fn record(&mut self) -> Result<Option<Record>, Stop> {
        let before = self.order.records;
        match self.advance()? {
            EVENTS => {
                let mut chunk = std::mem::take(&mut self.bytes);
                chunk.truncate(chunk.len().saturating_sub(FRAME_TRAILER));
                chunk.drain(..FRAME_HEADER.min(chunk.len()));
                Ok(Some(Record::Events(chunk)))
            }
            END => {
                if read_end(self.payload())? != before {
                    return Err(BadRecord("the bundle has not as many records as its end says").into());
                }
                if self.fill(self.bytes.len() + 1)? {
                    return Err(BadRecord("something stands behind the end").into());
                }
                Ok(None)
            }
            kind => Ok(Some(read_record(kind, self.payload())?)),
        }
    }

    /// Reads the next record's bytes and gives its kind.
    fn advance(&mut self) -> Result<u8, Stop> {
        self.offset = self.behind;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.fill(FRAME_HEADER)?;
        let first = self.order.records == 0;
        let &[a, b, c, d, kind, _, _, _] = self.bytes.as_slice() else {
            return Err(if first { NO_BUNDLE } else { CUT_OFF }.into());
        };
        let limit = longest(kind);
        // A sound header without its payload is torn. So are zeros, which no record begins with.
        match Frames::new(&self.bytes, limit.unwrap_or(u32::MAX)).read() {
            Err(FrameError::Torn { .. }) if [a, b, c, d, kind] != [0; 5] => {}
            Err(FrameError::OverLimit { .. }) => return Err(TOO_LONG.into()),
            _ => return Err(if first { NO_BUNDLE } else { DAMAGED }.into()),
        }
        let limit = limit.ok_or(BadRecord("a record is of an unknown kind"))?;
        if !self.fill(frame::OVERHEAD + u32::from_le_bytes([a, b, c, d]) as usize)? {
            return Err(CUT_OFF.into());
        }
        if !matches!(Frames::new(&self.bytes, limit).read(), Ok(Some(_))) {
            return Err(DAMAGED.into());
        }
        self.order.next(kind)?;
        self.behind = self.offset + self.bytes.len() as u64;
        Ok(kind)
    }

    /// Reads on until there are `length` bytes of the record; says whether there are. Takes no more memory than twice what
    /// comes, whatever `length` claims.
    fn fill(&mut self, length: usize) -> io::Result<bool> {
        let missing = length.saturating_sub(self.bytes.len()) as u64;
        (&mut self.input).take(missing).read_to_end(&mut self.bytes)?;
        Ok(self.bytes.len() == length)
    }

    /// Of the present record.
    fn payload(&self) -> &[u8] {
        let end = self.bytes.len().saturating_sub(FRAME_TRAILER);
        self.bytes.get(FRAME_HEADER..end).unwrap_or_default()
    }
}
