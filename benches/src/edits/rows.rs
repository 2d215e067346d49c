//! The simplest store that loses nothing: one SQLite row per keystroke.

use std::path::Path;

use anyhow::Result;
use ropey::Rope;
use rusqlite::Connection;

use super::{Contender, Typing};
use crate::sqlite;
use crate::trace::Edit;

/// Each keystroke in a transaction of its own.
pub(super) const PER_KEYSTROKE: Contender =
    Contender { name: "row per keystroke", open: |folder| open(folder, false), read_back };

/// The keystrokes of a burst in one transaction.
pub(super) const PER_BURST: Contender = Contender {
    name: "row per keystroke, 20 in a transaction",
    open: |folder| open(folder, true),
    read_back,
};

const TABLE: &str = "CREATE TABLE edit (n INTEGER PRIMARY KEY, at INTEGER, deleted INTEGER, inserted TEXT)";
const INSERT: &str = "INSERT INTO edit (at, deleted, inserted) VALUES (?1, ?2, ?3)";

struct Rows {
    sql: Connection,
    batched: bool,
}

fn open(folder: &Path, batched: bool) -> Result<Box<dyn Typing>> {
    let sql = sqlite::open(folder)?;
    sql.execute_batch(TABLE)?;
    Ok(Box::new(Rows { sql, batched }))
}

impl Typing for Rows {
    fn edit(&mut self, edit: &Edit) -> Result<()> {
        if self.batched && self.sql.is_autocommit() {
            self.sql.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        }
        self.sql.prepare_cached(INSERT)?.execute((edit.at, edit.delete, &edit.insert))?;
        Ok(())
    }

    fn make_durable(&mut self) -> Result<()> {
        if !self.sql.is_autocommit() {
            self.sql.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<()> {
        sqlite::close(self.sql)
    }
}

fn read_back(folder: &Path) -> Result<String> {
    let sql = sqlite::open(folder)?;
    let mut text = Rope::new();
    let mut statement = sql.prepare("SELECT at, deleted, inserted FROM edit ORDER BY n")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (at, deleted): (usize, usize) = (row.get(0)?, row.get(1)?);
        let start = text.utf16_cu_to_char(at);
        text.remove(start..text.utf16_cu_to_char(at + deleted));
        text.insert(start, row.get_ref(2)?.as_str()?);
    }
    Ok(text.to_string())
}
