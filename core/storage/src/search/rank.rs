//! Which documents match, how many, and which are the best: BM25 over title and text.
//!
//! Matching walks the lists of the search table, which is quick; ranking looks into every row. So the total counts
//! all matches, and of those the newest [`SEARCH_CANDIDATES`] (or as many as the page holds) are ranked.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::limits::SEARCH_CANDIDATES;

use super::query::Query;
use crate::error::Result;

/// How much more a word in the title counts than one in the text, in the SQL below: 8 to 1.
const CANDIDATES: [&str; 2] = [
    "SELECT rowid, -bm25(search, 8.0, 1.0) FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    // The `+` keeps the planner from one search for every document of the folders.
    "SELECT rowid, -bm25(search, 8.0, 1.0) FROM search WHERE search MATCH ?1 AND +rowid IN (
        SELECT n FROM documents WHERE folder IN (SELECT value FROM json_each(?3)))
     ORDER BY rowid DESC LIMIT ?2",
];
const TOTAL: [&str; 2] = [
    "SELECT count(*) FROM search WHERE search MATCH ?1",
    "SELECT count(*) FROM search WHERE search MATCH ?1 AND +rowid IN (
        SELECT n FROM documents WHERE folder IN (SELECT value FROM json_each(?2)))",
];

/// The words of the search table with the number of documents that hold each: counted from a word's list of documents
/// alone, in a third of the time that [`TOTAL`] takes to step from match to match.
const WORDS: &str =
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab('main', 'search', 'row')";
const TOTAL_OF_WORD: &str = "SELECT ifnull(max(doc), 0) FROM temp.search_words WHERE term = ?1";

/// A matching document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    /// Its row number.
    pub(super) n: i64,
    /// Higher is better.
    pub(super) score: f64,
}

/// The best `limit` matches of `query` (`expression` in the search table's language), best first, and how many match. Among equals the newest change comes first, then
/// the newest document. `folders` are the row numbers of all folders to look in; `None` looks everywhere.
pub(super) fn rank(
    sql: &Connection,
    query: &Query,
    expression: &str,
    folders: Option<&[i64]>,
    limit: usize,
) -> Result<(Vec<Ranked>, u64)> {
    let folders = folders.map(json_array);
    let wanted = limit.max(SEARCH_CANDIDATES as usize);
    let row = |row: &rusqlite::Row<'_>| Ok(Ranked { n: row.get(0)?, score: row.get(1)? });
    let mut ranked: Vec<Ranked> = match &folders {
        None => sql
            .prepare_cached(CANDIDATES[0])?
            .query_map(params![expression, wanted as i64], row)?
            .collect::<rusqlite::Result<_>>()?,
        Some(folders) => sql
            .prepare_cached(CANDIDATES[1])?
            .query_map(params![expression, wanted as i64, folders], row)?
            .collect::<rusqlite::Result<_>>()?,
    };
    let total: i64 = match &folders {
        _ if ranked.len() < wanted => ranked.len() as i64,
        None => match query.only_word() {
            Some(word) => {
                sql.execute_batch(WORDS)?;
                sql.prepare_cached(TOTAL_OF_WORD)?.query_row([word], |row| row.get(0))?
            }
            None => sql.prepare_cached(TOTAL[0])?.query_row([expression], |row| row.get(0))?,
        },
        Some(folders) => {
            sql.prepare_cached(TOTAL[1])?.query_row(params![expression, folders], |row| row.get(0))?
        }
    };
    keep_best(sql, &mut ranked, limit)?;
    Ok((ranked, total.unsigned_abs()))
}

/// Sorts and cuts. Times of change are read only for those that could stand on the page.
fn keep_best(sql: &Connection, ranked: &mut Vec<Ranked>, limit: usize) -> Result<()> {
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.n.cmp(&a.n)));
    let Some(last) = limit.checked_sub(1).and_then(|last| ranked.get(last)).map(|last| last.score) else {
        if limit == 0 {
            ranked.clear();
        }
        return order_equals(sql, ranked);
    };
    ranked.truncate(ranked.partition_point(|candidate| candidate.score.total_cmp(&last).is_ge()));
    order_equals(sql, ranked)?;
    ranked.truncate(limit);
    Ok(())
}

/// Puts the newest change first among candidates with the same score.
fn order_equals(sql: &Connection, ranked: &mut [Ranked]) -> Result<()> {
    let mut modified = sql.prepare_cached("SELECT modified FROM documents WHERE n = ?1")?;
    for equals in
        ranked.chunk_by_mut(|a, b| a.score.total_cmp(&b.score).is_eq()).filter(|equals| equals.len() > 1)
    {
        let mut dated = Vec::with_capacity(equals.len());
        for candidate in equals.iter() {
            let modified: Option<i64> = modified.query_row([candidate.n], |row| row.get(0)).optional()?;
            dated.push((modified, *candidate));
        }
        dated.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.n.cmp(&a.1.n)));
        for (place, (_, candidate)) in equals.iter_mut().zip(dated) {
            *place = candidate;
        }
    }
    Ok(())
}

fn json_array(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("[{}]", numbers.join(","))
}
