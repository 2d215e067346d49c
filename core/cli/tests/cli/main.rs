//! The command-line contract, tested on the real binary in temporary folders.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says with a panic what is wrong"
)]

// Helpers are tests too: they fail by panicking, and they say which data they run on.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;
mod documents;
mod editing;
mod folders;
mod kill;
mod library;
mod replay;
mod search;
mod stats;
mod tour;
mod transfer;
mod usage;
