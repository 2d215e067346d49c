//! The event log of one document: what happened, and what each writer had seen.
//!
//! Everything is kept in runs, numbered by [`Lv`]: who wrote (`ids`), what it did (`ops`), and what its writer had seen
//! (nodes, here). A log knows nothing of how concurrent events are merged; that is `merge`'s part.
//!
//! A log may begin late: events before its *start* are not held, only the ids of the version that it starts at, or of
//! all of them. So a document opens without its old chunks. A question that only they can answer ends in
//! [`NotLoaded`], which says from where on to load.

mod ancestry;
mod append;
#[cfg(test)]
mod canonical;
mod foreign;
mod ids;
mod ops;
mod stretch;

use std::collections::BTreeSet;
use std::ops::Range;

use smallvec::SmallVec;
use thiserror::Error;

pub(crate) use append::{AppendError, Mark};
pub(crate) use foreign::{BadBatch, Batch, ForeignError, ForeignParent, ForeignParents, ForeignRun};
pub(crate) use ops::Op;

use super::version::{EventId, Frontier, Lv, MAX_EVENTS, Version};
use ids::Ids;
use ops::Ops;

#[cfg(test)]
pub(crate) use ancestry::Diff;
pub(crate) use ancestry::{Base, VersionError};
pub(crate) use stretch::Stretch;

/// An event that the log does not hold: load it with everything after it, and ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the log has to reach back to event {lv}")]
pub(crate) struct NotLoaded {
    pub(crate) lv: Lv,
}

/// The id of an event that the log has never seen; or, if it starts late and does not know all earlier ids, perhaps has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("event {0} is not known")]
pub(crate) struct Unknown(pub(crate) EventId);

/// Events that follow each other: each has the one before it as its only parent. The first one's parents are listed.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) start: Lv,
    pub(crate) end: Lv,
    /// Ascending, each once. Usually none is in another's past; readers do not rely on it.
    pub(crate) parents: SmallVec<[Lv; 2]>,
}

/// The events of a document from some event on. Cloning copies everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    start: Lv,
    end: Lv,
    nodes: Vec<Node>,
    ops: Ops,
    ids: Ids,
    /// Whether the ids of all events before `start` are known.
    knows_all_ids: bool,
    /// The heads of the version that the log starts at, ascending.
    start_heads: Vec<Lv>,
    /// The events that no other one follows, without the newest event, which is always one of them.
    older_heads: BTreeSet<Lv>,
    /// Whether `FORGOTTEN` in the text stands for characters that were forgotten.
    forgets: bool,
}

impl Log {
    /// A log of no events.
    pub(crate) fn new() -> Self {
        Self { knows_all_ids: true, ..Self::default() }
    }

    /// A log that begins at event `start`. `heads` are the events before it that no event before it follows; `ids` names
    /// the earlier events, at least those heads, as runs (first event, id of the first, length) in ascending order.
    ///
    /// `None` if these contradict each other. The log accepts events from elsewhere only if `ids` covers everything.
    pub(crate) fn starting_at(start: Lv, heads: &[Lv], ids: &[(Lv, EventId, u32)]) -> Option<Self> {
        let mut log = Self { start, end: start, ..Self::default() };
        let (mut next, mut gaps) = (0, false);
        for &(lv, id, len) in ids {
            let end = lv.checked_add(len).filter(|end| lv >= next && len > 0 && *end <= start)?;
            let last = id.seq.checked_add(len - 1)?;
            gaps |= lv > next;
            if last >= MAX_EVENTS || log.knows_some(id, len as usize) {
                return None;
            }
            let agent = log.ids.number_or_new(id.agent);
            log.ids.push(lv, agent, id.seq, len);
            next = end;
        }
        log.knows_all_ids = !gaps && next == start;
        log.older_heads = heads.iter().copied().collect();
        log.start_heads = log.older_heads.iter().copied().collect();
        let named = heads.iter().all(|head| *head < start && log.ids.id(*head).is_some());
        (named && start <= MAX_EVENTS && heads.is_empty() == (start == 0)).then_some(log)
    }

    /// Whether some of the inserted text is forgotten.
    pub(crate) fn forgets(&self) -> bool {
        self.forgets
    }

    /// Forgets what the events of these ascending ranges inserted. `None`, with nothing changed, where there is no room.
    pub(in crate::graph) fn forget(&mut self, events: &[Range<Lv>]) -> Option<()> {
        self.ops = self.ops.forgetting(events)?;
        self.forgets |= !events.is_empty();
        Some(())
    }

    /// The first event that is held.
    pub(crate) fn start(&self) -> Lv {
        self.start
    }

    /// One above the last event.
    pub(crate) fn end(&self) -> Lv {
        self.end
    }

    /// The events that no other one follows, ascending; there may be more than one version can have.
    pub(crate) fn heads(&self) -> impl Iterator<Item = Lv> + '_ {
        let newest = (self.end > self.start).then(|| self.end - 1);
        self.older_heads.iter().copied().chain(newest)
    }

    /// The node that holds event `lv`. O(log nodes).
    pub(crate) fn node(&self, lv: Lv) -> Result<&Node, NotLoaded> {
        let found = self.nodes[..self.nodes.partition_point(|node| node.start <= lv)].last();
        found.filter(|node| lv < node.end).ok_or(NotLoaded { lv })
    }

    /// Index of the node that holds event `lv`, or of the first one after it.
    fn first_node(&self, lv: Lv) -> usize {
        self.nodes.partition_point(|node| node.end <= lv)
    }

    /// The nodes that hold the events of a range, in order.
    pub(crate) fn nodes_in(&self, range: &Range<Lv>) -> impl Iterator<Item = &Node> {
        let end = range.end;
        self.nodes[self.first_node(range.start)..].iter().take_while(move |node| node.start < end)
    }

    /// The parents of event `lv`.
    pub(crate) fn parents(&self, lv: Lv) -> Result<SmallVec<[Lv; 2]>, NotLoaded> {
        let node = self.node(lv)?;
        Ok(if lv == node.start { node.parents.clone() } else { SmallVec::from_slice(&[lv - 1]) })
    }

    /// Memory in use, in bytes, about.
    pub(crate) fn bytes(&self) -> usize {
        let parents =
            |node: &Node| if node.parents.spilled() { node.parents.len() * size_of::<Lv>() } else { 0 };
        let spilled: usize = self.nodes.iter().map(parents).sum();
        self.nodes.capacity() * size_of::<Node>() + spilled + self.ops.bytes() + self.ids.bytes()
    }

    /// The operations of a range of events with their inserted texts.
    pub(crate) fn ops(&self, range: Range<Lv>) -> impl Iterator<Item = (Op, &str)> + '_ {
        self.ops.range(self.ops.find(range.start), range.start, range.end)
    }

    /// Where in the operations event `lv` stands: for [`Log::ops_from`].
    pub(crate) fn find_op(&self, lv: Lv) -> usize {
        self.ops.find(lv)
    }

    /// [`Log::find_op`] of `lv` when `op` is that of an earlier event close by.
    pub(crate) fn advance_op(&self, op: usize, lv: Lv) -> usize {
        self.ops.advance(op, lv)
    }

    /// [`Log::ops`] when the place of the first event in the operations is known.
    pub(crate) fn ops_from(&self, op: usize, range: Range<Lv>) -> impl Iterator<Item = (Op, &str)> + '_ {
        self.ops.range(op, range.start, range.end)
    }

    /// The id of an event.
    pub(crate) fn id(&self, lv: Lv) -> Result<EventId, NotLoaded> {
        self.ids.id(lv).ok_or(NotLoaded { lv })
    }

    /// The event with an id.
    pub(crate) fn lv(&self, id: EventId) -> Result<Lv, Unknown> {
        let agent = self.ids.number(&id.agent);
        let found = agent.and_then(|agent| self.ids.lv_of(agent, id.seq));
        found.map(|(lv, _)| lv).ok_or(Unknown(id))
    }

    /// Whether any of `len` events of one agent from `first` on is known.
    fn knows_some(&self, first: EventId, len: usize) -> bool {
        self.ids.number(&first.agent).is_some_and(|agent| {
            let next = || self.ids.next_known(agent, first.seq);
            self.ids.lv_of(agent, first.seq).is_some()
                || next().is_some_and(|next| ((next - first.seq) as usize) < len)
        })
    }

    #[cfg(test)]
    /// The sequence number of an agent's next event: one above the highest that is known.
    pub(crate) fn next_seq(&self, agent: &writemagic_shared::id::AgentId) -> u32 {
        self.ids.number(agent).map_or(0, |agent| self.ids.next_seq(agent))
    }

    /// The runs of ids of a range of events, in order: each as a range with the id of its first event.
    pub(crate) fn ids_in(&self, range: Range<Lv>) -> impl Iterator<Item = (Range<Lv>, EventId)> + '_ {
        let (from, to) = (range.start, range.end);
        self.ids.runs_from(from).iter().take_while(move |run| run.lv < to).map(move |run| {
            let start = run.lv.max(from);
            let id = EventId { agent: self.ids.agent(run.agent), seq: run.seq + (start - run.lv) };
            (start..(run.lv + run.len).min(to), id)
        })
    }

    /// The lasting name of a version.
    pub(crate) fn version(&self, frontier: &Frontier) -> Result<Version, NotLoaded> {
        let heads = frontier.iter().map(|head| self.id(*head)).collect::<Result<_, _>>()?;
        // A frontier has no more heads than a version may, each known and once.
        Ok(Version::new(heads).unwrap_or_default())
    }

    /// The version with a lasting name, as heads in this log, in the order of the ids: a name from elsewhere need not be
    /// reduced, see [`Log::reduce`].
    pub(crate) fn find_heads(&self, version: &Version) -> Result<SmallVec<[Lv; 2]>, Unknown> {
        version.heads().iter().map(|id| self.lv(*id)).collect()
    }

    #[cfg(test)]
    /// Puts the events of `earlier` before those of this log: `earlier` ends where this one starts.
    ///
    /// `None`, with nothing changed, if it ends elsewhere or names events otherwise. O(events of this log)
    /// in runs.
    pub(crate) fn load_before(&mut self, mut earlier: Log) -> Option<()> {
        let same = self.ids_in(0..self.start).all(|(range, id)| {
            let last = EventId { seq: id.seq + (range.end - 1 - range.start), ..id };
            earlier.ids.id(range.start) == Some(id) && earlier.ids.id(range.end - 1) == Some(last)
        });
        let known = self.ids_in(self.start..self.end).any(|(range, id)| earlier.knows_some(id, range.len()));
        if earlier.end != self.start || !same || known || !earlier.ops.has_room(self.ops.text_bytes()) {
            return None;
        }
        for run in self.ids.runs_from(self.start) {
            let skip = self.start.saturating_sub(run.lv);
            let agent = earlier.ids.number_or_new(self.ids.agent(run.agent));
            earlier.ids.push(run.lv + skip, agent, run.seq + skip, run.len - skip);
        }
        for (op, text) in self.ops(self.start..self.end) {
            let run = super::Run { kind: op.kind, at: op.at, len: op.len, bytes: text.len() as u32 };
            earlier.ops.push(op.lv, run, text);
        }
        for node in self.nodes.drain(..) {
            earlier.link(node.start, node.end - node.start, &node.parents);
        }
        earlier.end = self.end;
        *self = earlier;
        Some(())
    }
}
