//! Folding: journal rows become columnar chunks, and now and then the text on the way is kept as a checkpoint.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use ropey::Rope;
use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::limits::DOCUMENT_BYTES;

use super::load::{ChunkRow, Loaded, chunk_of, chunk_rows, known_version, load};
use super::travel::bring;
use crate::error::Result;
use crate::graph::{self, Frontier, Lv};
use crate::journal::{Heads, heads_bytes, parse_heads};
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
    checkpoint(sql, document, &loaded)?;
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

/// Keeps main's text as it is at event `lv`, if the last text that was kept is long ago; and on the way to it, where so
/// much was written at once that one is not enough.
fn checkpoint(sql: &Connection, document: i64, loaded: &Loaded) -> Result<()> {
    let lv = loaded.end.lv;
    let last = checkpoints(sql, document)?.into_iter().next();
    let head: Option<(Vec<u8>, i64)> = sql
        .prepare_cached("SELECT frontier, chars FROM heads WHERE n = ?1")?
        .query_row([head_key(document, MAIN)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((heads, chars)) = head else { return Ok(()) };
    let apart = CHECKPOINT_EVENTS.max(chars.max(0).unsigned_abs());
    let since = last.as_ref().map_or(0, |last| last.lv);
    if u64::from(lv.saturating_sub(since)) < apart {
        return Ok(());
    }
    let on_the_way = (u64::from(since) + apart..).step_by(usize::try_from(apart).unwrap_or(usize::MAX));
    let on_the_way: Vec<Lv> = on_the_way
        .map_while(|lv| Lv::try_from(lv).ok())
        .take_while(|next| u64::from(*next) + apart <= u64::from(lv))
        .collect();
    if !on_the_way.is_empty() {
        let head = parse_heads(&heads).map(|heads| loaded.frontier(sql, &heads)).transpose()?.flatten();
        if let Some(head) = head {
            keep_between(sql, document, loaded, (last, &head), &on_the_way)?;
        }
    }
    let text: Vec<u8> = sql
        .prepare_cached("SELECT text FROM heads WHERE n = ?1")?
        .query_row([head_key(document, MAIN)], |row| row.get(0))?;
    keep(sql, (document, lv), &heads, chars, &text)
}

/// Keeps the texts that the events before these had in sight, of those in the past of `head`. The log may begin too late to
/// tell; then none is kept.
fn keep_between(
    sql: &Connection,
    document: i64,
    loaded: &Loaded,
    (last, head): (Option<Checkpoint>, &Frontier),
    lvs: &[Lv],
) -> Result<()> {
    let log = loaded.log();
    let (mut at, mut text) = (Frontier::root(), Rope::new());
    if let Some(last) = last
        && let Some(kept) = checkpoint_text(sql, document, last.lv)?
        && let Some(version) = loaded.frontier(sql, &last.heads)?
    {
        (at, text) = (version, Rope::from_str(&kept));
    }
    for lv in lvs {
        let next = Frontier::at(lv - 1);
        let follows = log.dominates(head, &next).and_then(|past| Ok(past && log.dominates(&next, &at)?));
        if !matches!(follows, Ok(true)) {
            continue;
        }
        let Ok(reached) = bring(log, &at, &next, text.clone()) else { return Ok(()) };
        (at, text) = (next, reached);
        let Ok(version) = log.version(&at) else { return Ok(()) };
        let heads = heads_bytes(&known_version(sql, &version)?);
        keep(sql, (document, *lv), &heads, text.len_chars() as i64, text.to_string().as_bytes())?;
    }
    Ok(())
}

fn keep(sql: &Connection, (document, lv): (i64, Lv), heads: &[u8], chars: i64, text: &[u8]) -> Result<()> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::new(6));
    packed.write_all(text)?;
    let packed = packed.finish()?;
    let crc = checkpoint_crc(document, lv, heads, &packed);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;
    use crate::document::{NewDocument, document_number};
    use crate::library::OpenOptions;

    #[test]
    fn what_was_written_at_once_keeps_texts_on_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let document = library.create_document(NewDocument::titled("a")).unwrap().id;
        let session = library.edit(document).unwrap();
        // Much more is written than stays: 300,000 events, 1,000 characters.
        let page = "é".repeat(1_000);
        for _ in 0..150 {
            session.splice(0, 1_000, &page).unwrap();
        }
        session.close().unwrap();
        let (lvs, texts): (Vec<Lv>, Vec<Option<String>>) = library
            .read(|sql| {
                let n = document_number(sql, document)?;
                let kept = checkpoints(sql, n)?;
                let texts =
                    kept.iter().map(|kept| checkpoint_text(sql, n, kept.lv)).collect::<Result<_>>()?;
                Ok((kept.iter().map(|kept| kept.lv).collect(), texts))
            })
            .unwrap();
        assert_eq!(lvs, [299_000, 3 << 16, 2 << 16, 1 << 16]);
        assert!(texts.iter().flatten().all(|text| text.chars().all(|char| char == 'é')));
        let chars: Vec<usize> = texts.iter().flatten().map(|text| text.chars().count()).collect();
        // The first page's events, then 1,000 deletions and 1,000 insertions for each.
        let expected = |lv: Lv| match (lv - 1_000) % 2_000 {
            deleted @ 0..=1_000 => 1_000 - deleted as usize,
            inserted => inserted as usize - 1_000,
        };
        assert_eq!(chars, lvs.iter().map(|lv| expected(*lv)).collect::<Vec<_>>());
    }
}
