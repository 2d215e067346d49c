//! Suspending, resuming and closing: everything saved, transactions ended, the lock released, files closed.

use std::sync::PoisonError;

use writemagic_shared::error::Coded;
use writemagic_shared::event;
use writemagic_shared::runtime::Lifecycle;

use super::lock::WriterLock;
use super::write::Writer;
use super::{Gate, Inner, Library, lock};
use crate::error::{Error, Result};
use crate::session::PipelineStatistics;

impl Library {
    /// Does what a turn in the app's life asks for: [`suspend`](Self::suspend), [`resume`](Self::resume) or
    /// [`release_memory`](Self::release_memory).
    ///
    /// # Errors
    /// Those of the call that it stands for.
    pub fn turn(&self, turn: Lifecycle) -> Result<()> {
        match turn {
            Lifecycle::Suspend => self.suspend(),
            Lifecycle::Resume => self.resume(),
            _ => {
                self.release_memory();
                Ok(())
            }
        }
    }

    /// Frees what is only held for speed: pooled buffers, the history that was read last, what search by meaning and the story bible made of the texts, idle reading connections, page caches. Waits for nobody: the
    /// cache of a connection that is at work stays.
    pub fn release_memory(&self) {
        self.inner.sessions.shrink();
        self.inner.kept_history.clear();
        self.inner.meaning.forget();
        self.inner.mentions.forget();
        lock(&self.inner.readers).clear();
        if let Ok(writer) = self.inner.writer.try_lock()
            && let Some(writer) = writer.as_ref()
        {
            // Fails only where a statement is running, which then keeps its cache.
            let _ = writer.connection.execute_batch("PRAGMA shrink_memory");
        }
        event!(Info, "memory released", library = self.inner.id);
    }

    /// What the edit pipeline did since the library was opened, and what it holds.
    pub fn pipeline(&self) -> PipelineStatistics {
        self.inner.sessions.statistics()
    }

    /// Saves everything, writes the heads, releases the lock and closes the files: what an app does before the system
    /// may freeze it. Sessions stay open and keep taking edits in memory, up to the backlog's limit; calls that need
    /// the disk fail with `library_suspended`. Suspending twice is fine. Touches the disk.
    ///
    /// # Errors
    /// Those of a write, with the library still open.
    pub fn suspend(&self) -> Result<()> {
        let _turn = lock(&self.inner.turn);
        match *lock(&self.inner.gate) {
            Gate::Open => {}
            Gate::Suspended => return Ok(()),
            Gate::Closed => return Err(Error::LibraryClosed),
        }
        if !self.inner.read_only {
            self.inner.sessions.save_all(&self.inner)?;
        }
        self.inner.close_files(Gate::Suspended);
        event!(Info, "library suspended", library = self.inner.id);
        Ok(())
    }

    /// Opens the files again after [`suspend`](Self::suspend) and saves what sessions took meanwhile. Resuming an open
    /// library is fine. Touches the disk.
    ///
    /// # Errors
    /// `library_busy` if another process took the lock, and those of opening; the library then stays suspended.
    pub fn resume(&self) -> Result<()> {
        let turn = lock(&self.inner.turn);
        match *lock(&self.inner.gate) {
            Gate::Open => return Ok(()),
            Gate::Suspended => {}
            Gate::Closed => return Err(Error::LibraryClosed),
        }
        if !self.inner.read_only {
            let writer = self.inner.reopen_writer()?;
            *lock(&self.inner.writer) = Some(writer);
        }
        *lock(&self.inner.gate) = Gate::Open;
        if !self.inner.read_only {
            self.inner.sessions.renew_authors();
            self.inner.sessions.resume_writer();
        }
        drop(turn);
        self.try_take_outbox();
        event!(Info, "library resumed", library = self.inner.id);
        Ok(())
    }

    /// Saves and closes every session and the library, for every clone. Later calls fail with `library_closed`;
    /// closing twice is fine. Touches the disk.
    ///
    /// # Errors
    /// Those of a write; the library is then still open, with nothing lost, so that closing can be tried again.
    pub fn close(&self) -> Result<()> {
        let _turn = lock(&self.inner.turn);
        if *lock(&self.inner.gate) == Gate::Closed {
            return Ok(());
        }
        if !self.inner.read_only && *lock(&self.inner.gate) == Gate::Open {
            self.inner.sessions.save_all(&self.inner)?;
        }
        self.inner.close_for_good();
        Ok(())
    }
}

impl Inner {
    /// Closes whatever is open. What cannot be saved now was never acknowledged.
    pub(super) fn close_for_good(&self) {
        if *lock(&self.gate) == Gate::Closed {
            return;
        }
        if !self.read_only
            && let Err(error) = self.sessions.save_all(self)
        {
            event!(
                Error,
                "a library was closed with edits that could not be saved",
                code = error.code(),
                waiting_bytes = self.sessions.backlog()
            );
        }
        self.sessions.close_all();
        self.close_files(Gate::Closed);
        event!(Info, "library closed", library = self.id);
    }

    fn close_files(&self, gate: Gate) {
        drop(self.close_connections(gate));
    }

    /// Closes the files for good and runs `work` before anybody else may write to them.
    pub(crate) fn close_files_and<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _turn = lock(&self.turn);
        let _lock = self.close_connections(Gate::Closed);
        work()
    }

    fn close_connections(&self, gate: Gate) -> Option<WriterLock> {
        *lock(&self.gate) = gate;
        self.finish_checkpoint();
        self.finish_reading();
        self.save_meaning();
        // Readers first: the last connection to close folds the log into the database and removes it.
        let reading = self.reading.write().unwrap_or_else(PoisonError::into_inner);
        lock(&self.readers).clear();
        self.kept_history.clear();
        self.mentions.forget();
        drop(reading);
        // Maps of snapshots go with it.
        self.meaning.close();
        lock(&self.writer).take().map(Writer::close)
    }
}
