//! The edit events of a document: who wrote what where. Pure: no database, no I/O.

use serde::Serialize;

/// The kind of author of a run of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[non_exhaustive]
pub enum OriginKind {
    /// Somebody who types.
    Person = 0,
    /// A device of the writer, when the app tells them apart.
    Device = 1,
    /// A model's run.
    Ai = 2,
    /// An import.
    Import = 3,
    /// A restored version.
    Restore = 4,
}

/// Where events come from: kept with each of them, for the timeline, blame and undo.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pub(crate) kind: OriginKind,
    pub(crate) name: String,
    pub(crate) run: Vec<u8>,
}

impl Origin {
    /// The person at the keyboard.
    pub fn person() -> Self {
        Self { kind: OriginKind::Person, name: String::new(), run: Vec::new() }
    }

    /// An import.
    pub fn import() -> Self {
        Self { kind: OriginKind::Import, ..Self::person() }
    }

    /// The same origin with a name: a person's, a device's, a model's. At most 255 bytes are kept, cut at a character.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        let mut end = name.len().min(255);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        self.name = name[..end].to_owned();
        self
    }
}
