//! Writing the database anew, so that nothing stays in its files of what was deleted.
//!
//! SQLite leaves what is deleted in free pages and in the gaps of others, and its index of words the words of old texts
//! until it merges. `VACUUM` alone would build the new database in memory or in a folder for temporary files, which phones do not have:
//! here it is a file beside the old one, and copied over it in one transaction.

use std::fs;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{DATABASE_FILE, Inner};
use crate::error::{Error, Result};

/// The file that the new database is built in.
const REBUILT_FILE: &str = "writemagic.rebuilt";

impl Inner {
    /// Writes the database anew; gives the bytes by which its files became shorter. Takes as much room on the disk again,
    /// and holds up whoever writes.
    ///
    /// A process that ends on the way leaves the database as it was, and a file that the next one removes.
    pub(crate) fn rebuild(&self) -> Result<u64> {
        self.finish_checkpoint();
        let before = self.disk_bytes();
        let file = self.folder.join(REBUILT_FILE);
        remove(&file)?;
        let rebuilt = self.with_writer(|sql| {
            sql.execute("INSERT INTO search (search) VALUES ('optimize')", [])?;
            let name = file.to_str().ok_or(Error::InvalidArgument { what: "path", reason: "not Unicode" })?;
            sql.execute("VACUUM INTO ?1", [name])?;
            copy_over(&file, sql)?;
            // What another process still reads stays in the log until the next checkpoint.
            Ok(sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
        });
        remove(&file)?;
        rebuilt?;
        Ok(before.saturating_sub(self.disk_bytes()))
    }

    /// Bytes of the database file and its log.
    pub(super) fn disk_bytes(&self) -> u64 {
        let file = |end| fs::metadata(self.folder.join(format!("{DATABASE_FILE}{end}")));
        ["", "-wal"].iter().filter_map(|end| file(end).ok()).map(|file| file.len()).sum()
    }
}

fn copy_over(file: &Path, target: &mut Connection) -> Result<()> {
    let source = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // All pages at once: nobody else may write in between.
    match Backup::new(&source, target)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(Error::LibraryBusy),
    }
}

/// Removes what a process left that ended while it wrote a database anew.
pub(super) fn clear_rebuilt(folder: &Path) {
    // One that stays takes room, and nothing else.
    let _ = remove(&folder.join(REBUILT_FILE));
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
