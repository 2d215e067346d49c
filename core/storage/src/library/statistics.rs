//! Counts and sizes of a library.

use serde::Serialize;

use super::Library;
use crate::error::Result;

/// Counts and sizes of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LibraryStatistics {
    /// Documents outside the trash.
    pub documents: u64,
    /// Documents in the trash.
    pub trashed: u64,
    /// Folders.
    pub folders: u64,
    /// Events of all histories: characters inserted and deleted.
    pub events: u64,
    /// Bytes of all histories: folded, and not folded yet.
    pub history_bytes: u64,
    /// Pieces that histories are folded into.
    pub chunks: u64,
    /// Bytes of all texts, as of their stored heads.
    pub text_bytes: u64,
    /// Bytes of the database file and its write-ahead log.
    pub disk_bytes: u64,
    /// Documents whose stored text is behind their journal.
    pub unrefreshed: u64,
}

impl Library {
    /// Counts and sizes. Touches the disk; costs a pass over the tables' indexes and the journal's keys.
    pub fn statistics(&self) -> Result<LibraryStatistics> {
        let disk_bytes = self.inner.disk_bytes();
        self.read(|sql| {
            let number = |query: &str| -> Result<u64> {
                Ok(sql.query_row(query, [], |row| row.get::<_, i64>(0))?.max(0).unsigned_abs())
            };
            Ok(LibraryStatistics {
                documents: number("SELECT count(*) FROM documents WHERE trashed = 0")?,
                trashed: number("SELECT count(*) FROM documents WHERE trashed = 1")?,
                folders: number("SELECT count(*) FROM folders")?,
                events: number(
                    "SELECT (SELECT coalesce(sum(events), 0) FROM journal)
                          + (SELECT coalesce(sum(events), 0) FROM chunks)",
                )?,
                history_bytes: number(
                    "SELECT (SELECT coalesce(sum(length(row)), 0) FROM journal)
                          + (SELECT coalesce(sum(length(bytes)), 0) FROM chunks)",
                )?,
                chunks: number("SELECT count(*) FROM chunks")?,
                text_bytes: number("SELECT coalesce(sum(bytes), 0) FROM heads")?,
                disk_bytes,
                unrefreshed: number("SELECT count(*) FROM ahead")?,
            })
        })
    }
}
