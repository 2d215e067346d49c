//! What two libraries tell each other, and how what both have written becomes one. Pure: no database, no files.
//!
//! | part | what it is |
//! | --- | --- |
//! | `field` | a value with a clock: of two the newer one stays |
//! | `record`, `wire` | what a library knows, in records, and their bytes |
//! | `bundle` | what another library lacks: a stream of records, written and read |
//! //!

mod bundle;
mod field;
mod record;
mod wire;

#[cfg(test)]
mod tests;
