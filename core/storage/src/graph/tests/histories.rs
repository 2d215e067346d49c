//! Histories: who wrote what when, against a list of all events.

use std::ops::Range;

use super::replica::{Rng, agent, whole};
use crate::graph::chunk;
use crate::graph::history::History;
use crate::graph::log::{AppendError, ForeignError};
use crate::graph::version::{EventId, Lv};
use crate::graph::{Burst, Origin};

/// Who wrote an event, and when.
type Written = (Origin, i64);

fn some_origin(rng: &mut Rng) -> Origin {
    match rng.below(4) {
        0 => Origin::person(),
        1 => Origin::person().named("Anna"),
        2 => Origin { run: vec![rng.below(3) as u8], ..Origin::import() },
        _ => Origin::device().named("desk"),
    }
}

fn some_burst(rng: &mut Rng) -> Burst {
    let mut burst = Burst::default();
    for _ in 0..1 + rng.below(3) {
        let text = ["a", "bc", "文字"][rng.below(3)];
        burst.insert(rng.below(9) as u32, text, text.chars().count() as u32);
    }
    burst
}

/// Adds a burst of agent `number` behind the last event, and notes who wrote it.
fn write(history: &mut History, model: &mut Vec<Written>, number: u64, rng: &mut Rng) {
    let (burst, log) = (some_burst(rng), history.log());
    let id = EventId { agent: agent(number), seq: log.next_seq(&agent(number)) };
    let parents: Vec<Lv> = log.end().checked_sub(1).into_iter().collect();
    let written = (some_origin(rng), 1000 * rng.below(3) as i64 - 700 + rng.below(2) as i64);
    history.append(id, &parents, &burst, &written.0, written.1).unwrap();
    model.extend(std::iter::repeat_n(written, burst.events() as usize));
}

/// Who wrote each event of a range.
fn authorship(history: &History, range: Range<Lv>) -> Vec<Written> {
    let mut next = range.start;
    let mut all = Vec::new();
    for (events, origin, at) in history.authorship(range) {
        assert!(events.start == next && !events.is_empty(), "in order, without gaps");
        next = events.end;
        all.extend(events.map(|_| (origin.clone(), at)));
    }
    all
}

fn check(history: &History, model: &[Written], from: Lv, rng: &mut Rng) {
    assert_eq!(history.log().end() as usize, from as usize + model.len());
    assert_eq!(authorship(history, from..history.log().end() + 3), model);
    for _ in 0..4 {
        let a = rng.below(model.len() + 1);
        let b = a + rng.below(model.len() + 1 - a);
        assert_eq!(authorship(history, from + a as Lv..from + b as Lv), model[a..b]);
    }
}

#[test]
fn everybody_knows_who_wrote_each_event_and_when() {
    for seed in 0..300 {
        let rng = &mut Rng::new(seed);
        let (mut a, mut b) = (History::new(), History::new());
        let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            write(&mut a, &mut of_a, 1, rng);
            if rng.one_in(3) {
                let mark = a.mark();
                let before = whole(&a);
                write(&mut a, &mut of_a.clone(), 2, rng);
                a.rollback(mark);
                assert_eq!(whole(&a), before);
            }
            if rng.one_in(4) {
                // Some that are known, some that are new.
                let from = rng.below(b.log().end() as usize + 1) as Lv;
                let some = from..a.log().end().saturating_sub(rng.below(3) as Lv);
                let some = some.start..some.end.max(b.log().end());
                let sent = chunk::encode(&a.chunk(std::slice::from_ref(&some)).unwrap());
                let new = b.append_chunk(&chunk::decode(&sent).unwrap()).unwrap();
                assert_eq!(new, of_b.len() as Lv..some.end);
                let seconds = |(origin, at): &Written| (origin.clone(), at.div_euclid(1000) * 1000);
                of_b.extend(of_a[of_b.len()..some.end as usize].iter().map(seconds));
            }
            check(&a, &of_a, 0, rng);
            check(&b, &of_b, 0, rng);
        }
    }
}

#[test]
fn events_of_one_origin_at_one_time_take_one_entry() {
    let mut history = History::new();
    let burst = some_burst(&mut Rng::new(1));
    let mut at = 0;
    for i in 0..1000 {
        let id = EventId { agent: agent(1), seq: i * burst.events() };
        let parents: Vec<Lv> = id.seq.checked_sub(1).into_iter().collect();
        at = i64::from(i / 100);
        history.append(id, &parents, &burst, &Origin::person(), at).unwrap();
    }
    assert_eq!(at, 9);
    let end = history.log().end();
    assert_eq!(history.authorship(0..end).count(), 10);
    assert_eq!(whole(&history).provenance().len(), 10);
    assert!(history.bytes() < 120_000, "{} bytes for {end} events", history.bytes());
    let id = EventId { agent: agent(1), seq: 0 };
    let refused = history.append(id, &[], &burst, &Origin::import(), 99);
    assert_eq!((refused, history.authorship(0..end).count()), (Err(AppendError::Id), 10));
}

#[test]
fn a_history_that_begins_late_takes_what_was_before() {
    for seed in 0..200 {
        let rng = &mut Rng::new(seed);
        let (mut early, mut model) = (History::new(), Vec::new());
        for _ in 0..1 + rng.below(5) {
            write(&mut early, &mut model, 1 + rng.below(2) as u64, rng);
        }
        let start = early.log().end();
        let ids: Vec<_> =
            early.log().ids_in(0..start).map(|(run, id)| (run.start, id, run.len() as u32)).collect();
        let mut late = History::starting_at(start, &[start - 1], &ids).unwrap();
        let mut of_late = Vec::new();
        for _ in 0..rng.below(5) {
            write(&mut late, &mut of_late, 1 + rng.below(2) as u64, rng);
        }
        check(&late, &of_late, start, rng);
        assert!(late.chunk(std::slice::from_ref(&(0..start))).is_err(), "it is not loaded");

        let mut other = History::new();
        write(&mut other, &mut Vec::new(), 9, rng);
        assert_eq!(late.load_before(other), None);
        check(&late, &of_late, start, rng);

        assert_eq!(late.load_before(early), Some(()));
        model.extend(of_late);
        check(&late, &model, 0, rng);
        write(&mut late, &mut model, 3, rng);
        check(&late, &model, 0, rng);
    }
}

#[test]
fn a_refused_chunk_leaves_no_provenance() {
    let mut histories = ["one", "two"].map(|text| {
        let mut history = History::new();
        let mut burst = Burst::default();
        burst.insert(0, text, 3);
        history.append(EventId { agent: agent(1), seq: 0 }, &[], &burst, &Origin::device(), 7).unwrap();
        history
    });
    let [before, other] = histories.each_ref().map(whole);
    assert!(matches!(histories[0].append_chunk(&other), Err(ForeignError::Conflict(_))));
    assert_eq!(whole(&histories[0]), before);
}
