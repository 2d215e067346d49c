//! Events that are added at the end of a log, and taken back when they turn out to be invalid.

use std::collections::BTreeSet;

use smallvec::SmallVec;
use thiserror::Error;

use super::{Log, Node};
use crate::graph::burst::{Burst, Run, RunKind};
use crate::graph::version::{EventId, Lv, MAX_EVENTS, MAX_PARENTS};

/// Why events cannot be added. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum AppendError {
    #[error("a parent is not an event before this one, or stands twice, or there are more than 64")]
    Parents,
    #[error("the event's id is taken, or its number is over the bound")]
    Id,
    #[error("the event's position is outside of any text")]
    Position,
    #[error("there are no events")]
    Empty,
    #[error("the history is full")]
    Full,
}

/// The state of a log to which it can go back.
#[derive(Debug)]
pub(crate) struct Mark {
    end: Lv,
    nodes: usize,
    text: usize,
    agents: usize,
    older_heads: BTreeSet<Lv>,
    forgets: bool,
}

impl Log {
    /// Adds the events of `burst`, written by `id.agent` from `id.seq` on upon the version `parents`; gives the first.
    ///
    /// Positions are not checked against the text: the writer's own text has taken the edits already. O(runs · log).
    pub(crate) fn append(&mut self, id: EventId, parents: &[Lv], burst: &Burst) -> Result<Lv, AppendError> {
        let mut parents: SmallVec<[Lv; 2]> = SmallVec::from_slice(parents);
        parents.sort_unstable();
        let distinct = parents.windows(2).all(|pair| pair[0] < pair[1]);
        if !distinct || parents.len() > MAX_PARENTS || parents.last().is_some_and(|last| *last >= self.end) {
            return Err(AppendError::Parents);
        }
        let len = burst.events();
        if len == 0 {
            return Err(AppendError::Empty);
        }
        self.check_room(len, burst.text_bytes())?;
        let in_range = id.seq.checked_add(len).is_some_and(|end| end <= MAX_EVENTS);
        if !in_range || self.knows_some(id, len as usize) {
            return Err(AppendError::Id);
        }
        if !burst.runs().all(|(run, _)| run_in_range(&run)) {
            return Err(AppendError::Position);
        }
        let first = self.end;
        let agent = self.ids.number_or_new(id.agent);
        let (mut seq, mut parents) = (id.seq, parents);
        for (run, text) in burst.runs() {
            self.push(agent, seq, &parents, run, text);
            seq += run.len;
            parents = SmallVec::from_slice(&[self.end - 1]);
        }
        Ok(first)
    }

    /// Whether there is room for `events` more with `bytes` of text.
    pub(super) fn check_room(&self, events: u32, bytes: usize) -> Result<(), AppendError> {
        let fits = self.end.checked_add(events).is_some_and(|end| end <= MAX_EVENTS);
        if fits && self.ops.has_room(bytes) { Ok(()) } else { Err(AppendError::Full) }
    }

    /// Adds a checked run of events by one agent.
    pub(super) fn push(&mut self, agent: u32, seq: u32, parents: &[Lv], run: Run, text: &str) {
        let lv = self.end;
        self.link(lv, run.len, parents);
        self.ids.push(lv, agent, seq, run.len);
        self.ops.push(lv, run, text);
        self.end += run.len;
    }

    /// Adds `len` events from `lv` on to the graph; `parents` are the first one's, ascending.
    pub(super) fn link(&mut self, lv: Lv, len: u32, parents: &[Lv]) {
        match self.nodes.last_mut() {
            Some(last) if *parents == [lv.wrapping_sub(1)] && last.end == lv => last.end += len,
            last => {
                // The newest event was a head; from now on another one is the newest.
                if last.is_some() {
                    self.older_heads.insert(lv - 1);
                }
                for parent in parents {
                    self.older_heads.remove(parent);
                }
                let parents = SmallVec::from_slice(parents);
                self.nodes.push(Node { start: lv, end: lv + len, parents });
            }
        }
    }

    /// The present state, for [`Log::rollback`]. O(heads).
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            end: self.end,
            nodes: self.nodes.len(),
            text: self.ops.text_bytes(),
            agents: self.ids.agents(),
            older_heads: self.older_heads.clone(),
            forgets: self.forgets,
        }
    }

    /// Takes back every event that was added since the mark was made.
    pub(crate) fn rollback(&mut self, mark: Mark) {
        self.nodes.truncate(mark.nodes);
        if let Some(last) = self.nodes.last_mut() {
            last.end = last.end.min(mark.end);
        }
        self.ops.truncate(mark.end, mark.text);
        self.ids.truncate(mark.end, mark.agents);
        self.end = mark.end;
        self.older_heads = mark.older_heads;
        self.forgets = mark.forgets;
    }
}

/// Whether a run stays within the positions that any text can have: rule 5 for operations.
pub(super) fn run_in_range(run: &Run) -> bool {
    let end = run.at.checked_add(run.len).filter(|end| *end <= MAX_EVENTS);
    run.len > 0
        && match run.kind {
            RunKind::Insert => end.is_some(),
            RunKind::Delete => run.at < MAX_EVENTS && run.len <= MAX_EVENTS,
            RunKind::DeleteBack => run.at < MAX_EVENTS && run.at + 1 >= run.len,
        }
}
