//! Any sequence of changes is undone step by step, and what is recalled depends on what is remembered alone.

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::limits::{MEMORY_CHANGE_BYTES, MEMORY_CHANGES};
use writemagic_shared::runtime::Progress;
use writemagic_storage::memory::{
    ConsolidateOptions, Memory, MemoryFilter, NewMemory, RecallRequest, Validity,
};

use crate::{START, Shelf, keyed};

#[derive(Clone, Debug)]
enum Act {
    Remember(Vec<NewMemory>),
    Delete(u8),
    Expire(i64),
    Consolidate,
    /// What of a session is left to be told.
    Summary(&'static str),
    Undo,
    Ask,
    Reopen,
}

const TEXTS: [&str; 9] = [
    "Mary has a red ring.",
    "Mary has the red ring!",
    "mary has a red ring",
    "Mary has 2 red rings.",
    "Mary has 3 red rings.",
    "Mary does not have a red ring.",
    "Tom's eyes are blue.",
    "Tom's eyes are green.",
    "日本語のメモ",
];

fn memory() -> impl Strategy<Value = NewMemory> {
    let name = |names: [&'static str; 2]| prop::option::of(prop::sample::select(names.to_vec()));
    let until = prop::option::weighted(0.2, (0..5_i64).prop_map(|hour| START + hour));
    (0..6_u8, prop::sample::select(TEXTS.to_vec()), name(["one", "two"]), name(["Ann", "Bob"]), until)
        .prop_map(|(key, text, session, speaker, until)| NewMemory {
            session: session.map(str::to_owned),
            speaker: speaker.map(str::to_owned),
            validity: Validity {
                until: until.map(writemagic_shared::runtime::Timestamp::from_millis),
                ..Validity::default()
            },
            ..keyed(&key.to_string(), text)
        })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => prop::collection::vec(memory(), 1..4).prop_map(Act::Remember),
        2 => (0..6_u8).prop_map(Act::Delete),
        1 => (0..6_i64).prop_map(Act::Expire),
        2 => Just(Act::Consolidate),
        1 => prop::sample::select(vec!["one", "two"]).prop_map(Act::Summary),
        3 => Just(Act::Undo),
        2 => Just(Act::Ask),
        1 => Just(Act::Reopen),
    ]
}

/// All that can be seen: the memories, and where each key leads.
fn seen(shelf: &Shelf) -> (Vec<Memory>, Vec<Option<String>>) {
    let leads = |key: u8| shelf.library.memory(&key.to_string()).ok().map(|memory| memory.key);
    (shelf.all(), (0..6).map(leads).collect())
}

/// Whether the library changed.
fn change(shelf: &mut Shelf, act: &Act) -> bool {
    let found = |result: Result<(), writemagic_storage::Error>| match result {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.code(), Code::MemoryNotFound);
            false
        }
    };
    match act {
        Act::Remember(memories) => {
            shelf.library.remember_all(memories, &Progress::new()).unwrap();
            true
        }
        Act::Delete(key) => found(shelf.library.delete_memory(&key.to_string()).map(drop)),
        Act::Expire(hour) => {
            let now = writemagic_shared::runtime::Timestamp::from_millis(START + hour);
            shelf.library.expire_memories(now).unwrap() > 0
        }
        Act::Consolidate => {
            let options = ConsolidateOptions::default();
            let planned = ConsolidateOptions { rehearsal: true, ..options };
            let planned = shelf.library.consolidate_memories(&planned, &Progress::new()).unwrap();
            let flags = || shelf.all().iter().map(|memory| memory.contradictions.len()).sum::<usize>();
            let before = flags();
            let done = shelf.library.consolidate_memories(&options, &Progress::new()).unwrap();
            assert_eq!(done, planned);
            // What is done is done.
            let again = shelf.library.consolidate_memories(&options, &Progress::new()).unwrap();
            assert!(again.merged.is_empty() && again.contradictions == done.contradictions);
            for [one, other] in done.contradictions.iter().map(|pair| &pair.keys) {
                let flagged = |key: &str, with: &str| {
                    shelf.library.memory(key).unwrap().contradictions.iter().any(|pair| pair.key == with)
                };
                assert!(flagged(one, other) && flagged(other, one));
            }
            !done.merged.is_empty() || flags() != before
        }
        Act::Summary(session) => {
            let filter = MemoryFilter { session: Some((*session).to_owned()), ..MemoryFilter::default() };
            let memories = shelf.library.memories(&filter, None, 100).unwrap().memories.into_iter();
            let always = memories.filter(|memory| memory.validity == Validity::default());
            let keys: Vec<String> = always.map(|memory| memory.key).collect();
            !keys.is_empty()
                && shelf.library.replace_with_summary(session, "It was about rings.", &keys).is_ok()
        }
        Act::Undo => false,
        Act::Ask => {
            let _ = shelf.ask("who has a ring?");
            false
        }
        Act::Reopen => {
            shelf.reopen();
            false
        }
    }
}

/// What is recalled, whatever the order of those that are as good.
fn recalled(shelf: &Shelf, query: &str) -> Vec<(String, i64, Vec<String>, Vec<String>)> {
    let request = RecallRequest { query: query.into(), limit: 100, ..RecallRequest::default() };
    let page = shelf.library.recall(&request).unwrap();
    let hits = page.hits.into_iter();
    let mut hits: Vec<_> = hits
        .map(|hit| (hit.memory.key, (hit.score * 1e3).round() as i64, hit.words, hit.nearby_words))
        .collect();
    hits.sort_unstable();
    hits
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn any_changes_are_undone_step_by_step(acts in prop::collection::vec(act(), 1..25)) {
        let mut shelf = Shelf::new();
        let mut past = Vec::new();
        for act in &acts {
            shelf.clock.advance(1);
            let before = seen(&shelf);
            if let Act::Undo = act {
                match past.pop() {
                    Some(was) => {
                        shelf.library.undo_memory_change().unwrap();
                        prop_assert_eq!(seen(&shelf), was);
                    }
                    None => {
                        let nothing = shelf.library.undo_memory_change().unwrap_err();
                        prop_assert_eq!(nothing.code(), Code::NothingToUndo);
                    }
                }
            } else if change(&mut shelf, act) {
                past.push(before);
            } else {
                prop_assert_eq!(seen(&shelf), before);
            }
        }
        // Another library that has the same memories from the start recalls the same.
        let fresh = Shelf::new();
        fresh.clock.set(shelf.library.clock().now());
        let same = |memory: &Memory| NewMemory {
            session: memory.session.clone(),
            speaker: memory.speaker.clone(),
            validity: memory.validity,
            ..keyed(&memory.key, &memory.text)
        };
        let memories: Vec<NewMemory> = shelf.all().iter().rev().map(same).collect();
        fresh.library.remember_all(&memories, &Progress::new()).unwrap();
        for query in ["who has a ring?", "Bob", "blue eyes", "2", "日本"] {
            prop_assert_eq!(recalled(&shelf, query), recalled(&fresh, query), "{}", query);
        }
        while let Some(was) = past.pop() {
            shelf.library.undo_memory_change().unwrap();
            prop_assert_eq!(seen(&shelf), was);
        }
    }
}

#[test]
fn what_was_flagged_before_is_flagged_again_when_the_same_is_said_anew_and_undone() {
    let shelf = Shelf::new();
    let flagged = || shelf.all().iter().filter(|memory| !memory.contradictions.is_empty()).count();
    let consolidate =
        || shelf.library.consolidate_memories(&ConsolidateOptions::default(), &Progress::new()).unwrap();
    shelf.library.remember(&keyed("0", "Mary has 3 red rings.")).unwrap();
    shelf.library.remember(&keyed("1", "Mary has 2 red rings.")).unwrap();
    consolidate();
    shelf.library.remember(&keyed("1", "Mary has 2 red rings!")).unwrap();
    assert_eq!(flagged(), 0);
    consolidate();
    assert_eq!(flagged(), 2);
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(flagged(), 0);
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(flagged(), 2);
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(flagged(), 0);
}

#[test]
fn so_many_changes_can_be_undone() {
    let shelf = Shelf::new();
    for n in 0..MEMORY_CHANGES + 3 {
        shelf.library.remember(&keyed("a", &n.to_string())).unwrap();
    }
    for n in (0..MEMORY_CHANGES).rev() {
        shelf.library.undo_memory_change().unwrap();
        assert_eq!(shelf.library.memory("a").unwrap().text, (n + 2).to_string());
    }
    assert_eq!(shelf.library.undo_memory_change().unwrap_err().code(), Code::NothingToUndo);
}

#[test]
fn so_many_bytes_are_kept_for_undoing() {
    let shelf = Shelf::new();
    let most = MEMORY_CHANGE_BYTES >> 20;
    // Key and text of an image are a mebibyte.
    let text = |n: u64| format!("{n:03}{}", "x".repeat((1 << 20) - 4));
    for n in 0..most + 4 {
        shelf.library.remember(&keyed("a", &text(n))).unwrap();
    }
    // The newest, and so many before it.
    for n in (2..most + 3).rev() {
        shelf.library.undo_memory_change().unwrap();
        assert!(shelf.library.memory("a").unwrap().text.starts_with(&format!("{n:03}")));
    }
    assert_eq!(shelf.library.undo_memory_change().unwrap_err().code(), Code::NothingToUndo);
}
