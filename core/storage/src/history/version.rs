//! Naming versions: by id, by label, by the start of an id.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::ID_PREFIX_CHARS;

use super::branch::branch_number;
use super::label::labelled;
use super::load::{load, version_of};
use super::timeline::timeline;
use super::travel::includes_version;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::Version;
use crate::journal::{self, Heads, parse_heads};
use crate::schema::{head_key, journal_key};

/// The present version of a branch, every acknowledged edit included.
pub(super) fn present(sql: &Connection, document: i64, branch: i64) -> Result<Version> {
    version_of(sql, &journal::current(sql, document, branch)?.tail.heads)
}

/// The version of a branch, without its text.
pub(crate) fn branch_heads(sql: &Connection, n: i64, branch: i64) -> Result<Heads> {
    let stored = journal::stored_heads(sql, n, branch)?;
    let (heads, lv) = stored.ok_or(Error::LibraryCorrupt { found: "a branch without a head" })?;
    let keys = (journal_key(n, lv), journal_key(n + 1, 0));
    let newest: Option<(i64, u32)> = sql
        .prepare_cached(
            "SELECT agent, seq + events - 1 FROM journal WHERE n >= ?1 AND n < ?2 AND branch = ?3
             ORDER BY n DESC LIMIT 1",
        )?
        .query_row(params![keys.0, keys.1, branch], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(newest.map_or(heads, |last| Heads::from_slice(&[last])))
}

/// The version that a branch is to take in as soon as its session lets it.
pub(crate) fn waiting_heads(sql: &Connection, n: i64, branch: i64) -> Result<Option<Heads>> {
    let waiting: Option<Vec<u8>> = sql
        .prepare_cached("SELECT frontier FROM incoming WHERE head = ?1")?
        .query_row([head_key(n, branch)], |row| row.get(0))
        .optional()?;
    let corrupt = || Error::LibraryCorrupt { found: "a version that waits" };
    waiting.map(|heads| parse_heads(&heads).ok_or_else(corrupt)).transpose()
}

/// `version_not_found` for a version that the document's history does not have.
pub(super) fn check_known(sql: &Connection, document: i64, version: &Version) -> Result<()> {
    let newest = load(sql, document, u32::MAX)?;
    newest.log().find_heads(version).map(|_| ()).map_err(|_| Error::VersionNotFound)
}

impl Library {
    /// The present version of a branch. Touches the disk.
    ///
    /// # Errors
    /// `document_not_found`, `branch_not_found`.
    pub fn version(&self, document: DocumentId, branch: &str) -> Result<Version> {
        self.settle(document)?;
        self.read(|sql| {
            let n = document_number(sql, document)?;
            present(sql, n, branch_number(sql, n, branch)?)
        })
    }

    /// Whether a branch's text has all of a version in it, whatever was done to that since. Touches the disk.
    ///
    /// # Errors
    /// `version_not_found`; `document_not_found`, `branch_not_found`.
    pub fn has_version(&self, document: DocumentId, branch: &str, version: &Version) -> Result<bool> {
        self.settle(document)?;
        self.read(|sql| {
            let n = document_number(sql, document)?;
            let branch = branch_number(sql, n, branch)?;
            check_known(sql, n, version)?;
            let loaded = self.inner.kept_history.all(sql, n)?;
            includes_version(sql, n, branch, &loaded, version)
        })
    }

    /// The version that `name` means: `head`, the branch's present one; else a full version id; else a label; else a
    /// unique start of the id of a version on the branch's timeline, at least [`ID_PREFIX_CHARS`] characters.
    /// Touches the disk.
    ///
    /// # Errors
    /// `version_not_found`; `ambiguous_version` when several begin so; `document_not_found`, `branch_not_found`.
    pub fn find_version(&self, document: DocumentId, branch: &str, name: &str) -> Result<Version> {
        self.settle(document)?;
        self.read(|sql| {
            let n = document_number(sql, document)?;
            let branch = branch_number(sql, n, branch)?;
            if name == "head" {
                return present(sql, n, branch);
            }
            if let Ok(version) = name.parse::<Version>() {
                return check_known(sql, n, &version).map(|()| version);
            }
            if let Some(version) = labelled(sql, n, name)? {
                return Ok(version);
            }
            if (name.len() as u64) < ID_PREFIX_CHARS {
                return Err(Error::VersionNotFound);
            }
            let mut found: Vec<Version> = Vec::new();
            let loaded = self.inner.kept_history.all(sql, n)?;
            for entry in timeline(sql, &loaded, n, branch, true)? {
                if entry.version.to_string().starts_with(name) && !found.contains(&entry.version) {
                    found.push(entry.version);
                }
            }
            match found.len() {
                0 => Err(Error::VersionNotFound),
                1 => found.pop().ok_or(Error::VersionNotFound),
                count => Err(Error::AmbiguousVersion { count: count as u64 }),
            }
        })
    }
}
