//! Mentions that follow the edits and the names.

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
        .map(|mention| (mention.document, mention.range.clone(), mention.name.as_ref()))
        .collect();
    assert_eq!(found, [(nine, 3..14, "Ruth Miller"), (nine, 19..30, "Miss Miller"), (ten, 11..15, "Ruth")]);
    assert_eq!((page.total, page.documents), (3, 2));
    let first = library.mentions(ruth.id, 1).unwrap();
    assert_eq!((first.mentions.len(), first.total), (1, 3));
    assert_eq!(mentioned(&library, gone), ["Ruth"]);
    library.untrash(gone).unwrap();
    assert_eq!(library.mentions(ruth.id, 10).unwrap().total, 4);
    assert_eq!(code(library.mentions_in(DocumentId::new(Timestamp::from_millis(0)))), Code::DocumentNotFound);
    let nobody = BibleEntryId::new(Timestamp::from_millis(0));
    assert_eq!(code(library.mentions(nobody, 1)), Code::BibleEntryNotFound);
}

#[test]
fn a_name_of_two_entries_names_both() {
    let (_folder, library) = library();
    let one = document(&library, "1", "Miller came.");
    let ruth =
        library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ruth").alias("Miller")).unwrap();
    let john =
        library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "John").alias("MILLER")).unwrap();
    let found = library.mentions_in(one).unwrap();
    assert_eq!((found[0].entries.as_ref(), found[0].name.as_ref()), (&[ruth.id, john.id][..], "Miller"));
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
