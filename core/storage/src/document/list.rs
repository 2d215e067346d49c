//! Listing documents, newest change first, page by page.

use std::fmt;
use std::str::FromStr;

use super::Document;
use crate::Library;
use crate::error::{Error, Result};

/// Which documents a listing holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Only documents in this folder or below it; an unknown folder holds none.
    pub folder: Option<String>,
    /// Trashed documents instead of the others.
    pub trashed: bool,
}

/// Where a page ended. Stable while documents are added or changed; travels as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) modified: i64,
    pub(crate) n: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.modified, self.n)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = Error::InvalidArgument { what: "cursor", reason: "not one that a listing gave" };
        let parse = |part: &str| i64::from_str_radix(part, 16).ok();
        match text.rsplit_once('-').map(|(modified, n)| (parse(modified), parse(n))) {
            Some((Some(modified), Some(n))) => Ok(Self { modified, n }),
            _ => Err(invalid),
        }
    }
}

/// A page of a listing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DocumentPage {
    /// The documents, newest change first.
    pub documents: Vec<Document>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
    /// How many documents the filter holds in all.
    pub total: u64,
}

impl Library {
    /// A page of documents, newest change first. Touches the disk. `limit` is clamped to
    /// [`writemagic_shared::limits::PAGE_ROWS`].
    pub fn documents(&self, _filter: &DocumentFilter, _after: Option<Cursor>, _limit: usize) -> Result<DocumentPage> {
        todo!()
    }
}
