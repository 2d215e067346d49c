//! Looking memories up, page by page.

use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, ToSql, params};
use writemagic_shared::limits::PAGE_ROWS;

use super::item::Memory;
use super::row;
use crate::Library;
use crate::error::{Error, Result};

/// Which memories: those that all of it fits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryFilter {
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this session.
    pub session: Option<String>,
    /// Of this speaker.
    pub speaker: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// At least so important; those without an importance are left out.
    pub least_importance: Option<f64>,
    /// At least so certain; those without a confidence are left out.
    pub least_confidence: Option<f64>,
    /// Only those that contradict another one.
    pub contradictory: bool,
}

/// Where a page ended. Stable while memories come and go; travels as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryCursor(i64);

impl fmt::Display for MemoryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for MemoryCursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let n = i64::from_str_radix(text, 16).ok().filter(|n| *n >= 0);
        n.map(Self).ok_or(Error::InvalidArgument { what: "cursor", reason: "not one that a listing gave" })
    }
}

/// A page of memories.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MemoryPage {
    /// The memories, the last that came first.
    pub memories: Vec<Memory>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<MemoryCursor>,
    /// How many memories the filter holds in all.
    pub total: u64,
}

/// What a filter asks of a row of `memories`, in the parameters 1 to 7.
const CONDITION: &str = "part_of = 0 AND (?1 IS NULL OR kind = ?1)
    AND (?2 IS NULL OR session = (SELECT n FROM memory_sessions WHERE name = ?2)) AND (?3 IS NULL OR speaker = ?3)
    AND (?4 IS NULL OR instr(char(10) || tags || char(10), char(10) || ?4 || char(10)) > 0)
    AND (?5 IS NULL OR importance >= ?5) AND (?6 IS NULL OR confidence >= ?6)
    AND (NOT ?7 OR memories.n IN (
        WITH pairs(one, other) AS (
            SELECT first, second FROM memory_contradictions
            JOIN memories AS a ON a.n = first AND a.revision = first_revision AND a.part_of = 0
            JOIN memories AS b ON b.n = second AND b.revision = second_revision AND b.part_of = 0)
        SELECT one FROM pairs UNION ALL SELECT other FROM pairs))";

impl MemoryFilter {
    /// A filter that leaves nothing out.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn values(&self) -> [&dyn ToSql; 7] {
        [
            &self.kind,
            &self.session,
            &self.speaker,
            &self.tag,
            &self.least_importance,
            &self.least_confidence,
            &self.contradictory,
        ]
    }

    /// The numbers of the memories that it fits, ascending. Takes a pass over all memories.
    pub(super) fn numbers(&self, sql: &Connection) -> Result<Vec<i64>> {
        let mut statement =
            sql.prepare_cached(&format!("SELECT n FROM memories WHERE {CONDITION} ORDER BY n"))?;
        let numbers = statement.query_map(&self.values()[..], |row| row.get(0))?;
        Ok(numbers.collect::<rusqlite::Result<_>>()?)
    }
}

impl Library {
    /// A page of memories, the last that came first, whether or not they hold now. Touches the disk; takes a pass over all memories for
    /// the total. `limit` is clamped to [`PAGE_ROWS`].
    ///
    /// # Errors
    /// Those of reading.
    pub fn memories(
        &self,
        filter: &MemoryFilter,
        after: Option<MemoryCursor>,
        limit: usize,
    ) -> Result<MemoryPage> {
        let limit = limit.min(PAGE_ROWS as usize);
        self.read(|sql| {
            let total: i64 = sql
                .prepare_cached(&format!("SELECT count(*) FROM memories WHERE {CONDITION}"))?
                .query_row(&filter.values()[..], |row| row.get(0))?;
            let mut statement = sql.prepare_cached(&format!(
                "{} WHERE memories.n < ?8 AND {CONDITION} ORDER BY memories.n DESC LIMIT ?9",
                row::QUERY
            ))?;
            let after = after.map_or(i64::MAX, |cursor| cursor.0);
            let most = limit as i64 + 1;
            let page = params![after, most];
            let values: Vec<&dyn ToSql> = filter.values().into_iter().chain(page.iter().copied()).collect();
            let rows = statement.query_map(&values[..], row::memory_of)?;
            let mut rows: Vec<row::Found> = rows.collect::<rusqlite::Result<_>>()?;
            let more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| more).map(|found| MemoryCursor(found.n));
            let memories = rows.into_iter().map(|found| row::complete(sql, found));
            Ok(MemoryPage {
                memories: memories.collect::<Result<_>>()?,
                next,
                total: total.max(0).unsigned_abs(),
            })
        })
    }
}
