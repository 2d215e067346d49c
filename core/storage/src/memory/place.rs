//! The order of the manuscript: folders in the order that the writer gave them, documents of a folder by their titles
//! before the folders inside it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension};
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::FOLDER_DEPTH;
use writemagic_shared::text::fold::fold_word;

use crate::error::{Error, Result};

/// Where a document stands. Places compare as the manuscript is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    folders: Vec<(Vec<u8>, i64)>,
    title: Title,
    id: DocumentId,
}

/// A title whose numbers compare by their values: `Chapter 9` stands before `Chapter 10`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Title(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Digits without leading zeros, by their number first.
    Number(usize, String),
    Words(String),
}

impl Title {
    fn of(title: &str) -> Self {
        let mut folded = String::with_capacity(title.len());
        fold_word(title, &mut folded);
        let mut parts = Vec::new();
        let mut rest = folded.as_str();
        while let Some(first) = rest.chars().next() {
            let is_number = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            rest = after;
            parts.push(match is_number {
                true => {
                    let digits = part.trim_start_matches('0');
                    Part::Number(digits.len(), digits.to_owned())
                }
                false => Part::Words(part.to_owned()),
            });
        }
        Self(parts)
    }
}

/// The places of documents, each looked up once.
#[derive(Default)]
pub(super) struct Manuscript {
    places: HashMap<DocumentId, Option<Place>>,
}

impl Manuscript {
    /// Whether one document stands before another, or is it. `None` where one of them is gone.
    pub(super) fn compare(
        &mut self,
        sql: &Connection,
        one: DocumentId,
        other: DocumentId,
    ) -> Result<Option<Ordering>> {
        self.look_up(sql, one)?;
        self.look_up(sql, other)?;
        let place = |id: &DocumentId| self.places.get(id).and_then(Option::as_ref);
        Ok(place(&one).zip(place(&other)).map(|(one, other)| one.cmp(other)))
    }

    fn look_up(&mut self, sql: &Connection, id: DocumentId) -> Result<()> {
        if let Entry::Vacant(open) = self.places.entry(id) {
            open.insert(place_of(sql, id)?);
        }
        Ok(())
    }
}

fn place_of(sql: &Connection, id: DocumentId) -> Result<Option<Place>> {
    let found: Option<(String, i64)> = sql
        .prepare_cached("SELECT title, folder FROM documents WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((title, mut at)) = found else { return Ok(None) };
    let mut folders = Vec::new();
    let mut above = sql.prepare_cached("SELECT parent, order_key FROM folders WHERE n = ?1")?;
    while at != 0 {
        if folders.len() as u64 > FOLDER_DEPTH {
            return Err(Error::LibraryCorrupt { found: "a folder inside itself" });
        }
        let found: Option<(i64, Vec<u8>)> =
            above.query_row([at], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (parent, key) = found.ok_or(Error::LibraryCorrupt { found: "a folder without a parent" })?;
        folders.push((key, at));
        at = parent;
    }
    folders.reverse();
    Ok(Some(Place { folders, title: Title::of(&title), id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_titles_compare_by_their_values() {
        let titles =
            ["2 Rain", "10 Wind", "chapter 009", "Chapter 10", "Chapter 10b", "Épilogue", "Prologue"];
        let places: Vec<Title> = titles.iter().map(|title| Title::of(title)).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
        assert_eq!(Title::of("CHAPTER 09"), Title::of("chapter 9"));
        assert_eq!(Title::of(""), Title(Vec::new()));
        assert!(Title::of(&"9".repeat(999)) < Title::of(&"1".repeat(1_000)));
    }
}
