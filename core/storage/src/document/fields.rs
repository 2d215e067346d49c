//! Changing what a document is called, where it stands and whether it is in the trash.

use writemagic_shared::id::DocumentId;

use super::{Document, Targets};
use crate::Library;
use crate::error::Result;

/// Every method touches the disk and is durable when it returns the changed document.
impl Library {
    /// Gives a document another title, in one transaction with its search row.
    pub fn rename(&self, _document: DocumentId, _title: &str) -> Result<Document> {
        todo!()
    }

    /// Moves a document to a folder ("" = the top), which is created where missing. Moving to where it is
    /// changes nothing.
    pub fn move_document(&self, _document: DocumentId, _folder: &str) -> Result<Document> {
        todo!()
    }

    /// Puts a document in the trash: it leaves listings and search, and everything else still works on it.
    pub fn trash(&self, _document: DocumentId) -> Result<Document> {
        todo!()
    }

    /// Takes a document out of the trash.
    pub fn untrash(&self, _document: DocumentId) -> Result<Document> {
        todo!()
    }

    /// Destroys a document, trashed or not, with its history; a tombstone of its id stays. Returns what it was.
    ///
    /// # Errors
    /// `confirmation_required` unless `confirmed`.
    pub fn purge(&self, _document: DocumentId, _confirmed: bool) -> Result<Document> {
        todo!()
    }

    /// Sets or clears the targets.
    pub fn set_targets(&self, _document: DocumentId, _targets: Targets) -> Result<Document> {
        todo!()
    }

    /// Sets or clears the language, a BCP 47 tag.
    pub fn set_language(&self, _document: DocumentId, _tag: Option<&str>) -> Result<Document> {
        todo!()
    }
}
