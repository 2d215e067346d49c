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
//!
//! Everything here is in memory and knows no database.

mod english;
mod index;
mod passages;
mod postings;
mod query;
mod recipe;
mod terms;
#[cfg(test)]
mod tests;

pub(crate) use index::{Encode, Index, Item};
pub(crate) use passages::passages;
pub(crate) use query::{Found, Why};
pub(crate) use terms::Language;
