//! Making documents: the costly part without the database, so that import can do it on every core.

use rusqlite::Connection;
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Timestamp;

use super::{Document, DocumentKind};
use crate::Library;
use crate::error::Result;
use crate::graph::Origin;
use crate::library::WriteContext;

/// What a new document starts with. Only the title is required; the rest is empty, Markdown, at the top.
///
/// ```
/// use writemagic_storage::document::NewDocument;
/// let new = NewDocument::titled("Chapter 1").folder("Novel/Draft").text("It was a dark and stormy night.");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct NewDocument {
    pub(crate) title: String,
    pub(crate) kind: DocumentKind,
    pub(crate) folder: String,
    pub(crate) language: Option<String>,
    pub(crate) byte_order_mark: bool,
    pub(crate) text: String,
    pub(crate) created: Option<Timestamp>,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) origin: Origin,
}

impl NewDocument {
    /// An empty Markdown document at the top.
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            kind: DocumentKind::Markdown,
            folder: String::new(),
            language: None,
            byte_order_mark: false,
            text: String::new(),
            created: None,
            modified: None,
            origin: Origin::person(),
        }
    }

    /// Markdown or plain text.
    pub fn kind(self, kind: DocumentKind) -> Self {
        Self { kind, ..self }
    }

    /// The folder's `/`-separated path; folders that do not exist are created.
    pub fn folder(self, path: impl Into<String>) -> Self {
        Self { folder: path.into(), ..self }
    }

    /// A BCP 47 language tag.
    pub fn language(self, tag: impl Into<String>) -> Self {
        Self { language: Some(tag.into()), ..self }
    }

    /// The first text, kept exactly.
    pub fn text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// Whether export writes a byte order mark before the text.
    pub fn byte_order_mark(self, present: bool) -> Self {
        Self { byte_order_mark: present, ..self }
    }

    /// When it was created and last changed, for documents that are older than the library.
    pub fn times(self, created: Timestamp, modified: Timestamp) -> Self {
        Self { created: Some(created), modified: Some(modified), ..self }
    }

    /// Who wrote the first text; a person unless said otherwise.
    pub fn origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }
}

/// A checked new document with everything computed that needs no database: counts, history row, search terms.
pub(crate) struct Prepared {
    pub(crate) new: NewDocument,
}

/// Checks the limits and computes what the database will hold. Pure; costs the length of the text.
pub(crate) fn prepare(new: NewDocument) -> Result<Prepared> {
    Ok(Prepared { new })
}

/// Writes a prepared document; returns its row number and id. Creates the folders that its path names.
pub(crate) fn insert(_sql: &Connection, _context: &mut WriteContext, _prepared: &Prepared) -> Result<(i64, DocumentId)> {
    todo!()
}

impl Library {
    /// Creates a document. Touches the disk: durable when it returns.
    ///
    /// # Errors
    /// `limit_exceeded`, `invalid_folder_name`, `invalid_language_tag`, and those of any write:
    /// `library_read_only`, `disk_full`, `io`.
    pub fn create_document(&self, _new: NewDocument) -> Result<Document> {
        todo!()
    }
}
