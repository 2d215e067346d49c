//! What proposals need of the outside: the writer's texts, and a place to be kept in.

use std::fmt;

use writemagic_shared::id::{DocumentId, ProposalId};

use super::{Author, Place, VersionName};
use crate::foreign::ForeignError;

/// Which character an anchor follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// It stands before its character: the one on its right.
    Before,
    /// It stands after its character: the one on its left.
    After,
}

/// A place between two characters of a version, held by one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// UTF-16 units before it. At either end of the text there is no character to follow: it stays at that end.
    pub at: u64,
    /// The character that it goes with.
    pub side: Side,
}

/// Where an anchor is in a later version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// UTF-16 units before it.
    pub at: u64,
    /// Its character was deleted; `at` is where that stood.
    pub dead: bool,
}

/// A text as it is now.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version.
    pub version: VersionName,
    /// All of its text.
    pub text: String,
    /// Whether accepted hunks wait beside an open editor and are not in the text yet.
    pub waiting: bool,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("version", &self.version)
            .field("bytes", &self.text.len())
            .field("waiting", &self.waiting)
            .finish()
    }
}

/// A replacement in a text. Its words are left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where, in UTF-16 units of the text before any of the edits that are made together.
    pub at: u64,
    /// How many units go.
    pub delete: u64,
    /// What comes.
    pub insert: String,
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit")
            .field("at", &self.at)
            .field("delete", &self.delete)
            .field("insert_bytes", &self.insert.len())
            .finish()
    }
}

/// What became of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// They are in the text and durable.
    Durable,
    /// The document is open in an editor, beside which they wait; [`Snapshot::waiting`] says so until they are in.
    Waiting,
    /// The text is not at that version any more. Nothing was done.
    Moved,
}

/// The writer's texts: the engine implements this over its history. All calls may touch the disk.
pub trait TextTarget: Send + Sync {
    /// The text as it is now, all acknowledged typing included.
    ///
    /// # Errors
    /// Those of the other side: no such document or branch.
    fn present(&self, place: &Place) -> Result<Snapshot, ForeignError>;

    /// The text of a version; `None` when the history does not have it.
    ///
    /// # Errors
    /// Those of the other side.
    fn text_at(&self, place: &Place, version: &VersionName) -> Result<Option<String>, ForeignError>;

    /// Where anchors of the version `base` are in the later version `to`, in their order; `None` when the history
    /// cannot tell. Text that was typed beside an anchor's character does not move the anchor away from that.
    ///
    /// # Errors
    /// Those of the other side.
    fn resolve(
        &self,
        place: &Place,
        base: &VersionName,
        to: &VersionName,
        anchors: &[Anchor],
    ) -> Result<Option<Vec<Resolved>>, ForeignError>;

    /// Makes edits, ascending and none inside another, in the text at version `on`, as one change that one undo takes back and whose
    /// author is the run: all of them or none.
    ///
    /// # Errors
    /// Those of the other side; then nothing was done.
    fn apply(
        &self,
        place: &Place,
        on: &VersionName,
        edits: &[Edit],
        author: &Author,
    ) -> Result<Applied, ForeignError>;
}

/// A proposal as a store keeps it: its bytes, and beside them what a store selects by.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredProposal {
    /// Its id; ids sort by creation.
    pub id: ProposalId,
    /// Its document: the proposal goes when that is purged.
    pub document: DocumentId,
    /// Whether something is left to decide.
    pub open: bool,
    /// The revision of the bytes.
    pub revision: u64,
    /// [`super::Proposal::encode`].
    pub bytes: Vec<u8>,
}

impl fmt::Debug for StoredProposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredProposal")
            .field("id", &self.id)
            .field("document", &self.document)
            .field("open", &self.open)
            .field("revision", &self.revision)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// Which proposals are listed, newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one document only.
    pub document: Option<DocumentId>,
    /// Only those with something left to decide.
    pub open: bool,
    /// Only those that are older than this one: the last of the page before.
    pub before: Option<ProposalId>,
    /// At most so many; clamped to 1,000.
    pub limit: u64,
}

/// Where proposals are kept: the engine implements this over a table. What returns is durable.
pub trait ProposalStore: Send + Sync {
    /// Keeps a new proposal.
    ///
    /// # Errors
    /// Those of the other side; then nothing was kept.
    fn put(&self, proposal: &StoredProposal) -> Result<(), ForeignError>;

    /// The bytes of a proposal; `None` when there is none of this id.
    ///
    /// # Errors
    /// Those of the other side.
    fn get(&self, id: ProposalId) -> Result<Option<Vec<u8>>, ForeignError>;

    /// The bytes of the proposals that pass the filter, newest first.
    ///
    /// # Errors
    /// Those of the other side.
    fn list(&self, filter: &Filter) -> Result<Vec<Vec<u8>>, ForeignError>;

    /// Keeps a proposal in the place of its revision before; `false`, and nothing is done, when what is kept has
    /// another revision than `from`, or there is none.
    ///
    /// # Errors
    /// Those of the other side; then nothing was done.
    fn update(&self, proposal: &StoredProposal, from: u64) -> Result<bool, ForeignError>;
}
