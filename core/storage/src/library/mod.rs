//! A library: a folder on disk with one database inside, opened by one writing process at a time.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use serde::Serialize;
use writemagic_shared::id::{DocumentId, LibraryId};
use writemagic_shared::runtime::{Clock, Progress, Timestamp};

use crate::error::Result;

/// How to open a library.
#[derive(Clone, Debug)]
#[must_use]
pub struct OpenOptions {}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenOptions {
    /// Opens an existing library for reading and writing, with the system's clock.
    pub fn new() -> Self {
        Self {}
    }

    /// Creates the library where there is none, parent folders included.
    pub fn create(self, _create: bool) -> Self {
        self
    }

    /// Opens for reading only: works beside a writer and in folders that cannot be written.
    pub fn read_only(self, _read_only: bool) -> Self {
        self
    }

    /// Reads the time from this clock.
    pub fn clock(self, _clock: Arc<dyn Clock>) -> Self {
        self
    }

    /// Lets the database grow to at most this many bytes; at the limit writes fail with `disk_full`.
    pub fn max_bytes(self, _bytes: u64) -> Self {
        self
    }
}

/// An open library. Clones share it; it closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Library {}

/// What a write transaction needs besides the database: time, the field clock, the agent of this open.
#[derive(Debug)]
pub(crate) struct WriteContext {}

impl WriteContext {
    /// The present time.
    pub(crate) fn now(&self) -> Timestamp {
        todo!()
    }

    /// The next value of the hybrid logical clock that fields carry.
    pub(crate) fn tick(&mut self) -> i64 {
        todo!()
    }
}

/// Sizes and counts of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LibraryStatistics {
    /// Documents outside the trash.
    pub documents: u64,
    /// Documents in the trash.
    pub trashed: u64,
    /// Folders.
    pub folders: u64,
    /// Events of all histories.
    pub events: u64,
    /// Bytes of all texts.
    pub text_bytes: u64,
    /// Bytes of the database file and its write-ahead log.
    pub disk_bytes: u64,
    /// Documents whose stored text is behind their journal.
    pub unrefreshed: u64,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind: `damaged_page`, `damaged_text`, `damaged_history`, `missing_history`, `search_row`, `counts`, `lost_folder`.
    pub kind: &'static str,
    /// The document, where it is one's.
    pub document: Option<DocumentId>,
    /// What was found, in words without user text.
    pub message: String,
    /// Whether this run repaired it.
    pub repaired: bool,
}

/// What a check looked at and found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// Documents checked.
    pub documents: u64,
    /// Everything that is wrong; empty is good.
    pub problems: Vec<Problem>,
}

impl CheckReport {
    /// No problem is left: none was found, or each was repaired.
    pub fn is_ok(&self) -> bool {
        self.problems.iter().all(|problem| problem.repaired)
    }
}

impl Library {
    /// Opens the library in folder `path`. Touches the disk.
    ///
    /// # Errors
    /// `library_not_found`, `library_busy`, `library_read_only`, `library_too_new`, `not_a_library`,
    /// `library_corrupt`, `permission_denied`, `disk_full`, `io`. A refused file is left as it was.
    pub fn open(_path: impl AsRef<Path>, _options: OpenOptions) -> Result<Self> {
        todo!()
    }

    /// The library's id.
    pub fn id(&self) -> Result<LibraryId> {
        todo!()
    }

    /// The folder it is in.
    pub fn path(&self) -> &Path {
        todo!()
    }

    /// Whether it was opened for reading only.
    pub fn is_read_only(&self) -> bool {
        todo!()
    }

    /// The version of the library's format on disk.
    pub fn format_version(&self) -> u32 {
        crate::schema::VERSION
    }

    /// Counts and sizes. Touches the disk.
    pub fn statistics(&self) -> Result<LibraryStatistics> {
        todo!()
    }

    /// Checks every page, text, history, count and search row; with `repair` rebuilds what can be derived from
    /// sound history. Progress is in documents. Touches the disk.
    pub fn check(&self, _repair: bool, _progress: &Progress) -> Result<CheckReport> {
        todo!()
    }

    /// Writes a consistent copy of the database to `file`, while in use; returns its bytes. Creates parent
    /// folders; `already_exists` if the file is there. Progress is in pages.
    pub fn back_up(&self, _file: &Path, _progress: &Progress) -> Result<u64> {
        todo!()
    }

    /// Saves everything, releases the lock and closes the files; sessions stay and refuse nothing but the disk.
    pub fn suspend(&self) -> Result<()> {
        todo!()
    }

    /// Opens the files again after [`suspend`](Self::suspend).
    pub fn resume(&self) -> Result<()> {
        todo!()
    }

    /// Closes every session and the library, for every clone. Later calls fail with `library_closed`.
    pub fn close(&self) -> Result<()> {
        todo!()
    }

    /// Runs `work` on a reading connection.
    pub(crate) fn read<T>(&self, _work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        todo!()
    }

    /// Runs `work` in one write transaction, committed if it returns `Ok`.
    pub(crate) fn write<T>(&self, _work: impl FnOnce(&Transaction<'_>, &mut WriteContext) -> Result<T>) -> Result<T> {
        todo!()
    }
}
