//! Processes that open one library at the same moment.

use std::fs;

use writemagic_shared::error::Coded;
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::{DocumentFilter, NewDocument};
use writemagic_storage::library::OpenOptions;

use crate::again::{self, Other};

const RACERS: usize = 5;
const ROUNDS: usize = 8;

/// Opens the library when told, says how that went, and holds it until told to let go.
#[test]
fn racer() {
    let Some(folder) = again::folder() else { return };
    again::say("ready");
    let round = again::hear().unwrap();
    match Library::open(&folder, OpenOptions::new().create(true)) {
        Ok(library) => {
            library.create_document(NewDocument::titled(round.trim()).text("won")).unwrap();
            again::say("won");
            assert_eq!(again::hear(), None);
            library.close().unwrap();
        }
        Err(error) => again::say(&error.code().to_string()),
    }
}

#[test]
fn of_processes_that_open_at_once_one_wins_and_the_others_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("library");
    for round in 0..ROUNDS {
        if round % 4 == 0 {
            // The first ones find no library: all of them want to make it.
            let _ = fs::remove_dir_all(&library);
        }
        let mut racers: Vec<Other> =
            (0..RACERS).map(|_| Other::start(&mut again::command("race::racer", &library))).collect();
        for racer in &mut racers {
            assert_eq!(racer.next().as_deref(), Some("ready"));
        }
        racers.iter_mut().for_each(|racer| racer.tell(&round.to_string()));
        let mut results: Vec<String> = racers.iter_mut().map(|racer| racer.next().unwrap()).collect();
        for (racer, result) in racers.iter_mut().zip(&results) {
            if result == "won" && round % 2 == 1 {
                racer.kill();
            }
        }
        for (racer, result) in racers.into_iter().zip(&results) {
            if result != "won" || round % 2 == 0 {
                racer.end();
            }
        }
        results.sort();
        assert_eq!(results, [&["library_busy"; RACERS - 1][..], &["won"]].concat(), "round {round}");
        let opened = Library::open(&library, OpenOptions::new()).unwrap();
        assert!(opened.check(false, &Progress::new()).unwrap().is_ok(), "round {round}");
        let documents = opened.documents(&DocumentFilter::default(), None, 100).unwrap();
        assert_eq!(documents.total as usize, round % 4 + 1, "each winner's document, and no other's");
        opened.close().unwrap();
    }
}
