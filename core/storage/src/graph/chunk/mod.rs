//! A part of a history, and its bytes: the one form on disk and on the wire.
//!
//! A chunk names its events, and what they follow, by agent and sequence number: it means the same everywhere. Its bytes
//! are columns, each of one kind of number, each deflated for itself where that makes it smaller, so that numbers are
//! packed among their like:
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `WMH1`; `WMH2` if U+FDD0 in the text stands for characters that were forgotten; a later format ends with another digit |
//! | varint | number of events |
//! | 15 columns | varint(length · 2 + deflated), if deflated varint(packed length), bytes |
//! | 4 | CRC-32C of everything before, little endian |
//!
//! A *stretch* is events of one agent with consecutive sequence numbers, each of which follows the one before. An agent's
//! *expected* sequence number is one above that of its last event so far, at first 0. The columns in their order:
//!
//! | column | for each | what |
//! | --- | --- | --- |
//! | agents | agent | 16 bytes |
//! | origins | origin | kind, length of name, name, length of run, run |
//! | writers | stretch | number of the agent |
//! | lengths | stretch | events |
//! | shapes | stretch | shape · 2 + 1 if the sequence number is not the expected one |
//! | jumps | of those | zigzag(sequence number - expected) |
//! | parent agents | listed parent | number of the agent |
//! | parent events | listed parent | zigzag(the agent's expected sequence number - 1 - the parent's) |
//! | runs | run | one byte: (kind · 2 + moved) · 42 + length - 1; from length 42 on as if it were 42 |
//! | long runs | of those | length - 42 |
//! | carets | run that moved | zigzag(caret - caret after the same agent's last run, at first 0) |
//! | entries | entry of provenance | events |
//! | entry origins | | runs of numbers of origins |
//! | entry times | entry | zigzag(seconds since 1970 - those of the entry before) |
//! | text | | what was inserted, UTF-8 |
//!
//! Shape 0: the stretch follows the event before it in the chunk. 1 + 2n: the agent's last event in the chunk and n listed
//! parents. 2 + 2n: n listed parents. Numbers are varints. Agents and origins are numbered from 0 as they stand there.
//!
//! | part | what it does |
//! | --- | --- |
//! | `columns` | the columns and their packing |
//! | `encode`, `decode` | a chunk to bytes; bytes, which it does not trust, to a chunk |

mod columns;
mod decode;
mod encode;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use thiserror::Error;
use writemagic_shared::codec::DecodeError;
use writemagic_shared::limits::{CHUNK_PROVENANCE, ORIGIN_NAME_BYTES, ORIGIN_RUN_BYTES};

pub(crate) use decode::decode;
pub(crate) use encode::encode;

use super::log::{BadBatch, Batch};
use super::origin::Origin;

const MAGIC: &[u8; 3] = b"WMH";
const FORMAT: u8 = b'1';
/// The format of a chunk some of whose text is forgotten.
const FORGETTING: u8 = b'2';
/// Bytes of the checksum.
const CHECKSUM: usize = 4;
/// The length of a run from which on it is written apart.
const LONG_RUN: u32 = 42;

/// Who wrote events that stand in a row, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Provenance {
    /// How many events, at least 1.
    pub(crate) events: u32,
    /// Number of the origin in the chunk.
    pub(crate) origin: u32,
    /// In milliseconds since 1970. Bytes keep the second.
    pub(crate) at: i64,
}

/// Events and who wrote them when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(super) batch: Batch,
    pub(super) origins: Vec<Origin>,
    pub(super) provenance: Vec<Provenance>,
}

impl Chunk {
    /// A chunk whose parts fit each other: `provenance` covers the events of the batch in their order.
    pub(crate) fn new(
        batch: Batch,
        origins: Vec<Origin>,
        provenance: Vec<Provenance>,
    ) -> Result<Self, BadChunk> {
        if batch.repeated_id().is_some() || !batch.names_own_events_by_number() {
            return Err(BadChunk::Ids);
        }
        let too_long = |origin: &Origin| {
            origin.name.len() as u64 > ORIGIN_NAME_BYTES || origin.run.len() as u64 > ORIGIN_RUN_BYTES
        };
        let distinct = origins.iter().collect::<HashSet<_>>().len();
        if distinct < origins.len() || origins.iter().any(too_long) {
            return Err(BadChunk::Origins);
        }
        let most = CHUNK_PROVENANCE as usize;
        let in_range = |entry: &Provenance| entry.events > 0 && (entry.origin as usize) < origins.len();
        let events = provenance.iter().try_fold(0_u32, |all, entry| all.checked_add(entry.events));
        if events != Some(batch.events())
            || !provenance.iter().all(in_range)
            || provenance.len().max(origins.len()) > most
        {
            return Err(BadChunk::Provenance);
        }
        Ok(Self { batch, origins, provenance })
    }

    pub(crate) fn batch(&self) -> &Batch {
        &self.batch
    }

    pub(crate) fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// Covers the events of the batch in their order.
    pub(crate) fn provenance(&self) -> &[Provenance] {
        &self.provenance
    }
}

/// Why bytes are not a chunk that this engine wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum BadChunk {
    #[error("this is no chunk of history")]
    Magic,
    #[error("the chunk is of a newer format")]
    Format,
    #[error("the checksum differs")]
    Checksum,
    #[error(transparent)]
    Number(#[from] DecodeError),
    #[error("a column is damaged or of another length")]
    Packing,
    #[error("a column has more than belongs to it, or the events are not as many as is said")]
    Count,
    #[error("an origin is of an unknown kind, stands twice, or is too long")]
    Origins,
    #[error("it is not said of each event, once, who wrote it")]
    Provenance,
    #[error("an unknown kind of event, or a position outside of any text")]
    Run,
    #[error("inserted text is not UTF-8 or of another length")]
    Text,
    #[error("an event stands twice, or before one that it follows")]
    Ids,
    #[error(transparent)]
    Batch(#[from] BadBatch),
}
