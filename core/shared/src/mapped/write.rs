//! Writing: beside the place first, then into it in one step.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::header::{self, Header};
use super::{Kind, MapError, lock};

/// What unfinished files' names end with.
const UNFINISHED: &str = ".unfinished";
/// Collects what is written in small pieces.
const BUFFER: usize = 64 << 10;

/// Writes a file that [`MappedFile`](super::MappedFile) maps: the payload through [`Write`], then [`Writer::finish`].
///
/// Until then the file has a name of its own beside the place it is for. Dropping the writer removes it; what a killed
/// process leaves is taken away by [`remove_unfinished`]. Two writers for one place do not disturb each other: the
/// later `finish` stays.
#[derive(Debug)]
#[must_use = "a file that is not finished is removed"]
pub struct Writer {
    out: BufWriter<File>,
    unfinished: Unfinished,
    place: PathBuf,
    kind: Kind,
    length: u64,
    checksum: u32,
}

impl Writer {
    /// Begins a file for `place`, in the same folder, which must exist. Writes to the disk.
    ///
    /// # Errors
    /// [`MapError::Io`].
    pub fn create(place: &Path, kind: Kind) -> Result<Self, MapError> {
        let (file, unfinished) = loop {
            if let Some(begun) = Unfinished::begin(place)? {
                break begun;
            }
        };
        let mut out = BufWriter::with_capacity(BUFFER, file);
        // No header yet: cut off here, it is no file of ours.
        out.write_all(&[0; header::LENGTH])?;
        Ok(Self { out, unfinished, place: place.to_owned(), kind, length: 0, checksum: 0 })
    }

    /// Makes the file durable and puts it in its place, where it replaces the one before in one step.
    ///
    /// # Errors
    /// [`MapError::Io`]; on Windows [`MapError::Locked`], if [`remove_unfinished`] came between. The file before is
    /// still there then, unless the folder itself could not be made durable as the last step: then it is the new one,
    /// which a power failure may yet undo.
    pub fn finish(self) -> Result<(), MapError> {
        let Self { mut out, unfinished, place, kind, length, checksum } = self;
        out.rewind()?;
        out.write_all(&Header { kind, length, checksum }.to_bytes())?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        // Readers may come as soon as it has its name.
        lock::publish(&file)?;
        unfinished.rename(&place)?;
        sync_folder(&place)?;
        Ok(())
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.checksum = crc32c::crc32c_append(self.checksum, bytes.get(..written).unwrap_or_default());
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The path of a file that is not in its place yet; removed when dropped.
#[derive(Debug)]
struct Unfinished(Option<PathBuf>);

impl Unfinished {
    /// A new file beside `place`, locked; `None` if [`remove_unfinished`] came before the lock.
    fn begin(place: &Path) -> Result<Option<(File, Self)>, MapError> {
        let name = place.file_name().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut own = name.to_owned();
        own.push(format!(".{}{UNFINISHED}", Uuid::new_v4().simple()));
        let path = place.with_file_name(own);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let unfinished = Self(Some(path.clone()));
        // Kept until the file is in its place: whoever would remove it must have the lock alone.
        match lock::write(&file) {
            Err(MapError::Locked) => return Ok(None),
            other => other?,
        }
        Ok(path.try_exists()?.then_some((file, unfinished)))
    }

    fn rename(mut self, place: &Path) -> io::Result<()> {
        if let Some(path) = &self.0 {
            fs::rename(path, place)?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // A drop has no one to tell; what stays is removed by `remove_unfinished`.
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes what killed writers left beside `place`; files that are being written stay. Reads the folder.
///
/// # Errors
/// [`MapError::Io`] where the folder cannot be read or a file not be removed.
pub fn remove_unfinished(place: &Path) -> Result<(), MapError> {
    let Some(name) = place.file_name() else { return Ok(()) };
    for entry in fs::read_dir(folder_of(place))? {
        let entry = entry?;
        if !is_unfinished(&entry.file_name(), name) {
            continue;
        }
        match remove_unlocked(&entry) {
            // Finished or removed in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

fn remove_unlocked(entry: &fs::DirEntry) -> io::Result<()> {
    if !entry.file_type()?.is_file() {
        return Ok(());
    }
    let file = OpenOptions::new().write(true).open(entry.path())?;
    if lock::exclude(&file).is_ok() { fs::remove_file(entry.path()) } else { Ok(()) }
}

/// Whether `file` is a name that [`Writer::create`] gives to files for `place`.
fn is_unfinished(file: &OsStr, place: &OsStr) -> bool {
    let rest = file.as_encoded_bytes().strip_prefix(place.as_encoded_bytes());
    let rest = rest.and_then(|rest| rest.strip_prefix(b".")?.strip_suffix(UNFINISHED.as_bytes()));
    rest.is_some_and(|id| id.len() == 32 && id.iter().all(u8::is_ascii_hexdigit))
}

fn folder_of(place: &Path) -> &Path {
    match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a new name durable.
#[cfg(unix)]
fn sync_folder(place: &Path) -> io::Result<()> {
    File::open(folder_of(place))?.sync_all()
}

/// Windows makes names durable with the file.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
