//! What can be found: collections of sessions, each of some items.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension};

use super::index::Item;
use super::passages::passages;
use super::terms::Language;
use crate::error::Result;
use crate::memory;
use crate::schema::{MAIN, head_key};

/// Passages of a document are numbered with so many bits: none is so long that it had more.
const PLACE_BITS: u32 = 24;

/// A collection. The number stands in the database and in names of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collection {
    /// The passages of documents outside the trash: a document is a session.
    Passages = 0,
    /// Memories: those of one session, and each without one alone.
    Memories = 1,
}

impl Collection {
    pub(super) const ALL: [Self; 2] = [Self::Passages, Self::Memories];

    /// What names of its files begin with.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Passages => "passages",
            Self::Memories => "memories",
        }
    }

    /// All sessions, ascending.
    pub(super) fn sessions(self, sql: &Connection) -> Result<Vec<u64>> {
        let statement = match self {
            Self::Passages => "SELECT n FROM documents WHERE trashed = 0 ORDER BY n",
            Self::Memories => return memory::units(sql),
        };
        let mut statement = sql.prepare_cached(statement)?;
        let sessions = statement.query_map([], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))?;
        Ok(sessions.collect::<rusqlite::Result<_>>()?)
    }

    /// The items of a session, in order; none of one that is not there.
    pub(super) fn items(self, sql: &Connection, session: u64) -> Result<Vec<Item>> {
        match self {
            Self::Passages => passages_of(sql, session),
            Self::Memories => memory::items(sql, session),
        }
    }
}

/// Notes that a session is not what it was.
pub(crate) fn note_change(sql: &Connection, collection: Collection, session: i64) -> Result<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO meaning_changes (collection, session) VALUES (?1, ?2)")?
        .execute([collection as i64, session])?;
    Ok(())
}

fn passages_of(sql: &Connection, session: u64) -> Result<Vec<Item>> {
    let n = session.cast_signed();
    let mut statement = sql.prepare_cached(
        "SELECT title, language, text FROM documents JOIN heads ON heads.n = ?2 WHERE documents.n = ?1 AND trashed = 0",
    )?;
    let found: Option<(String, Option<String>, Vec<u8>)> = statement
        .query_row([n, head_key(n, MAIN)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((title, language, text)) = found else { return Ok(Vec::new()) };
    // Text that is damaged is for `check` to report.
    let Ok(text) = String::from_utf8(text) else { return Ok(Vec::new()) };
    let language = Language::of(language.as_deref());
    let item = |(place, range): (usize, Range<usize>)| {
        passage_item(passage_id(n, place as u64), place, &title, language, &text[range])
    };
    Ok((0..).zip(passages(&text)).map(item).collect())
}

/// A passage as it is found.
pub(super) fn passage_item(id: u64, place: usize, title: &str, language: Language, text: &str) -> Item {
    Item {
        id,
        text: text.to_owned(),
        // The title stands before the first passage, as the name of a speaker before what they say.
        speaker: (place == 0).then(|| title.to_owned()),
        time: None,
        language,
    }
}

fn passage_id(document: i64, place: u64) -> u64 {
    document.cast_unsigned() << PLACE_BITS | place
}

/// The document of a passage, and its place there.
pub(super) fn passage_of(id: u64) -> (i64, usize) {
    ((id >> PLACE_BITS).cast_signed(), (id & ((1 << PLACE_BITS) - 1)) as usize)
}
