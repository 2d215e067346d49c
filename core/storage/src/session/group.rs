//! Changes that undo treats as one, where pauses do not tell: an accepted proposal, a restored version, a merge, an undo.

use std::ops::Range;

use rusqlite::{Connection, params};
use writemagic_shared::codec::{Reader, put_varint};
use writemagic_shared::limits::{DOCUMENT_BYTES, DOCUMENT_EVENTS};
use writemagic_shared::runtime::Timestamp;

use super::Patch;
use super::core::{Place, SPLICE_BYTES, SessionCore};
use super::intake::Correction;
use crate::error::{Error, Result};
use crate::graph::{Lv, Origin};
use crate::journal::Heads;

/// What a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupKind {
    /// Typing that was taken back; typing that was not has no row.
    Typing = 0,
    Proposal = 1,
    Restore = 2,
    Merge = 3,
    Undo = 4,
    Redo = 5,
    /// A name was changed in the text.
    Rename = 6,
}

impl GroupKind {
    pub(crate) fn of_number(number: i64) -> Self {
        match number {
            1 => Self::Proposal,
            2 => Self::Restore,
            3 => Self::Merge,
            4 => Self::Undo,
            5 => Self::Redo,
            6 => Self::Rename,
            _ => Self::Typing,
        }
    }
}

/// Characters that were written again: the first of the new events among those of the group, and the events whose
/// characters they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub(crate) at: u32,
    pub(crate) of: Range<Lv>,
}

/// A group whose events are about to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewGroup {
    pub(crate) kind: GroupKind,
    /// What an undo or a redo is of.
    pub(crate) target: Option<i64>,
    pub(crate) rewritten: Vec<Rewritten>,
    /// What it is a part of that goes over several documents.
    pub(crate) step: Option<[u8; 16]>,
}

impl NewGroup {
    pub(crate) fn of(kind: GroupKind) -> Self {
        Self { kind, target: None, rewritten: Vec::new(), step: None }
    }

    /// Writes the group; its events have these numbers.
    pub(super) fn write(
        &self,
        sql: &Connection,
        branch: (i64, i64),
        events: Range<Lv>,
        at: i64,
    ) -> Result<()> {
        let copies = self.rewritten.iter().map(|copy| {
            let first = events.start + copy.at;
            (first..first + (copy.of.end - copy.of.start), copy.of.start)
        });
        let copies: Vec<_> = copies.collect();
        let row = insert_group(sql, branch, events.start, self.kind, self.target, at, &[events], &copies)?;
        if let Some(step) = &self.step {
            sql.prepare_cached("UPDATE groups SET step = ?2 WHERE n = ?1")?.execute(params![row, step])?;
        }
        let undone = match self.kind {
            GroupKind::Undo => true,
            GroupKind::Redo => false,
            _ => return Ok(()),
        };
        sql.prepare_cached("UPDATE groups SET undone = ?2 WHERE n = ?1")?
            .execute(params![self.target, undone])?;
        Ok(())
    }
}

impl SessionCore {
    /// Whether the text may grow so much, and its history.
    pub(crate) fn check_growth(&self, bytes: u64, events: u64) -> Result<()> {
        let state = self.state();
        Error::check_limit("document_bytes", state.text.bytes() + bytes, DOCUMENT_BYTES)?;
        Error::check_limit("document_events", state.events() + events, DOCUMENT_EVENTS)
    }

    /// Replaces characters, one range after the other, as a change that is undone as one; gives the patches for a view
    /// and the backlog. Does nothing if the text was changed since it was saved at version `heads`.
    pub(crate) fn apply_group(
        &self,
        heads: &Heads,
        edits: Vec<(usize, usize, String)>,
        group: NewGroup,
        now: Timestamp,
    ) -> Option<(Vec<Patch>, u64)> {
        let mut state = self.settled(now);
        if state.tail.heads != *heads || !state.unsaved.is_empty() {
            return None;
        }
        let (bytes, events) = (state.text.bytes(), state.events());
        state.begin_group(group, &Origin::person(), now);
        let (mut patches, mut backlog) = (Vec::with_capacity(edits.len()), 0);
        for (start, end, insert) in edits {
            let cost = SPLICE_BYTES + insert.len() as u64;
            let patch = state.patch(&Place { start, end, moved: false }, insert);
            state.replace(start, end, &patch.insert, &Origin::person(), now, cost, true);
            backlog += cost;
            patches.push(patch);
        }
        let correction = Correction::default();
        self.intake.correct(correction.add(bytes, state.text.bytes(), state.events() - events));
        state.note_patches(&patches);
        Some((patches, backlog))
    }
}

/// Writes a group of events that are saved; gives its number. `copies`: new characters, and the first of those that they copy.
#[allow(clippy::too_many_arguments)] // the columns of a row
pub(crate) fn insert_group(
    sql: &Connection,
    (document, branch): (i64, i64),
    lv: Lv,
    kind: GroupKind,
    target: Option<i64>,
    at: i64,
    events: &[Range<Lv>],
    copies: &[(Range<Lv>, Lv)],
) -> Result<i64> {
    let events = ranges_bytes(events);
    let mut copied = Vec::new();
    for (new, of) in copies {
        put_varint(&mut copied, new.start.into());
        put_varint(&mut copied, (new.end - new.start).into());
        put_varint(&mut copied, (*of).into());
    }
    sql.prepare_cached(
        "INSERT INTO groups (document, branch, lv, kind, target, undone, at, events, copies)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)",
    )?
    .execute(params![document, branch, lv, kind as i64, target, at, events, copied])?;
    Ok(sql.last_insert_rowid())
}

/// Ascending ranges as stored: gap and length of each, varints.
fn ranges_bytes(ranges: &[Range<Lv>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = 0;
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        put_varint(&mut out, (range.start - last).into());
        put_varint(&mut out, (range.end - range.start).into());
        last = range.end;
    }
    out
}

/// The ranges of [`ranges_bytes`].
pub(crate) fn parse_ranges(bytes: &[u8]) -> Option<Vec<Range<Lv>>> {
    let mut reader = Reader::new(bytes);
    let number = |reader: &mut Reader<'_>| u32::try_from(reader.varint().ok()?).ok();
    let (mut ranges, mut last): (Vec<Range<Lv>>, Lv) = (Vec::new(), 0);
    while !reader.is_empty() {
        let start = last.checked_add(number(&mut reader)?)?;
        last = start.checked_add(number(&mut reader)?)?;
        ranges.push(start..last);
    }
    Some(ranges)
}

/// The copies of a group: new characters, and the first of those that they copy.
pub(crate) fn parse_copies(bytes: &[u8]) -> Option<Vec<(Range<Lv>, Lv)>> {
    let mut reader = Reader::new(bytes);
    let number = |reader: &mut Reader<'_>| u32::try_from(reader.varint().ok()?).ok();
    let mut copies = Vec::new();
    while !reader.is_empty() {
        let start = number(&mut reader)?;
        let len = number(&mut reader)?;
        let of = number(&mut reader)?;
        of.checked_add(len)?;
        copies.push((start..start.checked_add(len)?, of));
    }
    Some(copies)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init, reason = "lists of ranges")]

    use super::*;

    #[test]
    fn ranges_survive_their_bytes() {
        for ranges in [vec![], vec![0..1], vec![3..9, 12..13, 500..70_000]] {
            assert_eq!(parse_ranges(&ranges_bytes(&ranges)), Some(ranges));
        }
        assert_eq!(parse_ranges(&[1]), None);
        assert_eq!(parse_copies(&[1, 2]), None);
    }
}
