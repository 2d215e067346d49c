//! A proposal as data.

use std::fmt;
use std::ops::Range;

use writemagic_shared::id::{BranchId, DocumentId, ProposalId, RunId};
use writemagic_shared::limits::VERSION_NAME_BYTES;
use writemagic_shared::runtime::Timestamp;

use super::Error;

/// Which text is meant: a document, and one of its branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The document.
    pub document: DocumentId,
    /// The branch; the main one when absent.
    pub branch: Option<BranchId>,
}

/// The name of a version of a text as the history spells it. Means nothing here; never changes its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VersionName(String);

impl VersionName {
    /// The version with this name.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] over [`VERSION_NAME_BYTES`].
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        Error::check_limit("version_name_bytes", name.len() as u64, VERSION_NAME_BYTES)?;
        Ok(Self(name))
    }

    /// As the history spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose words a proposal has: a run, and the model that it asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The run.
    pub run: RunId,
    /// What the model is called; cut at 255 bytes.
    pub model: String,
}

/// What became of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum HunkState {
    /// The writer has not decided.
    Pending = 0,
    /// Its words are in the text.
    Accepted = 1,
    /// The writer does not want it.
    Rejected = 2,
    /// Not decided, and when it was last looked at the words that it would replace had changed. It is pending again when
    /// they are back.
    Unplaceable = 3,
    /// Accepted, and on its way into the text: it waits beside an open editor, or the engine ended just then. Settled
    /// the next time it is looked at.
    Applying = 4,
}

impl HunkState {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        let states = [Self::Pending, Self::Accepted, Self::Rejected, Self::Unplaceable, Self::Applying];
        states.into_iter().find(|state| *state as u8 == number)
    }

    /// Whether the writer has still to decide.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Unplaceable)
    }
}

/// One change: what would stand in the place of what. Its texts are left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Where the old words stand in the base version, in UTF-16 units; empty where something is only put in.
    pub range: Range<u64>,
    /// The old words.
    pub old: String,
    /// The new words; empty where something is only taken out.
    pub new: String,
    /// What became of it.
    pub state: HunkState,
}

impl fmt::Debug for Hunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hunk")
            .field("range", &self.range)
            .field("old_bytes", &self.old.len())
            .field("new_bytes", &self.new.len())
            .field("state", &self.state)
            .finish()
    }
}

/// An answer that is meant to change a text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proposal {
    /// Its name for ever; ids sort by creation.
    pub id: ProposalId,
    /// The text that it would change.
    pub place: Place,
    /// The version that its ranges are of.
    pub base: VersionName,
    /// The passage that the answer is for, in UTF-16 units of the base version; empty where something is put in.
    pub passage: Range<u64>,
    /// Whose words these are.
    pub author: Author,
    /// What was asked for, such as `rewrite`; at most 64 bytes.
    pub task: String,
    /// When it was made.
    pub created: Timestamp,
    /// Grows by one with each change of a state.
    pub revision: u64,
    /// The changes, ascending and apart; at least one, at most 4,096.
    pub hunks: Vec<Hunk>,
}

impl Proposal {
    /// Whether there is something left to decide, or on its way.
    pub fn is_open(&self) -> bool {
        self.hunks.iter().any(|hunk| hunk.state.is_open() || hunk.state == HunkState::Applying)
    }

    /// How many hunks have this state.
    pub fn count(&self, state: HunkState) -> usize {
        self.hunks.iter().filter(|hunk| hunk.state == state).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_version_has_a_limit() {
        let limit = VERSION_NAME_BYTES as usize;
        assert!(VersionName::new("v".repeat(limit)).is_ok());
        assert!(matches!(
            VersionName::new("v".repeat(limit + 1)),
            Err(Error::LimitExceeded { value, .. }) if value == VERSION_NAME_BYTES + 1
        ));
    }
}
