//! Remembering, deleting, forgetting, expiring.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::MemoryId;
use writemagic_shared::limits::{MEMORIES, SESSION_MEMORIES};
use writemagic_shared::runtime::{Progress, Timestamp};

use super::indexed::unit;
use super::item::{Memory, NewMemory};
use super::row;
use super::source::{self, Sources};
use super::undo::Step;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::library::WriteContext;
use crate::search::{self, Collection};

/// Memories that are written in one transaction.
const BATCH: usize = 1_000;

/// What [`Library::remember_all`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remembered {
    /// The keys of the memories, in their order, those that were made included.
    pub keys: Vec<String>,
    /// How many of them replaced another one.
    pub replaced: u64,
}

/// Every method touches the disk; changes are durable when they return.
impl Library {
    /// Remembers something. A memory of the same key is replaced and keeps its place; what it stood for stands for itself
    /// again, because nothing is known of whether the new words still say it. One step for
    /// [`undo_memory_change`](Self::undo_memory_change).
    ///
    /// # Errors
    /// `limit_exceeded` over a limit of memories in [`writemagic_shared::limits`]; `invalid_argument` for an empty text or name, a name
    /// with control characters, a number that is not from 0 to 1, a validity or a range that ends before it begins;
    /// `document_not_found` for a document that is not there; those of a write.
    pub fn remember(&self, memory: &NewMemory) -> Result<Memory> {
        memory.check()?;
        self.settle_sources(std::slice::from_ref(memory))?;
        self.write(|sql, context| {
            let mut writing = Writing::begin(sql, context, None)?;
            let (n, _) = writing.put(memory)?;
            writing.finish()?;
            row::load(sql, n)?.ok_or(Error::internal("a memory that was written is missing"))
        })
    }

    /// Remembers many things, [`remember`](Self::remember) each, in transactions of 1,000. All are checked before the first is
    /// written. One step for [`undo_memory_change`](Self::undo_memory_change), unless others change memories meanwhile. Progress
    /// is in memories.
    ///
    /// # Errors
    /// As [`remember`](Self::remember); `cancelled`. What was written until then stays.
    pub fn remember_all(&self, memories: &[NewMemory], progress: &Progress) -> Result<Remembered> {
        memories.iter().try_for_each(NewMemory::check)?;
        self.settle_sources(memories)?;
        progress.expect_more(memories.len() as u64);
        let mut done = Remembered::default();
        let mut step = None;
        for batch in memories.chunks(BATCH) {
            progress.check()?;
            let (number, keys, replaced) = self.write(|sql, context| {
                let mut writing = Writing::begin(sql, context, step)?;
                let (mut keys, mut replaced) = (Vec::with_capacity(batch.len()), 0);
                for memory in batch {
                    let (_, put) = writing.put(memory)?;
                    replaced += u64::from(put.is_none());
                    keys.push(put.or_else(|| memory.key.clone()).unwrap_or_default());
                }
                Ok((writing.finish()?, keys, replaced))
            })?;
            step = Some(number);
            done.keys.extend(keys);
            done.replaced += replaced;
            progress.advance(batch.len() as u64);
        }
        Ok(done)
    }

    /// Takes a memory away, with all that it stands for, so that [`undo_memory_change`](Self::undo_memory_change) brings it back.
    /// A key leads to the memory that stands for it. The keys of what is gone.
    ///
    /// # Errors
    /// `memory_not_found`; those of a write.
    pub fn delete_memory(&self, key: &str) -> Result<Vec<String>> {
        self.write(|sql, context| {
            let root = row::find(sql, key)?;
            let mut step = Step::begin(context);
            let keys = delete(sql, &mut step, root)?;
            step.finish(sql, context)?;
            Ok(keys)
        })
    }

    /// Takes away what does not hold any more at `now`, with all that it stands for, as one step for
    /// [`undo_memory_change`](Self::undo_memory_change). How many went. Nothing asks for it: what does not hold is not recalled.
    ///
    /// # Errors
    /// Those of a write.
    pub fn expire_memories(&self, now: Timestamp) -> Result<u64> {
        self.write(|sql, context| {
            let mut expired = sql.prepare_cached(
                "SELECT n FROM memories WHERE valid_until IS NOT NULL AND valid_until <= ?1 AND part_of = 0",
            )?;
            let expired = expired.query_map([now.as_millis()], |row| row.get(0))?;
            let expired: Vec<i64> = expired.collect::<rusqlite::Result<_>>()?;
            let mut step = Step::begin(context);
            let mut gone = 0;
            for n in expired {
                gone += delete(sql, &mut step, n)?.len() as u64;
            }
            step.finish(sql, context)?;
            Ok(gone)
        })
    }

    /// Forgets a memory for good, with all that it stands for: nothing of it is left in the library's files, in what
    /// could be undone, or in the index of search by meaning. A key leads to the memory that stands for it; that of a memory
    /// that was deleted takes what is kept for undoing. Back-ups keep what they have; so does a summary of several memories. The keys of
    /// what is gone.
    ///
    /// # Errors
    /// `memory_not_found`; those of a write.
    pub fn forget_memory(&self, key: &str) -> Result<Vec<String>> {
        let (keys, units) = self.write(|sql, context| forget(sql, context, key))?;
        self.inner.erase_meaning(Collection::Memories, &units.into_iter().collect::<Vec<_>>());
        self.inner.cut_log()?;
        Ok(keys)
    }

    /// The memory of a key, or the one that stands for it.
    ///
    /// # Errors
    /// `memory_not_found`.
    pub fn memory(&self, key: &str) -> Result<Memory> {
        self.read(|sql| row::load(sql, row::find(sql, key)?)?.ok_or(Error::MemoryNotFound))
    }

    /// Saves what was typed in the documents of sources, so that anchors stand in what the writer sees.
    fn settle_sources(&self, memories: &[NewMemory]) -> Result<()> {
        let documents: BTreeSet<_> = memories
            .iter()
            .filter_map(|memory| memory.source.as_ref().map(|source| source.document))
            .collect();
        documents.into_iter().try_for_each(|document| self.settle(document))
    }
}

/// Memories being written, within one transaction.
pub(super) struct Writing<'a> {
    sql: &'a Connection,
    pub(super) context: &'a mut WriteContext,
    pub(super) step: Step,
    sources: Sources,
    /// Sessions by name: their number, and how many memories they hold.
    sessions: HashMap<String, (i64, u64)>,
    /// How many more memories the library takes, where that is in question.
    room: Option<u64>,
}

impl<'a> Writing<'a> {
    /// `change` is one to go on with.
    pub(super) fn begin(
        sql: &'a Connection,
        context: &'a mut WriteContext,
        change: Option<i64>,
    ) -> Result<Self> {
        let step = match change {
            Some(change) => Step::go_on(sql, context, change)?,
            None => Step::begin(context),
        };
        Ok(Self { sql, context, step, sources: Sources::default(), sessions: HashMap::new(), room: None })
    }

    /// The number of the change.
    pub(super) fn finish(self) -> Result<i64> {
        let n = self.step.n;
        self.step.finish(self.sql, self.context)?;
        Ok(n)
    }

    /// Writes a memory; gives its number and, where it is new, its key.
    pub(super) fn put(&mut self, memory: &NewMemory) -> Result<(i64, Option<String>)> {
        if let Some(document) = memory.validity.from_document {
            document_number(self.sql, document)?;
        }
        let existing: Option<(&str, i64, i64)> = match &memory.key {
            Some(key) => self
                .sql
                .prepare_cached("SELECT n, session FROM memories WHERE key = ?1")?
                .query_row([key], |row| Ok((key.as_str(), row.get(0)?, row.get(1)?)))
                .optional()?,
            None => None,
        };
        let session = match &memory.session {
            Some(name) => self.session(name, existing.map(|(_, _, session)| session))?,
            None => 0,
        };
        let (n, key) = match existing {
            Some((key, n, was)) => {
                self.replace(n, key, session, memory)?;
                self.count(was, -1);
                (n, None)
            }
            None => {
                let (n, key) = self.insert(session, memory)?;
                (n, Some(key))
            }
        };
        self.count(session, 1);
        if let Some(source) = &memory.source {
            self.sources.add(self.sql, self.context, n, source)?;
        }
        Ok((n, key))
    }

    fn insert(&mut self, session: i64, memory: &NewMemory) -> Result<(i64, String)> {
        let key = memory.key.clone().unwrap_or_else(|| MemoryId::new(self.context.now()).to_string());
        self.write_row(&key, session, memory)?;
        let n = self.sql.last_insert_rowid();
        self.room = check_room(self.sql, self.room, n, MEMORIES)?;
        self.step.made(n, session);
        Ok((n, key))
    }

    fn replace(&mut self, n: i64, key: &str, session: i64, memory: &NewMemory) -> Result<()> {
        self.step.keep(self.sql, n)?;
        let mut parts =
            self.sql.prepare_cached("SELECT n FROM memories WHERE part_of = ?1 AND part_of <> 0")?;
        let parts: Vec<i64> = parts.query_map([n], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for part in parts {
            self.step.keep(self.sql, part)?;
            self.sql.prepare_cached("UPDATE memories SET part_of = 0 WHERE n = ?1")?.execute([part])?;
        }
        self.write_row(key, session, memory)?;
        self.step.note(self.sql, n)?;
        source::set_aside(self.sql, n, self.step.n)
    }

    /// Writes the row of a key; one that is there keeps its number and its date.
    fn write_row(&mut self, key: &str, session: i64, memory: &NewMemory) -> Result<()> {
        let (now, revision) = (self.context.now().as_millis(), self.context.tick());
        let validity = memory.validity;
        self.sql
            .prepare_cached(
                "INSERT INTO memories (key, session, part_of, revision, created, importance, confidence, valid_from,
                     valid_until, from_document, kind, speaker, time, tags, text)
                 VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (key) DO UPDATE SET
                     session = excluded.session, part_of = 0, revision = excluded.revision,
                     importance = excluded.importance, confidence = excluded.confidence,
                     valid_from = excluded.valid_from, valid_until = excluded.valid_until,
                     from_document = excluded.from_document, kind = excluded.kind, speaker = excluded.speaker,
                     time = excluded.time, tags = excluded.tags, text = excluded.text",
            )?
            .execute(params![
                key,
                session,
                revision,
                now,
                memory.importance,
                memory.confidence,
                validity.from.map(Timestamp::as_millis),
                validity.until.map(Timestamp::as_millis),
                validity.from_document.map(|document| *document.as_bytes()),
                memory.kind,
                memory.speaker,
                memory.time,
                memory.tag_lines(),
                memory.text,
            ])?;
        Ok(())
    }

    /// The number of a session that has room for a memory, or is the one that it is in already.
    fn session(&mut self, name: &str, was: Option<i64>) -> Result<i64> {
        let (session, memories) = match self.sessions.get(name) {
            Some(known) => *known,
            None => {
                let session = match row::session(self.sql, name)? {
                    Some(session) => session,
                    None => {
                        self.sql
                            .prepare_cached("INSERT INTO memory_sessions (name) VALUES (?1)")?
                            .execute([name])?;
                        self.sql.last_insert_rowid()
                    }
                };
                let memories: i64 = self
                    .sql
                    .prepare_cached("SELECT count(*) FROM memories WHERE session = ?1 AND session <> 0")?
                    .query_row([session], |row| row.get(0))?;
                let known = (session, memories.max(0).cast_unsigned());
                self.sessions.insert(name.to_owned(), known);
                known
            }
        };
        if was != Some(session) {
            Error::check_limit("session_memories", memories + 1, SESSION_MEMORIES)?;
        }
        Ok(session)
    }

    fn count(&mut self, session: i64, more: i64) {
        for (known, memories) in self.sessions.values_mut() {
            if *known == session {
                *memories = memories.saturating_add_signed(more);
            }
        }
    }
}

/// How many more memories there may be after number `n` came, where so many numbers were given that it is in question:
/// only then they are counted, once a transaction.
fn check_room(sql: &Connection, room: Option<u64>, n: i64, most: u64) -> Result<Option<u64>> {
    if n.max(0).cast_unsigned() <= most {
        return Ok(None);
    }
    if let Some(room) = room {
        return match room.checked_sub(1) {
            Some(room) => Ok(Some(room)),
            None => Err(Error::LimitExceeded { what: "memories", value: most + 1, limit: most }),
        };
    }
    let memories: i64 = sql.query_row("SELECT count(*) FROM memories", [], |row| row.get(0))?;
    let memories = memories.max(0).cast_unsigned();
    Error::check_limit("memories", memories, most)?;
    Ok(Some(most - memories))
}

/// Takes a memory and all that it stands for away; gives their keys, its own first.
fn delete(sql: &Connection, step: &mut Step, root: i64) -> Result<Vec<String>> {
    let own: String =
        sql.prepare_cached("SELECT key FROM memories WHERE n = ?1")?.query_row([root], |row| row.get(0))?;
    let mut keys = Vec::new();
    for (n, key) in std::iter::once((root, own)).chain(row::parts(sql, root)?) {
        step.keep(sql, n)?;
        source::set_aside(sql, n, step.n)?;
        sql.prepare_cached("DELETE FROM memories WHERE n = ?1")?.execute([n])?;
        keys.push(key);
    }
    Ok(keys)
}

/// Removes every row that knows of a memory; gives the keys, and the sessions of the index that knew of it.
fn forget(sql: &Connection, context: &mut WriteContext, key: &str) -> Result<(Vec<String>, BTreeSet<i64>)> {
    let mut numbers: BTreeSet<i64> = BTreeSet::new();
    match row::find(sql, key) {
        Ok(root) => {
            numbers.insert(root);
            numbers.extend(row::parts(sql, root)?.into_iter().map(|(n, _)| n));
        }
        Err(Error::MemoryNotFound) => {}
        Err(error) => return Err(error),
    }
    let mut keys = BTreeSet::from([key.to_owned()]);
    for n in &numbers {
        let mut own = sql.prepare_cached("SELECT key FROM memories WHERE n = ?1")?;
        keys.extend(own.query_row([n], |row| row.get(0)).optional()?);
    }
    // What had one of the keys before and could be brought back.
    let mut images = sql.prepare_cached("SELECT DISTINCT n FROM memory_images WHERE key = ?1")?;
    for key in keys {
        for n in images.query_map([key], |row| row.get(0))? {
            numbers.insert(n?);
        }
    }
    if numbers.is_empty() {
        return Err(Error::MemoryNotFound);
    }
    forget_rows(sql, context, &numbers)
}

fn forget_rows(
    sql: &Connection,
    context: &mut WriteContext,
    numbers: &BTreeSet<i64>,
) -> Result<(Vec<String>, BTreeSet<i64>)> {
    let (mut keys, mut units, mut sessions) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for n in numbers {
        let mut known = sql.prepare_cached(
            "SELECT key, session FROM memories WHERE n = ?1 UNION SELECT key, session FROM memory_images WHERE n = ?1",
        )?;
        let known = known.query_map([n], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in known {
            let (key, session): (String, i64) = row?;
            if !keys.contains(&key) {
                keys.push(key);
            }
            units.insert(unit(*n, session));
            sessions.insert(session);
        }
        source::remove(sql, context, "memory = ?1", n)?;
        source::remove(
            sql,
            context,
            "n IN (SELECT value FROM memory_images, json_each(sources) WHERE memory_images.n = ?1)",
            n,
        )?;
        for statement in [
            "DELETE FROM memory_images WHERE n = ?1",
            "DELETE FROM memory_contradictions WHERE first = ?1 OR second = ?1",
            "DELETE FROM memories WHERE n = ?1",
        ] {
            sql.prepare_cached(statement)?.execute([n])?;
        }
    }
    for session in sessions {
        sql.prepare_cached(
            "DELETE FROM memory_sessions WHERE n = ?1
               AND NOT EXISTS (SELECT 1 FROM memories WHERE session = ?1 AND session <> 0)
               AND NOT EXISTS (SELECT 1 FROM memory_images WHERE session = ?1)",
        )?
        .execute([session])?;
    }
    // Others of the session are read again.
    for unit in &units {
        search::note_change(sql, Collection::Memories, *unit)?;
    }
    Ok((keys, units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_takes_so_many_memories_and_no_more() {
        let mut sql = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut sql).unwrap();
        let mut room = None;
        let put = |n: i64, room: Option<u64>| {
            sql.execute(
                "INSERT INTO memories (n, key, session, part_of, revision, created, tags, text)
                 VALUES (?1, ?1, 0, 0, 0, 0, '', 'x')",
                [n],
            )
            .unwrap();
            check_room(&sql, room, n, 3)
        };
        // Two of the numbers are free again.
        for n in [3, 4, 5] {
            room = put(n, room).unwrap();
        }
        assert_eq!(room, Some(0));
        let refused = put(6, room).unwrap_err();
        assert!(matches!(refused, Error::LimitExceeded { what: "memories", value: 4, limit: 3 }));
        assert!(put(7, None).is_err());
    }
}
