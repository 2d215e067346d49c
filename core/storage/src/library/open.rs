//! Finding, creating and opening a library; refusing what is not one, and leaving it as it was.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};

use rusqlite::Connection;
use writemagic_shared::event;
use writemagic_shared::id::LibraryId;
use writemagic_shared::runtime::{Clock, Profile, SystemClock};

use super::connection::{ConnectionLimits, open_reader, open_writer};
use super::lock::WriterLock;
use super::rebuild::clear_rebuilt;
use super::write::{WriteContext, Writer};
use super::{CloseOnDrop, DATABASE_FILE, Gate, Inner, Library};
use crate::bible::Mentions;
use crate::embedding::Embedder;
use crate::error::{Error, Result};
use crate::history::KeptHistory;
use crate::schema;
use crate::search::{Meaning, clear_snapshots};
use crate::session::Sessions;

/// How to open a library.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use writemagic_storage::Library;
/// use writemagic_storage::library::OpenOptions;
///
/// let folder = tempfile::tempdir()?;
/// let library = Library::open(folder.path().join("library"), OpenOptions::new().create(true))?;
/// assert_eq!(library.statistics()?.documents, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct OpenOptions {
    create: bool,
    read_only: bool,
    clock: Arc<dyn Clock>,
    max_bytes: Option<u64>,
    profile: Profile,
    embedder: Option<Arc<dyn Embedder>>,
}

impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenOptions")
            .field("create", &self.create)
            .field("read_only", &self.read_only)
            .field("max_bytes", &self.max_bytes)
            .field("profile", &self.profile)
            .field("has_embedder", &self.embedder.is_some())
            .finish_non_exhaustive()
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenOptions {
    /// Opens an existing library for reading and writing, with the system's clock.
    pub fn new() -> Self {
        Self {
            create: false,
            read_only: false,
            clock: Arc::new(SystemClock),
            max_bytes: None,
            profile: Profile::default(),
            embedder: None,
        }
    }

    /// Creates the library where there is none, parent folders included.
    pub fn create(self, create: bool) -> Self {
        Self { create, ..self }
    }

    /// Opens for reading only: works beside a writer and in folders that cannot be written. What a killed writer
    /// left to do is done first if nobody else holds the lock.
    pub fn read_only(self, read_only: bool) -> Self {
        Self { read_only, ..self }
    }

    /// Reads the time from this clock.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Lets the database grow to at most this many bytes (rounded down to pages); at the limit writes fail with
    /// `disk_full`.
    pub fn max_bytes(self, bytes: u64) -> Self {
        Self { max_bytes: Some(bytes), ..self }
    }

    /// Takes no more threads and memory than this; [`Profile::INTERACTIVE`] unless something else is said.
    pub fn profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// Compares texts by meaning with this model ([`Library::search_passages`]); without one words decide alone.
    pub fn embedder(self, embedder: Arc<dyn Embedder>) -> Self {
        Self { embedder: Some(embedder), ..self }
    }

    pub(super) fn limits(&self) -> ConnectionLimits {
        ConnectionLimits { max_bytes: self.max_bytes, page_cache_bytes: self.profile.page_cache_bytes }
    }
}

impl Library {
    /// Opens the library in folder `path`. Touches the disk.
    ///
    /// # Errors
    /// `library_not_found`, `library_busy`, `library_read_only`, `library_too_new`, `not_a_library`,
    /// `library_corrupt`, `permission_denied`, `disk_full`, `io`. A refused file is left as it was.
    pub fn open(path: impl AsRef<Path>, options: OpenOptions) -> Result<Self> {
        // An absolute path, so that a later change of the working folder does not move the library.
        let folder = std::path::absolute(path.as_ref())?;
        let found = inspect(&folder)?;
        if options.read_only {
            found.ok_or(Error::LibraryNotFound)?;
            return open_for_reading(folder, options);
        }
        if found.is_none() {
            if !options.create {
                return Err(Error::LibraryNotFound);
            }
            fs::create_dir_all(&folder)?;
        }
        let writer_lock = WriterLock::acquire(&folder)?;
        // Look again under the lock: another process may have created it meanwhile.
        if inspect(&folder)?.is_none() {
            create_database(&folder, &options)?;
        }
        let writer = open_for_writing(&folder, writer_lock, &options.clock, options.limits())?;
        let id = library_id(&writer.connection)?;
        let library = Self::assemble(folder, id, options, false, Some(writer));
        library.refresh_behind()?;
        library.try_take_outbox();
        event!(Info, "library opened", library = id, format = schema::VERSION, read_only = false);
        Ok(library)
    }

    fn assemble(
        folder: PathBuf,
        id: LibraryId,
        options: OpenOptions,
        immutable: bool,
        writer: Option<Writer>,
    ) -> Self {
        let inner = Arc::new(Inner {
            folder,
            id,
            read_only: options.read_only,
            immutable,
            limits: options.limits(),
            profile: options.profile,
            clock: options.clock,
            turn: Mutex::default(),
            gate: Mutex::new(Gate::Open),
            reading: RwLock::new(()),
            readers: Mutex::new(Vec::new()),
            writer: Mutex::new(writer),
            checkpoint: Mutex::default(),
            sessions: Sessions::new(&options.profile),
            kept_history: KeptHistory::default(),
            meaning: Meaning::new(options.embedder),
            mentions: Mentions::default(),
            unindexed: AtomicBool::new(false),
        });
        Self { _open: Arc::new(CloseOnDrop(Arc::clone(&inner))), inner }
    }
}

impl Inner {
    /// Opens the files again for writing, with a fresh agent.
    pub(super) fn reopen_writer(&self) -> Result<Writer> {
        let lock = WriterLock::acquire(&self.folder)?;
        inspect(&self.folder)?.ok_or(Error::LibraryNotFound)?;
        open_for_writing(&self.folder, lock, &self.clock, self.limits)
    }
}

fn open_for_writing(
    folder: &Path,
    lock: WriterLock,
    clock: &Arc<dyn Clock>,
    limits: ConnectionLimits,
) -> Result<Writer> {
    clear_rebuilt(folder);
    let mut connection = open_writer(&folder.join(DATABASE_FILE), limits)?;
    schema::migrate(&mut connection)?;
    clear_snapshots(folder, &connection)?;
    let context = WriteContext::load(&connection, Arc::clone(clock))?;
    Ok(Writer { connection, context, _lock: lock })
}

fn open_for_reading(folder: PathBuf, options: OpenOptions) -> Result<Library> {
    let mut immutable = false;
    let reader = match first_read(&folder, false, options.limits()) {
        // SQLite cannot make its shared-memory file in a folder that cannot be written or on a full disk. Without a
        // log there is nothing that it would need it for.
        Err(Error::Io { .. } | Error::LibraryReadOnly | Error::PermissionDenied | Error::DiskFull)
            if !has_log(&folder) =>
        {
            immutable = true;
            first_read(&folder, true, options.limits())?
        }
        other => other?,
    };
    let (id, behind) = reader;
    if behind && !immutable {
        // Finish what a killed writer left, if nobody is writing. Whatever keeps us from it, reading works without.
        if let Ok(lock) = WriterLock::acquire(&folder)
            && let Ok(writer) = open_for_writing(&folder, lock, &options.clock, options.limits())
        {
            let writable = OpenOptions { read_only: false, ..options.clone() };
            let _ = Library::assemble(folder.clone(), id, writable, false, Some(writer)).refresh_behind();
        }
    }
    if open_reader(&folder, immutable, options.limits())?
        .pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))?
        < schema::VERSION
    {
        // Nobody here may bring it up to date.
        return Err(Error::LibraryReadOnly);
    }
    event!(Info, "library opened", library = id, read_only = true, immutable = immutable);
    Ok(Library::assemble(folder, id, options, immutable, None))
}

/// Opens a reader and reads the library's id, and whether heads are behind their journals.
fn first_read(folder: &Path, immutable: bool, limits: ConnectionLimits) -> Result<(LibraryId, bool)> {
    let connection = open_reader(folder, immutable, limits)?;
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > schema::VERSION {
        return Err(Error::LibraryTooNew { found: version.into(), supported: schema::VERSION.into() });
    }
    // An older format is brought up to date by whoever may write.
    let behind = version < schema::VERSION
        || connection.query_row("SELECT EXISTS (SELECT 1 FROM ahead)", [], |row| row.get(0))?;
    Ok((library_id(&connection)?, behind))
}

fn has_log(folder: &Path) -> bool {
    fs::metadata(folder.join(format!("{DATABASE_FILE}-wal"))).is_ok_and(|log| log.len() > 0)
}

fn library_id(connection: &Connection) -> Result<LibraryId> {
    let bytes: Vec<u8> = connection
        .query_row("SELECT value FROM meta WHERE key = 'library'", [], |row| row.get(0))
        .map_err(|_| Error::LibraryCorrupt { found: "no library id" })?;
    let bytes = bytes.try_into().map_err(|_| Error::LibraryCorrupt { found: "no library id" })?;
    Ok(LibraryId::from_bytes(bytes))
}

/// Makes the database under another name and moves it into place, so that a half-made one is never found.
fn create_database(folder: &Path, options: &OpenOptions) -> Result<()> {
    let unfinished = folder.join(format!("{DATABASE_FILE}.new"));
    for left_over in ["", "-wal", "-shm"] {
        match fs::remove_file(folder.join(format!("{DATABASE_FILE}.new{left_over}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let mut connection = open_writer(&unfinished, options.limits())?;
    schema::migrate(&mut connection)?;
    let id = LibraryId::new(options.clock.now());
    connection.execute("INSERT INTO meta (key, value) VALUES ('library', ?1)", [id.as_bytes()])?;
    connection.close().map_err(|(_, error)| error)?;
    fs::rename(&unfinished, folder.join(DATABASE_FILE))?;
    event!(Info, "library created", library = id, format = schema::VERSION);
    Ok(())
}

/// Looks at the database's header without SQLite, which would change files while it looks. `None`: there is none.
fn inspect(folder: &Path) -> Result<Option<()>> {
    if fs::metadata(folder).is_ok_and(|found| !found.is_dir()) {
        return Err(Error::NotALibrary);
    }
    let path = folder.join(DATABASE_FILE);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(Error::NotALibrary);
    }
    let mut header = [0_u8; 100];
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            let part = &header[..(found.len() as usize).min(16)];
            return Err(if b"SQLite format 3\0".starts_with(part) {
                Error::LibraryCorrupt { found: "a file that ends in its header" }
            } else {
                Error::NotALibrary
            });
        }
        Err(error) => return Err(error.into()),
    }
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    // Offsets of the SQLite file format: magic 0, page size 16, pages 28, user version 60, application id 68.
    if !header.starts_with(b"SQLite format 3\0") || number(68) != schema::APPLICATION_ID as u32 {
        return Err(Error::NotALibrary);
    }
    if number(60) > schema::VERSION {
        return Err(Error::LibraryTooNew { found: number(60).into(), supported: schema::VERSION.into() });
    }
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        size => size,
    };
    // With a log, the file may rightly be shorter than its header says until the next checkpoint.
    if !has_log(folder) && found.len() < u64::from(number(28)) * page {
        return Err(Error::LibraryCorrupt { found: "a file shorter than its header says" });
    }
    Ok(Some(()))
}
