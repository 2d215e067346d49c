//! The editor's side of a session.

use std::sync::Arc;

use writemagic_shared::error::Coded;
use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::DOCUMENT_BYTES;
use writemagic_shared::text::{TextStats, utf16};

use super::core::SessionCore;
use super::intake::{Inserted, Splice};
use super::pending::load_core;
use super::sessions::OpenSession;
use super::subscription::Subscription;
use super::{Durability, Patch, Ticket};
use crate::Library;
use crate::error::{Error, Result};
use crate::schema::MAIN;

/// An open editor on one document. Clones are the same session; it closes when the last one is dropped.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use writemagic_storage::{Library, document::NewDocument, library::OpenOptions, session::Durability};
/// # let folder = tempfile::tempdir()?;
/// # let library = Library::open(folder.path(), OpenOptions::new().create(true))?;
/// let document = library.create_document(NewDocument::titled("Diary").text("Dear 😀"))?;
/// let session = library.edit(document.id)?;
/// // Offsets are UTF-16 units: the emoji counts two.
/// let ticket = session.splice(7, 0, ", it rained.")?;
/// assert_eq!(session.flush(Durability::Committed)?, ticket);
/// assert_eq!(library.text(document.id)?, "Dear 😀, it rained.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EditSession {
    handle: Arc<Handle>,
}

#[derive(Debug)]
pub(super) struct Handle {
    core: Arc<SessionCore>,
    library: Library,
}

impl Drop for Handle {
    fn drop(&mut self) {
        let inner = &self.library.inner;
        let mut open = inner.sessions.lock_open();
        // Somebody may have opened the session again while its last handle was going away.
        let gone = open
            .get(&self.core.key())
            .is_some_and(|open| Arc::ptr_eq(&open.core, &self.core) && open.handle.strong_count() == 0);
        // Edits that cannot be saved now stay with the library, for its writer to try again.
        if gone && self.finish().is_ok() {
            open.remove(&self.core.key());
            self.core.mark_closed();
        }
    }
}

impl Handle {
    /// Takes in what waits and saves everything, head included.
    fn finish(&self) -> Result<()> {
        let inner = &self.library.inner;
        let (_, backlog) = self.core.take_pending(inner.now());
        inner.sessions.add_backlog(backlog);
        inner.sessions.save(inner, std::slice::from_ref(&self.core), true)?;
        if let Err(error) = inner.sessions.fold(inner, &self.core) {
            // Everything is saved: the next session folds.
            event!(Warn, "a journal was not folded", document = self.core.id, code = error.code());
        }
        Ok(())
    }
}

impl Library {
    /// Opens an edit session, or another handle of the one that is open on this document. Touches the disk.
    ///
    /// # Errors
    /// `document_not_found`; `library_read_only`; `history_damaged` if the document can only be read.
    pub fn edit(&self, document: DocumentId) -> Result<EditSession> {
        self.edit_on(document, MAIN)
    }

    pub(crate) fn edit_on(&self, document: DocumentId, branch: i64) -> Result<EditSession> {
        let sessions = &self.inner.sessions;
        let mut open = sessions.lock_open();
        let core = match open.get(&(document, branch)) {
            Some(session) => match session.handle.upgrade() {
                Some(handle) => return Ok(EditSession { handle }),
                None => Arc::clone(&session.core),
            },
            None => load_core(self, (document, branch), &open)?,
        };
        sessions.start_writer(&self.inner)?;
        let handle = Arc::new(Handle { core: Arc::clone(&core), library: self.clone() });
        open.insert((document, branch), OpenSession { core, handle: Arc::downgrade(&handle) });
        Ok(EditSession { handle })
    }
}

impl EditSession {
    pub(crate) fn parts(&self) -> (&Arc<SessionCore>, &Library) {
        (&self.handle.core, &self.handle.library)
    }

    /// The document.
    pub fn document(&self) -> DocumentId {
        self.handle.core.id
    }

    /// Replaces `delete` UTF-16 units at unit `at` by `insert`. Never touches the disk and never waits for it. An
    /// offset inside a surrogate pair moves to the pair's start; one past the end moves to the end.
    ///
    /// # Errors
    /// `limit_exceeded` if the document would grow over [`writemagic_shared::limits::DOCUMENT_BYTES`] or
    /// [`writemagic_shared::limits::DOCUMENT_EVENTS`]; `session_closed`; `backlog_full` when more than
    /// [`writemagic_shared::limits::BACKLOG_BYTES`] of the library's edits wait for the disk. The text is then as before.
    pub fn splice(&self, at: u64, delete: u64, insert: &str) -> Result<Ticket> {
        let sessions = &self.handle.library.inner.sessions;
        let cost = sessions.reserve_backlog(insert.len())?;
        self.push(at, delete, Inserted::new(insert, &sessions.pool), cost)
    }

    fn push(&self, at: u64, delete: u64, insert: Result<Inserted>, cost: u64) -> Result<Ticket> {
        let inner = &self.handle.library.inner;
        let pushed =
            insert.and_then(|insert| self.handle.core.push(Splice::new(at, delete, insert), || inner.now()));
        if pushed.is_err() {
            inner.sessions.drop_backlog(cost);
        }
        pushed
    }

    /// [`splice`](Self::splice) with the insertion in UTF-16.
    ///
    /// # Errors
    /// `lone_surrogate` names its index; and those of `splice`.
    pub fn splice_utf16(&self, at: u64, delete: u64, insert: &[u16]) -> Result<Ticket> {
        let sessions = &self.handle.library.inner.sessions;
        let cost = sessions.reserve_backlog(utf16::utf8_len(insert) as usize)?;
        self.push(at, delete, Inserted::from_utf16(insert, &sessions.pool), cost)
    }

    /// [`splice`](Self::splice) with an insertion of `length` bytes of UTF-8, which `write` puts straight to where they
    /// wait for the text: for bytes in the memory of another language, which is copied once and never referred to.
    /// `write` is given as many bytes, which hold anything before, and writes all of them.
    ///
    /// # Errors
    /// `not_utf8` names the first byte that is none; and those of `splice`.
    pub fn splice_utf8(
        &self,
        at: u64,
        delete: u64,
        length: usize,
        write: impl FnOnce(&mut [u8]),
    ) -> Result<Ticket> {
        Error::check_limit("document_bytes", length as u64, DOCUMENT_BYTES)?;
        let sessions = &self.handle.library.inner.sessions;
        // First: nothing is reserved where `write` panics.
        let insert = Inserted::written(length, write, &sessions.pool)?;
        let cost = sessions.reserve_backlog(length)?;
        self.push(at, delete, Ok(insert), cost)
    }

    /// Waits until every splice so far is durable; returns the last one. Touches the disk.
    ///
    /// # Errors
    /// Those of a write: `disk_full`, `io`, `library_suspended`. The splices stay in the text and in memory, and are
    /// saved as soon as it is possible again, by the next flush or by the library's own retries.
    pub fn flush(&self, durability: Durability) -> Result<Ticket> {
        let Handle { core, library } = &*self.handle;
        let target = core.last_ticket();
        library.inner.sessions.save(&library.inner, std::slice::from_ref(core), false)?;
        if durability == Durability::Strict {
            library.inner.synchronise()?;
        }
        Ok(target)
    }

    /// The last durable splice; tickets up to it survive the death of the process.
    pub fn durable(&self) -> Ticket {
        self.handle.core.durable()
    }

    /// The text with every splice so far.
    pub fn text(&self) -> String {
        self.handle.core.settled(self.handle.library.inner.now()).text.rope().to_string()
    }

    /// Counts of the text with every splice so far.
    pub fn stats(&self) -> TextStats {
        self.handle.core.settled(self.handle.library.inner.now()).stats()
    }

    /// Events (inserted or deleted characters) of the document's history so far.
    pub fn events(&self) -> u64 {
        self.handle.core.settled(self.handle.library.inner.now()).events()
    }

    /// Changes from now on.
    pub fn subscribe(&self) -> Subscription {
        self.handle.core.subscribe(self.handle.library.inner.now())
    }

    /// How many edits from elsewhere wait for [`rebase`](Self::rebase).
    pub fn pending(&self) -> usize {
        self.handle.core.state().waiting()
    }

    /// Takes in the edits from elsewhere and returns the patches that bring the view up to date, in order, each with
    /// its offsets in the text after the patches before it. Waits for the splices so far to be applied, never for the
    /// disk: no splice may be made between this call and showing the patches.
    pub fn rebase(&self) -> Vec<Patch> {
        let Handle { core, library } = &*self.handle;
        let (patches, backlog) = core.take_pending(library.inner.now());
        library.inner.sessions.add_backlog(backlog);
        if !patches.is_empty() {
            library.inner.sessions.wake_writer();
        }
        patches
    }

    /// Takes in edits from elsewhere, saves everything with the stored text and search row, and closes the session for
    /// every clone; later splices fail with `session_closed`. Touches the disk.
    ///
    /// # Errors
    /// Those of a write; the session is then still open.
    pub fn close(&self) -> Result<()> {
        let Handle { core, library } = &*self.handle;
        let mut open = library.inner.sessions.lock_open();
        if !open.get(&core.key()).is_some_and(|open| Arc::ptr_eq(&open.core, core)) {
            return Ok(());
        }
        self.handle.finish()?;
        core.mark_closed();
        // A splice may have slipped in between: it has a ticket, so it is saved too.
        self.handle.finish()?;
        open.remove(&core.key());
        Ok(())
    }
}
