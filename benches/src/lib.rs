//! Every speed claim of the engine, measured beside the best peers in one run.
//!
//! [`run`] is the whole of the `results` program: it plays the same work to each contender in interleaved rounds
//! and writes medians to `RESULTS.md`. [`calls`] holds the costs of single calls as criterion benches, which
//! `cargo bench` runs alone and `results` runs and records with the rest. The peers live here and nowhere else,
//! so that they never reach the engine's own lock file.

use bench_report::tables as report;

pub mod calls;

mod answers;
mod buffers;
mod child;
mod codec;
mod corpus;
mod edits;
mod embedding;
mod history;
mod library;
mod meaning;
mod measure;
mod memory;
mod mentions;
mod notes;
mod plan;
mod queues;
mod search;
mod sizes;
mod sqlite;
mod tantivy_index;
mod text;
mod trace;

pub use plan::run;
