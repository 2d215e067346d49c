//! Logs: who is in whose past against sets of events, logs that begin late, and what is refused.

use std::collections::BTreeSet;

use super::oracle::past;
use super::replica::{Replica, Rng, agent, batch};
use crate::graph::burst::Run;
use crate::graph::log::{
    AppendError, BadBatch, Batch, Diff, ForeignError, ForeignParent, ForeignParents, ForeignRun, Log,
    NotLoaded, VersionError,
};
use crate::graph::merge::{self, Budget};
use crate::graph::version::{EventId, Frontier, Lv, MAX_EVENTS, Version};
use crate::graph::{Burst, RunKind};

/// A log in which anything follows anything. What events do is not valid for any text.
fn tangle(rng: &mut Rng, events: usize) -> Log {
    let mut log = Log::new();
    for _ in 0..events {
        let end = log.end() as usize;
        let mut parents: Vec<Lv> =
            (0..rng.below(4)).map(|_| rng.below(end) as Lv).filter(|_| end > 0).collect();
        if end > 0 && rng.one_in(3) {
            parents = vec![log.end() - 1];
        }
        parents.sort_unstable();
        parents.dedup();
        let mut burst = Burst::default();
        let text = ["a", "bc", "文"][rng.below(3)];
        burst.insert(rng.below(9) as u32, text, text.chars().count() as u32);
        let agent = agent(rng.below(4) as u64);
        log.append(EventId { agent, seq: log.next_seq(&agent) }, &parents, &burst).unwrap();
    }
    log
}

fn some_events(rng: &mut Rng, log: &Log) -> Vec<Lv> {
    let mut events: Vec<Lv> = (0..1 + rng.below(3)).map(|_| rng.below(log.end() as usize) as Lv).collect();
    events.sort_unstable();
    events.dedup();
    events
}

fn set(ranges: &[std::ops::Range<Lv>]) -> BTreeSet<Lv> {
    assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "ascending, and no two touch");
    ranges.iter().cloned().flatten().collect()
}

fn heads_of(log: &Log, events: &BTreeSet<Lv>) -> Vec<Lv> {
    let followed: BTreeSet<Lv> = events.iter().flat_map(|lv| log.parents(*lv).unwrap()).collect();
    events.difference(&followed).copied().collect()
}

#[test]
fn pasts_are_those_that_sets_of_events_say() {
    for seed in 0..150 {
        let rng = &mut Rng::new(seed);
        let events = 1 + rng.below(40);
        let log = tangle(rng, events);
        let all: BTreeSet<Lv> = (0..log.end()).collect();
        assert_eq!(log.heads().collect::<Vec<_>>(), heads_of(&log, &all));
        for _ in 0..20 {
            let (a, b) = (some_events(rng, &log), some_events(rng, &log));
            let (past_a, past_b) = (past(&log, &a), past(&log, &b));
            let event = rng.below(log.end() as usize) as Lv;
            assert_eq!(log.contains(&a, event), Ok(past_a.contains(&event)));
            assert_eq!(log.dominates(&a, &b), Ok(past_a.is_superset(&past_b)));
            assert_eq!(log.reduce(&a).unwrap().to_vec(), heads_of(&log, &past_a));
            let both: BTreeSet<Lv> = past_a.union(&past_b).copied().collect();
            assert_eq!(log.join(&a, &b).unwrap().to_vec(), heads_of(&log, &both));
            let Diff { only_a, only_b } = log.diff(&a, &b).unwrap();
            assert_eq!(set(&only_a), past_a.difference(&past_b).copied().collect());
            assert_eq!(set(&only_b), past_b.difference(&past_a).copied().collect());
            check_base(&log, &past_a, &past_b);
        }
    }
}

/// The base: everything beyond it has all of it in its past.
fn check_base(log: &Log, from: &BTreeSet<Lv>, to: &BTreeSet<Lv>) {
    let (a, b) = (heads_of(log, from), heads_of(log, to));
    let base = log.base(&a, &b, u32::MAX).unwrap().unwrap();
    let (old, new) = (set(&base.old), set(&base.new));
    assert_eq!(new, to.difference(from).copied().collect());
    assert!(old.is_subset(from));
    let below: BTreeSet<Lv> =
        from.union(to).filter(|lv| !old.contains(lv) && !new.contains(lv)).copied().collect();
    assert_eq!(below, past(log, &base.heads));
    for event in old.union(&new) {
        assert!(past(log, &[*event]).is_superset(&below), "{event} descends from all of {:?}", base.heads);
    }
    let few = log.base(&a, &b, old.len() as u32).unwrap();
    assert_eq!(few, Some(base));
    if !old.is_empty() {
        assert_eq!(log.base(&a, &b, old.len() as u32 - 1), Ok(None));
    }
}

#[test]
fn the_canonical_order_takes_the_smallest_id_that_is_ready() {
    for seed in 0..200 {
        let rng = &mut Rng::new(seed);
        let log = tangle(rng, 30);
        let mut left: BTreeSet<(EventId, Lv)> = (0..log.end()).map(|lv| (log.id(lv).unwrap(), lv)).collect();
        let mut given = BTreeSet::new();
        for (id, range) in log.canonical(std::slice::from_ref(&(0..log.end()))) {
            for (k, lv) in range.enumerate() {
                let is_ready = |lv: Lv| log.parents(lv).unwrap().iter().all(|parent| given.contains(parent));
                let want = *left.iter().find(|(_, lv)| is_ready(*lv)).unwrap();
                assert_eq!((EventId { seq: id.seq + k as u32, ..id }, lv), want);
                left.remove(&want);
                given.insert(lv);
            }
        }
        assert!(left.is_empty());
    }
}

/// A history of forks and merges, with its log.
fn forked(rng: &mut Rng) -> Replica {
    let mut replicas = [Replica::new(1), Replica::new(2)];
    for _ in 0..30 {
        let i = rng.below(2);
        let [replica, other] = replicas.get_disjoint_mut([i, 1 - i]).unwrap();
        if rng.one_in(3) {
            replica.receive(other, 0).unwrap();
            if !rng.one_in(4) {
                replica.merge_all();
            }
        }
        let at = rng.below(replica.chars() as usize + 1) as u32;
        replica.insert(at, ["a", "bé", "文字x"][rng.below(3)]);
        if rng.one_in(3) {
            replica.delete(at, 1, false);
        }
    }
    let [mut replica, other] = replicas;
    replica.receive(&other, 0).unwrap();
    replica.merge_all();
    replica
}

/// The log from event `start` on, with the ids of the heads before it, or of all events before it.
fn tail(log: &Log, start: Lv, with_ids: bool) -> Log {
    let before: BTreeSet<Lv> = (0..start).collect();
    let heads = heads_of(log, &before);
    let ids: Vec<(Lv, EventId, u32)> = if with_ids {
        log.ids_in(0..start).map(|(range, id)| (range.start, id, range.len() as u32)).collect()
    } else {
        heads.iter().map(|head| (*head, log.id(*head).unwrap(), 1)).collect()
    };
    let mut tail = Log::starting_at(start, &heads, &ids).unwrap();
    let mut from = start;
    while from < log.end() {
        let node = log.node(from).unwrap();
        let (ids, id) = log.ids_in(from..node.end).next().unwrap();
        let mut burst = Burst::default();
        for (op, text) in log.ops(ids.clone()) {
            match op.kind {
                RunKind::Insert => burst.insert(op.at, text, op.len),
                RunKind::Delete => burst.delete(op.at, op.len),
                RunKind::DeleteBack => (0..op.len).for_each(|k| burst.delete(op.at - k, 1)),
            }
        }
        assert_eq!(tail.append(id, &log.parents(from).unwrap(), &burst), Ok(from));
        from = ids.end;
    }
    tail
}

#[test]
fn a_log_that_begins_late_merges_the_same_or_says_what_it_lacks() {
    let (mut merged, mut lacked) = (0, 0);
    for seed in 0..100 {
        let rng = &mut Rng::new(seed);
        let whole = forked(rng);
        let log = whole.history.log();
        let start = rng.below(log.end() as usize) as Lv;
        let mut late = tail(log, start, rng.one_in(2));
        assert_eq!((late.start(), late.end()), (start, log.end()));
        assert_eq!(late.heads().collect::<Vec<_>>(), log.heads().collect::<Vec<_>>());
        for _ in 0..10 {
            let from = log.reduce(&some_events(rng, log)).unwrap();
            let to = some_events(rng, log);
            let text = whole.text_at(&from);
            let chars = text.chars().count() as u32;
            let merge_in = |log: &Log| {
                let mut text = ropey::Rope::from_str(&text);
                merge::merge(log, &from, &to, chars, &mut text, &mut Budget::default())
                    .map(|_| text.to_string())
            };
            match merge_in(&late) {
                Ok(text) => {
                    assert_eq!(Ok(text), merge_in(log));
                    merged += 1;
                }
                Err(merge::MergeError::NotLoaded(NotLoaded { lv })) => {
                    assert!(lv < start);
                    lacked += 1;
                }
                Err(error) => panic!("{error}"),
            }
            if let Ok(diff) = late.diff(&from, &to) {
                assert_eq!(Ok(diff), log.diff(&from, &to));
            }
        }
        let mut earlier = whole.history.log().clone();
        earlier.rollback(mark_at(log, start));
        late.load_before(earlier).unwrap();
        assert_eq!(batch(&late, 0..log.end()), batch(log, 0..log.end()));
        assert_eq!(late.heads().collect::<Vec<_>>(), log.heads().collect::<Vec<_>>());
        let again = late.append_foreign(&batch(log, 0..log.end()));
        assert_eq!(again, Ok(log.end()..log.end()), "everything is known");
    }
    assert!(merged > 100 && lacked > 100, "{merged} {lacked}");
}

/// The mark that a log had when it ended at `end`.
fn mark_at(log: &Log, end: Lv) -> crate::graph::log::Mark {
    let mut copy = Log::new();
    if end > 0 {
        copy.append_foreign(&batch(log, 0..end)).unwrap();
    }
    copy.mark()
}

#[test]
fn a_late_log_takes_foreign_events_only_if_it_knows_all_ids() {
    let whole = forked(&mut Rng::new(5));
    let start = whole.history.log().end() / 2;
    let half = batch(whole.history.log(), start..whole.history.log().end());
    let mut blind = tail(whole.history.log(), start, false);
    assert_eq!(blind.append_foreign(&half), Err(ForeignError::NotLoaded(NotLoaded { lv: 0 })));
    let mut knowing = tail(whole.history.log(), start, true);
    assert_eq!(knowing.append_foreign(&half), Ok(whole.history.log().end()..whole.history.log().end()));
    // What is known by its id alone cannot be compared.
    let all = batch(whole.history.log(), 0..whole.history.log().end());
    assert!(matches!(knowing.append_foreign(&all), Err(ForeignError::NotLoaded(_))));
}

#[test]
fn a_late_log_must_agree_with_itself() {
    let id = |seq| EventId { agent: agent(1), seq };
    assert!(Log::starting_at(0, &[], &[]).is_some());
    assert!(Log::starting_at(5, &[4], &[(4, id(4), 1)]).is_some());
    assert!(Log::starting_at(5, &[], &[(4, id(4), 1)]).is_none(), "no head");
    assert!(Log::starting_at(5, &[3], &[(4, id(4), 1)]).is_none(), "a head without id");
    assert!(Log::starting_at(5, &[4], &[(4, id(4), 2)]).is_none(), "an id behind the start");
    assert!(Log::starting_at(5, &[4], &[(4, id(4), 1), (3, id(3), 1)]).is_none(), "not ascending");
    assert!(Log::starting_at(5, &[4], &[(0, id(0), 3), (3, id(2), 2)]).is_none(), "an id twice");
    assert!(Log::starting_at(5, &[4], &[(4, id(MAX_EVENTS), 1)]).is_none(), "over the bound");
}

#[test]
fn versions_have_names_and_names_are_found() {
    let replica = forked(&mut Rng::new(8));
    let log = replica.history.log();
    for heads in [vec![], vec![0], vec![log.end() - 1], log.heads().collect()] {
        let version = log.version(&log.reduce(&heads).unwrap()).unwrap();
        let parsed: Version = version.to_string().parse().unwrap();
        let found = log.find_heads(&parsed).unwrap();
        assert_eq!(log.reduce(&found).unwrap().to_vec(), heads);
    }
    let stranger = EventId { agent: agent(99), seq: 3 };
    let unknown = log.find_heads(&Version::new(vec![stranger]).unwrap()).unwrap_err();
    assert_eq!(unknown.0, stranger);
}

#[test]
fn more_heads_than_an_event_can_follow_are_no_version() {
    let mut log = Log::new();
    for n in 0..65 {
        let mut burst = Burst::default();
        burst.insert(0, "x", 1);
        log.append(EventId { agent: agent(n), seq: 0 }, &[], &burst).unwrap();
    }
    let heads: Vec<Lv> = log.heads().collect();
    assert_eq!(log.reduce(&heads), Err(VersionError::TooManyHeads));
    let merge = |heads: &[Lv]| {
        merge::merge(&log, &Frontier::root(), heads, 0, &mut (), &mut Budget::default())
            .map(|merged| merged.chars)
    };
    assert_eq!(merge(&heads), Err(merge::MergeError::TooManyHeads));
    assert_eq!(merge(&heads[..64]), Ok(64));
}

#[test]
fn local_events_that_cannot_be_are_refused() {
    let mut log = Log::new();
    let mut burst = Burst::default();
    let id = |seq| EventId { agent: agent(1), seq };
    assert_eq!(log.append(id(0), &[], &burst), Err(AppendError::Empty));
    burst.insert(0, "abc", 3);
    assert_eq!(log.append(id(0), &[0], &burst), Err(AppendError::Parents), "itself");
    assert_eq!(log.append(id(MAX_EVENTS - 2), &[], &burst), Err(AppendError::Id));
    assert_eq!(log.append(id(5), &[], &burst), Ok(0));
    assert_eq!(log.append(id(3), &[2], &burst), Err(AppendError::Id), "it runs into a known one");
    assert_eq!(log.append(id(7), &[2], &burst), Err(AppendError::Id));
    assert_eq!(log.append(id(8), &[2, 2], &burst), Err(AppendError::Parents));
    assert_eq!(log.append(id(2), &[2], &burst), Ok(3), "an agent may go back for a gap");
    let mut far = Burst::default();
    far.insert(MAX_EVENTS - 1, "ab", 2);
    assert_eq!(log.append(id(8), &[5], &far), Err(AppendError::Position));
    assert_eq!(log.end(), 6);
}

#[test]
fn batches_that_no_log_could_hold_are_refused() {
    let run = |agent, seq, parents, kind, at, len, bytes| ForeignRun {
        agent,
        seq,
        parents,
        run: Run { kind, at, len, bytes },
    };
    let none = || ForeignParents::Of(smallvec::smallvec![]);
    let of = |parents: &[ForeignParent]| ForeignParents::Of(parents.into());
    use ForeignParent::{Here, There};
    use RunKind::{Delete, DeleteBack, Insert};
    let mut batch = Batch::new(vec![agent(1), agent(2)]).unwrap();
    assert_eq!(Batch::new(vec![agent(1), agent(1)]), Err(BadBatch::Agents));
    assert_eq!(batch.push(run(0, 0, ForeignParents::Previous, Insert, 0, 1, 1), "a"), Err(BadBatch::Parents));
    assert_eq!(batch.push(run(2, 0, none(), Insert, 0, 1, 1), "a"), Err(BadBatch::Agents));
    assert_eq!(batch.push(run(0, 0, none(), Insert, 0, 0, 0), ""), Err(BadBatch::Position));
    assert_eq!(batch.push(run(0, 0, none(), Insert, MAX_EVENTS, 1, 1), "a"), Err(BadBatch::Position));
    assert_eq!(batch.push(run(0, 0, none(), DeleteBack, 1, 3, 0), ""), Err(BadBatch::Position));
    assert_eq!(batch.push(run(0, 0, none(), Delete, u32::MAX, 1, 0), ""), Err(BadBatch::Position));
    assert_eq!(batch.push(run(0, 0, none(), Insert, 0, 2, 1), "a"), Err(BadBatch::Text));
    assert_eq!(batch.push(run(0, 0, none(), Insert, 0, 1, 2), "a"), Err(BadBatch::Text));
    assert_eq!(batch.push(run(0, 0, none(), Delete, 0, 1, 1), "a"), Err(BadBatch::Text));
    assert_eq!(batch.push(run(0, u32::MAX, none(), Insert, 0, 1, 1), "a"), Err(BadBatch::Sequence));
    assert_eq!(batch.push(run(0, MAX_EVENTS, none(), Insert, 0, 1, 1), "a"), Err(BadBatch::Sequence));
    assert_eq!(batch.push(run(0, 0, of(&[Here(0)]), Insert, 0, 1, 1), "a"), Err(BadBatch::Parents));
    assert_eq!(batch.push(run(0, 0, of(&[There(2, 0)]), Insert, 0, 1, 1), "a"), Err(BadBatch::Parents));
    let many: Vec<ForeignParent> = (0..65).map(|seq| There(1, seq)).collect();
    assert_eq!(batch.push(run(0, 0, of(&many), Insert, 0, 1, 1), "a"), Err(BadBatch::Parents));
    assert_eq!(
        batch.push(run(0, 0, of(&[There(1, 0), There(1, 0)]), Insert, 0, 1, 1), "a"),
        Err(BadBatch::Parents)
    );
    assert_eq!(batch.push(run(0, 0, none(), Delete, 0, (1 << 26) + 1, 0), ""), Err(BadBatch::TooLarge));
    assert_eq!((batch.events(), batch.agents()), (0, [agent(1), agent(2)].as_slice()), "nothing was kept");

    let mut full = batch.clone();
    full.push(run(0, 0, none(), Delete, 0, 1 << 26, 0), "").unwrap();
    assert_eq!(full.push(run(0, 1 << 26, none(), Delete, 0, 1, 0), ""), Err(BadBatch::TooLarge), "events");
    let mut full = batch.clone();
    (0..1 << 20).for_each(|seq| full.push(run(0, seq, none(), Delete, 0, 1, 0), "").unwrap());
    assert_eq!(full.push(run(0, 1 << 20, none(), Delete, 0, 1, 0), ""), Err(BadBatch::TooLarge), "runs");
    let mut full = batch.clone();
    let many: Vec<ForeignParent> = (0..64).map(|seq| There(1, seq)).collect();
    for seq in 0..1 << 15 {
        full.push(run(0, seq, of(&many), Delete, 0, 1, 0), "").unwrap();
    }
    let one_more = run(0, 1 << 15, of(&many[..1]), Delete, 0, 1, 0);
    assert_eq!(full.push(one_more, ""), Err(BadBatch::TooLarge), "parents");
    let mut agents: Vec<_> = (0..1 << 16).map(agent).collect();
    assert!(Batch::new(agents.clone()).is_ok());
    agents.push(agent(1 << 16));
    assert_eq!(Batch::new(agents), Err(BadBatch::Agents), "too many");

    batch.push(run(0, 0, none(), Insert, 0, 3, 4), "aéb").unwrap();
    batch.push(run(0, 2, ForeignParents::Previous, Delete, 0, 1, 0), "").unwrap();
    let twice = EventId { agent: agent(1), seq: 2 };
    assert_eq!(Log::new().append_foreign(&batch), Err(ForeignError::Repeated(twice)));

    let mut log = Log::new();
    let mut batch = Batch::new(vec![agent(1)]).unwrap();
    batch.push(run(0, 0, none(), Insert, 0, 2, 2), "ab").unwrap();
    log.append_foreign(&batch).unwrap();
    batch.push(run(0, 2, of(&[Here(1), There(0, 1)]), Insert, 0, 1, 1), "c").unwrap();
    assert_eq!(log.append_foreign(&batch), Err(ForeignError::Parents), "one parent by two names");
    assert_eq!(log.end(), 2);
}
