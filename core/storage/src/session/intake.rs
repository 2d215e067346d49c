//! Where splices come in: a ring that takes them without a lock, and a list for when the ring is full.
//!
//! A splice's ticket is its position in the ring plus one, so tickets count in the order in which splices are applied,
//! whichever threads make them. When the ring is full it is closed, and splices go to a list under a lock that is only
//! ever held for one push or one swap; once the ring is drained, the list is taken whole and the ring reopened behind
//! it. Nobody waits for the consumer, the text or the disk. The list is bounded by the library's backlog.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use writemagic_shared::buffer::{BufferPool, PoolError, PooledBuf};
use writemagic_shared::limits::{DOCUMENT_BYTES, DOCUMENT_EVENTS};
use writemagic_shared::queue::{Notifier, PushError, Ready, mpsc};
use writemagic_shared::text::utf8;
use writemagic_shared::text::utf16::{self, DecodeError};

use super::Ticket;
use crate::error::{Error, Result};
use crate::library::lock;

/// Splices that the ring holds: at 100,000 a second, ten milliseconds of them.
pub(super) const RING: usize = 1024;
/// Text up to this length stands in the ring itself.
const INLINE: usize = 23;

/// One replacement as the caller asked for it.
pub(super) struct Splice {
    /// UTF-16 units. Documents are shorter than 2^26 units, so what is cut here lies behind their end all the same.
    at: u32,
    delete: u32,
    pub(super) insert: Inserted,
    /// What it adds to the bound until it is applied.
    pub(super) reserved: Growth,
}

impl Splice {
    pub(super) fn new(at: u64, delete: u64, insert: Inserted) -> Self {
        let cut = |units: u64| u32::try_from(units).unwrap_or(u32::MAX);
        let reserved = Growth::at_most(delete, insert.as_bytes().len());
        Self { at: cut(at), delete: cut(delete), insert, reserved }
    }

    pub(super) fn at(&self) -> u64 {
        self.at.into()
    }

    pub(super) fn delete(&self) -> u64 {
        self.delete.into()
    }
}

/// UTF-8 on its way to the text.
pub(super) enum Inserted {
    Inline { length: u8, bytes: [u8; INLINE] },
    Pooled(PooledBuf),
}

impl Inserted {
    /// Takes a text: inside the ring if it is short, as typing is, else in a buffer of the pool.
    pub(super) fn new(text: &str, pool: &BufferPool) -> Result<Self> {
        let mut bytes = [0; INLINE];
        if let Some(inside) = bytes.get_mut(..text.len()) {
            inside.copy_from_slice(text.as_bytes());
            return Ok(Self::Inline { length: text.len() as u8, bytes });
        }
        let mut buffer = pool.get(text.len()).map_err(no_memory)?;
        buffer.extend_from_slice(text.as_bytes()).map_err(no_memory)?;
        Ok(Self::Pooled(buffer))
    }

    /// Takes a text of UTF-16, transcoded straight to where it waits.
    pub(super) fn from_utf16(units: &[u16], pool: &BufferPool) -> Result<Self> {
        let mut bytes = [0; INLINE];
        if units.len() <= INLINE / BYTES_PER_UNIT {
            let length = transcode(units, &mut bytes)?;
            return Ok(Self::Inline { length: length as u8, bytes });
        }
        let length = utf16::utf8_len(units) as usize;
        let mut buffer = pool.get(length).map_err(no_memory)?;
        buffer.append_with(length, |room| transcode(units, room)).map_err(no_memory)??;
        Ok(Self::Pooled(buffer))
    }

    /// Takes as many bytes of UTF-8 as `length` says, which `write` puts straight to where they wait.
    pub(super) fn written(length: usize, write: impl FnOnce(&mut [u8]), pool: &BufferPool) -> Result<Self> {
        let written = |room: &mut [u8]| {
            write(room);
            utf8::validate(room).map(str::len).map_err(|error| Error::NotUtf8 { offset: error.offset })
        };
        let mut bytes = [0; INLINE];
        if let Some(inside) = bytes.get_mut(..length) {
            let length = written(inside)? as u8;
            return Ok(Self::Inline { length, bytes });
        }
        let mut buffer = pool.get(length).map_err(no_memory)?;
        buffer.append_with(length, written).map_err(no_memory)??;
        Ok(Self::Pooled(buffer))
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Pooled(bytes) => bytes,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        debug_assert!(std::str::from_utf8(self.as_bytes()).is_ok());
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// The most bytes of UTF-8 that a UTF-16 unit takes.
const BYTES_PER_UNIT: usize = 3;

fn transcode(units: &[u16], bytes: &mut [u8]) -> Result<usize> {
    utf16::decode_into(units, bytes).map_err(|error| match error {
        DecodeError::LoneSurrogate(lone) => Error::LoneSurrogate { index: lone.index },
        DecodeError::BufferTooSmall(_) => Error::internal("a text longer than its measured length"),
    })
}

/// The pool allocates beyond its limit, so that only the system can refuse it.
fn no_memory(_: PoolError) -> Error {
    Error::from(std::io::Error::from(std::io::ErrorKind::OutOfMemory))
}

/// The callers' side.
pub(super) struct Intake {
    ring: mpsc::Sender<Splice>,
    /// Wakes the library's writer; the ring does by itself.
    writer: Notifier,
    /// Bytes (upper half) and events (lower half) that the document has at most once everything taken is applied.
    bound: AtomicU64,
    overflow: Mutex<Overflow>,
}

/// What callers find when the ring is closed.
#[derive(Default)]
struct Overflow {
    state: OverflowState,
    /// The last ticket given, while the ring is closed.
    last: u64,
    splices: Vec<Splice>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum OverflowState {
    /// Splices go to the ring.
    #[default]
    Unused,
    /// Splices go to the list.
    Used,
    /// Splices are refused: the session is closed.
    Refused,
}

/// Why a splice was not taken.
pub(super) enum Refused {
    /// The session is closed.
    Closed,
    /// The document may grow over a limit: what was taken must be applied before it can be told.
    AtLimit(Splice),
}

/// What the document grows by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Growth {
    pub(super) bytes: u64,
    pub(super) events: u64,
}

const _: () = assert!(DOCUMENT_BYTES < 1 << 31 && DOCUMENT_EVENTS < 1 << 31);

impl Growth {
    /// The most that a splice adds: each character that goes or comes is an event and takes a byte or more.
    fn at_most(delete: u64, insert: usize) -> Self {
        let bytes = (insert as u64).min(u64::from(u32::MAX));
        Self { bytes, events: delete.min(DOCUMENT_BYTES) + bytes }
    }

    fn packed(self) -> u64 {
        self.bytes << 32 | self.events
    }
}

/// The lower half of the bound.
const LOW: u64 = u32::MAX as u64;

/// A change of the bound, in wrapping arithmetic: the halves of the sum are right because those of the bound are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Correction(u64);

impl Correction {
    pub(super) fn release(self, reserved: Growth) -> Self {
        Self(self.0.wrapping_sub(reserved.packed()))
    }

    /// Bytes that went and came, events that were recorded.
    pub(super) fn add(self, gone: u64, come: u64, events: u64) -> Self {
        Self(self.0.wrapping_add((come << 32).wrapping_sub(gone << 32)).wrapping_add(events))
    }
}

impl Intake {
    /// An intake for a document of this size, with the side that takes splices out.
    pub(super) fn new(size: Growth, writer: &Notifier) -> Result<(Self, mpsc::Receiver<Splice>)> {
        let (ring, receiver) =
            mpsc::ring(RING, writer).map_err(|_| Error::internal("a ring of an unfit capacity"))?;
        let bound = AtomicU64::new(size.packed());
        Ok((Self { ring, writer: writer.clone(), bound, overflow: Mutex::default() }, receiver))
    }

    /// Takes a splice. Never waits.
    pub(super) fn push(&self, splice: Splice) -> std::result::Result<Ticket, Refused> {
        let Growth { bytes, events } = splice.reserved;
        // Relaxed: a bound of numbers; the splices themselves are handed over by the ring.
        let reserved = self.bound.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |bound| {
            let fits = (bound >> 32) + bytes <= DOCUMENT_BYTES && (bound & LOW) + events <= DOCUMENT_EVENTS;
            fits.then_some(bound + splice.reserved.packed())
        });
        if reserved.is_err() {
            return Err(Refused::AtLimit(splice));
        }
        match self.ring.push(splice) {
            Ok(pushed) => Ok(Ticket(pushed.position + 1)),
            Err(PushError::Full(splice) | PushError::Closed(splice)) => self.push_aside(splice),
        }
    }

    /// Corrects the bound after splices were applied: what they reserved goes, what became of the document comes.
    pub(super) fn correct(&self, correction: Correction) {
        self.bound.fetch_add(correction.0, Ordering::Relaxed); // Relaxed: as in `push`
    }

    /// Bytes that the document has at most once everything taken is applied.
    pub(super) fn bytes(&self) -> u64 {
        self.bound.load(Ordering::Relaxed) >> 32 // Relaxed: as in `push`
    }

    #[cold]
    fn push_aside(&self, mut splice: Splice) -> std::result::Result<Ticket, Refused> {
        let mut overflow = lock(&self.overflow);
        loop {
            match overflow.state {
                OverflowState::Refused => {
                    self.correct(Correction::default().release(splice.reserved));
                    return Err(Refused::Closed);
                }
                OverflowState::Used => {
                    overflow.splices.push(splice);
                    overflow.last += 1;
                    let ticket = Ticket(overflow.last);
                    drop(overflow);
                    self.writer.notify();
                    return Ok(ticket);
                }
                // The consumer may have made room meanwhile.
                OverflowState::Unused => match self.ring.push(splice) {
                    Ok(pushed) => return Ok(Ticket(pushed.position + 1)),
                    Err(PushError::Full(back) | PushError::Closed(back)) => {
                        splice = back;
                        overflow.last = self.ring.close();
                        overflow.state = OverflowState::Used;
                    }
                },
            }
        }
    }

    /// The last ticket given.
    pub(super) fn last(&self) -> Ticket {
        let overflow = lock(&self.overflow);
        match overflow.state {
            OverflowState::Unused => Ticket(self.ring.accepted()),
            OverflowState::Used | OverflowState::Refused => Ticket(overflow.last),
        }
    }

    /// Refuses splices from now on. What was taken stays to be taken out.
    pub(super) fn close(&self) {
        let mut overflow = lock(&self.overflow);
        if overflow.state == OverflowState::Unused {
            overflow.last = self.ring.close();
        }
        overflow.state = OverflowState::Refused;
    }

    /// Whether splices wait to be taken out.
    pub(super) fn has_waiting(&self) -> bool {
        !self.ring.is_empty() || !lock(&self.overflow).splices.is_empty()
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.overflow).state == OverflowState::Refused
    }

    /// Takes out splices in the order of their tickets, at most about `limit`; gives how many. Only the owner of the
    /// other side calls this.
    pub(super) fn drain(
        &self,
        ring: &mut mpsc::Receiver<Splice>,
        limit: usize,
        mut each: impl FnMut(Splice),
    ) -> usize {
        let taken = ring.drain(limit).map(&mut each).count();
        if taken > 0 || ring.ready() != Some(Ready::Closed) {
            return taken;
        }
        let mut overflow = lock(&self.overflow);
        let splices = std::mem::take(&mut overflow.splices);
        if overflow.state == OverflowState::Used && ring.reopen(splices.len() as u64).is_ok() {
            overflow.state = OverflowState::Unused;
        }
        drop(overflow);
        let taken = splices.len();
        splices.into_iter().for_each(each);
        taken
    }
}

#[cfg(test)]
mod tests;
