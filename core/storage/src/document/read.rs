//! Finding a document and reading it.

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid_prefix::IdPrefix;
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Timestamp;

use super::folder::folder_path;
use super::{Document, DocumentKind, Targets, uuid_prefix};
use crate::Library;
use crate::error::{Error, Result};
use crate::journal::{self, STATS_COLUMNS, stats_of};
use crate::schema::{MAIN, head_key};

/// The rows and ids of all documents, in the order of the rows: without the indexes, which a damaged file may have wrong.
pub(crate) fn all_documents(sql: &Connection) -> Result<Vec<(i64, DocumentId)>> {
    let mut statement = sql.prepare_cached("SELECT n, id FROM documents ORDER BY n")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, DocumentId::from_bytes(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The row number of a document.
pub(crate) fn document_number(sql: &Connection, document: DocumentId) -> Result<i64> {
    let n = sql
        .prepare_cached("SELECT n FROM documents WHERE id = ?1")?
        .query_row([document.as_bytes()], |row| row.get(0))
        .optional()?
        .ok_or(Error::DocumentNotFound)?;
    // The number comes from an index, which a damaged file may have wrong: another document's text must not be
    // taken for this one's.
    let found: Option<[u8; 16]> = sql
        .prepare_cached("SELECT id FROM documents WHERE n = ?1")?
        .query_row([n], |row| row.get(0))
        .optional()?;
    if found.as_ref() == Some(document.as_bytes()) {
        Ok(n)
    } else {
        Err(Error::LibraryCorrupt { found: "an index that names another row" })
    }
}

/// The id of a document's row.
pub(crate) fn document_id(sql: &Connection, n: i64) -> Result<DocumentId> {
    sql.prepare_cached("SELECT id FROM documents WHERE n = ?1")?
        .query_row([n], |row| row.get(0).map(DocumentId::from_bytes))
        .optional()?
        .ok_or(Error::DocumentNotFound)
}

/// The start of a query whose rows [`document_of`] reads; a `WHERE` over `documents` follows.
pub(super) fn document_query() -> String {
    format!(
        "SELECT documents.n, id, title, kind, bom, folder, language, words_target, chars_target, created, modified,
                trashed, {STATS_COLUMNS}
         FROM documents JOIN heads ON heads.n = documents.n << 12"
    )
}

/// The document of a row of [`document_query`], with its row number and its folder's, the path still open.
pub(super) fn document_of(row: &Row<'_>) -> rusqlite::Result<(i64, i64, Document)> {
    let unsigned = |i: usize| row.get::<_, Option<i64>>(i).map(|n| n.map(|n| n.max(0).unsigned_abs()));
    let document = Document {
        id: DocumentId::from_bytes(row.get(1)?),
        title: row.get(2)?,
        kind: DocumentKind::of_number(row.get(3)?),
        byte_order_mark: row.get(4)?,
        folder: String::new(),
        language: row.get(6)?,
        targets: Targets { words: unsigned(7)?, chars: unsigned(8)? },
        created: Timestamp::from_millis(row.get(9)?),
        modified: Timestamp::from_millis(row.get(10)?),
        trashed: row.get(11)?,
        stats: stats_of(row, 12)?,
    };
    Ok((row.get(0)?, row.get(5)?, document))
}

/// The document of a row number, counts and change time with every acknowledged edit.
pub(crate) fn load_document(sql: &Connection, n: i64) -> Result<Document> {
    let (_, folder, mut document) = sql
        .prepare_cached(&format!("{} WHERE documents.n = ?1", document_query()))?
        .query_row([n], document_of)
        .optional()?
        .ok_or(Error::DocumentNotFound)?;
    document.folder = folder_path(sql, folder)?;
    catch_up(sql, n, &mut document)?;
    Ok(document)
}

/// Brings counts and change time of a document whose head is behind its journal up to date.
pub(super) fn catch_up(sql: &Connection, n: i64, document: &mut Document) -> Result<()> {
    let behind: bool = sql
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM ahead WHERE head = ?1)")?
        .query_row([head_key(n, MAIN)], |row| row.get(0))?;
    if !behind {
        return Ok(());
    }
    match journal::current(sql, n, MAIN) {
        Ok(mut current) => {
            document.stats = current.text.stats();
            if let Some(at) = current.last_at {
                document.modified = Timestamp::from_millis(at);
            }
            Ok(())
        }
        // The counts of the last sound head stay; reading the text will say what is wrong.
        Err(Error::LibraryCorrupt { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Every method touches the disk.
impl Library {
    /// The document of this id.
    ///
    /// # Errors
    /// `document_not_found`.
    pub fn document(&self, document: DocumentId) -> Result<Document> {
        self.read(|sql| load_document(sql, document_number(sql, document)?))
    }

    /// The document that `name` means: a full id, else an exact title (documents outside the trash first), else a
    /// unique prefix of an id, at least [`writemagic_shared::limits::ID_PREFIX_CHARS`] characters.
    ///
    /// # Errors
    /// `document_not_found`; `ambiguous_document` when several match.
    pub fn find_document(&self, name: &str) -> Result<Document> {
        self.read(|sql| {
            if let Ok(id) = name.parse::<DocumentId>()
                && let Ok(n) = document_number(sql, id)
            {
                return load_document(sql, n);
            }
            for trashed in [false, true] {
                let titled = numbers(
                    sql,
                    "SELECT n FROM documents WHERE title = ?1 AND trashed = ?2",
                    params![name, trashed],
                )?;
                if !titled.is_empty() {
                    return load_document(sql, only(&titled)?);
                }
            }
            let prefix = IdPrefix::parse(name).ok_or(Error::DocumentNotFound)?;
            let found = numbers(
                sql,
                "SELECT n FROM documents WHERE id BETWEEN ?1 AND ?2",
                params![prefix.first(), prefix.last()],
            )?;
            load_document(sql, only(&found)?)
        })
    }

    /// The document's text, every acknowledged edit included, without a byte order mark.
    ///
    /// A stored text that fails its checksum is replaced by what the document's history spells; of a damaged history,
    /// the text up to the last sound event is given ([`Library::check`] reports both).
    ///
    /// # Errors
    /// `document_not_found`; `library_corrupt` if neither the stored text nor its history can be read.
    pub fn text(&self, document: DocumentId) -> Result<String> {
        self.read(|sql| {
            let current = journal::current(sql, document_number(sql, document)?, MAIN)?;
            Ok(current.text.rope().to_string())
        })
    }
}

fn numbers(sql: &Connection, query: &str, values: impl rusqlite::Params) -> Result<Vec<i64>> {
    let mut statement = sql.prepare_cached(query)?;
    let rows = statement.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn only(found: &[i64]) -> Result<i64> {
    match found {
        [] => Err(Error::DocumentNotFound),
        [one] => Ok(*one),
        _ => Err(Error::AmbiguousDocument { count: found.len() as u64 }),
    }
}
