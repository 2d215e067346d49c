//! Which documents match, how many, and which are the best: BM25 over title and text.
//!
//! Matching walks the lists of the search table, which is quick; ranking looks into every row. So one walk counts all
//! matches, and ranks the newest [`SEARCH_CANDIDATES`] of them (or as many as the page holds).

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Params, params};
use writemagic_shared::limits::SEARCH_CANDIDATES;

use super::query::Query;
use crate::error::Result;

/// How much more a word in the title counts than one in the text, in the SQL below: 8 to 1.
const MATCHES: [&str; 2] = [
    "SELECT rowid, CASE WHEN among_first(?2) THEN -bm25(search, 8.0, 1.0) END FROM search WHERE search MATCH ?1
     ORDER BY rowid DESC LIMIT ?3",
    // The `+` keeps the planner from one search for every document of the folders.
    "SELECT rowid, CASE WHEN among_first(?2) THEN -bm25(search, 8.0, 1.0) END FROM search WHERE search MATCH ?1
        AND +rowid IN (SELECT n FROM documents WHERE folder IN (SELECT value FROM json_each(?4)))
     ORDER BY rowid DESC LIMIT ?3",
];
/// No limit, in SQL.
const ALL: i64 = -1;

/// The words of the search table with the number of documents that hold each: counted from a word's list of documents
/// alone, in a third of the time that it takes to step from match to match.
const WORDS: &str =
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab('main', 'search', 'row')";
const TOTAL_OF_WORD: &str = "SELECT ifnull(max(doc), 0) FROM temp.search_words WHERE term = ?1";

/// Makes the SQL function `among_first(n)`: true in the first `n` rows of a statement. What a statement does not ask
/// for it does not compute.
pub(crate) fn add_functions(sql: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    sql.create_scalar_function("among_first", 1, flags, |row| {
        // Lives as long as the statement runs.
        let left = row.get_or_create_aux(0, |n: ValueRef<'_>| n.as_i64().map(AtomicI64::new))?;
        // Relaxed: a connection is used by one thread at a time.
        Ok(left.fetch_sub(1, Ordering::Relaxed) > 0)
    })
}

/// A matching document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    /// Its row number.
    pub(super) n: i64,
    /// Higher is better.
    pub(super) score: f64,
}

/// The best `limit` matches of `query`, best first, and how many match in all. `expression` is the query in the search
/// table's language. Among equals the newest change comes first, then the newest document. `folders` are the row numbers
/// of all folders to look in; `None` looks everywhere.
pub(super) fn rank(
    sql: &Connection,
    query: &Query,
    expression: &str,
    folders: Option<&[i64]>,
    limit: usize,
) -> Result<(Vec<Ranked>, u64)> {
    let wanted = limit.max(SEARCH_CANDIDATES as usize);
    let (mut ranked, total) = match (folders, query.only_word()) {
        (Some(folders), _) => {
            let parameters = params![expression, wanted as i64, ALL, json_array(folders)];
            walk(sql, MATCHES[1], parameters, wanted)?
        }
        (None, None) => walk(sql, MATCHES[0], params![expression, wanted as i64, ALL], wanted)?,
        (None, Some(word)) => {
            let (ranked, seen) =
                walk(sql, MATCHES[0], params![expression, wanted as i64, wanted as i64], wanted)?;
            (ranked, if seen < wanted as u64 { seen } else { total_of_word(sql, word)? })
        }
    };
    keep_best(sql, &mut ranked, limit)?;
    Ok((ranked, total))
}

/// The matches that were ranked, and the number of all that the statement gave.
fn walk(
    sql: &Connection,
    statement: &str,
    parameters: impl Params,
    wanted: usize,
) -> Result<(Vec<Ranked>, u64)> {
    let mut statement = sql.prepare_cached(statement)?;
    let mut rows = statement.query(parameters)?;
    let (mut ranked, mut total) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if ranked.len() < wanted {
            ranked.push(Ranked { n: row.get(0)?, score: row.get(1)? });
        }
        total += 1;
    }
    Ok((ranked, total))
}

fn total_of_word(sql: &Connection, word: &str) -> Result<u64> {
    sql.execute_batch(WORDS)?;
    let total: i64 = sql.prepare_cached(TOTAL_OF_WORD)?.query_row([word], |row| row.get(0))?;
    Ok(total.unsigned_abs())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_of_each_run_of_a_statement_are_told_from_the_others() {
        let sql = Connection::open_in_memory().unwrap();
        add_functions(&sql).unwrap();
        let mut statement =
            sql.prepare("SELECT group_concat(among_first(?1), '') FROM json_each('[1,2,3,4,5]')").unwrap();
        for (first, expected) in [(3, "11100"), (0, "00000"), (9, "11111")] {
            let told: String = statement.query_row([first], |row| row.get(0)).unwrap();
            assert_eq!(told, expected);
        }
    }
}
