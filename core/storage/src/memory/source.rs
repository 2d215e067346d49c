//! Where in a document a memory was taken from: two anchors, which follow the text.

use std::ops::Range;

use rusqlite::{Connection, params};
use writemagic_shared::id::{AnchorId, DocumentId};

use super::item::SourceRange;
use super::row;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::history::{AnchorSide, Anchoring, MAIN_BRANCH, delete_anchor, place_anchors};
use crate::library::WriteContext;

/// The kind of a memory's anchors.
const ANCHOR_KIND: &str = "memory";

/// Where a memory, or one that it stands for, was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemorySource {
    /// The document.
    pub document: DocumentId,
    /// Where in its present main text.
    pub place: SourcePlace,
}

/// Where what a memory was taken from is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePlace {
    /// Here, in UTF-16 units; empty where all of it was deleted.
    At(Range<u64>),
    /// The document is there, and has no such place any more.
    Lost,
    /// The document was purged.
    Gone,
}

/// Makes anchors, several in one document at the cost of one look at its text.
#[derive(Default)]
pub(super) struct Sources {
    open: Option<(DocumentId, Anchoring)>,
}

impl Sources {
    /// Notes where a memory was taken from.
    pub(super) fn add(
        &mut self,
        sql: &Connection,
        context: &mut WriteContext,
        memory: i64,
        source: &SourceRange,
    ) -> Result<()> {
        let anchoring = match self.open.take() {
            Some((document, anchoring)) if document == source.document => anchoring,
            _ => Anchoring::open(sql, source.document, MAIN_BRANCH)?,
        };
        let (_, anchoring) = self.open.insert((source.document, anchoring));
        // Both hold to characters of the part, so that what is written beside it stays outside.
        let first = anchoring.add(sql, context, source.range.start, AnchorSide::Before, ANCHOR_KIND)?;
        let last = anchoring.add(sql, context, source.range.end, AnchorSide::After, ANCHOR_KIND)?;
        sql.prepare_cached(
            "INSERT INTO memory_sources (memory, document, first, last) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![memory, source.document.as_bytes(), first.as_bytes(), last.as_bytes()])?;
        Ok(())
    }
}

/// Takes a memory's sources away; undoing the change brings them back.
pub(super) fn set_aside(sql: &Connection, memory: i64, change: i64) -> Result<()> {
    sql.prepare_cached("UPDATE memory_sources SET memory = 0, change = ?2 WHERE memory = ?1")?
        .execute([memory, change])?;
    Ok(())
}

/// Takes sources away for good, with their anchors: those that `condition` on `?1` picks.
pub(super) fn remove(
    sql: &Connection,
    context: &mut WriteContext,
    condition: &'static str,
    value: &dyn rusqlite::ToSql,
) -> Result<()> {
    let mut statement = sql
        .prepare_cached(&format!("SELECT n, document, first, last FROM memory_sources WHERE {condition}"))?;
    let rows = statement.query_map([value], |row| {
        let anchors = [2, 3].map(|at| row.get(at).map(AnchorId::from_bytes));
        Ok((row.get::<_, i64>(0)?, DocumentId::from_bytes(row.get(1)?), anchors))
    })?;
    let sources: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    for (n, document, anchors) in sources {
        match document_number(sql, document) {
            Ok(document) => {
                for anchor in anchors {
                    delete_anchor(sql, context, document, anchor?)?;
                }
            }
            // Its anchors went with it.
            Err(Error::DocumentNotFound) => {}
            Err(error) => return Err(error),
        }
        sql.prepare_cached("DELETE FROM memory_sources WHERE n = ?1")?.execute([n])?;
    }
    Ok(())
}

impl Library {
    /// Where a memory was taken from, and the memories that it stands for, as their texts are now. One walk of what was written
    /// since in each document. Touches the disk.
    ///
    /// # Errors
    /// `memory_not_found`; those of reading a history.
    pub fn memory_sources(&self, key: &str) -> Result<Vec<MemorySource>> {
        let found = self.read(|sql| sources(sql, row::find(sql, key)?))?;
        for (document, _) in &found {
            match self.settle(*document) {
                Ok(()) | Err(Error::DocumentNotFound) => {}
                Err(error) => return Err(error),
            }
        }
        self.read(|sql| {
            let place = |(document, [first, last]): &(DocumentId, [AnchorId; 2])| {
                let place = match document_number(sql, *document) {
                    Err(Error::DocumentNotFound) => SourcePlace::Gone,
                    Err(error) => return Err(error),
                    Ok(n) => {
                        let placed = place_anchors(sql, n, &self.inner.kept_history, &[*first, *last])?;
                        let at = |id: &AnchorId| placed.iter().find(|one| one.id == *id)?.at;
                        match (at(first), at(last)) {
                            (Some(first), Some(last)) => SourcePlace::At(first..last.max(first)),
                            _ => SourcePlace::Lost,
                        }
                    }
                };
                Ok(MemorySource { document: *document, place })
            };
            found.iter().map(place).collect()
        })
    }
}

/// The anchors of a memory and its parts, in the order in which they came.
fn sources(sql: &Connection, memory: i64) -> Result<Vec<(DocumentId, [AnchorId; 2])>> {
    let mut found = Vec::new();
    let numbers = std::iter::once(memory).chain(row::parts(sql, memory)?.into_iter().map(|(n, _)| n));
    let mut statement =
        sql.prepare_cached("SELECT document, first, last FROM memory_sources WHERE memory = ?1 ORDER BY n")?;
    for n in numbers {
        let rows = statement.query_map([n], |row| {
            let anchors = [AnchorId::from_bytes(row.get(1)?), AnchorId::from_bytes(row.get(2)?)];
            Ok((DocumentId::from_bytes(row.get(0)?), anchors))
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}
