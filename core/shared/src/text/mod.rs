//! Measures of text: pure functions over `&str`.

mod stats;

pub use stats::TextStats;
