//! The engine as UniFFI's users have it in Kotlin and in Swift: objects, records and errors by its macros, nothing written by hand.
//!
//! Each function makes the call of the engine that `ffi/android` and `ffi/ios` make for the same purpose.

mod floor;

use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use writemagic::text::{TextStats, utf8};
use writemagic::{
    DocumentId, Durability, EditSession, Library, NewDocument, OpenOptions, SearchRequest, Ticket,
};

uniffi::setup_scaffolding!();

/// Why the engine refused.
#[derive(Debug, uniffi::Error)]
#[uniffi(flat_error)]
pub enum Failure {
    /// As the engine says it.
    Engine(writemagic::Error),
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A text that is no identifier.
    NoIdentifier,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(f),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::NoIdentifier => f.write_str("no identifier"),
        }
    }
}

impl<E: Into<writemagic::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Engine(error.into())
    }
}

/// One document that matches.
#[derive(uniffi::Record)]
pub struct Hit {
    document: String,
    title: String,
    score: f64,
    snippet: String,
    ranges: Vec<Span>,
}

/// Where the query matches, in UTF-16 units of the snippet.
#[derive(uniffi::Record)]
pub struct Span {
    start: u64,
    end: u64,
}

/// What can be counted in a text.
#[derive(uniffi::Record)]
pub struct Counts {
    bytes: u64,
    chars: u64,
    utf16_units: u64,
    graphemes: u64,
    words: u64,
    ideographs: u64,
    sentences: u64,
    lines: u64,
    paragraphs: u64,
    reading_seconds: u64,
}

impl From<TextStats> for Counts {
    fn from(stats: TextStats) -> Self {
        Self {
            bytes: stats.bytes,
            chars: stats.chars,
            utf16_units: stats.utf16_units,
            graphemes: stats.graphemes,
            words: stats.words,
            ideographs: stats.ideographs,
            sentences: stats.sentences,
            lines: stats.lines,
            paragraphs: stats.paragraphs,
            reading_seconds: stats.reading_seconds(),
        }
    }
}

/// The best hits, and how many documents match.
#[derive(uniffi::Record)]
pub struct Page {
    hits: Vec<Hit>,
    total: u64,
}

/// Nothing.
#[uniffi::export]
pub fn empty() {}

/// An open library.
#[derive(uniffi::Object)]
pub struct Notebook(Library);

#[uniffi::export]
impl Notebook {
    /// Makes a library in the folder `path`.
    #[uniffi::constructor]
    pub fn create(path: String) -> Result<Arc<Self>, Failure> {
        Ok(Arc::new(Self(Library::open(path, OpenOptions::new().create(true))?)))
    }

    /// Makes a document and gives its identifier.
    pub fn create_document(&self, title: String, text: String) -> Result<String, Failure> {
        Ok(self.0.create_document(NewDocument::titled(title).text(text))?.id.to_string())
    }

    /// Opens an edit session.
    pub fn edit(&self, document: String) -> Result<Arc<Editor>, Failure> {
        let document = DocumentId::from_str(&document).map_err(|_| Failure::NoIdentifier)?;
        Ok(Arc::new(Editor(self.0.edit(document)?)))
    }

    /// The best documents for a query.
    pub fn search(&self, query: String, limit: u32) -> Result<Page, Failure> {
        let request = SearchRequest { query, limit: limit as usize, ..SearchRequest::default() };
        let page = self.0.search(&request)?;
        let hits = page.hits.into_iter().map(|hit| Hit {
            document: hit.document.to_string(),
            title: hit.title,
            score: hit.score,
            snippet: hit.snippet,
            ranges: hit.ranges.into_iter().map(|range| Span { start: range.start, end: range.end }).collect(),
        });
        Ok(Page { hits: hits.collect(), total: page.total })
    }
}

/// An open editor on one document.
#[derive(uniffi::Object)]
pub struct Editor(EditSession);

#[uniffi::export]
impl Editor {
    /// Nothing, with this object.
    pub fn check(&self) {}

    /// How many edits from elsewhere wait.
    pub fn pending(&self) -> u64 {
        self.0.pending() as u64
    }

    /// Counts of the text.
    pub fn counts(&self) -> Counts {
        self.0.stats().into()
    }

    /// Replaces `delete` UTF-16 units at `at` by `insert`.
    pub fn splice(&self, at: u64, delete: u64, insert: String) -> Result<u64, Failure> {
        let Ticket(ticket) = self.0.splice(at, delete, &insert)?;
        Ok(ticket)
    }

    /// [`splice`](Self::splice) with UTF-8, as a list of bytes.
    pub fn splice_bytes(&self, at: u64, delete: u64, insert: Vec<u8>) -> Result<u64, Failure> {
        self.splice_utf8(at, delete, &insert)
    }

    /// [`splice`](Self::splice) with UTF-8, from a direct buffer.
    pub fn splice_buffer(&self, at: u64, delete: u64, insert: &[u8]) -> Result<u64, Failure> {
        self.splice_utf8(at, delete, insert)
    }

    /// The text, in UTF-8.
    pub fn text(&self) -> Vec<u8> {
        self.0.text().into_bytes()
    }

    /// The text.
    pub fn string(&self) -> String {
        self.0.text()
    }

    /// Waits until every splice is durable.
    pub fn flush(&self) -> Result<(), Failure> {
        self.0.flush(Durability::Committed)?;
        Ok(())
    }
}

impl Editor {
    fn splice_utf8(&self, at: u64, delete: u64, insert: &[u8]) -> Result<u64, Failure> {
        let insert = utf8::validate(insert).map_err(|_| Failure::NotUtf8)?;
        let Ticket(ticket) = self.0.splice(at, delete, insert)?;
        Ok(ticket)
    }
}
