//! Runs of models: what was asked, the answer as far as it came, and how it ended.
//!
//! The three are bytes of one another's neighbour rows, written one by one, so that a run under which the process dies has
//! everything up to the last call. The text is pieces, each with its place: a piece that is written twice is there once.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::RunId;
use writemagic_shared::limits::{
    ANSWER_BYTES, KEPT_RUN_BYTES, KEPT_RUNS, RUN_HEAD_BYTES, RUN_PAGE, RUN_TAIL_BYTES,
};

use super::{check_bytes, count, page};
use crate::Library;
use crate::error::{Error, Result};
use crate::schema::{run_part_key, run_place};

/// Places of a run's parts: what was asked, how it ended, the first piece of its text.
const HEAD: i64 = 0;
const TAIL: i64 = 1;
const TEXT: i64 = 2;

/// The newest runs stay whatever their size: some of them are under way, at most so many in one process.
const SPARED: u64 = 64;

/// A run as it was kept. Debug output tells lengths.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredRun {
    /// What was asked.
    pub head: Vec<u8>,
    /// The answer as far as it was kept.
    pub text: String,
    /// How it ended; `None` for a run that is under way or whose process died.
    pub tail: Option<Vec<u8>>,
}

impl std::fmt::Debug for StoredRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredRun")
            .field("head_bytes", &self.head.len())
            .field("text_bytes", &self.text.len())
            .field("tail_bytes", &self.tail.as_ref().map(Vec::len))
            .finish()
    }
}

/// A row of `runs`.
struct Row {
    n: i64,
    text_bytes: u64,
}

fn row(sql: &Connection, run: RunId) -> Result<Option<Row>> {
    let found = sql
        .prepare_cached("SELECT n, text_bytes FROM runs WHERE id = ?1")?
        .query_row([run.as_bytes()], |row| {
            Ok(Row { n: row.get(0)?, text_bytes: row.get::<_, i64>(1)?.cast_unsigned() })
        })
        .optional()?;
    Ok(found)
}

fn existing(sql: &Connection, run: RunId) -> Result<Row> {
    row(sql, run)?.ok_or(Error::RunNotFound { run })
}

fn checksum(key: i64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&key.to_le_bytes()), bytes)
}

/// The bytes of a part with this row id, proven.
fn sound(key: i64, crc: u32, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let damaged = Error::LibraryCorrupt { found: "a damaged part of a run" };
    if checksum(key, &bytes) == crc { Ok(bytes) } else { Err(damaged) }
}

fn part(sql: &Connection, key: i64) -> Result<Option<Vec<u8>>> {
    let found = sql
        .prepare_cached("SELECT crc, bytes FROM run_parts WHERE n = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(crc, bytes)| sound(key, crc, bytes)).transpose()
}

fn put_part(sql: &Connection, key: i64, bytes: &[u8]) -> Result<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO run_parts (n, crc, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![key, checksum(key, bytes), bytes])?;
    Ok(())
}

/// Writes anew how much the run has.
fn weigh(sql: &Connection, n: i64, text_bytes: u64) -> Result<()> {
    sql.prepare_cached(
        "UPDATE runs SET text_bytes = ?2, bytes = ?2 +
             (SELECT coalesce(sum(length(bytes)), 0) FROM run_parts WHERE n = ?3 OR n = ?4)
         WHERE n = ?1",
    )?
    .execute(params![n, text_bytes.cast_signed(), run_part_key(n, HEAD), run_part_key(n, TAIL)])?;
    Ok(())
}

/// What of a text stands before `offset` stays; all behind goes.
fn cut(sql: &Connection, n: i64, offset: u64) -> Result<()> {
    let keys = [run_part_key(n, TEXT), run_part_key(n, TEXT + offset.cast_signed())];
    let last = sql
        .prepare_cached(
            "SELECT n, crc, bytes FROM run_parts WHERE n >= ?1 AND n < ?2 ORDER BY n DESC LIMIT 1",
        )?
        .query_row(keys, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    if let Some((key, crc, bytes)) = last {
        let bytes = sound(key, crc, bytes)?;
        let stays = (offset.cast_signed() - (run_place(key) - TEXT)) as usize;
        if let Some(start) = bytes.get(..stays).filter(|start| start.len() < bytes.len()) {
            if std::str::from_utf8(start).is_err() {
                return Err(Error::InvalidArgument { what: "offset", reason: "inside a character" });
            }
            put_part(sql, key, start)?;
        }
    }
    sql.prepare_cached("DELETE FROM run_parts WHERE n >= ?1 AND n < ?2")?
        .execute([keys[1], run_part_key(n + 1, HEAD)])?;
    Ok(())
}

/// Removes a run.
fn remove(sql: &Connection, n: i64) -> Result<()> {
    let keys = [run_part_key(n, HEAD), run_part_key(n + 1, HEAD)];
    sql.prepare_cached("DELETE FROM run_parts WHERE n >= ?1 AND n < ?2")?.execute(keys)?;
    sql.prepare_cached("DELETE FROM runs WHERE n = ?1")?.execute([n])?;
    Ok(())
}

/// Removes the oldest runs beyond `most`, and those beyond `most_bytes` but for the newest ones that are spared.
fn make_room(sql: &Connection, most: u64, most_bytes: u64) -> Result<()> {
    let (mut runs, mut bytes) =
        (count(sql, "SELECT count(*) FROM runs")?, count(sql, "SELECT coalesce(sum(bytes), 0) FROM runs")?);
    while runs > most || (bytes > most_bytes && runs > SPARED) {
        let oldest: Option<(i64, i64)> = sql
            .prepare_cached("SELECT n, bytes FROM runs ORDER BY id LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((n, size)) = oldest else { return Ok(()) };
        remove(sql, n)?;
        runs -= 1;
        bytes = bytes.saturating_sub(size.cast_unsigned());
    }
    Ok(())
}

/// Every method touches the disk; what it has written is durable when it returns.
impl Library {
    /// Begins a run, or says anew what was asked. Beyond [`KEPT_RUNS`] and [`KEPT_RUN_BYTES`] the oldest runs go.
    ///
    /// # Errors
    /// `limit_exceeded` over [`RUN_HEAD_BYTES`]; those of a write.
    pub fn put_run_head(&self, run: RunId, head: &[u8]) -> Result<()> {
        check_bytes("run_head_bytes", head.len(), RUN_HEAD_BYTES)?;
        self.write(|sql, _| {
            let (n, text_bytes, is_new) = match row(sql, run)? {
                Some(row) => (row.n, row.text_bytes, false),
                None => {
                    sql.prepare_cached("INSERT INTO runs (id, bytes, text_bytes) VALUES (?1, 0, 0)")?
                        .execute([run.as_bytes()])?;
                    (sql.last_insert_rowid(), 0, true)
                }
            };
            put_part(sql, run_part_key(n, HEAD), head)?;
            weigh(sql, n, text_bytes)?;
            if is_new { make_room(sql, KEPT_RUNS, KEPT_RUN_BYTES) } else { Ok(()) }
        })
    }

    /// Adds to the text of a run, which has `offset` bytes so far; where it has more, what stands behind them is replaced.
    /// The same call again changes nothing.
    ///
    /// # Errors
    /// `run_not_found`; `invalid_argument` where the text has fewer bytes, or a character that `offset` divides;
    /// `limit_exceeded` for a text over [`ANSWER_BYTES`]; those of a write.
    pub fn append_run_text(&self, run: RunId, offset: u64, text: &str) -> Result<()> {
        let end = offset.saturating_add(text.len() as u64);
        Error::check_limit("answer_bytes", end, ANSWER_BYTES)?;
        self.write(|sql, _| {
            let Row { n, text_bytes } = existing(sql, run)?;
            if offset > text_bytes {
                return Err(Error::InvalidArgument { what: "offset", reason: "behind the end of the text" });
            }
            if offset < text_bytes {
                cut(sql, n, offset)?;
            }
            if !text.is_empty() {
                put_part(sql, run_part_key(n, TEXT + offset.cast_signed()), text.as_bytes())?;
            }
            weigh(sql, n, end)
        })
    }

    /// Says how a run ended.
    ///
    /// # Errors
    /// `run_not_found`; `limit_exceeded` over [`RUN_TAIL_BYTES`]; those of a write.
    pub fn put_run_tail(&self, run: RunId, tail: &[u8]) -> Result<()> {
        check_bytes("run_tail_bytes", tail.len(), RUN_TAIL_BYTES)?;
        self.write(|sql, _| {
            let Row { n, text_bytes } = existing(sql, run)?;
            put_part(sql, run_part_key(n, TAIL), tail)?;
            weigh(sql, n, text_bytes)
        })
    }

    /// A run as it was kept; `None` if there is none of this id, or none any more.
    ///
    /// # Errors
    /// `library_corrupt` for one that was altered from outside; those of reading.
    pub fn stored_run(&self, run: RunId) -> Result<Option<StoredRun>> {
        self.read(|sql| {
            let Some(Row { n, text_bytes }) = row(sql, run)? else { return Ok(None) };
            let damaged = Error::LibraryCorrupt { found: "a run with missing parts" };
            let Some(head) = part(sql, run_part_key(n, HEAD))? else { return Err(damaged) };
            let tail = part(sql, run_part_key(n, TAIL))?;
            let mut text = Vec::new();
            let mut statement = sql
                .prepare_cached("SELECT n, crc, bytes FROM run_parts WHERE n >= ?1 AND n < ?2 ORDER BY n")?;
            let mut rows = statement.query([run_part_key(n, TEXT), run_part_key(n + 1, HEAD)])?;
            while let Some(row) = rows.next()? {
                let key: i64 = row.get(0)?;
                if run_place(key) - TEXT != text.len() as i64 {
                    return Err(damaged);
                }
                text.extend_from_slice(&sound(key, row.get(1)?, row.get(2)?)?);
            }
            match String::from_utf8(text) {
                Ok(text) if text.len() as u64 == text_bytes => Ok(Some(StoredRun { head, text, tail })),
                _ => Err(damaged),
            }
        })
    }

    /// The ids of at most `limit` runs ([`RUN_PAGE`] at most), newest first; only those below `before` where there is one.
    ///
    /// # Errors
    /// Those of reading.
    pub fn stored_runs(&self, before: Option<RunId>, limit: u64) -> Result<Vec<RunId>> {
        self.read(|sql| {
            // One above the highest id is no id, but compares as one.
            let before = before.map_or_else(|| vec![0xFF; 17], |run| run.as_bytes().to_vec());
            let mut statement =
                sql.prepare_cached("SELECT id FROM runs WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?;
            let rows = statement
                .query_map(params![before, page(limit, RUN_PAGE)], |row| row.get(0).map(RunId::from_bytes))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Forgets a run and all that was said in it. Whether it was there.
    ///
    /// # Errors
    /// Those of a write.
    pub fn remove_run(&self, run: RunId) -> Result<bool> {
        self.write(|sql, _| match row(sql, run)? {
            Some(row) => remove(sql, row.n).map(|()| true),
            None => Ok(false),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::library::OpenOptions;

    fn library() -> (tempfile::TempDir, Library) {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        (folder, library)
    }

    fn run(number: u8) -> RunId {
        let mut bytes = [0; 16];
        bytes[0] = number;
        RunId::from_bytes(bytes)
    }

    fn kept(library: &Library) -> Vec<u8> {
        library.stored_runs(None, 100).unwrap().into_iter().map(|run| run.as_bytes()[0]).collect()
    }

    #[test]
    fn the_oldest_runs_go_first_and_the_newest_stay_whatever_their_size() {
        let (_folder, library) = library();
        // Not begun in the order of their ids.
        for number in (0..70).rev() {
            library.put_run_head(run(number), &[0; 100]).unwrap();
        }
        library.write(|sql, _| make_room(sql, 69, 7_000)).unwrap();
        assert_eq!(kept(&library), (1..70).rev().collect::<Vec<_>>());
        library.append_run_text(run(69), 0, &"x".repeat(500)).unwrap();
        library.put_run_tail(run(68), &[0; 50]).unwrap();
        // 6,900 + 550: three heads too many.
        library.write(|sql, _| make_room(sql, 69, 7_150)).unwrap();
        assert_eq!(kept(&library), (4..70).rev().collect::<Vec<_>>());
        library.write(|sql, _| make_room(sql, 69, 0)).unwrap();
        assert_eq!(kept(&library).len() as u64, SPARED);
        let parts = library.read(|sql| count(sql, "SELECT count(*) FROM run_parts")).unwrap();
        assert_eq!(parts, SPARED + 2);
    }

    #[test]
    fn the_thousand_and_first_run_takes_the_place_of_the_first() {
        let (_folder, library) = library();
        library
            .write(|sql, _| {
                sql.execute_batch(
                    "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000)
                     INSERT INTO runs SELECT n, unhex(printf('00%030x', n)), 1, 0 FROM number",
                )?;
                Ok(())
            })
            .unwrap();
        library.put_run_head(run(1), b"head").unwrap();
        let count = library.read(|sql| count(sql, "SELECT count(*) FROM runs")).unwrap();
        assert_eq!(count, KEPT_RUNS);
        let runs = library.stored_runs(None, u64::MAX).unwrap();
        assert_eq!((runs.first(), runs.len() as u64), (Some(&run(1)), RUN_PAGE));
        assert_eq!(runs.last().unwrap().as_bytes()[15], 2);
    }

    #[test]
    fn a_part_that_was_altered_from_outside_is_never_shown() {
        let (_folder, library) = library();
        library.put_run_head(run(1), b"head").unwrap();
        library.append_run_text(run(1), 0, "one two").unwrap();
        for change in
            ["bytes = x'00' WHERE n & 2 <> 0", "n = n + 1 WHERE n & 2 <> 0", "n = n + 64 WHERE n & 3 = 0"]
        {
            library.write(|sql, _| Ok(sql.execute(&format!("UPDATE run_parts SET {change}"), [])?)).unwrap();
            assert!(matches!(library.stored_run(run(1)), Err(Error::LibraryCorrupt { .. })), "{change}");
        }
    }

    #[test]
    fn parts_have_their_largest_sizes() {
        let (_folder, library) = library();
        let too_large = |result: Result<()>| matches!(result, Err(Error::LimitExceeded { value, limit, .. }) if value == limit + 1);
        assert!(too_large(library.put_run_head(run(1), &vec![0; RUN_HEAD_BYTES as usize + 1])));
        library.put_run_head(run(1), &vec![0; RUN_HEAD_BYTES as usize]).unwrap();
        let longest = "x".repeat(ANSWER_BYTES as usize);
        library.append_run_text(run(1), 0, &longest).unwrap();
        assert!(too_large(library.append_run_text(run(1), ANSWER_BYTES, "x")));
        assert!(too_large(library.put_run_tail(run(1), &vec![0; RUN_TAIL_BYTES as usize + 1])));
        library.put_run_tail(run(1), &vec![0; RUN_TAIL_BYTES as usize]).unwrap();
        let kept = library.stored_run(run(1)).unwrap().unwrap();
        assert_eq!((kept.head.len() as u64, kept.text.len() as u64), (RUN_HEAD_BYTES, ANSWER_BYTES));
        assert_eq!(kept.tail.unwrap().len() as u64, RUN_TAIL_BYTES);
    }
}
