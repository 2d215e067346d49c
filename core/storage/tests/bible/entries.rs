//! Entries: found, listed, changed, removed, and their limits.

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
    let of_kind = |kind: String| library.add_bible_entry(&NewBibleEntry::named(EntryKind::Other(kind), "x"));
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
fn a_bible_has_so_many_entries_and_no_more() {
    let (_folder, library) = library();
    for i in 0..BIBLE_ENTRIES {
        person(&library, &format!("Somebody {i}"));
    }
    let one_more = library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Nobody"));
    assert_eq!(code(one_more), Code::LimitExceeded);
    let one = document(&library, "1", "Here are Somebody 9999 and somebody 10000.");
    assert_eq!(mentioned(&library, one), ["Somebody 9999"]);
}

#[test]
fn nothing_of_what_an_entry_says_is_in_its_debug_output() {
    let (_folder, library) = library();
    let entry =
        library.add_bible_entry(&NewBibleEntry::named(EntryKind::Person, "Ruth").notes("secret")).unwrap();
    let shown = format!("{entry:?}");
    assert!(!shown.contains("Ruth") && !shown.contains("secret"));
}
