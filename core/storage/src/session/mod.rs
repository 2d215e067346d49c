//! Edit sessions: typing that never waits for the disk and is never lost.

use std::time::Duration;

use writemagic_shared::id::DocumentId;
use writemagic_shared::text::TextStats;

use crate::Library;
use crate::error::Result;
use crate::graph::Origin;

/// Names one accepted splice of a session: tickets count up from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// How safe `flush` makes the edits before it returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// Committed to the write-ahead log: survives the death of the process at any instant.
    #[default]
    Committed,
    /// Synchronised to the device as well: survives loss of power.
    Strict,
}

/// One replacement in a text, in UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Where, in UTF-16 units of the text before this patch.
    pub at: u64,
    /// How many UTF-16 units go away there.
    pub delete: u64,
    /// What comes instead.
    pub insert: String,
}

/// A splice that asked for a place outside the text and was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clamp {
    /// The splice.
    pub ticket: Ticket,
    /// Where it was applied, in UTF-16 units.
    pub at: u64,
    /// How many UTF-16 units it deleted.
    pub delete: u64,
}

/// What happened to a document since the last change event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// First and last splice of this event; `None` when it only reports durability or an outside change.
    pub tickets: Option<(Ticket, Ticket)>,
    /// Splices that were moved into the text.
    pub clamped: Vec<Clamp>,
    /// What changed, in order.
    pub patches: Vec<Patch>,
    /// Counts of the whole text now.
    pub counts: TextStats,
    /// Every splice up to this one is durable.
    pub durable: Ticket,
    /// Edits from elsewhere that wait for `rebase`.
    pub pending: usize,
    /// Whether several events were merged because the subscriber was slow.
    pub merged: bool,
    /// Whether patches were dropped because too much text waited: read the text again.
    pub reread: bool,
}

/// A bounded stream of [`Change`]s; ends when the session closes.
#[derive(Debug)]
pub struct Subscription {}

impl Subscription {
    /// The next change; `None` when `timeout` passes first or the session has closed and all was read.
    pub fn next_timeout(&self, _timeout: Duration) -> Option<Change> {
        todo!()
    }

    /// Whether the session has closed and everything was read.
    pub fn is_finished(&self) -> bool {
        todo!()
    }

    /// Calls `wake` whenever a change becomes available. It runs on the writer's thread and must be quick.
    pub fn set_waker(&self, _wake: impl Fn() + Send + Sync + 'static) {
        todo!()
    }
}

/// An open editor on one document. Clones are the same session; it closes when the last one is dropped.
#[derive(Clone, Debug)]
pub struct EditSession {}

impl EditSession {
    /// The document.
    pub fn document(&self) -> DocumentId {
        todo!()
    }

    /// Replaces `delete` UTF-16 units at unit `at` by `insert`. Never touches the disk and never waits for it. An
    /// offset inside a surrogate pair moves to the pair's start; one past the end moves to the end.
    ///
    /// # Errors
    /// `limit_exceeded`, `session_closed`, `backlog_full`; the text is then as before.
    pub fn splice(&self, _at: u64, _delete: u64, _insert: &str) -> Result<Ticket> {
        todo!()
    }

    /// [`splice`](Self::splice) with the insertion in UTF-16. `lone_surrogate` names its index.
    pub fn splice_utf16(&self, _at: u64, _delete: u64, _insert: &[u16]) -> Result<Ticket> {
        todo!()
    }

    /// Waits until every splice so far is durable; returns the last one. Touches the disk.
    pub fn flush(&self, _durability: Durability) -> Result<Ticket> {
        todo!()
    }

    /// The last durable splice.
    pub fn durable(&self) -> Ticket {
        todo!()
    }

    /// The text with every splice so far.
    pub fn text(&self) -> String {
        todo!()
    }

    /// Counts of the text with every splice so far.
    pub fn stats(&self) -> TextStats {
        todo!()
    }

    /// Events (inserted or deleted characters) of the document's history so far.
    pub fn events(&self) -> u64 {
        todo!()
    }

    /// Changes from now on.
    pub fn subscribe(&self) -> Subscription {
        todo!()
    }

    /// How many edits from elsewhere wait.
    pub fn pending(&self) -> usize {
        todo!()
    }

    /// Takes in the edits from elsewhere and returns the patches that bring the view up to date. Waits for the
    /// splices so far to be applied, never for the disk.
    pub fn rebase(&self) -> Result<Vec<Patch>> {
        todo!()
    }

    /// Flushes, refreshes the stored text and search rows, and closes the session for every clone.
    pub fn close(&self) -> Result<()> {
        todo!()
    }
}

/// What became of an edit from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Applied {
    /// It is in the text and durable.
    Durable,
    /// The document is open in a session and the edit waits for its `rebase` (or close).
    Pending,
}

impl Library {
    /// Opens an edit session, or another handle of the one that is open on this document. Touches the disk.
    pub fn edit(&self, _document: DocumentId) -> Result<EditSession> {
        todo!()
    }

    /// Edits a document from outside its editor, with each patch's offsets in the text after the patches before it.
    /// If the document is open in a session, the edit waits there as pending. Touches the disk.
    pub fn apply_patches(&self, _document: DocumentId, _patches: &[Patch], _origin: Origin) -> Result<Applied> {
        todo!()
    }
}
