//! A consistent copy of a library while it is in use.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use writemagic_shared::runtime::Progress;

use super::Library;
use crate::error::{Error, Result};

/// Pages copied between two looks at the progress and at cancellation.
const PAGES_A_STEP: i32 = 1024;
/// Steps that may find the database busy, one after another, before the copy gives up.
const BUSY_STEPS: u32 = 200;

impl Library {
    /// Writes a consistent copy of the library's database to `file`, in use or not; returns its bytes. Parent folders are
    /// created. The copy is a library when its file is named `writemagic.db` in a folder of its own. Progress is in
    /// database pages. Touches the disk.
    ///
    /// # Errors
    /// `already_exists` if the file is there; `cancelled`; `disk_full`; `io`. A failed copy is removed.
    pub fn back_up(&self, file: &Path, progress: &Progress) -> Result<u64> {
        if fs::symlink_metadata(file).is_ok() {
            return Err(Error::AlreadyExists);
        }
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(".part");
        let unfinished = Path::new(&unfinished);
        let _ = fs::remove_file(unfinished);
        let copied = self.read(|source| copy(source, unfinished, progress));
        match copied.and_then(|()| Ok(fs::rename(unfinished, file)?)) {
            Ok(()) => Ok(fs::metadata(file)?.len()),
            Err(error) => {
                let _ = fs::remove_file(unfinished);
                Err(error)
            }
        }
    }
}

fn copy(source: &Connection, file: &Path, progress: &Progress) -> Result<()> {
    let mut target = Connection::open(file)?;
    {
        let backup = Backup::new(source, &mut target)?;
        let mut busy = 0;
        let mut done = 0;
        loop {
            progress.check()?;
            let step = backup.step(PAGES_A_STEP)?;
            let now = backup.progress();
            let copied = (now.pagecount - now.remaining).max(0).unsigned_abs().into();
            if done == 0 {
                progress.expect_more(now.pagecount.max(0).unsigned_abs().into());
            }
            progress.advance(u64::saturating_sub(copied, done));
            done = done.max(copied);
            match step {
                StepResult::Done => break,
                StepResult::More => busy = 0,
                _ => {
                    busy += 1;
                    if busy > BUSY_STEPS {
                        return Err(Error::LibraryBusy);
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }
    // One file on its own: no log beside it.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, error)| error)?;
    fs::File::open(file)?.sync_all()?;
    Ok(())
}
