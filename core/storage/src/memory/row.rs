//! Memories as rows of the database.

use rusqlite::{Connection, OptionalExtension, Row};
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Timestamp;

use super::item::{Contradiction, Disagreement, Memory, Validity};
use crate::error::{Error, Result};

/// The columns that a memory and its image share.
pub(super) const COLUMNS: &str = "n, key, session, part_of, revision, created, importance, confidence, valid_from, valid_until, \
                                  from_document, kind, speaker, time, tags, text";

/// The start of a query whose rows [`memory_of`] reads; a `WHERE` over `memories` follows.
pub(super) const QUERY: &str =
    "SELECT memories.n, key, text, kind, speaker, time, tags, importance, confidence, valid_from, valid_until,
            from_document, created, revision, (SELECT name FROM memory_sessions WHERE n = session),
            EXISTS (SELECT 1 FROM memories AS part WHERE part.part_of = memories.n AND part.part_of <> 0)
            OR EXISTS (SELECT 1 FROM memory_sources WHERE memory = memories.n)
            OR EXISTS (SELECT 1 FROM memory_contradictions WHERE first = memories.n)
            OR EXISTS (SELECT 1 FROM memory_contradictions WHERE second = memories.n)
     FROM memories";

/// A memory of a row.
pub(super) struct Found {
    pub(super) n: i64,
    memory: Memory,
    /// Something of it stands in other tables, and is still open.
    has_more: bool,
}

pub(super) fn memory_of(row: &Row<'_>) -> rusqlite::Result<Found> {
    let time = |at: usize| row.get::<_, Option<i64>>(at).map(|time| time.map(Timestamp::from_millis));
    let tags: String = row.get(6)?;
    let from_document: Option<[u8; 16]> = row.get(11)?;
    let memory = Memory {
        key: row.get(1)?,
        text: row.get(2)?,
        kind: row.get(3)?,
        speaker: row.get(4)?,
        time: row.get(5)?,
        session: row.get(14)?,
        tags: tags.lines().map(str::to_owned).collect(),
        importance: row.get(7)?,
        confidence: row.get(8)?,
        validity: Validity {
            from: time(9)?,
            until: time(10)?,
            from_document: from_document.map(DocumentId::from_bytes),
        },
        created: Timestamp::from_millis(row.get(12)?),
        changed: Timestamp::from_millis(row.get::<_, i64>(13)? >> 16),
        sources: Vec::new(),
        parts: Vec::new(),
        contradictions: Vec::new(),
    };
    Ok(Found { n: row.get(0)?, memory, has_more: row.get(15)? })
}

/// The memory of a number, whole; `None` where there is none.
pub(super) fn load(sql: &Connection, n: i64) -> Result<Option<Memory>> {
    let mut statement = sql.prepare_cached(&format!("{QUERY} WHERE memories.n = ?1"))?;
    match statement.query_row([n], memory_of).optional()? {
        Some(found) => complete(sql, found).map(Some),
        None => Ok(None),
    }
}

/// A memory with what stands in other tables.
pub(super) fn complete(sql: &Connection, found: Found) -> Result<Memory> {
    let Found { n, mut memory, has_more } = found;
    if !has_more {
        return Ok(memory);
    }
    memory.parts = parts(sql, n)?.into_iter().map(|(_, key)| key).collect();
    let mut statement = sql.prepare_cached(
        "WITH RECURSIVE tree(n) AS (
             SELECT ?1 UNION SELECT memories.n FROM memories JOIN tree ON part_of = tree.n WHERE part_of <> 0)
         SELECT document FROM memory_sources JOIN tree ON memory = tree.n ORDER BY memory_sources.n",
    )?;
    let documents = statement.query_map([n], |row| row.get(0).map(DocumentId::from_bytes))?;
    for document in documents {
        let document = document?;
        if !memory.sources.contains(&document) {
            memory.sources.push(document);
        }
    }
    let mut statement = sql.prepare_cached(
        "SELECT other.key, why FROM memory_contradictions
         JOIN memories AS own ON own.n = first JOIN memories AS other ON other.n = second
         WHERE first = ?1 AND first_revision = own.revision AND second_revision = other.revision AND other.part_of = 0
         UNION ALL
         SELECT other.key, why FROM memory_contradictions
         JOIN memories AS own ON own.n = second JOIN memories AS other ON other.n = first
         WHERE second = ?1 AND second_revision = own.revision AND first_revision = other.revision
           AND other.part_of = 0
         ORDER BY 1",
    )?;
    let rows = statement.query_map([n], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows {
        let (key, why) = row?;
        memory.contradictions.extend(Disagreement::of_number(why).map(|why| Contradiction { key, why }));
    }
    Ok(memory)
}

/// The number of the memory that a key leads to: of its own, or of the one that stands for it.
pub(super) fn find(sql: &Connection, key: &str) -> Result<i64> {
    let mut statement = sql.prepare_cached(
        "WITH RECURSIVE up(n, part_of) AS (
             SELECT n, part_of FROM memories WHERE key = ?1
             UNION SELECT memories.n, memories.part_of FROM memories JOIN up ON memories.n = up.part_of)
         SELECT n FROM up WHERE part_of = 0",
    )?;
    statement.query_row([key], |row| row.get(0)).optional()?.ok_or(Error::MemoryNotFound)
}

/// The numbers and keys of all that a memory stands for, in the order in which they came.
pub(super) fn parts(sql: &Connection, n: i64) -> Result<Vec<(i64, String)>> {
    let mut statement = sql.prepare_cached(
        "WITH RECURSIVE tree(n) AS (
             SELECT n FROM memories WHERE part_of = ?1 AND part_of <> 0
             UNION SELECT memories.n FROM memories JOIN tree ON part_of = tree.n WHERE part_of <> 0)
         SELECT n, key FROM memories WHERE n IN tree ORDER BY n",
    )?;
    let rows = statement.query_map([n], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The number of a session; `None` where there is none of this name.
pub(super) fn session(sql: &Connection, name: &str) -> Result<Option<i64>> {
    let mut statement = sql.prepare_cached("SELECT n FROM memory_sessions WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}
