//! A splice asks the allocator for nothing once the session has warmed up.
#![allow(clippy::unwrap_used, reason = "tests")]

use writemagic_shared::alloc::{Allocations, Counting};
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;

#[global_allocator]
static ALLOCATOR: Counting = Counting::system();

#[test]
fn typing_and_pasting_allocate_nothing_on_the_callers_thread() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
    let document = library.create_document(NewDocument::titled("Diary")).unwrap();
    let session = library.edit(document.id).unwrap();
    let pasted = "It rained all day, and the lamp burned low. ".repeat(20);
    let units: Vec<u16> = pasted.encode_utf16().collect();
    let typing = || {
        for at in 0..100 {
            session.splice(at, 0, "a").unwrap();
            session.splice_utf16(at, 1, &[0xE9]).unwrap();
        }
        session.splice(0, 10, &pasted).unwrap();
        session.splice_utf16(5, 0, &units).unwrap();
        let write = |room: &mut [u8]| room.copy_from_slice(pasted.as_bytes());
        session.splice_utf8(5, 0, pasted.len(), write).unwrap();
    };
    // Buffers go around through the writer's cache. One that falls further behind than ever before needs more of them, so
    // it settles only once it has been as slow as it gets.
    let mut quiet = 0;
    for _ in 0..1_000 {
        let ((), made) = Allocations::of(typing);
        quiet = if made == Allocations::default() { quiet + 1 } else { 0 };
        session.flush(Durability::Committed).unwrap();
        if quiet == 16 {
            return;
        }
    }
    panic!("typing goes on to allocate");
}
