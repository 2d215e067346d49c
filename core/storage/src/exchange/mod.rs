//! What two libraries tell each other, and how what both have written becomes one. Pure: no database, no files.
//!
//! | part | what it is |
//! | --- | --- |
//! | `field` | a value with a clock: of two the newer one stays |
//! | `record`, `wire` | what a library knows, in records, and their bytes |
//! | `bundle` | what another library lacks: a stream of records, written and read |
//! | `summary`, `digest` | what a library knows, so briefly that another can tell what it lacks |
//! | `joined`, `shelf` | the folders of all libraries as one tree |
//!
//! One library sends its summary, the other answers with a bundle, by whatever way the app has. Neither waits for the
//! other, and a bundle may come late, twice or not at all: all that hold the same records show the same.

mod bundle;
mod digest;
mod field;
mod joined;
mod record;
mod shelf;
mod summary;
mod wire;

#[cfg(test)]
mod tests;
