//! Edits from elsewhere: they wait beside a session until its view is ready to take them.
//!
//! A pending edit is a range of characters and its replacement. It follows the session's own edits, so that when the view
//! rebases it still means the passage that it was made for; what the writer deleted meanwhile stays deleted.

use std::ops::Range;
use std::sync::Arc;

use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{DOCUMENT_BYTES, DOCUMENT_EVENTS, PENDING_EDITS};
use writemagic_shared::runtime::Timestamp;

use super::Patch;
use super::core::{SPLICE_BYTES, SessionCore, State};
use super::group::{GroupKind, NewGroup, Rewritten};
use super::sessions::OpenSessions;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::{Lv, Origin, Version};
use crate::history::version_of;
use crate::journal::{self, Heads};
use crate::library::lock;
use crate::schema::MAIN;

/// What became of edits from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Applied {
    /// They are in the text and durable.
    Durable,
    /// The document is open in a session; they wait in memory for its `rebase`, or for its end.
    Pending,
}

pub(crate) struct PendingEdit {
    start: usize,
    end: usize,
    insert: String,
    origin: Origin,
    group: Grouped,
    /// The characters that `insert` brings back.
    copies: Vec<Range<Lv>>,
}

/// Whether an edit is part of a change that is undone as one.
enum Grouped {
    No,
    First(NewGroup),
    Next,
}

impl PendingEdit {
    fn begins(&self, step: &[u8; 16], kind: GroupKind) -> bool {
        matches!(&self.group, Grouped::First(group) if group.kind == kind && group.step.as_ref() == Some(step))
    }

    /// Follows a replacement of characters `start..end` by `inserted` others.
    pub(super) fn follow(&mut self, start: usize, end: usize, inserted: usize) {
        let moved = |offset: usize| match offset {
            before if before <= start => before,
            inside if inside < end => start + inserted,
            after => after - (end - start) + inserted,
        };
        let empty = self.start == self.end;
        self.end = moved(self.end);
        self.start = match () {
            () if empty => self.end,
            // What is typed just before the passage is no part of it.
            () if start == end && start == self.start => start + inserted,
            () => moved(self.start).min(self.end),
        };
    }
}

impl State {
    /// Checks edits against the text as it is and lets them wait.
    fn add_pending(&mut self, patches: &[Patch], origin: &Origin, mut group: Option<NewGroup>) -> Result<()> {
        let grouped = group.is_some();
        let count = (self.pending.len() + patches.len()) as u64;
        Error::check_limit("pending_edits", count, PENDING_EDITS)?;
        let mut waiting = Vec::with_capacity(patches.len());
        let mut from = 0;
        let (mut bytes, mut events) = (self.text.bytes(), self.events());
        for edit in &self.pending {
            bytes += edit.insert.len() as u64;
        }
        for patch in patches {
            if patch.at < from {
                return Err(Error::InvalidArgument {
                    what: "patches",
                    reason: "not in order or overlapping",
                });
            }
            from = patch.at.saturating_add(patch.delete);
            let place = self.place(patch.at, patch.delete);
            bytes += patch.insert.len() as u64;
            events += (place.end - place.start + patch.insert.len()) as u64;
            waiting.push(PendingEdit {
                start: place.start,
                end: place.end,
                insert: patch.insert.clone(),
                origin: origin.clone(),
                group: match group.take() {
                    Some(group) => Grouped::First(group),
                    None if grouped => Grouped::Next,
                    None => Grouped::No,
                },
                copies: Vec::new(),
            });
        }
        Error::check_limit("document_bytes", bytes, DOCUMENT_BYTES)?;
        Error::check_limit("document_events", events, DOCUMENT_EVENTS)?;
        self.pending.extend(waiting);
        Ok(())
    }

    /// Takes the waiting edits into the text and returns the patches that do the same to a view, and the backlog
    /// that they add.
    pub(super) fn take_pending(&mut self, now: Timestamp) -> (Vec<Patch>, u64) {
        let mut patches = self.take_incoming(now);
        let mut backlog = 0;
        while !self.pending.is_empty() {
            // The others follow each one as it is applied.
            let edit = self.pending.remove(0);
            let rope = self.text.rope();
            let (at, end) = (rope.char_to_utf16_cu(edit.start), rope.char_to_utf16_cu(edit.end));
            let cost = SPLICE_BYTES + edit.insert.len() as u64;
            let grouped = match edit.group {
                Grouped::No => false,
                Grouped::Next => true,
                Grouped::First(group) => {
                    self.begin_group(group, &edit.origin, now);
                    true
                }
            };
            let events = self.unsaved.last().map_or(0, |last| last.burst.events());
            self.replace(edit.start, edit.end, &edit.insert, &edit.origin, now, cost, grouped);
            if let Some(group) = self.unsaved.last_mut().and_then(|last| last.group.as_mut()) {
                let mut at = events + (edit.end - edit.start) as u32;
                for of in edit.copies {
                    let len = of.end - of.start;
                    group.rewritten.push(Rewritten { at, of });
                    at += len;
                }
            }
            backlog += cost;
            patches.push(Patch { at: at as u64, delete: (end - at) as u64, insert: edit.insert });
        }
        (patches, backlog)
    }
}

impl Library {
    /// Edits a document from outside its editor. The patches are ascending and disjoint, with all offsets in the
    /// document's text as it is now (in a session: with every splice so far); offsets outside it are moved into it.
    ///
    /// If the document is open in a session, whose text changes only through its own calls, the edits wait there until
    /// the app calls [`EditSession::rebase`](super::EditSession::rebase) or the session ends; until then they are in
    /// memory only. Touches the disk.
    ///
    /// # Errors
    /// `document_not_found`; `invalid_argument` for patches out of order; `limit_exceeded`; `history_damaged`; and
    /// those of a write.
    pub fn apply_patches(&self, document: DocumentId, patches: &[Patch], origin: Origin) -> Result<Applied> {
        self.apply_on((document, MAIN), &origin, None, |_| Ok(patches.to_vec()))
    }

    /// [`Library::apply_patches`] on a branch, as a change that is undone as one if it is a `group`. `patches` makes them for
    /// the branch's present text.
    pub(crate) fn apply_on(
        &self,
        branch: (DocumentId, i64),
        origin: &Origin,
        group: Option<NewGroup>,
        patches: impl FnOnce(&str) -> Result<Vec<Patch>>,
    ) -> Result<Applied> {
        let sessions = &self.inner.sessions;
        let open = sessions.lock_open();
        if let Some(core) = open.get(&branch).map(|open| &open.core) {
            core.let_wait(origin, group, self.inner.now(), patches)?;
            return Ok(Applied::Pending);
        }
        // Still holding the set of sessions: none can open on this document meanwhile.
        let core = load_core(self, branch, &open)?;
        {
            let mut state = core.state();
            let patches = patches(&state.text.rope().to_string())?;
            state.add_pending(&patches, origin, group)?;
        }
        self.save_pending(core)
    }

    /// [`Library::apply_on`] in the text of version `on`, as a change that is undone as one; `None`, and nothing is done, if the
    /// branch is at another version, or somebody types just now.
    pub(crate) fn apply_at(
        &self,
        branch: (DocumentId, i64),
        on: &Version,
        patches: &[Patch],
        origin: &Origin,
        group: NewGroup,
    ) -> Result<Option<Applied>> {
        let sessions = &self.inner.sessions;
        let open = sessions.lock_open();
        let in_session = open.get(&branch).map(|open| Arc::clone(&open.core));
        let is_open = in_session.is_some();
        let core = match in_session {
            Some(core) => core,
            None => load_core(self, branch, &open)?,
        };
        {
            // With commits held back: what is on its way to the disk is in the text and not yet in its version.
            let _commit = lock(&sessions.commit);
            let heads = core.state_heads();
            if self.read(|sql| version_of(sql, &heads))? != *on {
                return Ok(None);
            }
            let mut state = core.settled(self.inner.now());
            if !state.unsaved.is_empty() {
                return Ok(None);
            }
            state.add_pending(patches, origin, Some(group))?;
            if is_open {
                state.note_news();
            }
        }
        if is_open {
            core.publish();
            return Ok(Some(Applied::Pending));
        }
        self.save_pending(core).map(Some)
    }

    /// Takes what waits into the text of a document that no session is open on, and saves it.
    fn save_pending(&self, core: Arc<SessionCore>) -> Result<Applied> {
        let sessions = &self.inner.sessions;
        let (_, backlog) = core.take_pending(self.inner.now());
        sessions.add_backlog(backlog);
        let saved = sessions.save(&self.inner, &[core], true);
        if saved.is_err() {
            sessions.drop_backlog(backlog);
        }
        saved.map(|()| Applied::Durable)
    }
}

/// A replacement of characters by what stood there before, with the characters that it brings back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BroughtBack {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) insert: String,
    pub(crate) copies: Vec<Range<Lv>>,
}

impl SessionCore {
    /// Lets edits wait for the rebase; `patches` makes them for the present text.
    pub(crate) fn let_wait(
        &self,
        origin: &Origin,
        group: Option<NewGroup>,
        now: Timestamp,
        patches: impl FnOnce(&str) -> Result<Vec<Patch>>,
    ) -> Result<()> {
        let mut state = self.settled(now);
        let patches = patches(&state.text.rope().to_string())?;
        state.add_pending(&patches, origin, group)?;
        state.note_news();
        drop(state);
        self.publish();
        Ok(())
    }

    /// Lets a change wait that takes back another: ascending replacements in the text of version `heads`. `false`, and nothing waits,
    /// if the text is not that of this version.
    pub(crate) fn let_undo_wait(
        &self,
        heads: &Heads,
        edits: Vec<BroughtBack>,
        group: NewGroup,
        now: Timestamp,
    ) -> Result<bool> {
        let mut state = self.settled(now);
        if state.tail.heads != *heads || !state.unsaved.is_empty() {
            return Ok(false);
        }
        let count = (state.pending.len() + edits.len()) as u64;
        Error::check_limit("pending_edits", count, PENDING_EDITS)?;
        let mut group = Some(group);
        for BroughtBack { start, end, insert, copies } in edits {
            let group = group.take().map_or(Grouped::Next, Grouped::First);
            state.pending.push(PendingEdit { start, end, insert, origin: Origin::person(), group, copies });
        }
        state.note_news();
        drop(state);
        self.publish();
        Ok(true)
    }

    /// Whether a part of this kind waits of a step over several documents.
    pub(crate) fn waits_for(&self, step: &[u8; 16], kind: GroupKind) -> bool {
        self.state().pending.iter().any(|edit| edit.begins(step, kind))
    }

    /// Takes back what waits of a step over several documents.
    pub(crate) fn withdraw(&self, step: &[u8; 16], kind: GroupKind) {
        let mut state = self.state();
        let mut inside = false;
        state.pending.retain(|edit| {
            inside = match edit.group {
                Grouped::Next => inside,
                _ => edit.begins(step, kind),
            };
            !inside
        });
    }

    /// How many more edits may wait.
    pub(crate) fn room_to_wait(&self) -> u64 {
        PENDING_EDITS.saturating_sub(self.state().pending.len() as u64)
    }

    /// Whether an accepted proposal waits beside the text.
    pub(crate) fn proposal_waits(&self) -> bool {
        let waits = |edit: &PendingEdit| matches!(&edit.group, Grouped::First(group) if group.kind == GroupKind::Proposal);
        self.state().pending.iter().any(waits)
    }
}

/// Reads a branch into a new session's state.
pub(crate) fn load_core(
    library: &Library,
    (document, branch): (DocumentId, i64),
    open: &OpenSessions,
) -> Result<Arc<SessionCore>> {
    if library.is_read_only() {
        return Err(Error::LibraryReadOnly);
    }
    let (n, current) = library.read(|sql| {
        let n = document_number(sql, document)?;
        Ok((n, journal::current(sql, n, branch)?))
    })?;
    if current.history_is_damaged {
        return Err(Error::HistoryDamaged { document, good_events: current.tail.end.lv.into() });
    }
    let sibling = open.iter().find(|((of, _), _)| *of == document);
    let end = sibling.map(|(_, open)| Arc::clone(&open.core.state().end));
    SessionCore::new((n, branch), document, current, end, library.inner.sessions.notifier()).map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(edit: (usize, usize), splice: (usize, usize, usize)) -> (usize, usize) {
        let mut edit = PendingEdit {
            start: edit.0,
            end: edit.1,
            insert: String::new(),
            origin: Origin::person(),
            group: Grouped::No,
            copies: Vec::new(),
        };
        edit.follow(splice.0, splice.1, splice.2);
        (edit.start, edit.end)
    }

    #[test]
    fn a_waiting_edit_keeps_its_passage() {
        // Typing before, behind, and inside the passage.
        assert_eq!(followed((5, 8), (2, 2, 3)), (8, 11));
        assert_eq!(followed((5, 8), (9, 9, 3)), (5, 8));
        assert_eq!(followed((5, 8), (6, 6, 2)), (5, 10));
        // Typing at its very start and its very end is none of it.
        assert_eq!(followed((5, 8), (5, 5, 2)), (7, 10));
        assert_eq!(followed((5, 8), (8, 8, 2)), (5, 8));
        // Deleting before it, over its start, over its end, all of it.
        assert_eq!(followed((5, 8), (0, 3, 0)), (2, 5));
        assert_eq!(followed((5, 8), (3, 6, 0)), (3, 5));
        assert_eq!(followed((5, 8), (7, 9, 0)), (5, 7));
        assert_eq!(followed((5, 8), (4, 9, 1)), (5, 5));
        // An insertion stays one place.
        assert_eq!(followed((5, 5), (5, 5, 2)), (5, 5));
        assert_eq!(followed((5, 5), (3, 7, 1)), (4, 4));
    }
}
