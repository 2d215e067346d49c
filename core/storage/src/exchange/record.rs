//! What a library tells another, as records.
//!
//! A record holds what one row of the library does, with ids instead of row numbers and versions instead of events'
//! local numbers, so that it means the same everywhere. How records become bytes is in `wire`, their order in `bundle`.

use writemagic_shared::id::{DocumentId, FolderId, LibraryId};
use writemagic_shared::limits::{
    ANCHOR_KIND_BYTES, BRANCH_NAME_BYTES, BUNDLE_CHUNK_BYTES, DOCUMENT_EVENTS, FOLDER_NAME_BYTES,
    LABEL_BYTES, ORDER_KEY_BYTES, TARGET, TITLE_BYTES,
};
use writemagic_shared::runtime::Timestamp;

use super::field::{Field, Ticks};
use crate::document::{check_language_tag, is_folder_name, is_key};
use crate::graph::version::{EventId, Version};

/// Whose bundle it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) library: LibraryId,
    /// The library's clock: that of none of its records is above it.
    pub(crate) clock: Ticks,
}

/// A folder's fields, each as it was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FolderState {
    pub(crate) id: FolderId,
    /// Where its writer wants it, which may not be possible; `None` = at the top.
    pub(crate) parent: Field<Option<FolderId>>,
    pub(crate) name: Field<String>,
    /// A fractional index among its siblings.
    pub(crate) order: Field<Vec<u8>>,
}

impl FolderState {
    /// Takes over each field that is newer in the other state of the same folder; says whether one was.
    pub(crate) fn merge(&mut self, theirs: Self) -> bool {
        let before = self.clone();
        self.parent.merge(theirs.parent);
        self.name.merge(theirs.name);
        self.order.merge(theirs.order);
        *self != before
    }
}

/// What a tombstone stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum PurgedKind {
    Document = 0,
    Folder = 1,
    Branch = 2,
}

/// A document without its text and history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentState {
    pub(crate) id: DocumentId,
    pub(crate) title: Field<String>,
    /// Its number in the database; one that is not known here reads as plain text.
    pub(crate) kind: u8,
    pub(crate) bom: bool,
    /// `None` = at the top.
    pub(crate) folder: Field<Option<FolderId>>,
    pub(crate) language: Field<Option<String>>,
    /// Of words and of characters.
    pub(crate) targets: Field<[Option<u64>; 2]>,
    pub(crate) trashed: Field<bool>,
    pub(crate) created: Timestamp,
    /// When its text last changed.
    pub(crate) modified: Timestamp,
}

/// The id of main, in all documents.
pub(crate) const MAIN_ID: [u8; 16] = [0; 16];

/// A branch and what it has taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Branch {
    /// [`MAIN_ID`] for main.
    pub(crate) id: [u8; 16],
    pub(crate) name: Field<String>,
    pub(crate) created: Timestamp,
    pub(crate) version: Version,
}

/// A label, which its name tells from the others of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: String,
    /// `None` = removed.
    pub(crate) version: Option<Version>,
    pub(crate) at: Timestamp,
    pub(crate) clock: Ticks,
}

impl Label {
    /// Whether this stays of two of one name: as [`Field::is_newer_than`].
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        fn key(label: &Label) -> (Ticks, Option<&[EventId]>, Timestamp) {
            (label.clock, label.version.as_ref().map(Version::heads), label.at)
        }
        key(self) > key(other)
    }
}

/// A place that follows the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) id: [u8; 16],
    pub(crate) kind: String,
    /// Characters before it in the text at a version; `None` = removed.
    pub(crate) place: Option<(Version, u32)>,
    /// 0 before its character, 1 after it.
    pub(crate) side: u8,
    pub(crate) clock: Ticks,
}

impl Anchor {
    /// Whether this stays of two of one id: as [`Field::is_newer_than`].
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        type Place<'a> = Option<(&'a [EventId], u32)>;
        fn key(anchor: &Anchor) -> (Ticks, Place<'_>, u8, &str) {
            let place = anchor.place.as_ref().map(|(version, at)| (version.heads(), *at));
            (anchor.clock, place, anchor.side, &anchor.kind)
        }
        key(self) > key(other)
    }
}

/// What a bundle holds between its header and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Folder(FolderState),
    /// Two folders are one.
    Joined {
        id: FolderId,
        into: FolderId,
    },
    Purged {
        id: [u8; 16],
        kind: PurgedKind,
        clock: Ticks,
    },
    /// The records of its parts follow, in the order in which they stand here.
    Document(Box<DocumentState>),
    /// A chunk of history, which whoever takes it in checks.
    Events(Vec<u8>),
    Branch(Branch),
    Label(Label),
    Anchor(Anchor),
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadRecord(pub(super) &'static str);

fn within(length: usize, limit: u64, reason: &'static str) -> Result<(), BadRecord> {
    if length as u64 > limit { Err(BadRecord(reason)) } else { Ok(()) }
}

fn check_clocks(clocks: &[Ticks]) -> Result<(), BadRecord> {
    if clocks.iter().all(|clock| *clock >= 0) { Ok(()) } else { Err(BadRecord("a clock is below zero")) }
}

impl Header {
    /// Whether another library would take it.
    pub(super) fn check(&self) -> Result<(), BadRecord> {
        check_clocks(&[self.clock])
    }
}

impl FolderState {
    fn check(&self) -> Result<(), BadRecord> {
        check_clocks(&[self.parent.clock, self.name.clock, self.order.clock])?;
        within(self.name.value.len(), FOLDER_NAME_BYTES, "a folder's name is too long")?;
        if !is_folder_name(&self.name.value) {
            return Err(BadRecord("a folder's name is empty, `.` or `..`, or has a `/`"));
        }
        within(self.order.value.len(), ORDER_KEY_BYTES, "a folder's order key is too long")?;
        if !is_key(&self.order.value) {
            return Err(BadRecord("a folder's order key is malformed"));
        }
        Ok(())
    }
}

impl DocumentState {
    fn check(&self) -> Result<(), BadRecord> {
        check_clocks(&[
            self.title.clock,
            self.folder.clock,
            self.language.clock,
            self.targets.clock,
            self.trashed.clock,
        ])?;
        within(self.title.value.len(), TITLE_BYTES, "a title is too long")?;
        if self.language.value.as_deref().is_some_and(|tag| check_language_tag(tag).is_err()) {
            return Err(BadRecord("a language tag is malformed"));
        }
        if self.targets.value.iter().flatten().any(|target| *target > TARGET) {
            return Err(BadRecord("a target is too large"));
        }
        Ok(())
    }
}

impl Record {
    /// Whether another library would take it: the writer of a bundle asks as the reader does.
    pub(super) fn check(&self) -> Result<(), BadRecord> {
        match self {
            Record::Folder(folder) => folder.check(),
            Record::Joined { id, into } if id == into => Err(BadRecord("a folder is joined with itself")),
            Record::Joined { .. } => Ok(()),
            Record::Purged { clock, .. } => check_clocks(&[*clock]),
            Record::Document(document) => document.check(),
            Record::Events(chunk) => {
                within(chunk.len(), BUNDLE_CHUNK_BYTES, "a chunk of history is too long")
            }
            Record::Branch(branch) => {
                check_clocks(&[branch.name.clock])?;
                within(branch.name.value.len(), BRANCH_NAME_BYTES, "a branch's name is too long")
            }
            Record::Label(label) => {
                check_clocks(&[label.clock])?;
                within(label.name.len(), LABEL_BYTES, "a label's name is too long")
            }
            Record::Anchor(anchor) => {
                check_clocks(&[anchor.clock])?;
                within(anchor.kind.len(), ANCHOR_KIND_BYTES, "an anchor's kind is too long")?;
                if anchor.side > 1 {
                    return Err(BadRecord("an anchor has an unknown side"));
                }
                match anchor.place {
                    Some((_, at)) if u64::from(at) > DOCUMENT_EVENTS => {
                        Err(BadRecord("an anchor stands outside of any text"))
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}
