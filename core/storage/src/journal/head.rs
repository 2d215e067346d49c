//! Heads: the text of a branch at an event, with its counts.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::text::TextStats;

use super::{Heads, Tail, heads_bytes, parse_heads};
use crate::error::{Error, Result};
use crate::schema::head_key;

/// Writes the head of a branch: the text at `tail`, its counts and its checksum.
pub(crate) fn write_head(
    sql: &Connection,
    document: i64,
    branch: i64,
    tail: &Tail,
    text: &str,
    stats: &TextStats,
) -> Result<()> {
    sql.prepare_cached(
        "INSERT INTO heads (n, name, frontier, lv, chain, bytes, chars, utf16_units, graphemes, words, ideographs,
                            sentences, lines, paragraphs, crc, text)
         VALUES (?1, '', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (n) DO UPDATE SET
            frontier = ?2, lv = ?3, chain = ?4, bytes = ?5, chars = ?6, utf16_units = ?7, graphemes = ?8, words = ?9,
            ideographs = ?10, sentences = ?11, lines = ?12, paragraphs = ?13, crc = ?14, text = ?15",
    )?
    .execute(params![
        head_key(document, branch), heads_bytes(&tail.heads), tail.end.lv, tail.end.chain, stats.bytes as i64,
        stats.chars as i64, stats.utf16_units as i64, stats.graphemes as i64, stats.words as i64,
        stats.ideographs as i64, stats.sentences as i64, stats.lines as i64, stats.paragraphs as i64,
        head_crc(document, text.as_bytes()), text.as_bytes(),
    ])?;
    Ok(())
}

/// The checksum of a head: CRC-32C of the document's number (8 bytes, little endian) and the text, so that a text that
/// stands under another document's key is noticed too.
pub(super) fn head_crc(document: i64, text: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&document.to_le_bytes()), text)
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

/// The text of a branch's stored head, as it is; empty if there is none.
pub(crate) fn head_text(sql: &Connection, document: i64, branch: i64) -> Result<String> {
    let text: Option<Vec<u8>> = sql
        .prepare_cached("SELECT text FROM heads WHERE n = ?1")?
        .query_row([head_key(document, branch)], |row| row.get(0))
        .optional()?;
    String::from_utf8(text.unwrap_or_default())
        .map_err(|_| Error::LibraryCorrupt { found: "a text that is not UTF-8" })
}

/// The version of a branch's stored head and the event before which it was written; `None` if there is none, or none
/// that can be read.
pub(crate) fn stored_heads(sql: &Connection, document: i64, branch: i64) -> Result<Option<(Heads, u32)>> {
    let found: Option<(Vec<u8>, u32)> = sql
        .prepare_cached("SELECT frontier, lv FROM heads WHERE n = ?1")?
        .query_row([head_key(document, branch)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(heads, lv)| Some((parse_heads(&heads)?, lv))))
}
