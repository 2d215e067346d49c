//! The passages of a library's documents, found by meaning.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OptionalExtension};
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{PAGE_ROWS, QUERY_BYTES};
use writemagic_shared::text::utf16;

use super::index::{Index, Item};
use super::passages::passages;
use super::query::{Found, Mode, Why};
use super::terms::{Language, Term, each_term};
use crate::Library;
use crate::embedding::{EmbedError, Embedder, embed};
use crate::error::{Error, Result};
use crate::journal;
use crate::library::lock;
use crate::schema::{MAIN, head_key};
use crate::search::folders_of;

/// Passages of a document are numbered with so many bits: none is so long that it had more.
const PLACE_BITS: u32 = 24;

/// What to look for by meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassageRequest {
    /// A question, a sentence, some words: nothing in it is an operator.
    pub query: String,
    /// What decides.
    pub mode: PassageMode,
    /// Only in this folder and below it.
    pub folder: Option<String>,
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
}

/// The model of a library and what it has made of the texts.
pub(crate) struct Meaning {
    embedder: Option<Arc<dyn Embedder>>,
    /// Grows with every change of the database.
    writes: AtomicU64,
    state: Mutex<Option<State>>,
}

impl fmt::Debug for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = self.embedder.as_ref().map(|embedder| embedder.model().name().to_owned());
        f.debug_struct("Meaning").field("model", &model).finish_non_exhaustive()
    }
}

struct State {
    index: Index,
    /// The versions of the texts that are in it, by document.
    texts: HashMap<i64, Text>,
    /// [`Meaning::writes`] when it was last looked at.
    writes: u64,
}

/// Which text it was.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Text {
    lv: i64,
    crc: i64,
    language: Language,
}

impl Meaning {
    pub(crate) fn new(embedder: Option<Arc<dyn Embedder>>) -> Self {
        Self { embedder, writes: AtomicU64::new(0), state: Mutex::default() }
    }

    /// Notes that the database has changed.
    pub(crate) fn note_write(&self) {
        // Release: who sees the number finds the change in the database.
        self.writes.fetch_add(1, Ordering::Release);
    }

    /// Gives all memory back, unless a search is under way; the next one reads the texts again.
    pub(crate) fn forget(&self) {
        if let Ok(mut state) = self.state.try_lock() {
            *state = None;
        }
    }
}

impl Library {
    /// The passages that answer a question, though they may share no word with it. Passages are paragraphs: short ones
    /// together, long ones in parts.
    ///
    /// Meaning is compared with the model of [`OpenOptions::embedder`](crate::library::OpenOptions::embedder); without one words
    /// and what stands around them decide alone. Everything happens in memory: the first search reads all texts outside the trash, some
    /// 10 µs a passage with the engine's table; later ones read what has changed since. Memory: about 250 bytes a passage.
    ///
    /// # Errors
    /// `limit_exceeded` for a query over [`QUERY_BYTES`]; those of the model.
    pub fn search_passages(&self, request: &PassageRequest) -> Result<PassagePage> {
        Error::check_limit("query_bytes", request.query.len() as u64, QUERY_BYTES)?;
        // What was typed in sessions is in the database; what waits is merged in later.
        let _ = self.inner.index_merged();
        let meaning = &self.inner.meaning;
        let failure = RefCell::new(None);
        let encode = |text: &str| encode(meaning.embedder.as_deref()?, text, &failure);
        let mut state = lock(&meaning.state);
        // Acquire: as in `note_write`. Read before the database is.
        let writes = meaning.writes.load(Ordering::Acquire);
        let page = self.read(|sql| {
            let dimensions = meaning.embedder.as_ref().map_or(0, |embedder| embedder.dimensions());
            let state = state.get_or_insert_with(|| State {
                index: Index::new(dimensions),
                texts: HashMap::new(),
                writes: u64::MAX,
            });
            // Others may write to a library that is open for reading.
            if state.writes != writes || self.inner.is_read_only() {
                catch_up(sql, state, &encode, &failure)?;
                if failure.borrow().is_some() {
                    return Ok(PassagePage::default());
                }
                state.writes = writes;
            }
            answer(sql, state, request, &encode)
        })?;
        match failure.into_inner() {
            Some(error) => Err(error.into()),
            None => Ok(page),
        }
    }
}

fn encode(embedder: &dyn Embedder, text: &str, failure: &RefCell<Option<EmbedError>>) -> Option<Vec<f32>> {
    match embed(embedder, &[text]) {
        Ok(mut vectors) => vectors.pop().filter(|vector| !vector.is_empty()),
        Err(error) => {
            *failure.borrow_mut() = Some(error);
            None
        }
    }
}

/// Takes in the texts that have changed. What a model fails over is tried again at the next search.
fn catch_up(
    sql: &Connection,
    state: &mut State,
    encode: &super::Encode<'_>,
    failure: &RefCell<Option<EmbedError>>,
) -> Result<()> {
    let mut now: HashMap<i64, Text> = HashMap::new();
    let mut statement = sql.prepare_cached(
        "SELECT documents.n, language, lv, crc FROM documents JOIN heads ON heads.n = documents.n << 12 WHERE trashed = 0",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let language = Language::of(row.get::<_, Option<String>>(1)?.as_deref());
        now.insert(row.get(0)?, Text { lv: row.get(2)?, crc: row.get(3)?, language });
    }
    let gone: Vec<i64> = state.texts.keys().copied().filter(|n| !now.contains_key(n)).collect();
    for n in gone {
        state.index.set_session(n as u64, &[], encode);
        state.texts.remove(&n);
    }
    let mut changed: Vec<(i64, Text)> =
        now.into_iter().filter(|(n, text)| state.texts.get(n) != Some(text)).collect();
    changed.sort_unstable_by_key(|(n, _)| *n);
    for (n, text) in changed {
        let words = journal::head_text(sql, n, MAIN)?;
        let items: Vec<Item<'_>> = (0..)
            .zip(passages(&words))
            .map(|(place, range)| Item {
                id: (n as u64) << PLACE_BITS | place,
                text: &words[range],
                speaker: None,
                time: None,
                language: text.language,
            })
            .collect();
        state.index.set_session(n as u64, &items, encode);
        if failure.borrow().is_some() {
            state.index.set_session(n as u64, &[], encode);
            state.texts.remove(&n);
            return Ok(());
        }
        state.texts.insert(n, text);
    }
    Ok(())
}

fn answer(
    sql: &Connection,
    state: &State,
    request: &PassageRequest,
    encode: &super::Encode<'_>,
) -> Result<PassagePage> {
    let passages = state.index.len() as u64;
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
    let allows =
        |id: u64| inside.as_ref().is_none_or(|inside| inside.binary_search(&document_of(id)).is_ok());
    let answer = state.index.search(&request.query, mode, limit, encode, allows);
    let asked = state.index.terms_of(&request.query);
    let mut texts: HashMap<i64, Option<Shown>> = HashMap::new();
    let mut hits = Vec::with_capacity(answer.found.len());
    for found in answer.found {
        let n = document_of(found.id);
        let shown = match texts.entry(n) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(show(sql, n)?),
        };
        hits.extend(shown.as_ref().and_then(|shown| hit(shown, found, &asked, state)));
    }
    Ok(PassagePage { hits, passages, by_meaning: answer.by_meaning })
}

fn document_of(id: u64) -> i64 {
    (id >> PLACE_BITS) as i64
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
    n: i64,
    document: DocumentId,
    title: String,
    text: String,
    passages: Vec<Range<usize>>,
}

fn show(sql: &Connection, n: i64) -> Result<Option<Shown>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, title, text FROM documents JOIN heads ON heads.n = ?2 WHERE documents.n = ?1",
    )?;
    let found: Option<(DocumentId, String, Vec<u8>)> = statement
        .query_row([n, head_key(n, MAIN)], |row| {
            Ok((DocumentId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((document, title, text)) = found else { return Ok(None) };
    let Ok(text) = String::from_utf8(text) else { return Ok(None) };
    let passages = passages(&text);
    Ok(Some(Shown { n, document, title, text, passages }))
}

fn hit(shown: &Shown, found: Found, asked: &[Term], state: &State) -> Option<PassageHit> {
    let place = (found.id & ((1 << PLACE_BITS) - 1)) as usize;
    let range = shown.passages.get(place)?.clone();
    let text = shown.text.get(range.clone())?;
    let language = state.texts.get(&shown.n)?.language;
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
    let start = utf16::len(&shown.text[..range.start]);
    let Why { words, nearby_words, similarity } = found.why;
    Some(PassageHit {
        document: shown.document,
        title: shown.title.clone(),
        score: f64::from(found.score),
        range: start..start + utf16::len(text),
        text: text.to_owned(),
        ranges,
        words,
        nearby_words,
        similarity: f64::from(similarity),
    })
}
