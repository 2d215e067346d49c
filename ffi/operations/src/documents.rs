//! Documents.

use writemagic::{Cursor, DocumentId, NewDocument, OriginKind, RunId, Timestamp};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;
use crate::shape::Shape;
use crate::wire::{Blob, Decode, Encode, Input, Malformed, Shaped};

pub(crate) const PART: Part =
    Part { name: "documents", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// What a new document starts with.
pub(crate) struct NewDocumentFields {
    /// Any Unicode, at most 1 KiB.
    title: String,
    /// How the text is written.
    kind: writemagic::DocumentKind,
    /// The folder that it goes into, which is made where there is none; empty for the top.
    folder: String,
    /// The language of the text, as a BCP 47 tag.
    language: Option<String>,
    /// The text.
    text: String,
    /// Whether a file that is exported begins with a byte order mark.
    byte_order_mark: bool,
    /// When it was made, where that was not now.
    created: Option<Timestamp>,
    /// When its text last changed; as it was made where nothing is said.
    modified: Option<Timestamp>,
    /// Who wrote the text; the person at the keyboard where nobody is named.
    origin: Option<OriginFields>,
}

impl From<NewDocumentFields> for NewDocument {
    fn from(new: NewDocumentFields) -> Self {
        let NewDocumentFields {
            title,
            kind,
            folder,
            language,
            text,
            byte_order_mark,
            created,
            modified,
            origin,
        } = new;
        let mut new =
            Self::titled(title).kind(kind).folder(folder).text(text).byte_order_mark(byte_order_mark);
        if let Some(tag) = language {
            new = new.language(tag);
        }
        if let Some(created) = created.or(modified) {
            new = new.times(created, modified.unwrap_or(created));
        }
        match origin {
            Some(origin) => new.origin(origin.into()),
            None => new,
        }
    }
}

/// Who changed a text: kept with each change, for the timeline, blame and undo.
pub(crate) struct OriginFields {
    /// The kind of author.
    kind: OriginKind,
    /// The author's name: the device's, or the model's. The end of a long one is cut off.
    name: String,
    /// The run of a model that it came from.
    run: Option<RunId>,
}

impl From<OriginFields> for writemagic::Origin {
    fn from(OriginFields { kind, name, run }: OriginFields) -> Self {
        match (kind, run) {
            (OriginKind::Ai, Some(run)) => Self::ai(&name, run),
            (OriginKind::Ai, None) => Self::model(&name),
            (OriginKind::Import, _) => Self::import().named(&name),
            (OriginKind::Device, _) => Self::device().named(&name),
            // What a restored version brings is noted by restoring it.
            _ => Self::person().named(&name),
        }
    }
}

impl Shaped for Cursor {
    const SHAPE: Shape = Shape::Token("DocumentCursor");
}

impl Encode for Cursor {
    fn encode(&self, out: &mut Vec<u8>) {
        self.to_string().encode(out);
    }
}

impl Decode for Cursor {
    fn decode(input: &mut Input<'_>) -> Result<Self, Malformed> {
        input.token("no page ends so")
    }
}

records! {
    in NewDocumentFields as NewDocument {
        title: String,
        kind: writemagic::DocumentKind = "DocumentKind.Markdown",
        folder: String = "\"\"",
        language: Option<String>,
        text: String = "\"\"",
        byte_order_mark: bool,
        created: Option<Timestamp>,
        modified: Option<Timestamp>,
        origin: Option<OriginFields>,
    }
    in OriginFields as Origin {
        kind: OriginKind,
        name: String = "\"\"",
        run: Option<RunId>,
    }
    out writemagic::Document as Document {
        id: DocumentId,
        title: String,
        kind: writemagic::DocumentKind,
        folder: String,
        language: Option<String>,
        targets: writemagic::Targets,
        byte_order_mark: bool,
        created: Timestamp,
        modified: Timestamp,
        trashed: bool,
        stats: writemagic::text::TextStats,
    }
    both writemagic::Targets as Targets { words: Option<u64>, chars: Option<u64> }
    in writemagic::DocumentFilter as DocumentFilter { folder: Option<String>, trashed: bool }
    out writemagic::DocumentPage as DocumentPage {
        documents: Vec<writemagic::Document>,
        next: Option<Cursor>,
        total: u64,
    }
}

choices! {
    both writemagic::DocumentKind as DocumentKind { 0 Markdown, 1 Text }
    both writemagic::OriginKind as OriginKind { 0 Person, 1 Device, 2 Ai, 3 Import, 4 Restore }
}

operations! {
    Library in LIBRARIES {
        call create_document(library, new: NewDocumentFields) -> writemagic::Document {
            library.create_document(new.into())
        }
        call documents(
            library,
            filter: writemagic::DocumentFilter,
            after: Option<Cursor>,
            limit: usize = "100",
        ) -> writemagic::DocumentPage {
            library.documents(&filter, after, limit)
        }
        call document(library, document: DocumentId) -> writemagic::Document { library.document(document) }
        call find_document(library, name: String) -> writemagic::Document { library.find_document(&name) }
        call text(library, document: DocumentId) -> String { library.text(document) }
        /// The text of a document on its main branch, as UTF-8.
        call text_bytes(library, document: DocumentId) -> Blob {
            library.text(document).map(|text| Blob(text.into_bytes()))
        }
        call rename(library, document: DocumentId, title: String) -> writemagic::Document {
            library.rename(document, &title)
        }
        call move_document(library, document: DocumentId, folder: String) -> writemagic::Document {
            library.move_document(document, &folder)
        }
        call trash(library, document: DocumentId) -> writemagic::Document { library.trash(document) }
        call untrash(library, document: DocumentId) -> writemagic::Document { library.untrash(document) }
        call purge(library, document: DocumentId, confirmed: bool) -> writemagic::Document {
            library.purge(document, confirmed)
        }
        call set_targets(library, document: DocumentId, targets: writemagic::Targets) -> writemagic::Document {
            library.set_targets(document, targets)
        }
        call set_language(library, document: DocumentId, tag: Option<String>) -> writemagic::Document {
            library.set_language(document, tag.as_deref())
        }
    }
}
