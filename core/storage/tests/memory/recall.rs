//! What is found.

use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::library::OpenOptions;
use writemagic_storage::memory::{MemoryFilter, NewMemory, RecallRequest, Validity};

use crate::{Shelf, keyed, keys};

#[test]
fn a_memory_is_found_by_words_meaning_time_and_speaker() {
    let shelf = Shelf::new();
    let said = |key: &str, time: &str, speaker: &str, text: &str| NewMemory {
        time: Some(time.into()),
        speaker: Some(speaker.into()),
        ..keyed(key, text)
    };
    let memories = [
        said("wifi", "2023-05-08", "Anna", "Restart the wireless connection, then the router."),
        said("ring", "1:56 pm on 2 June, 2021", "Tom", "She dropped her wedding ring 😀 into the well."),
        said("soup", "2024-12-24T18:00:00+01:00", "Anna", "Boil the carrots in salted water."),
    ];
    shelf.library.remember_all(&memories, &Progress::new()).unwrap();
    let page = shelf.ask("where did the jewellery fall?");
    assert_eq!((keys(&page)[0], page.by_meaning, page.memories), ("ring", true, 3));
    assert!(page.hits[0].similarity > 0.2 && page.hits[0].words.is_empty());
    assert_eq!(keys(&shelf.ask("how to fix wifi"))[0], "wifi");
    let page = shelf.ask("What happened in May 2023?");
    assert_eq!((keys(&page)[0], &page.hits[0].words), ("wifi", &vec!["May".into(), "2023".into()]));
    assert_eq!(keys(&shelf.ask("What happened in June?"))[0], "ring");
    assert_eq!(keys(&shelf.ask("December"))[0], "soup");
    assert_eq!(keys(&shelf.ask("Tom"))[0], "ring");
    let page = shelf.ask("rings");
    let units: Vec<u16> = page.hits[0].memory.text.encode_utf16().collect();
    let range = page.hits[0].ranges[0].clone();
    assert_eq!(String::from_utf16_lossy(&units[range.start as usize..range.end as usize]), "ring");
    let long = RecallRequest { query: "a".repeat(5_000), ..RecallRequest::default() };
    assert_eq!(shelf.library.recall(&long).unwrap_err().code(), Code::LimitExceeded);
    assert!(shelf.ask("").hits.is_empty());
    let none = RecallRequest { query: "rings".into(), ..RecallRequest::default() };
    assert!(shelf.library.recall(&none).unwrap().hits.is_empty());
}

#[test]
fn what_stands_around_a_memory_in_its_session_helps_to_find_it() {
    let shelf = Shelf::new();
    let said = |key: &str, session: &str, text: &str| NewMemory {
        session: Some(session.into()),
        ..keyed(key, text)
    };
    let memories = [
        said("1", "first", "Have you seen the lighthouse?"),
        said("2", "second", "What did you have for breakfast?"),
        // Neighbours, though another came between them.
        said("3", "first", "Yes, on Sunday."),
        said("4", "second", "Yes, on Sunday."),
    ];
    shelf.library.remember_all(&memories, &Progress::new()).unwrap();
    let page = shelf.ask("lighthouse");
    let found = page.hits.iter().find(|hit| hit.memory.key == "3").unwrap();
    assert_eq!(found.nearby_words, ["lighthouse"]);
    let other = page.hits.iter().find(|hit| hit.memory.key == "4").unwrap();
    assert!(other.nearby_words.is_empty() && found.score > other.score);
}

#[test]
fn filters_leave_the_best_of_the_rest() {
    let shelf = Shelf::new();
    for n in 0..50 {
        let memory = NewMemory {
            kind: Some(format!("kind {}", n % 5)),
            importance: Some(f64::from(n) / 50.0),
            ..keyed(&n.to_string(), &format!("The ship number {n} left the harbour."))
        };
        shelf.library.remember(&memory).unwrap();
    }
    let ask = |filter| {
        let request =
            RecallRequest { query: "ship 12".into(), limit: 100, filter, ..RecallRequest::default() };
        shelf.library.recall(&request).unwrap()
    };
    let page = ask(MemoryFilter { kind: Some("kind 2".into()), ..MemoryFilter::default() });
    assert_eq!((page.hits.len(), keys(&page)[0]), (10, "12"));
    let page = ask(MemoryFilter { least_importance: Some(0.9), ..MemoryFilter::default() });
    assert_eq!(page.hits.len(), 5);
    let page = ask(MemoryFilter { kind: Some("nothing".into()), ..MemoryFilter::default() });
    assert!(page.hits.is_empty());
    assert_eq!(ask(MemoryFilter::default()).hits.len(), 50);
}

#[test]
fn what_holds_from_a_later_chapter_on_is_not_told_earlier() {
    let shelf = Shelf::new();
    let chapter = |title: &str, folder: &str| {
        shelf.library.create_document(NewDocument::titled(title).folder(folder)).unwrap().id
    };
    let second = chapter("Chapter 2", "Novel/Part 1");
    let tenth = chapter("Chapter 10", "Novel/Part 1");
    let first = chapter("Chapter 1", "Novel/Part 2");
    let preface = chapter("Preface", "Novel");
    let murder = NewMemory {
        validity: Validity { from_document: Some(tenth), ..Validity::default() },
        ..keyed("murder", "Harry Carson was shot.")
    };
    shelf.library.remember(&murder).unwrap();
    shelf.library.remember(&keyed("mill", "Harry Carson is the son of the mill's owner.")).unwrap();
    let ask = |place| {
        let request =
            RecallRequest { query: "Harry Carson".into(), limit: 5, place, ..RecallRequest::default() };
        let page = shelf.library.recall(&request).unwrap();
        let mut keys: Vec<String> = page.hits.into_iter().map(|hit| hit.memory.key).collect();
        keys.sort_unstable();
        keys
    };
    for early in [preface, second] {
        assert_eq!(ask(Some(early)), ["mill"]);
    }
    for late in [Some(tenth), Some(first), None] {
        assert_eq!(ask(late), ["mill", "murder"]);
    }
    // The writer moves the second part before the first.
    let folders = shelf.library.folders().unwrap();
    let part = folders.iter().find(|folder| folder.path == "Novel/Part 2").unwrap().path.clone();
    shelf.library.order_folder(&part, writemagic_storage::document::FolderPosition::First).unwrap();
    assert_eq!(ask(Some(first)), ["mill"]);
    // A chapter that is gone is no reason to be silent.
    shelf.library.purge(tenth, true).unwrap();
    assert_eq!(ask(Some(preface)), ["mill", "murder"]);
}

#[test]
fn while_the_index_is_made_the_newest_memories_answer_by_words() {
    let shelf = Shelf::new();
    let long: Vec<NewMemory> = (0..300)
        .map(|n| keyed(&n.to_string(), &format!("Night {n}: {}", "it rained and rained ".repeat(400))))
        .collect();
    shelf.library.remember_all(&long, &Progress::new()).unwrap();
    let request = RecallRequest { query: "night 299".into(), limit: 3, ..RecallRequest::default() };
    let page = shelf.library.recall(&request).unwrap();
    assert_eq!((keys(&page)[0], page.by_meaning, page.is_complete), ("299", false, false));
    assert!(page.memories < 300);
    shelf.library.index_meaning(&Progress::new()).unwrap();
    let page = shelf.ask("night 3");
    assert_eq!((keys(&page)[0], page.memories), ("3", 300));
    // What was read is read from its snapshot by the next one that opens the library.
    shelf.library.close().unwrap();
    let library = Library::open(shelf.folder.path(), OpenOptions::new().read_only(true)).unwrap();
    assert!(library.recall(&request).unwrap().is_complete);
}
