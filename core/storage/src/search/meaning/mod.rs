//! Search by meaning: which passages and memories answer a question, though they may share no word with it.
//!
//! | File | What it does |
//! | --- | --- |
//! | `passages` | cuts a text into what is found |
//! | `terms`, `english` | words by their stems, as hashes |
//! | `postings` | where each term stands |
//! | `index` | items, their neighbours and their vectors |
//! | `recipe` | what speaks for an item, and how much |
//! | `query` | compares every item with a query |
//! | `library` | the passages of a library's documents |
//!
//! All but the last is in memory and knows no database.

mod english;
mod index;
mod library;
mod passages;
mod postings;
mod query;
mod recipe;
mod terms;
#[cfg(test)]
mod tests;

pub(crate) use index::Encode;
pub(crate) use library::Meaning;
pub use library::{PassageHit, PassageMode, PassagePage, PassageRequest};
