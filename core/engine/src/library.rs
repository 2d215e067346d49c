//! The library as the facade shows it: storage's library, with its long work as [`Operation`]s.

use std::fs::File;
use std::io::BufWriter;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use writemagic_shared::id::{BibleEntryId, BibleRenameId, DocumentId};
use writemagic_shared::runtime::{Progress, Shutdown, ShutdownReport};
use writemagic_storage as storage;
use writemagic_storage::bible::{BibleRename, RenamePreview};
use writemagic_storage::exchange::{BundleOptions, BundleReport, PullReport};
use writemagic_storage::history::{CompactOptions, CompactReport, TimelineVersion};
use writemagic_storage::library::{CheckReport, OpenOptions};
use writemagic_storage::memory::{ConsolidateOptions, ConsolidateReport, NewMemory, Remembered};
use writemagic_storage::search::{PassagePage, PassageRequest, SearchPage, SearchRequest};
use writemagic_storage::transfer::{ExportOptions, ExportReport, ImportOptions, ImportReport};

use crate::ai::Assistant;
use crate::error::Result;
use crate::operation::Operation;

/// An open library. Clones share it; it closes when the last one is dropped.
///
/// Documents, folders, edit sessions and search are the methods of [`storage::Library`], reached through
/// `Deref`; here is what the engine adds: work that takes long runs as an [`Operation`].
#[derive(Clone, Debug)]
pub struct Library {
    storage: storage::Library,
    operations: Arc<Operations>,
    assistant: Assistant,
}

impl Deref for Library {
    type Target = storage::Library;

    fn deref(&self) -> &storage::Library {
        &self.storage
    }
}

/// Operations at work on a library, to be cancelled and waited for at its end.
#[derive(Debug, Default)]
struct Operations {
    running: Mutex<Running>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Running {
    progress: Vec<(u64, Progress)>,
    /// The number of the next operation.
    next: u64,
}

/// An operation's place in the list, which it leaves however it ends.
struct Listed {
    operations: Arc<Operations>,
    number: u64,
}

impl Operations {
    fn lock(&self) -> MutexGuard<'_, Running> {
        // Entries are pushed and removed whole.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(self: &Arc<Self>, progress: &Progress) -> Listed {
        let mut running = self.lock();
        let number = running.next;
        running.next += 1;
        running.progress.push((number, progress.clone()));
        Listed { operations: Arc::clone(self), number }
    }

    /// Asks all to stop and waits until they have.
    fn cancel_all(&self) {
        let mut running = self.lock();
        while !running.progress.is_empty() {
            running.progress.iter().for_each(|(_, progress)| progress.cancel());
            running = self.ended.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.operations.lock().progress.retain(|(number, _)| *number != self.number);
        self.operations.ended.notify_all();
    }
}

impl Library {
    /// Opens the library in folder `path`. Touches the disk. Errors as [`storage::Library::open`].
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        Ok(Self::of(storage::Library::open(path, options)?))
    }

    fn of(storage: storage::Library) -> Self {
        Self { assistant: Assistant::new(storage.clone()), storage, operations: Arc::default() }
    }

    /// What the library keeps of models: providers, runs, what calls cost, what was sent, proposals.
    pub fn assistant(&self) -> &Assistant {
        &self.assistant
    }

    /// The version of SQLite that this engine was built with.
    pub fn sqlite_version() -> &'static str {
        storage::Library::sqlite_version()
    }

    /// Imports files and folders. Progress is in bytes read. Touches the disk.
    pub fn import(&self, paths: Vec<PathBuf>, options: ImportOptions) -> Operation<ImportReport> {
        self.start(move |library, progress| library.import(&paths, &options, progress))
    }

    /// Writes documents as files below a folder; `None` = every document outside the trash. Progress is in
    /// documents. Touches the disk.
    pub fn export(
        &self,
        documents: Option<Vec<DocumentId>>,
        target: PathBuf,
        options: ExportOptions,
    ) -> Operation<ExportReport> {
        self.start(move |library, progress| library.export(documents.as_deref(), &target, &options, progress))
    }

    /// The versions of a branch that a person would recognise, oldest first: [`storage::Library::history`]. Progress is in
    /// versions. Touches the disk.
    pub fn history(
        &self,
        document: DocumentId,
        branch: String,
        all: bool,
    ) -> Operation<Vec<TimelineVersion>> {
        self.start(move |library, progress| library.history(document, &branch, all, progress))
    }

    /// Forgets what was deleted before a date, or says what that would be: [`storage::Library::compact`]. Progress is in
    /// documents. Touches the disk.
    pub fn compact(&self, options: CompactOptions) -> Operation<CompactReport> {
        self.start(move |library, progress| library.compact(&options, progress))
    }

    /// Searches titles and texts outside the trash by words, for a search field: [`storage::Library::search`] that the next letter can
    /// cancel. It counts no progress. Touches the disk.
    pub fn cancellable_search(&self, request: SearchRequest) -> Operation<SearchPage> {
        self.start(move |library, progress| library.cancellable_search(&request, progress))
    }

    /// The passages that answer a question, for a search field: [`storage::Library::search_passages`] that the next letter can cancel,
    /// but for a call of the model, which it waits for. It counts no progress. Touches the disk.
    pub fn cancellable_passage_search(&self, request: PassageRequest) -> Operation<PassagePage> {
        self.start(move |library, progress| library.cancellable_passage_search(&request, progress))
    }

    /// Reads what search by meaning does not know yet: [`storage::Library::index_meaning`]. Progress is in documents and memories.
    /// Touches the disk.
    pub fn index_meaning(&self) -> Operation<()> {
        self.start(|library, progress| library.index_meaning(progress))
    }

    /// Remembers many things: [`storage::Library::remember_all`]. Progress is in memories. Touches the disk.
    pub fn remember_all(&self, memories: Vec<NewMemory>) -> Operation<Remembered> {
        self.start(move |library, progress| library.remember_all(&memories, progress))
    }

    /// Merges memories that say the same and flags those that cannot both be right:
    /// [`storage::Library::consolidate_memories`]. Progress is in memories. Touches the disk.
    pub fn consolidate_memories(&self, options: ConsolidateOptions) -> Operation<ConsolidateReport> {
        self.start(move |library, progress| library.consolidate_memories(&options, progress))
    }

    /// Opens the outbox of the library in folder `path`: [`storage::Library::open_outbox`]. Touches the disk.
    pub fn open_outbox(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        Ok(Self::of(storage::Library::open_outbox(path.as_ref(), options)?))
    }

    /// Writes what another library lacks to a file, which it replaces: [`storage::Library::bundle`]. Progress is in documents.
    /// Touches the disk.
    pub fn bundle(&self, file: PathBuf, options: BundleOptions) -> Operation<BundleReport> {
        self.start(move |library, progress| {
            let output = BufWriter::new(File::create(&file)?);
            library.bundle(&options, output, progress)
        })
    }

    /// Takes in what the library in a folder knows: [`storage::Library::pull_library`]. Progress is in documents, each
    /// counted twice. Touches the disk.
    pub fn pull_library(&self, path: PathBuf) -> Operation<PullReport> {
        self.start(move |library, progress| library.pull_library(&path, progress))
    }

    /// Takes in a bundle: [`storage::Library::pull_bundle`]. Progress is in documents, each counted twice. Touches the disk.
    pub fn pull_bundle(&self, file: PathBuf) -> Operation<PullReport> {
        self.start(move |library, progress| library.pull_bundle(&file, progress))
    }

    /// What renaming an entry of the story bible would change: [`storage::Library::preview_bible_rename`]. Progress is in
    /// documents. Touches the disk.
    pub fn preview_bible_rename(&self, entry: BibleEntryId, name: String) -> Operation<RenamePreview> {
        self.start(move |library, progress| library.preview_bible_rename(entry, &name, progress))
    }

    /// Gives an entry of the story bible another name, in all documents but those in `leave`:
    /// [`storage::Library::rename_bible_entry`]. Progress is in documents. Touches the disk.
    pub fn rename_bible_entry(
        &self,
        entry: BibleEntryId,
        name: String,
        leave: Vec<DocumentId>,
    ) -> Operation<BibleRename> {
        self.start(move |library, progress| library.rename_bible_entry(entry, &name, &leave, progress))
    }

    /// Takes a renaming back: [`storage::Library::undo_bible_rename`]. Progress is in documents. Touches the disk.
    pub fn undo_bible_rename(&self, rename: BibleRenameId) -> Operation<BibleRename> {
        self.start(move |library, progress| library.undo_bible_rename(rename, progress))
    }

    /// Finishes a renaming, or taking one back, that was cut short: [`storage::Library::finish_bible_rename`]. Progress is in
    /// documents. Touches the disk.
    pub fn finish_bible_rename(&self, rename: BibleRenameId) -> Operation<BibleRename> {
        self.start(move |library, progress| library.finish_bible_rename(rename, progress))
    }

    /// Checks everything, and with `repair` mends what can be mended. Progress is in documents. Touches the disk.
    pub fn check(&self, repair: bool) -> Operation<CheckReport> {
        self.start(move |library, progress| library.check(repair, progress))
    }

    /// Writes a consistent copy of the library's database to `file`, in use or not; gives its bytes. Progress is in
    /// database pages. Touches the disk.
    pub fn back_up(&self, file: PathBuf) -> Operation<u64> {
        self.start(move |library, progress| library.back_up(&file, progress))
    }

    fn start<T: Send + 'static>(
        &self,
        work: impl FnOnce(&storage::Library, &Progress) -> storage::error::Result<T> + Send + 'static,
    ) -> Operation<T> {
        let (storage, operations) = (self.storage.clone(), Arc::clone(&self.operations));
        Operation::start(move |progress| {
            let _listed = operations.list(progress);
            work(&storage, progress)
        })
    }

    /// Ends in order within a time: operations are cancelled (what they did is kept), runs of models stop where they are, then every session is saved, heads
    /// are written and files are closed, for every clone. For the seconds that a system grants before it ends the
    /// process; what the report says was not reached is as after a kill, which loses nothing acknowledged.
    /// Touches the disk.
    pub fn shut_down(&self, within: Duration) -> ShutdownReport {
        let operations = Arc::clone(&self.operations);
        let (library, assistant) = (self.storage.clone(), self.assistant.clone());
        Shutdown::new()
            .step("operations", within / 4, move || {
                operations.cancel_all();
                Ok(())
            })
            .step("runs", within / 4, move || {
                assistant.pause_runs(within / 4);
                Ok(())
            })
            .step("sessions and files", within / 2, move || Ok(library.close()?))
            .run()
    }
}
