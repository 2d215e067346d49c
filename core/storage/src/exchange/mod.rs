//! What two libraries tell each other, and how what both have written becomes one.
//!
//! | part | what it is |
//! | --- | --- |
//! | `field` | a value with a clock: of two the newer one stays |
//! | `record`, `wire` | what a library knows, in records, and their bytes |
//! | `bundle` | what another library lacks: a stream of records, written and read |
//! | `summary`, `digest` | what a library knows, so briefly that another can tell what it lacks |
//! | `joined`, `shelf` | the folders of all libraries as one tree |
//! | `collect`, `send` | the library as records; summaries and bundles of it |
//! | `pull`, `shelve`, `take` | taking a bundle in: its folders, its documents |
//! | `outbox` | a second process that writes |
//!
//! All but the last three are pure: no database, no files.
//!
//! Documents, their histories and the folders are exchanged. What belongs to one device stays there: search rows, and all that
//! [`assistant`](crate::assistant) keeps.
//!
//! One library sends its summary, the other answers with a bundle, by whatever way the app has: neither waits for the
//! other, bundles may come in any order, twice or not at all, and all that have the same records show the same.

mod bundle;
mod collect;
mod digest;
mod field;
mod joined;
mod outbox;
mod pull;
mod record;
mod send;
mod shelf;
mod shelve;
mod summary;
mod take;
mod wire;

pub use pull::{PullConflict, PullReport, Superseded};
pub use send::{BundleOptions, BundleReport};

#[cfg(test)]
mod tests;
