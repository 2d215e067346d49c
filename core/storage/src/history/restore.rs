//! Restoring: an older text becomes the newest version, and everything in between stays.

use writemagic_shared::id::DocumentId;
use writemagic_shared::text::diff::{By, Hunk, diff};

use super::branch::branch_number;
use super::travel::text_at;
use crate::Library;
use crate::document::document_number;
use crate::error::Result;
use crate::graph::{Origin, OriginKind, Version};
use crate::session::{Applied, GroupKind, NewGroup, Patch};

/// The changes as patches of the old text.
pub(super) fn patches(new: &str, hunks: &[Hunk]) -> Vec<Patch> {
    let patch = |hunk: &Hunk| Patch {
        at: hunk.old_utf16.start,
        delete: hunk.old_utf16.end - hunk.old_utf16.start,
        insert: new[hunk.new.clone()].to_owned(),
    };
    hunks.iter().map(patch).collect()
}

impl Library {
    /// Makes a branch say again what it said at a version, as a new version: what was written since stays in the history.
    /// Only what differs is replaced. In an open session it waits for the `rebase`. Touches the disk.
    ///
    /// # Errors
    /// `document_not_found`, `branch_not_found`, `version_not_found`; those of [`Library::apply_patches`].
    pub fn restore(&self, document: DocumentId, branch: &str, version: &Version) -> Result<Applied> {
        self.settle(document)?;
        let (number, new) = self.read(|sql| {
            let n = document_number(sql, document)?;
            Ok((
                branch_number(sql, n, branch)?,
                text_at(sql, n, &self.inner.kept_history, version)?.to_string(),
            ))
        })?;
        let origin = Origin::of(OriginKind::Restore);
        self.apply_on((document, number), &origin, Some(NewGroup::of(GroupKind::Restore)), |old| {
            Ok(patches(&new, &diff(old, &new, By::Words)))
        })
    }
}
