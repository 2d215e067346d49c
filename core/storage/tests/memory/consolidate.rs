//! Memories that say the same, that cannot both be right, and that are summed up.

use writemagic_shared::error::{Code, Coded as _};
use writemagic_shared::limits::MEMORY_CONTRADICTIONS;
use writemagic_shared::runtime::{Progress, Timestamp};
use writemagic_storage::document::NewDocument;
use writemagic_storage::memory::{
    ConsolidateOptions, ConsolidateReport, Disagreement, MemoryFilter, NewMemory, SourceRange, Validity,
};

use crate::{START, Shelf, keyed, keys};

fn consolidate(shelf: &Shelf) -> ConsolidateReport {
    shelf.library.consolidate_memories(&ConsolidateOptions::default(), &Progress::new()).unwrap()
}

#[test]
fn memories_that_say_the_same_become_one_with_all_sources() {
    let shelf = Shelf::new();
    let scene = |title: &str| {
        let scene = NewDocument::titled(title).text("Mary lost the ring in the well.");
        shelf.library.create_document(scene).unwrap().id
    };
    let (one, two) = (scene("One"), scene("Two"));
    let lost = |key: &str, text: &str, document, tag: &str| NewMemory {
        source: Some(SourceRange { document, range: 0..9 }),
        tags: vec![tag.to_owned(), "ring".to_owned()],
        ..keyed(key, text)
    };
    let first = NewMemory { importance: Some(0.2), ..lost("a", "Mary lost the ring in the well.", one, "x") };
    let second = NewMemory {
        importance: Some(0.9),
        session: Some("notes".into()),
        ..lost("b", "mary lost the ring in the  well", two, "y")
    };
    shelf.library.remember_all(&[first, second], &Progress::new()).unwrap();
    shelf.library.remember(&keyed("c", "Mary lost a ring in the well!")).unwrap();
    shelf.library.remember(&keyed("d", "Mary lost no ring in the well.")).unwrap();
    shelf.library.remember(&keyed("e", "Tom found the ring in the well.")).unwrap();
    let report = consolidate(&shelf);
    assert_eq!(report.merged.len(), 1);
    assert_eq!(
        (report.merged[0].kept.as_str(), &report.merged[0].absorbed[..]),
        ("a", &["b".into(), "c".into()][..])
    );
    assert_eq!(shelf.all().len(), 3);
    let kept = shelf.library.memory("b").unwrap();
    assert_eq!((kept.key.as_str(), &kept.parts[..]), ("a", &["b".into(), "c".into()][..]));
    assert_eq!((kept.sources.as_slice(), kept.importance), (&[one, two][..], Some(0.9)));
    assert_eq!(kept.tags, ["x", "ring", "y"]);
    assert_eq!(shelf.library.memory_sources("c").unwrap().len(), 2);
    let page = shelf.ask("who lost the ring?");
    assert_eq!(keys(&page).iter().filter(|key| ["a", "b", "c"].contains(key)).count(), 1);
    assert_eq!(consolidate(&shelf).merged, []);
    // Whatever is said anew about one of them is said for itself.
    shelf.library.remember(&keyed("b", "Mary lost her hat.")).unwrap();
    assert_eq!(shelf.library.memory("a").unwrap().parts, ["c"]);
    shelf.library.remember(&keyed("a", "Mary lost her way.")).unwrap();
    assert_eq!(shelf.library.memory("c").unwrap().text, "Mary lost a ring in the well!");
    for _ in 0..2 {
        shelf.library.undo_memory_change().unwrap();
    }
    assert_eq!(shelf.library.memory("b").unwrap(), kept);
    shelf.library.undo_memory_change().unwrap();
    assert_eq!((shelf.all().len(), shelf.library.memory("b").unwrap().tags.len()), (5, 2));
    // What stands for others goes with them, for good.
    consolidate(&shelf);
    assert_eq!(shelf.library.forget_memory("c").unwrap(), ["a", "b", "c"]);
    assert_eq!(shelf.library.memory("b").unwrap_err().code(), Code::MemoryNotFound);
    while shelf.library.undo_memory_change().is_ok() {}
    assert!(shelf.all().is_empty());
}

#[test]
fn who_says_it_when_and_for_how_long_tells_memories_apart() {
    let shelf = Shelf::new();
    let text = "It rained all day long.";
    let name = |name: &str| Some(name.to_owned());
    let until = Validity { until: Some(Timestamp::from_millis(START + 9)), ..Validity::default() };
    let memories = [
        keyed("a", text),
        NewMemory { kind: name("note"), ..keyed("b", text) },
        NewMemory { speaker: name("Ann"), ..keyed("c", text) },
        NewMemory { time: name("Monday"), ..keyed("d", text) },
        NewMemory { validity: until, ..keyed("e", text) },
        // Turns of two conversations.
        NewMemory { speaker: name("Ann"), session: name("one"), ..keyed("f", text) },
        NewMemory { speaker: name("Ann"), session: name("two"), ..keyed("g", text) },
        // Too short to be the same elsewhere.
        NewMemory { session: name("one"), ..keyed("h", "It rained.") },
        NewMemory { session: name("two"), ..keyed("i", "It rained.") },
    ];
    shelf.library.remember_all(&memories, &Progress::new()).unwrap();
    assert_eq!(consolidate(&shelf), ConsolidateReport::default());
}

#[test]
fn contradictions_are_flagged_and_never_resolved() {
    let mut shelf = Shelf::new();
    let memories = [
        keyed("grey", "Mary's eyes are grey."),
        keyed("green", "Mary’s eyes are green!"),
        keyed("16", "Mary is 16 years old."),
        keyed("17", "Mary is 17 years old."),
        keyed("went", "Tom went to the mill."),
        keyed("not", "Tom didn't go to the mill."),
        NewMemory { speaker: Some("Ann".into()), ..keyed("ann", "I am 34 years old.") },
        NewMemory { speaker: Some("Bob".into()), ..keyed("bob", "I am 35 years old.") },
        keyed("she", "She is 50 years old."),
        keyed("her", "She is 51 years old."),
    ];
    shelf.library.remember_all(&memories, &Progress::new()).unwrap();
    let options = ConsolidateOptions { rehearsal: true, ..ConsolidateOptions::default() };
    let planned = shelf.library.consolidate_memories(&options, &Progress::new()).unwrap();
    assert!(shelf.library.memory("grey").unwrap().contradictions.is_empty());
    let report = consolidate(&shelf);
    assert_eq!(report, planned);
    let found: Vec<(&str, &str, Disagreement)> = report
        .contradictions
        .iter()
        .map(|pair| (pair.keys[0].as_str(), pair.keys[1].as_str(), pair.why))
        .collect();
    assert_eq!(
        found,
        [
            ("grey", "green", Disagreement::Value),
            ("16", "17", Disagreement::Number),
            ("went", "not", Disagreement::Negation)
        ]
    );
    assert!(report.merged.is_empty() && shelf.all().len() == memories.len());
    shelf.reopen();
    let filter = MemoryFilter { contradictory: true, ..MemoryFilter::default() };
    assert_eq!(shelf.library.memories(&filter, None, 100).unwrap().total, 6);
    let green = shelf.library.memory("green").unwrap();
    assert_eq!((green.contradictions[0].key.as_str(), green.contradictions.len()), ("grey", 1));
    // Who corrects one of them has contradicted nobody; who takes that back has.
    shelf.library.remember(&keyed("green", "Mary's eyes are grey, after all.")).unwrap();
    assert!(shelf.library.memory("grey").unwrap().contradictions.is_empty());
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(shelf.library.memory("grey").unwrap().contradictions.len(), 1);
    assert_eq!(consolidate(&shelf), report);
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(shelf.library.memories(&filter, None, 100).unwrap().total, 0);
}

#[test]
fn facts_of_different_times_and_long_lists_contradict_nobody() {
    let shelf = Shelf::new();
    let at = |millis| Some(Timestamp::from_millis(START + millis));
    let holds = |from, until| Validity { from, until, from_document: None };
    let mut memories = vec![
        NewMemory { validity: holds(None, at(5)), ..keyed("before", "Mary is 16 years old.") },
        NewMemory { validity: holds(at(5), None), ..keyed("after", "Mary is 17 years old.") },
    ];
    memories.extend((0..9).map(|n| keyed(&format!("list {n}"), &format!("Chapter {n} is finished."))));
    shelf.library.remember_all(&memories, &Progress::new()).unwrap();
    assert_eq!(consolidate(&shelf).contradictions, []);
    // One run flags so many, and no more.
    let many: Vec<NewMemory> = (0..=MEMORY_CONTRADICTIONS)
        .flat_map(|n| {
            let name = format!("Person{}", "x".repeat(n as usize % 97) + &"y".repeat(n as usize / 97));
            [1, 2].map(|age| keyed(&format!("{n}/{age}"), &format!("{name} has {age} brothers.")))
        })
        .collect();
    shelf.library.remember_all(&many, &Progress::new()).unwrap();
    assert_eq!(consolidate(&shelf).contradictions.len(), MEMORY_CONTRADICTIONS as usize);
}

#[test]
fn old_sessions_are_named_and_their_summary_can_be_undone() {
    let shelf = Shelf::new();
    let said = |key: &str, session: &str, text: &str| NewMemory {
        session: Some(session.into()),
        ..keyed(key, text)
    };
    let mut murder = said("later", "old", "Harry was shot.");
    murder.validity.from = Some(Timestamp::from_millis(START));
    shelf.library.remember(&murder).unwrap();
    shelf.library.remember(&said("1", "old", "They spoke of the strike at the mill.")).unwrap();
    shelf.library.remember(&said("2", "old", "Then of the wages.")).unwrap();
    shelf.library.remember(&said("3", "short", "Hm.")).unwrap();
    shelf.clock.advance(1_000);
    shelf.library.remember(&said("4", "new", "They spoke of the strike and of the wages.")).unwrap();
    let older_than = Some(Timestamp::from_millis(START + 1_000));
    let options = ConsolidateOptions { older_than, least_bytes: 20, ..ConsolidateOptions::default() };
    let groups = shelf.library.consolidate_memories(&options, &Progress::new()).unwrap().groups;
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].session.as_str(), groups[0].bytes), ("old", 55));
    assert_eq!(groups[0].keys, ["1", "2"]);
    let summary = shelf.library.replace_with_summary("old", "Strike and wages.", &groups[0].keys).unwrap();
    assert_eq!(
        (summary.kind.as_deref(), &summary.parts[..]),
        (Some("summary"), &["1".into(), "2".into()][..])
    );
    assert_eq!(shelf.library.memory("1").unwrap().key, summary.key);
    let page = shelf.ask("strike");
    let found = keys(&page);
    assert!(found.contains(&summary.key.as_str()) && !found.contains(&"1"));
    assert!(shelf.library.consolidate_memories(&options, &Progress::new()).unwrap().groups.is_empty());
    shelf.library.undo_memory_change().unwrap();
    assert_eq!(shelf.library.memory("1").unwrap().text, "They spoke of the strike at the mill.");
    let refused = |session: &str, keys: &[&str]| {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        shelf.library.replace_with_summary(session, "x", &keys).unwrap_err().code()
    };
    assert_eq!(refused("old", &[]), Code::InvalidArgument);
    assert_eq!(refused("old", &["1", "4"]), Code::InvalidArgument);
    assert_eq!(refused("old", &["later"]), Code::InvalidArgument);
    assert_eq!(refused("old", &["1", "nobody"]), Code::MemoryNotFound);
    assert_eq!(shelf.all().len(), 5);
    let progress = Progress::new();
    progress.cancel();
    assert_eq!(shelf.library.consolidate_memories(&options, &progress).unwrap_err().code(), Code::Cancelled);
}
