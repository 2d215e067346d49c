//! Folders: nested, ordered by hand, found by path.
//!
//! A folder is a row with a parent and a name; its path is spelled from the rows above it. Siblings are ordered by a
//! fractional index, so that placing one changes one row.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::FolderId;
use writemagic_shared::limits::{FOLDER_DEPTH, FOLDER_NAME_BYTES};

use super::folder_name::is_folder_name;
use super::order::between;
use crate::Library;
use crate::error::{Error, Result};
use crate::library::WriteContext;

/// A folder. A folder at the top is a project.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folder {
    /// Its name for ever.
    pub id: FolderId,
    /// Its `/`-separated path from the top.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// 1 at the top.
    pub depth: u32,
    /// Documents directly inside, trashed ones left out.
    pub documents: u64,
}

/// Where a folder goes among its siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FolderPosition {
    /// Before all siblings.
    First,
    /// Behind all siblings.
    Last,
    /// Just before the sibling of this name.
    Before(String),
    /// Just behind the sibling of this name.
    After(String),
}

/// The names of a path: empty for the top. One `/` at either end is ignored.
fn names(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').filter(move |_| !path.is_empty())
}

fn check_name(name: &str) -> Result<()> {
    if !is_folder_name(name) {
        return Err(Error::InvalidFolderName);
    }
    Error::check_limit("folder_name_bytes", name.len() as u64, FOLDER_NAME_BYTES)
}

/// Checks every name of a path and its depth.
pub(super) fn check_folder_path(path: &str) -> Result<()> {
    names(path).try_for_each(check_name)?;
    Error::check_limit("folder_depth", names(path).count() as u64, FOLDER_DEPTH)
}

fn child(sql: &Connection, parent: i64, name: &str) -> Result<Option<i64>> {
    Ok(sql
        .prepare_cached("SELECT n FROM folders WHERE parent = ?1 AND name = ?2")?
        .query_row(params![parent, name], |row| row.get(0))
        .optional()?)
}

/// The row number of a path; `None` if there is no such folder. "" is 0, the top.
pub(crate) fn find_folder(sql: &Connection, path: &str) -> Result<Option<i64>> {
    let mut folder = 0;
    for name in names(path) {
        match child(sql, folder, name)? {
            Some(found) => folder = found,
            None => return Ok(None),
        }
    }
    Ok(Some(folder))
}

/// The row number of a path, created with its parents where missing.
pub(crate) fn ensure_folder(sql: &Connection, context: &mut WriteContext, path: &str) -> Result<i64> {
    check_folder_path(path)?;
    let mut folder = 0;
    for name in names(path) {
        folder = match child(sql, folder, name)? {
            Some(found) => found,
            None => add(sql, context, folder, name)?,
        };
    }
    Ok(folder)
}

fn add(sql: &Connection, context: &mut WriteContext, parent: i64, name: &str) -> Result<i64> {
    let order = order_key(sql, parent, None, &FolderPosition::Last)?;
    let clock = context.tick();
    sql.prepare_cached(
        "INSERT INTO folders (id, parent, parent_clock, name, name_clock, order_key, order_clock)
         VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?3)",
    )?
    .execute(params![FolderId::new(context.now()).as_bytes(), parent, clock, name, order])?;
    Ok(sql.last_insert_rowid())
}

/// The path of a folder's row number; "" for 0.
pub(crate) fn folder_path(sql: &Connection, folder: i64) -> Result<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut at = folder;
    while at != 0 {
        let (parent, name): (i64, String) = sql
            .prepare_cached("SELECT parent, name FROM folders WHERE n = ?1")?
            .query_row([at], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or(Error::LibraryCorrupt { found: "a folder without a parent" })?;
        parts.push(name);
        if parts.len() as u64 > FOLDER_DEPTH {
            return Err(Error::LibraryCorrupt { found: "folders nested too deep" });
        }
        at = parent;
    }
    parts.reverse();
    Ok(parts.join("/"))
}

/// The id of a folder's row number; none for the top.
pub(crate) fn folder_id(sql: &Connection, folder: i64) -> Result<Option<FolderId>> {
    Ok(sql
        .prepare_cached("SELECT id FROM folders WHERE n = ?1")?
        .query_row([folder], |row| row.get(0).map(FolderId::from_bytes))
        .optional()?)
}

/// The row numbers of a folder and all folders below it, itself first.
pub(crate) fn subtree(sql: &Connection, folder: i64) -> Result<Vec<i64>> {
    let mut statement = sql.prepare_cached(
        "WITH RECURSIVE below (n, depth) AS (
            VALUES (?1, 0)
            UNION SELECT folders.n, depth + 1 FROM folders JOIN below ON parent = below.n WHERE depth < ?2)
         SELECT n FROM below ORDER BY depth",
    )?;
    let rows = statement.query_map([folder, FOLDER_DEPTH as i64], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many levels a folder and those below it take.
fn height(sql: &Connection, folder: i64) -> Result<u64> {
    let mut level = vec![folder];
    let mut height = 0;
    while !level.is_empty() && height <= FOLDER_DEPTH {
        height += 1;
        let mut below = Vec::new();
        for parent in level {
            let mut statement = sql.prepare_cached("SELECT n FROM folders WHERE parent = ?1")?;
            for n in statement.query_map([parent], |row| row.get(0))? {
                below.push(n?);
            }
        }
        level = below;
    }
    Ok(height)
}

/// A key that sorts at `position` among the children of `parent`, `moving` left out.
fn order_key(
    sql: &Connection,
    parent: i64,
    moving: Option<i64>,
    position: &FolderPosition,
) -> Result<Vec<u8>> {
    let mut statement = sql.prepare_cached(
        "SELECT name, order_key FROM folders WHERE parent = ?1 AND n IS NOT ?2 ORDER BY order_key, id",
    )?;
    let siblings: Vec<(String, Vec<u8>)> = statement
        .query_map(params![parent, moving], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let place =
        |wanted: &str| siblings.iter().position(|(name, _)| name == wanted).ok_or(Error::FolderNotFound);
    let index = match position {
        FolderPosition::First => 0,
        FolderPosition::Last => siblings.len(),
        FolderPosition::Before(name) => place(name)?,
        FolderPosition::After(name) => place(name)? + 1,
    };
    let key = |i: usize| siblings.get(i).map(|(_, key)| key.as_slice());
    let before = index.checked_sub(1).and_then(key);
    // Two siblings of one key (two libraries joined) leave no place between them: stand behind the first, before whoever comes
    // behind both.
    let behind = siblings.iter().skip(index).map(|(_, key)| key.as_slice()).find(|key| Some(*key) > before);
    between(before, behind).ok_or(Error::LibraryCorrupt { found: "a folder's order" })
}

fn existing(sql: &Connection, path: &str) -> Result<i64> {
    find_folder(sql, path)?.filter(|folder| *folder != 0).ok_or(Error::FolderNotFound)
}

fn load(sql: &Connection, n: i64) -> Result<Folder> {
    let (id, name, documents): (FolderId, String, i64) = sql
        .prepare_cached(
            "SELECT id, name, (SELECT count(*) FROM documents WHERE folder = folders.n AND trashed = 0)
             FROM folders WHERE n = ?1",
        )?
        .query_row([n], |row| Ok((FolderId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?)))?;
    let path = folder_path(sql, n)?;
    let depth = names(&path).count() as u32;
    Ok(Folder { id, path, name, depth, documents: documents.max(0).unsigned_abs() })
}

/// Every method touches the disk; every change is durable when it returns.
impl Library {
    /// All folders, parents before children, siblings in their order.
    pub fn folders(&self) -> Result<Vec<Folder>> {
        self.read(|sql| {
            let mut folders = Vec::new();
            let mut open = vec![0];
            while let Some(parent) = open.pop() {
                if parent != 0 {
                    folders.push(load(sql, parent)?);
                }
                let mut statement = sql.prepare_cached(
                    "SELECT n FROM folders WHERE parent = ?1 ORDER BY order_key DESC, id DESC",
                )?;
                for n in statement.query_map([parent], |row| row.get::<_, i64>(0))? {
                    open.push(n?);
                }
            }
            Ok(folders)
        })
    }

    /// Creates a folder and the parents that its path names.
    ///
    /// # Errors
    /// `folder_exists`; `invalid_folder_name`; `limit_exceeded`.
    pub fn create_folder(&self, path: &str) -> Result<Folder> {
        check_folder_path(path)?;
        if names(path).next().is_none() {
            return Err(Error::InvalidFolderName);
        }
        self.write(|sql, context| {
            if find_folder(sql, path)?.is_some() {
                return Err(Error::FolderExists);
            }
            let folder = ensure_folder(sql, context, path)?;
            load(sql, folder)
        })
    }

    /// Gives a folder another name in the same place.
    ///
    /// # Errors
    /// `folder_not_found`; `folder_exists` if a sibling has that name; `invalid_folder_name`; `limit_exceeded`.
    pub fn rename_folder(&self, path: &str, name: &str) -> Result<Folder> {
        check_name(name)?;
        self.write(|sql, context| {
            let folder = existing(sql, path)?;
            let parent: i64 =
                sql.query_row("SELECT parent FROM folders WHERE n = ?1", [folder], |row| row.get(0))?;
            match child(sql, parent, name)? {
                Some(found) if found == folder => {}
                Some(_) => return Err(Error::FolderExists),
                None => {
                    sql.execute(
                        "UPDATE folders SET name = ?2, name_clock = ?3 WHERE n = ?1",
                        params![folder, name, context.tick()],
                    )?;
                }
            }
            load(sql, folder)
        })
    }

    /// Moves a folder with all it holds below another ("" = the top), behind its new siblings. Moving it to where it is
    /// changes nothing.
    ///
    /// # Errors
    /// `folder_not_found`, for the target too; `folder_cycle`; `folder_exists`; `limit_exceeded` (depth).
    pub fn move_folder(&self, path: &str, parent: &str) -> Result<Folder> {
        self.write(|sql, context| {
            let folder = existing(sql, path)?;
            let target = find_folder(sql, parent)?.ok_or(Error::FolderNotFound)?;
            let (now, name): (i64, String) =
                sql.query_row("SELECT parent, name FROM folders WHERE n = ?1", [folder], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            if target == now {
                return load(sql, folder);
            }
            if subtree(sql, folder)?.contains(&target) {
                return Err(Error::FolderCycle);
            }
            if child(sql, target, &name)?.is_some() {
                return Err(Error::FolderExists);
            }
            let depth = names(&folder_path(sql, target)?).count() as u64 + height(sql, folder)?;
            Error::check_limit("folder_depth", depth, FOLDER_DEPTH)?;
            let order = order_key(sql, target, None, &FolderPosition::Last)?;
            // Folders that could not be where another library wants them stay where they are seen: this move may make room for them,
            // and must not be what is skipped then.
            sql.execute(
                "UPDATE folders SET wanted = NULL, parent_clock = ?1 WHERE wanted IS NOT NULL",
                [context.tick()],
            )?;
            sql.execute(
                "UPDATE folders SET parent = ?2, parent_clock = ?3, order_key = ?4, order_clock = ?3, wanted = NULL
                 WHERE n = ?1",
                params![folder, target, context.tick(), order],
            )?;
            load(sql, folder)
        })
    }

    /// Places a folder among its siblings.
    ///
    /// # Errors
    /// `folder_not_found`, for the sibling too.
    pub fn order_folder(&self, path: &str, position: FolderPosition) -> Result<Folder> {
        self.write(|sql, context| {
            let folder = existing(sql, path)?;
            let parent: i64 =
                sql.query_row("SELECT parent FROM folders WHERE n = ?1", [folder], |row| row.get(0))?;
            let order = order_key(sql, parent, Some(folder), &position)?;
            sql.execute(
                "UPDATE folders SET order_key = ?2, order_clock = ?3 WHERE n = ?1",
                params![folder, order, context.tick()],
            )?;
            load(sql, folder)
        })
    }

    /// Deletes an empty folder.
    ///
    /// # Errors
    /// `folder_not_found`; `folder_not_empty` names what it still holds, trashed documents included.
    pub fn delete_folder(&self, path: &str) -> Result<()> {
        self.write(|sql, context| {
            let folder = existing(sql, path)?;
            let (documents, folders): (i64, i64) = sql.query_row(
                "SELECT (SELECT count(*) FROM documents WHERE folder = ?1),
                        (SELECT count(*) FROM folders WHERE parent = ?1)",
                [folder],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            if documents + folders > 0 {
                return Err(Error::FolderNotEmpty {
                    documents: documents.unsigned_abs(),
                    folders: folders.unsigned_abs(),
                });
            }
            sql.execute(
                "INSERT OR REPLACE INTO purged (id, kind, clock) SELECT id, 1, ?2 FROM folders WHERE n = ?1",
                params![folder, context.tick()],
            )?;
            sql.execute("DELETE FROM folders WHERE n = ?1", [folder])?;
            Ok(())
        })
    }
}
