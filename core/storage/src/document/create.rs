//! Making documents: the costly part without the database, so that import can do it on every core.

use rusqlite::{Connection, params};
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{DOCUMENT_BYTES, TITLE_BYTES};
use writemagic_shared::runtime::Timestamp;
use writemagic_shared::text::TextStats;

use super::folder::{check_folder_path, ensure_folder};
use super::language::check_language_tag;
use super::{Document, DocumentKind, load_document};
use crate::Library;
use crate::error::{Error, Result};
use crate::graph::{self, Origin};
use crate::journal::{self, NewRow, Tail};
use crate::library::WriteContext;
use crate::schema::MAIN;
use crate::search::{self, Terms};

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
    stats: TextStats,
    /// The first text as a journal row, and its events; `None` for an empty text.
    row: Option<(u32, Vec<u8>)>,
    terms: Terms,
}

/// `limit_exceeded` for a title that is too long.
pub(super) fn check_title(title: &str) -> Result<()> {
    Error::check_limit("title_bytes", title.len() as u64, TITLE_BYTES)
}

/// Checks the limits and computes what the database will hold. Pure; costs the length of the text.
pub(crate) fn prepare(new: NewDocument) -> Result<Prepared> {
    check_title(&new.title)?;
    check_folder_path(&new.folder)?;
    new.language.as_deref().map_or(Ok(()), check_language_tag)?;
    Error::check_limit("document_bytes", new.text.len() as u64, DOCUMENT_BYTES)?;
    let stats = TextStats::of(&new.text);
    let events = stats.chars as u32;
    let row = (events > 0).then(|| (events, graph::encode_first(&new.text, events)));
    let terms = search::terms(&new.title, &new.text);
    Ok(Prepared { new, stats, row, terms })
}

/// Writes a prepared document; returns its row number and id. Creates the folders that its path names.
pub(crate) fn insert(
    sql: &Connection,
    context: &mut WriteContext,
    prepared: &Prepared,
) -> Result<(i64, DocumentId)> {
    let Prepared { new, stats, row, terms } = prepared;
    let now = context.now();
    let id = DocumentId::new(now);
    let folder = ensure_folder(sql, context, &new.folder)?;
    let clock = context.tick();
    let modified = new.modified.unwrap_or(now);
    sql.prepare_cached(
        "INSERT INTO documents (id, title, title_clock, kind, bom, folder, folder_clock, language, language_clock,
                                target_clock, trashed, trashed_clock, created, modified)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?3, ?7, ?3, ?3, 0, ?3, ?8, ?9)",
    )?
    .execute(params![
        id.as_bytes(),
        new.title,
        clock,
        new.kind.number(),
        new.byte_order_mark,
        folder,
        new.language,
        new.created.unwrap_or(now).as_millis(),
        modified.as_millis(),
    ])?;
    let n = sql.last_insert_rowid();
    let mut tail = Tail::default();
    if let Some((events, row)) = row {
        let mut author = context.author();
        let origin = context.origin(sql, &new.origin)?;
        let at = modified.as_millis();
        let row = NewRow { branch: MAIN, events: *events, origin, at, bytes: row };
        journal::append(sql, n, &mut tail, &mut author, &row, now.as_millis())?;
        context.wrote(author);
    }
    journal::write_head(sql, n, MAIN, &tail, &new.text, stats)?;
    search::put(sql, n, terms)?;
    Ok((n, id))
}

impl Library {
    /// Creates a document. Touches the disk: durable when it returns.
    ///
    /// # Errors
    /// `limit_exceeded`, `invalid_folder_name`, `invalid_language_tag`, and those of any write:
    /// `library_read_only`, `disk_full`, `io`.
    pub fn create_document(&self, new: NewDocument) -> Result<Document> {
        let prepared = prepare(new)?;
        self.write(|sql, context| {
            let (n, _) = insert(sql, context, &prepared)?;
            load_document(sql, n)
        })
    }
}
