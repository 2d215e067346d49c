//! Branches: alternatives of a document, each with a text of its own, in one history.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::event;
use writemagic_shared::id::{BranchId, DocumentId};
use writemagic_shared::limits::BRANCH_NAME_BYTES;
use writemagic_shared::runtime::Timestamp;
use writemagic_shared::text::TextStats;

use super::load::{stored_version, version_of};
use super::travel::text_at;
use super::version::present;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::Version;
use crate::journal::{self, End, Tail, piece_before};
use crate::schema::{MAIN, MAX_BRANCH, head_branch, head_document, head_key};
use crate::session::EditSession;

/// The name of the branch that every document has, which nothing else is called.
pub const MAIN_BRANCH: &str = "main";

/// A branch of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Branch {
    /// `main`, or what it was called; at most [`BRANCH_NAME_BYTES`].
    pub name: String,
    /// Its name for ever; none for main.
    pub id: Option<BranchId>,
    /// What its text is now.
    pub version: Version,
    /// Counts of its text.
    pub stats: TextStats,
    /// When it was made; the document's creation for main.
    pub created: Timestamp,
}

/// The number of the branch of this name.
pub(crate) fn branch_number(sql: &Connection, document: i64, name: &str) -> Result<i64> {
    if name == MAIN_BRANCH {
        return Ok(MAIN);
    }
    let keys = (head_key(document, MAIN), head_key(document + 1, MAIN));
    let named = sql
        .prepare_cached("SELECT n FROM branches WHERE n > ?1 AND n < ?2 AND name = ?3 ORDER BY id LIMIT 1")?
        .query_row(params![keys.0, keys.1, name], |row| row.get(0).map(head_branch))
        .optional()?;
    if let Some(branch) = named {
        return Ok(branch);
    }
    let mut statement = sql.prepare_cached("SELECT n FROM branches WHERE n > ?1 AND n < ?2")?;
    let numbers = statement.query_map([keys.0, keys.1], |row| row.get(0).map(head_branch))?;
    for branch in numbers.collect::<rusqlite::Result<Vec<i64>>>()? {
        if shown_name(sql, document, branch)? == name {
            return Ok(branch);
        }
    }
    Err(Error::BranchNotFound)
}

/// What a branch is called: its name, or, where two libraries gave that to several, for all but the oldest also the end of its id.
fn shown_name(sql: &Connection, document: i64, branch: i64) -> Result<String> {
    let (name, id, others): (String, [u8; 16], i64) = sql
        .prepare_cached(
            "SELECT name, id, (SELECT count(*) FROM branches AS older
                               WHERE older.n > ?2 AND older.n < ?3 AND older.name = branches.name AND older.id < branches.id)
             FROM branches WHERE n = ?1",
        )?
        .query_row(
            [head_key(document, branch), head_key(document, MAIN), head_key(document + 1, MAIN)],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
    if others == 0 {
        return Ok(name);
    }
    let end: String = id[12..].iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{name} ({end})"))
}

/// Where the history of a document ends.
pub(crate) fn end_of(sql: &Connection, document: i64) -> Result<End> {
    Ok(piece_before(sql, document, u32::MAX >> 2)?.map_or_else(End::default, |piece| piece.end))
}

fn check_name(name: &str) -> Result<()> {
    match name {
        "" => Err(Error::InvalidArgument { what: "branch", reason: "empty" }),
        MAIN_BRANCH => Err(Error::BranchExists),
        _ => Error::check_limit("branch_name_bytes", name.len() as u64, BRANCH_NAME_BYTES),
    }
}

/// A free number for another branch of a document.
pub(crate) fn free_number(sql: &Connection, document: i64) -> Result<i64> {
    let keys = [head_key(document, MAIN), head_key(document + 1, MAIN)];
    let mut statement = sql.prepare_cached("SELECT n FROM branches WHERE n > ?1 AND n < ?2 ORDER BY n")?;
    let taken = statement.query_map(keys, |row| row.get(0).map(head_branch))?;
    let mut free = MAIN + 1;
    for number in taken {
        if number? != free {
            break;
        }
        free += 1;
    }
    Error::check_limit("branches", free.unsigned_abs(), MAX_BRANCH.unsigned_abs())?;
    Ok(free)
}

/// Writes the head of a branch anew: the text at a version.
pub(crate) fn write_branch_head(
    sql: &Connection,
    document: i64,
    branch: i64,
    version: &Version,
    text: &str,
    now: i64,
) -> Result<TextStats> {
    let end = end_of(sql, document)?;
    let tail = Tail { end, heads: stored_version(sql, version, now)?, tip: 0 };
    let stats = TextStats::of(text);
    journal::write_head(sql, document, branch, &tail, text, &stats)?;
    Ok(stats)
}

fn load_branch(sql: &Connection, document: i64, branch: i64) -> Result<Branch> {
    let (name, id, created): (String, Option<[u8; 16]>, i64) = if branch == MAIN {
        let created = sql
            .prepare_cached("SELECT created FROM documents WHERE n = ?1")?
            .query_row([document], |row| row.get(0))?;
        (MAIN_BRANCH.to_owned(), None, created)
    } else {
        sql.prepare_cached("SELECT name, id, created FROM branches WHERE n = ?1")?
            .query_row([head_key(document, branch)], |row| {
                Ok((row.get(0)?, Some(row.get(1)?), row.get(2)?))
            })?
    };
    let name = if branch == MAIN { name } else { shown_name(sql, document, branch)? };
    let mut current = journal::current(sql, document, branch)?;
    Ok(Branch {
        name,
        id: id.map(BranchId::from_bytes),
        version: version_of(sql, &current.tail.heads)?,
        stats: current.text.stats(),
        created: Timestamp::from_millis(created),
    })
}

/// Every method touches the disk; changes are durable when they return. All fail with `document_not_found` for a document that
/// is not there, and `branch_not_found` for a branch that it does not have.
impl Library {
    /// A document's branches, main first, the others in the order in which they were made.
    pub fn branches(&self, document: DocumentId) -> Result<Vec<Branch>> {
        self.settle(document)?;
        self.read(|sql| {
            let n = document_number(sql, document)?;
            let mut statement =
                sql.prepare_cached("SELECT n FROM branches WHERE n > ?1 AND n < ?2 ORDER BY created, id")?;
            let keys = [head_key(n, MAIN), head_key(n + 1, MAIN)];
            let others = statement.query_map(keys, |row| row.get(0).map(head_branch))?;
            let numbers: Vec<i64> = std::iter::once(Ok(MAIN)).chain(others).collect::<Result<_, _>>()?;
            numbers.into_iter().map(|branch| load_branch(sql, n, branch)).collect()
        })
    }

    /// Makes a branch: an alternative that begins at a version, at main's present one if none is named.
    ///
    /// # Errors
    /// `branch_exists`; `version_not_found`; `limit_exceeded` over [`BRANCH_NAME_BYTES`] or 4,095 branches.
    pub fn create_branch(&self, document: DocumentId, name: &str, at: Option<&Version>) -> Result<Branch> {
        check_name(name)?;
        self.settle(document)?;
        self.write(|sql, context| {
            let n = document_number(sql, document)?;
            if branch_number(sql, n, name).is_ok() {
                return Err(Error::BranchExists);
            }
            let version = match at {
                Some(version) => version.clone(),
                None => present(sql, n, MAIN)?,
            };
            let text = text_at(sql, n, &self.inner.kept_history, &version)?.to_string();
            let branch = free_number(sql, n)?;
            let now = context.now();
            sql.prepare_cached(
                "INSERT INTO branches (n, id, name, name_clock, created) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                head_key(n, branch),
                BranchId::new(now).as_bytes(),
                name,
                context.tick(),
                now.as_millis()
            ])?;
            write_branch_head(sql, n, branch, &version, &text, now.as_millis())?;
            load_branch(sql, n, branch)
        })
    }

    /// Gives a branch another name.
    ///
    /// # Errors
    /// `branch_exists`, for main's name too; `invalid_argument` to rename main.
    pub fn rename_branch(&self, document: DocumentId, name: &str, new_name: &str) -> Result<Branch> {
        check_name(new_name)?;
        self.write(|sql, context| {
            let n = document_number(sql, document)?;
            let branch = other_than_main(sql, n, name)?;
            if name != new_name && branch_number(sql, n, new_name).is_ok() {
                return Err(Error::BranchExists);
            }
            sql.prepare_cached("UPDATE branches SET name = ?2, name_clock = ?3 WHERE n = ?1")?
                .execute(params![head_key(n, branch), new_name, context.tick()])?;
            load_branch(sql, n, branch)
        })
    }

    /// Deletes a branch; a session on it is closed. What was written on it stays in the history, reachable by its
    /// versions, which labels keep findable.
    ///
    /// # Errors
    /// `invalid_argument` for main.
    pub fn delete_branch(&self, document: DocumentId, name: &str) -> Result<()> {
        let branch = self.read(|sql| {
            let n = document_number(sql, document)?;
            other_than_main(sql, n, name)
        })?;
        self.settle(document)?;
        self.inner.sessions.closing(document, Some(branch), || {
            self.write(|sql, context| {
                let n = document_number(sql, document)?;
                let clock = context.tick();
                delete_branch(sql, n, other_than_main(sql, n, name)?, clock)?;
                event!(Info, "branch deleted", document = document);
                Ok(())
            })
        })
    }

    /// Opens an edit session on a branch, or another handle of the one that is open on it.
    ///
    /// # Errors
    /// As [`Library::edit`].
    pub fn edit_branch(&self, document: DocumentId, name: &str) -> Result<EditSession> {
        let branch = self.read(|sql| branch_number(sql, document_number(sql, document)?, name))?;
        self.edit_on(document, branch)
    }

    /// The text of a branch, every acknowledged edit included.
    pub fn branch_text(&self, document: DocumentId, name: &str) -> Result<String> {
        self.read(|sql| {
            let n = document_number(sql, document)?;
            let branch = branch_number(sql, n, name)?;
            Ok(journal::current(sql, n, branch)?.text.rope().to_string())
        })
    }

    /// Saves what the sessions on a document hold, so that the library knows all of it.
    pub(crate) fn settle(&self, document: DocumentId) -> Result<()> {
        self.inner.sessions.settle(&self.inner, document)
    }
}

/// The document's row and the number of the branch with an id.
pub(crate) fn branch_of_id(sql: &Connection, id: &[u8; 16]) -> Result<Option<(i64, i64)>> {
    Ok(sql
        .prepare_cached("SELECT n FROM branches WHERE id = ?1")?
        .query_row([id], |row| row.get(0).map(|n| (head_document(n), head_branch(n))))
        .optional()?)
}

/// How many branches a document has beside main.
pub(crate) fn count_branches(sql: &Connection, document: i64) -> Result<u64> {
    let count: i64 = sql
        .prepare_cached("SELECT count(*) FROM branches WHERE n > ?1 AND n < ?2")?
        .query_row([head_key(document, MAIN), head_key(document + 1, MAIN)], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Removes the branch with an id, which another library has deleted.
pub(crate) fn delete_branch_of_id(sql: &Connection, id: &[u8; 16], clock: i64) -> Result<()> {
    match branch_of_id(sql, id)? {
        Some((document, branch)) => delete_branch(sql, document, branch, clock),
        None => Ok(()),
    }
}

fn other_than_main(sql: &Connection, document: i64, name: &str) -> Result<i64> {
    match branch_number(sql, document, name)? {
        MAIN => Err(Error::InvalidArgument { what: "branch", reason: "main stays as it is" }),
        branch => Ok(branch),
    }
}

/// Removes a branch's rows and leaves its tombstone.
pub(crate) fn delete_branch(sql: &Connection, document: i64, branch: i64, clock: i64) -> Result<()> {
    let key = head_key(document, branch);
    sql.execute(
        "INSERT OR REPLACE INTO purged (id, kind, clock) SELECT id, 2, ?2 FROM branches WHERE n = ?1",
        params![key, clock],
    )?;
    for (table, column) in [("branches", "n"), ("heads", "n"), ("ahead", "head"), ("incoming", "head")] {
        sql.execute(&format!("DELETE FROM {table} WHERE {column} = ?1"), [key])?;
    }
    sql.execute("DELETE FROM groups WHERE document = ?1 AND branch = ?2", params![document, branch])?;
    Ok(())
}
