//! Folding: journal rows become columnar chunks, and now and then the text on the way is kept as a checkpoint.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::limits::DOCUMENT_BYTES;

use super::load::{ChunkRow, chunk_of, chunk_rows, load};
use crate::error::Result;
use crate::graph::{self, Lv};
use crate::journal::{Heads, parse_heads};
use crate::schema::{MAIN, head_key, journal_key, journal_lv};

/// Events that wait in journal rows before they are folded: what reading a document's history decodes one by one.
pub(crate) const FOLD_EVENTS: u32 = 4096;
/// The most events that chunks are joined up to.
const CHUNK_EVENTS: u32 = 1 << 17;
/// The fewest events from one checkpoint to the next; and never fewer than the text has characters, so that checkpoints
/// take less than one packed character an event.
const CHECKPOINT_EVENTS: u64 = 1 << 16;

/// Folds a document's journal into a chunk, in the transaction that it runs in; whether there was enough to fold. The
/// heads of all its branches are up to date.
///
/// A chunk takes in those before it that are not larger than what comes, so that an event is packed again a few times
/// at most, and reading a history means few chunks.
pub(crate) fn fold(sql: &Connection, document: i64, least: u32) -> Result<bool> {
    let keys = [journal_key(document, 0), journal_key(document + 1, 0)];
    let (first, events): (Option<i64>, i64) = sql
        .prepare_cached("SELECT min(n), coalesce(sum(events), 0) FROM journal WHERE n >= ?1 AND n < ?2")?
        .query_row(keys, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let behind: bool = sql
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM ahead WHERE head >= ?1 AND head < ?2)")?
        .query_row([head_key(document, MAIN), head_key(document + 1, MAIN)], |row| row.get(0))?;
    let Some(first) = first.map(journal_lv) else { return Ok(false) };
    if behind || events < i64::from(least) {
        return Ok(false);
    }
    let chunks = chunk_rows(sql, document)?;
    let mut start = first;
    let end = chunks.last().map_or(0, ChunkRow::end).max(last_row_end(sql, document)?);
    for chunk in chunks.iter().rev().filter(|chunk| chunk.end() <= first) {
        let size = end - start;
        if chunk.end() != start || chunk.events > size || chunk.events + size > CHUNK_EVENTS {
            break;
        }
        start = chunk.lv;
    }
    let mut loaded = load(sql, document, start)?;
    if loaded.damaged || loaded.end.lv != end || loaded.log().start() > start {
        return Ok(false);
    }
    let chain = loaded.end.chain;
    let (row, bytes) = chunk_of(sql, document, &mut loaded, start..end, Some(chain), 0)?;
    let keys = [journal_key(document, start), journal_key(document, end)];
    sql.prepare_cached("DELETE FROM journal WHERE n >= ?1 AND n < ?2")?.execute(keys)?;
    sql.prepare_cached("DELETE FROM chunks WHERE n >= ?1 AND n < ?2")?.execute(keys)?;
    row.insert(sql, document, &bytes)?;
    checkpoint(sql, document, end)?;
    Ok(true)
}

fn last_row_end(sql: &Connection, document: i64) -> Result<Lv> {
    let keys = [journal_key(document, 0), journal_key(document + 1, 0)];
    let last: Option<(i64, u32)> = sql
        .prepare_cached("SELECT n, events FROM journal WHERE n >= ?1 AND n < ?2 ORDER BY n DESC LIMIT 1")?
        .query_row(keys, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(last.map_or(0, |(n, events)| journal_lv(n).saturating_add(events)))
}

/// Keeps main's text as it is at event `lv`, if the last text that was kept is long ago.
fn checkpoint(sql: &Connection, document: i64, lv: Lv) -> Result<()> {
    let keys = [journal_key(document, 0), journal_key(document + 1, 0)];
    let last: Option<i64> = sql
        .prepare_cached("SELECT max(n) FROM checkpoints WHERE n >= ?1 AND n < ?2")?
        .query_row(keys, |row| row.get(0))?;
    let since = u64::from(lv.saturating_sub(last.map_or(0, journal_lv)));
    let head: Option<(Vec<u8>, i64)> = sql
        .prepare_cached("SELECT frontier, chars FROM heads WHERE n = ?1")?
        .query_row([head_key(document, MAIN)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((heads, chars)) = head else { return Ok(()) };
    if since < CHECKPOINT_EVENTS.max(chars.max(0).unsigned_abs()) {
        return Ok(());
    }
    let text: Vec<u8> = sql
        .prepare_cached("SELECT text FROM heads WHERE n = ?1")?
        .query_row([head_key(document, MAIN)], |row| row.get(0))?;
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::new(6));
    packed.write_all(&text)?;
    let packed = packed.finish()?;
    let crc = checkpoint_crc(document, lv, &heads, &packed);
    sql.prepare_cached(
        "INSERT OR REPLACE INTO checkpoints (n, frontier, chars, crc, text) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![journal_key(document, lv), heads, chars, crc, packed])?;
    Ok(())
}

fn checkpoint_crc(document: i64, lv: Lv, heads: &[u8], text: &[u8]) -> u32 {
    crc32c::crc32c_append(graph::chain(0, &[document, lv.into()], heads), text)
}

/// A text that was kept on the way.
#[derive(Debug)]
pub(super) struct Checkpoint {
    /// Events before it.
    pub(super) lv: Lv,
    pub(super) heads: Heads,
}

/// The checkpoints of a document, newest first.
pub(super) fn checkpoints(sql: &Connection, document: i64) -> Result<Vec<Checkpoint>> {
    let keys = [journal_key(document, 0), journal_key(document + 1, 0)];
    let mut statement =
        sql.prepare_cached("SELECT n, frontier FROM checkpoints WHERE n >= ?1 AND n < ?2 ORDER BY n DESC")?;
    let mut rows = statement.query(keys)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let heads: Vec<u8> = row.get(1)?;
        if let Some(heads) = parse_heads(&heads) {
            found.push(Checkpoint { lv: journal_lv(row.get(0)?), heads });
        }
    }
    Ok(found)
}

/// The text of a checkpoint; `None` if it is damaged.
pub(super) fn checkpoint_text(sql: &Connection, document: i64, lv: Lv) -> Result<Option<String>> {
    let (heads, crc, packed): (Vec<u8>, u32, Vec<u8>) = sql
        .prepare_cached("SELECT frontier, crc, text FROM checkpoints WHERE n = ?1")?
        .query_row([journal_key(document, lv)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if checkpoint_crc(document, lv, &heads, &packed) != crc {
        return Ok(None);
    }
    let mut text = String::new();
    let inflated = DeflateDecoder::new(packed.as_slice()).take(DOCUMENT_BYTES).read_to_string(&mut text);
    Ok(inflated.is_ok().then_some(text))
}
