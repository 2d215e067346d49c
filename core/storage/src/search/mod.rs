//! Search by words.

use std::ops::Range;

use writemagic_shared::id::DocumentId;

use crate::Library;
use crate::error::Result;

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
    pub fn search(&self, _request: &SearchRequest) -> Result<SearchPage> {
        todo!()
    }
}
pub(crate) struct Terms {
    title: String,
    body: String,
}
pub(crate) fn terms(title: &str, text: &str) -> Terms {
    Terms { title: title.to_lowercase(), body: text.to_lowercase() }
}
pub(crate) fn put(sql: &rusqlite::Connection, n: i64, terms: &Terms) -> Result<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO search (rowid, title, body) VALUES (?1, ?2, ?3)")?
        .execute(rusqlite::params![n, terms.title, terms.body])?;
    Ok(())
}
pub(crate) fn remove(sql: &rusqlite::Connection, n: i64) -> Result<()> {
    sql.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([n])?;
    Ok(())
}
