//! The identity of characters against the oracle's.

use std::collections::HashMap;

use super::oracle::{self, Char};
use super::replica::{Replica, Rng};
use crate::graph::log::Log;
use crate::graph::merge::{Budget, Identity, MergeError, Passage, Source};
use crate::graph::version::Lv;

/// Each character in order: its insertion, how many stand before it, whether it is gone.
fn listed(chars: &[Char]) -> Vec<(Lv, u32, bool)> {
    let mut before = 0;
    let one = |char: &Char| {
        let at = before;
        before += u32::from(!char.gone);
        (char.lv, at, char.gone)
    };
    chars.iter().map(one).collect()
}

/// The same of an identity; `older` are the insertions of the text at its base.
fn chars(identity: &Identity, older: &[Lv]) -> Vec<(Lv, u32, bool)> {
    let mut all = Vec::new();
    for Passage { source, at, gone, .. } in identity.passages() {
        let at = |k: u32| if gone { at } else { at + k };
        match source {
            Source::Inserted(events) => {
                all.extend(events.zip(0..).map(|(lv, k)| (lv, at(k), gone)));
            }
            Source::Older(offsets) => {
                let known = offsets.zip(0..).map_while(|(i, k)| Some((*older.get(i as usize)?, at(k), gone)));
                all.extend(known);
            }
        }
    }
    all
}

/// The insertion that each deletion hit.
fn targets(identity: &Identity, older: &[Lv]) -> HashMap<Lv, Lv> {
    let mut targets = HashMap::new();
    for effect in identity.all_effects() {
        let insertions: Vec<Lv> = match effect.chars.clone() {
            Source::Inserted(events) => events.collect(),
            Source::Older(offsets) => older[offsets.start as usize..offsets.end as usize].to_vec(),
        };
        if effect.inserts {
            assert!(insertions.iter().copied().eq(effect.events.clone()));
            continue;
        }
        let deletions: Vec<Lv> =
            if effect.backward { effect.events.rev().collect() } else { effect.events.collect() };
        targets.extend(deletions.into_iter().zip(insertions));
    }
    targets
}

/// Compares what is known of a version with what the oracle knows.
pub(super) fn check(log: &Log, heads: &[Lv], chars_there: &[Char], deleted: &HashMap<Lv, Lv>) {
    let identity = Identity::of(log, heads, &mut Budget::default()).unwrap();
    let want = listed(chars_there);
    assert_eq!(chars(&identity, &[]), want);
    assert_eq!(&targets(&identity, &[]), deleted);
    let blame = identity.blame().flat_map(|(at, events)| events.zip(at..));
    assert!(blame.eq(want.iter().filter(|char| !char.2).map(|char| (char.0, char.1))));
    for (lv, at, gone) in want {
        assert_eq!(identity.find(lv), Some((at, gone)));
    }
    for (deletion, target) in deleted {
        assert_eq!(identity.find(*deletion), None, "it inserted nothing");
        let mut effects = identity.effects(*deletion..deletion + 1);
        assert_eq!(effects.next().map(|effect| effect.chars), Some(Source::Inserted(*target..target + 1)));
    }
}

/// The same from the nearest base of two versions on.
fn check_beyond(log: &Log, a: &[Lv], b: &[Lv]) -> bool {
    let base = log.base(a, b, u32::MAX).unwrap().unwrap();
    let mut beyond = [base.old, base.new].concat();
    beyond.sort_unstable_by_key(|range| range.start);
    let at_base = oracle::chars(log, &base.heads);
    let older: Vec<Lv> = at_base.iter().filter(|char| !char.gone).map(|char| char.lv).collect();
    let is_beyond = |lv: &Lv| beyond.iter().any(|range| range.contains(lv));
    let (mut all, mut deleted) = oracle::walk(log, &log.join(a, b).unwrap());
    all.retain(|char| is_beyond(&char.lv) || older.contains(&char.lv));
    deleted.retain(|deletion, _| is_beyond(deletion));
    let has_base = !base.heads.is_empty();
    let identity = Identity::beyond(log, base.heads, &beyond, &mut Budget::default()).unwrap();
    assert_eq!(chars(&identity, &older), listed(&all));
    assert_eq!(targets(&identity, &older), deleted);
    has_base
}

/// A history of forks and merges.
fn forked(rng: &mut Rng) -> Replica {
    let mut replicas = [Replica::new(1), Replica::new(2)];
    for _ in 0..25 {
        let i = rng.below(2);
        let [replica, other] = replicas.get_disjoint_mut([i, 1 - i]).unwrap();
        if rng.one_in(3) {
            replica.receive(other, 0).unwrap();
            replica.merge_all();
        }
        let chars = replica.chars() as usize;
        replica.insert(rng.below(chars + 1) as u32, ["a", "bé", "文字xyz"][rng.below(3)]);
        if rng.one_in(2) {
            let at = rng.below(chars);
            replica.delete(at as u32, (1 + rng.below(4)).min(chars + 1 - at) as u32, rng.one_in(2));
        }
    }
    let [mut replica, other] = replicas;
    replica.receive(&other, 0).unwrap();
    replica.merge_all();
    replica
}

#[test]
fn every_character_is_known_from_the_start_and_from_later_versions() {
    let mut from_later = 0;
    for seed in 0..150 {
        let rng = &mut Rng::new(seed);
        let replica = forked(rng);
        let log = replica.history.log();
        let (chars, deleted) = oracle::walk(log, &replica.version);
        check(log, &replica.version, &chars, &deleted);
        for _ in 0..6 {
            let mut event = || rng.below(log.end() as usize) as Lv;
            let (a, b) = ([event()], log.reduce(&[event(), event()]).unwrap());
            from_later += u32::from(check_beyond(log, &a, &b));
        }
    }
    assert!(from_later > 200, "{from_later}");
}

#[test]
fn a_walk_that_forgets_nothing_is_bounded() {
    let replica = forked(&mut Rng::new(1));
    let walk =
        |steps| Identity::of(replica.history.log(), &replica.version, &mut Budget::steps(steps)).map(drop);
    assert_eq!(walk(50), Err(MergeError::Steps));
    assert_eq!(walk(10_000), Ok(()));
}

#[test]
fn nothing_is_known_of_other_events() {
    let mut replica = Replica::new(1);
    replica.insert(0, "abc");
    replica.delete(1, 1, false);
    let identity = Identity::of(replica.history.log(), &[2], &mut Budget::default()).unwrap();
    assert_eq!((identity.find(1), identity.find(3)), (Some((1, false)), None));
    assert_eq!(identity.effects(3..9).count(), 0);
    let nothing = Identity::of(replica.history.log(), &[], &mut Budget::default()).unwrap();
    assert_eq!((nothing.passages().count(), nothing.find(0)), (0, None));
}
