//! loro: the updates since the last burst, exported and stored as one row.

use std::path::Path;

use anyhow::Result;
use loro::{ExportMode, LoroDoc, LoroText, VersionVector};
use rusqlite::Connection;

use super::{Contender, Typing};
use crate::sqlite;
use crate::trace::Edit;

pub(super) const CONTENDER: Contender = Contender { name: "loro 1.17.1", open, read_back };

const TEXT: &str = "text";

struct Document {
    sql: Connection,
    document: LoroDoc,
    text: LoroText,
    stored: VersionVector,
}

fn open(folder: &Path) -> Result<Box<dyn Typing>> {
    let sql = sqlite::open(folder)?;
    sqlite::create_updates(&sql)?;
    let document = LoroDoc::new();
    let (text, stored) = (document.get_text(TEXT), document.oplog_vv());
    Ok(Box::new(Document { sql, document, text, stored }))
}

impl Typing for Document {
    fn edit(&mut self, edit: &Edit) -> Result<()> {
        if edit.delete > 0 {
            self.text.delete_utf16(edit.at, edit.delete)?;
        }
        if !edit.insert.is_empty() {
            self.text.insert_utf16(edit.at, &edit.insert)?;
        }
        Ok(())
    }

    fn make_durable(&mut self) -> Result<()> {
        self.document.commit();
        let update = self.document.export(ExportMode::updates(&self.stored))?;
        self.stored = self.document.oplog_vv();
        sqlite::store_update(&self.sql, &update)
    }

    fn close(self: Box<Self>) -> Result<()> {
        sqlite::close(self.sql)
    }
}

fn read_back(folder: &Path) -> Result<String> {
    let document = LoroDoc::new();
    document.import_batch(&sqlite::updates(&sqlite::open(folder)?)?)?;
    Ok(document.get_text(TEXT).to_string())
}
