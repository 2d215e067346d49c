//! Compacting: forgetting, because the owner asks for it, what was deleted before a date.
//!
//! Events stay, with their ids and positions, since other libraries build on them; the text goes that no version from the
//! date on shows, nor any label. Which events are older than the date is told by the order in which they came: all before the first one
//! that was written at the date or later. What other libraries know they keep, and an event that is known is never
//! taken again: what was forgotten does not come back. Whoever learns the document from this library learns it without.

use std::ops::Range;

use rusqlite::{Connection, params};
use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::DOCUMENT_BYTES;
use writemagic_shared::runtime::{Progress, Timestamp};

use super::fold::fold;
use super::label::labels;
use super::load::{ChunkRow, Loaded, chunk_rows, load};
use super::timeline::{spelled, timeline};
use super::version::{branch_heads, waiting_heads};
use crate::Library;
use crate::document::{all_documents, document_number};
use crate::error::{Error, Result};
use crate::graph::{Budget, Lv, MergeError, chunk};
use crate::schema::{MAIN, head_branch, head_key, journal_key, journal_lv};

/// How often a document is tried whose writer saves meanwhile.
const TRIES: usize = 8;

/// What to compact.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompactOptions {
    /// What was deleted before this moment goes.
    pub before: Timestamp,
    /// Of these documents only; of all, those in the trash too, where there is none.
    pub documents: Option<Vec<DocumentId>>,
    /// Only say what would be forgotten.
    pub rehearsal: bool,
}

impl CompactOptions {
    /// What was deleted before a moment, of all documents.
    pub fn before(before: Timestamp) -> Self {
        Self { before, documents: None, rehearsal: false }
    }
}

/// What compacting forgot, or would forget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompactReport {
    /// The documents that lose something.
    pub documents: Vec<Compacted>,
    /// Documents left as they are: their history is damaged, too large, or was written to all the time.
    pub skipped: Vec<DocumentId>,
    /// Bytes by which the library's files became shorter; 0 of a rehearsal.
    pub bytes_freed: u64,
}

/// What one document loses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compacted {
    /// The document.
    pub document: DocumentId,
    /// Versions of its timeline, over all branches, that cannot be read any more.
    pub versions: u64,
    /// Deleted characters whose text goes.
    pub characters: u64,
    /// Titles, folders and other fields that lost to another library's: see [`Library::superseded`].
    pub fields: u64,
}

/// What would go of a document.
struct Plan {
    /// What is forgotten was inserted by these events.
    events: Vec<Range<Lv>>,
    /// All that was deleted had been before this event.
    cut: Lv,
    fields: u64,
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.fields == 0
    }

    fn characters(&self) -> u64 {
        self.events.iter().map(|range| u64::from(range.end - range.start)).sum()
    }
}

impl Library {
    /// Forgets the text of characters that were deleted before a date and that no version since then shows, nor any label
    /// or branch; a rehearsal only says what that comes to. Everything else stays: the versions from the date on, who
    /// wrote what, merging with libraries that have not seen any of it. Versions that lack characters are gone from the timeline, and
    /// reading one fails with `version_forgotten`. This cannot be taken back, but by pulling into a new library from one that still has
    /// it.
    ///
    /// Progress is in documents, each in a transaction of its own. In the end the database is written anew, so that nothing of
    /// it stays in the files; that needs as much room on the disk again. Touches the disk; replays each history.
    ///
    /// # Errors
    /// `document_not_found` for one that is named; `cancelled`, `disk_full` and others of a write: documents that were compacted
    /// stay so, their old text may still stand in the files, and compacting again clears it away.
    pub fn compact(&self, options: &CompactOptions, progress: &Progress) -> Result<CompactReport> {
        let documents = self.read(|sql| match &options.documents {
            Some(named) => named.iter().map(|id| Ok((document_number(sql, *id)?, *id))).collect(),
            None => all_documents(sql),
        })?;
        progress.expect_more(documents.len() as u64);
        let mut report = CompactReport::default();
        if options.rehearsal {
            for (n, id) in documents {
                progress.check()?;
                self.settle(id)?;
                let compacted = self.read(|sql| rehearse(sql, (n, id), &load(sql, n, 0)?, options.before))?;
                report.add(id, compacted);
                progress.advance(1);
            }
            return Ok(report);
        }
        for (n, id) in documents {
            progress.check()?;
            let compacted = self.compact_one((n, id), options.before)?;
            report.add(id, compacted);
            progress.advance(1);
        }
        self.inner.kept_history.clear();
        report.bytes_freed = self.inner.rebuild()?;
        let (compacted, skipped) = (report.documents.len(), report.skipped.len());
        event!(Info, "histories compacted", documents = compacted, skipped = skipped);
        Ok(report)
    }

    fn compact_one(&self, (n, id): (i64, DocumentId), before: Timestamp) -> Result<Outcome> {
        for _ in 0..TRIES {
            self.inner.sessions.save_document(&self.inner, id)?;
            self.inner.index_merged()?;
            let done = self.write(|sql, _| {
                let outcome = rehearse(sql, (n, id), &load(sql, n, 0)?, before)?;
                let Outcome::Loses(_, loss) = &outcome else { return Ok(Some(outcome)) };
                fold(sql, n, 1)?;
                if first_row(sql, n)?.is_some_and(|row| row < loss.plan.cut) {
                    return Ok(None);
                }
                if !rewrite(sql, n, loss)? {
                    return Ok(Some(Outcome::Skipped));
                }
                sql.prepare_cached("DELETE FROM superseded WHERE document = ?1 AND at < ?2")?
                    .execute(params![n, before.as_millis()])?;
                Ok(Some(outcome))
            })?;
            if let Some(outcome) = done {
                return Ok(outcome);
            }
        }
        Ok(Outcome::Skipped)
    }
}

enum Outcome {
    Keeps,
    Loses(Compacted, Box<Loss>),
    Skipped,
}

/// What goes, and the history without it.
struct Loss {
    plan: Plan,
    after: Loaded,
}

impl CompactReport {
    fn add(&mut self, id: DocumentId, outcome: Outcome) {
        match outcome {
            Outcome::Keeps => {}
            Outcome::Loses(compacted, _) => self.documents.push(compacted),
            Outcome::Skipped => self.skipped.push(id),
        }
    }
}

/// What a document would lose.
fn rehearse(
    sql: &Connection,
    (n, id): (i64, DocumentId),
    loaded: &Loaded,
    before: Timestamp,
) -> Result<Outcome> {
    if loaded.damaged {
        return Ok(Outcome::Skipped);
    }
    let plan = match plan(sql, n, loaded, before) {
        Ok(plan) if plan.is_empty() => return Ok(Outcome::Keeps),
        Ok(plan) => plan,
        Err(Error::MergeRefused { .. }) => return Ok(Outcome::Skipped),
        Err(error) => return Err(error),
    };
    let mut after = loaded.clone();
    if after.history.forget(&plan.events).is_none() {
        return Ok(Outcome::Skipped);
    }
    let mut versions = 0;
    for branch in branches(sql, n)? {
        let unreadable = |loaded: &Loaded| -> Result<u64> {
            if !loaded.log().forgets() {
                return Ok(0);
            }
            let mut timeline = timeline(sql, loaded, n, branch, false)?;
            let all = timeline.len();
            spelled(loaded.log(), &mut timeline, |_, _| Ok(()))?;
            Ok((all - timeline.len()) as u64)
        };
        versions += unreadable(&after)?.saturating_sub(unreadable(loaded)?);
    }
    let compacted = Compacted { document: id, versions, characters: plan.characters(), fields: plan.fields };
    Ok(Outcome::Loses(compacted, Box::new(Loss { plan, after })))
}

fn plan(sql: &Connection, n: i64, loaded: &Loaded, before: Timestamp) -> Result<Plan> {
    let log = loaded.log();
    let mut authorship = loaded.history.authorship(0..log.end());
    let first_kept = authorship.find(|(_, _, at)| *at >= before.as_millis());
    let cut = first_kept.map_or(log.end(), |(events, ..)| events.start);
    let mut kept: Vec<Vec<Lv>> = Vec::new();
    let mut keep = |version: Vec<Lv>| {
        if !kept.contains(&version) {
            kept.push(version);
        }
    };
    let lacks = |error| Error::from(MergeError::from(error));
    for branch in branches(sql, n)? {
        // What it is, and what it will be when it has taken in what waits.
        let mut heads: Vec<Lv> = Vec::new();
        let waiting = waiting_heads(sql, n, branch)?;
        for stored in std::iter::once(branch_heads(sql, n, branch)?).chain(waiting) {
            let damaged = Error::LibraryCorrupt { found: "a branch without a sound version" };
            heads.extend(loaded.frontier(sql, &stored)?.ok_or(damaged)?.iter());
            keep(log.heads_before(&heads, cut).map_err(lacks)?);
        }
    }
    for label in labels(sql, n)? {
        if let Ok(heads) = log.find_heads(&label.version) {
            keep(heads.to_vec());
        }
    }
    let events = log.forgettable(cut, &kept, &mut Budget::default())?;
    let fields: i64 = sql
        .prepare_cached("SELECT count(*) FROM superseded WHERE document = ?1 AND at < ?2")?
        .query_row(params![n, before.as_millis()], |row| row.get(0))?;
    Ok(Plan { events, cut, fields: fields.unsigned_abs() })
}

fn branches(sql: &Connection, n: i64) -> Result<Vec<i64>> {
    let mut statement = sql.prepare_cached("SELECT n FROM heads WHERE n >= ?1 AND n < ?2 ORDER BY n")?;
    let keys = [head_key(n, MAIN), head_key(n + 1, MAIN)];
    let branches = statement.query_map(keys, |row| row.get(0).map(head_branch))?;
    Ok(branches.collect::<rusqlite::Result<_>>()?)
}

/// The first event of a document's journal rows.
fn first_row(sql: &Connection, n: i64) -> Result<Option<Lv>> {
    let first: Option<i64> = sql
        .prepare_cached("SELECT min(n) FROM journal WHERE n >= ?1 AND n < ?2")?
        .query_row([journal_key(n, 0), journal_key(n + 1, 0)], |row| row.get(0))?;
    Ok(first.map(journal_lv))
}

/// Writes the chunks anew that hold what goes, and drops the texts that were kept on the way to it. `false`, with nothing
/// changed, where a chunk would be too large.
fn rewrite(sql: &Connection, n: i64, Loss { plan, after }: &Loss) -> Result<bool> {
    let holds_some = |row: &ChunkRow| {
        let next = plan.events.partition_point(|range| range.end <= row.lv);
        plan.events.get(next).is_some_and(|range| range.start < row.end())
    };
    let mut anew = Vec::new();
    for mut row in chunk_rows(sql, n)?.into_iter().filter(holds_some) {
        let range = row.lv..row.end();
        let events = after
            .history
            .chunk(std::slice::from_ref(&range))
            .map_err(|_| Error::internal("a chunk lacks events"))?;
        if events.batch().text_bytes() > DOCUMENT_BYTES {
            return Ok(false);
        }
        let bytes = chunk::encode(&events);
        row.crc = row.checksum(n, &bytes);
        anew.push((row, bytes));
    }
    for (row, bytes) in anew {
        sql.prepare_cached("DELETE FROM chunks WHERE n = ?1")?.execute([journal_key(n, row.lv)])?;
        row.insert(sql, n, &bytes)?;
    }
    sql.prepare_cached("DELETE FROM checkpoints WHERE n >= ?1 AND n < ?2")?
        .execute([journal_key(n, 0), journal_key(n, plan.cut)])?;
    Ok(true)
}
