//! The write transaction: every change of a library goes through it.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use writemagic_shared::runtime::{Clock, Timestamp};

use super::lock::WriterLock;
use super::{Gate, Inner, Library, lock};
use crate::error::{Error, Result};
use crate::graph::Origin;
use crate::journal::Author;

/// The open database and what belongs to this open of it.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(super) connection: Connection,
    pub(super) context: WriteContext,
    /// Dropped after the connection, so that the files are closed before the next process may write.
    pub(super) _lock: WriterLock,
}

impl Writer {
    /// Closes the database; the next process may write when the lock is dropped.
    pub(super) fn close(self) -> WriterLock {
        let Self { connection, _lock, .. } = self;
        drop(connection);
        _lock
    }
}

/// What a write transaction needs besides the database: time, the fields' clock, the agent of this open.
#[derive(Clone, Debug)]
pub(crate) struct WriteContext {
    clock: Arc<dyn Clock>,
    /// The hybrid logical clock: milliseconds · 2^16 + counter.
    ticks: i64,
    /// Who writes the first texts of new documents.
    author: Author,
    origins: HashMap<Origin, i64>,
}

/// Origins remembered by number.
const CACHED_ORIGINS: usize = 64;
/// The key of the hybrid logical clock's last value in `meta`.
const TICKS: &str = "ticks";

/// The last value of the library's hybrid logical clock.
pub(crate) fn stored_clock(sql: &Connection) -> Result<i64> {
    let ticks: Option<i64> =
        sql.query_row("SELECT value FROM meta WHERE key = ?1", [TICKS], |row| row.get(0)).optional()?;
    Ok(ticks.unwrap_or(0))
}

impl WriteContext {
    pub(super) fn load(sql: &Connection, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self { clock, ticks: stored_clock(sql)?, author: Author::new(), origins: HashMap::new() })
    }

    /// The present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The next value of the hybrid logical clock that fields carry: never smaller than one before, whatever the wall
    /// clock does.
    pub(crate) fn tick(&mut self) -> i64 {
        let wall = self.now().as_millis().clamp(0, i64::MAX >> 17) << 16;
        self.ticks = wall.max(self.ticks.saturating_add(1));
        self.ticks
    }

    /// Makes the clock later than a value that came from elsewhere.
    pub(crate) fn hear(&mut self, clock: i64) {
        self.ticks = self.ticks.max(clock);
    }

    /// The author of a new document's first text: a fresh one in each open of the library.
    pub(crate) fn author(&self) -> Author {
        self.author.clone()
    }

    /// Remembers what the author was called when it wrote; in the next document it begins anew.
    pub(crate) fn wrote(&mut self, author: Author) {
        self.author = author.in_another_document();
    }

    /// The number of an origin.
    pub(crate) fn origin(&mut self, sql: &Connection, origin: &Origin) -> Result<i64> {
        if let Some(number) = self.origins.get(origin) {
            return Ok(*number);
        }
        let values = params![origin.kind as u8, origin.name, origin.run];
        sql.prepare_cached("INSERT OR IGNORE INTO origins (kind, name, run) VALUES (?1, ?2, ?3)")?
            .execute(values)?;
        let number = sql
            .prepare_cached("SELECT n FROM origins WHERE kind = ?1 AND name = ?2 AND run = ?3")?
            .query_row(values, |row| row.get(0))?;
        if self.origins.len() >= CACHED_ORIGINS {
            self.origins.clear();
        }
        self.origins.insert(origin.clone(), number);
        Ok(number)
    }
}

impl Inner {
    /// Runs `work` in one write transaction: committed if it returns `Ok`, else undone with all that the context took.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &mut WriteContext) -> Result<T>,
    ) -> Result<T> {
        let mut writer = lock(&self.writer);
        let Some(writer) = writer.as_mut() else { return Err(self.why_no_writer()) };
        let transaction = writer.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut context = writer.context.clone();
        let result = work(&transaction, &mut context)?;
        if context.ticks != writer.context.ticks {
            transaction
                .prepare_cached(
                    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
                )?
                .execute(params![TICKS, context.ticks])?;
        }
        transaction.commit()?;
        writer.context = context;
        Ok(result)
    }

    /// Runs `work` on the writing connection outside a transaction.
    pub(super) fn with_writer<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut writer = lock(&self.writer);
        match writer.as_mut() {
            Some(writer) => work(&mut writer.connection),
            None => Err(self.why_no_writer()),
        }
    }

    fn why_no_writer(&self) -> Error {
        match *lock(&self.gate) {
            Gate::Closed => Error::LibraryClosed,
            Gate::Suspended if !self.read_only => Error::LibrarySuspended,
            _ => Error::LibraryReadOnly,
        }
    }

    /// Commits what was written so far through the log to the device, so that it survives loss of power.
    pub(crate) fn synchronise(&self) -> Result<()> {
        self.with_writer(|connection| {
            connection.pragma_update(None, "synchronous", "FULL")?;
            // A commit synchronises the log only if it adds to it: a row that keeps its value adds nothing.
            let result = connection
                .execute(
                    "INSERT INTO meta (key, value) VALUES ('synchronised', 1)
                     ON CONFLICT DO UPDATE SET value = value + 1",
                    [],
                )
                .map(|_| ())
                .map_err(Error::from);
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            result
        })
    }
}

impl Library {
    /// [`Inner::write`].
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>, &mut WriteContext) -> Result<T>,
    ) -> Result<T> {
        self.inner.write(work)
    }
}
