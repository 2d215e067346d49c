//! A chunk to bytes.

use writemagic_shared::codec::{RunWriter, put_deltas, put_varint, zigzag};

use super::columns::Columns;
use super::{Chunk, FORGETTING, FORMAT, LONG_RUN, MAGIC};
use crate::graph::burst::{Run, RunKind};
use crate::graph::log::{ForeignParent, ForeignParents, ForeignRun};

/// The bytes of a chunk.
///
/// Readers take what is within the limits of chunks: of a long history, write 131,072 events at a time. A chunk that was
/// decoded gives the same bytes again.
pub(crate) fn encode(chunk: &Chunk) -> Vec<u8> {
    let mut columns = Columns::<Vec<u8>>::default();
    for agent in chunk.batch.agents() {
        columns.agents.extend_from_slice(agent.as_bytes());
    }
    for origin in &chunk.origins {
        put_varint(&mut columns.origins, origin.kind as u64);
        for bytes in [origin.name.as_bytes(), &origin.run] {
            put_varint(&mut columns.origins, bytes.len() as u64);
            columns.origins.extend_from_slice(bytes);
        }
    }
    let mut encoder = Encoder::new(&mut columns, chunk.batch.agents().len());
    for (run, text) in chunk.batch.runs() {
        encoder.put(run, text);
    }
    encoder.end_stretch();
    put_provenance(&mut columns, chunk);

    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(MAGIC);
    out.push(if chunk.batch.forgets() { FORGETTING } else { FORMAT });
    put_varint(&mut out, chunk.batch.events().into());
    columns.put(&mut out);
    let checksum = crc32c::crc32c(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out
}

/// Entries of one origin in the same second are one.
fn put_provenance(columns: &mut Columns<Vec<u8>>, chunk: &Chunk) {
    let mut entries: Vec<(u32, u32, i64)> = Vec::new();
    for entry in &chunk.provenance {
        let second = entry.at.div_euclid(1000);
        match entries.last_mut() {
            Some((events, origin, at)) if *origin == entry.origin && *at == second => *events += entry.events,
            _ => entries.push((entry.events, entry.origin, second)),
        }
    }
    let mut origins = RunWriter::new(&mut columns.entry_origins);
    for (events, origin, _) in &entries {
        put_varint(&mut columns.entries, (*events).into());
        origins.push((*origin).into(), 1);
    }
    origins.finish();
    put_deltas(&mut columns.entry_times, entries.iter().map(|(.., second)| *second));
}

/// What is known of an agent behind the events so far.
#[derive(Clone, Copy, Default)]
struct Agent {
    /// Its next sequence number, if it goes on.
    expected: u32,
    caret: i64,
    /// Its last event in the chunk.
    last: Option<u32>,
}

struct Encoder<'a> {
    columns: &'a mut Columns<Vec<u8>>,
    agents: Vec<Agent>,
    /// First event, agent and first sequence number of each stretch.
    stretches: Vec<(u32, u32, u32)>,
    events: u32,
}

impl<'a> Encoder<'a> {
    fn new(columns: &'a mut Columns<Vec<u8>>, agents: usize) -> Self {
        Self { columns, agents: vec![Agent::default(); agents], stretches: Vec::new(), events: 0 }
    }

    fn put(&mut self, run: &ForeignRun, text: &str) {
        let goes_on = self.stretches.last().is_some_and(|(_, agent, _)| *agent == run.agent)
            && self.follows_previous(&run.parents)
            && run.seq == self.agents[run.agent as usize].expected;
        if !goes_on {
            self.end_stretch();
            self.begin_stretch(run);
        }
        self.put_run(run.agent, &run.run);
        self.columns.text.extend_from_slice(text.as_bytes());
        self.events += run.run.len;
        let agent = &mut self.agents[run.agent as usize];
        agent.expected = run.seq + run.run.len;
        agent.last = Some(self.events - 1);
    }

    /// Whether these parents are the event before alone, however they are named.
    fn follows_previous(&self, parents: &ForeignParents) -> bool {
        match parents {
            ForeignParents::Previous => true,
            ForeignParents::Of(parents) => {
                matches!(parents.as_slice(), [ForeignParent::Here(event)] if event + 1 == self.events)
            }
        }
    }

    fn end_stretch(&mut self) {
        if let Some((first, ..)) = self.stretches.last() {
            put_varint(&mut self.columns.lengths, (self.events - first).into());
        }
    }

    fn begin_stretch(&mut self, run: &ForeignRun) {
        let agent = self.agents[run.agent as usize];
        let shape = match &run.parents {
            ForeignParents::Of(parents) if !self.follows_previous(&run.parents) => {
                let own = agent.last.map(ForeignParent::Here).filter(|own| parents.contains(own));
                for parent in parents.iter().filter(|parent| own.as_ref() != Some(parent)) {
                    self.put_parent(*parent);
                }
                match own {
                    Some(_) => 1 + 2 * (parents.len() as u64 - 1),
                    None => 2 + 2 * parents.len() as u64,
                }
            }
            _ => 0,
        };
        put_varint(&mut self.columns.writers, run.agent.into());
        let jumps = run.seq != agent.expected;
        put_varint(&mut self.columns.shapes, shape << 1 | u64::from(jumps));
        if jumps {
            put_varint(&mut self.columns.jumps, zigzag(i64::from(run.seq) - i64::from(agent.expected)));
        }
        self.stretches.push((self.events, run.agent, run.seq));
    }

    fn put_parent(&mut self, parent: ForeignParent) {
        let (agent, seq) = match parent {
            ForeignParent::There(agent, seq) => (agent, seq),
            ForeignParent::Here(event) => {
                let behind = self.stretches.partition_point(|(first, ..)| *first <= event);
                let (first, agent, seq) = self.stretches[behind.saturating_sub(1)];
                (agent, seq + (event - first))
            }
        };
        let expected = i64::from(self.agents[agent as usize].expected);
        put_varint(&mut self.columns.parent_agents, agent.into());
        put_varint(&mut self.columns.parent_events, zigzag(expected - 1 - i64::from(seq)));
    }

    fn put_run(&mut self, agent: u32, run: &Run) {
        let (before, after) = run.carets();
        let caret = std::mem::replace(&mut self.agents[agent as usize].caret, after);
        let kind = match run.kind {
            RunKind::Insert => 0,
            RunKind::Delete => 1,
            RunKind::DeleteBack => 2,
        };
        let short = run.len.min(LONG_RUN);
        self.columns.runs.push(((kind * 2 + u32::from(before != caret)) * LONG_RUN + short - 1) as u8);
        if short == LONG_RUN {
            put_varint(&mut self.columns.long_runs, (run.len - LONG_RUN).into());
        }
        if before != caret {
            put_varint(&mut self.columns.carets, zigzag(before - caret));
        }
    }
}
