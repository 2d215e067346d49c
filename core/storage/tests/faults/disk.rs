//! A disk that fails when told: a SQLite file layer around the system's own, the default one of this test program.
//!
//! A [`Disk`] is a folder. What SQLite changes in the files below it is counted, one operation at a time, and can be
//! delayed, watched, or made to fail. Files elsewhere are left to the system's layer.
#![allow(unsafe_code, reason = "a file layer of SQLite is a table of C functions")]

use std::collections::HashMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use rusqlite::ffi;

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An input/output error; nothing was changed.
    Io,
    /// An input/output error in the middle of a write: its first half is in the file.
    ShortWrite,
    /// The disk is full. What takes no room goes on working.
    Full,
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// One operation.
    Once,
    /// Every operation from there on, until [`Disk::heal`].
    Lasting,
}

/// A change that SQLite makes to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Write,
    Sync,
    Truncate,
    Delete,
    /// Makes the shared memory of readers and writers larger.
    GrowShared,
}

type Watcher = Box<dyn FnMut(u64) + Send>;

#[derive(Default)]
struct State {
    folder: PathBuf,
    operations: u64,
    faults: u64,
    plan: Option<(u64, Fault, Span)>,
    delay: Duration,
    watcher: Option<Watcher>,
    /// Where the files are kept as they were when they were last synchronised.
    synced: Option<PathBuf>,
}

/// A folder whose disk obeys. Dropping it leaves the folder to the system.
pub(crate) struct Disk {
    state: Arc<Mutex<State>>,
}

impl Disk {
    /// The disk below `folder`, which exists. Files that are open already are not on it.
    pub(crate) fn of(folder: &Path) -> Self {
        register();
        // SQLite names files by their real paths.
        let folder = folder.canonicalize().unwrap();
        let state = Arc::new(Mutex::new(State { folder: folder.clone(), ..State::default() }));
        lock(&DISKS).push((folder, Arc::clone(&state)));
        Self { state }
    }

    /// How many operations there were.
    pub(crate) fn operations(&self) -> u64 {
        lock(&self.state).operations
    }

    /// How many of them failed.
    pub(crate) fn faults(&self) -> u64 {
        lock(&self.state).faults
    }

    /// Makes operation number `at`, counted from 0, fail.
    pub(crate) fn fail(&self, at: u64, fault: Fault, span: Span) {
        lock(&self.state).plan = Some((at, fault, span));
    }

    /// Makes everything work again.
    pub(crate) fn heal(&self) {
        lock(&self.state).plan = None;
    }

    /// Makes every operation take this long.
    pub(crate) fn delay(&self, delay: Duration) {
        lock(&self.state).delay = delay;
    }

    /// Calls `watcher` with its number before each operation; no other runs meanwhile.
    pub(crate) fn watch(&self, watcher: impl FnMut(u64) + Send + 'static) {
        lock(&self.state).watcher = Some(Box::new(watcher));
    }

    /// Runs `work` while no operation does.
    pub(crate) fn still<T>(&self, work: impl FnOnce() -> T) -> T {
        let _state = lock(&self.state);
        work()
    }

    /// From now on keeps in `folder` what a loss of power would leave: each file as it was last synchronised.
    pub(crate) fn keep_synced(&self, folder: &Path) {
        let mut state = lock(&self.state);
        copy_folder(&state.folder, folder);
        state.synced = Some(folder.to_owned());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        lock(&DISKS).retain(|(_, state)| !Arc::ptr_eq(state, &self.state));
    }
}

/// Copies the files of a folder, but for what SQLite keeps in shared memory and for the lock.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type().unwrap().is_file() && !name.ends_with("-shm") && !name.ends_with(".lock") {
            fs::copy(entry.path(), to.join(&*name)).unwrap();
        }
    }
}

impl State {
    /// Counts an operation and says whether it fails.
    fn next(&mut self, operation: Operation) -> Option<Fault> {
        let number = self.operations;
        self.operations += 1;
        if let Some(watcher) = &mut self.watcher {
            watcher(number);
        }
        if !self.delay.is_zero() {
            std::thread::sleep(self.delay); // deliberate: a slow disk is what is tested
        }
        let (at, fault, span) = self.plan?;
        let due = number == at || (number > at && span == Span::Lasting);
        let fails = match fault {
            Fault::Io => true,
            Fault::ShortWrite => operation == Operation::Write,
            Fault::Full => matches!(operation, Operation::Write | Operation::GrowShared),
        };
        if !due || !fails {
            return None;
        }
        self.faults += 1;
        Some(fault)
    }
}

static DISKS: Mutex<Vec<(PathBuf, Arc<Mutex<State>>)>> = Mutex::new(Vec::new());
/// The open files that are on a disk, by the address of SQLite's handle.
static FILES: LazyLock<Mutex<HashMap<usize, Arc<OpenFile>>>> = LazyLock::new(Mutex::default);

struct OpenFile {
    name: String,
    state: Arc<Mutex<State>>,
    system: SystemMethods,
    /// What the handle points at while it is open: the system's functions, some of them replaced.
    methods: Box<ffi::sqlite3_io_methods>,
}

/// The system's functions of an open file.
#[derive(Clone, Copy)]
struct SystemMethods(*const ffi::sqlite3_io_methods);

// SAFETY: the system's tables of functions are constants that live as long as the program.
unsafe impl Send for SystemMethods {}
// SAFETY: as above; they are only read.
unsafe impl Sync for SystemMethods {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn disk_of(path: &Path) -> Option<Arc<Mutex<State>>> {
    lock(&DISKS).iter().find(|(folder, _)| path.starts_with(folder)).map(|(_, state)| Arc::clone(state))
}

fn file_of(file: *mut ffi::sqlite3_file) -> Arc<OpenFile> {
    Arc::clone(lock(&FILES).get(&(file as usize)).unwrap())
}

/// Makes this layer the program's default.
fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: without a name it gives the default layer, which lives as long as the program.
        let system = unsafe { &*ffi::sqlite3_vfs_find(std::ptr::null()) };
        // The system's functions find what they need in the data that the copy shares with the original.
        let ours = ffi::sqlite3_vfs {
            zName: c"obedient".as_ptr(),
            xOpen: Some(open),
            xDelete: Some(delete),
            ..*system
        };
        // SAFETY: the layer and its name live as long as the program.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1) };
        assert_eq!(code, ffi::SQLITE_OK);
    });
}

/// The layer that ours stands before.
fn system_layer() -> *mut ffi::sqlite3_vfs {
    // SAFETY: ours is the default; those registered before it follow it, and stay registered.
    unsafe { (*ffi::sqlite3_vfs_find(std::ptr::null())).pNext }
}

/// The path that SQLite names, if it names one.
///
/// # Safety
/// `name` is null or a C string.
unsafe fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: by the contract above.
    let name = unsafe { CStr::from_ptr(name) };
    Some(PathBuf::from(OsStr::new(name.to_str().ok()?)))
}

/// Opens a file, and takes it over if it is on a disk.
///
/// # Safety
/// SQLite calls it as a layer's function, with arguments of its own.
unsafe extern "C" fn open(
    _layer: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let layer = system_layer();
    // SAFETY: SQLite's arguments are passed on as they came, to the layer whose size of a file ours copied.
    let code = unsafe { (*layer).xOpen.unwrap()(layer, name, file, flags, out_flags) };
    // SAFETY: SQLite gives null or a C string.
    let Some(path) = (unsafe { path_of(name) }).filter(|_| code == ffi::SQLITE_OK) else { return code };
    if let Some(state) = disk_of(&path) {
        // SAFETY: a file that was opened has its functions set.
        let system = unsafe { (*file).pMethods };
        // SAFETY: as above.
        let all = unsafe { *system };
        let methods = Box::new(ffi::sqlite3_io_methods {
            xClose: Some(close),
            xWrite: Some(write),
            xTruncate: Some(truncate),
            xSync: Some(sync),
            xShmMap: Some(map_shared),
            ..all
        });
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let opened = Arc::new(OpenFile { name, state, system: SystemMethods(system), methods });
        // SAFETY: the table lives in `FILES` until the file is closed.
        unsafe { (*file).pMethods = &raw const *opened.methods };
        lock(&FILES).insert(file as usize, opened);
    }
    code
}

/// Lets the system close the file.
///
/// # Safety
/// SQLite calls it with a file that `open` took over.
unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let opened = lock(&FILES).remove(&(file as usize)).unwrap();
    let system = opened.system.0;
    // SAFETY: the handle gets its own functions back, and the system closes it.
    unsafe {
        (*file).pMethods = system;
        (*system).xClose.unwrap()(file)
    }
}

/// Writes, or fails as planned.
///
/// # Safety
/// SQLite calls it with a file that `open` took over.
unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let opened = file_of(file);
    let mut state = lock(&opened.state);
    let fault = state.next(Operation::Write);
    let part = match fault {
        None => length,
        Some(Fault::Io) => return ffi::SQLITE_IOERR_WRITE,
        Some(Fault::ShortWrite | Fault::Full) => length / 2,
    };
    // SAFETY: SQLite's arguments, of which a part may be written.
    let code = unsafe { (*opened.system.0).xWrite.unwrap()(file, bytes, part, at) };
    match fault {
        Some(Fault::Full) => ffi::SQLITE_FULL,
        Some(_) => ffi::SQLITE_IOERR_WRITE,
        None => code,
    }
}

/// Truncates, or fails as planned.
///
/// # Safety
/// SQLite calls it with a file that `open` took over.
unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let opened = file_of(file);
    let mut state = lock(&opened.state);
    if state.next(Operation::Truncate).is_some() {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    // SAFETY: SQLite's arguments.
    unsafe { (*opened.system.0).xTruncate.unwrap()(file, size) }
}

/// Keeps the file as what survives loss of power, or fails as planned.
///
/// # Safety
/// SQLite calls it with a file that `open` took over.
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    let opened = file_of(file);
    let mut state = lock(&opened.state);
    if state.next(Operation::Sync).is_some() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    if let Some(synced) = &state.synced {
        fs::copy(state.folder.join(&opened.name), synced.join(&opened.name)).unwrap();
    }
    // Nothing has to reach the device: a machine that dies takes the test along.
    ffi::SQLITE_OK
}

/// Maps shared memory; fails as planned where that would grow.
///
/// # Safety
/// SQLite calls it with a file that `open` took over.
unsafe extern "C" fn map_shared(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    let opened = file_of(file);
    let mut state = lock(&opened.state);
    if extend != 0
        && let Some(fault) = state.next(Operation::GrowShared)
    {
        return if fault == Fault::Full { ffi::SQLITE_IOERR_SHMSIZE } else { ffi::SQLITE_IOERR_SHMMAP };
    }
    // SAFETY: SQLite's arguments.
    unsafe { (*opened.system.0).xShmMap.unwrap()(file, region, size, extend, out) }
}

/// Deletes a file, or fails as planned.
///
/// # Safety
/// SQLite calls it as a layer's function, with arguments of its own.
unsafe extern "C" fn delete(_layer: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    let layer = system_layer();
    // SAFETY: SQLite gives a C string.
    let path = unsafe { path_of(name) };
    let disk = path.as_deref().and_then(disk_of);
    let mut state = disk.as_deref().map(lock);
    if let Some(state) = &mut state {
        if state.next(Operation::Delete).is_some() {
            return ffi::SQLITE_IOERR_DELETE;
        }
        if let (Some(folder), Some(name)) = (&state.synced, path.as_deref().and_then(Path::file_name)) {
            let _ = fs::remove_file(folder.join(name));
        }
    }
    // SAFETY: SQLite's arguments.
    unsafe { (*layer).xDelete.unwrap()(layer, name, sync_folder) }
}
