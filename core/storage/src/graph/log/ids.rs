//! Who wrote which event: agents, and runs of events by one agent.

use std::collections::BTreeMap;

use writemagic_shared::id::AgentId;

use crate::graph::version::{EventId, Lv};

/// Events of one agent that follow each other in number, both local and its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IdRun {
    pub(crate) lv: Lv,
    pub(crate) len: u32,
    /// The agent's number in this log.
    pub(super) agent: u32,
    /// Its sequence number of the first event.
    pub(crate) seq: u32,
}

/// Both directions between [`Lv`] and [`EventId`]. Lookups are binary searches.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    agents: Vec<AgentId>,
    numbers: BTreeMap<AgentId, u32>,
    /// Ascending, disjoint.
    runs: Vec<IdRun>,
    /// Agent and first sequence number of each run: its index.
    by_seq: BTreeMap<(u32, u32), u32>,
}

impl Ids {
    /// The agent's number here, if it has one.
    pub(super) fn number(&self, agent: &AgentId) -> Option<u32> {
        self.numbers.get(agent).copied()
    }

    /// The agent's number here; a new one if it is new.
    pub(super) fn number_or_new(&mut self, agent: AgentId) -> u32 {
        *self.numbers.entry(agent).or_insert_with(|| {
            self.agents.push(agent);
            self.agents.len() as u32 - 1
        })
    }

    pub(super) fn agent(&self, number: u32) -> AgentId {
        self.agents[number as usize]
    }

    /// How many agents there are.
    pub(super) fn agents(&self) -> usize {
        self.agents.len()
    }

    /// Memory in use, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        let maps = self.numbers.len() * 24 + self.by_seq.len() * 16;
        self.agents.capacity() * size_of::<AgentId>() + self.runs.capacity() * size_of::<IdRun>() + maps
    }

    /// Appends events that are not known yet; `lv` is above every other.
    pub(super) fn push(&mut self, lv: Lv, agent: u32, seq: u32, len: u32) {
        if let Some(last) = self.runs.last_mut()
            && last.agent == agent
            && last.lv + last.len == lv
            && last.seq + last.len == seq
        {
            last.len += len;
            return;
        }
        self.by_seq.insert((agent, seq), self.runs.len() as u32);
        self.runs.push(IdRun { lv, len, agent, seq });
    }

    /// The run from event `lv` on, if its id is known.
    pub(super) fn run_at(&self, lv: Lv) -> Option<IdRun> {
        let run = self.runs[..self.runs.partition_point(|run| run.lv <= lv)].last()?;
        let skip = lv - run.lv;
        (skip < run.len).then(|| IdRun { lv, len: run.len - skip, seq: run.seq + skip, ..*run })
    }

    pub(super) fn id(&self, lv: Lv) -> Option<EventId> {
        let run = self.run_at(lv)?;
        Some(EventId { agent: self.agent(run.agent), seq: run.seq })
    }

    /// The event with this id, and how many of the agent's next ones follow it in both numbers.
    pub(super) fn lv_of(&self, agent: u32, seq: u32) -> Option<(Lv, u32)> {
        let (_, index) = self.by_seq.range(..=(agent, seq)).next_back()?;
        let run = self.runs.get(*index as usize).filter(|run| run.agent == agent)?;
        let skip = seq.checked_sub(run.seq).filter(|skip| *skip < run.len)?;
        Some((run.lv + skip, run.len - skip))
    }

    /// The agent's first known sequence number above `seq`.
    pub(super) fn next_known(&self, agent: u32, seq: u32) -> Option<u32> {
        let after = (agent, seq.checked_add(1)?);
        self.by_seq.range(after..=(agent, u32::MAX)).next().map(|((_, seq), _)| *seq)
    }

    #[cfg(test)]
    /// One above the agent's highest known sequence number.
    pub(super) fn next_seq(&self, agent: u32) -> u32 {
        let last = self.by_seq.range((agent, 0)..=(agent, u32::MAX)).next_back();
        let last = last.and_then(|(_, index)| self.runs.get(*index as usize));
        last.map_or(0, |run| run.seq + run.len)
    }

    /// The runs from event `from` on, the first one whole.
    pub(super) fn runs_from(&self, from: Lv) -> &[IdRun] {
        &self.runs[self.runs.partition_point(|run| run.lv + run.len <= from)..]
    }

    /// Drops the events from `end` on and all but the first `agents` agents.
    pub(super) fn truncate(&mut self, end: Lv, agents: usize) {
        while let Some(last) = self.runs.last_mut() {
            if last.lv + last.len <= end {
                break;
            }
            if last.lv < end {
                last.len = end - last.lv;
                break;
            }
            self.by_seq.remove(&(last.agent, last.seq));
            self.runs.pop();
        }
        for agent in self.agents.drain(agents.min(self.agents.len())..) {
            self.numbers.remove(&agent);
        }
    }
}
