//! The command-line contract, tested on the real binary in temporary folders.

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
