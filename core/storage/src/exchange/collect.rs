//! What the library holds, as records and as a summary.

use std::collections::BTreeMap;
use std::ops::Range;

use rusqlite::Connection;
use writemagic_shared::id::{AgentId, DocumentId, FolderId, LibraryId};
use writemagic_shared::runtime::Timestamp;

use super::digest::Digest;
use super::field::Field;
use super::joined::Joined;
use super::record::{Anchor, Branch, DocumentState, FolderState, Label, MAIN_ID, PurgedKind, Record};
use super::summary::{Known, Summary};
use crate::document::folder_id;
use crate::error::{Error, Result};
use crate::graph::{Lv, Version};
use crate::history::{Loaded, branch_heads, parse_ids, version_of, waiting_heads};
use crate::journal::{self, parse_heads};
use crate::schema::{MAIN, head_branch, head_key, journal_key};

/// The most events of one chunk of a bundle.
const CHUNK_EVENTS: u32 = 1 << 20;

const CORRUPT: &str = "a row that is not this format's";

/// Folders, joined folders and tombstones, in the order of a bundle.
pub(super) fn shelf_records(sql: &Connection) -> Result<Vec<Record>> {
    let mut records: Vec<Record> = folders(sql)?.into_values().map(Record::Folder).collect();
    records.extend(joined(sql)?.pairs().map(|(id, into)| Record::Joined { id, into }));
    let mut statement = sql.prepare_cached("SELECT id, kind, clock FROM purged ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let kind = match row.get::<_, i64>(1)? {
            0 => PurgedKind::Document,
            1 => PurgedKind::Folder,
            2 => PurgedKind::Branch,
            _ => continue,
        };
        records.push(Record::Purged { id: row.get(0)?, kind, clock: row.get(2)? });
    }
    Ok(records)
}

/// Every folder as it was last written.
pub(super) fn folders(sql: &Connection) -> Result<BTreeMap<FolderId, FolderState>> {
    let mut statement = sql.prepare_cached(
        "SELECT folders.id, coalesce(folders.wanted, above.id), folders.parent_clock, folders.name,
                folders.name_clock, folders.order_key, folders.order_clock
         FROM folders LEFT JOIN folders AS above ON above.n = folders.parent",
    )?;
    let mut rows = statement.query([])?;
    let mut folders = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let id = FolderId::from_bytes(row.get(0)?);
        let parent: Option<[u8; 16]> = row.get(1)?;
        let state = FolderState {
            id,
            parent: Field { value: parent.map(FolderId::from_bytes), clock: row.get(2)? },
            name: Field { value: row.get(3)?, clock: row.get(4)? },
            order: Field { value: row.get(5)?, clock: row.get(6)? },
        };
        folders.insert(id, state);
    }
    Ok(folders)
}

pub(super) fn joined(sql: &Connection) -> Result<Joined> {
    let mut statement = sql.prepare_cached("SELECT id, into_id FROM joined")?;
    let pairs = statement
        .query_map([], |row| Ok((FolderId::from_bytes(row.get(0)?), FolderId::from_bytes(row.get(1)?))))?;
    Ok(pairs.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().collect())
}

/// A document's fields.
pub(super) fn document_state(sql: &Connection, n: i64) -> Result<DocumentState> {
    let unsigned = |number: Option<i64>| number.map(|number| number.max(0).unsigned_abs());
    let (state, folder): (DocumentState, i64) = sql
        .prepare_cached(
            "SELECT id, title, title_clock, kind, bom, folder, folder_clock, language, language_clock, words_target,
                    chars_target, target_clock, trashed, trashed_clock, created, modified
             FROM documents WHERE n = ?1",
        )?
        .query_row([n], |row| {
            let state = DocumentState {
                id: DocumentId::from_bytes(row.get(0)?),
                title: Field { value: row.get(1)?, clock: row.get(2)? },
                kind: row.get::<_, i64>(3)?.clamp(0, 255) as u8,
                bom: row.get(4)?,
                folder: Field { value: None, clock: row.get(6)? },
                language: Field { value: row.get(7)?, clock: row.get(8)? },
                targets: Field {
                    value: [unsigned(row.get(9)?), unsigned(row.get(10)?)],
                    clock: row.get(11)?,
                },
                trashed: Field { value: row.get(12)?, clock: row.get(13)? },
                created: Timestamp::from_millis(row.get(14)?),
                modified: Timestamp::from_millis(row.get(15)?),
            };
            Ok((state, row.get(5)?))
        })?;
    let folder = folder_id(sql, folder)?;
    Ok(DocumentState { folder: Field { value: folder, ..state.folder }, ..state })
}

fn version(sql: &Connection, heads: &[u8]) -> Result<Version> {
    version_of(sql, &parse_heads(heads).ok_or(Error::LibraryCorrupt { found: CORRUPT })?)
}

/// What a branch is or is to be: its present version, and what waits for its session.
fn branch_version(sql: &Connection, n: i64, branch: i64) -> Result<Vec<Version>> {
    let waiting = waiting_heads(sql, n, branch)?;
    let heads = std::iter::once(branch_heads(sql, n, branch)?).chain(waiting);
    heads.map(|heads| version_of(sql, &heads)).collect()
}

/// A document's branches, labels and anchors.
pub(super) fn parts(sql: &Connection, n: i64, created: Timestamp) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut statement = sql.prepare_cached(
        "SELECT n, id, name, name_clock, created FROM branches WHERE n > ?1 AND n < ?2 ORDER BY id",
    )?;
    let mut rows = statement.query([head_key(n, MAIN), head_key(n + 1, MAIN)])?;
    let main = (MAIN, MAIN_ID, Field { value: String::new(), clock: 0 }, created);
    let mut branches = vec![main];
    while let Some(row) = rows.next()? {
        let name = Field { value: row.get(2)?, clock: row.get(3)? };
        let created = Timestamp::from_millis(row.get(4)?);
        branches.push((head_branch(row.get(0)?), row.get(1)?, name, created));
    }
    for (number, id, name, created) in branches {
        for version in branch_version(sql, n, number)? {
            records.push(Record::Branch(Branch { id, name: name.clone(), created, version }));
        }
    }
    let mut statement =
        sql.prepare_cached("SELECT name, frontier, at, clock FROM labels WHERE document = ?1 ORDER BY name")?;
    let mut rows = statement.query([n])?;
    while let Some(row) = rows.next()? {
        let heads: Option<Vec<u8>> = row.get(1)?;
        records.push(Record::Label(Label {
            name: row.get(0)?,
            version: heads.map(|heads| version(sql, &heads)).transpose()?,
            at: Timestamp::from_millis(row.get(2)?),
            clock: row.get(3)?,
        }));
    }
    let mut statement = sql.prepare_cached(
        "SELECT id, kind, frontier, at, side, clock FROM anchors WHERE document = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([n])?;
    while let Some(row) = rows.next()? {
        let heads: Option<Vec<u8>> = row.get(2)?;
        let at: u32 = row.get(3)?;
        let place = heads.map(|heads| Ok::<_, Error>((version(sql, &heads)?, at))).transpose()?;
        records.push(Record::Anchor(Anchor {
            id: row.get(0)?,
            kind: row.get(1)?,
            place,
            side: u8::from(row.get::<_, i64>(4)? != 0),
            clock: row.get(5)?,
        }));
    }
    Ok(records)
}

/// How many of each agent's events the library has of a document.
pub(super) fn known_events(sql: &Connection, n: i64) -> Result<Vec<(AgentId, u32)>> {
    let keys = [journal_key(n, 0), journal_key(n + 1, 0)];
    let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
    let mut count = |agent: i64, end: u32| {
        let known = counts.entry(agent).or_default();
        *known = end.max(*known);
    };
    let mut statement = sql.prepare_cached("SELECT ids FROM chunks WHERE n >= ?1 AND n < ?2")?;
    let mut rows = statement.query(keys)?;
    while let Some(row) = rows.next()? {
        let ids: Vec<u8> = row.get(0)?;
        let ids = parse_ids(&ids).ok_or(Error::LibraryCorrupt { found: CORRUPT })?;
        ids.iter().for_each(|(agent, seq, events)| count(*agent, seq + events));
    }
    let mut statement = sql.prepare_cached(
        "SELECT agent, max(seq + events) FROM journal WHERE n >= ?1 AND n < ?2 GROUP BY agent",
    )?;
    let mut rows = statement.query(keys)?;
    while let Some(row) = rows.next()? {
        count(row.get(0)?, row.get(1)?);
    }
    let mut known = Vec::with_capacity(counts.len());
    for (agent, end) in counts {
        let id = journal::agent_id(sql, agent)?.ok_or(Error::LibraryCorrupt { found: CORRUPT })?;
        known.push((id, end));
    }
    Ok(known)
}

/// All documents: row numbers and ids, by id.
pub(super) fn documents(sql: &Connection) -> Result<Vec<(i64, DocumentId)>> {
    let mut statement = sql.prepare_cached("SELECT n, id FROM documents ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, DocumentId::from_bytes(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn digest<'a>(records: impl IntoIterator<Item = &'a Record>) -> u64 {
    let mut digest = Digest::default();
    records.into_iter().for_each(|record| digest.add(record));
    digest.value()
}

/// What the library knows.
pub(super) fn summary(sql: &Connection, library: LibraryId) -> Result<Summary> {
    let too_large =
        |_| Error::MergeRefused { reason: "the library has too many documents or writers for a summary" };
    let mut summary = Summary::new(library, digest(&shelf_records(sql)?));
    for (n, id) in documents(sql)? {
        let known = known_of(sql, n)?;
        summary.add(id, known).map_err(too_large)?;
    }
    Ok(summary)
}

/// What the library knows of a document.
pub(super) fn known_of(sql: &Connection, n: i64) -> Result<Known> {
    let state = document_state(sql, n)?;
    let parts = parts(sql, n, state.created)?;
    let fields = digest(std::iter::once(&Record::Document(Box::new(state))).chain(&parts));
    Known::new(fields, known_events(sql, n)?).map_err(|_| Error::LibraryCorrupt { found: CORRUPT })
}

/// The events of a history that are beyond what another library knows, in parts that fit a chunk.
pub(super) fn lacking(loaded: &Loaded, known: Option<&Known>) -> Vec<Vec<Range<Lv>>> {
    let log = loaded.log();
    let mut parts: Vec<Vec<Range<Lv>>> = vec![Vec::new()];
    let mut room = CHUNK_EVENTS;
    for (range, id) in log.ids_in(0..log.end()) {
        let next = known.map_or(0, |known| known.next_of(id.agent));
        let mut start = range.start + next.saturating_sub(id.seq).min(range.end - range.start);
        while start < range.end {
            let end = range.end.min(start + room);
            if let Some(part) = parts.last_mut() {
                match part.last_mut() {
                    Some(last) if last.end == start => last.end = end,
                    _ => part.push(start..end),
                }
            }
            room -= end - start;
            if room == 0 {
                parts.push(Vec::new());
                room = CHUNK_EVENTS;
            }
            start = end;
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}
