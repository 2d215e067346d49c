//! The passages of a library's documents, found by meaning.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::{ControlFlow, Range};

use rusqlite::Connection;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{PAGE_ROWS, QUERY_BYTES};
use writemagic_shared::runtime::Progress;
use writemagic_shared::text::utf16;

use super::collection::{Collection, passage_item, passage_of};
use super::index::{Index, content};
use super::passages::passages;
use super::query::{Found, Mode, Why};
use super::terms::{Language, Term, each_term};
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::Version;
use crate::history::version_of;
use crate::journal::parse_heads;
use crate::schema::{MAIN, head_key};
use crate::search::query::Query;
use crate::search::tokens::{GAP, each_token};
use crate::search::{folders_of, rank};

/// While the index is being made, passages are looked for in so many documents that words found.
const CANDIDATES: usize = 32;
/// And in so many bytes of them.
const CANDIDATE_BYTES: usize = 1 << 20;

/// What to look for by meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassageRequest {
    /// A question, a sentence, some words: nothing in it is an operator.
    pub query: String,
    /// What decides.
    pub mode: PassageMode,
    /// Only in this folder and below it.
    pub folder: Option<String>,
    /// Only in this document.
    pub document: Option<DocumentId>,
    /// The most hits; clamped to [`writemagic_shared::limits::PAGE_ROWS`].
    pub limit: usize,
}

/// What decides which passages are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PassageMode {
    /// Words and meaning, of the passage and of what stands around it.
    #[default]
    Hybrid,
    /// Meaning alone.
    Meaning,
}

/// A passage that answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PassageHit {
    /// The document.
    pub document: DocumentId,
    /// Its title.
    pub title: String,
    /// The version that was read: with it [`Library::follow_places`] follows `range` through later edits.
    pub version: Version,
    /// Higher is better; comparable within one page only.
    pub score: f64,
    /// Where the passage stands in the document, in UTF-16 units.
    pub range: Range<u64>,
    /// The passage, whole.
    pub text: String,
    /// Where words of the query stand in it, in UTF-16 units of `text`, ascending and disjoint.
    pub ranges: Vec<Range<u64>>,
    /// Words of the query that the passage has.
    pub words: Vec<String>,
    /// Words of the query that it lacks and a passage beside it has.
    pub nearby_words: Vec<String>,
    /// How near it is to the query in meaning, with what stands around it: 1 is the same, 0 unrelated or unknown.
    pub similarity: f64,
}

/// The best passages.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PassagePage {
    /// Best first.
    pub hits: Vec<PassageHit>,
    /// How many passages were compared.
    pub passages: u64,
    /// Whether meaning was compared: there is a model, and it knows something of the query.
    pub by_meaning: bool,
    /// Whether all texts were looked at as they are now. `false` while the engine reads them: hits are then those of what it has
    /// read, or of words alone; soon after, the same request finds more.
    pub is_complete: bool,
}

impl Library {
    /// The passages that answer a question, though they may share no word with it. Passages are paragraphs: short ones
    /// together, long ones in parts.
    ///
    /// Meaning is compared with the model that the library was opened with; without one words
    /// and what stands around them decide alone. Everything is compared in memory, about 250 bytes a passage, from a snapshot in the library's folder.
    /// What has changed since the last search is read first if it takes some milliseconds; more than that, or where nothing was
    /// read yet, the engine reads beside the searches, which answer from what there is and
    /// [say so](PassagePage::is_complete). [`index_meaning`](Self::index_meaning) waits for it. Touches the disk.
    ///
    /// # Errors
    /// `limit_exceeded` for a query over [`QUERY_BYTES`]; `document_not_found`; those of the model.
    pub fn search_passages(&self, request: &PassageRequest) -> Result<PassagePage> {
        self.cancellable_passage_search(request, &Progress::new())
    }

    /// [`search_passages`](Self::search_passages) that ends when `progress` is cancelled, but for a call of the model, which it waits
    /// for. It counts nothing. Touches the disk.
    ///
    /// # Errors
    /// As [`search_passages`](Self::search_passages); `cancelled`.
    pub fn cancellable_passage_search(
        &self,
        request: &PassageRequest,
        progress: &Progress,
    ) -> Result<PassagePage> {
        progress.check()?;
        Error::check_limit("query_bytes", request.query.len() as u64, QUERY_BYTES)?;
        // What was typed in sessions is in the database; what waits is merged in later.
        let _ = self.inner.index_merged();
        let found = self.inner.with_index(Collection::Passages, |sql, index, is_complete| {
            progress.check()?;
            let vector = self.inner.meaning.vector(&request.query)?;
            Ok(PassagePage { is_complete, ..answer(sql, index, request, &vector, progress)? })
        })?;
        match found {
            Some(page) => Ok(page),
            None => self.inner.read_cancellably(progress, |sql| answer_by_words(sql, request, progress)),
        }
    }
}

fn answer(
    sql: &Connection,
    index: &Index,
    request: &PassageRequest,
    vector: &[f32],
    progress: &Progress,
) -> Result<PassagePage> {
    progress.check()?;
    let passages = index.len() as u64;
    let Some(folders) = folders_of(sql, request.folder.iter().map(String::as_str))? else {
        return Ok(PassagePage { passages, ..PassagePage::default() });
    };
    let inside = match &folders {
        None => None,
        Some(folders) => Some(documents_in(sql, folders)?),
    };
    let limit = request.limit.min(PAGE_ROWS as usize);
    let mode = match request.mode {
        PassageMode::Hybrid => Mode::Hybrid,
        PassageMode::Meaning => Mode::Meaning,
    };
    let only = request.document.map(|document| document_number(sql, document)).transpose()?;
    let allows = |id: u64| {
        let n = passage_of(id).0;
        only.is_none_or(|only| only == n)
            && inside.as_ref().is_none_or(|inside| inside.binary_search(&n).is_ok())
    };
    let answer = index.search(&request.query, vector, mode, limit, allows);
    let mut texts: HashMap<i64, Option<Shown>> = HashMap::new();
    let mut hits = Vec::with_capacity(answer.found.len());
    for found in answer.found {
        progress.check()?;
        let n = passage_of(found.id).0;
        let shown = match texts.entry(n) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(show(sql, n)?),
        };
        hits.extend(shown.as_ref().and_then(|shown| hit(shown, found, &answer.terms)));
    }
    Ok(PassagePage { hits, passages, by_meaning: answer.by_meaning, is_complete: false })
}

/// What there is to say while the index is being made: the passages of the documents that the search table has words of the
/// query for.
fn answer_by_words(sql: &Connection, request: &PassageRequest, progress: &Progress) -> Result<PassagePage> {
    let mut index = Index::new(0);
    let mut bytes = 0;
    for n in candidates(sql, request)? {
        progress.check()?;
        let items = Collection::Passages.items(sql, n.cast_unsigned())?;
        bytes += items.iter().map(|item| item.text.len()).sum::<usize>();
        index.set_session(n.cast_unsigned(), &items, &mut |_| None);
        if bytes > CANDIDATE_BYTES {
            break;
        }
    }
    answer(sql, &index, request, &[], progress)
}

/// Documents with words of the query, the best first.
fn candidates(sql: &Connection, request: &PassageRequest) -> Result<Vec<i64>> {
    if let Some(document) = request.document {
        return Ok(vec![document_number(sql, document)?]);
    }
    let mut words: Vec<String> = Vec::new();
    let _: ControlFlow<()> = each_token(&request.query, |token, _| {
        let quoted = format!("\"{}\"", token.replace('"', "\"\""));
        if token != GAP && !words.contains(&quoted) {
            words.push(quoted);
        }
        ControlFlow::Continue(())
    });
    let folders = folders_of(sql, request.folder.iter().map(String::as_str))?;
    let (Some(folders), false) = (folders, words.is_empty()) else { return Ok(Vec::new()) };
    let (ranked, _) =
        rank::rank(sql, &Query::default(), &words.join(" OR "), folders.as_deref(), CANDIDATES)?;
    Ok(ranked.into_iter().map(|candidate| candidate.n).collect())
}

/// The documents in these folders, ascending.
fn documents_in(sql: &Connection, folders: &[i64]) -> Result<Vec<i64>> {
    let mut documents = Vec::new();
    let mut statement = sql.prepare_cached("SELECT n FROM documents WHERE folder = ?1")?;
    for folder in folders {
        let rows = statement.query_map([folder], |row| row.get::<_, i64>(0))?;
        documents.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    documents.sort_unstable();
    Ok(documents)
}

/// A document of which passages are shown.
struct Shown {
    document: DocumentId,
    title: String,
    version: Version,
    language: Language,
    text: String,
    passages: Vec<Range<usize>>,
}

impl Shown {
    /// Whether a passage is the one that the index has.
    fn says(&self, place: usize, found: &Found) -> bool {
        let Some(range) = self.passages.get(place) else { return false };
        let item = passage_item(found.id, place, &self.title, self.language, &self.text[range.clone()]);
        content(&item) == found.content
    }
}

/// `None` for a document that is gone since, or whose text is damaged.
fn show(sql: &Connection, n: i64) -> Result<Option<Shown>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, title, language, frontier, text FROM documents JOIN heads ON heads.n = ?2
         WHERE documents.n = ?1 AND trashed = 0",
    )?;
    let mut rows = statement.query([n, head_key(n, MAIN)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let Ok(text) = String::from_utf8(row.get(4)?) else { return Ok(None) };
    let title: String = row.get(1)?;
    let language = Language::of(row.get::<_, Option<String>>(2)?.as_deref());
    let Some(heads) = parse_heads(&row.get::<_, Vec<u8>>(3)?) else { return Ok(None) };
    Ok(Some(Shown {
        document: DocumentId::from_bytes(row.get(0)?),
        version: version_of(sql, &heads)?,
        passages: passages(&text),
        title,
        language,
        text,
    }))
}

fn hit(shown: &Shown, found: Found, asked: &[Term]) -> Option<PassageHit> {
    // The text may have changed since it was read: then the passage is elsewhere, or gone.
    let place = passage_of(found.id).1;
    let place = match shown.says(place, &found) {
        true => place,
        false => (0..shown.passages.len()).find(|place| shown.says(*place, &found))?,
    };
    let range = shown.passages.get(place)?.clone();
    let text = shown.text.get(range.clone())?;
    let start = utf16::len(&shown.text[..range.start]);
    let Why { words, nearby_words, similarity } = found.why;
    Some(PassageHit {
        document: shown.document,
        title: shown.title.clone(),
        version: shown.version.clone(),
        score: f64::from(found.score),
        range: start..start + utf16::len(text),
        text: text.to_owned(),
        ranges: matches(text, shown.language, asked),
        words,
        nearby_words,
        similarity: f64::from(similarity),
    })
}

/// Where terms of a query stand in a text, in UTF-16 units, ascending and disjoint.
pub(crate) fn matches(text: &str, language: Language, asked: &[Term]) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let (mut bytes, mut units) = (0, 0);
    each_term(text, language, |term, word| {
        // Pairs of characters begin before where the last one ended.
        if !asked.contains(&term) || word.start < bytes {
            return;
        }
        let start = units + utf16::len(&text[bytes..word.start]);
        let end = start + utf16::len(&text[word.clone()]);
        match ranges.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => ranges.push(start..end),
        }
        (bytes, units) = (word.end, end);
    });
    ranges
}
