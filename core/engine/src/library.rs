//! The library as the facade shows it: storage's library, with its long work as [`Operation`]s.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use writemagic_shared::id::DocumentId;
use writemagic_storage as storage;
use writemagic_storage::library::{CheckReport, OpenOptions};
use writemagic_storage::transfer::{ExportOptions, ExportReport, ImportOptions, ImportReport};

use crate::error::Result;
use crate::operation::Operation;

/// An open library. Clones share it; it closes when the last one is dropped.
///
/// Documents, folders, edit sessions and search are the methods of [`storage::Library`], reached through
/// `Deref`; here is what the engine adds: work that takes long runs as an [`Operation`].
#[derive(Clone, Debug)]
pub struct Library(storage::Library);

impl Deref for Library {
    type Target = storage::Library;

    fn deref(&self) -> &storage::Library {
        &self.0
    }
}

impl Library {
    /// Opens the library in folder `path`. Touches the disk. Errors as [`storage::Library::open`].
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        Ok(Self(storage::Library::open(path, options)?))
    }

    /// The version of SQLite that this engine was built with.
    pub fn sqlite_version() -> &'static str {
        storage::Library::sqlite_version()
    }

    /// Imports files and folders. Progress is in bytes read. Touches the disk.
    pub fn import(&self, paths: Vec<PathBuf>, options: ImportOptions) -> Operation<ImportReport> {
        let library = self.0.clone();
        Operation::start(move |progress| library.import(&paths, &options, progress))
    }

    /// Writes documents as files below a folder; `None` = every document outside the trash. Progress is in
    /// documents. Touches the disk.
    pub fn export(
        &self,
        documents: Option<Vec<DocumentId>>,
        target: PathBuf,
        options: ExportOptions,
    ) -> Operation<ExportReport> {
        let library = self.0.clone();
        Operation::start(move |progress| library.export(documents.as_deref(), &target, &options, progress))
    }

    /// Checks everything, and with `repair` mends what can be mended. Progress is in documents. Touches the disk.
    pub fn check(&self, repair: bool) -> Operation<CheckReport> {
        let library = self.0.clone();
        Operation::start(move |progress| library.check(repair, progress))
    }

    /// Writes a consistent copy of the library's database to `file`, in use or not; gives its bytes. Progress is in
    /// database pages. Touches the disk.
    pub fn back_up(&self, file: PathBuf) -> Operation<u64> {
        let library = self.0.clone();
        Operation::start(move |progress| library.back_up(&file, progress))
    }
}
