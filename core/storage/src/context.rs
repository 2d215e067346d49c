//! What a model should know for a task: chosen here, put into a prompt elsewhere.
//!
//! Three things are looked through: the story bible (entries that the text mentions, and those that are always visible), memories, and
//! passages of all documents. The same request of the same library gives the same pieces in the same order.

use std::fmt;
use std::ops::Range;

use writemagic_shared::id::{BibleEntryId, DocumentId};
use writemagic_shared::limits::QUERY_BYTES;
use writemagic_shared::runtime::Progress;

use crate::Library;
use crate::bible::{BibleEntry, BibleFact, NearEntry};
use crate::error::Result;
use crate::graph::Version;
use crate::memory::{MemoryHit, RecallRequest};
use crate::search::PassageRequest;

/// Passages that are chosen.
const PASSAGES: usize = 32;
/// Memories that are chosen.
const MEMORIES: usize = 16;
/// How far before the end of what is shown mentions count, in UTF-16 units: a chapter.
const NEAR: u64 = 40_000;

/// What a model is to do something with. The text is left out of debug output.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ContextRequest {
    /// The document that it is about, if it is about one.
    pub document: Option<DocumentId>,
    /// The part of it that the model is shown anyway, in UTF-16 units: nothing of it is chosen.
    pub shown: Range<u64>,
    /// What it is to help with: the text before the caret, a question. Its last [`QUERY_BYTES`] count.
    pub about: String,
    /// Choose passages of this document alone.
    pub only: Option<DocumentId>,
}

impl fmt::Debug for ContextRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextRequest")
            .field("document", &self.document)
            .field("shown", &self.shown)
            .field("about_bytes", &self.about.len())
            .field("only", &self.only)
            .finish()
    }
}

/// Where a piece is from.
#[derive(Clone, PartialEq, Eq)]
pub enum ContextOrigin {
    /// A passage of a document.
    Passage {
        /// The document.
        document: DocumentId,
        /// The version that was read: with it [`Library::follow_places`] follows `range` through later edits.
        version: Version,
        /// Where in that version, in UTF-16 units.
        range: Range<u64>,
    },
    /// An entry of the story bible.
    BibleEntry(BibleEntryId),
    /// A memory, by its key.
    Memory(String),
}

/// Why a piece was chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum ContextReason {
    /// The text mentions it.
    Mentioned {
        /// Where it was mentioned last: in the document of the request, in UTF-16 units; in the question, for a request without one.
        range: Range<u64>,
    },
    /// It is to be known always.
    Always,
    /// It has words of the request, or means what the request is about.
    Found {
        /// Higher is better; comparable within one request.
        score: f64,
    },
}

/// Something that a model should know. What it says is left out of debug output.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ContextPiece {
    /// Where it is from.
    pub origin: ContextOrigin,
    /// Why it is here.
    pub reason: ContextReason,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for ContextPiece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextPiece").field("reason", &self.reason).field("bytes", &self.text.len()).finish()
    }
}

impl Library {
    /// What a model should know, the most important first: entries of the story bible that what is shown mentions (of a request without
    /// a document: the question), the last one first; entries that are always visible; then the memories and passages that were found,
    /// the best first. An entry says what holds of it at the end of what is shown, and memories that hold from a later chapter on are
    /// left out. Reads by meaning what was not read yet
    /// ([`index_meaning`](Self::index_meaning)): in a library that is new to it that takes a while. Touches the disk.
    ///
    /// # Errors
    /// `document_not_found`; those of the model that compares by meaning.
    pub fn context(&self, request: &ContextRequest) -> Result<Vec<ContextPiece>> {
        self.index_meaning(&Progress::new())?;
        let about = &request.about;
        let about = &about[about.ceil_char_boundary(about.len().saturating_sub(QUERY_BYTES as usize))..];
        let mut pieces = self.entries(request, about)?;
        pieces.extend(self.found(request, about)?);
        Ok(pieces)
    }

    /// Entries of the story bible.
    fn entries(&self, request: &ContextRequest, about: &str) -> Result<Vec<ContextPiece>> {
        let mut near = match request.document {
            Some(document) => {
                let start = request.shown.end.saturating_sub(NEAR).max(request.shown.start);
                self.entries_near(document, start..request.shown.end)?
            }
            None => self.entries_named(about, None)?,
        };
        // Those that are always visible have no mention, and come last.
        near.sort_by_key(|near| std::cmp::Reverse(near.ranges.last().map(|range| range.start + 1)));
        let piece = |near: NearEntry| -> Result<ContextPiece> {
            let facts = match request.document {
                Some(document) => self.facts_at(near.entry.id, document, request.shown.end)?,
                None => self.bible_facts(near.entry.id)?,
            };
            Ok(ContextPiece {
                origin: ContextOrigin::BibleEntry(near.entry.id),
                reason: match near.ranges.last() {
                    Some(last) => ContextReason::Mentioned { range: last.clone() },
                    None => ContextReason::Always,
                },
                title: near.entry.name.clone(),
                text: said_of(&near.entry, &facts),
            })
        };
        near.into_iter().map(piece).collect()
    }

    /// Memories and passages that have to do with a text.
    fn found(&self, request: &ContextRequest, about: &str) -> Result<Vec<ContextPiece>> {
        let wanted = PassageRequest {
            query: about.to_owned(),
            document: request.only,
            limit: PASSAGES,
            ..PassageRequest::default()
        };
        let page = self.search_passages(&wanted)?;
        let is_shown = |document: DocumentId, range: &Range<u64>| {
            request.document == Some(document)
                && range.start < request.shown.end
                && request.shown.start < range.end
        };
        let others = page.hits.into_iter().filter(|hit| !is_shown(hit.document, &hit.range));
        let piece = |hit: crate::search::PassageHit| ContextPiece {
            origin: ContextOrigin::Passage { document: hit.document, version: hit.version, range: hit.range },
            reason: ContextReason::Found { score: hit.score },
            title: hit.title,
            text: hit.text,
        };
        let mut pieces: Vec<ContextPiece> = others.map(piece).collect();
        if request.only.is_none() {
            pieces.extend(self.remembered(request, about)?);
        }
        let score = |piece: &ContextPiece| match piece.reason {
            ContextReason::Found { score } => score,
            _ => 0.0,
        };
        // Both are scored by one recipe. Among equals passages come first, in the order in which they were found.
        pieces.sort_by(|a, b| score(b).total_cmp(&score(a)));
        Ok(pieces)
    }

    fn remembered(&self, request: &ContextRequest, about: &str) -> Result<Vec<ContextPiece>> {
        let wanted = RecallRequest {
            query: about.to_owned(),
            limit: MEMORIES,
            place: request.document,
            ..RecallRequest::default()
        };
        let page = self.recall(&wanted)?;
        let piece = |hit: MemoryHit| {
            let memory = hit.memory;
            let heading = [memory.time.as_deref(), memory.speaker.as_deref()];
            let heading: Vec<&str> = heading.into_iter().flatten().collect();
            ContextPiece {
                origin: ContextOrigin::Memory(memory.key),
                reason: ContextReason::Found { score: hit.score },
                title: heading.join(", "),
                text: memory.text,
            }
        };
        Ok(page.hits.into_iter().map(piece).collect())
    }
}

/// What the bible says of an entry.
fn said_of(entry: &BibleEntry, facts: &[BibleFact]) -> String {
    let mut said = entry.kind.word().to_owned();
    let aliases: Vec<&str> = entry.aliases.iter().map(|alias| alias.name.as_str()).collect();
    if !aliases.is_empty() {
        said += "; also called ";
        said += &aliases.join(", ");
    }
    let notes = entry.notes.trim();
    if !notes.is_empty() {
        said += "\n";
        said += notes;
    }
    for fact in facts {
        said += "\n- ";
        said += fact.text.trim();
    }
    said
}
