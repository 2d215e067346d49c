mod oracle;
mod quality;

use proptest::prelude::*;

use super::index::{Index, Item};
use super::query::{Found, Mode};
use super::terms::Language;

/// A model of three words, for tests: a dimension each.
fn encode(text: &str) -> Option<Vec<f32>> {
    let count = |words: &[&str]| {
        words.iter().map(|word| text.to_lowercase().matches(word).count() as f32).sum::<f32>()
    };
    let mut vector =
        vec![count(&["storm", "thunder", "gale"]), count(&["ring", "jewel"]), count(&["dog", "hound"])];
    vector.resize(16, 0.0);
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    (length > 0.0).then(|| vector.iter().map(|number| number / length).collect())
}

fn vector(text: &str) -> Vec<f32> {
    encode(text).unwrap_or_default()
}

fn vectors(texts: &[String]) -> Option<Vec<Vec<f32>>> {
    Some(texts.iter().map(|text| vector(text)).collect())
}

fn item(id: u64, text: &str) -> Item {
    Item { id, text: text.to_owned(), speaker: None, time: None, language: Language::English }
}

fn ids(index: &Index, query: &str) -> Vec<u64> {
    index
        .search(query, &vector(query), Mode::Hybrid, 10, |_| true)
        .found
        .iter()
        .map(|found| found.id)
        .collect()
}

fn best(index: &Index, query: &str) -> Found {
    index.search(query, &vector(query), Mode::Hybrid, 1, |_| true).found.remove(0)
}

/// Passages of two books.
fn library() -> Index {
    let mut index = Index::new(16);
    let one = ["The night was long.", "Thunder rolled over the hills.", "Nobody spoke at breakfast."];
    let two = ["She dropped the ring into the well.", "The dog barked at it.", "Who would look there?"];
    for (session, texts) in [(1_u64, one), (2, two)] {
        let items: Vec<Item> =
            (0_u64..).zip(texts).map(|(place, text)| item(session * 10 + place, text)).collect();
        index.set_session(session, &items, &mut vectors);
    }
    index
}

#[test]
fn words_and_meaning_find_and_say_why() {
    let index = library();
    let found = best(&index, "Where are the rings?");
    assert_eq!(found.id, 20);
    assert_eq!(found.why.words, ["rings"]);
    assert!(found.why.similarity > 0.5);
    // Not one word in common.
    let found = best(&index, "a gale");
    assert_eq!((found.id, found.why.words.len()), (11, 0));
    let found = index.search("ring dog", &vector("ring dog"), Mode::Hybrid, 10, |id| id == 21).found;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].why.words.join(" "), found[0].why.nearby_words.join(" ")),
        ("dog".into(), "ring".into())
    );
}

#[test]
fn speakers_and_times_count() {
    let mut index = Index::new(0);
    let said = |id, speaker, time| Item {
        id,
        text: "The chapter is too long.".to_owned(),
        speaker: Some(String::from(speaker)),
        time: Some(String::from(time)),
        language: Language::English,
    };
    index.set_session(1, &[said(1, "Ada", "8 May 2023")], &mut vectors);
    index.set_session(2, &[said(2, "Ben", "9 June 2023")], &mut vectors);
    assert_eq!(best(&index, "What did Ben say of the chapter?").id, 2);
    assert_eq!(best(&index, "the chapter in May").id, 1);
    assert_eq!(best(&index, "June").why.words, ["June"]);
}

#[test]
fn what_is_taken_out_is_not_found_and_leaves_nothing() {
    let mut index = library();
    assert_eq!(index.len(), 6);
    index.set_session(2, &[], &mut vectors);
    assert_eq!(index.len(), 3);
    assert_eq!(best(&index, "ring").id / 10, 1);
    index.compact();
    let mut fresh = Index::new(16);
    let one = ["The night was long.", "Thunder rolled over the hills.", "Nobody spoke at breakfast."];
    let items: Vec<Item> = (10_u64..).zip(one).map(|(id, text)| item(id, text)).collect();
    fresh.set_session(1, &items, &mut vectors);
    assert_eq!(index.postings.terms(), fresh.postings.terms());
    assert_eq!((index.rows.parts().concat(), index.slots.len()), (fresh.rows.parts().concat(), 3));
}

#[test]
fn nothing_finds_nothing_and_hostile_texts_do_no_harm() {
    let empty = Index::new(16);
    assert!(empty.search("ring", &vector("ring"), Mode::Hybrid, 10, |_| true).found.is_empty());
    let mut index = library();
    let one_word = "a".repeat(1 << 20);
    let many = "ring ".repeat(200_000);
    let texts = [one_word.as_str(), "?!… —", "\0\0", "ring\0ring", &many, "𝔯𝔦𝔫𝔤 кольцо 指輪 วงแหวน", ""];
    let items: Vec<Item> = (100_u64..).zip(texts).map(|(id, text)| item(id, text)).collect();
    index.set_session(3, &items, &mut vectors);
    for query in texts.iter().chain(&["ring", "指輪", "кольцо"]) {
        for found in index.search(query, &vector(query), Mode::Hybrid, 10, |_| true).found {
            assert!(found.score.is_finite());
        }
    }
    assert!(ids(&index, "指輪").contains(&105) && ids(&index, "кольцо").contains(&105));
    assert!(index.search("ring", &vector("ring"), Mode::Meaning, 0, |_| true).found.is_empty());
}

#[test]
fn what_stands_alone_is_not_better_for_being_short() {
    let mut index = Index::new(0);
    let talk =
        ["We went to the harbour.", "The lantern was lost there.", "Nobody had a light.", "It rained."];
    for session in 0..4 {
        let items: Vec<Item> =
            (0_u64..).zip(talk).map(|(place, text)| item(session * 10 + place, text)).collect();
        index.set_session(session, &items, &mut vectors);
    }
    // As many words of the query, and no neighbours that have the others.
    index.set_session(9, &[item(99, "The lantern was lost at home.")], &mut vectors);
    assert_ne!(ids(&index, "Who lost the lantern at the harbour?")[0], 99);
}

#[test]
fn questions_side_by_side_and_behind_each_other_get_the_same_answers() {
    let mut index = library();
    let queries = ["Where are the rings?", "a gale", "dog", "nobody spoke", ""];
    let answers = |index: &Index| queries.map(|query| ids(index, query));
    let alone = answers(&index);
    std::thread::scope(|scope| {
        let threads = [0; 4].map(|_| scope.spawn(|| (0..50).all(|_| answers(&index) == alone)));
        assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    });
    // What an answer left behind does not count when the index has grown, or shrunk.
    let more: Vec<Item> = (30..90).map(|id| item(id, "A ring.")).collect();
    index.set_session(3, &more, &mut vectors);
    assert_eq!(ids(&index, "ring").len(), 10);
    index.set_session(3, &[], &mut vectors);
    index.compact();
    assert_eq!(answers(&index), alone);
}

proptest! {
    /// An index that was changed again and again finds what one finds that was made at once.
    #[test]
    fn changes_leave_no_trace(
        changes in prop::collection::vec((0_u64..4, prop::collection::vec((0_usize..8, 0_u64..3), 0..6)), 1..20),
        compacts in prop::collection::vec(any::<bool>(), 20),
        query in 0_usize..8,
    ) {
        const TEXTS: [&str; 8] = [
            "The storm came.", "A ring of gold?", "The dog barked.", "Nobody came.", "thunder and dogs",
            "the ring in the storm", "Where was it?", "jewels",
        ];
        let mut index = Index::new(16);
        let mut last = std::collections::BTreeMap::new();
        for ((session, texts), compact) in changes.iter().zip(compacts) {
            let items: Vec<Item> = texts.iter().map(|(text, id)| item(session * 100 + id, TEXTS[*text])).collect();
            index.set_session(*session, &items, &mut vectors);
            if compact {
                index.compact();
            }
            last.insert(*session, texts);
        }
        let mut fresh = Index::new(16);
        for (session, texts) in last {
            let items: Vec<Item> = texts.iter().map(|(text, id)| item(session * 100 + id, TEXTS[*text])).collect();
            fresh.set_session(session, &items, &mut vectors);
        }
        prop_assert_eq!(index.len(), fresh.len());
        let answer = |index: &Index| {
            let mut found: Vec<(u64, String)> = index
                .search(TEXTS[query], &vector(TEXTS[query]), Mode::Hybrid, 100, |_| true)
                .found
                .into_iter()
                .map(|found| (found.id, format!("{:.3}", found.score)))
                .collect();
            found.sort();
            found
        };
        prop_assert_eq!(answer(&index), answer(&fresh));
    }
}
