//! Listing documents, newest change first, page by page.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::str::FromStr;

use rusqlite::params;
use writemagic_shared::limits::PAGE_ROWS;

use super::Document;
use super::folder::{find_folder, folder_path, subtree};
use super::read::{catch_up, document_of, document_query};
use crate::Library;
use crate::error::{Error, Result};

/// Which documents a listing holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Only documents in this folder or below it; an unknown folder holds none.
    pub folder: Option<String>,
    /// Trashed documents instead of the others.
    pub trashed: bool,
}

/// Where a page ended. Stable while documents are added or changed; travels as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) modified: i64,
    pub(crate) n: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.modified, self.n)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = Error::InvalidArgument { what: "cursor", reason: "not one that a listing gave" };
        let parse = |part: &str| i64::from_str_radix(part, 16).ok();
        match text.rsplit_once('-').map(|(modified, n)| (parse(modified), parse(n))) {
            Some((Some(modified), Some(n))) => Ok(Self { modified, n }),
            _ => Err(invalid),
        }
    }
}

/// A page of a listing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DocumentPage {
    /// The documents, newest change first.
    pub documents: Vec<Document>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
    /// How many documents the filter holds in all.
    pub total: u64,
}

impl Library {
    /// A page of documents, newest change first. Touches the disk. `limit` is clamped to
    /// [`writemagic_shared::limits::PAGE_ROWS`]; costs the page, and a pass over the index for the total.
    pub fn documents(
        &self,
        filter: &DocumentFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<DocumentPage> {
        let limit = limit.min(PAGE_ROWS as usize);
        self.read(|sql| {
            let folders = match filter.folder.as_deref() {
                None | Some("") => None,
                Some(path) => match find_folder(sql, path)? {
                    Some(folder) => Some(subtree(sql, folder)?),
                    None => return Ok(DocumentPage { documents: Vec::new(), next: None, total: 0 }),
                },
            };
            // Row numbers as a JSON list: one statement for any number of folders.
            let folders = folders.map(|folders| format!("{folders:?}"));
            let total: i64 = sql
                .prepare_cached(
                    "SELECT count(*) FROM documents
                     WHERE trashed = ?1 AND (?2 IS NULL OR folder IN (SELECT value FROM json_each(?2)))",
                )?
                .query_row(params![filter.trashed, folders], |row| row.get(0))?;
            let after = after.unwrap_or(Cursor { modified: i64::MAX, n: i64::MAX });
            let mut statement = sql.prepare_cached(&format!(
                "{} WHERE trashed = ?1 AND (modified, documents.n) < (?2, ?3)
                   AND (?5 IS NULL OR folder IN (SELECT value FROM json_each(?5)))
                 ORDER BY modified DESC, documents.n DESC LIMIT ?4",
                document_query()
            ))?;
            let values = params![filter.trashed, after.modified, after.n, limit as i64 + 1, folders];
            let mut rows: Vec<_> =
                statement.query_map(values, document_of)?.collect::<rusqlite::Result<_>>()?;
            let more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| more);
            let next = next.map(|(n, _, last)| Cursor { modified: last.modified.as_millis(), n: *n });
            let mut paths = HashMap::from([(0, String::new())]);
            let mut documents = Vec::with_capacity(rows.len());
            for (n, folder, mut document) in rows {
                if let Entry::Vacant(open) = paths.entry(folder) {
                    open.insert(folder_path(sql, folder)?);
                }
                document.folder.clone_from(&paths[&folder]);
                catch_up(sql, n, &mut document)?;
                documents.push(document);
            }
            Ok(DocumentPage { documents, next, total: total.max(0).unsigned_abs() })
        })
    }
}
