//! The command-line contract, tested on the real binary in temporary folders.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers are tests too: they fail by panicking, and say which data they run on"
)]

mod answers;
mod asking;
mod assistant;
mod bible;
mod common;
mod documents;
mod editing;
mod exchange;
mod find;
mod folders;
mod history;
mod kill;
mod library;
mod memory;
mod replay;
mod search;
mod segment;
mod stats;
mod tour;
mod transfer;
mod usage;
