//! Events from elsewhere: a decoded chunk, checked as it is built, and added to a log where it is new.
//!
//! A batch stands between the bytes of a chunk and a log: decoders build it, [`Log::append_foreign`] takes it,
//! [`Log::batch`] makes one for others. Whether positions fit the text is found by the walk that must follow; if it
//! fails, [`Log::rollback`] takes the events back.

use std::ops::Range;

use smallvec::SmallVec;
use thiserror::Error;
use writemagic_shared::id::AgentId;
use writemagic_shared::limits::{CHUNK_AGENTS, CHUNK_EVENTS, CHUNK_PARENTS, CHUNK_RUNS, DOCUMENT_BYTES};

use super::append::run_in_range;
use super::{Log, NotLoaded, Unknown};
use crate::graph::burst::{Run, RunKind};
use crate::graph::forget::FORGOTTEN;
use crate::graph::version::{EventId, Lv, MAX_EVENTS, MAX_PARENTS};

/// An event that another one follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForeignParent {
    /// Event of this number in the same batch.
    Here(u32),
    /// An event outside the batch: number of the agent in the batch, sequence number.
    There(u32, u32),
}

/// What the first event of a run follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ForeignParents {
    /// The event before it in the batch.
    Previous,
    /// These, in any order; none at all for the first text of a document.
    Of(SmallVec<[ForeignParent; 2]>),
}

impl ForeignParents {
    /// How many are listed.
    fn listed(&self) -> u32 {
        match self {
            Self::Previous => 0,
            Self::Of(parents) => parents.len() as u32,
        }
    }
}

/// Events of one agent and one kind; each follows the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignRun {
    /// Number of the agent in the batch.
    pub(crate) agent: u32,
    /// The agent's sequence number of the first event.
    pub(crate) seq: u32,
    pub(crate) parents: ForeignParents,
    pub(crate) run: Run,
}

/// Events whose form is sound; whether they fit a log is [`Log::append_foreign`]'s question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    agents: Vec<AgentId>,
    runs: Vec<ForeignRun>,
    text: String,
    events: u32,
    /// How many parents are listed in all.
    parents: u32,
    /// Whether `FORGOTTEN` in the text stands for characters that were forgotten.
    forgets: bool,
}

/// Why events are not ones that any log could hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum BadBatch {
    #[error("an agent stands twice or is not in the list, or there are too many")]
    Agents,
    #[error("a sequence number is over its bound")]
    Sequence,
    #[error("a parent is not an event before this one, or stands twice, or there are more than 64")]
    Parents,
    #[error("a run is empty or leaves the range of positions")]
    Position,
    #[error("inserted text has another length than its run says")]
    Text,
    #[error("there are too many events or there is too much text")]
    TooLarge,
}

/// Why events cannot be added to this log. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum ForeignError {
    #[error(transparent)]
    Unknown(#[from] Unknown),
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    /// Two writers have used the same agent: a cloned library.
    #[error("event {0} is known with other content")]
    Conflict(EventId),
    #[error("event {0} stands twice")]
    Repeated(EventId),
    #[error("a parent stands twice")]
    Parents,
    #[error("the history is full")]
    Full,
}

impl Batch {
    /// No events yet, by these agents.
    pub(crate) fn new(agents: Vec<AgentId>) -> Result<Self, BadBatch> {
        let mut sorted = agents.clone();
        sorted.sort_unstable();
        if agents.len() as u64 > CHUNK_AGENTS || sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(BadBatch::Agents);
        }
        Ok(Self { agents, ..Self::default() })
    }

    /// Makes room for so many more runs with so many bytes of text.
    pub(crate) fn reserve(&mut self, runs: usize, bytes: usize) {
        self.runs.reserve(runs);
        self.text.reserve(bytes);
    }

    /// Appends a run. Checks everything that can be known without a log: rules 5 and 6 of validation.
    pub(crate) fn push(&mut self, run: ForeignRun, text: &str) -> Result<(), BadBatch> {
        let known_agent = |agent: u32| (agent as usize) < self.agents.len();
        if !known_agent(run.agent) {
            return Err(BadBatch::Agents);
        }
        if !run_in_range(&run.run) {
            return Err(BadBatch::Position);
        }
        if run.seq.checked_add(run.run.len).is_none_or(|end| end > MAX_EVENTS) {
            return Err(BadBatch::Sequence);
        }
        let parents_fit = match &run.parents {
            ForeignParents::Previous => self.events > 0,
            ForeignParents::Of(parents) => {
                let one_fits = |parent: &ForeignParent| match *parent {
                    ForeignParent::Here(event) => event < self.events,
                    ForeignParent::There(agent, seq) => known_agent(agent) && seq < MAX_EVENTS,
                };
                let twice = parents.iter().enumerate().any(|(i, parent)| parents[..i].contains(parent));
                parents.len() <= MAX_PARENTS && !twice && parents.iter().all(one_fits)
            }
        };
        if !parents_fit {
            return Err(BadBatch::Parents);
        }
        let chars = if run.run.kind == RunKind::Insert { run.run.len as usize } else { 0 };
        if text.len() != run.run.bytes as usize || text.chars().count() != chars {
            return Err(BadBatch::Text);
        }
        let events = u64::from(self.events) + u64::from(run.run.len);
        let bytes = (self.text.len() + text.len()) as u64;
        let parents = self.parents + run.parents.listed();
        if events > CHUNK_EVENTS
            || bytes > DOCUMENT_BYTES
            || self.runs.len() as u64 >= CHUNK_RUNS
            || u64::from(parents) > CHUNK_PARENTS
        {
            return Err(BadBatch::TooLarge);
        }
        self.events = events as u32;
        self.parents = parents;
        self.text.push_str(text);
        self.runs.push(run);
        Ok(())
    }

    /// Says that `FORGOTTEN` in the text stands for characters that were forgotten; `false` if there is none.
    pub(crate) fn set_forgets(&mut self) -> bool {
        self.forgets = self.text.contains(FORGOTTEN);
        self.forgets
    }

    /// Whether some of the text is forgotten.
    pub(crate) fn forgets(&self) -> bool {
        self.forgets
    }

    /// Bytes of inserted text.
    pub(crate) fn text_bytes(&self) -> u64 {
        self.text.len() as u64
    }

    pub(crate) fn agents(&self) -> &[AgentId] {
        &self.agents
    }

    pub(crate) fn events(&self) -> u32 {
        self.events
    }

    /// The runs with their inserted texts.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&ForeignRun, &str)> {
        let mut from = 0;
        self.runs.iter().map(move |run| {
            let text = self.text.get(from..from + run.run.bytes as usize).unwrap_or_default();
            from += run.run.bytes as usize;
            (run, text)
        })
    }

    fn id(&self, agent: u32, seq: u32) -> Option<EventId> {
        Some(EventId { agent: *self.agents.get(agent as usize)?, seq })
    }

    /// Agent, first sequence number and length of each run, ascending.
    fn sorted_ids(&self) -> Vec<(u32, u32, u32)> {
        let mut ids: Vec<_> = self.runs.iter().map(|run| (run.agent, run.seq, run.run.len)).collect();
        ids.sort_unstable();
        ids
    }

    /// An id that more than one event has.
    pub(crate) fn repeated_id(&self) -> Option<EventId> {
        let ids = self.sorted_ids();
        let follows_in =
            |pair: &&[(u32, u32, u32)]| pair[0].0 == pair[1].0 && pair[1].1 < pair[0].1 + pair[0].2;
        let twice = ids.windows(2).find(follows_in)?;
        self.id(twice[1].0, twice[1].1)
    }

    /// Whether no event of the batch is named as one outside of it.
    pub(crate) fn names_own_events_by_number(&self) -> bool {
        let mut listed = self.runs.iter().filter_map(|run| match &run.parents {
            ForeignParents::Previous => None,
            ForeignParents::Of(parents) => Some(parents.iter()),
        });
        let ids = self.sorted_ids();
        let is_outside = |parent: &ForeignParent| match *parent {
            ForeignParent::Here(_) => true,
            ForeignParent::There(agent, seq) => {
                let at_or_before = ids[..ids.partition_point(|id| (id.0, id.1) <= (agent, seq))].last();
                at_or_before.is_none_or(|(found, first, len)| *found != agent || seq - first >= *len)
            }
        };
        listed.all(|mut parents| parents.all(is_outside))
    }
}

/// Events of a batch that have consecutive local numbers: number in the batch, count, first local number.
type Placed = (u32, u32, Lv);

/// The local number of an event of the batch.
fn place(placed: &[Placed], event: u32) -> Option<Lv> {
    let &(first, len, lv) = placed[..placed.partition_point(|(first, ..)| *first <= event)].last()?;
    (event - first < len).then_some(lv + (event - first))
}

/// Part of a batch's run that is known, or new, as a whole, as it stands or will stand in the log.
struct Part<'a> {
    /// Number of the first event in the batch.
    event: u32,
    lv: Lv,
    /// Number of its agent in the batch.
    agent: u32,
    seq: u32,
    /// Of the first event, ascending.
    parents: SmallVec<[Lv; 2]>,
    run: Run,
    text: &'a str,
}

impl Log {
    #[cfg(test)]
    /// Adds the events of a batch that are new; gives them. Those that are known are compared with what is held.
    ///
    /// The caller then walks the new events and rolls back if that fails. O(runs · log + bytes).
    pub(crate) fn append_foreign(&mut self, batch: &Batch) -> Result<Range<Lv>, ForeignError> {
        self.append_foreign_and(batch, |_, _| ())
    }

    /// [`Log::append_foreign`], which tells `added` of every run of new events: the first one, and their numbers in the
    /// batch.
    pub(crate) fn append_foreign_and(
        &mut self,
        batch: &Batch,
        mut added: impl FnMut(Lv, Range<u32>),
    ) -> Result<Range<Lv>, ForeignError> {
        if !self.knows_all_ids {
            return Err(NotLoaded { lv: 0 }.into());
        }
        self.check_room(batch.events, batch.text.len()).map_err(|_| ForeignError::Full)?;
        if let Some(id) = batch.repeated_id() {
            return Err(ForeignError::Repeated(id));
        }
        let first_new = self.end;
        let parts = self.place_parts(batch)?;
        for known in parts.iter().filter(|part| part.lv < first_new) {
            if !self.holds(known, batch.forgets)? {
                return Err(batch
                    .id(known.agent, known.seq)
                    .map_or(ForeignError::Parents, ForeignError::Conflict));
            }
        }
        self.forgets |= batch.forgets;
        let mut numbers: Vec<Option<u32>> = vec![None; batch.agents.len()];
        for new in parts.into_iter().filter(|part| part.lv >= first_new) {
            debug_assert_eq!(new.lv, self.end);
            let (number, agent) = (&mut numbers[new.agent as usize], batch.agents[new.agent as usize]);
            let number = *number.get_or_insert_with(|| self.ids.number_or_new(agent));
            self.push(number, new.seq, &new.parents, new.run, new.text);
            added(new.lv, new.event..new.event + new.run.len);
        }
        Ok(first_new..self.end)
    }

    /// Finds the events of a batch in the log, and gives those that are not there the next numbers.
    fn place_parts<'a>(&self, batch: &'a Batch) -> Result<Vec<Part<'a>>, ForeignError> {
        let mut parts: Vec<Part<'a>> = Vec::with_capacity(batch.runs.len());
        let mut placed: Vec<Placed> = Vec::new();
        let (mut event, mut next_new) = (0, self.end);
        let numbers: Vec<Option<u32>> = batch.agents.iter().map(|agent| self.ids.number(agent)).collect();
        for (run, mut text) in batch.runs() {
            let (agent, mut seq) = (numbers[run.agent as usize], run.seq);
            let mut parents = self.map_parents(batch, &placed, event, run)?;
            let (number, mut rest) = (run.agent, run.run);
            while rest.len > 0 {
                let known = agent.and_then(|agent| self.ids.lv_of(agent, seq));
                let (lv, len) = known.unwrap_or_else(|| {
                    let next_known = agent.and_then(|agent| self.ids.next_known(agent, seq));
                    (next_new, next_known.map_or(rest.len, |next| next - seq))
                });
                let len = len.min(rest.len);
                if known.is_none() {
                    next_new += len;
                }
                let bytes = match rest.kind {
                    RunKind::Insert if len < rest.len => {
                        text.char_indices().nth(len as usize).map_or(text.len(), |(byte, _)| byte)
                    }
                    RunKind::Insert | RunKind::Delete | RunKind::DeleteBack => text.len(),
                };
                let (of_part, of_rest) = text.split_at(bytes);
                let run = Run { len, bytes: bytes as u32, ..rest };
                parts.push(Part { event, lv, agent: number, seq, parents, run, text: of_part });
                match placed.last_mut() {
                    Some((first, n, at)) if *first + *n == event && *at + *n == lv => *n += len,
                    _ => placed.push((event, len, lv)),
                }
                event += len;
                seq += len;
                parents = SmallVec::from_slice(&[lv + (len - 1)]);
                text = of_rest;
                rest.len -= len;
                rest.bytes -= bytes as u32;
                match rest.kind {
                    RunKind::Insert => rest.at += len,
                    RunKind::Delete => {}
                    RunKind::DeleteBack => rest.at = rest.at.saturating_sub(len),
                }
            }
        }
        Ok(parts)
    }

    fn map_parents(
        &self,
        batch: &Batch,
        placed: &[Placed],
        event: u32,
        run: &ForeignRun,
    ) -> Result<SmallVec<[Lv; 2]>, ForeignError> {
        let previous = [ForeignParent::Here(event.wrapping_sub(1))];
        let listed = match &run.parents {
            ForeignParents::Previous => previous.as_slice(),
            ForeignParents::Of(parents) => parents,
        };
        let mut mapped: SmallVec<[Lv; 2]> = SmallVec::new();
        for parent in listed {
            mapped.push(match *parent {
                ForeignParent::Here(event) => place(placed, event).ok_or(ForeignError::Parents)?,
                ForeignParent::There(agent, seq) => {
                    self.lv(batch.id(agent, seq).ok_or(ForeignError::Parents)?)?
                }
            });
        }
        mapped.sort_unstable();
        let distinct = mapped.windows(2).all(|pair| pair[0] < pair[1]);
        if distinct { Ok(mapped) } else { Err(ForeignError::Parents) }
    }

    /// Whether the events from `part.lv` on are stored with the content of `part`. What either has forgotten is not compared.
    fn holds(&self, part: &Part<'_>, forgets: bool) -> Result<bool, NotLoaded> {
        let range = part.lv..part.lv + part.run.len;
        let node = self.node(range.start)?;
        if self.parents(range.start)? != part.parents || node.end < range.end {
            return Ok(false);
        }
        let (mut at, mut text) = (part.run.at, part.text);
        for (op, stored) in self.ops(range) {
            // A single deletion has no direction.
            let same_kind = op.kind == part.run.kind
                || (op.len == 1 && op.kind != RunKind::Insert && part.run.kind != RunKind::Insert);
            let rest = match self.forgets || forgets {
                false => text.strip_prefix(stored),
                true => rest_after(text, stored, (forgets, self.forgets)),
            };
            let Some(rest) = rest.filter(|_| same_kind && op.at == at) else { return Ok(false) };
            text = rest;
            match part.run.kind {
                RunKind::Insert => at += op.len,
                RunKind::Delete => {}
                RunKind::DeleteBack => at = at.saturating_sub(op.len),
            }
        }
        Ok(text.is_empty())
    }

    /// Events given as ascending ranges, for others. Parents outside of the ranges are named by their ids.
    pub(crate) fn batch(&self, set: &[Range<Lv>]) -> Result<Batch, NotLoaded> {
        let mut batch = Batch::default();
        let mut numbers = std::collections::BTreeMap::new();
        let mut placed: Vec<Placed> = Vec::new();
        for range in set {
            if !range.is_empty() {
                self.node(range.start)?;
            }
            for node in self.nodes_in(range) {
                let (mut from, to) = (node.start.max(range.start), node.end.min(range.end));
                while from < to {
                    let ids = self.ids.run_at(from).ok_or(NotLoaded { lv: from })?;
                    let end = to.min(from + ids.len);
                    let mut number = |agent| {
                        *numbers.entry(agent).or_insert_with(|| {
                            batch.agents.push(agent);
                            batch.agents.len() as u32 - 1
                        })
                    };
                    let agent = number(self.ids.agent(ids.agent));
                    let is_previous =
                        |parent: Lv| batch.events > 0 && place(&placed, batch.events - 1) == Some(parent);
                    let listed = self.parents(from)?;
                    let mut parents = if listed.len() == 1 && is_previous(listed[0]) {
                        ForeignParents::Previous
                    } else {
                        let mut mapped = SmallVec::new();
                        for parent in listed {
                            mapped.push(
                                match placed.partition_point(|(_, _, lv)| *lv <= parent).checked_sub(1) {
                                    Some(i) if parent < placed[i].2 + placed[i].1 => {
                                        ForeignParent::Here(placed[i].0 + (parent - placed[i].2))
                                    }
                                    _ => {
                                        let id = self.id(parent)?;
                                        ForeignParent::There(number(id.agent), id.seq)
                                    }
                                },
                            );
                        }
                        ForeignParents::Of(mapped)
                    };
                    let first = batch.events;
                    for (op, text) in self.ops(from..end) {
                        let run = Run { kind: op.kind, at: op.at, len: op.len, bytes: text.len() as u32 };
                        let seq = ids.seq + (op.lv - from);
                        batch.parents += parents.listed();
                        batch.runs.push(ForeignRun { agent, seq, parents, run });
                        batch.text.push_str(text);
                        batch.events += op.len;
                        parents = ForeignParents::Previous;
                    }
                    placed.push((first, end - from, from));
                    from = end;
                }
            }
        }
        if self.forgets {
            batch.set_forgets();
        }
        Ok(batch)
    }
}

/// What follows in `text` behind as many characters as `stored` has, if they are the same or one side has forgotten them;
/// `forgets` says of each side whether it has forgotten any.
fn rest_after<'a>(text: &'a str, stored: &str, forgets: (bool, bool)) -> Option<&'a str> {
    let mut chars = text.chars();
    for stored in stored.chars() {
        let char = chars.next()?;
        let forgotten = (forgets.0 && char == FORGOTTEN) || (forgets.1 && stored == FORGOTTEN);
        if char != stored && !forgotten {
            return None;
        }
    }
    Some(chars.as_str())
}
