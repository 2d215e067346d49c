#![doc = include_str!("../README.md")]

pub mod assistant;
pub mod bible;
pub mod context;
pub mod document;
pub mod embedding;
pub mod error;
pub mod exchange;
pub mod graph;
pub mod history;
pub mod library;
pub mod memory;
pub mod search;
pub mod session;
pub mod transfer;

mod journal;
mod schema;

pub use error::{Error, Result};
pub use library::Library;
