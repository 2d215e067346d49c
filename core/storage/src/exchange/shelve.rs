//! Taking in another library's folders: the tree that follows is written to the table.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::FolderId;

use super::collect::{folders, joined};
use super::record::{FolderState, PurgedKind, Record};
use super::shelf::{Skip, derive};
use crate::error::Result;
use crate::library::WriteContext;

/// What happened to folders that no library had asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FolderNews {
    Skipped(FolderId, Skip),
    Joined(FolderId),
}

/// Takes in folders, joined folders and tombstones.
pub(super) fn take_shelf(
    sql: &Connection,
    context: &mut WriteContext,
    records: &[Record],
) -> Result<Vec<FolderNews>> {
    let mut states = folders(sql)?;
    let mut joined = joined(sql)?;
    let skipped_before: BTreeSet<FolderId> = wanting(sql)?;
    for record in records {
        match record {
            Record::Folder(theirs) => {
                for clock in [theirs.parent.clock, theirs.name.clock, theirs.order.clock] {
                    context.hear(clock);
                }
                match states.get_mut(&theirs.id) {
                    Some(ours) => drop(ours.merge(theirs.clone())),
                    None => drop(states.insert(theirs.id, theirs.clone())),
                }
            }
            Record::Joined { id, into } => joined.extend([(*id, *into)]),
            Record::Purged { id, kind, clock } => {
                context.hear(*clock);
                sql.prepare_cached(
                    "INSERT INTO purged (id, kind, clock) VALUES (?1, ?2, ?3)
                     ON CONFLICT (id) DO UPDATE SET clock = max(clock, ?3)",
                )?
                .execute(params![id, *kind as i64, clock])?;
            }
            _ => {}
        }
    }
    let shelf = derive(&states, &purged_folders(sql)?, &joined);
    let numbers = write_tree(sql, &states, shelf.parents())?;
    for (id, n) in &numbers.gone {
        let place = shelf.place(Some(*id)).and_then(|place| numbers.of.get(&place));
        sql.execute("UPDATE documents SET folder = ?2 WHERE folder = ?1", params![n, place.unwrap_or(&0)])?;
        sql.execute("DELETE FROM folders WHERE n = ?1", [n])?;
    }
    for (id, into) in shelf.joined().pairs() {
        sql.prepare_cached("INSERT OR REPLACE INTO joined (id, into_id) VALUES (?1, ?2)")?
            .execute(params![id.as_bytes(), into.as_bytes()])?;
    }
    let skipped = shelf.skipped().iter().filter(|(id, _)| !skipped_before.contains(id));
    let mut news: Vec<FolderNews> = skipped.map(|(id, skip)| FolderNews::Skipped(*id, *skip)).collect();
    news.extend(shelf.joins().iter().map(|(_, into)| FolderNews::Joined(*into)));
    Ok(news)
}

/// The folders that do not stand where their writer wants them.
fn wanting(sql: &Connection) -> Result<BTreeSet<FolderId>> {
    let mut statement = sql.prepare_cached("SELECT id FROM folders WHERE wanted IS NOT NULL")?;
    let ids = statement.query_map([], |row| row.get(0).map(FolderId::from_bytes))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

fn purged_folders(sql: &Connection) -> Result<BTreeSet<FolderId>> {
    let mut statement = sql.prepare_cached("SELECT id FROM purged WHERE kind = ?1")?;
    let ids = statement.query_map([PurgedKind::Folder as i64], |row| row.get(0).map(FolderId::from_bytes))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Row numbers of folders.
struct Numbers {
    of: HashMap<FolderId, i64>,
    /// Those that are none any more.
    gone: Vec<(FolderId, i64)>,
}

fn write_tree(
    sql: &Connection,
    states: &BTreeMap<FolderId, FolderState>,
    parents: &BTreeMap<FolderId, Option<FolderId>>,
) -> Result<Numbers> {
    let mut statement = sql.prepare_cached("SELECT id, n FROM folders")?;
    let rows = statement.query_map([], |row| Ok((FolderId::from_bytes(row.get(0)?), row.get(1)?)))?;
    let mut of: HashMap<FolderId, i64> = rows.collect::<rusqlite::Result<_>>()?;
    for id in parents.keys().filter(|id| !of.contains_key(id)).collect::<Vec<_>>() {
        sql.prepare_cached(
            "INSERT INTO folders (id, parent, parent_clock, name, name_clock, order_key, order_clock)
             VALUES (?1, 0, 0, '', 0, x'', 0)",
        )?
        .execute([id.as_bytes()])?;
        of.insert(*id, sql.last_insert_rowid());
    }
    for (id, parent) in parents {
        let (Some(state), Some(n)) = (states.get(id), of.get(id)) else { continue };
        let place = parent.and_then(|parent| of.get(&parent)).copied().unwrap_or(0);
        let wanted = state.parent.value.filter(|wish| Some(*wish) != *parent);
        sql.prepare_cached(
            "UPDATE folders SET parent = ?2, parent_clock = ?3, name = ?4, name_clock = ?5, order_key = ?6,
                                order_clock = ?7, wanted = ?8
             WHERE n = ?1",
        )?
        .execute(params![
            n,
            place,
            state.parent.clock,
            state.name.value,
            state.name.clock,
            state.order.value,
            state.order.clock,
            wanted.map(|wanted| *wanted.as_bytes()),
        ])?;
    }
    let gone = of.iter().filter(|(id, _)| !parents.contains_key(id)).map(|(id, n)| (*id, *n)).collect();
    Ok(Numbers { of, gone })
}

/// The row number of the folder that an id names now; 0, the top, if there is none.
pub(super) fn folder_number(sql: &Connection, id: Option<FolderId>) -> Result<i64> {
    let Some(id) = id else { return Ok(0) };
    let found: Option<i64> = sql
        .prepare_cached(
            "SELECT n FROM folders WHERE id = coalesce((SELECT into_id FROM joined WHERE id = ?1), ?1)",
        )?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(0))
}
