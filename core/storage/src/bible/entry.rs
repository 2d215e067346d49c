//! What an entry is: its kind, its names, what the writer noted, and when models see it.

use std::fmt;
use std::str::FromStr;

use writemagic_shared::id::BibleEntryId;
use writemagic_shared::limits::{BIBLE_ENTRY_ALIASES, BIBLE_KIND_BYTES, BIBLE_NAME_BYTES, BIBLE_NOTES_BYTES};
use writemagic_shared::runtime::Timestamp;

use super::words::name_key;
use crate::error::{Error, Result};

/// What an entry is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// Somebody.
    #[default]
    Person,
    /// Somewhere.
    Place,
    /// Something.
    Thing,
    /// A word with a meaning of its own in this story.
    Term,
    /// A kind of the writer's own, at most [`BIBLE_KIND_BYTES`].
    Other(String),
}

impl EntryKind {
    /// Its word: `person`, `place`, `thing`, `term`, or the writer's own.
    pub fn word(&self) -> &str {
        match self {
            Self::Person => "person",
            Self::Place => "place",
            Self::Thing => "thing",
            Self::Term => "term",
            Self::Other(word) => word,
        }
    }

    /// The kind of a word that was checked.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "person" => Self::Person,
            "place" => Self::Place,
            "thing" => Self::Thing,
            "term" => Self::Term,
            other => Self::Other(other.to_owned()),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        Error::check_limit("bible_kind_bytes", self.word().len() as u64, BIBLE_KIND_BYTES)?;
        if self.word().trim().is_empty() {
            return Err(Error::InvalidArgument { what: "kind", reason: "empty" });
        }
        Ok(())
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for EntryKind {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let kind = Self::of(word);
        kind.check().map(|()| kind)
    }
}

/// When an entry is context for a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Visibility {
    /// Whatever the passage is about.
    Always,
    /// Where the passage mentions it.
    #[default]
    WhenMentioned,
    /// Not at all; its mentions are found nevertheless.
    Never,
}

impl Visibility {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Always => 0,
            Self::WhenMentioned => 1,
            Self::Never => 2,
        }
    }

    /// One that a newer engine may have added shows nothing.
    pub(super) const fn of_number(number: i64) -> Self {
        match number {
            0 => Self::Always,
            1 => Self::WhenMentioned,
            _ => Self::Never,
        }
    }
}

/// Another name of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// Whether its forms are mentions too, by the stemmer of a document's language: `goblins` for `goblin`.
    pub inflected: bool,
}

/// An entry of the story bible. What it says is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BibleEntry {
    /// Its name for ever.
    pub id: BibleEntryId,
    /// What it is of.
    pub kind: EntryKind,
    /// Its name.
    pub name: String,
    /// Whether forms of the name are mentions too.
    pub inflected: bool,
    /// Its other names, in the order in which they came.
    pub aliases: Vec<Alias>,
    /// What the writer noted.
    pub notes: String,
    /// When models see it.
    pub visibility: Visibility,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed; its facts do not count.
    pub modified: Timestamp,
}

impl fmt::Debug for BibleEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BibleEntry")
            .field("id", &self.id)
            .field("aliases", &self.aliases.len())
            .field("visibility", &self.visibility)
            .finish_non_exhaustive()
    }
}

/// An entry to be made.
///
/// ```
/// use writemagic_storage::bible::{EntryKind, NewBibleEntry, Visibility};
///
/// let ruth = NewBibleEntry::named(EntryKind::Person, "Ruth Miller")
///     .alias("Ruth")
///     .notes("The lighthouse keeper's daughter.")
///     .visibility(Visibility::Always);
/// assert_eq!(ruth.aliases[0].name, "Ruth");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct NewBibleEntry {
    /// What it is of.
    pub kind: EntryKind,
    /// Its name, at most [`BIBLE_NAME_BYTES`], with a word in it.
    pub name: String,
    /// Whether forms of the name are mentions too.
    pub inflected: bool,
    /// Its other names, at most [`BIBLE_ENTRY_ALIASES`].
    pub aliases: Vec<Alias>,
    /// Notes, at most [`BIBLE_NOTES_BYTES`].
    pub notes: String,
    /// When models see it.
    pub visibility: Visibility,
}

impl fmt::Debug for NewBibleEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewBibleEntry").field("aliases", &self.aliases.len()).finish_non_exhaustive()
    }
}

impl NewBibleEntry {
    /// An entry of this kind and name, with nothing else.
    pub fn named(kind: EntryKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), ..Self::default() }
    }

    /// Finds forms of the name too.
    pub fn inflected(self, inflected: bool) -> Self {
        Self { inflected, ..self }
    }

    /// Goes by this name too, as it is.
    pub fn alias(mut self, name: impl Into<String>) -> Self {
        self.aliases.push(Alias { name: name.into(), inflected: false });
        self
    }

    /// With these notes.
    pub fn notes(self, notes: impl Into<String>) -> Self {
        Self { notes: notes.into(), ..self }
    }

    /// Seen by models then.
    pub fn visibility(self, visibility: Visibility) -> Self {
        Self { visibility, ..self }
    }

    pub(super) fn check(&self) -> Result<()> {
        self.kind.check()?;
        check_notes(&self.notes)?;
        Error::check_limit("bible_entry_aliases", self.aliases.len() as u64, BIBLE_ENTRY_ALIASES)?;
        let mut keys = vec![check_name(&self.name)?];
        for alias in &self.aliases {
            let key = check_name(&alias.name)?;
            if keys.contains(&key) {
                return Err(REPEATED);
            }
            keys.push(key);
        }
        Ok(())
    }
}

/// What of an entry changes; `None` stays.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BibleEntryChange {
    /// What it is of.
    pub kind: Option<EntryKind>,
    /// Its name, in the bible alone: [`Library::rename_bible_entry`](crate::Library::rename_bible_entry) changes the documents too.
    pub name: Option<String>,
    /// Whether forms of the name are mentions too.
    pub inflected: Option<bool>,
    /// What the writer noted.
    pub notes: Option<String>,
    /// When models see it.
    pub visibility: Option<Visibility>,
}

impl fmt::Debug for BibleEntryChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BibleEntryChange").finish_non_exhaustive()
    }
}

/// Two names of one entry that are found in the same places.
pub(super) const REPEATED: Error =
    Error::InvalidArgument { what: "name", reason: "the entry has it already" };

/// Checks a name; gives what names are compared by.
pub(super) fn check_name(name: &str) -> Result<String> {
    Error::check_limit("bible_name_bytes", name.len() as u64, BIBLE_NAME_BYTES)?;
    if name.trim() != name || name.chars().any(|character| character.is_control()) {
        let reason = "white space around it, or a control character";
        return Err(Error::InvalidArgument { what: "name", reason });
    }
    name_key(name).ok_or(Error::InvalidArgument { what: "name", reason: "without a word" })
}

pub(super) fn check_notes(notes: &str) -> Result<()> {
    Error::check_limit("bible_notes_bytes", notes.len() as u64, BIBLE_NOTES_BYTES)
}
