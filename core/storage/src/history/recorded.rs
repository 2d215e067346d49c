//! Histories that were recorded elsewhere, by several writers who had not seen all of each other's work.

use std::collections::BTreeMap;

use ropey::Rope;
use smallvec::SmallVec;
use writemagic_shared::id::AgentId;
use writemagic_shared::limits::{DOCUMENT_BYTES, DOCUMENT_EVENTS};
use writemagic_shared::text::TextStats;

use super::load::{Loaded, store_chunk, stored_version};
use crate::Library;
use crate::document::{Document, NewDocument, insert, load_document, prepare};
use crate::error::{Error, Result};
use crate::graph::{
    Budget, Burst, Coalesce, EventId, Frontier, History, Lv, MergeError, Merger, Origin, merge,
};
use crate::journal::Tail;
use crate::library::{Indexing, refresh_head};
use crate::schema::MAIN;

/// A recorded history on its way to becoming a document's.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use writemagic_storage::{Library, document::NewDocument, history::RecordedHistory, library::OpenOptions};
/// # let folder = tempfile::tempdir()?;
/// # let library = Library::open(folder.path(), OpenOptions::new().create(true))?;
/// let mut recorded = RecordedHistory::new();
/// let first = recorded.add(0, &[], &[(0, 0, "Hello")])?;
/// // Two writers, neither of whom had seen the other's edit.
/// recorded.add(0, &[first], &[(5, 0, " world")])?;
/// recorded.add(1, &[first], &[(0, 1, "J")])?;
/// let document = library.create_recorded(NewDocument::titled("Greeting"), recorded)?;
/// assert_eq!(library.text(document.id)?, "Jello world");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RecordedHistory {
    history: History,
    /// After each edit.
    versions: Vec<Frontier>,
    /// What the writers' ids have in common: the rest is their numbers, so that these order them.
    ids: [u8; 12],
    next: BTreeMap<u32, u32>,
    origin: Origin,
    /// The text of the edits that [`RecordedHistory::text`] has merged, and its version.
    text: Rope,
    merged: Frontier,
    /// What merging the next ones can go on from.
    merger: Merger,
}

impl Default for RecordedHistory {
    fn default() -> Self {
        Self::new()
    }
}

impl RecordedHistory {
    /// Nothing yet.
    pub fn new() -> Self {
        let random = *AgentId::random().as_bytes();
        let mut ids = [0; 12];
        ids.iter_mut().zip(random).for_each(|(id, random)| *id = random);
        Self {
            history: History::new(),
            versions: Vec::new(),
            ids,
            next: BTreeMap::new(),
            origin: Origin::import(),
            text: Rope::new(),
            merged: Frontier::root(),
            merger: Merger::default(),
        }
    }

    /// Adds what a writer did upon a version: patches as (position, deleted, inserted), in characters (Unicode scalar
    /// values), each in the text after the ones before it. `parents` names edits that the writer had seen, by what this call gave for
    /// them; none at all is the empty text. Gives the number of this edit.
    ///
    /// Writers are ordered by their numbers where both insert at one place.
    ///
    /// # Errors
    /// `invalid_argument` for parents that are not there yet; `limit_exceeded` and `merge_refused` over the limits of a history.
    pub fn add(&mut self, writer: u32, parents: &[usize], patches: &[(u64, u64, &str)]) -> Result<usize> {
        let unknown =
            Error::InvalidArgument { what: "history", reason: "an edit upon one that is not there" };
        let mut seen: SmallVec<[Lv; 4]> = SmallVec::new();
        for parent in parents {
            let Some(version) = self.versions.get(*parent) else { return Err(unknown) };
            seen.extend(version.iter().copied());
        }
        let version = self.history.log().reduce(&seen).map_err(MergeError::from)?;
        let (mut burst, mut events) = (Burst::default(), 0_u64);
        for (at, deleted, inserted) in patches {
            let chars = inserted.chars().count() as u64;
            events = events.saturating_add(*deleted).saturating_add(chars);
            // No text is longer than its history, so that no sum of these is too large for its type.
            if *at > DOCUMENT_EVENTS {
                return Err(Error::InvalidArgument {
                    what: "history",
                    reason: "an edit outside of its text",
                });
            }
            if events > DOCUMENT_EVENTS {
                return Err(OVER_THE_LIMITS);
            }
            burst.delete(*at as u32, *deleted as u32);
            burst.insert(*at as u32, inserted, chars as u32);
        }
        let version = if burst.is_empty() { version } else { self.append(writer, &version, &burst)? };
        self.versions.push(version);
        Ok(self.versions.len() - 1)
    }

    fn append(&mut self, writer: u32, version: &Frontier, burst: &Burst) -> Result<Frontier> {
        let mut agent = [0; 16];
        agent[..12].copy_from_slice(&self.ids);
        agent[12..].copy_from_slice(&writer.to_be_bytes());
        let seq = self.next.entry(writer).or_default();
        let id = EventId { agent: AgentId::from_bytes(agent), seq: *seq };
        let first = self.history.append(id, version, burst, &self.origin, 0);
        let first = first.map_err(|_| OVER_THE_LIMITS)?;
        *seq += burst.events();
        Ok(Frontier::at(first + (burst.events() - 1)))
    }

    /// The text of all edits so far together. Asked again and again, it merges what is new, and what that is concurrent to is
    /// remembered in between, up to [`writemagic_shared::limits::KEPT_MERGE_BYTES`]: a branch that stays open for long
    /// is not walked each time.
    ///
    /// # Errors
    /// `invalid_argument` for edits outside of their text, and `merge_refused`; the history is then of no use any more.
    pub fn text(&mut self) -> Result<String> {
        self.merge()?;
        Ok(self.text.to_string())
    }

    /// [`RecordedHistory::text`] without giving it; gives its length in characters.
    ///
    /// # Errors
    /// As [`RecordedHistory::text`].
    pub fn merge(&mut self) -> Result<u64> {
        let log = self.history.log();
        let heads: SmallVec<[Lv; 4]> = log.heads().collect();
        let chars = self.text.len_chars() as u32;
        let mut sink = Coalesce::new(&mut self.text);
        let mut budget = Budget::default();
        let merged = self.merger.merge(log, &self.merged, &heads, chars, &mut sink, &mut budget);
        let merged = merged.and_then(|merged| sink.finish().map(|()| merged)).map_err(outside)?;
        self.merged = merged.version;
        Ok(merged.chars.into())
    }

    /// Events so far: characters inserted and deleted.
    pub fn events(&self) -> u64 {
        self.history.log().end().into()
    }
}

const OVER_THE_LIMITS: Error = Error::MergeRefused { reason: "a recorded edit is over the limits" };

fn outside(error: MergeError) -> Error {
    match error {
        MergeError::Position { .. } => {
            Error::InvalidArgument { what: "history", reason: "an edit outside of its text" }
        }
        error => error.into(),
    }
}

impl Library {
    /// Creates a document of a recorded history; its text is what all edits make together. A text in `new` is left out.
    /// Touches the disk: durable when it returns.
    ///
    /// # Errors
    /// `invalid_argument` for edits outside of their text; as [`Library::create_document`].
    pub fn create_recorded(&self, new: NewDocument, recorded: RecordedHistory) -> Result<Document> {
        let history = recorded.history;
        let log = history.log();
        let heads: SmallVec<[Lv; 4]> = log.heads().collect();
        let version = log.reduce(&heads).map_err(MergeError::from)?;
        let mut text = Rope::new();
        let mut sink = Coalesce::new(&mut text);
        merge(log, &Frontier::root(), &version, 0, &mut sink, &mut Budget::default())
            .and_then(|_| sink.finish())
            .map_err(outside)?;
        Error::check_limit("document_bytes", text.len_bytes() as u64, DOCUMENT_BYTES)?;
        let text = text.to_string();
        let lasting = log.version(&version).map_err(|_| Error::internal("a head without an id"))?;
        let prepared = prepare(new.text(""))?;
        let end = log.end();
        self.write(|sql, context| {
            let (n, _) = insert(sql, context, &prepared)?;
            let now = context.now().as_millis();
            let mut tail = Tail::default();
            if end > 0 {
                let mut loaded = Loaded::of(history.clone());
                tail.end = store_chunk(sql, n, &mut loaded, 0..end, now)?;
                tail.heads = stored_version(sql, &lasting, now)?;
            }
            refresh_head(sql, (n, MAIN), &tail, &text, &TextStats::of(&text), None, Indexing::Now)?;
            load_document(sql, n)
        })
    }
}
