//! What the index of search by meaning holds of memories: its sessions are theirs, and each memory without one alone.

use rusqlite::{Connection, Row};

use super::date;
use crate::error::Result;
use crate::search::{Item, Language};

/// The session of a memory as the index numbers it.
pub(super) fn unit(n: i64, session: i64) -> i64 {
    match session {
        0 => n << 1,
        session => session << 1 | 1,
    }
}

/// All sessions of the index, ascending.
pub(crate) fn units(sql: &Connection) -> Result<Vec<u64>> {
    let mut statement = sql.prepare_cached(
        "SELECT DISTINCT session << 1 | 1 FROM memories WHERE session <> 0
         UNION ALL SELECT n << 1 FROM memories WHERE session = 0 AND part_of = 0",
    )?;
    let units = statement.query_map([], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))?;
    let mut units: Vec<u64> = units.collect::<rusqlite::Result<_>>()?;
    units.sort_unstable();
    Ok(units)
}

/// The memories of a session of the index, in the order in which they came.
pub(crate) fn items(sql: &Connection, unit: u64) -> Result<Vec<Item>> {
    let unit = unit.cast_signed();
    let condition = match unit & 1 {
        0 => "n = ?1 AND session = 0",
        _ => "session = ?1 AND session <> 0",
    };
    let mut statement = sql.prepare_cached(&format!(
        "SELECT n, speaker, time, text FROM memories WHERE {condition} AND part_of = 0 ORDER BY n"
    ))?;
    let items = statement.query_map([unit >> 1], item_of)?;
    Ok(items.collect::<rusqlite::Result<_>>()?)
}

/// The item of a row of number, speaker, time and text.
pub(super) fn item_of(row: &Row<'_>) -> rusqlite::Result<Item> {
    let time: Option<String> = row.get(2)?;
    let time = time.map(|time| match date::in_words(&time) {
        Some(words) => format!("{time} {words}"),
        None => time,
    });
    Ok(Item {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        text: row.get(3)?,
        speaker: row.get(1)?,
        time,
        language: Language::default(),
    })
}
