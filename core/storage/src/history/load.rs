//! Reading a document's events back: chunks and journal rows, every one checked before it is believed.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use smallvec::SmallVec;
use writemagic_shared::codec::{Reader, put_varint};
use writemagic_shared::id::AgentId;

use super::kept::KeptHistory;
use crate::error::{Error, Result};
use crate::graph::{
    self, EventId, Frontier, History, Log, Lv, MergeError, NotLoaded, Origin, Version, chunk,
};
use crate::journal::{End, Fields, Heads, agent_id, parse_heads};
use crate::schema::{journal_key, journal_lv};

/// Events of one agent as a chunk's row lists them: agent number, first sequence number, how many.
pub(crate) type IdRun = (i64, u32, u32);

/// Runs of ids as stored: (agent number, first sequence number, events), all varints.
pub(crate) fn ids_bytes(ids: &[IdRun]) -> Vec<u8> {
    let mut out = Vec::new();
    for (agent, seq, events) in ids {
        put_varint(&mut out, agent.unsigned_abs());
        put_varint(&mut out, u64::from(*seq));
        put_varint(&mut out, u64::from(*events));
    }
    out
}

/// The runs of [`ids_bytes`]; `None` if the bytes are not such.
pub(crate) fn parse_ids(bytes: &[u8]) -> Option<Vec<IdRun>> {
    let mut reader = Reader::new(bytes);
    let mut ids = Vec::new();
    while !reader.is_empty() {
        let agent = i64::try_from(reader.varint().ok()?).ok()?;
        let seq = u32::try_from(reader.varint().ok()?).ok()?;
        let events = u32::try_from(reader.varint().ok()?).ok().filter(|events| *events > 0)?;
        seq.checked_add(events)?;
        ids.push((agent, seq, events));
    }
    Some(ids)
}

/// A row of `chunks` without its bytes.
#[derive(Debug)]
pub(super) struct ChunkRow {
    pub(super) lv: Lv,
    pub(super) events: u32,
    pub(super) chain: u32,
    pub(super) crc: u32,
    pub(super) heads: Vec<u8>,
    pub(super) ids: Vec<u8>,
}

impl ChunkRow {
    /// The checksum of the row with these bytes.
    pub(super) fn checksum(&self, document: i64, bytes: &[u8]) -> u32 {
        let fields = [document, self.lv.into(), self.events.into(), self.chain.into()];
        let crc = graph::chain(0, &fields, &self.heads);
        crc32c::crc32c_append(crc32c::crc32c_append(crc, &self.ids), bytes)
    }

    pub(super) fn insert(&self, sql: &Connection, document: i64, bytes: &[u8]) -> Result<()> {
        sql.prepare_cached(
            "INSERT INTO chunks (n, events, chain, crc, heads, ids, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            journal_key(document, self.lv), self.events, self.chain, self.crc, self.heads, self.ids, bytes
        ])?;
        Ok(())
    }

    pub(super) fn end(&self) -> Lv {
        self.lv.saturating_add(self.events)
    }
}

pub(super) fn chunk_rows(sql: &Connection, document: i64) -> Result<Vec<ChunkRow>> {
    let keys = [journal_key(document, 0), journal_key(document + 1, 0)];
    let mut statement = sql.prepare_cached(
        "SELECT n, events, chain, crc, heads, ids FROM chunks WHERE n >= ?1 AND n < ?2 ORDER BY n",
    )?;
    let rows = statement.query_map(keys, |row| {
        Ok(ChunkRow {
            lv: journal_lv(row.get(0)?),
            events: row.get(1)?,
            chain: row.get(2)?,
            crc: row.get(3)?,
            heads: row.get(4)?,
            ids: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn chunk_bytes(sql: &Connection, document: i64, lv: Lv) -> Result<Vec<u8>> {
    Ok(sql
        .prepare_cached("SELECT bytes FROM chunks WHERE n = ?1")?
        .query_row([journal_key(document, lv)], |row| row.get(0))?)
}

/// A document's events from some event on.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) history: History,
    pub(crate) end: End,
    /// The event up to which it is folded, or came from elsewhere: what follows is rows.
    pub(crate) folded: Lv,
    /// What follows `end` is damaged.
    pub(crate) damaged: bool,
    pub(super) agents: Agents,
}

/// The row and the bytes of a chunk that holds the last events of a history, of which `range` is a part to its end. The chain goes
/// on from the history's own where the events are not in it yet.
pub(super) fn chunk_of(
    sql: &Connection,
    document: i64,
    loaded: &mut Loaded,
    range: Range<Lv>,
    chain: Option<u32>,
    now: i64,
) -> Result<(ChunkRow, Vec<u8>)> {
    let set = [range.clone()];
    let events = loaded.history.chunk(&set).map_err(|_| Error::internal("a chunk lacks events"))?;
    let bytes = chunk::encode(&events);
    let mut ids = Vec::new();
    for (part, id) in loaded.history.log().ids_in(range.clone()) {
        ids.push((loaded.agents.number(sql, id.agent, now)?, id.seq, part.end - part.start));
    }
    let events = range.end - range.start;
    let fields = [document, range.start.into(), events.into()];
    let mut row = ChunkRow {
        lv: range.start,
        events,
        chain: chain.unwrap_or_else(|| graph::chain(loaded.end.chain, &fields, &bytes)),
        crc: 0,
        heads: lvs_bytes(loaded.history.log().heads()),
        ids: ids_bytes(&ids),
    };
    row.crc = row.checksum(document, &bytes);
    Ok((row, bytes))
}

/// Stores events from elsewhere, the last ones of `loaded`; gives where the history ends with them.
pub(crate) fn store_chunk(
    sql: &Connection,
    document: i64,
    loaded: &mut Loaded,
    new: Range<Lv>,
    now: i64,
) -> Result<End> {
    let (row, bytes) = chunk_of(sql, document, loaded, new.clone(), None, now)?;
    row.insert(sql, document, &bytes)?;
    loaded.end = End { lv: new.end, chain: row.chain };
    Ok(loaded.end)
}

/// Agents by number and back.
#[derive(Clone, Debug, Default)]
pub(super) struct Agents {
    ids: HashMap<i64, AgentId>,
    numbers: HashMap<AgentId, i64>,
}

impl Agents {
    pub(super) fn id(&mut self, sql: &Connection, number: i64) -> Result<Option<AgentId>> {
        if let Some(id) = self.ids.get(&number) {
            return Ok(Some(*id));
        }
        let id = agent_id(sql, number)?;
        if let Some(id) = id {
            self.ids.insert(number, id);
            self.numbers.insert(id, number);
        }
        Ok(id)
    }

    pub(super) fn event(&mut self, sql: &Connection, (agent, seq): (i64, u32)) -> Result<Option<EventId>> {
        Ok(self.id(sql, agent)?.map(|agent| EventId { agent, seq }))
    }

    /// The number of an agent, made if it has none: an agent of another library.
    pub(super) fn number(&mut self, sql: &Connection, id: AgentId, now: i64) -> Result<i64> {
        if let Some(number) = self.numbers.get(&id) {
            return Ok(*number);
        }
        let number = crate::journal::agent_number(sql, id, false, now)?;
        self.ids.insert(number, id);
        self.numbers.insert(id, number);
        Ok(number)
    }
}

/// Reads the events of a document from `from` on, or from somewhat earlier; from the start for 0.
pub(crate) fn load(sql: &Connection, document: i64, from: Lv) -> Result<Loaded> {
    let chunks = chunk_rows(sql, document)?;
    let first = chunks.partition_point(|chunk| chunk.end() <= from);
    let mut loaded = Loaded::of(History::new());
    if let Some((last, _)) = chunks[..first].split_last() {
        match starting_after(sql, document, last, &chunks[..first], &mut loaded.agents)? {
            Some(history) => loaded.history = history,
            None => {
                loaded.damaged = true;
                return Ok(loaded);
            }
        }
        loaded.end = End { lv: last.end(), chain: last.chain };
        loaded.folded = last.end();
    }
    loaded.take_pieces(sql, document, &chunks[first..])?;
    Ok(loaded)
}

/// A history of no events that knows the ids of all up to the end of `last`. Journal rows may stand between chunks.
fn starting_after(
    sql: &Connection,
    document: i64,
    last: &ChunkRow,
    before: &[ChunkRow],
    agents: &mut Agents,
) -> Result<Option<History>> {
    let mut runs: Vec<(Lv, IdRun)> = Vec::new();
    for chunk in before {
        let Some(ids) = parse_ids(&chunk.ids) else { return Ok(None) };
        let mut lv = chunk.lv;
        for run in ids {
            runs.push((lv, run));
            lv = lv.saturating_add(run.2);
        }
        if lv != chunk.end() {
            return Ok(None);
        }
    }
    let mut statement =
        sql.prepare_cached("SELECT n, agent, seq, events FROM journal WHERE n >= ?1 AND n < ?2 ORDER BY n")?;
    let mut rows = statement.query([journal_key(document, 0), journal_key(document, last.lv)])?;
    while let Some(row) = rows.next()? {
        runs.push((journal_lv(row.get(0)?), (row.get(1)?, row.get(2)?, row.get(3)?)));
    }
    runs.sort_unstable_by_key(|(lv, _)| *lv);
    let mut ids: Vec<(Lv, EventId, u32)> = Vec::with_capacity(runs.len());
    for (lv, (agent, seq, events)) in runs {
        let Some(id) = agents.event(sql, (agent, seq))? else { return Ok(None) };
        ids.push((lv, id, events));
    }
    let Some(heads) = parse_lvs(&last.heads) else { return Ok(None) };
    Ok(History::starting_at(last.end(), &heads, &ids))
}

/// Event numbers as stored: ascending, as differences.
pub(super) fn lvs_bytes(lvs: impl IntoIterator<Item = Lv>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = 0;
    for lv in lvs {
        put_varint(&mut out, u64::from(lv - last));
        last = lv;
    }
    out
}

fn parse_lvs(bytes: &[u8]) -> Option<Vec<Lv>> {
    let mut reader = Reader::new(bytes);
    let (mut lvs, mut last): (Vec<Lv>, Lv) = (Vec::new(), 0);
    while !reader.is_empty() {
        last = last.checked_add(u32::try_from(reader.varint().ok()?).ok()?)?;
        lvs.push(last);
    }
    Some(lvs)
}

impl Loaded {
    /// A history that no library has yet.
    pub(super) fn of(history: History) -> Self {
        Self { history, end: End::default(), folded: 0, damaged: false, agents: Agents::default() }
    }

    pub(crate) fn log(&self) -> &Log {
        self.history.log()
    }

    /// Takes in what the database has beyond the end, where a piece of it ends.
    pub(super) fn take_rest(&mut self, sql: &Connection, document: i64) -> Result<()> {
        let chunks = chunk_rows(sql, document)?;
        let first = chunks.partition_point(|chunk| chunk.end() <= self.end.lv);
        self.take_pieces(sql, document, &chunks[first..])
    }

    /// Takes in chunks and the rows between and after them, up to what is not sound.
    fn take_pieces(&mut self, sql: &Connection, document: i64, chunks: &[ChunkRow]) -> Result<()> {
        let mut agents = std::mem::take(&mut self.agents);
        let mut origins: HashMap<i64, Origin> = HashMap::new();
        let mut chunks = chunks.iter().peekable();
        let keys = [journal_key(document, self.end.lv), journal_key(document + 1, 0)];
        let mut statement = sql.prepare_cached(
            "SELECT n, branch, events, agent, seq, origin, at, crc, parents, row FROM journal
             WHERE n >= ?1 AND n < ?2 ORDER BY n",
        )?;
        let mut rows = statement.query(keys)?;
        let mut row = rows.next()?;
        loop {
            let lv = match row {
                Some(row) => Some(journal_lv(row.get(0)?)),
                None => None,
            };
            let chunk_is_next = chunks.peek().is_some_and(|chunk| lv.is_none_or(|lv| chunk.lv <= lv));
            let sound = if chunk_is_next && let Some(chunk) = chunks.next() {
                self.take_chunk(sql, document, chunk)?
            } else if let Some(next) = row {
                let sound = self.take_row(sql, document, next, &mut agents, &mut origins)?;
                row = rows.next()?;
                sound
            } else {
                break;
            };
            if !sound {
                self.damaged = true;
                break;
            }
        }
        self.agents = agents;
        Ok(())
    }

    /// Takes in a chunk; whether it is sound.
    fn take_chunk(&mut self, sql: &Connection, document: i64, row: &ChunkRow) -> Result<bool> {
        let bytes = chunk_bytes(sql, document, row.lv)?;
        let sound = row.lv == self.end.lv && row.checksum(document, &bytes) == row.crc;
        let Some(chunk) = sound.then(|| chunk::decode(&bytes).ok()).flatten() else { return Ok(false) };
        let mark = self.history.mark();
        match self.history.append_chunk(&chunk) {
            Ok(range) if range == (row.lv..row.end()) => {
                self.end = End { lv: range.end, chain: row.chain };
                self.folded = range.end;
                Ok(true)
            }
            _ => {
                self.history.rollback(mark);
                Ok(false)
            }
        }
    }

    /// Takes in a journal row; whether it is sound.
    fn take_row(
        &mut self,
        sql: &Connection,
        document: i64,
        row: &rusqlite::Row<'_>,
        agents: &mut Agents,
        origins: &mut HashMap<i64, Origin>,
    ) -> Result<bool> {
        let fields = Fields {
            document,
            lv: journal_lv(row.get(0)?),
            branch: row.get(1)?,
            events: row.get(2)?,
            agent: row.get(3)?,
            seq: row.get(4)?,
            origin: row.get(5)?,
            at: row.get(6)?,
        };
        let crc: u32 = row.get(7)?;
        let parents = row.get_ref(8)?.as_blob_or_null().unwrap_or_default();
        let bytes = row.get_ref(9)?.as_blob().unwrap_or_default();
        if fields.lv != self.end.lv || fields.chain(self.end.chain, parents, bytes) != crc {
            return Ok(false);
        }
        let parents: Option<SmallVec<[Lv; 2]>> = match parents.map(parse_heads) {
            None => Some(self.end.lv.checked_sub(1).into_iter().collect()),
            Some(None) => None,
            Some(Some(heads)) => self.lvs(sql, agents, &heads)?,
        };
        let burst = graph::decode(bytes).ok().filter(|burst| burst.events() == fields.events);
        let (Some(parents), Some(burst), Some(id)) =
            (parents, burst, agents.event(sql, (fields.agent, fields.seq))?)
        else {
            return Ok(false);
        };
        let origin = match origins.get(&fields.origin) {
            Some(origin) => origin.clone(),
            None => {
                let origin = read_origin(sql, fields.origin)?;
                origins.insert(fields.origin, origin.clone());
                origin
            }
        };
        let appended = self.history.append(id, &parents, &burst, &origin, fields.at);
        if appended.is_ok() {
            self.end = End { lv: self.end.lv + fields.events, chain: crc };
        }
        Ok(appended.is_ok())
    }

    fn lvs(&self, sql: &Connection, agents: &mut Agents, heads: &Heads) -> Result<Option<SmallVec<[Lv; 2]>>> {
        let mut lvs = SmallVec::new();
        for head in heads {
            let found = agents.event(sql, *head)?.and_then(|id| self.log().lv(id).ok());
            let Some(lv) = found else { return Ok(None) };
            lvs.push(lv);
        }
        Ok(Some(lvs))
    }

    /// A version that this library stored, in this log; `None` if one of its heads is not in it.
    pub(crate) fn frontier(&self, sql: &Connection, heads: &Heads) -> Result<Option<Frontier>> {
        Ok(self.lvs(sql, &mut Agents::default(), heads)?.map(Frontier::stored))
    }
}

/// An origin of its number; a person for one that is not there.
fn read_origin(sql: &Connection, number: i64) -> Result<Origin> {
    let found = sql
        .prepare_cached("SELECT kind, name, run FROM origins WHERE n = ?1")?
        .query_row([number], |row| {
            let name: String = row.get(1)?;
            Ok(Origin::stored(row.get(0)?, &name, row.get(2)?))
        })
        .optional()?;
    Ok(found.unwrap_or_else(Origin::person))
}

/// The lasting name of a version of stored heads.
pub(crate) fn version_of(sql: &Connection, heads: &Heads) -> Result<Version> {
    let mut agents = Agents::default();
    let mut ids = Vec::with_capacity(heads.len());
    for head in heads {
        let id = agents.event(sql, *head)?;
        ids.push(id.ok_or(Error::LibraryCorrupt { found: "a version by an unknown writer" })?);
    }
    Version::new(ids).map_err(|_| Error::LibraryCorrupt { found: "a version with repeated heads" })
}

/// The heads of a version as they are stored, of which the library has every event: nothing is written.
pub(super) fn known_version(sql: &Connection, version: &Version) -> Result<Heads> {
    let mut heads = Heads::new();
    for head in version.heads() {
        let number = crate::journal::known_agent(sql, head.agent)?;
        heads.push((number.ok_or(Error::LibraryCorrupt { found: "a writer without a number" })?, head.seq));
    }
    Ok(heads)
}

/// The heads of a version as they are stored; agents that have no number get one.
pub(crate) fn stored_version(sql: &Connection, version: &Version, now: i64) -> Result<Heads> {
    let mut agents = Agents::default();
    let mut heads = Heads::new();
    for head in version.heads() {
        heads.push((agents.number(sql, head.agent, now)?, head.seq));
    }
    Ok(heads)
}

/// Runs `work` on a document's newest events, and again with more of them as long as it asks for earlier ones; on all of
/// them where they are in memory. Gives the events too.
pub(crate) fn with_newest<T>(
    sql: &Connection,
    document: i64,
    kept: &KeptHistory,
    mut work: impl FnMut(&Loaded) -> Result<Result<T, NotLoaded>>,
) -> Result<(Arc<Loaded>, T)> {
    let mut from = Lv::MAX;
    let mut next = kept.current(sql, document)?;
    loop {
        let loaded = match next.take() {
            Some(kept) => kept,
            None => Arc::new(load(sql, document, from)?),
        };
        match work(&loaded)? {
            Ok(done) => return Ok((loaded, done)),
            Err(NotLoaded { lv }) if lv < loaded.log().start() => from = lv,
            Err(_) => return Err(Error::LibraryCorrupt { found: "a history that misses events" }),
        }
    }
}

/// Splits what a merge said into what asks for earlier events and what is final.
pub(crate) fn loadable<T>(result: Result<T, MergeError>) -> Result<Result<T, NotLoaded>> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(MergeError::NotLoaded(lacks)) => Ok(Err(lacks)),
        Err(error) => Err(error.into()),
    }
}
