//! The story bible: entries, facts that hold somewhere, mentions that follow the edits, names that change everywhere.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use std::ops::Range;

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::{BibleEntryId, BibleFactId, DocumentId};
use writemagic_shared::limits::{
    BIBLE_ENTRY_ALIASES, BIBLE_ENTRY_FACTS, BIBLE_FACT_BYTES, BIBLE_KIND_BYTES, BIBLE_NAME_BYTES,
    BIBLE_NOTES_BYTES,
};
use writemagic_shared::runtime::Timestamp;
use writemagic_storage::Library;
use writemagic_storage::bible::{
    Alias, BibleEntry, BibleEntryChange, BibleFact, EntryKind, FactBound, FactPlace, NewBibleEntry,
    NewBibleFact, Visibility,
};
use writemagic_storage::document::NewDocument;
use writemagic_storage::error::Result;
use writemagic_storage::library::OpenOptions;

fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    (folder, library)
}

fn open(folder: &std::path::Path) -> Library {
    Library::open(folder, OpenOptions::new().create(true)).unwrap()
}

fn document(library: &Library, title: &str, text: &str) -> DocumentId {
    library.create_document(NewDocument::titled(title).text(text)).unwrap().id
}

fn person(library: &Library, name: &str) -> BibleEntry {
    library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, name)).unwrap()
}

fn code<T>(result: Result<T>) -> Code {
    result.err().unwrap().code()
}

/// What a text says at ranges in UTF-16 units.
fn slice(text: &str, range: &Range<u64>) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap()
}

fn mentioned(library: &Library, document: DocumentId) -> Vec<String> {
    let text = library.text(document).unwrap();
    library.mentions_in(document).unwrap().iter().map(|mention| slice(&text, &mention.range)).collect()
}

mod entries {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_id_its_names_and_the_start_of_its_id() {
        let (folder, library) = library();
        let new = NewBibleEntry::named(EntryKind::Other("ship".into()), "The Étoile")
            .alias("the old girl")
            .notes("Three masts.")
            .visibility(Visibility::Always);
        let ship = library.add_bible_entry(&new).unwrap();
        library.close().unwrap();
        let library = open(folder.path());
        assert_eq!(library.bible_entry(ship.id).unwrap(), ship);
        assert_eq!((ship.name.as_str(), ship.notes.as_str()), ("The Étoile", "Three masts."));
        assert_eq!(ship.aliases, [Alias { name: "the old girl".into(), inflected: false }]);
        let id = ship.id.to_string();
        for name in ["The Étoile", "the  etoile", "THE OLD GIRL", id.as_str(), &id[..13]] {
            assert_eq!(library.find_bible_entry(name).unwrap().id, ship.id, "{name}");
        }
        assert_eq!(code(library.find_bible_entry("girl")), Code::BibleEntryNotFound);
        let other =
            library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ann").alias("The old girl"));
        assert_eq!(code(library.find_bible_entry("the old girl")), Code::AmbiguousBibleEntry);
        assert_eq!(library.find_bible_entry("ann").unwrap().id, other.unwrap().id);
    }

    #[test]
    fn entries_are_listed_by_kind_and_name() {
        let (_folder, library) = library();
        for name in ["Robot 10", "robot 9", "Émile"] {
            person(&library, name);
        }
        library.add_bible_entry(&NewBibleEntry::named(EntryKind::Place, "Oz")).unwrap();
        let names = |kind: Option<&EntryKind>| -> Vec<String> {
            library.bible_entries(kind).unwrap().into_iter().map(|entry| entry.name).collect()
        };
        assert_eq!(names(None), ["Émile", "Oz", "robot 9", "Robot 10"]);
        assert_eq!(names(Some(&EntryKind::Place)), ["Oz"]);
        assert_eq!(names(Some(&EntryKind::Other("ship".into()))), Vec::<String>::new());
    }

    #[test]
    fn fields_change_alone_and_aliases_come_and_go() {
        let (_folder, library) = library();
        let ruth = person(&library, "Ruth");
        let change = BibleEntryChange { notes: Some("tall".into()), ..BibleEntryChange::default() };
        let changed = library.set_bible_entry(ruth.id, &change).unwrap();
        assert_eq!((changed.name.as_str(), changed.notes.as_str()), ("Ruth", "tall"));
        assert_eq!(changed.visibility, Visibility::WhenMentioned);
        let alias = |name: &str, inflected| Alias { name: name.into(), inflected };
        library.add_bible_alias(ruth.id, &alias("Ruthie", false)).unwrap();
        let twice = library.add_bible_alias(ruth.id, &alias("RUTHIE", true)).unwrap();
        assert_eq!(twice.aliases, [alias("RUTHIE", true)]);
        assert_eq!(code(library.add_bible_alias(ruth.id, &alias("ruth", false))), Code::InvalidArgument);
        let taken = BibleEntryChange { name: Some("ruthie".into()), ..BibleEntryChange::default() };
        assert_eq!(code(library.set_bible_entry(ruth.id, &taken)), Code::InvalidArgument);
        assert_eq!(library.remove_bible_alias(ruth.id, "ruthie").unwrap().aliases, []);
        assert_eq!(library.remove_bible_alias(ruth.id, "ruthie").unwrap().aliases, []);
        assert_eq!(library.remove_bible_entry(ruth.id).unwrap().notes, "tall");
        assert_eq!(code(library.bible_entry(ruth.id)), Code::BibleEntryNotFound);
        assert_eq!(code(library.remove_bible_entry(ruth.id)), Code::BibleEntryNotFound);
    }

    #[test]
    fn what_is_too_long_or_too_much_is_refused_and_what_just_fits_is_taken() {
        let (_folder, library) = library();
        let named = |name: String| library.add_bible_entry(&NewBibleEntry::named(EntryKind::Term, name));
        assert!(named("x".repeat(BIBLE_NAME_BYTES as usize)).is_ok());
        assert_eq!(code(named("x".repeat(BIBLE_NAME_BYTES as usize + 1))), Code::LimitExceeded);
        for name in ["", "?!", " Ruth", "Ruth\nMiller"] {
            assert_eq!(code(named(name.to_owned())), Code::InvalidArgument, "{name:?}");
        }
        let of_kind =
            |kind: String| library.add_bible_entry(&NewBibleEntry::named(EntryKind::Other(kind), "x"));
        assert!(of_kind("k".repeat(BIBLE_KIND_BYTES as usize)).is_ok());
        assert_eq!(code(of_kind("k".repeat(BIBLE_KIND_BYTES as usize + 1))), Code::LimitExceeded);
        assert_eq!(code(of_kind(" ".into())), Code::InvalidArgument);
        let noted = |bytes: u64| {
            let new = NewBibleEntry::named(EntryKind::Thing, "x").notes("n".repeat(bytes as usize));
            library.add_bible_entry(&new)
        };
        assert!(noted(BIBLE_NOTES_BYTES).is_ok());
        assert_eq!(code(noted(BIBLE_NOTES_BYTES + 1)), Code::LimitExceeded);
        let mut many = NewBibleEntry::named(EntryKind::Thing, "x");
        for i in 0..BIBLE_ENTRY_ALIASES {
            many = many.alias(format!("x {i}"));
        }
        let entry = library.add_bible_entry(&many).unwrap();
        let one_more = Alias { name: "y".into(), inflected: false };
        assert_eq!(code(library.add_bible_alias(entry.id, &one_more)), Code::LimitExceeded);
        assert_eq!(code(library.add_bible_entry(&many.alias("y"))), Code::LimitExceeded);
        let twice = NewBibleEntry::named(EntryKind::Thing, "x").alias("X");
        assert_eq!(code(library.add_bible_entry(&twice)), Code::InvalidArgument);
    }

    #[test]
    fn nothing_of_what_an_entry_says_is_in_its_debug_output() {
        let (_folder, library) = library();
        let entry = library
            .add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ruth").notes("secret"))
            .unwrap();
        let shown = format!("{entry:?}");
        assert!(!shown.contains("Ruth") && !shown.contains("secret"));
    }
}

mod facts {
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
}

mod mentions {
    use super::*;

    #[test]
    fn every_name_of_an_entry_is_found_in_all_documents_outside_the_trash_in_their_order() {
        let (_folder, library) = library();
        let ten = document(&library, "Chapter 10", "Nobody but RUTH’s shadow.");
        let nine = document(&library, "Chapter 9", "😀 Ruth Miller met Miss Miller.");
        let gone = document(&library, "Chapter 8", "Ruth again");
        library.trash(gone).unwrap();
        let new = NewBibleEntry::named(EntryKind::Person, "Ruth").alias("Ruth Miller").alias("Miss Miller");
        let ruth = library.add_bible_entry(&new).unwrap();
        let page = library.mentions(ruth.id, 10).unwrap();
        let found: Vec<_> = page
            .mentions
            .iter()
            .map(|mention| (mention.document, mention.range.clone(), mention.name.as_str()))
            .collect();
        assert_eq!(
            found,
            [(nine, 3..14, "Ruth Miller"), (nine, 19..30, "Miss Miller"), (ten, 11..15, "Ruth")]
        );
        assert_eq!((page.total, page.documents), (3, 2));
        let first = library.mentions(ruth.id, 1).unwrap();
        assert_eq!((first.mentions.len(), first.total), (1, 3));
        assert_eq!(mentioned(&library, gone), ["Ruth"]);
        library.untrash(gone).unwrap();
        assert_eq!(library.mentions(ruth.id, 10).unwrap().total, 4);
        assert_eq!(
            code(library.mentions_in(DocumentId::new(Timestamp::from_millis(0)))),
            Code::DocumentNotFound
        );
        let nobody = BibleEntryId::new(Timestamp::from_millis(0));
        assert_eq!(code(library.mentions(nobody, 1)), Code::BibleEntryNotFound);
    }

    #[test]
    fn a_name_of_two_entries_names_both() {
        let (_folder, library) = library();
        let one = document(&library, "1", "Miller came.");
        let ruth = library
            .add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ruth").alias("Miller"))
            .unwrap();
        let john = library
            .add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "John").alias("MILLER"))
            .unwrap();
        let found = library.mentions_in(one).unwrap();
        assert_eq!(
            (found[0].entries.as_slice(), found[0].name.as_str()),
            (&[ruth.id, john.id][..], "Miller")
        );
        assert_eq!(library.mentions(john.id, 10).unwrap().total, 1);
    }

    #[test]
    fn mentions_follow_typing_before_it_is_saved_and_after() {
        let (folder, library) = library();
        let one = document(&library, "1", "Ruth and Ruth.\n\nThen Anna.\n");
        for name in ["Ruth", "Anna"] {
            person(&library, name);
        }
        assert_eq!(mentioned(&library, one), ["Ruth", "Ruth", "Anna"]);
        let session = library.edit(one).unwrap();
        let text_and_mentions = || {
            let text = session.text();
            let ranges = library.mentions_in(one).unwrap();
            ranges.iter().map(|mention| slice(&text, &mention.range)).collect::<Vec<_>>()
        };
        session.splice(0, 4, "Rachel").unwrap();
        assert_eq!(text_and_mentions(), ["Ruth", "Anna"]);
        session.splice(0, 0, "Anna, ").unwrap();
        assert_eq!(text_and_mentions(), ["Anna", "Ruth", "Anna"]);
        session.close().unwrap();
        assert_eq!(mentioned(&library, one), ["Anna", "Ruth", "Anna"]);
        library.release_memory();
        assert_eq!(mentioned(&library, one), ["Anna", "Ruth", "Anna"]);
        library.close().unwrap();
        let reader = Library::open(folder.path(), OpenOptions::new().read_only(true)).unwrap();
        assert_eq!(mentioned(&reader, one), ["Anna", "Ruth", "Anna"]);
    }

    #[test]
    fn mentions_follow_the_names() {
        let (_folder, library) = library();
        let one = document(&library, "1", "The goblins saw Ruthie.");
        let goblin = library.add_bible_entry(&NewBibleEntry::named(EntryKind::Term, "goblin")).unwrap();
        let ruth = person(&library, "Ruth");
        assert_eq!(mentioned(&library, one), Vec::<String>::new());
        library.add_bible_alias(ruth.id, &Alias { name: "Ruthie".into(), inflected: false }).unwrap();
        assert_eq!(mentioned(&library, one), ["Ruthie"]);
        let inflected = BibleEntryChange { inflected: Some(true), ..BibleEntryChange::default() };
        library.set_bible_entry(goblin.id, &inflected).unwrap();
        assert_eq!(mentioned(&library, one), ["goblins", "Ruthie"]);
        // Another language, other forms.
        library.set_language(one, Some("xx")).unwrap();
        assert_eq!(mentioned(&library, one), ["Ruthie"]);
        library.remove_bible_entry(ruth.id).unwrap();
        assert_eq!(mentioned(&library, one), Vec::<String>::new());
    }

    #[test]
    fn what_is_near_a_passage_is_what_it_mentions_and_what_is_always_visible() {
        let (_folder, library) = library();
        let one = document(&library, "1", "Ruth slept. John saw Oz, and John wept. Ann left.");
        let add = |name: &str, visibility| {
            library
                .add_bible_entry(&NewBibleEntry::named(EntryKind::Person, name).visibility(visibility))
                .unwrap();
        };
        add("Magic", Visibility::Always);
        add("Oz", Visibility::Never);
        add("Ruth", Visibility::WhenMentioned);
        add("John", Visibility::WhenMentioned);
        let near = |range: Range<u64>| -> Vec<(String, Vec<Range<u64>>)> {
            let near = library.entries_near(one, range).unwrap();
            near.into_iter().map(|near| (near.entry.name, near.ranges)).collect()
        };
        let magic = || ("Magic".to_owned(), vec![]);
        assert_eq!(near(5..40), [("John".to_owned(), vec![12..16, 29..33]), magic()]);
        assert_eq!(near(3..4), [("Ruth".to_owned(), vec![0..4]), magic()]);
        assert_eq!(near(40..48), [magic()]);
        assert_eq!(near(4..4), [magic()]);
        assert_eq!(library.mentions_in(one).unwrap().len(), 4);
    }

    #[test]
    fn what_another_branch_says_is_no_mention() {
        let (_folder, library) = library();
        let one = document(&library, "1", "Nobody.");
        person(&library, "Ruth");
        library.create_branch(one, "draft", None).unwrap();
        let session = library.edit_branch(one, "draft").unwrap();
        session.splice(0, 0, "Ruth. ").unwrap();
        assert_eq!(mentioned(&library, one), Vec::<String>::new());
        session.close().unwrap();
        library.merge(one, "draft", "main").unwrap();
        assert_eq!(mentioned(&library, one), ["Ruth"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn after_any_edits_the_index_is_what_a_fresh_one_would_be(
            edits in prop::collection::vec((0..60_u64, 0..6_u64, "[ab 你\n😀']{0,8}"), 1..12)
        ) {
            let (_folder, library) = library();
            let one = document(&library, "1", "a b 你 a b\nb's a\n\n你你 ab");
            library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "a b").alias("你").alias("b")).unwrap();
            let session = library.edit(one).unwrap();
            for (at, delete, insert) in edits {
                session.splice(at, delete, &insert).unwrap();
                let followed = library.mentions_in(one).unwrap();
                library.release_memory();
                prop_assert_eq!(followed, library.mentions_in(one).unwrap());
            }
        }
    }
}
