//! The stored history of a document: journal rows, the heads they lead to, and reading both back.
//!
//! A head is the text of a branch at some event; the branch's rows from that event on are applied to it when the document
//! is opened, so nothing is ever replayed from the start. A branch that takes in events from elsewhere gets a new head in the
//! same transaction, so those rows always continue its text. Rows are chained by checksum, through all branches of a document, and heads
//! carry one of their text: what was altered from outside is noticed and never shown as if it were right.

mod current;
mod head;

use rusqlite::{Connection, OptionalExtension, params};
use smallvec::SmallVec;
use writemagic_shared::codec::{Reader, put_varint};
use writemagic_shared::id::AgentId;
use writemagic_shared::limits::{DOCUMENT_EVENTS, EVENT_PARENTS};

use crate::error::{Error, Result};
use crate::graph;
use crate::schema::{head_key, journal_key};

pub(crate) use current::{Current, current, piece_before};
pub(crate) use head::{STATS_COLUMNS, head_text, stats_of, stored_heads, write_head};

/// Where the next event of a document goes, on whichever branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct End {
    /// Its number: how many events there are.
    pub(crate) lv: u32,
    /// The checksum of the journal so far.
    pub(crate) chain: u32,
}

/// The heads of a version as they are stored: agent number and sequence number of each, at most
/// [`EVENT_PARENTS`]. None at all is the empty document.
pub(crate) type Heads = SmallVec<[(i64, u32); 1]>;

/// Where a branch stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) end: End,
    /// Its version.
    pub(crate) heads: Heads,
    /// One above the event that is its only head; 0 if that is not known.
    pub(crate) tip: u32,
}

impl Tail {
    /// The parents of the branch's next event as a row holds them: none when that is the event just before it.
    fn parents(&self) -> Option<Vec<u8>> {
        let follows = if self.end.lv == 0 { self.heads.is_empty() } else { self.tip == self.end.lv };
        (!follows).then(|| heads_bytes(&self.heads))
    }
}

/// Who writes, in one document.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    id: AgentId,
    /// Its number in the library, once it has written.
    number: Option<i64>,
    /// The sequence number of its next event.
    next: u32,
}

impl Author {
    /// Somebody who has written nothing yet.
    pub(crate) fn new() -> Self {
        Self { id: AgentId::random(), number: None, next: 0 }
    }

    /// The same in a document in which it has written nothing.
    pub(crate) fn in_another_document(self) -> Self {
        Self { next: 0, ..self }
    }

    pub(crate) fn id(&self) -> AgentId {
        self.id
    }

    /// The sequence number of its next event.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }
}

/// A journal row that is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewRow<'a> {
    pub(crate) branch: i64,
    pub(crate) events: u32,
    pub(crate) origin: i64,
    pub(crate) at: i64,
    pub(crate) bytes: &'a [u8],
}

/// Appends a row to a branch, and moves its tail and the author on.
pub(crate) fn append(
    sql: &Connection,
    document: i64,
    tail: &mut Tail,
    author: &mut Author,
    row: &NewRow<'_>,
    now: i64,
) -> Result<()> {
    let NewRow { branch, events, origin, at, bytes } = *row;
    let lv = u64::from(tail.end.lv) + u64::from(events);
    Error::check_limit("document_events", lv, DOCUMENT_EVENTS)?;
    let agent = match author.number {
        Some(agent) => agent,
        None => *author.number.insert(agent_number(sql, author.id, true, now)?),
    };
    let seq = author.next;
    let parents = tail.parents();
    let fields = Fields { document, lv: tail.end.lv, branch, events, agent, seq, origin, at };
    let crc = fields.chain(tail.end.chain, parents.as_deref(), bytes);
    sql.prepare_cached(
        "INSERT INTO journal (n, branch, events, agent, seq, parents, origin, at, crc, row)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        journal_key(document, tail.end.lv),
        branch,
        events,
        agent,
        seq,
        parents,
        origin,
        at,
        crc,
        bytes
    ])?;
    author.next = seq + events;
    tail.end = End { lv: lv as u32, chain: crc };
    tail.heads = SmallVec::from_slice(&[(agent, seq + (events - 1))]);
    tail.tip = tail.end.lv;
    Ok(())
}

/// The number of an agent, if it has one.
pub(crate) fn known_agent(sql: &Connection, id: AgentId) -> Result<Option<i64>> {
    Ok(sql
        .prepare_cached("SELECT n FROM agents WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// The number of an agent; a new one if it has none.
pub(crate) fn agent_number(sql: &Connection, id: AgentId, own: bool, now: i64) -> Result<i64> {
    if let Some(number) = known_agent(sql, id)? {
        return Ok(number);
    }
    sql.prepare_cached("INSERT INTO agents (id, created, own) VALUES (?1, ?2, ?3)")?.execute(params![
        id.as_bytes(),
        now,
        own
    ])?;
    Ok(sql.last_insert_rowid())
}

/// The agent of a number.
pub(crate) fn agent_id(sql: &Connection, number: i64) -> Result<Option<AgentId>> {
    Ok(sql
        .prepare_cached("SELECT id FROM agents WHERE n = ?1")?
        .query_row([number], |row| row.get(0).map(AgentId::from_bytes))
        .optional()?)
}

/// Marks a branch's head as behind its journal.
pub(crate) fn mark_ahead(sql: &Connection, document: i64, branch: i64) -> Result<()> {
    sql.prepare_cached("INSERT OR IGNORE INTO ahead (head) VALUES (?1)")?
        .execute([head_key(document, branch)])?;
    Ok(())
}

/// The fields of a row, in the order in which they are hashed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub(crate) document: i64,
    pub(crate) lv: u32,
    pub(crate) branch: i64,
    pub(crate) events: u32,
    pub(crate) agent: i64,
    pub(crate) seq: u32,
    pub(crate) origin: i64,
    pub(crate) at: i64,
}

impl Fields {
    /// The checksum of the journal with this row.
    pub(crate) fn chain(&self, previous: u32, parents: Option<&[u8]>, bytes: &[u8]) -> u32 {
        let Self { document, lv, branch, events, agent, seq, origin, at } = *self;
        let fields = [document, lv.into(), branch, events.into(), agent, seq.into(), origin, at];
        let crc = graph::chain(previous, &fields, bytes);
        parents.map_or(crc, |parents| crc32c::crc32c_append(crc, parents))
    }
}

/// Heads as stored: a count, then (agent number, sequence) pairs, all varints.
pub(crate) fn heads_bytes(heads: &[(i64, u32)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + 6 * heads.len());
    put_varint(&mut out, heads.len() as u64);
    for (agent, seq) in heads {
        put_varint(&mut out, agent.unsigned_abs());
        put_varint(&mut out, u64::from(*seq));
    }
    out
}

/// Heads of their bytes; `None` if they are not ones that [`heads_bytes`] wrote.
pub(crate) fn parse_heads(bytes: &[u8]) -> Option<Heads> {
    let mut reader = Reader::new(bytes);
    let mut heads = Heads::new();
    for _ in 0..reader.varint_up_to(EVENT_PARENTS).ok()? {
        let agent = i64::try_from(reader.varint().ok()?).ok()?;
        heads.push((agent, u32::try_from(reader.varint().ok()?).ok()?));
    }
    reader.is_empty().then_some(heads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_survive_their_bytes_and_damaged_ones_are_refused() {
        for heads in [vec![], vec![(1, 0)], vec![(300, u32::MAX), (7, 12), (i64::MAX, 3)]] {
            let heads = Heads::from_vec(heads);
            let bytes = heads_bytes(&heads);
            assert_eq!(parse_heads(&bytes), Some(heads));
            assert_eq!(parse_heads(&bytes[..bytes.len() - 1]), None);
            assert_eq!(parse_heads(&[bytes, vec![0]].concat()), None);
        }
        assert_eq!(parse_heads(&[65]), None);
    }
}
