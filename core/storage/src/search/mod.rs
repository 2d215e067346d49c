//! Search by words: which documents hold the words of a query, in any script, and where.
//!
//! | File | What it does |
//! | --- | --- |
//! | `tokens` | makes the tokens of the search table from texts and queries |
//! | `query` | reads what a person types |
//! | `rank` | asks the search table: matches, their number, the best ones |
//! | `meaning` | finds by meaning, in memory |
//! | `snippet` | finds the passage to show, and the matches in it |
//!
//! The search table is SQLite's FTS5 with our own segmentation, one row a document outside the trash. It keeps no text:
//! whoever changes a title or a head text puts the row again in the same transaction.

mod meaning;
mod query;
mod rank;
mod snippet;
#[cfg(test)]
mod tests;
mod tokens;

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::PAGE_ROWS;
use writemagic_shared::runtime::Progress;

use crate::Library;
use crate::document::{find_folder, subtree};
use crate::error::Result;
use crate::schema::{MAIN, head_key};
pub(crate) use meaning::{
    Collection, Index, Item, Language, Meaning, Mode, Term, Why, clear_snapshots, each_term, matches,
    note_change,
};
pub use meaning::{PassageHit, PassageMode, PassagePage, PassageRequest};
use query::Query;
use rank::Ranked;
pub(crate) use rank::add_functions;
pub(crate) use tokens::{Terms, terms};

/// How many bytes of terms the search table gathers before it writes them; it needs several times as much memory.
const GATHERED_BYTES: i64 = 4 << 20;

/// What to search for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// The query as typed: words, `"phrases"`, `prefix*`, `-excluded`, `in:folder`. Every text is a valid query.
    pub query: String,
    /// Only in this folder and below it.
    pub folder: Option<String>,
    /// The most hits; clamped to [`writemagic_shared::limits::PAGE_ROWS`].
    pub limit: usize,
}

/// One document that matches.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SearchHit {
    /// The document.
    pub document: DocumentId,
    /// Its title.
    pub title: String,
    /// Its rank: higher is better; comparable within one page only.
    pub score: f64,
    /// A passage of the text.
    pub snippet: String,
    /// Where the query matches, in UTF-16 units of `snippet`, ascending and disjoint.
    pub ranges: Vec<Range<u64>>,
}

/// The best hits.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SearchPage {
    /// Best first.
    pub hits: Vec<SearchHit>,
    /// How many documents match in all, exactly.
    pub total: u64,
}

impl Library {
    /// Searches titles and texts outside the trash by words. Touches the disk.
    ///
    /// All words of the query must occur, whole, in the title or the text; case, diacritics and width are ignored
    /// ([`writemagic_shared::text::fold`] says what is equal). A run of Han, Kana, Hangul, Thai, Lao, Khmer or Myanmar
    /// characters is found wherever it stands. A query that asks for nothing finds nothing.
    ///
    /// # Errors
    /// `limit_exceeded` for a query over [`QUERY_BYTES`](writemagic_shared::limits::QUERY_BYTES) or
    /// [`QUERY_TERMS`](writemagic_shared::limits::QUERY_TERMS) terms; nothing that is typed is a syntax error.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchPage> {
        self.cancellable_search(request, &Progress::new())
    }

    /// [`search`](Self::search) that ends when `progress` is cancelled, for a search field: the next letter makes the answer to the
    /// last ones worthless. It counts nothing. Touches the disk.
    ///
    /// # Errors
    /// As [`search`](Self::search); `cancelled`.
    pub fn cancellable_search(&self, request: &SearchRequest, progress: &Progress) -> Result<SearchPage> {
        progress.check()?;
        // Where that cannot be done now, what was merged in is missing, and found later.
        let _ = self.inner.index_merged();
        self.inner.read_cancellably(progress, |sql| run(sql, request, progress))
    }
}

/// Writes a document's search row, in place of the one it has.
pub(crate) fn put(sql: &Connection, n: i64, terms: &Terms) -> Result<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO search (rowid, title, body) VALUES (?1, ?2, ?3)")?
        .execute(params![n, terms.title, terms.body])?;
    note_change(sql, Collection::Passages, n)
}

/// Lets the search table gather [`GATHERED_BYTES`] of terms before it writes a segment of its index. Segments are merged
/// again and again, so that fewer and larger ones make a large import much faster. The library remembers it.
pub(crate) fn expect_batches(sql: &Connection) -> Result<()> {
    sql.prepare_cached("INSERT INTO search (search, rank) VALUES ('hashsize', ?1)")?
        .execute([GATHERED_BYTES])?;
    Ok(())
}

/// Removes a document's search row; one that has none stays as it is.
pub(crate) fn remove(sql: &Connection, n: i64) -> Result<()> {
    sql.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([n])?;
    note_change(sql, Collection::Passages, n)
}

/// Answers a request. Should run in one read transaction, so that total, hits and snippets agree.
pub(crate) fn run(sql: &Connection, request: &SearchRequest, progress: &Progress) -> Result<SearchPage> {
    let query = Query::parse(&request.query)?;
    let Some(expression) = query.expression() else { return Ok(SearchPage::default()) };
    let paths = request.folder.iter().chain(&query.folders).map(String::as_str);
    let Some(folders) = folders_of(sql, paths)? else { return Ok(SearchPage::default()) };
    let limit = request.limit.min(PAGE_ROWS as usize);
    let (ranked, total) = rank::rank(sql, &query, &expression, folders.as_deref(), limit)?;
    let mut hits = Vec::with_capacity(ranked.len());
    for ranked in ranked {
        progress.check()?;
        hits.extend(hit(sql, ranked, &query)?);
    }
    Ok(SearchPage { hits, total })
}

/// The row numbers of the folders that stand in or below every one of these paths: `Some(None)` if that is everywhere,
/// `None` if nowhere.
fn folders_of<'a>(
    sql: &Connection,
    paths: impl Iterator<Item = &'a str>,
) -> Result<Option<Option<Vec<i64>>>> {
    let mut common: Option<Vec<i64>> = None;
    for path in paths {
        match find_folder(sql, path)? {
            None => return Ok(None),
            Some(0) => {}
            Some(folder) => {
                let mut below = subtree(sql, folder)?;
                below.retain(|folder| common.as_ref().is_none_or(|common| common.contains(folder)));
                common = Some(below);
            }
        }
    }
    Ok(Some(common))
}

/// `None` for a search row whose document or text is not there: that is for `check` to report, not for a search to
/// fail over.
fn hit(sql: &Connection, ranked: Ranked, query: &Query) -> Result<Option<SearchHit>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, title, text FROM documents JOIN heads ON heads.n = ?2 WHERE documents.n = ?1",
    )?;
    let found = statement
        .query_row([ranked.n, head_key(ranked.n, MAIN)], |row| {
            let text = row.get_ref(2)?.as_blob()?;
            let snippet = std::str::from_utf8(text).ok().map(|text| snippet::snippet(text, &query.terms));
            Ok((DocumentId::from_bytes(row.get(0)?), row.get(1)?, snippet))
        })
        .optional()?;
    let Some((document, title, Some(snippet))) = found else { return Ok(None) };
    Ok(Some(SearchHit {
        document,
        title,
        score: ranked.score,
        snippet: snippet.text,
        ranges: snippet.ranges,
    }))
}
