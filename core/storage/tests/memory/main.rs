//! The memory of a story: kept, found, changed, undone, over closings and openings of the library.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

mod consolidate;
mod hostile;
mod recall;
mod sources;
mod steps;
mod store;

use std::sync::Arc;

use tempfile::TempDir;
use writemagic_shared::runtime::{ManualClock, Timestamp};
use writemagic_storage::Library;
use writemagic_storage::embedding::Table;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::memory::{Memory, MemoryFilter, NewMemory, RecallPage, RecallRequest};

/// A library with the engine's table, whose clock a test sets.
struct Shelf {
    folder: TempDir,
    clock: Arc<ManualClock>,
    library: Library,
}

/// 14 November 2023.
const START: i64 = 1_700_000_000_000;

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START)));
        let library = Library::open(folder.path(), options(&clock).create(true)).unwrap();
        Self { folder, clock, library }
    }

    fn reopen(&mut self) {
        self.library.close().unwrap();
        self.library = Library::open(self.folder.path(), options(&self.clock)).unwrap();
    }

    /// All memories, the last that came first.
    fn all(&self) -> Vec<Memory> {
        let page = self.library.memories(&MemoryFilter::default(), None, usize::MAX).unwrap();
        assert_eq!((page.total, page.next), (page.memories.len() as u64, None));
        page.memories
    }

    fn ask(&self, query: &str) -> RecallPage {
        let request = RecallRequest { query: query.to_owned(), limit: 5, ..RecallRequest::default() };
        let page = self.library.recall(&request).unwrap();
        assert!(page.is_complete);
        page
    }
}

fn options(clock: &Arc<ManualClock>) -> OpenOptions {
    let table = Table::new(writemagic_embedding_table::TABLE_128).unwrap();
    OpenOptions::new().clock(Arc::clone(clock) as _).embedder(Arc::new(table))
}

/// A memory of this key that says this.
fn keyed(key: &str, text: &str) -> NewMemory {
    NewMemory { key: Some(key.to_owned()), ..NewMemory::new(text) }
}

fn keys(page: &RecallPage) -> Vec<&str> {
    page.hits.iter().map(|hit| hit.memory.key.as_str()).collect()
}
