//! Changes that are thought of now and made later: the present text, and putting them in as one step of undo if it still is.

use rusqlite::Connection;
use writemagic_shared::id::{BranchId, DocumentId};

use super::branch::branch_of_id;
use super::load::version_of;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::{Origin, Version};
use crate::journal;
use crate::schema::MAIN;
use crate::session::{Applied, GroupKind, NewGroup, Patch};

/// A branch as it is now. Its text is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresentText {
    /// The version.
    pub version: Version,
    /// All of its text.
    pub text: String,
    /// Whether changes that [`Library::apply_proposal`] took wait beside an open session and are not in the text yet.
    pub waiting: bool,
}

impl std::fmt::Debug for PresentText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PresentText")
            .field("version", &self.version)
            .field("bytes", &self.text.len())
            .field("waiting", &self.waiting)
            .finish()
    }
}

/// The rows of a document and of its branch with an id; of main for none.
fn place(sql: &Connection, document: DocumentId, branch: Option<BranchId>) -> Result<(i64, i64)> {
    let n = document_number(sql, document)?;
    let Some(branch) = branch else { return Ok((n, MAIN)) };
    match branch_of_id(sql, branch.as_bytes())? {
        Some((of, number)) if of == n => Ok((n, number)),
        _ => Err(Error::BranchNotFound),
    }
}

/// Every method touches the disk, and fails with `document_not_found` and `branch_not_found`. A branch is named by its id,
/// which it keeps when it is renamed; none is main.
impl Library {
    /// The text of a branch as it is now, and its version; what was typed in a session so far is saved first.
    ///
    /// # Errors
    /// Those of a write, where a session has something to save.
    pub fn present_text(&self, document: DocumentId, branch: Option<BranchId>) -> Result<PresentText> {
        let (_, number) = self.read(|sql| place(sql, document, branch))?;
        // Before the text is read: a change that is taken in between is then in the text and said to wait, never neither.
        let waiting = {
            let sessions = &self.inner.sessions;
            let core = sessions.core_of(&sessions.lock_open(), (document, number));
            core.is_some_and(|core| core.proposal_waits())
        };
        self.settle(document)?;
        self.read(|sql| {
            let (n, number) = place(sql, document, branch)?;
            let current = journal::current(sql, n, number)?;
            let version = version_of(sql, &current.tail.heads)?;
            Ok(PresentText { version, text: current.text.rope().to_string(), waiting })
        })
    }

    /// Makes changes in the text of the version `on`, as one step of undo: all of them or none. The patches are ascending and
    /// disjoint, with all offsets in that text. `None`, and nothing is done, if the branch is at another version by now. In an
    /// open session they wait for its `rebase`, in memory only; what is typed meanwhile moves them along.
    ///
    /// # Errors
    /// Those of [`Library::apply_patches`].
    pub fn apply_proposal(
        &self,
        document: DocumentId,
        branch: Option<BranchId>,
        on: &Version,
        patches: &[Patch],
        origin: &Origin,
    ) -> Result<Option<Applied>> {
        let (_, number) = self.read(|sql| place(sql, document, branch))?;
        let group = NewGroup::of(GroupKind::Proposal);
        self.apply_at((document, number), on, patches, origin, group)
    }
}
