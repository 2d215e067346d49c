//! The stored history of a document: journal rows, the head they lead to, and reading both back.
//!
//! A head is the text at some event; the rows from that event on are applied to it when a document is opened, so
//! nothing is ever replayed from the start. Rows are chained by checksum and heads carry one of their text: what was
//! altered from outside is noticed and never shown as if it were right.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::codec::{Reader, put_varint};
use writemagic_shared::limits::DOCUMENT_EVENTS;
use writemagic_shared::text::TextStats;

use crate::error::{Error, Result};
use crate::graph::{self, Burst};
use crate::schema::{MAIN, head_key, journal_key, journal_lv};
use crate::session::LiveText;

/// Where the next event of a document goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Its number: how many events there are.
    pub(crate) lv: u32,
    /// The checksum of the journal so far.
    pub(crate) chain: u32,
    /// The last event: agent number and sequence.
    pub(crate) last: Option<(i64, u32)>,
}

/// Appends a row of `events` events and returns where the next one goes.
#[allow(clippy::too_many_arguments)] // the columns of a row
pub(crate) fn append(
    sql: &Connection,
    document: i64,
    tail: Tail,
    agent: i64,
    origin: i64,
    at: i64,
    events: u32,
    row: &[u8],
) -> Result<Tail> {
    let lv = u64::from(tail.lv) + u64::from(events);
    Error::check_limit("document_events", lv, DOCUMENT_EVENTS)?;
    let seq = match tail.last {
        Some((last, seq)) if last == agent => seq + 1,
        _ => 0,
    };
    let fields = row_fields(document, tail.lv, MAIN, events, agent, seq, origin, at);
    let crc = graph::chain(tail.chain, &fields, row);
    sql.prepare_cached(
        "INSERT INTO journal (n, branch, events, agent, seq, parents, origin, at, crc, row)
         VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![journal_key(document, tail.lv), MAIN, events, agent, seq, origin, at, crc, row])?;
    Ok(Tail { lv: lv as u32, chain: crc, last: Some((agent, seq + (events - 1))) })
}

/// Marks a document's head as behind its journal.
pub(crate) fn mark_ahead(sql: &Connection, document: i64) -> Result<()> {
    sql.prepare_cached("INSERT OR IGNORE INTO ahead (head) VALUES (?1)")?
        .execute([head_key(document, MAIN)])?;
    Ok(())
}

#[allow(clippy::too_many_arguments)] // the fields of a row, in the order in which they are hashed
fn row_fields(
    document: i64,
    lv: u32,
    branch: i64,
    events: u32,
    agent: i64,
    seq: u32,
    origin: i64,
    at: i64,
) -> [i64; 8] {
    [document, lv.into(), branch, events.into(), agent, seq.into(), origin, at]
}

/// Writes the head of a document's main branch: the text at `tail`, its counts and its checksum.
pub(crate) fn write_head(
    sql: &Connection,
    document: i64,
    tail: &Tail,
    text: &str,
    stats: &TextStats,
) -> Result<()> {
    sql.prepare_cached(
        "INSERT INTO heads (n, name, frontier, lv, chain, bytes, chars, utf16_units, graphemes, words, ideographs,
                            sentences, lines, paragraphs, crc, text)
         VALUES (?1, 'main', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (n) DO UPDATE SET
            frontier = ?2, lv = ?3, chain = ?4, bytes = ?5, chars = ?6, utf16_units = ?7, graphemes = ?8, words = ?9,
            ideographs = ?10, sentences = ?11, lines = ?12, paragraphs = ?13, crc = ?14, text = ?15",
    )?
    .execute(params![
        head_key(document, MAIN), frontier_bytes(tail), tail.lv, tail.chain, stats.bytes as i64, stats.chars as i64,
        stats.utf16_units as i64, stats.graphemes as i64, stats.words as i64, stats.ideographs as i64,
        stats.sentences as i64, stats.lines as i64, stats.paragraphs as i64, head_crc(document, text.as_bytes()),
        text.as_bytes(),
    ])?;
    Ok(())
}

/// The checksum of a head: CRC-32C of the document's number (8 bytes, little endian) and the text, so that a text that
/// stands under another document's key is noticed too.
fn head_crc(document: i64, text: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&document.to_le_bytes()), text)
}

/// The frontier as stored: a count, then (agent number, sequence) pairs, all varints.
fn frontier_bytes(tail: &Tail) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, tail.last.iter().len() as u64);
    if let Some((agent, seq)) = tail.last {
        put_varint(&mut out, agent.unsigned_abs());
        put_varint(&mut out, seq.into());
    }
    out
}

fn parse_frontier(bytes: &[u8]) -> Option<Option<(i64, u32)>> {
    let mut reader = Reader::new(bytes);
    match reader.varint().ok()? {
        0 => Some(None),
        1 => {
            let agent = i64::try_from(reader.varint().ok()?).ok()?;
            let seq = u32::try_from(reader.varint().ok()?).ok()?;
            Some(Some((agent, seq)))
        }
        _ => None,
    }
}

/// The columns of `heads` that [`stats_of`] reads, in its order.
pub(crate) const STATS_COLUMNS: &str =
    "bytes, chars, utf16_units, graphemes, words, ideographs, sentences, lines, paragraphs";

/// The counts that a row holds from column `first` on.
pub(crate) fn stats_of(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<TextStats> {
    let number = |i: usize| row.get::<_, i64>(first + i).map(|n| n.max(0) as u64);
    let mut stats = TextStats::default();
    stats.bytes = number(0)?;
    stats.chars = number(1)?;
    stats.utf16_units = number(2)?;
    stats.graphemes = number(3)?;
    stats.words = number(4)?;
    stats.ideographs = number(5)?;
    stats.sentences = number(6)?;
    stats.lines = number(7)?;
    stats.paragraphs = number(8)?;
    Ok(stats)
}

/// A document's text as of its last sound event, and what is known of its soundness.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) text: LiveText,
    pub(crate) tail: Tail,
    /// The stored head is behind the journal, or damaged.
    pub(crate) head_is_behind: bool,
    /// The head's text or frontier fails its checks; `text` was replayed from the start.
    pub(crate) head_is_damaged: bool,
    /// The journal is unsound after `tail`, or does not lead to the head.
    pub(crate) history_is_damaged: bool,
    /// When the last event after the head was written.
    pub(crate) last_at: Option<i64>,
}

/// Reads a document's current text: its head with the rows after it. Run it inside a transaction, so that both are
/// of one moment.
///
/// A damaged head is replaced by a replay of the whole journal. `library_corrupt` if neither gives a text.
pub(crate) fn current(sql: &Connection, document: i64) -> Result<Current> {
    let stored = sql
        .prepare_cached(&format!(
            "SELECT {STATS_COLUMNS}, frontier, lv, chain, crc, text FROM heads WHERE n = ?1"
        ))?
        .query_row([head_key(document, MAIN)], |row| {
            let text: Vec<u8> = row.get(13)?;
            Ok((
                stats_of(row, 0)?,
                row.get::<_, Vec<u8>>(9)?,
                row.get(10)?,
                row.get(11)?,
                row.get::<_, u32>(12)?,
                text,
            ))
        })
        .optional()?;
    let sound = stored.and_then(|(stats, frontier, lv, chain, crc, text)| {
        let last = parse_frontier(&frontier)?;
        let sound = head_crc(document, &text) == crc && text.len() as u64 == stats.bytes;
        let text = String::from_utf8(text).ok().filter(|_| sound)?;
        Some((LiveText::counted(&text, stats), Tail { lv, chain, last }))
    });
    let head_is_damaged = sound.is_none();
    let (text, tail) = sound.unwrap_or_else(|| (LiveText::new(""), Tail::default()));
    let mut current = Current {
        text,
        tail,
        head_is_behind: head_is_damaged,
        head_is_damaged,
        history_is_damaged: false,
        last_at: None,
    };
    if !head_is_damaged && !leads_to(sql, document, &tail)? {
        current.history_is_damaged = true;
        return Ok(current);
    }
    replay(sql, document, &mut current)?;
    if head_is_damaged && current.tail.lv == 0 {
        return Err(Error::LibraryCorrupt { found: "a text without a sound copy" });
    }
    Ok(current)
}

/// Whether the journal's rows before `tail` end exactly there, with its checksum.
fn leads_to(sql: &Connection, document: i64, tail: &Tail) -> Result<bool> {
    if tail.lv == 0 {
        return Ok(tail.chain == 0);
    }
    let before = sql
        .prepare_cached(
            "SELECT n, events, crc FROM journal WHERE n >= ?1 AND n < ?2 ORDER BY n DESC LIMIT 1",
        )?
        .query_row([journal_key(document, 0), journal_key(document, tail.lv)], |row| {
            Ok((journal_lv(row.get(0)?), row.get::<_, u32>(1)?, row.get::<_, u32>(2)?))
        })
        .optional()?;
    Ok(before.is_some_and(|(lv, events, crc)| lv.checked_add(events) == Some(tail.lv) && crc == tail.chain))
}

/// Applies the rows from `current.tail` on, up to the first one that is unsound.
fn replay(sql: &Connection, document: i64, current: &mut Current) -> Result<()> {
    let mut statement = sql.prepare_cached(
        "SELECT n, branch, events, agent, seq, origin, at, crc, row FROM journal
         WHERE n >= ?1 AND n < ?2 ORDER BY n",
    )?;
    let mut rows = statement.query([journal_key(document, current.tail.lv), journal_key(document + 1, 0)])?;
    while let Some(row) = rows.next()? {
        let (events, agent, seq): (u32, i64, u32) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let (origin, at, crc): (i64, i64, u32) = (row.get(5)?, row.get(6)?, row.get(7)?);
        let bytes = row.get_ref(8)?.as_blob().unwrap_or_default();
        let tail = current.tail;
        let fields = row_fields(document, tail.lv, row.get(1)?, events, agent, seq, origin, at);
        let burst = (journal_lv(row.get(0)?) == tail.lv && graph::chain(tail.chain, &fields, bytes) == crc)
            .then(|| graph::decode(bytes).ok())
            .flatten()
            .filter(|burst: &Burst| burst.events() == events && events > 0);
        let before = current.text.clone();
        let applied = burst.and_then(|burst| current.text.apply(&burst));
        let (Some(()), Some(lv)) = (applied, tail.lv.checked_add(events)) else {
            current.text = before;
            current.history_is_damaged = true;
            return Ok(());
        };
        current.tail = Tail { lv, chain: crc, last: Some((agent, seq + (events - 1))) };
        current.head_is_behind = true;
        current.last_at = Some(at);
    }
    Ok(())
}

/// Replays a document's whole journal from nothing: for checks and repairs.
pub(crate) fn replay_all(sql: &Connection, document: i64) -> Result<Current> {
    let mut current = Current {
        text: LiveText::new(""),
        tail: Tail::default(),
        head_is_behind: true,
        head_is_damaged: false,
        history_is_damaged: false,
        last_at: None,
    };
    replay(sql, document, &mut current)?;
    Ok(current)
}

/// The text of a document's stored head, as it is; empty if there is none.
pub(crate) fn head_text(sql: &Connection, document: i64) -> Result<String> {
    let text: Option<Vec<u8>> = sql
        .prepare_cached("SELECT text FROM heads WHERE n = ?1")?
        .query_row([head_key(document, MAIN)], |row| row.get(0))
        .optional()?;
    String::from_utf8(text.unwrap_or_default())
        .map_err(|_| Error::LibraryCorrupt { found: "a text that is not UTF-8" })
}
