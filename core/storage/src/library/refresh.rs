//! Bringing heads up to their journals: text, counts and search row of a document in one transaction.

use std::sync::atomic::Ordering;

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::event;
use writemagic_shared::text::TextStats;

use super::{Inner, Library};
use crate::error::{Error, Result};
use crate::journal::{self, Tail};
use crate::schema::{MAIN, head_branch, head_document, head_key};
use crate::search::{self, Collection};

/// When the search row of a head is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Indexing {
    /// With the head.
    Now,
    /// When there is time, as if the head were behind: indexing a long text takes far longer than all the rest of a merge.
    Later,
}

/// Writes a branch's head at `tail`; of main also the search row (unless trashed), and the time of the last change.
pub(crate) fn refresh_head(
    sql: &Connection,
    (document, branch): (i64, i64),
    tail: &Tail,
    text: &str,
    stats: &TextStats,
    modified: Option<i64>,
    indexing: Indexing,
) -> Result<()> {
    journal::write_head(sql, document, branch, tail, text, stats)?;
    if let Some(modified) = modified.filter(|_| branch == MAIN) {
        sql.prepare_cached("UPDATE documents SET modified = ?2 WHERE n = ?1")?
            .execute(params![document, modified])?;
    }
    if indexing == Indexing::Later {
        if branch == MAIN {
            search::note_change(sql, Collection::Passages, document)?;
        }
        return journal::mark_ahead(sql, document, branch);
    }
    sql.prepare_cached("DELETE FROM ahead WHERE head = ?1")?.execute([head_key(document, branch)])?;
    if branch == MAIN { write_search_row(sql, document, text) } else { Ok(()) }
}

/// Makes a document's search row say what its title and text are; a trashed one has none.
pub(crate) fn write_search_row(sql: &Connection, document: i64, text: &str) -> Result<()> {
    let (title, trashed): (String, bool) = sql
        .prepare_cached("SELECT title, trashed FROM documents WHERE n = ?1")?
        .query_row([document], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Error::DocumentNotFound)?;
    if trashed {
        search::remove(sql, document)
    } else {
        search::put(sql, document, &search::terms(&title, text))
    }
}

impl Library {
    /// Refreshes every head that a killed or suspended writer left behind its journal, and takes in what waits.
    pub(super) fn refresh_behind(&self) -> Result<()> {
        self.inner.refresh_behind()?;
        self.take_in_waiting()
    }
}

impl Inner {
    /// Remembers that a head was written without its search row, of a document that no session looks after.
    pub(crate) fn note_unindexed(&self) {
        self.unindexed.store(true, Ordering::Release); // Release: whoever sees it finds the head in the database
    }

    /// Writes the search rows that merges left for later.
    pub(crate) fn index_merged(&self) -> Result<()> {
        // Acquire: as in `note_unindexed`. Set again by a failure, so that the next one tries again.
        if !self.unindexed.swap(false, Ordering::Acquire) {
            return Ok(());
        }
        self.refresh_behind().inspect_err(|_| self.note_unindexed())
    }

    /// Refreshes every head that is behind its journal. A document whose history is damaged is left as it is: it opens
    /// read-only, and `check` reports it.
    fn refresh_behind(&self) -> Result<()> {
        let behind: Vec<i64> = self.with_writer(|sql| {
            let mut statement = sql.prepare("SELECT head FROM ahead")?;
            let rows = statement.query_map([], |row| row.get::<_, i64>(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        for head in behind {
            let (document, branch) = (head_document(head), head_branch(head));
            let refreshed = self.write(|sql, _| {
                let mut current = journal::current(sql, document, branch)?;
                if current.history_is_damaged || current.head_is_damaged {
                    return Ok(());
                }
                let stats = current.text.stats();
                let text = current.text.rope().to_string();
                refresh_head(
                    sql,
                    (document, branch),
                    &current.tail,
                    &text,
                    &stats,
                    current.last_at,
                    Indexing::Now,
                )
            });
            event!(Debug, "a head left behind was refreshed", row = document, ok = refreshed.is_ok());
            match refreshed {
                Ok(()) | Err(Error::LibraryCorrupt { .. } | Error::DocumentNotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
