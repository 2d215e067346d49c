//! Remembering, replacing, listing, deleting, forgetting, expiring, and every limit at its edge.

use std::fs;

use writemagic_shared::error::{Code, Coded as _, DetailValue};
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{
    MEMORY_KEY_BYTES, MEMORY_NAME_BYTES, MEMORY_TAGS, MEMORY_TEXT_BYTES, SESSION_MEMORIES,
};
use writemagic_shared::runtime::{Progress, Timestamp};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::memory::{MemoryFilter, NewMemory, RecallRequest, Validity};
use writemagic_storage::{Error, Library};

use crate::{START, Shelf, keyed, keys};

fn full() -> NewMemory {
    NewMemory {
        key: Some("eyes".into()),
        text: "Mary's eyes are grey.".into(),
        kind: Some("person".into()),
        speaker: Some("editor".into()),
        time: Some("1:56 pm on 8 May, 2023".into()),
        session: Some("notes".into()),
        tags: vec!["mary".into(), "look".into(), "mary".into()],
        importance: Some(0.25),
        confidence: Some(1.0),
        validity: Validity { from: Some(Timestamp::from_millis(START)), ..Validity::default() },
        source: None,
    }
}

#[test]
fn a_memory_is_kept_as_given() {
    let mut shelf = Shelf::new();
    let made = shelf.library.remember(&full()).unwrap();
    assert_eq!((made.key.as_str(), made.text.as_str()), ("eyes", "Mary's eyes are grey."));
    assert_eq!(made.tags, ["mary", "look"]);
    assert_eq!((made.importance, made.confidence), (Some(0.25), Some(1.0)));
    assert_eq!(made.created.as_millis(), START);
    shelf.reopen();
    assert_eq!(shelf.library.memory("eyes").unwrap(), made);
    assert_eq!(shelf.all(), [made]);
    let nameless = shelf.library.remember(&NewMemory::new("It rained.")).unwrap();
    assert_eq!((nameless.key.len(), nameless.session), (36, None));
    assert_eq!(shelf.library.memory("nobody").unwrap_err().code(), Code::MemoryNotFound);
}

#[test]
fn an_existing_key_is_replaced_and_keeps_its_place() {
    let shelf = Shelf::new();
    let first = shelf.library.remember(&full()).unwrap();
    shelf.library.remember(&keyed("other", "Mary has a dog.")).unwrap();
    shelf.clock.advance(5_000);
    let second = shelf.library.remember(&keyed("eyes", "Mary's eyes are green.")).unwrap();
    assert_eq!((second.created, second.changed.as_millis()), (first.created, START + 5_000));
    assert_eq!((second.kind, second.session, second.tags.len()), (None, None, 0));
    let listed: Vec<String> = shelf.all().into_iter().map(|memory| memory.key).collect();
    assert_eq!(listed, ["other", "eyes"]);
    assert_eq!(shelf.ask("green").hits[0].words, ["green"]);
    assert!(shelf.ask("grey").hits[0].words.is_empty());
}

#[test]
fn many_are_remembered_at_once_and_undone_at_once() {
    let shelf = Shelf::new();
    shelf.library.remember(&keyed("7", "what was there before")).unwrap();
    let many: Vec<NewMemory> = (0..2_500).map(|n| keyed(&n.to_string(), &format!("fact {n}"))).collect();
    let progress = Progress::new();
    let done = shelf.library.remember_all(&many, &progress).unwrap();
    assert_eq!((done.keys.len(), done.keys[7].as_str(), done.replaced), (2_500, "7", 1));
    assert_eq!((progress.snapshot().done, progress.snapshot().total), (2_500, 2_500));
    assert_eq!(keys(&shelf.ask("fact 1234"))[0], "1234");
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(shelf.all().len(), 1);
    assert_eq!(shelf.library.memory("7").unwrap().text, "what was there before");
    // One bad one, and nothing is written.
    let mut bad = many;
    bad[2_000].importance = Some(f64::NAN);
    assert_eq!(shelf.library.remember_all(&bad, &progress).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(shelf.all().len(), 1);
    progress.cancel();
    assert_eq!(shelf.library.remember_all(&bad[..5], &progress).unwrap_err().code(), Code::Cancelled);
}

#[test]
fn listing_filters_and_goes_page_by_page() {
    let shelf = Shelf::new();
    for n in 0..10 {
        let memory = NewMemory {
            kind: Some(if n % 2 == 0 { "even" } else { "odd" }.into()),
            session: Some(format!("session {}", n / 5)),
            speaker: (n == 3).then(|| "Tom".into()),
            tags: vec![format!("tag{n}"), "all of them".into()],
            importance: Some(f64::from(n) / 10.0),
            confidence: (n < 5).then_some(0.5),
            ..keyed(&n.to_string(), "x")
        };
        shelf.library.remember(&memory).unwrap();
    }
    let list = |filter: MemoryFilter| -> Vec<String> {
        let page = shelf.library.memories(&filter, None, 100).unwrap();
        assert_eq!(page.total, page.memories.len() as u64);
        page.memories.into_iter().map(|memory| memory.key).collect()
    };
    let filter = MemoryFilter::default;
    assert_eq!(list(MemoryFilter { kind: Some("odd".into()), ..filter() }), ["9", "7", "5", "3", "1"]);
    assert_eq!(list(MemoryFilter { session: Some("session 1".into()), ..filter() }).len(), 5);
    assert!(list(MemoryFilter { session: Some("nowhere".into()), ..filter() }).is_empty());
    assert_eq!(list(MemoryFilter { speaker: Some("Tom".into()), ..filter() }), ["3"]);
    assert_eq!(list(MemoryFilter { tag: Some("tag4".into()), ..filter() }), ["4"]);
    assert!(list(MemoryFilter { tag: Some("tag".into()), ..filter() }).is_empty());
    assert_eq!(list(MemoryFilter { tag: Some("all of them".into()), ..filter() }).len(), 10);
    assert_eq!(list(MemoryFilter { least_importance: Some(0.8), ..filter() }), ["9", "8"]);
    assert_eq!(list(MemoryFilter { least_confidence: Some(0.5), ..filter() }).len(), 5);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = shelf.library.memories(&filter(), after, 3).unwrap();
        assert_eq!(page.total, 10);
        seen.extend(page.memories.into_iter().map(|memory| memory.key));
        let Some(next) = page.next else { break };
        after = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(seen, ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    for bad in ["", "x", "-1", "fffffffffffffffff"] {
        assert!(bad.parse::<writemagic_storage::memory::MemoryCursor>().is_err());
    }
}

#[test]
fn what_is_deleted_comes_back_and_what_is_forgotten_does_not() {
    let mut shelf = Shelf::new();
    shelf.library.remember(&keyed("a", "The ring lies in the well.")).unwrap();
    assert_eq!(shelf.library.delete_memory("a").unwrap(), ["a"]);
    assert!(shelf.ask("where is the ring").hits.is_empty());
    assert_eq!(shelf.library.delete_memory("a").unwrap_err().code(), Code::MemoryNotFound);
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(keys(&shelf.ask("where is the ring")), ["a"]);
    // Also what is only kept for undoing is forgotten.
    shelf.library.delete_memory("a").unwrap();
    shelf.reopen();
    assert_eq!(shelf.library.forget_memory("a").unwrap(), ["a"]);
    assert_eq!(shelf.library.forget_memory("a").unwrap_err().code(), Code::MemoryNotFound);
    while shelf.library.undo_memory_change().is_ok() {}
    assert!(shelf.all().is_empty());
}

#[test]
fn nothing_of_what_is_forgotten_is_left_on_disk() {
    let shelf = Shelf::new();
    let secret = "Xanthippe-Quokka-Zeugma".repeat(400);
    let one = |key: &str, text: &str| NewMemory { session: Some("talk".into()), ..keyed(key, text) };
    let many: Vec<NewMemory> =
        (0..200).map(|n| one(&n.to_string(), &format!("They spoke of {n}."))).collect();
    shelf.library.remember_all(&many, &Progress::new()).unwrap();
    shelf.library.remember(&one("secret", &secret)).unwrap();
    shelf.library.remember(&one("secret", &format!("{secret} once more"))).unwrap();
    shelf.library.index_meaning(&Progress::new()).unwrap();
    assert_eq!(keys(&shelf.ask("secret xanthippe"))[0], "secret");
    shelf.library.forget_memory("secret").unwrap();
    assert!(!keys(&shelf.ask("xanthippe quokka zeugma")).contains(&"secret"));
    assert_eq!(keys(&shelf.ask("they spoke of 77"))[0], "77");
    shelf.library.close().unwrap();
    for file in fs::read_dir(shelf.folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"Xanthippe"));
    }
    let library = Library::open(shelf.folder.path(), OpenOptions::new()).unwrap();
    assert_eq!(library.memories(&MemoryFilter::default(), None, 0).unwrap().total, 200);
}

#[test]
fn what_does_not_hold_any_more_is_not_recalled_and_can_be_removed() {
    let shelf = Shelf::new();
    let time = |hours: i64| Some(Timestamp::from_millis(START + hours * 3_600_000));
    let mut early = keyed("early", "The bridge is closed.");
    early.validity.until = time(1);
    let mut late = keyed("late", "The bridge is open.");
    late.validity.from = time(1);
    shelf.library.remember(&early).unwrap();
    shelf.library.remember(&late).unwrap();
    assert_eq!(keys(&shelf.ask("bridge")), ["early"]);
    let ask = |at| {
        let request = RecallRequest { query: "bridge".into(), limit: 5, at, ..RecallRequest::default() };
        shelf.library.recall(&request).unwrap()
    };
    assert_eq!(keys(&ask(time(1))), ["late"]);
    shelf.clock.advance(3_600_000);
    assert_eq!(keys(&shelf.ask("bridge")), ["late"]);
    assert_eq!(shelf.all().len(), 2);
    assert_eq!(shelf.library.expire_memories(Timestamp::from_millis(START)).unwrap(), 0);
    assert_eq!(shelf.library.expire_memories(shelf.library.clock().now()).unwrap(), 1);
    assert_eq!(shelf.all().len(), 1);
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(shelf.all().len(), 2);
}

/// The limit that a memory is over, or the argument that is wrong.
fn refused(shelf: &Shelf, memory: &NewMemory) -> (Code, &'static str) {
    let error: Error = shelf.library.remember(memory).unwrap_err();
    let Some(DetailValue::Word(what)) = error.details().get("what") else { return (error.code(), "") };
    (error.code(), what)
}

#[test]
fn every_limit_holds_at_its_edge() {
    let shelf = Shelf::new();
    let text = |bytes: u64| "x".repeat(bytes as usize);
    let good = NewMemory {
        key: Some(text(MEMORY_KEY_BYTES)),
        text: text(MEMORY_TEXT_BYTES),
        kind: Some(text(MEMORY_NAME_BYTES)),
        speaker: Some(text(MEMORY_NAME_BYTES)),
        time: Some(text(MEMORY_NAME_BYTES)),
        session: Some(text(MEMORY_NAME_BYTES)),
        tags: (0..MEMORY_TAGS).map(|n| n.to_string()).collect(),
        importance: Some(0.0),
        confidence: Some(1.0),
        ..NewMemory::default()
    };
    shelf.library.remember(&good).unwrap();
    let over = (Code::LimitExceeded, "memory_name_bytes");
    let long = || Some(text(MEMORY_NAME_BYTES + 1));
    for memory in [
        NewMemory { kind: long(), ..good.clone() },
        NewMemory { speaker: long(), ..good.clone() },
        NewMemory { time: long(), ..good.clone() },
        NewMemory { session: long(), ..good.clone() },
        NewMemory { tags: vec![text(MEMORY_NAME_BYTES + 1)], ..good.clone() },
    ] {
        assert_eq!(refused(&shelf, &memory), over);
    }
    let longer = NewMemory { text: text(MEMORY_TEXT_BYTES + 1), ..good.clone() };
    assert_eq!(refused(&shelf, &longer), (Code::LimitExceeded, "memory_text_bytes"));
    let longer = NewMemory { key: Some(text(MEMORY_KEY_BYTES + 1)), ..good.clone() };
    assert_eq!(refused(&shelf, &longer), (Code::LimitExceeded, "memory_key_bytes"));
    let more = NewMemory { tags: vec!["t".into(); MEMORY_TAGS as usize + 1], ..good.clone() };
    assert_eq!(refused(&shelf, &more), (Code::LimitExceeded, "memory_tags"));
    let name = |name: &str| Some(name.to_owned());
    let at = |millis| Some(Timestamp::from_millis(millis));
    for (memory, what) in [
        (NewMemory::new(""), "memory_text"),
        (NewMemory { key: name(""), ..good.clone() }, "memory_key"),
        (NewMemory { key: name("a\nb"), ..good.clone() }, "memory_key"),
        (NewMemory { kind: name("a\0"), ..good.clone() }, "memory_kind"),
        (NewMemory { tags: vec!["a\nb".into()], ..good.clone() }, "memory_tag"),
        (NewMemory { importance: Some(1.5), ..good.clone() }, "memory_importance"),
        (NewMemory { confidence: Some(f64::NAN), ..good.clone() }, "memory_confidence"),
        (
            NewMemory {
                validity: Validity { from: at(5), until: at(5), from_document: None },
                ..good.clone()
            },
            "memory_validity",
        ),
    ] {
        assert_eq!(refused(&shelf, &memory), (Code::InvalidArgument, what));
    }
    let nowhere = Some(DocumentId::from_bytes([7; 16]));
    let lost = NewMemory { validity: Validity { from_document: nowhere, ..Validity::default() }, ..good };
    assert_eq!(refused(&shelf, &lost).0, Code::DocumentNotFound);
    assert_eq!(shelf.all().len(), 1);
}

#[test]
fn a_session_takes_so_many_memories_and_no_more() {
    let shelf = Shelf::new();
    let one = |key: &str| NewMemory { session: Some("long".into()), ..keyed(key, "x") };
    let many: Vec<NewMemory> = (0..SESSION_MEMORIES).map(|n| one(&n.to_string())).collect();
    shelf.library.remember_all(&many, &Progress::new()).unwrap();
    assert_eq!(refused(&shelf, &one("more")), (Code::LimitExceeded, "session_memories"));
    // One that is in it may be replaced, and one that leaves it makes room.
    shelf.library.remember(&one("5")).unwrap();
    shelf.library.remember(&keyed("5", "x")).unwrap();
    shelf.library.remember(&one("more")).unwrap();
    assert_eq!(refused(&shelf, &one("5")), (Code::LimitExceeded, "session_memories"));
}

#[test]
fn a_library_that_is_open_for_reading_recalls_and_changes_nothing() {
    let shelf = Shelf::new();
    shelf.library.remember(&keyed("a", "The ring lies in the well.")).unwrap();
    let reader = Library::open(shelf.folder.path(), OpenOptions::new().read_only(true)).unwrap();
    let request = RecallRequest { query: "rings".into(), limit: 5, ..RecallRequest::default() };
    let page = reader.recall(&request).unwrap();
    assert_eq!((keys(&page), page.by_meaning), (vec!["a"], false));
    for refused in [
        reader.remember(&keyed("b", "x")).map(drop),
        reader.delete_memory("a").map(drop),
        reader.forget_memory("a").map(drop),
        reader.undo_memory_change(),
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::LibraryReadOnly);
    }
}
