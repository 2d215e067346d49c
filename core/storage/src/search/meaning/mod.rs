//! Search by meaning: which passages and memories answer a question, though they may share no word with it.
//!
//! | File | What it does |
//! | --- | --- |
//! | `passages` | cuts a text into what is found |
//! | `terms`, `english` | words by their stems, as hashes |
//! | `postings`, `rows` | where each term stands; the vectors |
//! | `index` | items, their neighbours, their terms and vectors |
//! | `recipe` | what speaks for an item, and how much |
//! | `words`, `query` | compare every item with a query |
//! | `snapshot`, `section` | an index as a file that is mapped |
//! | `collection` | what of a library can be found |
//! | `keep`, `saving` | an index that follows the library; its snapshots |
//! | `library` | the passages of a library's documents |
//!
//! All but the last four know no database.

mod collection;
mod english;
mod index;
mod keep;
mod library;
mod passages;
mod postings;
mod query;
mod recipe;
mod rows;
mod saving;
mod section;
mod snapshot;
mod terms;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use collection::{Collection, note_change};
pub(crate) use index::{Index, Item};
pub(crate) use keep::Meaning;
pub(crate) use library::matches;
pub use library::{PassageHit, PassageMode, PassagePage, PassageRequest};
pub(crate) use query::{Mode, Why};
pub(crate) use saving::clear_snapshots;
pub(crate) use terms::{Language, Term, each_term};
