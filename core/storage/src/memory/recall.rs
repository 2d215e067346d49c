//! Finding memories by what a question means.

use std::collections::HashMap;
use std::ops::Range;

use rusqlite::Connection;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{PAGE_ROWS, QUERY_BYTES};
use writemagic_shared::runtime::Timestamp;

use super::indexed::{item_of, unit};
use super::item::Memory;
use super::list::MemoryFilter;
use super::row;
use crate::Library;
use crate::document::{Manuscript, Place, document_number};
use crate::error::{Error, Result};
use crate::search::{Collection, Index, Item, Language, Mode, Why, matches};

/// While the index is being made, so many bytes of the newest memories are looked at.
const NEWEST_BYTES: usize = 1 << 20;

/// What to be reminded of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecallRequest {
    /// A question, a sentence, some words: nothing in it is an operator.
    pub query: String,
    /// The most hits; clamped to [`PAGE_ROWS`].
    pub limit: usize,
    /// Only what holds at this moment; now where there is none.
    pub at: Option<Timestamp>,
    /// Only what holds in this document of the manuscript: nothing that holds only
    /// [from a later one on](super::Validity::from_document).
    pub place: Option<DocumentId>,
    /// Only memories that this fits; takes a pass over all memories.
    pub filter: MemoryFilter,
}

/// A memory that answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MemoryHit {
    /// The memory.
    pub memory: Memory,
    /// Higher is better; comparable within one page only.
    pub score: f64,
    /// Where words of the query stand in its text, in UTF-16 units, ascending and disjoint.
    pub ranges: Vec<Range<u64>>,
    /// Words of the query that it has, in its text, its time or its speaker.
    pub words: Vec<String>,
    /// Words of the query that it lacks and a neighbour has.
    pub nearby_words: Vec<String>,
    /// How near it is to the query in meaning, with its neighbours: 1 is the same, 0 unrelated or unknown.
    pub similarity: f64,
}

/// The best memories.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RecallPage {
    /// Best first.
    pub hits: Vec<MemoryHit>,
    /// How many memories were compared.
    pub memories: u64,
    /// Whether meaning was compared: there is a model, and it knows something of the query.
    pub by_meaning: bool,
    /// Whether all memories were looked at as they are now. `false` while the engine reads them: hits are then those of what it
    /// has read, or of the newest memories by their words; soon after, the same request finds more.
    pub is_complete: bool,
}

impl Library {
    /// The memories that answer a question, though they may share no word with it: by words, meaning, times, speakers, and by
    /// what stands around them in their session. What memories are worth ([`Memory::importance`], [`Memory::confidence`]) changes no order.
    ///
    /// As [`search_passages`](Self::search_passages): compared in memory, read beside the searches where much has changed.
    /// Touches the disk.
    ///
    /// # Errors
    /// `limit_exceeded` for a query over [`QUERY_BYTES`]; those of the model.
    pub fn recall(&self, request: &RecallRequest) -> Result<RecallPage> {
        Error::check_limit("query_bytes", request.query.len() as u64, QUERY_BYTES)?;
        let at = request.at.unwrap_or_else(|| self.inner.now());
        let found = self.inner.with_index(Collection::Memories, |sql, index, is_complete| {
            let vector = self.inner.meaning.vector(&request.query)?;
            Ok(RecallPage { is_complete, ..answer(sql, index, request, at, &vector)? })
        })?;
        match found {
            Some(page) => Ok(page),
            None => self.read(|sql| answer(sql, &newest(sql)?, request, at, &[])),
        }
    }
}

fn answer(
    sql: &Connection,
    index: &Index,
    request: &RecallRequest,
    at: Timestamp,
    vector: &[f32],
) -> Result<RecallPage> {
    let only = match request.filter.is_empty() {
        true => None,
        false => Some(request.filter.numbers(sql)?),
    };
    let out = out_of_place(sql, at, request.place)?;
    let allows = |id: u64| {
        let n = id.cast_signed();
        only.as_ref().is_none_or(|only| only.binary_search(&n).is_ok()) && out.binary_search(&n).is_err()
    };
    let limit = request.limit.min(PAGE_ROWS as usize);
    let answer = index.search(&request.query, vector, Mode::Hybrid, limit, allows);
    let mut hits = Vec::with_capacity(answer.found.len());
    for found in answer.found {
        let Some(memory) = row::load(sql, found.id.cast_signed())? else { continue };
        let Why { words, nearby_words, similarity } = found.why;
        hits.push(MemoryHit {
            ranges: matches(&memory.text, Language::default(), &answer.terms),
            memory,
            score: f64::from(found.score),
            words,
            nearby_words,
            similarity: f64::from(similarity),
        });
    }
    Ok(RecallPage { hits, memories: index.len() as u64, by_meaning: answer.by_meaning, is_complete: false })
}

/// The memories that do not hold at a moment or a place, ascending. Takes time in proportion to those that do not hold always.
fn out_of_place(sql: &Connection, at: Timestamp, place: Option<DocumentId>) -> Result<Vec<i64>> {
    let mut statement = sql.prepare_cached(
        "SELECT n, valid_from, valid_until, from_document FROM memories
         WHERE valid_from IS NOT NULL OR valid_until IS NOT NULL OR from_document IS NOT NULL ORDER BY n",
    )?;
    let mut rows = statement.query([])?;
    let mut manuscript = Manuscript::default();
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let (from, until): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
        let at = at.as_millis();
        let mut holds = from.is_none_or(|from| from <= at) && until.is_none_or(|until| at < until);
        if let (true, Some(place), Some(first)) = (holds, place, row.get::<_, Option<[u8; 16]>>(3)?) {
            let first = place_of(sql, &mut manuscript, DocumentId::from_bytes(first))?;
            let here = place_of(sql, &mut manuscript, place)?;
            // Where one of them is gone it holds.
            holds = first.zip(here).is_none_or(|(first, here)| first <= here);
        }
        if !holds {
            out.push(row.get(0)?);
        }
    }
    Ok(out)
}

/// Where a document stands in the manuscript; `None` for one that is gone.
fn place_of(sql: &Connection, manuscript: &mut Manuscript, document: DocumentId) -> Result<Option<Place>> {
    match document_number(sql, document) {
        Ok(n) => manuscript.place(sql, n),
        Err(Error::DocumentNotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An index of the newest memories, by words alone.
fn newest(sql: &Connection) -> Result<Index> {
    let mut statement = sql.prepare_cached(
        "SELECT n, speaker, time, text, session FROM memories WHERE part_of = 0 ORDER BY n DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut sessions: HashMap<i64, Vec<Item>> = HashMap::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let item = item_of(row)?;
        bytes += item.text.len();
        sessions.entry(unit(row.get(0)?, row.get(4)?)).or_default().push(item);
        if bytes > NEWEST_BYTES {
            break;
        }
    }
    let mut sessions: Vec<(i64, Vec<Item>)> = sessions.into_iter().collect();
    sessions.sort_unstable_by_key(|(unit, _)| *unit);
    let mut index = Index::new(0);
    for (unit, mut items) in sessions {
        items.reverse();
        index.set_session(unit.cast_unsigned(), &items, &mut |_| None);
    }
    Ok(index)
}
