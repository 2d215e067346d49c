//! Documents as the application sees them: what they are called, where they stand, what they count.
//!
//! The text of a document and its history live elsewhere ([`crate::session`], [`crate::graph`]); here are the
//! fields around it. Each field changes on its own and carries its own hybrid logical clock in the
//! database, so that libraries can be joined later, field by field.

mod create;
mod fields;
mod folder;
mod folder_name;
mod language;
mod list;
mod manuscript;
mod order;
mod read;
mod uuid_prefix;

pub use create::NewDocument;
pub(crate) use create::{Prepared, insert, prepare};
pub(crate) use fields::purge_rows;
pub use folder::{Folder, FolderPosition};
pub(crate) use folder::{ensure_folder, find_folder, folder_id, folder_path, subtree};
pub(crate) use folder_name::is_folder_name;
pub(crate) use language::{Language, check_language_tag};
pub use list::{Cursor, DocumentFilter, DocumentPage};
pub(crate) use manuscript::{Manuscript, Place, natural};
pub(crate) use order::is_key;
pub(crate) use read::{all_documents, document_id, document_number, load_document};

use serde::{Deserialize, Serialize};
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Timestamp;
use writemagic_shared::text::TextStats;

/// How a document's text is meant to be read. The text itself is kept exactly as given either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentKind {
    /// CommonMark-like Markdown.
    #[default]
    Markdown,
    /// Plain text.
    Text,
}

impl DocumentKind {
    /// The number in the database.
    const fn number(self) -> i64 {
        match self {
            DocumentKind::Text => 0,
            DocumentKind::Markdown => 1,
        }
    }

    /// The kind of a number in the database; kinds that a newer engine may have added read as plain text.
    pub(crate) const fn of_number(number: i64) -> Self {
        match number {
            1 => DocumentKind::Markdown,
            _ => DocumentKind::Text,
        }
    }
}

/// How much the writer wants to write. `None` = no target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Targets {
    /// Words, as counted by [`TextStats::words`].
    pub words: Option<u64>,
    /// Characters (Unicode scalar values).
    pub chars: Option<u64>,
}

/// A document without its text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// Its name for ever.
    pub id: DocumentId,
    /// Any Unicode, at most [`writemagic_shared::limits::TITLE_BYTES`].
    pub title: String,
    /// Markdown or plain text.
    pub kind: DocumentKind,
    /// The path of its folder, names separated by `/`; empty at the top.
    pub folder: String,
    /// A BCP 47 language tag, if known.
    pub language: Option<String>,
    /// Word and character targets.
    pub targets: Targets,
    /// Whether the file it came from began with a byte order mark; export writes it back.
    pub byte_order_mark: bool,
    /// When it was created.
    pub created: Timestamp,
    /// When its text last changed.
    pub modified: Timestamp,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// Counts of its text.
    pub stats: TextStats,
}
