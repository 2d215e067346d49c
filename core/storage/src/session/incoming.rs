//! A version from elsewhere (a pull, a merge) that waits until a session's view is ready to take it.
//!
//! Its events are in the library already, and with it in memory, so that taking it in never waits for the disk. What is typed
//! meanwhile is kept beside it, as events of the session's author, to be merged with.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use ropey::Rope;

use writemagic_shared::id::AgentId;
use writemagic_shared::limits::DOCUMENT_BYTES;
use writemagic_shared::runtime::Timestamp;

use super::Patch;
use super::core::{SessionCore, State, Unsaved};
use crate::graph::{
    Budget, Burst, Coalesce, EventId, Frontier, Lv, MAX_TEXT_CHARS, MergeError, Origin, Step, Version, merge,
};
use crate::history::Loaded;
use crate::journal::Heads;

/// A version that waits, with the document's events.
#[derive(Debug)]
pub(crate) struct Incoming {
    loaded: Arc<Loaded>,
    /// The session's version when its events were read.
    version: Frontier,
    /// What it is to take in.
    target: Frontier,
    /// Of the author's events the sequence number of the first that `loaded` does not have.
    next: u32,
    /// What was typed and saved since.
    saved: Vec<Burst>,
    /// The events that come in, if this is a change that is undone as one.
    group: Option<Vec<Range<Lv>>>,
}

impl Incoming {
    /// What waits for a text of version `version`, whose author's next event `loaded` does not have.
    pub(crate) fn new(
        loaded: Arc<Loaded>,
        version: Frontier,
        target: Frontier,
        group: Option<Vec<Range<Lv>>>,
    ) -> Self {
        Self { loaded, version, target, next: 0, saved: Vec::new(), group }
    }
}

impl SessionCore {
    /// Lets a version wait for the rebase; not if the text was saved at another version than `heads` meanwhile.
    pub(crate) fn announce(&self, incoming: Incoming, heads: &Heads) -> bool {
        let mut state = self.state();
        if state.tail.heads != *heads {
            return false;
        }
        let next = state.author.next();
        state.incoming = Some(Box::new(Incoming { next, ..incoming }));
        state.note_news();
        true
    }

    /// The version of the text when it was last saved.
    pub(crate) fn state_heads(&self) -> Heads {
        self.state().tail.heads.clone()
    }

    /// The version of the text, and the text; `None` while some of it is not saved.
    pub(crate) fn saved_text(&self) -> Option<(Heads, Rope)> {
        let state = self.state();
        state.unsaved.is_empty().then(|| (state.tail.heads.clone(), state.text.rope().clone()))
    }
}

/// Others' events that a text has taken in, and that are to be saved as such.
#[derive(Debug)]
pub(super) struct Joined {
    /// The version of the text with them.
    pub(super) version: Version,
    pub(super) group: Option<Vec<Range<Lv>>>,
}

impl State {
    /// Keeps what was saved as long as a version waits to be merged with it.
    pub(super) fn note_saved(&mut self, unsaved: Vec<Unsaved>) {
        if let Some(incoming) = &mut self.incoming {
            incoming.saved.extend(unsaved.into_iter().map(|unsaved| unsaved.burst));
        }
    }

    /// Merges the version that waits into the text; gives the patches that do the same to a view. A merged text that
    /// would be too long leaves everything as it is.
    pub(super) fn take_incoming(&mut self, now: Timestamp) -> Vec<Patch> {
        let Some(incoming) = self.incoming.take() else { return Vec::new() };
        let Ok((steps, version)) = merged(&incoming, &self.author.id(), &self.unsaved) else {
            return Vec::new(); // validated when it came: only the budget can refuse it, and the library keeps it for later
        };
        let grows: usize = steps.iter().map(Step::inserted_bytes).sum();
        if self.text.bytes() + grows as u64 > DOCUMENT_BYTES {
            self.incoming = Some(incoming);
            return Vec::new();
        }
        let mut patches = Vec::with_capacity(steps.len());
        for step in steps {
            let (start, end, insert) = match step {
                Step::Insert { at, text, .. } => (at as usize, at as usize, text),
                Step::Delete { at, len } => (at as usize, (at + len) as usize, String::new()),
            };
            let rope = self.text.rope();
            let (at, until) = (rope.char_to_utf16_cu(start), rope.char_to_utf16_cu(end));
            let chars = insert.chars().count();
            self.text.replace(start, end, &insert);
            self.pending.iter_mut().for_each(|edit| edit.follow(start, end, chars));
            patches.push(Patch { at: at as u64, delete: (until - at) as u64, insert });
        }
        self.unsaved.push(Unsaved {
            burst: Burst::default(),
            origin: Origin::person(),
            at: now.as_millis(),
            backlog: 0,
            group: None,
            joined: Some(Joined { version, group: incoming.group }),
        });
        self.note_news();
        patches
    }
}

/// What the version that waits does to the text, and the version that it makes.
fn merged(
    incoming: &Incoming,
    author: &AgentId,
    unsaved: &[Unsaved],
) -> Result<(Vec<Step>, Version), MergeError> {
    let mut history = Cow::Borrowed(&incoming.loaded.history);
    let mut version = incoming.version.clone();
    let mut seq = incoming.next;
    for burst in incoming.saved.iter().chain(unsaved.iter().map(|unsaved| &unsaved.burst)) {
        if burst.is_empty() {
            continue;
        }
        let id = EventId { agent: *author, seq };
        let appended = history.to_mut().append(id, &version, burst, &Origin::person(), 0);
        let first = appended.map_err(|_| MergeError::Sink)?;
        seq += burst.events();
        version = Frontier::at(first + (burst.events() - 1));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut sink = Coalesce::new(&mut steps);
    let merged =
        merge(history.log(), &version, &incoming.target, MAX_TEXT_CHARS, &mut sink, &mut Budget::default())?;
    sink.finish()?;
    let joined = history.log().version(&merged.version)?;
    Ok((steps, joined))
}

impl Step {
    fn inserted_bytes(&self) -> usize {
        match self {
            Step::Insert { text, .. } => text.len(),
            Step::Delete { .. } => 0,
        }
    }
}
