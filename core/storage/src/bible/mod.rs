//! The story bible: who and what a manuscript is about, what holds of them and from where on, and where they are mentioned.
//!
//! | File | What it does |
//! | --- | --- |
//! | `entry`, `entries` | what an entry is; entries in the database |
//! | `facts` | what holds from some place on, until another |
//! | `words` | makes tokens of texts and of names |
//! | `matcher` | finds names in a text, in one pass |
//! | `index` | mentions over all documents |
//! | `places` | where names stand in one text, kept up to date with its edits |
//! | `rename`, `rename_rows` | another name, in all documents, as one step |
//! | `respell` | another name in one text |
//!
//! Libraries do not exchange their bibles.

mod entries;
mod entry;
mod facts;
mod index;
mod matcher;
mod places;
mod rename;
mod rename_rows;
mod respell;
mod words;

pub use entry::{Alias, BibleEntry, BibleEntryChange, EntryKind, NewBibleEntry, Visibility};
pub use facts::{BibleFact, FactBound, FactPlace, NewBibleFact};
pub(crate) use index::Mentions;
pub use index::{Mention, MentionPage, NearEntry};
pub use rename::{BibleRename, RenameChange, RenamePreview, RenameState, RenamedDocument};
