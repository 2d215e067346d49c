//! Facts that hold from or until a place.

use super::*;

fn add(
    library: &Library,
    entry: &BibleEntry,
    text: &str,
    from: Option<FactPlace>,
    until: Option<FactPlace>,
) -> BibleFact {
    library.add_bible_fact(entry.id, &NewBibleFact { text: text.into(), from, until }).unwrap()
}

fn chapter(document: DocumentId) -> Option<FactPlace> {
    Some(FactPlace { document, at: None })
}

fn place(document: DocumentId, at: u64) -> Option<FactPlace> {
    Some(FactPlace { document, at: Some(at) })
}

fn at(library: &Library, entry: &BibleEntry, document: DocumentId, at: u64) -> Vec<String> {
    library.facts_at(entry.id, document, at).unwrap().into_iter().map(|fact| fact.text).collect()
}

#[test]
fn a_fact_holds_from_a_chapter_on_and_until_another_in_the_order_of_the_manuscript() {
    let (_folder, library) = library();
    let chapters = |folder: &str, titles: &[&str]| -> Vec<DocumentId> {
        let new = |title: &&str| NewDocument::titled(*title).folder(folder).text("Some text.");
        titles.iter().map(|title| library.create_document(new(title)).unwrap().id).collect()
    };
    // Made out of order: chapter 10 first, the second part before the first.
    let second = chapters("Novel/Part 2", &["Chapter 11"]);
    let first = chapters("Novel/Part 1", &["Chapter 10", "Chapter 9"]);
    let prologue = chapters("Novel", &["Prologue"]);
    library.order_folder("Novel/Part 1", writemagic_storage::document::FolderPosition::First).unwrap();
    let ruth = person(&library, "Ruth");
    add(&library, &ruth, "always", None, None);
    add(&library, &ruth, "from ten", chapter(first[0]), None);
    add(&library, &ruth, "until ten", None, chapter(first[0]));
    add(&library, &ruth, "nine to eleven", chapter(first[1]), chapter(second[0]));
    assert_eq!(at(&library, &ruth, prologue[0], 0), ["always", "until ten"]);
    assert_eq!(at(&library, &ruth, first[1], 0), ["always", "until ten", "nine to eleven"]);
    assert_eq!(at(&library, &ruth, first[0], 0), ["always", "from ten", "nine to eleven"]);
    assert_eq!(at(&library, &ruth, second[0], 99), ["always", "from ten"]);
}

#[test]
fn a_place_in_a_text_follows_the_text() {
    let (folder, library) = library();
    let chapter = document(&library, "1", "Ruth 😀 waits. She leaves. She is gone.");
    let ruth = person(&library, "Ruth");
    let leaves = "Ruth 😀 waits. ".encode_utf16().count() as u64;
    add(&library, &ruth, "away", place(chapter, leaves), None);
    add(&library, &ruth, "here", None, place(chapter, leaves));
    assert_eq!(at(&library, &ruth, chapter, leaves - 1), ["here"]);
    assert_eq!(at(&library, &ruth, chapter, leaves), ["away"]);
    let session = library.edit(chapter).unwrap();
    session.splice(0, 0, "One day, ").unwrap();
    assert_eq!(at(&library, &ruth, chapter, leaves + 8), ["here"]);
    assert_eq!(at(&library, &ruth, chapter, leaves + 9), ["away"]);
    session.close().unwrap();
    library.close().unwrap();
    let library = open(folder.path());
    let bound = FactBound::Place { document: chapter, at: leaves + 9 };
    let facts = library.bible_facts(ruth.id).unwrap();
    assert_eq!((facts[0].from, facts[0].until), (Some(bound), None));
    assert_eq!((facts[1].from, facts[1].until), (None, Some(bound)));
}

#[test]
fn a_bound_in_a_purged_document_is_gone_and_the_fact_says_so() {
    let (_folder, library) = library();
    let (one, two) = (document(&library, "1", "text"), document(&library, "2", "text"));
    let ruth = person(&library, "Ruth");
    add(&library, &ruth, "dead", chapter(two), None);
    add(&library, &ruth, "alive", None, place(two, 2));
    assert_eq!(at(&library, &ruth, one, 0), ["alive"]);
    // The trash is part of the manuscript as long as it is there.
    library.trash(two).unwrap();
    assert_eq!(at(&library, &ruth, one, 0), ["alive"]);
    library.purge(two, true).unwrap();
    let facts = library.bible_facts(ruth.id).unwrap();
    assert_eq!((facts[0].from, facts[1].until), (Some(FactBound::Gone), Some(FactBound::Gone)));
    assert!(facts.iter().all(BibleFact::lost_its_place));
    assert_eq!(at(&library, &ruth, one, 0), Vec::<String>::new());
    assert_eq!(code(library.facts_at(ruth.id, two, 0)), Code::DocumentNotFound);
}

#[test]
fn a_removed_fact_takes_its_anchors_along_and_so_does_a_removed_entry() {
    let (_folder, library) = library();
    let one = document(&library, "1", "text");
    let ruth = person(&library, "Ruth");
    let first = add(&library, &ruth, "a", place(one, 1), place(one, 2));
    add(&library, &ruth, "b", place(one, 3), None);
    let anchors = || library.anchors(one, "main").unwrap().len();
    assert_eq!(anchors(), 3);
    assert_eq!(library.remove_bible_fact(first.id).unwrap(), ruth.id);
    assert_eq!(anchors(), 1);
    assert_eq!(code(library.remove_bible_fact(first.id)), Code::BibleFactNotFound);
    let texts: Vec<_> = library.bible_facts(ruth.id).unwrap().into_iter().map(|fact| fact.text).collect();
    assert_eq!(texts, ["b"]);
    library.remove_bible_entry(ruth.id).unwrap();
    assert_eq!(anchors(), 0);
    assert_eq!(code(library.bible_facts(ruth.id)), Code::BibleEntryNotFound);
}

#[test]
fn facts_have_limits() {
    let (_folder, library) = library();
    let ruth = person(&library, "Ruth");
    let sized = |bytes: u64| {
        library.add_bible_fact(
            ruth.id,
            &NewBibleFact { text: "f".repeat(bytes as usize), ..NewBibleFact::default() },
        )
    };
    assert_eq!(code(sized(BIBLE_FACT_BYTES + 1)), Code::LimitExceeded);
    assert_eq!(code(sized(0)), Code::InvalidArgument);
    sized(BIBLE_FACT_BYTES).unwrap();
    for _ in 1..BIBLE_ENTRY_FACTS {
        sized(1).unwrap();
    }
    assert_eq!(code(sized(1)), Code::LimitExceeded);
    let missing = BibleFactId::new(Timestamp::from_millis(0));
    assert_eq!(code(library.remove_bible_fact(missing)), Code::BibleFactNotFound);
}
