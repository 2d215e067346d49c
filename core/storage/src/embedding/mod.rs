//! Texts as vectors: what search by meaning compares.
//!
//! An [`Embedder`] turns texts into vectors. The engine has one of its own, [`Table`]: a row of numbers for each word and
//! piece of a word, added up, in microseconds and without a model to run. An app may bring a better one; [`embed`] is how
//! the engine calls it, and believes nothing that it answers. [`VectorSpace`] says which vectors can be compared.
//!
//! | Module | What it does |
//! | --- | --- |
//! | `basic` | splits a text into words and punctuation, as BERT's uncased models do |
//! | `word_piece` | splits a word into the longest tokens of a vocabulary |
//! | `image` | reads a table as it lies in memory, trusting none of its numbers |
//! | `table` | adds up the rows of a text |
//! | `embedder`, `model`, `error` | the trait, the names of models, what fails |
//!
//! Nothing here knows a library or its database, and nothing is kept but the table.
//!
//! ```no_run
//! use std::path::Path;
//! use writemagic_storage::embedding::Table;
//!
//! let table = Table::open(Path::new("table.embedding"))?;
//! let night = table.encode("It was a dark and stormy night.");
//! let storm = table.encode("thunder, wind and rain after sunset");
//! let cosine: f32 = night.vector.iter().zip(&storm.vector).map(|(a, b)| a * b).sum();
//! assert!(cosine > 0.4); // and below 0.2 for texts that have nothing to do with each other
//! # Ok::<(), writemagic_storage::embedding::TableError>(())
//! ```

mod basic;
mod embedder;
mod error;
mod image;
mod model;
mod table;
mod word_piece;

pub use self::embedder::{Embedder, embed};
pub use self::error::{EmbedError, TableError};
pub use self::model::{ModelId, VectorSpace};
pub use self::table::{Embedding, Table};
