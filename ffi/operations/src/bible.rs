//! The story bible: people, places and things, what holds of them, where they are mentioned, what they are called.

use std::ops::Range;
use std::sync::Arc;

use writemagic::{
    Alias, BibleEntry, BibleEntryChange, BibleEntryId, BibleFact, BibleFactId, BibleRename, BibleRenameId,
    DocumentId, EntryKind, FactBound, FactPlace, Mention, MentionPage, NearEntry, NewBibleEntry,
    NewBibleFact, RenameChange, RenamePreview, RenameState, RenamedDocument, Timestamp, Visibility,
};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::library::LIBRARIES;
use crate::shape::Shape;
use crate::wire::{Encode, Shaped};

pub(crate) const PART: Part =
    Part { name: "bible", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// How far the renaming of an entry is in a document.
struct RenameOfDocument {
    /// The document.
    document: DocumentId,
    /// How far.
    state: RenameState,
}

impl Shaped for (DocumentId, RenameState) {
    const SHAPE: Shape = RenameOfDocument::SHAPE;
}

impl Encode for (DocumentId, RenameState) {
    fn encode(&self, out: &mut Vec<u8>) {
        RenameOfDocument { document: self.0, state: self.1 }.encode(out);
    }
}

records! {
    both writemagic::Alias as Alias { name: String, inflected: bool }
    out writemagic::BibleEntry as BibleEntry {
        id: BibleEntryId,
        kind: EntryKind,
        name: String,
        inflected: bool,
        aliases: Vec<Alias>,
        notes: String,
        visibility: Visibility,
        created: Timestamp,
        modified: Timestamp,
    }
    in writemagic::NewBibleEntry as NewBibleEntry {
        kind: EntryKind,
        name: String,
        inflected: bool,
        aliases: Vec<Alias>,
        notes: String = "\"\"",
        visibility: Visibility = "BibleVisibility.WhenMentioned",
    }
    in writemagic::BibleEntryChange as BibleEntryChange {
        kind: Option<EntryKind>,
        name: Option<String>,
        inflected: Option<bool>,
        notes: Option<String>,
        visibility: Option<Visibility>,
    }
    in writemagic::FactPlace as FactPlace { document: DocumentId, at: Option<u64> }
    in writemagic::NewBibleFact as NewBibleFact {
        text: String,
        from: Option<FactPlace>,
        until: Option<FactPlace>,
    }
    out writemagic::BibleFact as BibleFact {
        id: BibleFactId,
        text: String,
        from: Option<FactBound>,
        until: Option<FactBound>,
    } + { lost_its_place: bool }
    out writemagic::Mention as Mention {
        document: DocumentId,
        range: Range<u64>,
        name: Arc<str>,
        entries: Arc<[BibleEntryId]>,
    }
    out writemagic::MentionPage as MentionPage { mentions: Vec<Mention>, total: u64, documents: u64 }
    out writemagic::NearEntry as NearEntry { entry: BibleEntry, ranges: Vec<Range<u64>> }
    out writemagic::RenamePreview as RenamePreview {
        documents: Vec<RenamedDocument>,
        replaced: u64,
        left: u64,
        shared: u64,
    }
    out writemagic::RenamedDocument as RenamedDocument {
        document: DocumentId,
        title: String,
        changes: Vec<RenameChange>,
    }
    out writemagic::RenameChange as RenameChange {
        range: Range<u64>,
        before: String,
        after: Option<String>,
        shared: bool,
    }
    out RenameOfDocument as RenameOfDocument { document: DocumentId, state: RenameState }
    out writemagic::BibleRename as BibleRename {
        id: BibleRenameId,
        entry: BibleEntryId,
        old: String,
        new: String,
        at: Timestamp,
        undone: bool,
        documents: Vec<(DocumentId, RenameState)>,
    } + { is_complete: bool }
}

choices! {
    both writemagic::EntryKind as EntryKind { 0 Person, 1 Place, 2 Thing, 3 Term, 4 Other(word: String) }
    both writemagic::Visibility as BibleVisibility { 0 Always, 1 WhenMentioned, 2 Never }
    out writemagic::FactBound as FactBound {
        0 Document(document: DocumentId),
        1 Place { document: DocumentId, at: u64 },
        2 Gone,
    }
    out writemagic::RenameState as RenameState { 0 Waiting, 1 Done, 2 TakenBack }
}

operations! {
    Library in LIBRARIES {
        call add_bible_entry(library, new: NewBibleEntry) -> BibleEntry { library.add_bible_entry(&new) }
        call bible_entry(library, entry: BibleEntryId) -> BibleEntry { library.bible_entry(entry) }
        call find_bible_entry(library, name: String) -> BibleEntry { library.find_bible_entry(&name) }
        call bible_entries(library, kind: Option<EntryKind>) -> Vec<BibleEntry> {
            library.bible_entries(kind.as_ref())
        }
        call set_bible_entry(library, entry: BibleEntryId, change: BibleEntryChange) -> BibleEntry {
            library.set_bible_entry(entry, &change)
        }
        call add_bible_alias(library, entry: BibleEntryId, alias: Alias) -> BibleEntry {
            library.add_bible_alias(entry, &alias)
        }
        call remove_bible_alias(library, entry: BibleEntryId, name: String) -> BibleEntry {
            library.remove_bible_alias(entry, &name)
        }
        call remove_bible_entry(library, entry: BibleEntryId) -> BibleEntry { library.remove_bible_entry(entry) }
        call add_bible_fact(library, entry: BibleEntryId, new: NewBibleFact) -> BibleFact {
            library.add_bible_fact(entry, &new)
        }
        call bible_facts(library, entry: BibleEntryId) -> Vec<BibleFact> { library.bible_facts(entry) }
        call facts_at(library, entry: BibleEntryId, document: DocumentId, at: u64) -> Vec<BibleFact> {
            library.facts_at(entry, document, at)
        }
        call remove_bible_fact(library, fact: BibleFactId) -> BibleEntryId { library.remove_bible_fact(fact) }
        call mentions(library, entry: BibleEntryId, limit: usize = "100") -> MentionPage {
            library.mentions(entry, limit)
        }
        call mentions_in(library, document: DocumentId) -> Vec<Mention> { library.mentions_in(document) }
        call entries_near(library, document: DocumentId, range: Range<u64>) -> Vec<NearEntry> {
            library.entries_near(document, range)
        }
        call entries_named(library, text: String, language: Option<String>) -> Vec<NearEntry> {
            library.entries_named(&text, language.as_deref())
        }
        work preview_bible_rename(library, entry: BibleEntryId, name: String) -> RenamePreview {
            library.preview_bible_rename(entry, name)
        }
        work rename_bible_entry(
            library,
            entry: BibleEntryId,
            name: String,
            leave: Vec<DocumentId>,
        ) -> BibleRename {
            library.rename_bible_entry(entry, name, leave)
        }
        work finish_bible_rename(library, rename: BibleRenameId) -> BibleRename {
            library.finish_bible_rename(rename)
        }
        work undo_bible_rename(library, rename: BibleRenameId) -> BibleRename { library.undo_bible_rename(rename) }
        call bible_rename(library, rename: BibleRenameId) -> BibleRename { library.bible_rename(rename) }
        call bible_renames(library, entry: Option<BibleEntryId>) -> Vec<BibleRename> {
            library.bible_renames(entry)
        }
    }
}
