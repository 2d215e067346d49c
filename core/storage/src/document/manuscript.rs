//! The order of a manuscript: which document comes before which.
//!
//! Folders come in their order, each with its own documents first and those of the folders below it after them. Documents of one
//! folder have no order but their titles: numbers in them by their value, so that chapter 10 follows chapter 9.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};
use writemagic_shared::limits::FOLDER_DEPTH;
use writemagic_shared::text::fold::fold_word;

use crate::error::{Error, Result};

/// Of each folder from the top on: its key among its siblings, and its id.
type Path = Vec<(Vec<u8>, [u8; 16])>;

/// Where a document stands among all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    folders: Path,
    title: Vec<Part>,
    document: [u8; 16],
}

/// A part of a title.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Digits without the zeros before them: the longer number is the greater one.
    Number(usize, String),
    /// Anything else, folded.
    Text(String),
}

/// What titles and names are ordered by.
pub(crate) fn natural(title: &str) -> Vec<Part> {
    let mut folded = String::new();
    fold_word(title, &mut folded);
    let mut parts = Vec::new();
    let mut rest = folded.as_str();
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(if is_number {
            let digits = part.trim_start_matches('0');
            Part::Number(digits.len(), digits.to_owned())
        } else {
            Part::Text(part.to_owned())
        });
        rest = after;
    }
    parts
}

/// Finds the places of documents, and remembers the folders on the way.
#[derive(Debug, Default)]
pub(crate) struct Manuscript {
    folders: HashMap<i64, Path>,
}

impl Manuscript {
    /// Where the document of a row number stands; `None` if it is not there.
    pub(crate) fn place(&mut self, sql: &Connection, document: i64) -> Result<Option<Place>> {
        let found: Option<(i64, String, [u8; 16])> = sql
            .prepare_cached("SELECT folder, title, id FROM documents WHERE n = ?1")?
            .query_row([document], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((folder, title, document)) = found else { return Ok(None) };
        Ok(Some(Place { folders: self.folders(sql, folder)?, title: natural(&title), document }))
    }

    fn folders(&mut self, sql: &Connection, folder: i64) -> Result<Path> {
        if let Some(known) = self.folders.get(&folder) {
            return Ok(known.clone());
        }
        let (mut path, mut at) = (Vec::new(), folder);
        while at != 0 {
            let (parent, key, id): (i64, Vec<u8>, [u8; 16]) = sql
                .prepare_cached("SELECT parent, order_key, id FROM folders WHERE n = ?1")?
                .query_row([at], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?
                .ok_or(Error::LibraryCorrupt { found: "a folder without a parent" })?;
            path.push((key, id));
            if path.len() as u64 > FOLDER_DEPTH {
                return Err(Error::LibraryCorrupt { found: "folders nested too deep" });
            }
            at = parent;
        }
        path.reverse();
        self.folders.insert(folder, path.clone());
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_ordered_as_a_person_would() {
        let mut titles =
            ["Chapter 10", "chapter 9b", "Chapter 009", "Épilogue", "chapter", "12", "Chapter 9"];
        titles.sort_by_key(|title| natural(title));
        assert_eq!(
            titles,
            ["12", "chapter", "Chapter 009", "Chapter 9", "chapter 9b", "Chapter 10", "Épilogue"]
        );
    }
}
