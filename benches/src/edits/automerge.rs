//! automerge: `save_incremental` after each burst, stored as one row.

use std::path::Path;

use anyhow::{Context as _, Result};
use automerge::transaction::Transactable as _;
use automerge::{AutoCommit, ObjId, ObjType, ROOT, ReadDoc as _, TextEncoding};
use rusqlite::Connection;

use super::{Contender, Typing};
use crate::sqlite;
use crate::trace::Edit;

pub(super) const CONTENDER: Contender = Contender { name: "automerge 0.12.0", open, read_back };

const TEXT: &str = "text";

struct Document {
    sql: Connection,
    document: AutoCommit,
    text: ObjId,
}

fn open(folder: &Path) -> Result<Box<dyn Typing>> {
    let sql = sqlite::open(folder)?;
    sqlite::create_updates(&sql)?;
    let mut document = AutoCommit::new_with_encoding(TextEncoding::Utf16CodeUnit);
    let text = document.put_object(ROOT, TEXT, ObjType::Text)?;
    sqlite::store_update(&sql, &document.save_incremental())?;
    Ok(Box::new(Document { sql, document, text }))
}

impl Typing for Document {
    fn edit(&mut self, edit: &Edit) -> Result<()> {
        self.document.splice_text(&self.text, edit.at, edit.delete as isize, &edit.insert)?;
        Ok(())
    }

    fn make_durable(&mut self) -> Result<()> {
        let update = self.document.save_incremental();
        sqlite::store_update(&self.sql, &update)
    }

    fn close(self: Box<Self>) -> Result<()> {
        sqlite::close(self.sql)
    }
}

fn read_back(folder: &Path) -> Result<String> {
    let updates = sqlite::updates(&sqlite::open(folder)?)?;
    let document = AutoCommit::load(&updates.concat())?;
    let (_, text) = document.get(ROOT, TEXT)?.context("the document has no text")?;
    Ok(document.text(&text)?)
}
