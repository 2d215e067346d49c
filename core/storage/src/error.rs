//! The one error of this crate. SQLite does not appear in it, and neither do titles, paths or text.

use std::backtrace::Backtrace;
use std::io;

use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::id::{DocumentId, RunId};
use writemagic_shared::mapped::MapError;
use writemagic_shared::runtime::Cancelled;

use crate::embedding::{EmbedError, TableError};
use crate::graph::MergeError;

/// `Result` with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call on the library failed. [`Coded::code`] is the stable word, [`Coded::details`] the values.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A value is over its documented limit. Nothing was changed.
    #[error("{what} is {value}, and the limit is {limit}")]
    LimitExceeded {
        /// What is too large: a snake_case word of [`writemagic_shared::limits`].
        what: &'static str,
        /// The value that was given.
        value: u64,
        /// The largest value that is taken.
        limit: u64,
    },
    /// An argument that no library could take.
    #[error("{what} is not valid: {reason}")]
    InvalidArgument {
        /// The argument.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// UTF-16 input with a surrogate that has no partner.
    #[error("lone surrogate at UTF-16 unit {index}")]
    LoneSurrogate {
        /// Index of the surrogate in the given units.
        index: u64,
    },
    /// Bytes that are no text.
    #[error("not UTF-8 at byte {offset}")]
    NotUtf8 {
        /// Bytes before it; all of them are UTF-8.
        offset: u64,
    },
    /// A folder name that is empty, `.`, `..` or contains a `/`.
    #[error("a folder name must not be empty, `.` or `..`, and must not contain `/`")]
    InvalidFolderName,
    /// A language tag that is not of BCP 47 form.
    #[error("not a BCP 47 language tag")]
    InvalidLanguageTag,
    /// Purging needs the caller's explicit confirmation.
    #[error("purging destroys a document for good: confirm it")]
    ConfirmationRequired,
    /// No document has this id, title or prefix.
    #[error("no such document")]
    DocumentNotFound,
    /// Several documents have this title or id prefix.
    #[error("{count} documents have this title or id prefix")]
    AmbiguousDocument {
        /// How many.
        count: u64,
    },
    /// No version of the document has this name: none is called so, begins so or is labelled so.
    #[error("no such version")]
    VersionNotFound,
    /// Some of the version's text was forgotten by `Library::compact`.
    #[error("some of this version was forgotten when the library was compacted")]
    VersionForgotten,
    /// Several versions begin so.
    #[error("{count} versions begin so")]
    AmbiguousVersion {
        /// How many.
        count: u64,
    },
    /// The document has no branch of this name.
    #[error("no such branch")]
    BranchNotFound,
    /// The document has a branch of this name.
    #[error("a branch of this name exists")]
    BranchExists,
    /// Nothing that this library's writer did is left to undo, or to redo.
    #[error("there is nothing to undo or redo")]
    NothingToUndo,
    /// Versions cannot be merged: more steps or more heads than a merge may have, or a text that would be too long.
    #[error("the versions cannot be merged: {reason}")]
    MergeRefused {
        /// Why.
        reason: &'static str,
    },
    /// Not a bundle that a library wrote, or not whole. Nothing was changed.
    #[error("the bundle cannot be read: {reason}")]
    BundleInvalid {
        /// What is wrong with it.
        reason: &'static str,
        /// Where, in bytes from its start.
        offset: u64,
    },
    /// A bundle that builds on events which this library lacks: ask for one with this library's summary.
    #[error("the bundle builds on what this library does not have")]
    BundleIncomplete,
    /// Two libraries have written under one name: one is a copy that was not opened by this engine. Nothing was changed.
    #[error("document {document} has other events of the same name in the two libraries")]
    ClonedWriter {
        /// The document.
        document: DocumentId,
    },
    /// No folder has this path or id.
    #[error("no such folder")]
    FolderNotFound,
    /// A sibling folder has this name.
    #[error("a folder of this name exists there")]
    FolderExists,
    /// The folder still holds something.
    #[error("the folder holds {documents} documents and {folders} folders")]
    FolderNotEmpty {
        /// Documents inside, trashed ones included.
        documents: u64,
        /// Folders directly inside.
        folders: u64,
    },
    /// A folder would become its own ancestor.
    #[error("a folder cannot move into itself")]
    FolderCycle,
    /// A path named by the caller does not exist.
    #[error("no such file or folder")]
    PathNotFound {
        /// Which of the given paths, counted from 0.
        index: u64,
    },
    /// No entry of the story bible has this id or goes by this name.
    #[error("no such entry")]
    BibleEntryNotFound,
    /// Several entries of the story bible go by this name.
    #[error("{count} entries go by this name")]
    AmbiguousBibleEntry {
        /// How many.
        count: u64,
    },
    /// No fact of the story bible has this id.
    #[error("no such fact")]
    BibleFactNotFound,
    /// No renaming of an entry has this id, or it is forgotten.
    #[error("no such renaming")]
    BibleRenameNotFound,
    /// The entry was renamed again, and that is to be taken back first.
    #[error("the entry was renamed again since: take that back first")]
    BibleRenameSuperseded,
    /// No run has this id.
    #[error("no run {run}")]
    RunNotFound {
        /// The id.
        run: RunId,
    },
    /// No memory has this key.
    #[error("no such memory")]
    MemoryNotFound,
    /// The target exists.
    #[error("the target exists already")]
    AlreadyExists,
    /// The folder holds no library.
    #[error("there is no library in this folder")]
    LibraryNotFound,
    /// Another process has the library open for writing.
    #[error("another process is writing to this library")]
    LibraryBusy,
    /// The library was opened for reading, or its files cannot be written.
    #[error("the library is open for reading only")]
    LibraryReadOnly,
    /// Written by a newer engine.
    #[error("the library has format {found}; this engine knows formats up to {supported}")]
    LibraryTooNew {
        /// The library's format version.
        found: u64,
        /// The newest format of this engine.
        supported: u64,
    },
    /// Not a library's database.
    #[error("the file is not a WriteMagic library")]
    NotALibrary,
    /// The database is damaged: a page, a record or the file's length.
    #[error("the library's database is damaged ({found})")]
    LibraryCorrupt {
        /// What was found.
        found: &'static str,
    },
    /// The disk or the library's size limit is full. Acknowledged edits are safe; others wait in memory.
    #[error("the disk is full")]
    DiskFull,
    /// The system refused access to a file.
    #[error("the system refused access to a file")]
    PermissionDenied,
    /// Reading or writing a file failed.
    #[error("a file could not be read or written ({kind:?})")]
    Io {
        /// The operating system's kind of error.
        kind: io::ErrorKind,
        /// Its number, where there is one.
        os: Option<i32>,
    },
    /// The library is suspended.
    #[error("the library is suspended")]
    LibrarySuspended,
    /// The library was closed.
    #[error("the library is closed")]
    LibraryClosed,
    /// A document's stored history fails its checks.
    #[error("the history of document {document} is damaged after event {good_events}")]
    HistoryDamaged {
        /// The document.
        document: DocumentId,
        /// Events from the start that are sound.
        good_events: u64,
    },
    /// The session was closed.
    #[error("the edit session is closed")]
    SessionClosed,
    /// Too much unsaved typing; the edit was refused, nothing was dropped.
    #[error("{waiting} bytes of edits wait to be saved, and the limit is {limit}")]
    BacklogFull {
        /// Bytes that wait, with this edit.
        waiting: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A table of word vectors cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Texts did not become vectors.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// A file of the engine's own could not be written.
    #[error(transparent)]
    Mapped(#[from] MapError),
    /// The work was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A fault of the engine. Please report it with the backtrace.
    #[error("internal fault: {what}")]
    Internal {
        /// Where the engine contradicted itself.
        what: &'static str,
        /// Where it was noticed.
        backtrace: Box<Backtrace>,
    },
}

impl Error {
    /// An internal fault with the present backtrace.
    pub(crate) fn internal(what: &'static str) -> Self {
        Error::Internal { what, backtrace: Box::new(Backtrace::capture()) }
    }

    /// `Err` when `value` is over `limit`.
    pub(crate) fn check_limit(what: &'static str, value: u64, limit: u64) -> Result<()> {
        if value > limit { Err(Error::LimitExceeded { what, value, limit }) } else { Ok(()) }
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Error::LimitExceeded { .. } => Code::LimitExceeded,
            Error::InvalidArgument { .. } => Code::InvalidArgument,
            Error::LoneSurrogate { .. } => Code::LoneSurrogate,
            Error::NotUtf8 { .. } => Code::NotUtf8,
            Error::InvalidFolderName => Code::InvalidFolderName,
            Error::InvalidLanguageTag => Code::InvalidLanguageTag,
            Error::ConfirmationRequired => Code::ConfirmationRequired,
            Error::DocumentNotFound => Code::DocumentNotFound,
            Error::AmbiguousDocument { .. } => Code::AmbiguousDocument,
            Error::VersionNotFound => Code::VersionNotFound,
            Error::VersionForgotten => Code::VersionForgotten,
            Error::AmbiguousVersion { .. } => Code::AmbiguousVersion,
            Error::BranchNotFound => Code::BranchNotFound,
            Error::BranchExists => Code::BranchExists,
            Error::NothingToUndo => Code::NothingToUndo,
            Error::MergeRefused { .. } => Code::MergeRefused,
            Error::BundleInvalid { .. } => Code::BundleInvalid,
            Error::BundleIncomplete => Code::BundleIncomplete,
            Error::ClonedWriter { .. } => Code::ClonedWriter,
            Error::FolderNotFound => Code::FolderNotFound,
            Error::FolderExists => Code::FolderExists,
            Error::FolderNotEmpty { .. } => Code::FolderNotEmpty,
            Error::FolderCycle => Code::FolderCycle,
            Error::PathNotFound { .. } => Code::PathNotFound,
            Error::BibleEntryNotFound => Code::BibleEntryNotFound,
            Error::AmbiguousBibleEntry { .. } => Code::AmbiguousBibleEntry,
            Error::BibleFactNotFound => Code::BibleFactNotFound,
            Error::BibleRenameNotFound => Code::BibleRenameNotFound,
            Error::BibleRenameSuperseded => Code::BibleRenameSuperseded,
            Error::RunNotFound { .. } => Code::RunNotFound,
            Error::MemoryNotFound => Code::MemoryNotFound,
            Error::AlreadyExists => Code::AlreadyExists,
            Error::LibraryNotFound => Code::LibraryNotFound,
            Error::LibraryBusy => Code::LibraryBusy,
            Error::LibraryReadOnly => Code::LibraryReadOnly,
            Error::LibraryTooNew { .. } => Code::LibraryTooNew,
            Error::NotALibrary => Code::NotALibrary,
            Error::LibraryCorrupt { .. } => Code::LibraryCorrupt,
            Error::DiskFull => Code::DiskFull,
            Error::PermissionDenied => Code::PermissionDenied,
            Error::Io { .. } => Code::Io,
            Error::LibrarySuspended => Code::LibrarySuspended,
            Error::LibraryClosed => Code::LibraryClosed,
            Error::HistoryDamaged { .. } => Code::HistoryDamaged,
            Error::SessionClosed => Code::SessionClosed,
            Error::BacklogFull { .. } => Code::BacklogFull,
            Error::Table(error) => error.code(),
            Error::Embed(error) => error.code(),
            Error::Mapped(error) => error.code(),
            Error::Cancelled(_) => Code::Cancelled,
            Error::Internal { .. } => Code::Internal,
        }
    }

    fn details(&self) -> Details {
        let none = Details::none();
        match *self {
            Error::Table(ref error) => error.details(),
            Error::Embed(ref error) => error.details(),
            Error::Mapped(ref error) => error.details(),
            Error::LimitExceeded { what, value, limit } => {
                none.with("what", what).with("value", value).with("limit", limit)
            }
            Error::InvalidArgument { what, reason } => none.with("what", what).with("reason", reason),
            Error::LoneSurrogate { index } => none.with("index", index),
            Error::NotUtf8 { offset } => none.with("offset", offset),
            Error::AmbiguousDocument { count }
            | Error::AmbiguousVersion { count }
            | Error::AmbiguousBibleEntry { count } => none.with("count", count),
            Error::MergeRefused { reason } => none.with("reason", reason),
            Error::BundleInvalid { reason, offset } => none.with("reason", reason).with("offset", offset),
            Error::ClonedWriter { document } => none.with("document", document.uuid()),
            Error::FolderNotEmpty { documents, folders } => {
                none.with("documents", documents).with("folders", folders)
            }
            Error::PathNotFound { index } => none.with("index", index),
            Error::RunNotFound { run } => none.with("run", run.uuid()),
            Error::LibraryTooNew { found, supported } => {
                none.with("found", found).with("supported", supported)
            }
            Error::LibraryCorrupt { found } => none.with("found", found),
            Error::Io { os: Some(number), .. } => none.with("os", i64::from(number)),
            Error::HistoryDamaged { document, good_events } => {
                none.with("document", document.uuid()).with("good_events", good_events)
            }
            Error::BacklogFull { waiting, limit } => none.with("waiting", waiting).with("limit", limit),
            Error::Internal { what, .. } => none.with("what", what),
            _ => none,
        }
    }
}

impl From<MergeError> for Error {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Cancelled(cancelled) => Error::Cancelled(cancelled),
            MergeError::Position { .. } => Error::LibraryCorrupt { found: "events outside of their text" },
            MergeError::NotLoaded(_) => Error::internal("a merge lacks events"),
            MergeError::Sink => Error::internal("a text did not take an operation"),
            MergeError::Steps => Error::MergeRefused { reason: "it takes too many steps" },
            MergeError::TooLarge => Error::MergeRefused { reason: "the text would be too long" },
            MergeError::TooManyHeads => Error::MergeRefused { reason: "too many versions at once" },
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Error::PermissionDenied,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::DiskFull,
            io::ErrorKind::ReadOnlyFilesystem => Error::LibraryReadOnly,
            kind => Error::Io { kind, os: error.raw_os_error() },
        }
    }
}

/// What is found when the tables that the database says it has are not ours.
const FOREIGN_SCHEMA: &str = "a schema that is not this format's";

/// Keeps SQLite's codes and drops its messages: they may quote what stands in a statement.
impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Sql;
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..) => {
                    Error::LibraryCorrupt { found: "a value of the wrong type" }
                }
                // Statements are constants, known to fit a sound library.
                rusqlite::Error::SqlInputError { .. } => Error::LibraryCorrupt { found: FOREIGN_SCHEMA },
                // The text of a statement has none, nor has what is bound to it a need of being without.
                rusqlite::Error::NulError(_) | rusqlite::Error::InvalidPath(_) => {
                    Error::InvalidArgument { what: "path", reason: "not a path of this system" }
                }
                rusqlite::Error::QueryReturnedNoRows => Error::LibraryCorrupt { found: "a missing row" },
                _ => Error::internal("a statement does not fit the database"),
            };
        };
        match failure.code {
            Sql::DiskFull => Error::DiskFull,
            Sql::ReadOnly => Error::LibraryReadOnly,
            Sql::DatabaseBusy | Sql::DatabaseLocked => Error::LibraryBusy,
            Sql::NotADatabase => Error::NotALibrary,
            Sql::DatabaseCorrupt => Error::LibraryCorrupt { found: "a damaged page" },
            Sql::PermissionDenied | Sql::AuthorizationForStatementDenied => Error::PermissionDenied,
            Sql::CannotOpen => Error::Io { kind: io::ErrorKind::NotFound, os: None },
            // The memory that readers and writers share is a file; it could not be made longer.
            Sql::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
                Error::DiskFull
            }
            Sql::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ => {
                Error::LibraryCorrupt { found: "a file that ends in a page" }
            }
            Sql::SystemIoFailure => Error::Io { kind: io::ErrorKind::Other, os: None },
            Sql::OutOfMemory => Error::Io { kind: io::ErrorKind::OutOfMemory, os: None },
            Sql::OperationInterrupted => Error::Cancelled(Cancelled),
            Sql::Unknown if failure.extended_code == rusqlite::ffi::SQLITE_ERROR => {
                Error::LibraryCorrupt { found: FOREIGN_SCHEMA }
            }
            // Every row is made to fit those that were read.
            Sql::ConstraintViolation => Error::LibraryCorrupt { found: "a row that contradicts another" },
            Sql::TooBig => Error::InvalidArgument { what: "value", reason: "too large for the database" },
            _ => Error::internal("the database refused a statement"),
        }
    }
}
