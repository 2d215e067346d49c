//! Documents.

use writemagic::{DocumentId, NewDocument};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;
use crate::wire::Blob;

pub(crate) const PART: Part = Part { operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// What a new document starts with.
pub(crate) struct NewDocumentFields {
    title: String,
    kind: writemagic::DocumentKind,
    folder: String,
    language: Option<String>,
    text: String,
}

impl From<NewDocumentFields> for NewDocument {
    fn from(new: NewDocumentFields) -> Self {
        let NewDocumentFields { title, kind, folder, language, text } = new;
        let new = Self::titled(title).kind(kind).folder(folder).text(text);
        match language {
            Some(tag) => new.language(tag),
            None => new,
        }
    }
}

records! {
    in NewDocumentFields as NewDocument {
        title: String,
        kind: writemagic::DocumentKind = "DocumentKind.Markdown",
        folder: String = "\"\"",
        language: Option<String>,
        text: String = "\"\"",
    }
    out writemagic::Document as Document {
        id: DocumentId,
        title: String,
        kind: writemagic::DocumentKind,
        folder: String,
        language: Option<String>,
        targets: writemagic::Targets,
        byte_order_mark: bool,
        created: writemagic::Timestamp,
        modified: writemagic::Timestamp,
        trashed: bool,
        stats: writemagic::text::TextStats,
    }
    both writemagic::Targets as Targets { words: Option<u64>, chars: Option<u64> }
    out writemagic::text::TextStats as TextStats {
        bytes: u64,
        chars: u64,
        utf16_units: u64,
        graphemes: u64,
        words: u64,
        ideographs: u64,
        sentences: u64,
        lines: u64,
        paragraphs: u64,
    }
    in writemagic::DocumentFilter as DocumentFilter { folder: Option<String>, trashed: bool }
}

choices! {
    both writemagic::DocumentKind as DocumentKind { 0 Markdown, 1 Text }
}

operations! {
    LIBRARIES: Library {
        call create_document(library, new: NewDocumentFields) -> writemagic::Document {
            library.create_document(new.into())
        }
        call document(library, document: DocumentId) -> writemagic::Document { library.document(document) }
        call text(library, document: DocumentId) -> String { library.text(document) }
        call text_bytes(library, document: DocumentId) -> Blob {
            library.text(document).map(|text| Blob(text.into_bytes()))
        }
        call rename(library, document: DocumentId, title: String) -> writemagic::Document {
            library.rename(document, &title)
        }
    }
}
