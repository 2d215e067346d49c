//! The lock of the one writing process, on a file beside the database. The system releases it when the process dies.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::LOCK_FILE;
use crate::error::{Error, Result};

/// Held while this process may write. Dropping it lets the next process in.
#[derive(Debug)]
pub(crate) struct WriterLock {
    file: File,
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Closing would not do: a child that another thread starts just now holds a copy of the file until it runs its
        // program, and with it the lock. If unlocking fails, closing is what is left.
        let _ = unlock(&self.file);
    }
}

impl WriterLock {
    /// Takes the lock of the library in `folder`, or fails at once.
    ///
    /// # Errors
    /// `library_busy` if another process, or another open in this one, holds it; `library_read_only` if the file
    /// cannot be opened for writing.
    pub(crate) fn acquire(folder: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(folder.join(LOCK_FILE))
            .map_err(|error| match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Error::LibraryReadOnly,
                _ => error.into(),
            })?;
        try_lock(&file)?;
        Ok(Self { file })
    }
}

#[cfg(unix)]
fn try_lock(file: &File) -> Result<()> {
    // std's locks do not exist on Android; flock does everywhere on Unix.
    match rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::LibraryBusy),
        Err(error) => Err(io::Error::from(error).into()),
    }
}

#[cfg(unix)]
fn unlock(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, rustix::fs::FlockOperation::Unlock)?)
}

#[cfg(not(unix))]
fn unlock(file: &File) -> io::Result<()> {
    file.unlock()
}

#[cfg(not(unix))]
fn try_lock(file: &File) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::LibraryBusy),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = WriterLock::acquire(folder.path()).unwrap();
        assert!(matches!(WriterLock::acquire(folder.path()), Err(Error::LibraryBusy)));
        drop(first);
        WriterLock::acquire(folder.path()).unwrap();
    }

    #[test]
    fn letting_go_counts_even_if_a_child_has_a_copy_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let lock = WriterLock::acquire(folder.path()).unwrap();
        let copy = lock.file.try_clone().unwrap();
        drop(lock);
        WriterLock::acquire(folder.path()).unwrap();
        drop(copy);
    }
}
