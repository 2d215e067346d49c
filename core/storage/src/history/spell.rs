//! A branch's text from its events alone: for checks, repairs and damaged heads.

use ropey::Rope;
use rusqlite::{Connection, OptionalExtension, params};
use smallvec::SmallVec;

use super::load::{known_version, load};
use crate::error::{Error, Result};
use crate::graph::{Budget, Coalesce, Frontier, merge};
use crate::journal::{Current, Heads, Tail, stored_heads};
use crate::schema::{MAIN, head_key, journal_key};
use crate::session::LiveText;

/// Replays a branch from nothing. What its history does not hold any more is left out and reported as damage.
pub(crate) fn spell(sql: &Connection, document: i64, branch: i64) -> Result<Current> {
    let loaded = load(sql, document, 0)?;
    let newest = newest_row(sql, document, branch)?;
    let named = match (&newest, stored_heads(sql, document, branch)?) {
        (Some((last, _)), _) => loaded.frontier(sql, &Heads::from_slice(&[*last]))?,
        (None, Some((heads, _))) => loaded.frontier(sql, &heads)?,
        (None, None) => None,
    };
    let mut damaged = loaded.damaged;
    let version = match named {
        Some(version) => version,
        // Of a document with one branch every event is that branch's.
        None if branch == MAIN && !has_branches(sql, document)? => {
            let heads: SmallVec<[u32; 4]> = loaded.log().heads().collect();
            damaged |= newest.is_some();
            loaded.log().reduce(&heads).unwrap_or_default()
        }
        None => return Err(Error::LibraryCorrupt { found: "a branch without a sound version" }),
    };
    let mut text = Rope::new();
    let mut sink = Coalesce::new(&mut text);
    let spelled = merge(loaded.log(), &Frontier::root(), &version, 0, &mut sink, &mut Budget::default());
    let spelled = spelled.and_then(|_| sink.finish());
    if spelled.is_err() {
        return Err(Error::LibraryCorrupt { found: "events outside of their text" });
    }
    let lasting = loaded.log().version(&version).map_err(|_| Error::internal("a head without an id"))?;
    let heads = known_version(sql, &lasting)?;
    let end = loaded.end;
    let tip = if *version == [end.lv.wrapping_sub(1)] { end.lv } else { 0 };
    Ok(Current {
        text: LiveText::new(&text.to_string()),
        tail: Tail { end, heads, tip },
        head_is_behind: true,
        head_is_damaged: false,
        history_is_damaged: damaged,
        last_at: newest.map(|(_, at)| at),
        folded: loaded.folded,
    })
}

/// The last event of a branch's newest row, and when it was written.
fn newest_row(sql: &Connection, document: i64, branch: i64) -> Result<Option<((i64, u32), i64)>> {
    let from = match stored_heads(sql, document, branch)? {
        Some((_, lv)) => lv,
        None => 0,
    };
    Ok(sql
        .prepare_cached(
            "SELECT agent, seq + events - 1, at FROM journal WHERE n >= ?1 AND n < ?2 AND branch = ?3
             ORDER BY n DESC LIMIT 1",
        )?
        .query_row(params![journal_key(document, from), journal_key(document + 1, 0), branch], |row| {
            Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
        })
        .optional()?)
}

fn has_branches(sql: &Connection, document: i64) -> Result<bool> {
    let keys = [head_key(document, MAIN), head_key(document + 1, MAIN)];
    Ok(sql
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM branches WHERE n > ?1 AND n < ?2)")?
        .query_row(keys, |row| row.get(0))?)
}
