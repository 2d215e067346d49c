//! A library: a folder on disk with one database inside, opened by one writing process at a time.
//!
//! `options` and `open` find, create and check the files; `connection` sets SQLite up; `lock` is the one writer's lock;
//! `write` is the transaction that every change goes through; `checkpoint` keeps its log short; `lifecycle` suspends, resumes and closes; `check`,
//! `backup`, `erase` and `rebuild` take care of the whole. What the library holds is in the modules beside this one.

mod backup;
mod check;
mod checkpoint;
mod connection;
mod erase;
mod lifecycle;
mod lock;
mod open;
mod rebuild;
mod refresh;
mod statistics;
mod write;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;

use rusqlite::Connection;
use writemagic_shared::id::LibraryId;
use writemagic_shared::runtime::{Clock, Profile, Progress};

pub use check::{CheckReport, Problem};
pub use open::OpenOptions;
pub(crate) use refresh::{Indexing, refresh_head, write_search_row};
pub use statistics::LibraryStatistics;
pub(crate) use write::{WriteContext, stored_clock};

use crate::bible::Mentions;
use crate::error::{Error, Result};
use crate::history::KeptHistory;
use crate::search::Meaning;
use crate::session::Sessions;
use connection::{ConnectionLimits, open_reader};
use write::Writer;

/// The database's file name inside the library's folder.
pub(crate) const DATABASE_FILE: &str = "writemagic.db";
/// How many instructions of its machine SQLite takes between two looks at whether it should stop: some tens of microseconds' worth.
const STEPS: i32 = 1_000;
/// The lock's file name inside the library's folder.
pub(crate) const LOCK_FILE: &str = "writemagic.lock";

/// An open library. Clones share it; it closes when the last one, and the last session, is dropped.
#[derive(Clone, Debug)]
pub struct Library {
    pub(crate) inner: Arc<Inner>,
    /// Closes the library with the last clone, whoever else (the writer's thread) still looks at `inner`.
    _open: Arc<CloseOnDrop>,
}

#[derive(Debug)]
struct CloseOnDrop(Arc<Inner>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close_for_good();
    }
}

#[derive(Debug)]
pub(crate) struct Inner {
    folder: PathBuf,
    id: LibraryId,
    read_only: bool,
    /// Read without a write-ahead log or locks: the folder cannot be written.
    immutable: bool,
    limits: ConnectionLimits,
    pub(crate) profile: Profile,
    clock: Arc<dyn Clock>,
    /// Held while the library is suspended, resumed or closed: `gate` and `writer` change together.
    turn: Mutex<()>,
    gate: Mutex<Gate>,
    /// Held for reading while a reader works, for writing while the readers' files are closed.
    reading: RwLock<()>,
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Option<Writer>>,
    /// The thread that moves the log into the database, if one was started.
    checkpoint: Mutex<Option<JoinHandle<()>>>,
    pub(crate) sessions: Sessions,
    pub(crate) kept_history: KeptHistory,
    pub(crate) meaning: Meaning,
    pub(crate) mentions: Mentions,
    /// Search rows wait to be written of documents that no session looks after.
    unindexed: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    Suspended,
    Closed,
}

impl Gate {
    fn check(self) -> Result<()> {
        match self {
            Gate::Open => Ok(()),
            Gate::Suspended => Err(Error::LibrarySuspended),
            Gate::Closed => Err(Error::LibraryClosed),
        }
    }
}

/// Locks a mutex whose data stays consistent when a holder panics.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Library {
    /// The library's id; a back-up keeps it.
    pub fn id(&self) -> LibraryId {
        self.inner.id
    }

    /// The folder it is in.
    pub fn path(&self) -> &Path {
        &self.inner.folder
    }

    /// The clock that it reads the time from.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.inner.clock)
    }

    /// Whether it was opened for reading only.
    pub fn is_read_only(&self) -> bool {
        self.inner.is_read_only()
    }

    /// The version of the library's format on disk.
    pub fn format_version(&self) -> u32 {
        crate::schema::VERSION
    }

    /// The version of SQLite that this engine was built with.
    pub fn sqlite_version() -> &'static str {
        rusqlite::version()
    }

    /// Runs batch work on as many threads as the profile grants; rayon's parallel iterators inside use them.
    pub(crate) fn on_batch_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        let Profile { batch_threads, stack_bytes, .. } = self.inner.profile;
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(batch_threads)
            .stack_size(stack_bytes)
            .thread_name(|number| format!("writemagic-batch-{number}"))
            .build()
            .map_err(std::io::Error::other)?;
        Ok(threads.install(work))
    }

    /// [`Inner::read`].
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.inner.read(work)
    }
}

fn in_transaction<T>(
    reader: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Result<Result<T>> {
    let transaction = reader.transaction()?;
    let result = work(&transaction);
    // Nothing was written, but a rollback would make SQLite forget the schema that it has read.
    transaction.commit()?;
    Ok(result)
}

impl Inner {
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Whether the library may be read: `library_suspended` or `library_closed` if not.
    pub(crate) fn check_open(&self) -> Result<()> {
        lock(&self.gate).check()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs `work` on a reading connection, inside one read transaction. Must not be nested.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.with_reader(|reader| in_transaction(reader, work))
    }

    /// [`read`](Self::read), whose statements end with `cancelled` soon after somebody asks for that.
    pub(crate) fn read_cancellably<T>(
        &self,
        progress: &Progress,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let progress = progress.clone();
        self.with_reader(|reader| {
            reader.progress_handler(STEPS, Some(move || progress.is_cancelled()))?;
            let result = in_transaction(reader, work)?;
            // The next reading is another one's.
            reader.progress_handler(0, None::<fn() -> bool>)?;
            Ok(result)
        })
    }

    /// Gives a connection for reading to `work`. It is kept for others but where `work` itself fails, not what it was to do.
    fn with_reader<T>(&self, work: impl FnOnce(&mut Connection) -> Result<Result<T>>) -> Result<T> {
        let _reading = self.reading.read().unwrap_or_else(PoisonError::into_inner);
        lock(&self.gate).check()?;
        let idle = lock(&self.readers).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => open_reader(&self.folder, self.immutable, self.limits)?,
        };
        let result = work(&mut reader)?;
        let mut readers = lock(&self.readers);
        if readers.len() < self.profile.idle_readers {
            readers.push(reader);
        }
        result
    }

    /// The present time.
    pub(crate) fn now(&self) -> writemagic_shared::runtime::Timestamp {
        self.clock.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{PassageRequest, SearchRequest};

    #[test]
    fn a_statement_without_end_ends_when_nobody_wants_it_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let progress = Progress::new();
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let result = library.inner.read_cancellably(&progress, |sql| {
            progress.cancel();
            Ok(sql.query_row(endless, [], |row| row.get::<_, i64>(0))?)
        });
        assert!(matches!(result, Err(Error::Cancelled(_))), "{result:?}");
        // The connection is another one's now, whose work goes on.
        let counted = endless.replace("FROM n) ", "FROM n LIMIT 100000) ");
        let most = library.read(|sql| Ok(sql.query_row(&counted, [], |row| row.get::<_, i64>(0))?));
        assert_eq!(most.unwrap(), 100_000);
    }

    #[test]
    fn a_search_that_was_cancelled_before_it_began_ends_so() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let words = SearchRequest { query: "rain".to_owned(), limit: 10, ..SearchRequest::default() };
        let passages = PassageRequest { query: "rain".to_owned(), limit: 10, ..PassageRequest::default() };
        let progress = Progress::new();
        assert_eq!(library.cancellable_search(&words, &progress).unwrap().total, 0);
        assert!(library.cancellable_passage_search(&passages, &progress).unwrap().hits.is_empty());
        progress.cancel();
        assert!(matches!(library.cancellable_search(&words, &progress), Err(Error::Cancelled(_))));
        let ended = library.cancellable_passage_search(&passages, &progress);
        assert!(matches!(ended, Err(Error::Cancelled(_))), "{ended:?}");
    }
}
