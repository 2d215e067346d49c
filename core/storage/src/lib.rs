#![doc = include_str!("../README.md")]

pub mod document;
pub mod error;
pub mod graph;
pub mod library;
pub mod search;
pub mod session;
pub mod transfer;

#[cfg_attr(not(test), expect(dead_code, reason = "the library's pull is built on it"))]
mod exchange;
mod journal;
mod schema;

pub use error::{Error, Result};
pub use library::Library;
