//! Changing what a document is called, where it stands and whether it is in the trash.

use rusqlite::{Connection, params};
use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::TARGET;

use super::create::check_title;
use super::folder::ensure_folder;
use super::language::check_language_tag;
use super::{Document, Targets, document_number, load_document};
use crate::Library;
use crate::error::{Error, Result};
use crate::journal;
use crate::library::{WriteContext, write_search_row};
use crate::schema::{MAIN, head_key, journal_key};
use crate::search::{self, Collection};

/// Every method touches the disk and is durable when it returns the changed document. All fail with
/// `document_not_found` for an id that is not there, and with the errors of any write: `library_read_only`,
/// `disk_full`, `io`.
impl Library {
    /// Gives a document another title, in one transaction with its search row.
    ///
    /// # Errors
    /// `limit_exceeded` over [`writemagic_shared::limits::TITLE_BYTES`].
    pub fn rename(&self, document: DocumentId, title: &str) -> Result<Document> {
        check_title(title)?;
        self.change(document, |sql, context, n, now| {
            if now.title == title {
                return Ok(());
            }
            sql.execute(
                "UPDATE documents SET title = ?2, title_clock = ?3 WHERE n = ?1",
                params![n, title, context.tick()],
            )?;
            refresh_search_row(sql, n)
        })
    }

    /// Moves a document to a folder ("" = the top), which is created with its parents where missing. Moving to where
    /// it is changes nothing.
    ///
    /// # Errors
    /// `invalid_folder_name`, `limit_exceeded`.
    pub fn move_document(&self, document: DocumentId, folder: &str) -> Result<Document> {
        self.change(document, |sql, context, n, _| {
            let folder = ensure_folder(sql, context, folder)?;
            sql.execute(
                "UPDATE documents SET folder = ?2, folder_clock = ?3 WHERE n = ?1 AND folder <> ?2",
                params![n, folder, context.tick()],
            )?;
            Ok(())
        })
    }

    /// Puts a document in the trash: it leaves listings and search, and everything else still works on it. Trashing it
    /// again changes nothing.
    pub fn trash(&self, document: DocumentId) -> Result<Document> {
        self.set_trashed(document, true)
    }

    /// Takes a document out of the trash, into the folder it was in. Doing so again changes nothing.
    pub fn untrash(&self, document: DocumentId) -> Result<Document> {
        self.set_trashed(document, false)
    }

    fn set_trashed(&self, document: DocumentId, trashed: bool) -> Result<Document> {
        self.change(document, |sql, context, n, now| {
            if now.trashed == trashed {
                return Ok(());
            }
            sql.execute(
                "UPDATE documents SET trashed = ?2, trashed_clock = ?3 WHERE n = ?1",
                params![n, trashed, context.tick()],
            )?;
            refresh_search_row(sql, n)
        })
    }

    /// Destroys a document, trashed or not, with its history; a tombstone of its id stays. Its session, if one is open,
    /// is closed. Returns what it was.
    ///
    /// Nothing of its words is left in the library's files then, in slices between which others may write; that takes time in
    /// proportion to all words of the library, some milliseconds a mebibyte of text. Bundles and back-ups that were written before
    /// keep theirs, and so does what models were asked about it.
    ///
    /// # Errors
    /// `confirmation_required` unless `confirmed`; those of a write. The document is gone even where clearing away what is left
    /// of its words failed; that is done with the next one.
    pub fn purge(&self, document: DocumentId, confirmed: bool) -> Result<Document> {
        if !confirmed {
            return Err(Error::ConfirmationRequired);
        }
        let (n, was) = self.inner.sessions.closing(document, None, || {
            self.write(|sql, context| {
                let n = document_number(sql, document)?;
                let was = load_document(sql, n)?;
                purge_rows(sql, n)?;
                sql.execute(
                    "INSERT OR REPLACE INTO purged (id, kind, clock) VALUES (?1, 0, ?2)",
                    params![document.as_bytes(), context.tick()],
                )?;
                event!(Info, "document purged", document = document);
                Ok((n, was))
            })
        })?;
        self.inner.erase_meaning(Collection::Passages, &[n]);
        self.inner.leave_no_trace()?;
        Ok(was)
    }

    /// Sets or clears the targets.
    ///
    /// # Errors
    /// `limit_exceeded` over [`TARGET`].
    pub fn set_targets(&self, document: DocumentId, targets: Targets) -> Result<Document> {
        for target in [targets.words, targets.chars].into_iter().flatten() {
            Error::check_limit("target", target, TARGET)?;
        }
        self.change(document, |sql, context, n, _| {
            let signed = |target: Option<u64>| target.map(|target| target as i64);
            sql.execute(
                "UPDATE documents SET words_target = ?2, chars_target = ?3, target_clock = ?4 WHERE n = ?1",
                params![n, signed(targets.words), signed(targets.chars), context.tick()],
            )?;
            Ok(())
        })
    }

    /// Sets or clears the language, a BCP 47 tag kept as given.
    ///
    /// # Errors
    /// `invalid_language_tag`, `limit_exceeded`.
    pub fn set_language(&self, document: DocumentId, tag: Option<&str>) -> Result<Document> {
        tag.map_or(Ok(()), check_language_tag)?;
        self.change(document, |sql, context, n, _| {
            sql.execute(
                "UPDATE documents SET language = ?2, language_clock = ?3 WHERE n = ?1",
                params![n, tag, context.tick()],
            )?;
            // Words have other stems.
            search::note_change(sql, Collection::Passages, n)
        })
    }

    fn change(
        &self,
        document: DocumentId,
        change: impl FnOnce(&Connection, &mut WriteContext, i64, &Document) -> Result<()>,
    ) -> Result<Document> {
        self.write(|sql, context| {
            let n = document_number(sql, document)?;
            let now = load_document(sql, n)?;
            change(sql, context, n, &now)?;
            load_document(sql, n)
        })
    }
}

fn refresh_search_row(sql: &Connection, n: i64) -> Result<()> {
    let text = journal::head_text(sql, n, MAIN)?;
    write_search_row(sql, n, &text)
}

/// Removes all rows of a document.
pub(crate) fn purge_rows(sql: &Connection, n: i64) -> Result<()> {
    search::remove(sql, n)?;
    let rows = [journal_key(n, 0), journal_key(n + 1, 0)];
    for table in ["journal", "chunks", "checkpoints"] {
        sql.execute(&format!("DELETE FROM {table} WHERE n >= ?1 AND n < ?2"), rows)?;
    }
    for table in ["labels", "anchors", "groups", "superseded", "proposals"] {
        sql.execute(&format!("DELETE FROM {table} WHERE document = ?1"), [n])?;
    }
    let heads = [head_key(n, MAIN), head_key(n + 1, MAIN)];
    for (table, key) in [("heads", "n"), ("branches", "n"), ("ahead", "head"), ("incoming", "head")] {
        sql.execute(&format!("DELETE FROM {table} WHERE {key} >= ?1 AND {key} < ?2"), heads)?;
    }
    sql.execute("DELETE FROM imports WHERE document = ?1", [n])?;
    sql.execute("DELETE FROM documents WHERE n = ?1", [n])?;
    Ok(())
}
