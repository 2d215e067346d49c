//! Edit sessions: typing that never waits for the disk and is never lost.
//!
//! An [`EditSession`] takes splices into a queue in memory. The library's writer, or whoever flushes, applies
//! them to the session's text, commits them to the journal in one transaction and only then calls them durable. When typing pauses,
//! the document's stored head and search row are brought up to date.
//!
//! `intake` takes splices without a lock; `core` is one session's text and unsaved events; `sessions` the library's set of them with the
//! commit and the writer's thread; `live_text` the rope with its counts; `pending` edits and `incoming` versions from
//! elsewhere that wait; `group` what undo treats as one; `end` where the document's history ends; `subscription` the
//! bounded stream of changes.

mod core;
mod edit;
mod end;
mod group;
mod incoming;
mod intake;
mod live_text;
mod pending;
mod sessions;
mod statistics;
mod subscription;
mod writer;

pub(crate) use self::core::SessionCore;
pub use edit::EditSession;
pub(crate) use group::{GroupKind, NewGroup, Rewritten, insert_group, parse_copies, parse_ranges};
pub(crate) use incoming::Incoming;
pub(crate) use live_text::LiveText;
pub use pending::Applied;
pub(crate) use pending::{BroughtBack, load_core};
pub(crate) use sessions::Sessions;
pub use statistics::PipelineStatistics;
pub use subscription::Subscription;

use writemagic_shared::text::TextStats;

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
    /// Where, in UTF-16 units.
    pub at: u64,
    /// How many UTF-16 units go away there.
    pub delete: u64,
    /// What comes instead.
    pub insert: String,
}

/// A splice that asked for a place outside the text, or inside a surrogate pair, and was moved.
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
    /// First and last splice of this event; `None` when it only reports durability or edits from elsewhere.
    pub tickets: Option<(Ticket, Ticket)>,
    /// Splices that were moved into the text.
    pub clamped: Vec<Clamp>,
    /// What changed, in order: each patch's offsets are in the text after the patches before it.
    pub patches: Vec<Patch>,
    /// Counts of the whole text now.
    pub counts: TextStats,
    /// Every splice up to this one is durable.
    pub durable: Ticket,
    /// Edits from elsewhere that wait for [`EditSession::rebase`].
    pub pending: usize,
    /// Whether several events were merged because the subscriber was slow.
    pub merged: bool,
    /// Whether patches were dropped because too much text waited: read the text again.
    pub reread: bool,
}
