//! The story bible: entries, facts that hold somewhere, mentions that follow the edits, names that change everywhere.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]
#![allow(clippy::single_range_in_vec_init, reason = "lists of ranges")]

use std::ops::Range;

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::{BibleEntryId, BibleFactId, DocumentId};
use writemagic_shared::limits::{
    BIBLE_ENTRIES, BIBLE_ENTRY_ALIASES, BIBLE_ENTRY_FACTS, BIBLE_FACT_BYTES, BIBLE_KIND_BYTES,
    BIBLE_NAME_BYTES, BIBLE_NOTES_BYTES,
};
use writemagic_shared::runtime::Timestamp;
use writemagic_storage::Library;
use writemagic_storage::bible::{
    Alias, BibleEntry, BibleEntryChange, BibleFact, EntryKind, FactBound, FactPlace, NewBibleEntry,
    NewBibleFact, Visibility,
};
use writemagic_storage::document::NewDocument;
use writemagic_storage::error::Result;
use writemagic_storage::library::OpenOptions;

mod entries;
mod facts;
mod mentions;
mod renames;

fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    (folder, library)
}

fn open(folder: &std::path::Path) -> Library {
    Library::open(folder, OpenOptions::new().create(true)).unwrap()
}

fn document(library: &Library, title: &str, text: &str) -> DocumentId {
    library.create_document(NewDocument::titled(title).text(text)).unwrap().id
}

fn person(library: &Library, name: &str) -> BibleEntry {
    library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, name)).unwrap()
}

fn code<T>(result: Result<T>) -> Code {
    result.err().unwrap().code()
}

/// What a text says at ranges in UTF-16 units.
fn slice(text: &str, range: &Range<u64>) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap()
}

fn mentioned(library: &Library, document: DocumentId) -> Vec<String> {
    let text = library.text(document).unwrap();
    library.mentions_in(document).unwrap().iter().map(|mention| slice(&text, &mention.range)).collect()
}
