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

#[test]
fn hostile_texts_and_questions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().create(true).embedder(table())).unwrap();
    let texts = [
        "rain".repeat(250_000),
        "rain ".repeat(200_000),
        "!?.,;:-…".repeat(50_000),
        "Rain дождь 雨 مطر ฝน 🌧️ \u{0}\u{202e}niar\u{feff} e\u{301}".repeat(5_000),
        "\u{0}".repeat(100_000),
        "\n".repeat(100_000),
        "🌧️".repeat(50_000),
    ];
    for (number, text) in texts.iter().enumerate() {
        library
            .create_document(NewDocument::titled(format!("\u{0}{number}\u{202e}")).text(text.as_str()))
            .unwrap();
    }
    // More than a search would wait for.
    library.index_meaning(&writemagic_shared::runtime::Progress::new()).unwrap();
    let mut questions: Vec<String> =
        ["rain", "", "\u{0}", "?!…", "дождь 雨 مطر", "\"'*-()^", "NEAR/3 rain AND NOT", "🌧️"]
            .map(String::from)
            .to_vec();
    questions.push("rain ".repeat(800));
    questions.push("rain".repeat(1_000));
    questions.push((100..900).map(|number| format!("w{number} ")).collect::<String>()[..4_000].to_owned());
    for mode in [PassageMode::Hybrid, PassageMode::Meaning] {
        for query in &questions {
            let request =
                PassageRequest { query: query.clone(), mode, limit: 50, ..PassageRequest::default() };
            let page = library.search_passages(&request).unwrap();
            assert!(page.is_complete && page.hits.len() <= 50);
            for hit in &page.hits {
                assert_eq!(hit.range.end - hit.range.start, hit.text.encode_utf16().count() as u64);
                assert!(hit.score.is_finite() && hit.text.len() <= 1_200);
            }
        }
    }
    assert!(!ask(&library, "дождь").hits.is_empty());
    library.close().unwrap();
    let library = Library::open(folder.path(), OpenOptions::new().embedder(table())).unwrap();
    assert!(!ask(&library, "rain").hits.is_empty());
}
