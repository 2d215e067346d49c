//! The recipe item by item, as slowly and as plainly as it can be said, against what the index answers.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{item, vector, vectors};
use crate::search::meaning::index::{Index, Item, window};
use crate::search::meaning::query::{Mode, Scan};
use crate::search::meaning::recipe::{
    LENGTH, MEANING, NEARBY_MEANING, NEARBY_WORDS, NEIGHBOUR_MEANING, QUESTION, SESSION_WORDS, SESSIONS,
    SPEAKER, TEXTS, TIME_WORDS, WORDS, idf,
};
use crate::search::meaning::terms::{Language, each_term};

const WORDS_KNOWN: [&str; 9] = ["storm", "thunder", "gale", "ring", "jewel", "dog", "night", "May", "nobody"];

/// The terms of a text, each time it has them.
fn terms(text: &str) -> Vec<u64> {
    let mut terms = Vec::new();
    each_term(text, Language::English, |term, _| terms.push(term.0));
    terms
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    let dot = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
    let lengths = (dot(one, one) * dot(other, other)).sqrt();
    if lengths > 0.0 { dot(one, other) / lengths } else { 0.0 }
}

/// The score of every item, by its id; of those that nothing speaks for too.
fn scores(sessions: &[Vec<Item>], query: &str) -> HashMap<u64, f32> {
    let items: Vec<&Item> = sessions.iter().flatten().collect();
    let parts = |item: &Item| {
        let of = |text: &Option<String>| terms(text.as_deref().unwrap_or_default());
        (terms(&item.text), of(&item.time), of(&item.speaker))
    };
    let has = |terms: &[u64], term: u64| terms.contains(&term);
    let whole = |session: &[Item]| session.iter().flat_map(|item| parts(item).0).collect::<Vec<u64>>();
    let mean = |count: usize, all: usize| (all as f32 / count.max(1) as f32).max(1.0);
    let mean_text = mean(items.len(), items.iter().map(|item| parts(item).0.len()).sum());
    let shared: Vec<&Vec<Item>> = sessions.iter().filter(|session| session.len() > 1).collect();
    let mean_session = mean(shared.len(), shared.iter().map(|session| whole(session).len()).sum());
    let live_sessions = sessions.iter().filter(|session| !session.is_empty()).count();

    let asked = terms(query);
    let mut different = asked.clone();
    different.sort_unstable();
    different.dedup();
    let anywhere = |term: u64| {
        let has = |item: &&&Item| {
            let (text, time, speaker) = parts(item);
            has(&text, term) || has(&time, term) || has(&speaker, term)
        };
        items.iter().filter(has).count()
    };
    let there = different.iter().map(|term| anywhere(*term)).filter(|found| *found > 0);
    let all: f32 = there.map(|found| idf(found, items.len())).sum::<f32>().max(1.0);

    let mut scores = HashMap::new();
    for session in sessions {
        for (place, item) in session.iter().enumerate() {
            let (text, time, speaker) = parts(item);
            let mut score = LENGTH * (text.len() as f32).ln_1p();
            if item.text.trim_end().ends_with('?') {
                score += QUESTION;
            }
            let mut names = false;
            for term in &different {
                let count = |terms: &[u64]| terms.iter().filter(|other| *other == term).count() as f32;
                let times = count(&asked);
                let in_text = items.iter().filter(|item| has(&parts(item).0, *term)).count();
                let in_text = idf(in_text, items.len());
                let in_time = items.iter().filter(|item| has(&parts(item).1, *term)).count();
                let in_session = sessions.iter().filter(|session| has(&whole(session), *term)).count();
                if has(&text, *term) {
                    let by = TEXTS.of(count(&text), text.len() as f32 / mean_text);
                    score += WORDS * times * in_text * by / all;
                }
                if has(&time, *term) {
                    score += TIME_WORDS * times * idf(in_time, items.len()) / all;
                }
                names |= has(&speaker, *term);
                let beside = &session[window(place, session.len())];
                if beside.iter().any(|item| has(&parts(item).0, *term)) {
                    score += NEARBY_WORDS * in_text / all;
                }
                let in_this = whole(session);
                if has(&in_this, *term) {
                    let length = if session.len() > 1 { in_this.len() as f32 / mean_session } else { 1.0 };
                    let by = SESSIONS.of(count(&in_this), length);
                    score += SESSION_WORDS * times * idf(in_session, live_sessions) * by / all;
                }
            }
            if names {
                score += SPEAKER;
            }
            let mut nearby = vector(&item.text);
            nearby.resize(16, 0.0);
            for (distance, weight) in (1..).zip(NEIGHBOUR_MEANING) {
                let places = [place.checked_sub(distance), Some(place + distance)];
                for neighbour in places.into_iter().flatten().filter_map(|place| session.get(place)) {
                    let meaning = vector(&neighbour.text);
                    nearby.iter_mut().zip(meaning).for_each(|(sum, number)| *sum += weight * number);
                }
            }
            let asked = vector(query);
            // The model of these tests knows no speakers and no times.
            score += MEANING * cosine(&asked, &vector(&item.text)) + NEARBY_MEANING * cosine(&asked, &nearby);
            scores.insert(item.id, score);
        }
    }
    scores
}

fn text() -> impl Strategy<Value = String> {
    let words = prop::collection::vec(prop::sample::select(WORDS_KNOWN.to_vec()), 1..8);
    (words, any::<bool>()).prop_map(|(words, asks)| words.join(" ") + if asks { "?" } else { "." })
}

fn sessions() -> impl Strategy<Value = Vec<Vec<(String, bool, bool)>>> {
    // As many that stand alone as that do not.
    let item = || (text(), prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    let session = prop_oneof![prop::collection::vec(item(), 1..2), prop::collection::vec(item(), 1..8)];
    prop::collection::vec(session, 1..8)
}

proptest! {
    #[test]
    fn the_index_says_what_the_recipe_says(sessions in sessions(), queries in prop::collection::vec(text(), 1..4)) {
        let mut next = 0;
        let sessions: Vec<Vec<Item>> = sessions.into_iter().map(|session| {
            session.into_iter().map(|(text, said, dated)| {
                next += 1;
                Item {
                    speaker: said.then(|| "Ada Nobody".to_owned()),
                    time: dated.then(|| "8 May".to_owned()),
                    ..item(next, &text)
                }
            }).collect()
        }).collect();
        let mut index = Index::new(16);
        for (key, session) in (0..).zip(&sessions) {
            index.set_session(key, session, &mut vectors);
        }
        // By all vectors, and by the signs that they have in common, where no vector is left out.
        for scan in [Scan::USUAL, Scan { all: 0, nearest: usize::MAX }] {
            index.scan = scan;
            for query in &queries {
                let expected = scores(&sessions, query);
                let found = index.search(query, &vector(query), Mode::Hybrid, 100, |_| true).found;
                let everything = !vector(query).is_empty();
                prop_assert!(!everything || found.len() == expected.len());
                for found in &found {
                    // Vectors are kept in a byte a dimension.
                    let difference = found.score - expected[&found.id];
                    prop_assert!(difference.abs() < 0.15, "{} {:?}", difference, found);
                }
            }
        }
    }
}
