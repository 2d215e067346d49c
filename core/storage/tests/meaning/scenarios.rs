//! What a writer expects of a search, at the size of a library that has grown for years.

use writemagic_storage::search::SearchRequest;

use super::*;

/// Ten thousand notes about the things of a house.
fn house() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true).embedder(table())).unwrap();
    for number in 0..10_000 {
        let note = NewDocument::titled(format!("Note {number}")).text(sentence(number));
        library.create_document(note).unwrap();
    }
    (folder, library)
}

#[test]
fn a_note_in_other_words_is_among_the_first_five_and_a_change_is_found_at_once() {
    let (_folder, library) = house();
    let note = NewDocument::titled("Linux NetworkManager troubleshooting").text(
        "When the laptop does not connect, restart the network service and look at the journal. Wireless adapters may be \
         blocked: rfkill shows that.",
    );
    let note = library.create_document(note).unwrap().id;
    library.index_meaning(&writemagic_shared::runtime::Progress::new()).unwrap();
    let page = ask(&library, "how to fix wifi");
    assert!(page.is_complete && page.by_meaning && page.passages == 10_001);
    assert!(page.hits.iter().any(|hit| hit.document == note), "{:?}", texts(&page));
    // The title counts for where the text begins.
    assert_eq!(ask(&library, "NetworkManager").hits[0].document, note);
    let session = library.edit(note).unwrap();
    session.splice(0, 0, "The printer needs its own driver. ").unwrap();
    session.flush(Durability::Committed).unwrap();
    session.close().unwrap();
    let page = ask(&library, "drivers for printers");
    assert_eq!((page.hits[0].document, page.is_complete), (note, true));
}

#[test]
fn one_and_two_characters_of_chinese_are_found_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true).embedder(table())).unwrap();
    let texts = ["舉頭望明月", "低頭思故鄉", "月光如水", "床前明月光，疑是地上霜", "日本語の月"];
    for (number, text) in texts.iter().cycle().take(500).enumerate() {
        let filler = "山高水長風清氣爽".repeat(number % 7);
        library.create_document(NewDocument::titled("詩").text(format!("{filler}{text}{filler}"))).unwrap();
    }
    for (word, found) in [("月", 400), ("明月", 200), ("故鄉", 100), ("鄉故", 0), ("霜", 100)] {
        let words = SearchRequest { query: word.into(), limit: 500, folder: None };
        assert_eq!(library.search(&words).unwrap().total, found, "{word}");
        let passages = PassageRequest { query: word.into(), limit: 500, ..PassageRequest::default() };
        let page = library.search_passages(&passages).unwrap();
        // Of two characters the whole word counts most: all that have it stand before all that have not.
        let first = page.hits.iter().take(found as usize);
        assert!(
            first.clone().count() as u64 == found && first.clone().all(|hit| hit.text.contains(word)),
            "{word}"
        );
    }
}
