//! Passages by meaning: over a library that is typed in, trashed, and searched without a model or with one that fails.
#![allow(clippy::unwrap_used, reason = "tests")]

mod scenarios;
mod snapshot;
mod traces;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use writemagic_shared::error::{Code, Coded as _};
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::embedding::{EmbedError, Embedder, ModelId, Table};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::search::{PassageMode, PassagePage, PassageRequest};
use writemagic_storage::session::Durability;

/// A sentence about something of its own for each number.
fn sentence(number: usize) -> String {
    const WHO: [&str; 5] = ["The sailor", "A nurse", "My aunt", "The old teacher", "Nobody"];
    const DID: [&str; 4] = ["repaired", "painted", "lost", "stole"];
    const WHAT: [&str; 7] =
        ["a boat", "the piano", "two rings", "a letter", "the garden gate", "a horse", "some bread"];
    let pick = |words: &[&str], step: usize| words[number / step % words.len()].to_owned();
    let (who, did, what) = (pick(&WHO, 1), pick(&DID, 5), pick(&WHAT, 20));
    format!("{who} {did} {what} in house number {number}.")
}

fn table() -> Arc<dyn Embedder> {
    Arc::new(Table::new(writemagic_embedding_table::TABLE_128).unwrap())
}

fn ask(library: &Library, query: &str) -> PassagePage {
    library
        .search_passages(&PassageRequest { query: query.to_owned(), limit: 5, ..PassageRequest::default() })
        .unwrap()
}

fn texts(page: &PassagePage) -> Vec<&str> {
    page.hits.iter().map(|hit| hit.text.as_str()).collect()
}

#[test]
fn passages_follow_the_texts() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true).embedder(table())).unwrap();
    let well = NewDocument::titled("Well").text("The boy laughed at the dog.\n\nNobody came to the mill.");
    let well = library.create_document(well).unwrap().id;
    let soup = NewDocument::titled("Soup").text("Boil the carrots in salted water.");
    let soup = library.create_document(soup).unwrap().id;
    assert_eq!(texts(&ask(&library, "cooking vegetables"))[0], "Boil the carrots in salted water.");
    // What is typed is found, beside what was there.
    let session = library.edit(well).unwrap();
    session.splice(0, 0, "She dropped her wedding ring into the water. ").unwrap();
    session.flush(Durability::Committed).unwrap();
    session.close().unwrap();
    let page = ask(&library, "Where did the jewellery fall?");
    assert_eq!((page.hits[0].document, page.by_meaning, page.passages), (well, true, 2));
    assert!(page.hits[0].text.contains("wedding ring") && page.hits[0].similarity > 0.2);
    assert_eq!(page.hits[0].range.start, 0);
    // What is in the trash is not, until it is back.
    library.trash(soup).unwrap();
    assert_eq!(ask(&library, "cooking vegetables").passages, 1);
    library.untrash(soup).unwrap();
    assert_eq!(ask(&library, "cooking vegetables").hits[0].document, soup);
    // Memory that was given back is filled again.
    library.release_memory();
    assert_eq!(ask(&library, "cooking vegetables").hits[0].document, soup);
    library.close().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().read_only(true)).unwrap();
    let page = ask(&library, "rings");
    assert_eq!((page.hits[0].document, page.by_meaning), (well, false));
    assert_eq!(page.hits[0].words, ["rings"]);
    let units: Vec<u16> = page.hits[0].text.encode_utf16().collect();
    let range = page.hits[0].ranges[0].clone();
    assert_eq!(String::from_utf16_lossy(&units[range.start as usize..range.end as usize]), "ring");
}

#[test]
fn a_query_that_the_table_does_not_know_is_answered_by_words() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true).embedder(table())).unwrap();
    let poem = NewDocument::titled("靜夜思").text("舉頭望明月，低頭思故鄉。 ᏣᎳᎩ");
    let poem = library.create_document(poem).unwrap().id;
    library.create_document(NewDocument::titled("Rain").text("It rained.")).unwrap();
    let page = ask(&library, "明月");
    assert_eq!(page.hits[0].document, poem);
    assert_eq!((page.hits[0].ranges.len(), page.hits[0].ranges[0].clone()), (1, 3..5));
    let long = PassageRequest { query: "a".repeat(5_000), ..PassageRequest::default() };
    assert_eq!(library.search_passages(&long).unwrap_err().code(), Code::LimitExceeded);
    for nothing in ["", " \n", "?!", "the of"] {
        let model = PassageRequest { query: nothing.into(), limit: 5, ..PassageRequest::default() };
        let found = library.search_passages(&model).unwrap();
        assert_eq!(found.hits.is_empty(), !found.by_meaning, "{nothing:?}");
    }
    assert!(ask(&library, "").hits.is_empty());
    let poems = PassageRequest {
        query: "ᏣᎳᎩ".into(),
        mode: PassageMode::Meaning,
        limit: 5,
        ..PassageRequest::default()
    };
    let page = library.search_passages(&poems).unwrap();
    assert_eq!((page.hits.len(), page.hits[0].document, page.by_meaning), (1, poem, false));
    let alone = PassageRequest {
        query: "rain".into(),
        mode: PassageMode::Meaning,
        limit: 1,
        ..PassageRequest::default()
    };
    assert_eq!(library.search_passages(&alone).unwrap().hits.len(), 1);
}

/// A model that works when it wants to.
struct Moody {
    table: Arc<dyn Embedder>,
    fails: AtomicBool,
}

impl Embedder for Moody {
    fn model(&self) -> &ModelId {
        self.table.model()
    }

    fn dimensions(&self) -> usize {
        self.table.dimensions()
    }

    fn is_quick(&self) -> bool {
        self.table.is_quick()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        assert!(!self.fails.load(Ordering::SeqCst), "a model that fails");
        self.table.embed(texts)
    }
}

#[test]
fn a_model_that_fails_is_an_error_and_words_still_work() {
    let folder = tempfile::tempdir().unwrap();
    let model = Arc::new(Moody { table: table(), fails: AtomicBool::new(true) });
    let options = OpenOptions::new().create(true).embedder(Arc::clone(&model) as Arc<dyn Embedder>);
    let library = Library::open(folder.path(), options).unwrap();
    let id = library.create_document(NewDocument::titled("Rain").text("It rained all night.")).unwrap().id;
    let request = PassageRequest { query: "weather".into(), limit: 5, ..PassageRequest::default() };
    assert_eq!(library.search_passages(&request).unwrap_err().code(), Code::EmbeddingFailed);
    let words = writemagic_storage::search::SearchRequest { query: "rained".into(), limit: 5, folder: None };
    assert_eq!(library.search(&words).unwrap().total, 1);
    model.fails.store(false, Ordering::SeqCst);
    assert_eq!(library.search_passages(&request).unwrap().hits[0].document, id);
}
