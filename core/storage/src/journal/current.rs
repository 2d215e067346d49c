//! A branch as it is now: its head with the rows after it.

use rusqlite::{Connection, OptionalExtension};

use super::head::head_crc;
use super::{End, Fields, Heads, STATS_COLUMNS, Tail, parse_heads, stats_of};
use crate::error::{Error, Result};
use crate::graph::{self, Burst};
use crate::history;
use crate::schema::{head_key, journal_key, journal_lv};
use crate::session::LiveText;

/// A branch's text as of its last sound event, and what is known of its soundness.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) text: LiveText,
    pub(crate) tail: Tail,
    /// The stored head is behind the journal, or damaged.
    pub(crate) head_is_behind: bool,
    /// The head's text or version fails its checks; `text` was spelled from the history.
    pub(crate) head_is_damaged: bool,
    /// The history is unsound after `tail`, or does not lead to the head.
    pub(crate) history_is_damaged: bool,
    /// When the last event after the head was written.
    pub(crate) last_at: Option<i64>,
    /// The event up to which the history is folded.
    pub(crate) folded: u32,
}

/// Reads a branch's current text: its head with the rows after it. Run it inside a transaction, so that both are
/// of one moment.
///
/// A damaged head is replaced by what the whole history spells. `library_corrupt` if neither gives a text.
pub(crate) fn current(sql: &Connection, document: i64, branch: i64) -> Result<Current> {
    let stored = sql
        .prepare_cached(&format!(
            "SELECT {STATS_COLUMNS}, frontier, lv, chain, crc, text FROM heads WHERE n = ?1"
        ))?
        .query_row([head_key(document, branch)], |row| {
            let text: Vec<u8> = row.get(13)?;
            Ok((
                stats_of(row, 0)?,
                row.get::<_, Vec<u8>>(9)?,
                End { lv: row.get(10)?, chain: row.get(11)? },
                row.get::<_, u32>(12)?,
                text,
            ))
        })
        .optional()?;
    let sound = stored.and_then(|(stats, heads, end, crc, text)| {
        let heads = parse_heads(&heads)?;
        let sound = head_crc(document, &text) == crc && text.len() as u64 == stats.bytes;
        let text = String::from_utf8(text).ok().filter(|_| sound)?;
        Some((LiveText::counted(&text, stats), Tail { end, heads, tip: 0 }))
    });
    let Some((text, tail)) = sound else {
        let spelled = history::spell(sql, document, branch)?;
        if spelled.tail.end.lv == 0 {
            return Err(Error::LibraryCorrupt { found: "a text without a sound copy" });
        }
        return Ok(Current { head_is_behind: true, head_is_damaged: true, ..spelled });
    };
    let mut current = Current {
        text,
        tail,
        head_is_behind: false,
        head_is_damaged: false,
        history_is_damaged: false,
        last_at: None,
        folded: folded(sql, document)?,
    };
    match leads_to(sql, document, &current.tail)? {
        Some((end, tip)) => (current.tail.end, current.tail.tip) = (end, tip),
        None => {
            current.history_is_damaged = true;
            return Ok(current);
        }
    }
    replay(sql, document, branch, &mut current)?;
    Ok(current)
}

/// The event up to which a document's history is folded.
fn folded(sql: &Connection, document: i64) -> Result<u32> {
    let keys = [journal_key(document, 0), journal_key(document + 1, 0)];
    let last: Option<(i64, u32)> = sql
        .prepare_cached("SELECT n, events FROM chunks WHERE n >= ?1 AND n < ?2 ORDER BY n DESC LIMIT 1")?
        .query_row(keys, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(last.map_or(0, |(n, events)| journal_lv(n).saturating_add(events)))
}

/// Rows or a chunk of the history: events that are stored together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) end: End,
    /// Whether it is a chunk; else a row.
    pub(crate) is_chunk: bool,
    /// Its last event.
    pub(crate) last: Option<(i64, u32)>,
}

/// What holds the last event before `lv`; `None` if nothing does.
pub(crate) fn piece_before(sql: &Connection, document: i64, lv: u32) -> Result<Option<Piece>> {
    let keys = [journal_key(document, 0), journal_key(document, lv)];
    let row = sql
        .prepare_cached(
            "SELECT n, events, crc, agent, seq FROM journal WHERE n >= ?1 AND n < ?2 ORDER BY n DESC LIMIT 1",
        )?
        .query_row(keys, |row| {
            let (events, seq): (u32, u32) = (row.get(1)?, row.get(4)?);
            let end = journal_lv(row.get(0)?).saturating_add(events);
            let last = (row.get(3)?, seq.saturating_add(events.saturating_sub(1)));
            Ok(Piece { end: End { lv: end, chain: row.get(2)? }, is_chunk: false, last: Some(last) })
        })
        .optional()?;
    let chunk = sql
        .prepare_cached(
            "SELECT n, events, chain, ids FROM chunks WHERE n >= ?1 AND n < ?2 ORDER BY n DESC LIMIT 1",
        )?
        .query_row(keys, |row| {
            let end = journal_lv(row.get(0)?).saturating_add(row.get(1)?);
            let ids: Vec<u8> = row.get(3)?;
            let last = history::parse_ids(&ids).and_then(|ids| ids.last().copied());
            let last = last.map(|(agent, seq, events)| (agent, seq + (events - 1)));
            Ok(Piece { end: End { lv: end, chain: row.get(2)? }, is_chunk: true, last })
        })
        .optional()?;
    Ok([row, chunk].into_iter().flatten().max_by_key(|piece| piece.end.lv))
}

/// Whether the history before a head ends there, with its checksum: then where to go on from, and the head's tip. A head
/// from before a fold may stand inside a chunk.
fn leads_to(sql: &Connection, document: i64, tail: &Tail) -> Result<Option<(End, u32)>> {
    if tail.end.lv == 0 {
        return Ok((tail.end.chain == 0).then_some((tail.end, 0)));
    }
    let Some(piece) = piece_before(sql, document, tail.end.lv)? else { return Ok(None) };
    if piece.is_chunk && piece.end.lv > tail.end.lv {
        return Ok(Some((piece.end, 0)));
    }
    let is_tip = matches!(tail.heads.as_slice(), [only] if piece.last == Some(*only));
    Ok((piece.end == tail.end).then_some((tail.end, if is_tip { tail.end.lv } else { 0 })))
}

/// Applies the branch's rows from `current.tail` on, up to the first row that is unsound.
fn replay(sql: &Connection, document: i64, branch: i64, current: &mut Current) -> Result<()> {
    let keys = [journal_key(document, current.tail.end.lv), journal_key(document + 1, 0)];
    let mut statement = sql.prepare_cached(
        "SELECT n, branch, events, agent, seq, origin, at, crc, parents, row FROM journal
         WHERE n >= ?1 AND n < ?2 ORDER BY n",
    )?;
    let mut rows = statement.query(keys)?;
    while let Some(row) = rows.next()? {
        let lv = journal_lv(row.get(0)?);
        let fields = Fields {
            document,
            lv,
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
        skip_chunks(sql, document, lv, &mut current.tail.end)?;
        let end = current.tail.end;
        let next = lv.checked_add(fields.events).filter(|_| fields.events > 0);
        let (Some(next), true) = (next, lv == end.lv && fields.chain(end.chain, parents, bytes) == crc)
        else {
            current.history_is_damaged = true;
            return Ok(());
        };
        let end = End { lv: next, chain: crc };
        if fields.branch != branch {
            current.tail.end = end;
            continue;
        }
        let burst = graph::decode(bytes).ok().filter(|burst: &Burst| burst.events() == fields.events);
        let before = current.text.clone();
        if burst.and_then(|burst| current.text.apply(&burst)).is_none() {
            current.text = before;
            current.history_is_damaged = true;
            return Ok(());
        }
        let last = (fields.agent, fields.seq.saturating_add(fields.events - 1));
        current.tail = Tail { end, heads: Heads::from_slice(&[last]), tip: next };
        current.head_is_behind = true;
        current.last_at = Some(fields.at);
    }
    drop(rows);
    skip_chunks(sql, document, u32::MAX >> 2, &mut current.tail.end)
}

/// Moves `end` behind the chunks that stand there before the row at `lv`: events from elsewhere.
fn skip_chunks(sql: &Connection, document: i64, lv: u32, end: &mut End) -> Result<()> {
    while end.lv < lv {
        let chunk: Option<(u32, u32)> = sql
            .prepare_cached("SELECT events, chain FROM chunks WHERE n = ?1")?
            .query_row([journal_key(document, end.lv)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((events, chain)) = chunk.filter(|(events, _)| *events > 0) else { return Ok(()) };
        *end = End { lv: end.lv.saturating_add(events), chain };
    }
    Ok(())
}
