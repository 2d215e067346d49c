//! The columns of a chunk, and their packing.

use writemagic_shared::codec::{Reader, put_varint};
use writemagic_shared::limits::CHUNK_BYTES;

use super::BadChunk;
use crate::graph::pack::{self, Effort};

/// Columns below this stay plain: few become smaller, and clearing the compressor costs more than the bytes.
const PACK_FROM: usize = 48;

/// The place of the text among the columns.
const TEXT: usize = 14;

/// One of everything, in the order of the bytes.
#[derive(Debug, Default)]
pub(super) struct Columns<T> {
    pub(super) agents: T,
    pub(super) origins: T,
    pub(super) writers: T,
    pub(super) lengths: T,
    pub(super) shapes: T,
    pub(super) jumps: T,
    pub(super) parent_agents: T,
    pub(super) parent_events: T,
    pub(super) runs: T,
    pub(super) long_runs: T,
    pub(super) carets: T,
    pub(super) entries: T,
    pub(super) entry_origins: T,
    pub(super) entry_times: T,
    pub(super) text: T,
}

impl<T> Columns<T> {
    pub(super) fn in_order(&mut self) -> [&mut T; 15] {
        [
            &mut self.agents,
            &mut self.origins,
            &mut self.writers,
            &mut self.lengths,
            &mut self.shapes,
            &mut self.jumps,
            &mut self.parent_agents,
            &mut self.parent_events,
            &mut self.runs,
            &mut self.long_runs,
            &mut self.carets,
            &mut self.entries,
            &mut self.entry_origins,
            &mut self.entry_times,
            &mut self.text,
        ]
    }
}

impl Columns<Vec<u8>> {
    /// Appends all columns.
    pub(super) fn put(&mut self, out: &mut Vec<u8>) {
        let mut packed = Vec::new();
        for (place, column) in self.in_order().into_iter().enumerate() {
            // The text gains by more work; the others would only take longer.
            let effort = if place == TEXT { Effort::Most } else { Effort::Usual };
            let length = (column.len() as u64) << 1;
            packed.clear();
            packed.reserve_exact(column.len());
            // The capacity may be more than was asked for.
            let packs = column.len() >= PACK_FROM
                && pack::deflate(effort, &[column], &mut packed)
                && packed.len() < column.len();
            if packs {
                put_varint(out, length | 1);
                put_varint(out, packed.len() as u64);
                out.extend_from_slice(&packed);
            } else {
                put_varint(out, length);
                out.extend_from_slice(column);
            }
        }
    }

    /// Reads all columns.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, BadChunk> {
        let mut columns = Self::default();
        let mut left = CHUNK_BYTES;
        for column in columns.in_order() {
            let head = reader.varint_up_to(left << 1 | 1)?;
            let length = head >> 1;
            *column = if head & 1 == 0 {
                reader.bytes(length)?.to_vec()
            } else {
                let packed = reader.varint()?;
                pack::inflate(reader.bytes(packed)?, length).ok_or(BadChunk::Packing)?
            };
            left -= length;
        }
        Ok(columns)
    }
}
