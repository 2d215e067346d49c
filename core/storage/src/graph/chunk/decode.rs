//! Bytes to a chunk. Trusts nothing: every list is read by consuming bytes, every number is bounded before it counts.

use std::collections::BTreeMap;

use smallvec::SmallVec;
use writemagic_shared::codec::{Deltas, Reader, Runs, unzigzag};
use writemagic_shared::id::AgentId;
use writemagic_shared::limits::{
    CHUNK_EVENTS, CHUNK_PROVENANCE, CHUNK_RUNS, ORIGIN_NAME_BYTES, ORIGIN_RUN_BYTES,
};

use super::columns::Columns;
use super::{BadChunk, CHECKSUM, Chunk, FORGETTING, FORMAT, LONG_RUN, MAGIC, Provenance};
use crate::graph::burst::{Run, RunKind};
use crate::graph::log::{Batch, ForeignParent, ForeignParents, ForeignRun};
use crate::graph::origin::{Origin, OriginKind};
use crate::graph::version::{MAX_EVENTS, MAX_PARENTS};

/// The most seconds whose milliseconds are a number.
const MAX_SECONDS: i64 = i64::MAX / 1000;

/// The chunk that bytes stand for. Its form is sound: rules 1 to 6 of validation, and no event twice. Whether it fits a log
/// is the log's question, whether its positions fit a text the walk's that must follow.
///
/// Takes time and memory in proportion to the bytes, unpacked, of which there are at most [`CHUNK_BYTES`].
///
/// [`CHUNK_BYTES`]: writemagic_shared::limits::CHUNK_BYTES
pub(crate) fn decode(bytes: &[u8]) -> Result<Chunk, BadChunk> {
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(BadChunk::Magic)?;
    let [a, b, c, format, rest @ ..] = body else { return Err(BadChunk::Magic) };
    if [*a, *b, *c] != *MAGIC {
        return Err(BadChunk::Magic);
    }
    if crc32c::crc32c(body) != u32::from_le_bytes(*checksum) {
        return Err(BadChunk::Checksum);
    }
    if *format != FORMAT && *format != FORGETTING {
        return Err(BadChunk::Format);
    }
    let mut reader = Reader::new(rest);
    let events = reader.varint_up_to(CHUNK_EVENTS)? as u32;
    let columns = Columns::read(&mut reader)?;
    if !reader.is_empty() {
        return Err(BadChunk::Count);
    }
    let text = std::str::from_utf8(&columns.text).map_err(|_| BadChunk::Text)?;
    let (agents, odd) = columns.agents.as_chunks::<16>();
    if !odd.is_empty() {
        return Err(BadChunk::Count);
    }
    let mut batch = Batch::new(agents.iter().map(|agent| AgentId::from_bytes(*agent)).collect())?;
    batch.reserve(columns.runs.len().min(CHUNK_RUNS as usize), text.len());
    let mut decoder = Decoder::new(&columns, batch, text);
    while !decoder.writers.is_empty() {
        decoder.stretch()?;
    }
    let mut batch = decoder.finish()?;
    if batch.events() != events {
        return Err(BadChunk::Count);
    }
    if *format == FORGETTING && !batch.set_forgets() {
        return Err(BadChunk::Text);
    }
    let origins = read_origins(Reader::new(&columns.origins))?;
    let provenance = read_provenance(&columns, origins.len())?;
    Chunk::new(batch, origins, provenance)
}

fn read_origins(mut reader: Reader<'_>) -> Result<Vec<Origin>, BadChunk> {
    let mut origins = Vec::new();
    while !reader.is_empty() {
        let kind = OriginKind::from_number(reader.varint()?).ok_or(BadChunk::Origins)?;
        let length = reader.varint_up_to(ORIGIN_NAME_BYTES)?;
        let name = std::str::from_utf8(reader.bytes(length)?).map_err(|_| BadChunk::Origins)?.to_owned();
        let length = reader.varint_up_to(ORIGIN_RUN_BYTES)?;
        let run = reader.bytes(length)?.to_vec();
        if origins.len() as u64 == CHUNK_PROVENANCE {
            return Err(BadChunk::Origins);
        }
        origins.push(Origin { kind, name, run });
    }
    Ok(origins)
}

fn read_provenance(columns: &Columns<Vec<u8>>, origins: usize) -> Result<Vec<Provenance>, BadChunk> {
    let mut counts = Reader::new(&columns.entries);
    let mut provenance: Vec<Provenance> = Vec::new();
    for second in Deltas::new(&columns.entry_times, -MAX_SECONDS..=MAX_SECONDS) {
        let events = counts.varint_up_to(CHUNK_EVENTS)? as u32;
        if provenance.len() as u64 == CHUNK_PROVENANCE {
            return Err(BadChunk::Provenance);
        }
        provenance.push(Provenance { events, origin: 0, at: second? * 1000 });
    }
    if !counts.is_empty() {
        return Err(BadChunk::Count);
    }
    let mut entries = provenance.iter_mut();
    for run in Runs::new(&columns.entry_origins, entries.len() as u64) {
        let run = run?;
        let origin = u32::try_from(run.value).ok().filter(|origin| (*origin as usize) < origins);
        let origin = origin.ok_or(BadChunk::Provenance)?;
        entries.by_ref().take(run.length as usize).for_each(|entry| entry.origin = origin);
    }
    Ok(provenance)
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

/// Reads the columns of events, in step.
struct Decoder<'a> {
    writers: Reader<'a>,
    lengths: Reader<'a>,
    shapes: Reader<'a>,
    jumps: Reader<'a>,
    parent_agents: Reader<'a>,
    parent_events: Reader<'a>,
    runs: Reader<'a>,
    long_runs: Reader<'a>,
    carets: Reader<'a>,
    text: &'a str,
    agents: Vec<Agent>,
    /// Agent and first sequence number of each stretch: its length and its first event.
    stretches: BTreeMap<(u32, u32), (u32, u32)>,
    batch: Batch,
}

impl<'a> Decoder<'a> {
    fn new(columns: &'a Columns<Vec<u8>>, batch: Batch, text: &'a str) -> Self {
        Self {
            writers: Reader::new(&columns.writers),
            lengths: Reader::new(&columns.lengths),
            shapes: Reader::new(&columns.shapes),
            jumps: Reader::new(&columns.jumps),
            parent_agents: Reader::new(&columns.parent_agents),
            parent_events: Reader::new(&columns.parent_events),
            runs: Reader::new(&columns.runs),
            long_runs: Reader::new(&columns.long_runs),
            carets: Reader::new(&columns.carets),
            text,
            agents: vec![Agent::default(); batch.agents().len()],
            stretches: BTreeMap::new(),
            batch,
        }
    }

    /// The batch, if nothing is left over.
    fn finish(self) -> Result<Batch, BadChunk> {
        let columns = [
            self.writers,
            self.lengths,
            self.shapes,
            self.jumps,
            self.parent_agents,
            self.parent_events,
            self.runs,
            self.long_runs,
            self.carets,
        ];
        if columns.iter().all(Reader::is_empty) && self.text.is_empty() {
            Ok(self.batch)
        } else {
            Err(BadChunk::Count)
        }
    }

    fn stretch(&mut self) -> Result<(), BadChunk> {
        let first = self.batch.events();
        let number = self.writers.varint()?;
        let agent = usize::try_from(number).ok().and_then(|number| self.agents.get(number)).copied();
        let (number, agent) = (number as u32, agent.ok_or(BadChunk::Ids)?);
        let length = self.lengths.varint_up_to(CHUNK_EVENTS)? as u32;
        if length == 0 {
            return Err(BadChunk::Count);
        }
        let shape = self.shapes.varint_up_to((2 + 2 * MAX_PARENTS as u64) << 1 | 1)?;
        let jump = if shape & 1 == 1 { unzigzag(self.jumps.varint()?) } else { 0 };
        let seq = sequence(i64::from(agent.expected).checked_add(jump))?;
        let mut parents = self.parents(shape >> 1, &agent)?;
        let mut left = length;
        let mut next = seq;
        while left > 0 {
            let (run, text) = self.run(number, left)?;
            let parents = std::mem::replace(&mut parents, ForeignParents::Previous);
            self.batch.push(ForeignRun { agent: number, seq: next, parents, run }, text)?;
            left -= run.len;
            next += run.len; // the batch has checked it
        }
        self.stretches.insert((number, seq), (length, first));
        let agent = &mut self.agents[number as usize];
        (agent.expected, agent.last) = (next, Some(self.batch.events() - 1));
        Ok(())
    }

    fn parents(&mut self, shape: u64, agent: &Agent) -> Result<ForeignParents, BadChunk> {
        if shape == 0 {
            return Ok(ForeignParents::Previous);
        }
        let mut parents: SmallVec<[ForeignParent; 2]> = SmallVec::new();
        if shape % 2 == 1 {
            parents.push(ForeignParent::Here(agent.last.ok_or(BadChunk::Ids)?));
        }
        for _ in 0..(shape - 1) / 2 {
            let number = self.parent_agents.varint()?;
            let of = usize::try_from(number).ok().and_then(|number| self.agents.get(number));
            let newest = i64::from(of.ok_or(BadChunk::Ids)?.expected) - 1;
            let seq = sequence(newest.checked_sub(unzigzag(self.parent_events.varint()?)))?;
            parents.push(self.find(number as u32, seq));
        }
        Ok(ForeignParents::Of(parents))
    }

    /// The event of an agent, in the chunk if it stands there already.
    fn find(&self, agent: u32, seq: u32) -> ForeignParent {
        let at_or_before = self.stretches.range(..=(agent, seq)).next_back();
        match at_or_before {
            Some(((found, first), (length, event))) if *found == agent && seq - first < *length => {
                ForeignParent::Here(event + (seq - first))
            }
            _ => ForeignParent::There(agent, seq),
        }
    }

    /// The agent's next run, of at most `most` events.
    fn run(&mut self, agent: u32, most: u32) -> Result<(Run, &'a str), BadChunk> {
        let &[token] = self.runs.bytes(1)? else { return Err(BadChunk::Run) };
        let (class, short) = (u32::from(token) / LONG_RUN, u32::from(token) % LONG_RUN + 1);
        let kind = match class / 2 {
            0 => RunKind::Insert,
            1 => RunKind::Delete,
            2 => RunKind::DeleteBack,
            _ => return Err(BadChunk::Run),
        };
        let rest = if short == LONG_RUN { self.long_runs.varint_up_to(CHUNK_EVENTS)? as u32 } else { 0 };
        let len = short + rest;
        if len > most {
            return Err(BadChunk::Count);
        }
        let moved = if class % 2 == 1 { unzigzag(self.carets.varint()?) } else { 0 };
        let caret = &mut self.agents[agent as usize].caret;
        let before = caret.checked_add(moved).ok_or(BadChunk::Run)?;
        let at = before.checked_sub(i64::from(kind == RunKind::DeleteBack));
        let at = at.and_then(|at| u32::try_from(at).ok()).ok_or(BadChunk::Run)?;
        let mut run = Run { kind, at, len, bytes: 0 };
        *caret = run.carets().1;
        let mut text = "";
        if kind == RunKind::Insert {
            (text, self.text) = split_chars(self.text, len).ok_or(BadChunk::Text)?;
            run.bytes = text.len() as u32;
        }
        Ok((run, text))
    }
}

fn sequence(seq: Option<i64>) -> Result<u32, BadChunk> {
    seq.and_then(|seq| u32::try_from(seq).ok()).filter(|seq| *seq < MAX_EVENTS).ok_or(BadChunk::Ids)
}

/// The first `chars` characters of a text, and the rest. `None` if it has fewer.
fn split_chars(text: &str, chars: u32) -> Option<(&str, &str)> {
    let ascii = text.as_bytes().get(..chars as usize).is_some_and(<[u8]>::is_ascii);
    if ascii {
        return text.split_at_checked(chars as usize);
    }
    let mut starts = text.char_indices();
    starts.nth(chars.checked_sub(1)? as usize)?;
    text.split_at_checked(starts.offset())
}
