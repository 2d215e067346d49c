//! What a model is given of a library: fitting, with its sources, and the same again.
#![cfg(feature = "embedding-table")]
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use writemagic::ai::task::{PassageKind, Room, Source, Task, TaskKind};
use writemagic::embedding::Table;
use writemagic::{
    BibleEntryId, EntryKind, FactPlace, Library, NewBibleEntry, NewBibleFact, NewDocument, NewMemory,
    OpenOptions, Visibility,
};

const SCENE: &str = "The rain had stopped. Rob put the lantern down beside the Widow's chair, and Nan looked at the \
                     Box without a word.\n\nNobody had opened it since the summer.";

fn open(folder: &std::path::Path) -> Library {
    let table = Table::linked().unwrap();
    Library::open(folder, OpenOptions::new().create(true).embedder(Arc::new(table))).unwrap()
}

#[test]
fn four_of_three_hundred_entries_are_in_the_prompt_for_a_small_model() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let mut mentioned: Vec<BibleEntryId> = Vec::new();
    let named = [
        ("Robert Ashdown", "Rob"),
        ("Hester Mallory", "the Widow"),
        ("Annabel Crowe", "Nan"),
        ("The Captain's strongbox", "the Box"),
    ];
    for number in 0..296 {
        let entry = NewBibleEntry::named(EntryKind::Person, format!("Somebody {number} of Elsewhere"))
            .alias(format!("Sb{number}"))
            .notes("Lives in another book, and has a long story there. ".repeat(4));
        library.add_bible_entry(&entry).unwrap();
    }
    for (name, alias) in named {
        let entry = NewBibleEntry::named(EntryKind::Person, name).alias(alias).notes("Has a secret.");
        mentioned.push(library.add_bible_entry(&entry).unwrap().id);
    }
    let earlier = NewDocument::titled("Chapter 1").text("Rob carried the strongbox up from the harbour.");
    let earlier = library.create_document(earlier).unwrap().id;
    let scene = library.create_document(NewDocument::titled("Chapter 2").text(SCENE)).unwrap().id;
    // What holds from later on is not known yet.
    let rob = mentioned[0];
    let at = |at| Some(FactPlace { document: scene, at: Some(at) });
    let lame = NewBibleFact {
        text: "He is lame.".into(),
        from: Some(FactPlace { document: earlier, at: None }),
        until: None,
    };
    library.add_bible_fact(rob, &lame).unwrap();
    let dead = NewBibleFact { text: "He is dead.".into(), from: at(SCENE.len() as u64), until: None };
    library.add_bible_fact(rob, &dead).unwrap();

    let room = Room { context: 4_096, output: 1_024, passages: 2_048, per_mille: 1_000 };
    let task = Task::new(TaskKind::Continue);
    let before = Some(0..SCENE.find("Nobody").unwrap() as u64);
    let prepare = || library.assistant().prepare(scene, None, before.clone(), &task, &room).unwrap();
    let writing = prepare();
    let prompt = writing.prompt();
    assert!(prompt.tokens + prompt.request.max_output_tokens <= 4_096);
    assert!(prompt.request.max_output_tokens >= 512);
    // Exactly those four of the bible, each with the place that calls for it.
    let entries: Vec<_> =
        prompt.sources.iter().filter(|quoted| quoted.kind == Some(PassageKind::Reference)).collect();
    let mut ids: Vec<BibleEntryId> = Vec::new();
    for quoted in &entries {
        let Source::BibleEntry(id) = quoted.source else { panic!("{quoted:?}") };
        ids.push(id);
        let Some(Source::Document { document, range, .. }) = &quoted.because else { panic!("{quoted:?}") };
        let word = &SCENE[range.start as usize..range.end as usize];
        assert!(*document == scene && ["Rob", "the Widow", "Nan", "the Box"].contains(&word), "{word}");
    }
    ids.sort();
    mentioned.sort();
    assert_eq!(ids, mentioned);
    // Every source has a place; documents have a version with which it can be followed.
    for quoted in &prompt.sources {
        assert!(match &quoted.source {
            Source::Document { version, range, .. } => version.is_some() && !range.is_empty(),
            _ => quoted.because.is_some(),
        });
    }
    assert!(
        prompt
            .sources
            .iter()
            .any(|quoted| matches!(quoted.source, Source::Document { document, .. } if document == earlier))
    );
    let said = &prompt.request.messages[0].text;
    assert!(said.contains("He is lame.") && !said.contains("He is dead."));
    // The same, byte for byte, here and after a restart.
    assert_eq!(prepare().prompt(), prompt);
    let prompt = prompt.clone();
    library.close().unwrap();
    let library = open(folder.path());
    let again = library.assistant().prepare(scene, None, before, &task, &room).unwrap();
    assert_eq!(again.prompt(), &prompt);
}

#[test]
fn a_question_is_given_entries_that_it_names_and_those_that_are_always_known() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let entry = |name: &str, visibility| NewBibleEntry::named(EntryKind::Person, name).visibility(visibility);
    for (name, visibility) in
        [("Ruth", Visibility::WhenMentioned), ("Style", Visibility::Always), ("Ghost", Visibility::Never)]
    {
        library.add_bible_entry(&entry(name, visibility)).unwrap();
    }
    let room = Room { context: 4_096, output: 1_024, passages: 2_048, per_mille: 1_000 };
    let titles = |question: &str| -> Vec<String> {
        let question = library.assistant().prepare_question(question, None, &room).unwrap();
        question.prompt().sources.iter().map(|quoted| quoted.title.clone()).collect()
    };
    let mut both = titles("What does RUTH know of the ghost?");
    both.sort();
    assert_eq!(both, ["Ruth", "Style"]);
    assert_eq!(titles("Who is it?"), ["Style"]);
}

#[test]
fn what_an_answer_rests_on_is_followed_through_later_edits() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let text = "Ada dropped her ring into the well.";
    let well = library.create_document(NewDocument::titled("The well").text(text)).unwrap().id;
    let room = Room { context: 4_096, output: 1_024, passages: 2_048, per_mille: 1_000 };
    let question = library.assistant().prepare_question("Where is the ring?", None, &room).unwrap();
    let cited = || library.assistant().citations(&question, "In the well [1]. Surely [1], or [7].").unwrap();
    assert_eq!(
        (cited().len(), cited()[0].number, cited()[0].place.clone()),
        (1, 1, Some(0..text.len() as u64))
    );
    let session = library.edit(well).unwrap();
    session.splice(0, 0, "It was late. ").unwrap();
    session.close().unwrap();
    assert_eq!(cited()[0].place, Some(13..13 + text.len() as u64));
    library.purge(well, true).unwrap();
    assert_eq!(cited()[0].place, None);
}

#[test]
fn memories_are_known_from_where_they_hold_on() {
    let folder = tempfile::tempdir().unwrap();
    let library = open(folder.path());
    let chapter = |number: u64, text: &str| {
        library.create_document(NewDocument::titled(format!("Chapter {number}")).text(text)).unwrap().id
    };
    let (one, two) = (
        chapter(1, "Ada walked to the well."),
        chapter(2, "It rained on the mill. Ada thought of her ring."),
    );
    let ring = NewMemory {
        key: Some("ring".into()),
        ..NewMemory::new("Ada's ring lies in the well behind the mill.")
    };
    library.remember(&ring).unwrap();
    let mut secret = NewMemory { key: Some("secret".into()), ..NewMemory::new("Ben stole the ring of Ada.") };
    secret.validity.from_document = Some(two);
    library.remember(&secret).unwrap();
    let room = Room { context: 4_096, output: 1_024, passages: 2_048, per_mille: 1_000 };
    let known = |document| -> Vec<String> {
        let task = Task::new(TaskKind::Continue);
        let writing = library.assistant().prepare(document, None, None, &task, &room).unwrap();
        let keys = writing.prompt().sources.iter().filter_map(|quoted| match &quoted.source {
            Source::Memory(key) => Some(key.clone()),
            _ => None,
        });
        keys.collect()
    };
    assert_eq!(known(one), ["ring"]);
    assert_eq!(known(two), ["ring", "secret"]);
}
