//! Indexes of a library that follow its texts: read from their snapshots, brought up to date before a search or beside it, and
//! written again when much has changed.
//!
//! The database says which sessions changed since the snapshot ([`note_change`](super::note_change)); nothing else is
//! read again. An index that has to be made anew (none was written, its file is damaged, the model is another one) is made on
//! a thread of its own, a snapshot every now and then, so that a process that is killed has not worked in vain.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use writemagic_shared::error::Coded as _;
use writemagic_shared::event;
use writemagic_shared::limits::{EMBED_BYTES, EMBED_TEXTS};
use writemagic_shared::runtime::Progress;

use super::collection::Collection;
use super::index::{Encode, Index, Item};
use super::saving::generation;
use super::snapshot;
use crate::Library;
use crate::embedding::{EmbedError, Embedder, VectorSpace, embed};
use crate::error::{Error, Result};
use crate::library::{Inner, lock};

/// What a search reads before it answers, and what is read at a time, in bytes of text.
const BEFORE_ANSWERING: usize = 1 << 20;
/// What is read at a time where a model takes its time: whoever closes the library waits for that.
const SLOW_SLICE: usize = 8 << 10;
/// An index that is being made is written when it has so many new items, and whenever it has doubled since.
const SAVED_ITEMS: usize = 1 << 12;
/// Fewer new items are read again from the texts, rather than written.
const WORTH_SAVING: usize = 64;

/// The model of a library and what was made of its texts.
pub(crate) struct Meaning {
    embedder: Option<Arc<dyn Embedder>>,
    kept: [Kept; Collection::ALL.len()],
}

#[derive(Default)]
pub(super) struct Kept {
    pub(super) state: Mutex<Option<State>>,
    /// The thread that reads what is new, if one was started.
    reading: Mutex<Option<JoinHandle<()>>>,
    /// Why it stopped.
    failure: Mutex<Option<Error>>,
}

impl fmt::Debug for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = self.embedder.as_ref().map(|embedder| embedder.model().name().to_owned());
        f.debug_struct("Meaning").field("model", &model).finish_non_exhaustive()
    }
}

pub(super) struct State {
    pub(super) index: Index,
    /// The snapshot that stands in the database, whether or not it could be read.
    pub(super) generation: Option<i64>,
    /// The model of its vectors; empty for none.
    pub(super) space: String,
    /// The last change that is in the index or pending.
    pub(super) seen: i64,
    /// Sessions to be read.
    pub(super) pending: VecDeque<u64>,
    /// Whether all sessions were in it at some time.
    pub(super) was_whole: bool,
    /// Items that no snapshot has.
    pub(super) unsaved: usize,
    /// Another one after each change of the index: what was read before is not put into it.
    turn: u64,
}

/// Sessions that are read together.
struct Slice {
    turn: u64,
    sessions: Vec<(u64, Vec<Item>)>,
    bytes: usize,
}

impl Meaning {
    pub(crate) fn new(embedder: Option<Arc<dyn Embedder>>) -> Self {
        Self { embedder, kept: Default::default() }
    }

    /// Gives all memory back, unless a search is under way; the next one reads the snapshot again.
    pub(crate) fn forget(&self) {
        for kept in &self.kept {
            if let Ok(mut state) = kept.state.try_lock() {
                *state = None;
            }
        }
    }

    /// As [`forget`](Self::forget), and waits for searches: they end soon, since the library is closed to them.
    pub(crate) fn close(&self) {
        self.kept.iter().for_each(|kept| *lock(&kept.state) = None);
    }

    pub(super) fn kept(&self, collection: Collection) -> &Kept {
        &self.kept[collection as usize]
    }

    /// The vector of a query; empty where the model knows nothing of it, or there is none.
    pub(crate) fn vector(&self, query: &str) -> Result<Vec<f32>> {
        let Some(embedder) = &self.embedder else { return Ok(Vec::new()) };
        Ok(embed(embedder.as_ref(), &[query])?.pop().unwrap_or_default())
    }

    pub(super) fn is_quick(&self) -> bool {
        self.embedder.as_ref().is_none_or(|embedder| embedder.is_quick())
    }

    /// The model's name in snapshots.
    pub(super) fn space(&self) -> Result<String> {
        let Some(embedder) = &self.embedder else { return Ok(String::new()) };
        let space = VectorSpace::of(embedder.as_ref())?;
        // Neither word has control characters.
        Ok(format!("{}\n{}\n{}", space.model().name(), space.model().version(), space.dimensions()))
    }

    /// The vectors of texts, as many at a time as a model takes.
    pub(super) fn embed(&self, texts: &[String]) -> std::result::Result<Vec<Vec<f32>>, EmbedError> {
        let Some(embedder) = &self.embedder else { return Ok(vec![Vec::new(); texts.len()]) };
        let mut vectors = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let (now, later) = split_batch(rest, EMBED_BYTES as usize);
            vectors
                .append(&mut embed(embedder.as_ref(), &now.iter().map(String::as_str).collect::<Vec<_>>())?);
            rest = later;
        }
        Ok(vectors)
    }
}

impl Library {
    /// Reads what has changed since the last search by meaning, and all texts where that was never done: then searches answer at
    /// once. Some 10 µs a passage with the engine's table. Progress is in documents and memories. Touches the disk.
    ///
    /// # Errors
    /// `cancelled`; those of the model; what was read is kept then.
    pub fn index_meaning(&self, progress: &Progress) -> Result<()> {
        let _ = self.inner.index_merged();
        for collection in Collection::ALL {
            self.inner.read_all(collection, progress)?;
        }
        Ok(())
    }
}

impl Inner {
    /// What `answer` makes of an index, and whether that is up to date; `None` while it is being made.
    pub(crate) fn with_index<T>(
        self: &Arc<Self>,
        collection: Collection,
        answer: impl FnOnce(&Connection, &Index, bool) -> Result<T>,
    ) -> Result<Option<T>> {
        let kept = self.meaning.kept(collection);
        if let Some(error) = lock(&kept.failure).take() {
            return Err(error);
        }
        let mut state = lock(&kept.state);
        let answered = self.read(|sql| {
            let state = self.up_to_date(sql, collection, &mut state)?;
            if self.meaning.is_quick() && !self.is_reading(collection) {
                self.read_at_once(sql, collection, state)?;
            }
            let is_whole = state.is_whole();
            let found = state.was_whole.then(|| answer(sql, &state.index, is_whole)).transpose()?;
            Ok((found, is_whole))
        });
        drop(state);
        let (answer, is_whole) = answered?;
        if !is_whole {
            self.read_beside(collection);
        }
        Ok(answer)
    }

    /// The index as it was left, its snapshot or a new one; with what has changed since among what is pending.
    pub(super) fn up_to_date<'a>(
        &self,
        sql: &Connection,
        collection: Collection,
        state: &'a mut Option<State>,
    ) -> Result<&'a mut State> {
        let generation = generation(sql, collection)?;
        // Another process may have written or removed it.
        let usable = state.take().filter(|state| state.generation == generation);
        let state = match usable {
            Some(usable) => state.insert(usable),
            None => state.insert(self.load(sql, collection, generation)?),
        };
        let mut statement = sql.prepare_cached(
            "SELECT number, session FROM meaning_changes WHERE number > ?1 AND collection = ?2 ORDER BY number",
        )?;
        let mut rows = statement.query([state.seen, collection as i64])?;
        while let Some(row) = rows.next()? {
            state.seen = row.get(0)?;
            state.pending.push_back(row.get::<_, i64>(1)?.cast_unsigned());
        }
        Ok(state)
    }

    fn load(&self, sql: &Connection, collection: Collection, generation: Option<i64>) -> Result<State> {
        let space = self.meaning.space()?;
        let dimensions = self.meaning.embedder.as_ref().map_or(0, |embedder| embedder.dimensions());
        if let Some(number) = generation {
            match snapshot::open(&self.snapshot_path(collection, number)) {
                // Who brings no model still finds by words.
                Ok(Some((index, origin)))
                    if origin.generation == number.cast_unsigned()
                        && (space.is_empty()
                            || (&origin.space, index.rows.dimensions()) == (&space, dimensions)) =>
                {
                    let was_whole = origin.was_whole || origin.pending.is_empty();
                    let pending = origin.pending.into();
                    let (seen, space) = (origin.seen.cast_signed(), origin.space);
                    let (unsaved, turn) = (0, next_turn());
                    return Ok(State { index, generation, space, seen, pending, was_whole, unsaved, turn });
                }
                Ok(_) => event!(Info, "a snapshot is of another model", collection = collection as u64),
                Err(error) => event!(Warn, "a snapshot cannot be read", code = error.code()),
            }
        }
        let mut last = sql.prepare_cached("SELECT ifnull(max(number), 0) FROM meaning_changes")?;
        let pending: VecDeque<u64> = collection.sessions(sql)?.into();
        Ok(State {
            index: Index::new(dimensions),
            generation,
            space,
            seen: last.query_row([], |row| row.get(0))?,
            was_whole: pending.is_empty(),
            pending,
            unsaved: 0,
            turn: next_turn(),
        })
    }

    fn is_reading(&self, collection: Collection) -> bool {
        is_running(lock(&self.meaning.kept(collection).reading).as_ref())
    }

    /// Reads what is pending on a thread of its own, unless one does.
    fn read_beside(self: &Arc<Self>, collection: Collection) {
        let mut reading = lock(&self.meaning.kept(collection).reading);
        if is_running(reading.as_ref()) {
            return;
        }
        let library = Arc::clone(self);
        let spawned = thread::Builder::new()
            .name("writemagic-meaning".into())
            .stack_size(self.profile.stack_bytes)
            .spawn(move || match library.read_all(collection, &Progress::new()) {
                Ok(()) | Err(Error::LibraryClosed | Error::LibrarySuspended) => {}
                Err(error) => {
                    event!(Warn, "texts could not be read by meaning", code = error.code());
                    *lock(&library.meaning.kept(collection).failure) = Some(error);
                }
            });
        // Without a thread the next search tries again.
        *reading = spawned.ok();
    }

    /// Reads everything that is pending, a slice at a time.
    fn read_all(&self, collection: Collection, progress: &Progress) -> Result<()> {
        let kept = self.meaning.kept(collection);
        let mut expected = 0;
        let mut expect = |state: &State| {
            let left = state.pending.len() as u64;
            progress.expect_more(left.saturating_sub(expected));
            expected = expected.max(left);
        };
        loop {
            progress.check()?;
            let read = match self.meaning.is_quick() {
                true => {
                    let mut state = lock(&kept.state);
                    self.read(|sql| {
                        let state = self.up_to_date(sql, collection, &mut state)?;
                        expect(state);
                        self.read_at_once(sql, collection, state)
                    })?
                }
                false => self.read_slowly(collection, progress, &mut expect)?,
            };
            progress.advance(read);
            let mut state = lock(&kept.state);
            // Somebody wanted the memory back.
            let Some(state) = state.as_mut() else { continue };
            let is_whole = state.is_whole();
            if state.has_doubled() || is_whole && state.is_worth_saving() {
                self.save(collection, state);
            }
            if is_whole {
                return Ok(());
            }
        }
    }

    /// Reads the next sessions that are pending, while whoever searches waits. Gives how many there were.
    fn read_at_once(&self, sql: &Connection, collection: Collection, state: &mut State) -> Result<u64> {
        let slice = state.next_slice(sql, collection, BEFORE_ANSWERING)?;
        let mut failure = None;
        let read = state.take_in(slice, &mut |texts| {
            self.meaning.embed(texts).map_err(|error| failure = Some(error)).ok()
        });
        failure.map_or(Ok(read), |error| Err(error.into()))
    }

    /// Reads the next sessions that are pending; the model is asked while others search. Gives how many there were.
    fn read_slowly(
        &self,
        collection: Collection,
        progress: &Progress,
        expect: &mut dyn FnMut(&State),
    ) -> Result<u64> {
        let kept = self.meaning.kept(collection);
        let (slice, texts) = {
            let mut state = lock(&kept.state);
            self.read(|sql| {
                let state = self.up_to_date(sql, collection, &mut state)?;
                expect(state);
                let slice = state.next_slice(sql, collection, SLOW_SLICE)?;
                let wanted = |(session, items): &(u64, Vec<Item>)| state.index.wanted(*session, items);
                let texts: Vec<String> = slice.sessions.iter().flat_map(wanted).collect();
                Ok((slice, texts))
            })?
        };
        let mut vectors: HashMap<&str, Vec<f32>> = HashMap::with_capacity(texts.len());
        let mut rest = texts.as_slice();
        while !rest.is_empty() {
            // A long document has many texts: whoever closes the library waits for some of them.
            progress.check()?;
            self.check_open()?;
            let (now, later) = split_batch(rest, SLOW_SLICE);
            vectors.extend(now.iter().map(String::as_str).zip(self.meaning.embed(now)?));
            rest = later;
        }
        let mut state = lock(&kept.state);
        let known = |texts: &[String]| texts.iter().map(|text| vectors.get(text.as_str()).cloned()).collect();
        Ok(state.as_mut().map_or(0, |state| state.take_in(slice, &mut { known })))
    }

    /// Waits for the threads that read, which end as soon as the library is closed to them.
    pub(crate) fn finish_reading(&self) {
        for kept in &self.meaning.kept {
            let reading: Option<JoinHandle<()>> = lock(&kept.reading).take();
            if let Some(reading) = reading {
                // Its failure has been told.
                let _ = reading.join();
            }
        }
    }
}

/// The first texts, of at most so many bytes together and as many as a model takes, and the others. One that is longer goes alone.
fn split_batch(texts: &[String], most: usize) -> (&[String], &[String]) {
    let mut bytes = 0;
    let fits = |text: &&String| {
        bytes += text.len();
        bytes <= most
    };
    texts.split_at(texts.iter().take(EMBED_TEXTS as usize).take_while(fits).count().max(1))
}

fn is_running(thread: Option<&JoinHandle<()>>) -> bool {
    thread.is_some_and(|thread| !thread.is_finished())
}

/// A number that no state had before.
fn next_turn() -> u64 {
    static TURNS: AtomicU64 = AtomicU64::new(0);
    // Relaxed: only that it is another one counts.
    TURNS.fetch_add(1, Ordering::Relaxed)
}

impl State {
    /// Makes sure that nothing is left of what sessions had and the database no longer has. What they have still is read again,
    /// now by a model that is quick.
    pub(super) fn erase(
        &mut self,
        sql: &Connection,
        collection: Collection,
        sessions: &[i64],
        encode: &mut Encode<'_>,
    ) -> Result<()> {
        self.turn = next_turn();
        for session in sessions.iter().map(|session| session.cast_unsigned()) {
            let items = collection.items(sql, session)?;
            if !self.index.set_session(session, &items, encode) {
                self.index.set_session(session, &[], encode);
                self.pending.push_back(session);
            }
        }
        self.index.compact();
        Ok(())
    }

    fn is_whole(&mut self) -> bool {
        self.was_whole |= self.pending.is_empty();
        self.pending.is_empty()
    }

    fn has_doubled(&self) -> bool {
        self.unsaved >= SAVED_ITEMS.max(self.index.len() / 2)
    }

    pub(super) fn is_worth_saving(&self) -> bool {
        self.unsaved >= WORTH_SAVING.max(self.index.len() / 64)
    }

    /// The next sessions, of about so many bytes of text together; they stay pending until they are taken in.
    fn next_slice(&self, sql: &Connection, collection: Collection, most: usize) -> Result<Slice> {
        let mut slice = Slice { turn: self.turn, sessions: Vec::new(), bytes: 0 };
        for session in &self.pending {
            if slice.bytes >= most {
                break;
            }
            let items = collection.items(sql, *session)?;
            slice.bytes += items.iter().map(|item| item.text.len()).sum::<usize>().max(1);
            slice.sessions.push((*session, items));
        }
        Ok(slice)
    }

    /// Gives how many of them it took.
    fn take_in(&mut self, slice: Slice, encode: &mut Encode<'_>) -> u64 {
        let mut taken = 0;
        if slice.turn != self.turn {
            // Somebody else was quicker, or it is of a state that is gone.
            return taken;
        }
        self.turn = next_turn();
        for (session, items) in slice.sessions {
            let slots = self.index.slots.len();
            if !self.index.set_session(session, &items, encode) {
                break;
            }
            self.unsaved += self.index.slots.len().saturating_sub(slots).max(1);
            self.pending.pop_front();
            taken += 1;
        }
        taken
    }
}
