//! Looking for damage: pages, texts, histories, counts, search rows and folders; and mending what can be derived.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;
use writemagic_shared::text::TextStats;

use super::refresh::{Indexing, refresh_head};
use super::{Library, lock};
use crate::document::all_documents;
use crate::error::{Error, Result};
use crate::history;
use crate::journal::{self, Current};
use crate::schema::{MAIN, head_branch, head_key};

/// The most damaged pages that one check lists.
const PAGE_PROBLEMS: usize = 100;

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// What kind: `damaged_page`, `damaged_text`, `damaged_history`, `wrong_counts`, `search_row`,
    /// `lost_folder`.
    pub kind: &'static str,
    /// The document, where it is one's.
    pub document: Option<DocumentId>,
    /// What was found, in words without user text.
    pub message: String,
    /// Whether this run mended it.
    pub repaired: bool,
}

/// What a check looked at and found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// Documents checked.
    pub documents: u64,
    /// Everything that is wrong; empty is good.
    pub problems: Vec<Problem>,
}

impl CheckReport {
    /// No problem is left: none was found, or each was repaired.
    pub fn is_ok(&self) -> bool {
        self.problems.iter().all(|problem| problem.repaired)
    }
}

impl Library {
    /// Checks every page, text, history, count and search row; with `repair` mends what sound history can mend.
    /// A history that is damaged itself is reported and left: its text stays readable. Progress is in documents.
    /// Touches the disk; replays every history from its start.
    ///
    /// # Errors
    /// `library_read_only` when asked to repair a library that is open for reading; `cancelled`; those of reading.
    pub fn check(&self, repair: bool, progress: &Progress) -> Result<CheckReport> {
        if repair && self.is_read_only() {
            return Err(Error::LibraryReadOnly);
        }
        if repair {
            self.inner.sessions.save_all(&self.inner)?;
        }
        let mut problems = self.read(damaged_pages)?;
        let documents = self.read(all_documents)?;
        progress.expect_more(documents.len() as u64);
        for &(n, id) in &documents {
            progress.check()?;
            let found = self.read(|sql| check_document(sql, n, id))?;
            let mended = if repair && found.iter().any(|problem| problem.kind != "damaged_history") {
                self.mend(n)?
            } else {
                false
            };
            problems.extend(found.into_iter().map(|problem| {
                let repaired = mended && problem.kind != "damaged_history";
                Problem { repaired, ..problem }
            }));
            progress.advance(1);
        }
        problems.extend(self.read(lost_rows)?);
        if repair
            && problems.iter().any(|problem| problem.document.is_none() && problem.kind != "damaged_page")
        {
            self.write(|sql, _| {
                sql.execute_batch(MEND_LOST_ROWS)?;
                Ok(())
            })?;
            for problem in problems.iter_mut().filter(|problem| problem.document.is_none()) {
                problem.repaired = problem.kind != "damaged_page";
            }
        }
        event!(
            Info,
            "library checked",
            documents = documents.len(),
            problems = problems.len(),
            repair = repair
        );
        Ok(CheckReport { documents: documents.len() as u64, problems })
    }

    /// Writes a document's head, counts and search row anew from its history or its sound head. Whether it could.
    fn mend(&self, n: i64) -> Result<bool> {
        // No session may commit between reading the history and writing the head.
        let _commit = lock(&self.inner.sessions.commit);
        self.write(|sql, _| {
            for branch in branches(sql, n)? {
                let Some(mut sound) = soundest(sql, n, branch)? else { return Ok(false) };
                let text = sound.text.rope().to_string();
                let stats = TextStats::of(&text);
                debug_assert_eq!(sound.text.stats(), stats);
                refresh_head(sql, (n, branch), &sound.tail, &text, &stats, sound.last_at, Indexing::Now)?;
            }
            Ok(true)
        })
    }
}

/// The numbers of a document's branches, main first.
fn branches(sql: &Connection, n: i64) -> Result<Vec<i64>> {
    let mut statement = sql.prepare_cached("SELECT n FROM branches WHERE n > ?1 AND n < ?2 ORDER BY n")?;
    let keys = [head_key(n, MAIN), head_key(n + 1, MAIN)];
    let others = statement.query_map(keys, |row| row.get(0).map(head_branch))?;
    Ok(std::iter::once(Ok(MAIN)).chain(others).collect::<rusqlite::Result<_>>()?)
}

/// A branch's text from its head where that is sound, else from its whole history.
fn soundest(sql: &Connection, n: i64, branch: i64) -> Result<Option<Current>> {
    match journal::current(sql, n, branch) {
        Ok(current) if !current.history_is_damaged => Ok(Some(current)),
        Ok(_) | Err(Error::LibraryCorrupt { .. }) => match history::spell(sql, n, branch) {
            Ok(spelled) => Ok((!spelled.history_is_damaged && spelled.tail.end.lv > 0).then_some(spelled)),
            Err(Error::LibraryCorrupt { .. }) => Ok(None),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    }
}

fn damaged_pages(sql: &Connection) -> Result<Vec<Problem>> {
    // FTS5's own check believes what the connection remembers of the index, which another may have merged since, and takes that for
    // damage. A scan forgets it. Where this fails, so does the check.
    let _ = sql.query_row("SELECT rowid FROM search LIMIT 1", [], |_| Ok(()));
    let mut statement = sql.prepare(&format!("PRAGMA integrity_check({PAGE_PROBLEMS})"))?;
    let rows: Vec<String> = match statement.query_map([], |row| row.get(0))?.collect() {
        Ok(rows) => rows,
        Err(error) => match Error::from(error) {
            Error::LibraryCorrupt { found } => vec![found.to_owned()],
            error => return Err(error),
        },
    };
    // SQLite's messages name tables, indexes, pages and row numbers, never values.
    Ok(rows
        .into_iter()
        .filter(|row| row != "ok")
        .map(|message| Problem { kind: "damaged_page", document: None, message, repaired: false })
        .collect())
}

fn check_document(sql: &Connection, n: i64, id: DocumentId) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let mut say = |kind, message: String| {
        problems.push(Problem { kind, document: Some(id), message, repaired: false });
    };
    for branch in branches(sql, n)? {
        check_branch(sql, n, branch, &mut say)?;
    }
    let (trashed, searchable): (bool, bool) = sql
        .prepare_cached(
            "SELECT trashed, EXISTS (SELECT 1 FROM search_docsize WHERE id = ?1) FROM documents WHERE n = ?1",
        )?
        .query_row([n], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or((true, false));
    if trashed == searchable {
        say(
            "search_row",
            if trashed { "in the trash but found by search" } else { "not found by search" }.into(),
        );
    }
    Ok(problems)
}

fn check_branch(
    sql: &Connection,
    n: i64,
    branch: i64,
    say: &mut impl FnMut(&'static str, String),
) -> Result<()> {
    let spelled = match history::spell(sql, n, branch) {
        Ok(spelled) => Some(spelled),
        Err(Error::LibraryCorrupt { .. }) => None,
        Err(error) => return Err(error),
    };
    let events = spelled.as_ref().map_or(0, |spelled| spelled.tail.end.lv);
    let sound = spelled.filter(|spelled| !spelled.history_is_damaged);
    match journal::current(sql, n, branch) {
        Err(Error::LibraryCorrupt { .. }) => {
            say("damaged_text", "neither the stored text nor its history is sound".into());
        }
        Err(error) => return Err(error),
        Ok(mut current) => {
            if current.head_is_damaged {
                say("damaged_text", "the stored text does not match its checksum".into());
            }
            match &sound {
                Some(sound) if !current.history_is_damaged => {
                    if !current.head_is_damaged
                        && (&current.tail.end, &current.tail.heads) != (&sound.tail.end, &sound.tail.heads)
                    {
                        say("damaged_history", format!("the history ends at event {events}"));
                    } else if current.text.rope() != sound.text.rope() {
                        say("damaged_text", "the stored text is not what its history spells".into());
                    }
                }
                _ => say("damaged_history", format!("the history is sound up to event {events}")),
            }
            if current.head_is_behind && !current.head_is_damaged && !current.history_is_damaged {
                // Not damage: a writer is typing, or was killed. Readers apply the journal.
            } else if current.text.stats() != TextStats::of(&current.text.rope().to_string()) {
                say("wrong_counts", "the stored counts are not those of the text".into());
            }
        }
    }
    Ok(())
}

/// Rows that belong to nothing: documents and folders whose folder is gone, search rows without a document.
fn lost_rows(sql: &Connection) -> Result<Vec<Problem>> {
    let checks = [
        (
            "lost_folder",
            "documents or folders stand in a folder that is gone",
            "SELECT (SELECT count(*) FROM documents WHERE folder <> 0 AND folder NOT IN (SELECT n FROM folders))
                  + (SELECT count(*) FROM folders WHERE parent <> 0 AND parent NOT IN (SELECT n FROM folders))",
        ),
        (
            "search_row",
            "search rows belong to no document",
            "SELECT count(*) FROM search_docsize WHERE id NOT IN (SELECT n FROM documents)",
        ),
    ];
    let mut problems = Vec::new();
    for (kind, what, query) in checks {
        let count: i64 = sql.query_row(query, [], |row| row.get(0))?;
        if count > 0 {
            let message = format!("{count} {what}");
            problems.push(Problem { kind, document: None, message, repaired: false });
        }
    }
    Ok(problems)
}

/// Brings lost documents and folders to the top, under a name that nothing there has, and drops stray search rows.
const MEND_LOST_ROWS: &str = "
    UPDATE documents SET folder = 0 WHERE folder <> 0 AND folder NOT IN (SELECT n FROM folders);
    UPDATE folders SET parent = 0, name = name || ' (' || hex(id) || ')'
        WHERE parent <> 0 AND parent NOT IN (SELECT n FROM folders);
    DELETE FROM search WHERE rowid IN (SELECT id FROM search_docsize WHERE id NOT IN (SELECT n FROM documents));
";
