//! Every change of memories is a step that can be taken back: what came with it, and what the others were before.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::limits::{MEMORY_CHANGE_BYTES, MEMORY_CHANGES};

use super::indexed::unit;
use super::row::COLUMNS;
use super::source;
use crate::Library;
use crate::error::{Error, Result};
use crate::library::WriteContext;
use crate::search::{self, Collection};

/// A change in the making, within one transaction.
#[derive(Debug)]
pub(super) struct Step {
    /// Its number.
    pub(super) n: i64,
    /// The first and the last memory that came with it.
    made: Option<(i64, i64)>,
    bytes: i64,
    /// Sessions of the index that are not what they were.
    changed: BTreeSet<i64>,
    /// Contradictions were flagged.
    flags: bool,
}

impl Step {
    pub(super) fn begin(context: &mut WriteContext) -> Self {
        Self { n: context.tick(), made: None, bytes: 0, changed: BTreeSet::new(), flags: false }
    }

    /// Goes on with the change of this number if it is still the newest, else begins another one.
    pub(super) fn go_on(sql: &Connection, context: &mut WriteContext, n: i64) -> Result<Self> {
        let mut newest = sql.prepare_cached(
            "SELECT n, made_first, made_last, bytes FROM memory_changes ORDER BY n DESC LIMIT 1",
        )?;
        let found = newest.query_row([], |row| {
            let made = Some((row.get(1)?, row.get(2)?)).filter(|(first, last)| first <= last);
            Ok(Self { n: row.get(0)?, made, bytes: row.get(3)?, changed: BTreeSet::new(), flags: false })
        });
        Ok(found.optional()?.filter(|step| step.n == n).unwrap_or_else(|| Self::begin(context)))
    }

    /// Keeps what a memory is, before it changes or goes; the first such image of a step counts. Its place in the index is noted.
    pub(super) fn keep(&mut self, sql: &Connection, n: i64) -> Result<()> {
        self.note(sql, n)?;
        if self.made.is_some_and(|(first, last)| first <= n && n <= last) {
            return Ok(());
        }
        let kept = sql
            .prepare_cached(&format!(
                "INSERT OR IGNORE INTO memory_images (change, sources, {COLUMNS})
                 SELECT ?1, (SELECT json_group_array(memory_sources.n) FROM memory_sources WHERE memory = ?2), {COLUMNS}
                 FROM memories WHERE n = ?2"
            ))?
            .execute([self.n, n])?;
        if kept > 0 {
            let bytes: i64 = sql
                .prepare_cached("SELECT octet_length(key) + octet_length(text) FROM memories WHERE n = ?1")?
                .query_row([n], |row| row.get(0))?;
            self.bytes = self.bytes.saturating_add(bytes);
        }
        Ok(())
    }

    /// Notes that a memory came. Numbers ascend.
    pub(super) fn made(&mut self, n: i64, session: i64) {
        self.made = Some((self.made.map_or(n, |(first, _)| first), n));
        self.changed.insert(unit(n, session));
    }

    /// Notes that the session of a memory is not what it was.
    pub(super) fn note(&mut self, sql: &Connection, n: i64) -> Result<()> {
        let session = sql
            .prepare_cached("SELECT session FROM memories WHERE n = ?1")?
            .query_row([n], |row| row.get(0))
            .optional()?;
        self.changed.extend(session.map(|session| unit(n, session)));
        Ok(())
    }

    /// Notes that contradictions were flagged.
    pub(super) fn flagged(&mut self) {
        self.flags = true;
    }

    /// Ends the change; one that changed nothing leaves nothing.
    pub(super) fn finish(self, sql: &Connection, context: &mut WriteContext) -> Result<()> {
        if self.changed.is_empty() && !self.flags {
            return Ok(());
        }
        note_changes(sql, &self.changed)?;
        let (first, last) = self.made.unwrap_or((1, 0));
        sql.prepare_cached(
            "INSERT OR REPLACE INTO memory_changes (n, made_first, made_last, bytes, place, total)
             SELECT ?1, ?2, ?3, ?4, ifnull(max(place), 0) + 1, ifnull(max(total), 0) + ?4 FROM (
                 SELECT place, total FROM memory_changes WHERE n < ?1 ORDER BY n DESC LIMIT 1)",
        )?
        .execute([self.n, first, last, self.bytes])?;
        drop_oldest(sql, context, MEMORY_CHANGES.cast_signed(), MEMORY_CHANGE_BYTES.cast_signed())
    }
}

fn note_changes(sql: &Connection, units: &BTreeSet<i64>) -> Result<()> {
    units.iter().try_for_each(|unit| search::note_change(sql, Collection::Memories, *unit))
}

/// Forgets the oldest changes: those beyond the newest `most`, and those before which so many bytes of images are kept, the newest
/// change not counted.
fn drop_oldest(sql: &Connection, context: &mut WriteContext, most: i64, most_bytes: i64) -> Result<()> {
    let mut oldest = sql.prepare_cached(
        "SELECT old.n FROM (SELECT n, place, total - bytes AS before FROM memory_changes ORDER BY n LIMIT 1) AS old,
             (SELECT n, place, total - bytes AS before FROM memory_changes ORDER BY n DESC LIMIT 1) AS new
         WHERE old.n < new.n AND (new.place - old.place >= ?1 OR new.before - old.before > ?2)",
    )?;
    while let Some(n) = oldest.query_row([most, most_bytes], |row| row.get::<_, i64>(0)).optional()? {
        forget_contradictions(sql, n)?;
        sql.prepare_cached("DELETE FROM memory_images WHERE change = ?1")?.execute([n])?;
        sql.prepare_cached("DELETE FROM memory_changes WHERE n = ?1")?.execute([n])?;
        source::remove(sql, context, "change = ?1", &n)?;
    }
    Ok(())
}

/// Forgets what was flagged of revisions that only the images of this change still have.
fn forget_contradictions(sql: &Connection, change: i64) -> Result<()> {
    for side in ["first", "second"] {
        sql.prepare_cached(&format!(
            "DELETE FROM memory_contradictions
             WHERE ({side}, {side}_revision) IN (SELECT n, revision FROM memory_images WHERE change = ?1)
               AND NOT EXISTS (SELECT 1 FROM memories WHERE n = {side} AND revision = {side}_revision)
               AND NOT EXISTS (SELECT 1 FROM memory_images
                               WHERE n = {side} AND revision = {side}_revision AND change <> ?1)"
        ))?
        .execute([change])?;
    }
    Ok(())
}

impl Library {
    /// Takes back the newest change of memories that is left: a [`remember`](Self::remember), a
    /// [`delete_memory`](Self::delete_memory), an [`expire_memories`](Self::expire_memories), a
    /// [`consolidate_memories`](Self::consolidate_memories) or a [`replace_with_summary`](Self::replace_with_summary).
    /// Everything is then as it was, but for what was [forgotten](Self::forget_memory) since. Calls that were interrupted are
    /// taken back as far as they came. Works after a restart too. Touches the disk.
    ///
    /// # Errors
    /// `nothing_to_undo`: nothing was changed, or so much since that the oldest changes are no longer kept
    /// ([`MEMORY_CHANGES`] changes, [`MEMORY_CHANGE_BYTES`]); those of a write.
    pub fn undo_memory_change(&self) -> Result<()> {
        self.write(|sql, context| undo(sql, context))
    }
}

fn undo(sql: &Connection, context: &mut WriteContext) -> Result<()> {
    let newest: Option<(i64, i64, i64)> = sql
        .prepare_cached("SELECT n, made_first, made_last FROM memory_changes ORDER BY n DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (change, first, last) = newest.ok_or(Error::NothingToUndo)?;
    let mut step = Step { n: change, made: None, bytes: 0, changed: BTreeSet::new(), flags: false };
    let mut made = sql.prepare_cached("SELECT n FROM memories WHERE n >= ?1 AND n <= ?2 ORDER BY n")?;
    let made: Vec<i64> = made.query_map([first, last], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for n in made {
        step.note(sql, n)?;
        source::remove(sql, context, "memory = ?1", &n)?;
        sql.prepare_cached("DELETE FROM memories WHERE n = ?1")?.execute([n])?;
    }
    let mut images =
        sql.prepare_cached("SELECT n, sources FROM memory_images WHERE change = ?1 ORDER BY n")?;
    let images = images.query_map([change], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let images: Vec<(i64, String)> = images.collect::<rusqlite::Result<_>>()?;
    for (n, sources) in images {
        step.note(sql, n)?;
        sql.prepare_cached(&format!(
            "INSERT OR REPLACE INTO memories ({COLUMNS}) SELECT {COLUMNS} FROM memory_images WHERE change = ?1 AND n = ?2"
        ))?
        .execute([change, n])?;
        step.note(sql, n)?;
        source::set_aside(sql, n, change)?;
        restore_sources(sql, n, &sources)?;
    }
    // What is still set aside came with the change.
    source::remove(sql, context, "change = ?1", &change)?;
    sql.prepare_cached("DELETE FROM memory_contradictions WHERE change = ?1")?.execute([change])?;
    sql.prepare_cached("DELETE FROM memory_images WHERE change = ?1")?.execute([change])?;
    sql.prepare_cached("DELETE FROM memory_changes WHERE n = ?1")?.execute([change])?;
    note_changes(sql, &step.changed)
}

fn restore_sources(sql: &Connection, memory: i64, sources: &str) -> Result<()> {
    sql.prepare_cached(
        "UPDATE memory_sources SET memory = ?1, change = NULL WHERE n IN (SELECT value FROM json_each(?2))",
    )?
    .execute(params![memory, sources])?;
    Ok(())
}
