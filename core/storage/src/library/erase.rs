//! Leaving no trace of what was deleted for good.
//!
//! SQLite overwrites what is deleted with zeros, because each writing connection is told to (`secure_delete`). Two places keep
//! it nevertheless: the search table, whose words stay in its lists until those are merged, and the log, until it is
//! moved into the database and cut.

use super::Inner;
use crate::error::Result;

/// How much of the search table is merged at a time, in pages of its lists: others may write in between.
const SLICE_PAGES: i64 = 512;

impl Inner {
    /// Clears away what deleted rows left in the search table and in the log, in slices. Takes time in proportion to the search
    /// table. What another process is reading at this moment stays in the log until the next checkpoint.
    pub(crate) fn leave_no_trace(&self) -> Result<()> {
        // Negative: begin to merge everything into one list; then go on with that.
        let mut pages = -SLICE_PAGES;
        loop {
            let changed = self.with_writer(|sql| {
                let before = sql.total_changes();
                sql.prepare_cached("INSERT INTO search (search, rank) VALUES ('merge', ?1)")?
                    .execute([pages])?;
                Ok(sql.total_changes() - before)
            })?;
            // One change is the command itself.
            if changed < 2 {
                break;
            }
            pages = SLICE_PAGES;
        }
        self.cut_log()
    }

    /// Moves the log into the database and cuts it, for what never was in the search table.
    pub(crate) fn cut_log(&self) -> Result<()> {
        self.finish_checkpoint();
        self.with_writer(|sql| Ok(sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?))
    }
}
