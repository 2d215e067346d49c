//! The outbox: a small library beside the library, where another process (an app's extension) writes while the app has the
//! library itself open, and which the app takes in when it comes back.

use std::fs;
use std::path::Path;

use writemagic_shared::error::Coded;
use writemagic_shared::event;
use writemagic_shared::runtime::Progress;

use super::pull::PullReport;
use crate::Library;
use crate::error::{Error, Result};
use crate::library::{DATABASE_FILE, OpenOptions};

/// The outbox's folder inside the library's.
const OUTBOX: &str = "outbox";

impl Library {
    /// Opens the outbox of the library in folder `path`, and creates it where there is none: a library like any other, which the
    /// library pulls and empties whenever it is opened for writing or resumed. To write on a document of the library in it, bundle
    /// that document from the library, opened for reading, and pull it here first. Touches the disk.
    ///
    /// # Errors
    /// As [`Library::open`]: `library_busy` while another process has the outbox open, or the library is taking it in.
    pub fn open_outbox(path: &Path, options: OpenOptions) -> Result<Self> {
        let folder = path.join(OUTBOX);
        fs::create_dir_all(&folder)?;
        Library::open(&folder, options.create(true))
    }

    /// Takes in what the outbox holds, and empties it. `None` if there is none, or another process is writing to it. Done by itself at
    /// opening and resuming. Touches the disk.
    ///
    /// # Errors
    /// As [`Library::pull_library`]; the outbox then stays as it is.
    pub fn take_outbox(&self) -> Result<Option<PullReport>> {
        let folder = self.path().join(OUTBOX);
        if self.is_read_only() || !folder.join(DATABASE_FILE).exists() {
            return Ok(None);
        }
        let outbox = match Library::open(&folder, OpenOptions::new()) {
            Ok(outbox) => outbox,
            Err(Error::LibraryBusy) => return Ok(None),
            Err(error) => return Err(error),
        };
        let report = self.pull_open(&outbox, &Progress::new())?;
        // The lock is held until the files are gone, but for its own.
        self.inner.synchronise()?;
        outbox.inner.close_files_and(|| {
            for file in
                [DATABASE_FILE.to_owned(), format!("{DATABASE_FILE}-wal"), format!("{DATABASE_FILE}-shm")]
            {
                match fs::remove_file(folder.join(file)) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
            }
            Ok(())
        })?;
        event!(Info, "outbox taken in", documents = report.documents, events = report.events);
        Ok(Some(report))
    }

    /// [`Library::take_outbox`] on the way to something else, which it must not stop.
    pub(crate) fn try_take_outbox(&self) {
        if let Err(error) = self.take_outbox() {
            event!(Warn, "the outbox was not taken in", code = error.code());
        }
    }
}
