//! What all benches share when they say what they have found.

pub mod machine;
mod results;
pub mod tables;

pub use results::record;
