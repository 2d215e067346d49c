//! Opening: everything is proven before anything is given out.

#![allow(unsafe_code, reason = "a map is only as good as the file behind it")]

use std::fs::{File, OpenOptions};
use std::path::Path;

use memmap2::{Mmap, MmapOptions};

use super::header::{self, Header};
use super::{Kind, MapError, checksum, lock};

/// A file's payload as memory, whole and unchanged since it was written.
///
/// Holds the file and a shared lock on it until dropped. `Send` and `Sync`: reading needs no lock of ours.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
    _locked: File,
}

impl MappedFile {
    /// Reads from the disk: maps the file at `path` if it is whole, of this kind, and at most `limit` bytes of payload.
    ///
    /// Reads all of it once for the checksum, on the threads of the present `rayon` pool when it is large.
    ///
    /// # Errors
    /// Any [`MapError`]. [`MapError::Locked`] passes; after [`MapError::Io`] and [`MapError::TooLarge`] the file may be
    /// sound; after any other it must be made again.
    pub fn open(path: &Path, kind: Kind, limit: u64) -> Result<Self, MapError> {
        let file = options().open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(MapError::NotAFile);
        }
        lock::share(&file)?;
        // Asked again under the lock: nobody may change it from here on.
        let size = file.metadata()?.len();
        let found = size.checked_sub(header::LENGTH as u64).ok_or(MapError::TooShort { length: size })?;
        let addressable = (isize::MAX as usize - header::LENGTH) as u64;
        let limit = limit.min(addressable);
        if found > limit {
            return Err(MapError::TooLarge { length: found, limit });
        }
        // SAFETY: the memory behind the map does not change while it lives, as the module's documentation argues: the
        // file was put in its place whole, nothing writes to it there, and those who would delete it need the lock
        // alone, which `file`, kept beside the map, refuses them.
        let map = unsafe { MmapOptions::new().len(size as usize).map(&file) }?;
        let mapped = Self { map, _locked: file };
        let header = Header::parse(&mapped.map)?;
        if header.kind != kind {
            return Err(MapError::WrongKind);
        }
        if header.length != found {
            return Err(MapError::LengthDiffers { expected: header.length, found });
        }
        if header.checksum != checksum::of(mapped.payload()) {
            return Err(MapError::ChecksumDiffers);
        }
        Ok(mapped)
    }

    /// What was written. Begins at a multiple of [`ALIGNMENT`](super::ALIGNMENT) in memory.
    pub fn payload(&self) -> &[u8] {
        // Maps begin at a page, the payload one header later.
        self.map.get(header::LENGTH..).unwrap_or_default()
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Opening a pipe of this name must not wait for someone to write to it. Means nothing for files.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    options
}
