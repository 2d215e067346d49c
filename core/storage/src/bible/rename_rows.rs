//! Renamings in the database: what is to be done, written down before it is.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::{BibleEntryId, BibleRenameId, DocumentId};
use writemagic_shared::limits::BIBLE_RENAMES;
use writemagic_shared::runtime::Timestamp;

use super::entries::{delete_alias, entry, entry_changed, entry_number, insert_alias};
use super::entry::Alias;
use super::words::name_key;
use crate::error::{Error, Result};
use crate::library::WriteContext;

/// A renaming, and all documents that it was to change.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: BibleRenameId,
    pub(super) entry: BibleEntryId,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) at: Timestamp,
    pub(super) undone: bool,
    pub(super) documents: Vec<DocumentId>,
}

/// Gives an entry its new name, and writes down which documents are to follow. The oldest renamings over the limit are
/// forgotten.
pub(super) fn begin(
    sql: &Connection,
    context: &WriteContext,
    id: BibleEntryId,
    new: &str,
    documents: &[DocumentId],
) -> Result<BibleRenameId> {
    let n = entry_number(sql, id)?;
    let old = entry(sql, n)?.name;
    let rename = BibleRenameId::new(context.now());
    // An alias that is the new name becomes the name.
    let alias = name_key(new).map_or(Ok(None), |key| delete_alias(sql, n, &key))?;
    sql.prepare_cached(
        "INSERT INTO bible_renames (id, entry, old, new, alias, undone, at) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
    )?
    .execute(params![rename.as_bytes(), n, old, new, alias, context.now().as_millis()])?;
    let row = sql.last_insert_rowid();
    let mut statement = sql
        .prepare_cached("INSERT OR IGNORE INTO bible_rename_documents (rename, document) VALUES (?1, ?2)")?;
    for document in documents {
        statement.execute(params![row, document.as_bytes()])?;
    }
    for statement in [
        "DELETE FROM bible_rename_documents WHERE rename NOT IN
            (SELECT n FROM bible_renames ORDER BY n DESC LIMIT ?1)",
        "DELETE FROM bible_renames WHERE n NOT IN (SELECT n FROM bible_renames ORDER BY n DESC LIMIT ?1)",
    ] {
        sql.prepare_cached(statement)?.execute([BIBLE_RENAMES as i64])?;
    }
    sql.prepare_cached("UPDATE bible_entries SET name = ?2 WHERE n = ?1")?.execute(params![n, new])?;
    entry_changed(sql, context, n)?;
    Ok(rename)
}

/// Notes that a renaming is to be taken back, and gives the entry its old name unless it has another one than the new.
pub(super) fn take_back_name(sql: &Connection, context: &WriteContext, rename: BibleRenameId) -> Result<()> {
    type Found = (i64, String, String, Option<bool>, bool);
    let found: Option<Found> = sql
        .prepare_cached("SELECT entry, old, new, alias, undone FROM bible_renames WHERE id = ?1")?
        .query_row([rename.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .optional()?;
    let (n, old, new, alias, undone) = found.ok_or(Error::BibleRenameNotFound)?;
    if undone {
        return Ok(());
    }
    let superseded: bool = sql
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM bible_renames
                WHERE entry = ?1 AND undone = 0 AND n > (SELECT n FROM bible_renames WHERE id = ?2))",
        )?
        .query_row(params![n, rename.as_bytes()], |row| row.get(0))?;
    if superseded {
        return Err(Error::BibleRenameSuperseded);
    }
    sql.prepare_cached("UPDATE bible_renames SET undone = 1 WHERE id = ?1")?.execute([rename.as_bytes()])?;
    if entry(sql, n)?.name != new {
        return Ok(());
    }
    name_key(&old).map_or(Ok(None), |key| delete_alias(sql, n, &key))?;
    sql.prepare_cached("UPDATE bible_entries SET name = ?2 WHERE n = ?1")?.execute(params![n, old])?;
    if let Some(inflected) = alias {
        insert_alias(sql, n, &Alias { name: new, inflected })?;
    }
    entry_changed(sql, context, n)
}

const COLUMNS: &str = "SELECT bible_renames.n, bible_renames.id, bible_entries.id, old, new, at, undone
     FROM bible_renames JOIN bible_entries ON bible_entries.n = entry";

fn row_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, Row)> {
    let found = Row {
        id: BibleRenameId::from_bytes(row.get(1)?),
        entry: BibleEntryId::from_bytes(row.get(2)?),
        old: row.get(3)?,
        new: row.get(4)?,
        at: Timestamp::from_millis(row.get(5)?),
        undone: row.get(6)?,
        documents: Vec::new(),
    };
    Ok((row.get(0)?, found))
}

fn documents(sql: &Connection, rename: i64) -> Result<Vec<DocumentId>> {
    let mut statement = sql
        .prepare_cached("SELECT document FROM bible_rename_documents WHERE rename = ?1 ORDER BY document")?;
    let rows = statement.query_map([rename], |row| row.get(0).map(DocumentId::from_bytes))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A renaming.
pub(super) fn load(sql: &Connection, rename: BibleRenameId) -> Result<Row> {
    let (n, row) = sql
        .prepare_cached(&format!("{COLUMNS} WHERE bible_renames.id = ?1"))?
        .query_row([rename.as_bytes()], row_of)
        .optional()?
        .ok_or(Error::BibleRenameNotFound)?;
    Ok(Row { documents: documents(sql, n)?, ..row })
}

/// All renamings, the newest first.
pub(super) fn rows(sql: &Connection) -> Result<Vec<Row>> {
    let mut statement = sql.prepare_cached(&format!("{COLUMNS} ORDER BY bible_renames.n DESC"))?;
    let found: Vec<(i64, Row)> = statement.query_map([], row_of)?.collect::<rusqlite::Result<_>>()?;
    found.into_iter().map(|(n, row)| Ok(Row { documents: documents(sql, n)?, ..row })).collect()
}
