//! Forgetting deleted text: nothing that is to stay changes, and libraries that still have it get along.

use std::collections::BTreeSet;
use std::ops::Range;

use super::oracle;
use super::replica::{Replica, Rng, whole};
use crate::graph::chunk::{self, BadChunk};
use crate::graph::forget::FORGOTTEN;
use crate::graph::history::History;
use crate::graph::merge::Budget;
use crate::graph::version::{Frontier, Lv};
use crate::graph::{Origin, RunKind};

/// The events that inserted characters, of those in `range`.
fn insertions(history: &History, range: Range<Lv>) -> BTreeSet<Lv> {
    let inserts = history.log().ops(range).filter(|(op, _)| op.kind == RunKind::Insert);
    inserts.flat_map(|(op, _)| op.lv..op.lv + op.len).collect()
}

/// The text at a version in a history of its own.
fn text_at(history: &History, heads: &[Lv]) -> String {
    let mut replica = Replica::new(1);
    replica.history = history.clone();
    replica.text_at(heads)
}

/// Forgets a random part of what a device knows and compares with the oracle.
pub(super) fn check(replica: &Replica, rng: &mut Rng) {
    let (history, log) = (&replica.history, replica.history.log());
    let cut = rng.below(log.end() as usize + 1) as Lv;
    let version = |rng: &mut Rng| Frontier::at(rng.below(log.end() as usize) as Lv).to_vec();
    let heads = replica.heads();
    let mut kept = vec![log.heads_before(&heads, cut).unwrap()];
    let past = oracle::past(log, &heads);
    assert_eq!(
        oracle::past(log, &kept[0]),
        past.iter().copied().filter(|lv| *lv < cut).collect(),
        "what was there before the cut"
    );
    if log.end() > 0 && rng.one_in(2) {
        kept.push(version(rng));
    }
    let events = log.forgettable(cut, &kept, &mut Budget::default()).unwrap();
    let listed: BTreeSet<Lv> = events.iter().cloned().flatten().collect();
    let mut expected = insertions(history, 0..cut);
    for version in &kept {
        for char in oracle::chars(log, version).iter().filter(|char| !char.gone) {
            expected.remove(&char.lv);
        }
    }
    assert_eq!(listed, expected);

    let mut after = history.clone();
    after.forget(&events).unwrap();
    assert_eq!(after.log().forgets(), !events.is_empty());
    let again = after.log().forgettable(cut, &kept, &mut Budget::default()).unwrap();
    assert!(again.is_empty(), "what is forgotten is not forgotten again");
    let bytes = chunk::encode(&whole(&after));
    let mut read = History::new();
    let decoded = chunk::decode(&bytes).unwrap();
    assert_eq!(chunk::encode(&decoded), bytes);
    read.append_chunk(&decoded).unwrap();
    // Where runs end is another matter: a log joins deletions as they come.
    let held = chunk::encode(&whole(&read));
    kept.push(heads);
    for version in &kept {
        let text = text_at(history, version);
        assert!(!after.log().has_forgotten(&text));
        assert_eq!(text_at(&after, version), text);
        assert_eq!(text_at(&read, version), text);
    }
    if log.end() > 0 {
        let any = version(rng);
        let chars = oracle::chars(log, &any);
        let shown = |char: &oracle::Char| if listed.contains(&char.lv) { FORGOTTEN } else { char.char };
        let lacking: String = chars.iter().filter(|char| !char.gone).map(shown).collect();
        assert_eq!(text_at(&read, &any), lacking);
        assert_eq!(read.log().has_forgotten(&lacking), lacking.contains(FORGOTTEN));
    }

    // Who still has it learns nothing from who has not, and the other way round.
    let mut full = history.clone();
    full.append_chunk(&chunk::decode(&bytes).unwrap()).unwrap();
    assert_eq!(chunk::encode(&whole(&full)), chunk::encode(&whole(history)));
    read.append_chunk(&whole(history)).unwrap();
    assert_eq!(chunk::encode(&whole(&read)), held);
}

#[test]
fn text_that_differs_is_a_conflict_unless_it_was_forgotten() {
    let write = |text: &str| {
        let mut replica = Replica::new(1);
        replica.insert(0, text);
        replica.delete(1, 1, false);
        replica
    };
    let (one, other) = (write("abc"), write("axc"));
    let mut forgetting = one.history.clone();
    forgetting.forget(std::slice::from_ref(&(1..2))).unwrap();
    assert!(other.history.clone().append_chunk(&whole(&one.history)).is_err());
    assert!(other.history.clone().append_chunk(&whole(&forgetting)).is_ok());
    assert!(forgetting.clone().append_chunk(&whole(&other.history)).is_ok());
    assert!(forgetting.append_chunk(&whole(&write("abx").history)).is_err());
}

#[test]
fn a_text_may_hold_the_character_that_stands_for_forgotten_ones() {
    let mut replica = Replica::new(1);
    replica.insert(0, "a\u{fdd0}b");
    let log = replica.history.log();
    assert!(!log.forgets() && !log.has_forgotten("a\u{fdd0}b"));
    let mut other = Replica::new(2);
    other.receive(&replica, 0).unwrap();
    assert!(!other.history.log().forgets());
    assert_eq!(other.merge_all().chars, 3);
}

#[test]
fn a_chunk_that_says_that_it_forgets_does() {
    let mut replica = Replica::new(1);
    replica.insert(0, "abc");
    let mut bytes = chunk::encode(&whole(&replica.history));
    let body = bytes.len() - 4;
    bytes[3] = b'2';
    let checksum = crc32c::crc32c(&bytes[..body]).to_le_bytes();
    bytes[body..].copy_from_slice(&checksum);
    assert_eq!(chunk::decode(&bytes), Err(BadChunk::Text));
    assert_eq!(replica.wrote[0].2, Origin::person());
}

#[test]
fn events_that_are_taken_back_leave_a_log_that_forgets_nothing() {
    let mut forgetting = Replica::new(1);
    forgetting.insert(0, "abc");
    forgetting.delete(0, 1, false);
    forgetting.history.forget(std::slice::from_ref(&(0..1))).unwrap();
    let mut other = Replica::new(2);
    let mark = other.history.mark();
    other.receive(&forgetting, 0).unwrap();
    assert!(other.history.log().forgets());
    other.history.rollback(mark);
    assert!(!other.history.log().forgets());
}
