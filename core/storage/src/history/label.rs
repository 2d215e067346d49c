//! Labels: names that a person gives to versions.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{DOCUMENT_LABELS, LABEL_BYTES};
use writemagic_shared::runtime::Timestamp;

use super::load::{stored_version, version_of};
use super::version::check_known;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::Version;
use crate::journal::parse_heads;

/// A version with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// Any Unicode, at most [`LABEL_BYTES`].
    pub name: String,
    /// What it names.
    pub version: Version,
    /// When it was given.
    pub at: Timestamp,
}

/// The version of a label.
pub(super) fn labelled(sql: &Connection, document: i64, name: &str) -> Result<Option<Version>> {
    let heads: Option<Vec<u8>> = sql
        .prepare_cached(
            "SELECT frontier FROM labels WHERE document = ?1 AND name = ?2 AND frontier IS NOT NULL",
        )?
        .query_row(params![document, name], |row| row.get(0))
        .optional()?;
    heads.map(|heads| parse(sql, &heads)).transpose()
}

fn parse(sql: &Connection, heads: &[u8]) -> Result<Version> {
    let heads = parse_heads(heads).ok_or(Error::LibraryCorrupt { found: "a label's version" })?;
    version_of(sql, &heads)
}

/// A document's labels, oldest first.
pub(super) fn labels(sql: &Connection, document: i64) -> Result<Vec<Label>> {
    let mut statement = sql.prepare_cached(
        "SELECT name, frontier, at FROM labels WHERE document = ?1 AND frontier IS NOT NULL ORDER BY at, name",
    )?;
    let mut rows = statement.query([document])?;
    let mut labels = Vec::new();
    while let Some(row) = rows.next()? {
        let heads: Vec<u8> = row.get(1)?;
        let at = Timestamp::from_millis(row.get(2)?);
        labels.push(Label { name: row.get(0)?, version: parse(sql, &heads)?, at });
    }
    Ok(labels)
}

/// Every method touches the disk; changes are durable when they return.
impl Library {
    /// A document's labels, oldest first.
    ///
    /// # Errors
    /// `document_not_found`.
    pub fn labels(&self, document: DocumentId) -> Result<Vec<Label>> {
        self.read(|sql| labels(sql, document_number(sql, document)?))
    }

    /// Gives a version a name, which it loses where it was.
    ///
    /// # Errors
    /// `version_not_found`; `invalid_argument` for an empty name; `limit_exceeded` over [`LABEL_BYTES`].
    pub fn label(&self, document: DocumentId, name: &str, version: &Version) -> Result<Label> {
        if name.is_empty() {
            return Err(Error::InvalidArgument { what: "label", reason: "empty" });
        }
        Error::check_limit("label_bytes", name.len() as u64, LABEL_BYTES)?;
        self.settle(document)?;
        self.write(|sql, context| {
            let n = document_number(sql, document)?;
            check_known(sql, n, version)?;
            let count: i64 = sql
                .prepare_cached("SELECT count(*) FROM labels WHERE document = ?1 AND name <> ?2")?
                .query_row(params![n, name], |row| row.get(0))?;
            Error::check_limit("document_labels", count.unsigned_abs() + 1, DOCUMENT_LABELS)?;
            let at = context.now();
            let heads = crate::journal::heads_bytes(&stored_version(sql, version, at.as_millis())?);
            sql.prepare_cached(
                "INSERT OR REPLACE INTO labels (document, name, frontier, at, clock) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![n, name, heads, at.as_millis(), context.tick()])?;
            Ok(Label { name: name.to_owned(), version: version.clone(), at })
        })
    }

    /// Takes a label away; the version stays. One that is not there is no error.
    ///
    /// # Errors
    /// `document_not_found`.
    pub fn unlabel(&self, document: DocumentId, name: &str) -> Result<()> {
        self.write(|sql, context| {
            let n = document_number(sql, document)?;
            sql.execute(
                "UPDATE labels SET frontier = NULL, clock = ?3 WHERE document = ?1 AND name = ?2",
                params![n, name, context.tick()],
            )?;
            Ok(())
        })
    }
}
