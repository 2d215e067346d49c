//! Where memories were taken from.

use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::id::DocumentId;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::history::MAIN_BRANCH;
use writemagic_storage::memory::{MemorySource, NewMemory, SourcePlace, SourceRange};
use writemagic_storage::session::Durability;

use crate::{Shelf, keyed};

fn taken(key: &str, document: DocumentId, range: std::ops::Range<u64>) -> NewMemory {
    NewMemory { source: Some(SourceRange { document, range }), ..keyed(key, "a note") }
}

fn places(library: &Library, key: &str) -> Vec<SourcePlace> {
    let sources: Vec<MemorySource> = library.memory_sources(key).unwrap();
    sources.into_iter().map(|source| source.place).collect()
}

fn anchors(library: &Library, document: DocumentId) -> usize {
    library.anchors(document, MAIN_BRANCH).unwrap().len()
}

#[test]
fn a_source_follows_its_text() {
    let mut shelf = Shelf::new();
    let scene = NewDocument::titled("Scene").text("😀 The ring lies in the well.");
    let scene = shelf.library.create_document(scene).unwrap().id;
    let session = shelf.library.edit(scene).unwrap();
    // Typing that is not saved yet counts.
    session.splice(0, 0, "Rain. ").unwrap();
    let memory = shelf.library.remember(&taken("ring", scene, 13..17)).unwrap();
    assert_eq!(memory.sources, [scene]);
    assert_eq!(places(&shelf.library, "ring"), [SourcePlace::At(13..17)]);
    session.splice(0, 0, "Wind. ").unwrap();
    session.splice(19, 0, "golden ").unwrap();
    session.flush(Durability::Committed).unwrap();
    let text = shelf.library.text(scene).unwrap();
    let units: Vec<u16> = text.encode_utf16().collect();
    let [SourcePlace::At(range)] = &places(&shelf.library, "ring")[..] else { panic!("it has one place") };
    assert_eq!(
        String::from_utf16_lossy(&units[range.start as usize..range.end as usize]).trim_start(),
        "ring"
    );
    session.close().unwrap();
    shelf.reopen();
    let session = shelf.library.edit(scene).unwrap();
    session.splice(0, units.len() as u64, "").unwrap();
    session.flush(Durability::Committed).unwrap();
    assert_eq!(places(&shelf.library, "ring"), [SourcePlace::At(0..0)]);
    session.close().unwrap();
    shelf.library.trash(scene).unwrap();
    assert_eq!(places(&shelf.library, "ring"), [SourcePlace::At(0..0)]);
    shelf.library.purge(scene, true).unwrap();
    assert_eq!(places(&shelf.library, "ring"), [SourcePlace::Gone]);
    assert_eq!(shelf.library.forget_memory("ring").unwrap(), ["ring"]);
    let gone = shelf.library.remember(&taken("ring", scene, 0..1)).unwrap_err();
    assert_eq!(gone.code(), Code::DocumentNotFound);
    let backwards = std::ops::Range { start: 2, end: 1 };
    assert_eq!(
        shelf.library.remember(&taken("ring", scene, backwards)).unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[test]
fn anchors_stay_as_long_as_a_memory_or_its_undoing_needs_them() {
    let shelf = Shelf::new();
    let scene =
        shelf.library.create_document(NewDocument::titled("Scene").text("One two three.")).unwrap().id;
    shelf.library.remember(&taken("a", scene, 0..3)).unwrap();
    shelf.library.remember(&taken("a", scene, 4..7)).unwrap();
    assert_eq!(places(&shelf.library, "a"), [SourcePlace::At(4..7)]);
    // The first ones are kept for undoing.
    assert_eq!(anchors(&shelf.library, scene), 4);
    shelf.library.delete_memory("a").unwrap();
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(places(&shelf.library, "a"), [SourcePlace::At(4..7)]);
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(
        (places(&shelf.library, "a"), anchors(&shelf.library, scene)),
        (vec![SourcePlace::At(0..3)], 2)
    );
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(anchors(&shelf.library, scene), 0);
    shelf.library.remember(&taken("a", scene, 0..3)).unwrap();
    shelf.library.remember(&taken("a", scene, 4..7)).unwrap();
    shelf.library.forget_memory("a").unwrap();
    assert_eq!(anchors(&shelf.library, scene), 0);
    // Past the end is at the end.
    shelf.library.remember(&taken("b", scene, 8..u64::MAX)).unwrap();
    assert_eq!(places(&shelf.library, "b"), [SourcePlace::At(8..14)]);
    // Changes that are no longer undone let go of what they kept.
    shelf.library.remember(&keyed("b", "a note without a source")).unwrap();
    assert_eq!(anchors(&shelf.library, scene), 2);
    for n in 0..writemagic_shared::limits::MEMORY_CHANGES {
        shelf.library.remember(&keyed("c", &n.to_string())).unwrap();
    }
    assert_eq!(anchors(&shelf.library, scene), 0);
}
