//! What a memory is.

use std::ops::Range;

use serde::Serialize;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{MEMORY_KEY_BYTES, MEMORY_NAME_BYTES, MEMORY_TAGS, MEMORY_TEXT_BYTES};
use writemagic_shared::runtime::Timestamp;

use crate::error::{Error, Result};

/// What is to be remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewMemory {
    /// What it is found by for ever; a memory of this key is replaced. Made where there is none.
    pub key: Option<String>,
    /// What it says, as given: not empty, at most [`MEMORY_TEXT_BYTES`].
    pub text: String,
    /// The app's own word for what it is: `person`, `place`, `note`.
    pub kind: Option<String>,
    /// Who said or wrote it.
    pub speaker: Option<String>,
    /// When, as given: RFC 3339, or free text such as `1:56 pm on 8 May, 2023`. Searched as it is; a date of RFC 3339 is searched in
    /// English words too.
    pub time: Option<String>,
    /// The conversation, chapter or list that it belongs to. Memories of one session are neighbours in the order in which they
    /// came.
    pub session: Option<String>,
    /// The app's own words about it; one that comes again is dropped.
    pub tags: Vec<String>,
    /// From 0 to 1. It is kept, shown and filtered by, and changes no order.
    pub importance: Option<f64>,
    /// From 0 to 1, as [`NewMemory::importance`].
    pub confidence: Option<f64>,
    /// When it holds.
    pub validity: Validity,
    /// Where it was taken from.
    pub source: Option<SourceRange>,
}

impl NewMemory {
    /// A memory that says this, and no more.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// When a memory holds. Everything `None`: always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Until just before this moment.
    pub until: Option<Timestamp>,
    /// From this document of the manuscript on; always, where the document is gone.
    pub from_document: Option<DocumentId>,
}

/// Part of the main text of a document, in UTF-16 units. Ends past the end of the text are at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRange {
    /// The document.
    pub document: DocumentId,
    /// The part.
    pub range: Range<u64>,
}

/// A memory.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Memory {
    /// What it is found by.
    pub key: String,
    /// What it says.
    pub text: String,
    /// The app's own word for what it is.
    pub kind: Option<String>,
    /// Who said or wrote it.
    pub speaker: Option<String>,
    /// When, as given.
    pub time: Option<String>,
    /// What it belongs to.
    pub session: Option<String>,
    /// The app's own words about it.
    pub tags: Vec<String>,
    /// From 0 to 1.
    pub importance: Option<f64>,
    /// From 0 to 1.
    pub confidence: Option<f64>,
    /// When it holds.
    pub validity: Validity,
    /// When it first came.
    pub created: Timestamp,
    /// When it last changed.
    pub changed: Timestamp,
    /// The documents that it and its parts were taken from; [`Library::memory_sources`](crate::Library::memory_sources) says
    /// where.
    pub sources: Vec<DocumentId>,
    /// The keys of the memories that it stands for.
    pub parts: Vec<String>,
    /// The memories that it contradicts, as far as the last consolidation found.
    pub contradictions: Vec<Contradiction>,
}

/// A memory that says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// Its key.
    pub key: String,
    /// Where they differ.
    pub why: Disagreement,
}

/// In what two memories differ that otherwise say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Disagreement {
    /// In their numbers.
    Number,
    /// One denies what the other says.
    Negation,
    /// In what something of somebody's is: `Mary's eyes are blue`.
    Value,
}

impl Disagreement {
    /// The number in the database.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Number => 0,
            Self::Negation => 1,
            Self::Value => 2,
        }
    }

    pub(super) const fn of_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Number),
            1 => Some(Self::Negation),
            2 => Some(Self::Value),
            _ => None,
        }
    }
}

/// A name is something that can be written on one line.
pub(super) fn check_name(what: &'static str, limit_name: &'static str, limit: u64, name: &str) -> Result<()> {
    Error::check_limit(limit_name, name.len() as u64, limit)?;
    if name.is_empty() {
        return Err(Error::InvalidArgument { what, reason: "empty" });
    }
    if name.chars().any(char::is_control) {
        return Err(Error::InvalidArgument { what, reason: "a control character" });
    }
    Ok(())
}

/// `limit_exceeded` and `invalid_argument` for what no memory says.
pub(super) fn check_text(text: &str) -> Result<()> {
    Error::check_limit("memory_text_bytes", text.len() as u64, MEMORY_TEXT_BYTES)?;
    if text.is_empty() {
        return Err(Error::InvalidArgument { what: "memory_text", reason: "empty" });
    }
    Ok(())
}

impl NewMemory {
    /// Whether a library takes it, whatever it holds.
    pub(super) fn check(&self) -> Result<()> {
        check_text(&self.text)?;
        if let Some(key) = &self.key {
            check_name("memory_key", "memory_key_bytes", MEMORY_KEY_BYTES, key)?;
        }
        let names = [
            ("memory_kind", &self.kind),
            ("memory_speaker", &self.speaker),
            ("memory_session", &self.session),
            ("memory_time", &self.time),
        ];
        let tags = self.tags.iter().map(|tag| ("memory_tag", tag));
        let names = names.into_iter().filter_map(|(what, name)| name.as_ref().map(|name| (what, name)));
        for (what, name) in names.chain(tags) {
            check_name(what, "memory_name_bytes", MEMORY_NAME_BYTES, name)?;
        }
        Error::check_limit("memory_tags", self.tags.len() as u64, MEMORY_TAGS)?;
        for (what, part) in [("memory_importance", self.importance), ("memory_confidence", self.confidence)] {
            if part.is_some_and(|part| !(0.0..=1.0).contains(&part)) {
                return Err(Error::InvalidArgument { what, reason: "not from 0 to 1" });
            }
        }
        if let (Some(from), Some(until)) = (self.validity.from, self.validity.until)
            && from >= until
        {
            return Err(Error::InvalidArgument {
                what: "memory_validity",
                reason: "it ends before it begins",
            });
        }
        if self.source.as_ref().is_some_and(|source| source.range.start > source.range.end) {
            return Err(Error::InvalidArgument { what: "memory_source", reason: "it ends before it begins" });
        }
        Ok(())
    }

    /// The tags, one a line.
    pub(super) fn tag_lines(&self) -> String {
        let mut tags: Vec<&str> = Vec::with_capacity(self.tags.len());
        for tag in &self.tags {
            if !tags.contains(&tag.as_str()) {
                tags.push(tag);
            }
        }
        tags.join("\n")
    }
}
