//! SQLite as the peers use it: the settings of a careful app, rows of updates, notes with a stock FTS5 index.

use std::path::Path;

use anyhow::{Result, ensure};
use rusqlite::Connection;

use crate::corpus::File;

const FILE: &str = "peer.sqlite3";

/// The database in `folder`, created where there is none: WAL, `synchronous=NORMAL`, all else as SQLite has it.
pub(crate) fn open(folder: &Path) -> Result<Connection> {
    let sql = Connection::open(folder.join(FILE))?;
    let mode: String = sql.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    ensure!(mode == "wal", "no write-ahead log on this file system");
    sql.pragma_update(None, "synchronous", "normal")?;
    Ok(sql)
}

/// Closes it; the last connection carries the write-ahead log into the database.
pub(crate) fn close(sql: Connection) -> Result<()> {
    sql.close().map_err(|(_, error)| error.into())
}

/// A table for [`store_update`].
pub(crate) fn create_updates(sql: &Connection) -> Result<()> {
    Ok(sql.execute_batch("CREATE TABLE updates (n INTEGER PRIMARY KEY, bytes BLOB)")?)
}

/// Stores one update in a transaction of its own.
pub(crate) fn store_update(sql: &Connection, bytes: &[u8]) -> Result<()> {
    sql.prepare_cached("INSERT INTO updates (bytes) VALUES (?1)")?.execute([bytes])?;
    Ok(())
}

/// Every stored update, in order.
pub(crate) fn updates(sql: &Connection) -> Result<Vec<Vec<u8>>> {
    let mut statement = sql.prepare("SELECT bytes FROM updates ORDER BY n")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

const NOTES: &str = "
    CREATE TABLE note (n INTEGER PRIMARY KEY, title TEXT, modified INTEGER, text TEXT);
    CREATE INDEX note_modified ON note (modified);
    CREATE VIRTUAL TABLE note_words USING fts5 (title, text, content='note', content_rowid='n');
";

/// Reads each file of `source` and inserts it and its words, all in one transaction: the loop that one writes
/// first. Gives the number of notes.
pub(crate) fn import(source: &Path, folder: &Path) -> Result<u64> {
    let mut sql = open(folder)?;
    sql.execute_batch(NOTES)?;
    let transaction = sql.transaction()?;
    let mut count = 0;
    {
        let mut note = transaction.prepare("INSERT INTO note (title, modified, text) VALUES (?1, ?2, ?3)")?;
        let mut words =
            transaction.prepare("INSERT INTO note_words (rowid, title, text) VALUES (?1, ?2, ?3)")?;
        for file in crate::corpus::files(source)? {
            let File { path, modified } = file?;
            let text = std::fs::read_to_string(path)?;
            let title = crate::corpus::title_of(&text);
            note.execute((title, modified, &text))?;
            words.execute((transaction.last_insert_rowid(), title, &text))?;
            count += 1;
        }
    }
    transaction.commit()?;
    close(sql)?;
    Ok(count)
}

/// Opens the database and reads the newest notes and the number of all; gives how many it read.
pub(crate) fn first_page(folder: &Path, limit: usize) -> Result<u64> {
    let sql = open(folder)?;
    let mut page = sql.prepare("SELECT n, title, modified FROM note ORDER BY modified DESC LIMIT ?1")?;
    let columns = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
    };
    let rows = page.query_map([limit], columns)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let total: u64 = sql.query_row("SELECT count(*) FROM note", [], |row| row.get(0))?;
    ensure!(total >= rows.len() as u64, "more rows than notes");
    Ok(std::hint::black_box(rows).len() as u64)
}

const HITS: &str = "
    SELECT rowid, title, snippet(note_words, 1, '[', ']', '…', 24), rank
    FROM note_words WHERE note_words MATCH ?1 AND rank MATCH 'bm25(5.0, 1.0)' ORDER BY rank LIMIT ?2
";

/// The best hits with their snippets; `with_total` asks for the number of all matches too, as the engine gives it.
pub(crate) fn search(
    sql: &Connection,
    query: &str,
    limit: usize,
    with_total: bool,
) -> Result<(usize, Option<u64>)> {
    let columns = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, f64>(3)?))
    };
    let mut statement = sql.prepare_cached(HITS)?;
    let hits = statement.query_map((query, limit), columns)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let hits = std::hint::black_box(hits).len();
    if !with_total {
        return Ok((hits, None));
    }
    let mut count = sql.prepare_cached("SELECT count(*) FROM note_words WHERE note_words MATCH ?1")?;
    Ok((hits, Some(count.query_row([query], |row| row.get(0))?)))
}
