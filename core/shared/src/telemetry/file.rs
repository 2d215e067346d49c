//! The sink that keeps: log files in a folder, bounded in size and number.
//!
//! `writemagic.log` is the newest; before it would pass its limit it becomes `writemagic.1.log`, that one
//! `writemagic.2.log`, and the oldest goes. Each line is one append, made before the event's call returns: it
//! survives the death of the process, and events are rare enough (never one a keystroke) that no
//! background writer is needed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::Record;
use crate::limits::{LOG_FILE_BYTES, LOG_FILES};

/// The log files of one folder.
#[derive(Debug)]
pub(super) struct RollingFile {
    folder: PathBuf,
    /// `None` after a failure; the next line tries again.
    newest: Mutex<Option<Newest>>,
}

#[derive(Debug)]
struct Newest {
    file: File,
    bytes: u64,
}

impl RollingFile {
    /// Opens the newest file of this folder, which is created where missing.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let newest = Newest::open(folder)?;
        Ok(Self { folder: folder.to_owned(), newest: Mutex::new(Some(newest)) })
    }

    pub(super) fn write(&self, record: &Record<'_>) -> io::Result<()> {
        self.append(format!("{record}\n").as_bytes())
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        let mut slot = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut newest = match slot.take() {
            Some(newest) => newest,
            None => Newest::open(&self.folder)?,
        };
        if newest.bytes > 0 && newest.bytes + line.len() as u64 > LOG_FILE_BYTES {
            // Closed first: Windows renames no open file.
            drop(newest);
            self.roll()?;
            newest = Newest::open(&self.folder)?;
        }
        newest.file.write_all(line)?;
        newest.bytes += line.len() as u64;
        *slot = Some(newest);
        Ok(())
    }

    fn roll(&self) -> io::Result<()> {
        for age in (0..LOG_FILES - 1).rev() {
            match fs::rename(path(&self.folder, age), path(&self.folder, age + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Newest {
    fn open(folder: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path(folder, 0))?;
        let bytes = file.metadata()?.len();
        Ok(Self { file, bytes })
    }
}

/// The file of this age: 0 is the newest.
fn path(folder: &Path, age: u64) -> PathBuf {
    match age {
        0 => folder.join("writemagic.log"),
        _ => folder.join(format!("writemagic.{age}.log")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(folder: &Path) -> Vec<u64> {
        (0..).map_while(|age| fs::metadata(path(folder, age)).ok()).map(|file| file.len()).collect()
    }

    #[test]
    fn log_files_stay_within_their_size_and_number() {
        let folder = tempfile::tempdir().unwrap();
        let log = RollingFile::open(folder.path()).unwrap();
        let line = vec![b'x'; LOG_FILE_BYTES as usize / 2];
        log.append(&line).unwrap();
        log.append(&line).unwrap();
        assert_eq!(sizes(folder.path()), [LOG_FILE_BYTES], "a file is filled to its limit exactly");
        log.append(b"y").unwrap();
        assert_eq!(sizes(folder.path()), [1, LOG_FILE_BYTES]);
        for _ in 0..4 * LOG_FILES {
            log.append(&line).unwrap();
        }
        let sizes = sizes(folder.path());
        assert_eq!(sizes.len() as u64, LOG_FILES);
        assert!(sizes.iter().all(|bytes| *bytes <= LOG_FILE_BYTES), "{sizes:?}");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count() as u64,
            LOG_FILES,
            "nothing else is left behind"
        );
    }

    #[test]
    fn a_log_is_continued_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        RollingFile::open(folder.path()).unwrap().append(b"one\n").unwrap();
        RollingFile::open(folder.path()).unwrap().append(b"two\n").unwrap();
        assert_eq!(fs::read(path(folder.path(), 0)).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_line_that_cannot_be_written_is_an_error_and_the_next_one_tries_again() {
        let folder = tempfile::tempdir().unwrap();
        let log = RollingFile::open(folder.path()).unwrap();
        log.append(&vec![b'x'; LOG_FILE_BYTES as usize]).unwrap();
        // A folder that is not empty stands where the oldest file would go.
        let obstacle = path(folder.path(), LOG_FILES - 1);
        fs::create_dir_all(obstacle.join("inside")).unwrap();
        fs::write(path(folder.path(), LOG_FILES - 2), b"older\n").unwrap();
        assert!(log.append(b"lost\n").is_err());
        fs::remove_dir_all(&obstacle).unwrap();
        log.append(b"kept\n").unwrap();
        assert_eq!(fs::read(path(folder.path(), 0)).unwrap(), b"kept\n");
    }
}
