//! A process that reads all texts by meaning and is killed without warning, again and again: what it wrote is used, what it did
//! not write is read again, and the answers are those of a library that was never disturbed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::embedding::Table;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::search::{PassagePage, PassageRequest};

use crate::again::{self, Other};
use crate::disk::copy_folder;
use crate::random::Random;

/// Kills while texts are read.
const KILLS: usize = 50;
const DOCUMENTS: usize = 5_000;
const QUESTIONS: [&str; 3] = ["Who mended the ship?", "nurse 17", "an instrument out of tune"];

fn open(folder: &Path) -> Library {
    let table = Table::new(writemagic_embedding_table::TABLE_128).unwrap();
    Library::open(folder, OpenOptions::new().create(true).embedder(Arc::new(table))).unwrap()
}

fn answers(library: &Library) -> Vec<PassagePage> {
    let ask = |query: &str| {
        let request = PassageRequest { query: query.into(), limit: 10, ..PassageRequest::default() };
        library.search_passages(&request).unwrap()
    };
    QUESTIONS.map(ask).to_vec()
}

/// Reads everything and closes the library, unless it is killed.
#[test]
fn reader() {
    let Some(folder) = again::folder() else { return };
    let library = open(&folder);
    again::say("ready");
    library.index_meaning(&Progress::new()).unwrap();
    again::say("read");
    library.close().unwrap();
}

#[test]
fn killed_while_it_reads_a_process_leaves_an_index_that_answers_as_if_it_had_not_been() {
    let mut random = Random::announced();
    let (folder, calm) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let library = open(folder.path());
    for number in 0..DOCUMENTS {
        let who = ["The sailor repaired the boat", "The nurse tuned the piano", "My aunt lost her ring"]
            [number % 3];
        let text = format!("{who} in house {number}. Nobody spoke of it for {} years.", number % 97);
        library.create_document(NewDocument::titled("House").text(&text)).unwrap();
    }
    library.close().unwrap();
    copy_folder(folder.path(), calm.path());
    let undisturbed = open(calm.path());
    undisturbed.index_meaning(&Progress::new()).unwrap();
    let expected = answers(&undisturbed);
    assert!(expected.iter().all(|page| page.is_complete && page.passages == DOCUMENTS as u64));

    let mut read = 0;
    for kill in 0..KILLS {
        let micros = random.below(100_000) as u64;
        let mut reader = Other::start(&mut again::command("killed_reader::reader", folder.path()));
        assert_eq!(reader.next().as_deref(), Some("ready"));
        std::thread::sleep(Duration::from_micros(micros)); // deliberate: the random moment of the kill
        reader.kill();
        read += std::iter::from_fn(|| reader.next()).count();
        let library = open(folder.path());
        if kill % 10 == 9 {
            library.index_meaning(&Progress::new()).unwrap();
            assert_eq!(answers(&library), expected, "kill {kill} after {micros} µs");
            assert!(library.check(false, &Progress::new()).unwrap().is_ok());
            library.close().unwrap();
            let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
            assert_eq!(files.filter(|path| path.to_string_lossy().contains(".index")).count(), 1);
            // The next kills find nothing read.
            for entry in std::fs::read_dir(folder.path()).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|end| end == "index") {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
    }
    println!("{KILLS} kills, {read} after everything was read");
}
