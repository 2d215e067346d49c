//! Finding a document and reading it.

use rusqlite::Connection;
use writemagic_shared::id::DocumentId;

use super::Document;
use crate::Library;
use crate::error::Result;

/// The row number of a document.
pub(crate) fn document_number(_sql: &Connection, _document: DocumentId) -> Result<i64> {
    todo!()
}

/// The document of a row number, counts as of its stored head.
pub(crate) fn load_document(_sql: &Connection, _n: i64) -> Result<Document> {
    todo!()
}

/// Every method touches the disk.
impl Library {
    /// The document of this id.
    pub fn document(&self, _document: DocumentId) -> Result<Document> {
        todo!()
    }

    /// The document that `name` means: a full id, else an exact title (documents outside the trash first), else a
    /// unique prefix of an id, at least 6 characters.
    ///
    /// # Errors
    /// `document_not_found`; `ambiguous_document` when several match.
    pub fn find_document(&self, _name: &str) -> Result<Document> {
        todo!()
    }

    /// The document's text, every acknowledged edit included, without a byte order mark.
    ///
    /// # Errors
    /// `history_damaged` only if neither the stored text nor its history can be read.
    pub fn text(&self, _document: DocumentId) -> Result<String> {
        todo!()
    }
}
