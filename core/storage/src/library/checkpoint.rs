//! Moving what stands in the write-ahead log into the database while nobody types.
//!
//! A commit appends to the log; somebody must copy the log's pages to where they belong, or it grows and reading slows.
//! SQLite would do so inside whichever commit crosses a threshold. Here it happens on a thread and a connection of its
//! own once typing has paused: a passive checkpoint holds up neither readers nor the writer, who may commit beside it. The
//! commit's own threshold stays as a backstop for those who never pause.

use std::fs;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use writemagic_shared::event;

use super::connection::open_writer;
use super::{DATABASE_FILE, Inner, lock};
use crate::error::Result;

/// Pages of the log from which a commit does not wait for a pause: 16 MiB of them.
pub(super) const BACKSTOP_PAGES: i64 = 4096;
/// Bytes of the log below which a checkpoint is not worth its two syncs.
const WORTHWHILE: u64 = 1 << 20;

impl Inner {
    /// Starts a checkpoint beside everything else, unless there is little to do or one is running.
    pub(crate) fn checkpoint_beside(self: &Arc<Self>) {
        let log = fs::metadata(self.folder.join(format!("{DATABASE_FILE}-wal")));
        if log.map_or(0, |log| log.len()) < WORTHWHILE {
            return;
        }
        let mut running = lock(&self.checkpoint);
        if running.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let library = Arc::clone(self);
        let spawned = thread::Builder::new()
            .name("writemagic-checkpoint".into())
            .stack_size(self.profile.stack_bytes)
            .spawn(move || {
                let done = library.checkpoint();
                event!(Debug, "the log was moved into the database", ok = done.is_ok());
            });
        // Without a thread the backstop does the work.
        *running = spawned.ok();
    }

    fn checkpoint(&self) -> Result<()> {
        let connection = open_writer(&self.folder.join(DATABASE_FILE), self.limits)?;
        passive(&connection)
    }

    /// Waits for a running checkpoint: before files are closed.
    pub(super) fn finish_checkpoint(&self) {
        let running: Option<JoinHandle<()>> = lock(&self.checkpoint).take();
        if let Some(running) = running {
            // Its failure has been told; the log stays as it was.
            let _ = running.join();
        }
    }
}

fn passive(connection: &Connection) -> Result<()> {
    // Busy, pages in the log, pages moved: what could not be moved now is moved next time.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}
