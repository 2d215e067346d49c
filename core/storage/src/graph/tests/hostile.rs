//! Histories made to do harm: to be slow, to fill memory, to leave something behind.

use super::replica::{self, Replica, Rng, agent};
use crate::graph::RunKind;
use crate::graph::burst::Run;
use crate::graph::log::{Batch, ForeignParent, ForeignParents, ForeignRun, Log};
use crate::graph::merge::{self, Budget, MergeError, Merger};
use crate::graph::version::{Frontier, Lv};
use writemagic_shared::runtime::Cancelled;

/// `teeth` insertions at one place that do not know of each other, each by its own agent, then one that follows all of
/// 60 of them, and so on `rows` times.
fn comb(teeth: u64, rows: u64) -> Replica {
    let mut replica = Replica::new(0);
    replica.insert(0, "[]");
    let mut front = replica.version.to_vec();
    for row in 0..rows {
        let mut heads = Vec::new();
        for tooth in 0..teeth {
            replica.agent = agent(1 + row * teeth + tooth);
            replica.version = replica.history.log().reduce(&front).unwrap();
            replica.text = "[]".into();
            replica.insert_after(1, "x", &front.clone());
            heads.push(replica.version[0]);
        }
        front = heads.into_iter().take(60).collect();
    }
    replica
}

fn walk(log: &Log, budget: &mut Budget<'_>) -> Result<u32, MergeError> {
    let heads: Vec<Lv> = log.heads().collect();
    let mut text = ropey::Rope::new();
    for some in heads.chunks(60) {
        merge::merge(log, &Frontier::root(), some, 0, &mut text, budget)?;
        text = ropey::Rope::new();
    }
    Ok(heads.len() as u32)
}

#[test]
fn a_comb_ends_at_the_step_budget() {
    let replica = comb(60, 20);
    let log = replica.history.log();
    assert!(walk(log, &mut Budget::default()).is_ok());
    assert_eq!(walk(log, &mut Budget::steps(2_000)), Err(MergeError::Steps));
}

#[test]
fn a_merge_can_be_cancelled_and_changes_nothing() {
    let mut replica = comb(60, 20);
    replica.agent = agent(77_000);
    replica.go_to(Frontier::root());
    let heads = replica.heads();
    replica.merge(&[0]).unwrap();
    let (version, text) = (replica.version.clone(), replica.text.clone());
    let mut asked = 0;
    let mut cancel = || {
        asked += 1;
        if asked == 1 { Err(Cancelled) } else { Ok(()) }
    };
    let mut budget = Budget::default().checked_by(&mut cancel);
    let mut out = text.clone();
    let chars = replica.chars();
    let result = replica.merger.merge(replica.history.log(), &version, &heads, chars, &mut out, &mut budget);
    assert_eq!(result, Err(MergeError::Cancelled(Cancelled)));
    assert_eq!(asked, 1);
    replica.merge_all();
    assert_eq!(replica.text.to_string(), replica.text_at(&replica.version));
}

#[test]
fn deletions_of_a_long_text_by_many_cost_a_step_each() {
    let mut replica = Replica::new(0);
    replica.insert(0, &"x".repeat(1 << 16));
    let fork = replica.version.clone();
    for n in 1..=60 {
        replica.agent = agent(n);
        replica.version = fork.clone();
        replica.text = "x".repeat(1 << 16).as_str().into();
        replica.delete(0, 1 << 16, n % 2 == 0);
    }
    replica.go_to(fork);
    let heads = replica.heads();
    let mut deleted = merge::Counted::default();
    let budget = &mut Budget::steps(2_000);
    let merged = replica.merger.merge(
        replica.history.log(),
        &replica.version,
        &heads,
        replica.chars(),
        &mut deleted,
        budget,
    );
    assert_eq!((merged.unwrap().chars, deleted.deleted), (0, 1 << 16));
    assert!(replica.merger.bytes() < 100_000, "{} bytes", replica.merger.bytes());
}

#[test]
fn what_is_kept_between_merges_is_bounded_and_can_be_dropped() {
    let (mut a, mut b) = (Replica::new(1), Replica::new(2));
    a.insert(0, &"start ".repeat(50));
    b.receive(&a, 0).unwrap();
    b.merge_all();
    a.merger = Merger::keeping(10_000);
    let mut most = 0;
    let rng = &mut Rng::new(3);
    for round in 0..80 {
        let at = rng.below(b.chars() as usize) as u32;
        b.insert(at, "and ");
        a.insert(rng.below(a.chars() as usize) as u32, "or ");
        a.receive(&b, 0).unwrap();
        let merged = a.merge_all();
        assert!(merged.forked);
        most = most.max(a.merger.bytes());
        if round == 20 {
            a.merger.forget();
            assert_eq!(a.merger.bytes(), 0);
        }
    }
    assert!(most > 2_000 && most <= 10_000, "{most} bytes");
    assert_eq!(a.text.to_string(), a.text_at(&a.version));
}

#[test]
fn a_kept_state_walks_what_is_new_and_no_more() {
    let (mut a, mut b) = (Replica::new(1), Replica::new(2));
    a.insert(0, &"start ".repeat(50));
    b.receive(&a, 0).unwrap();
    b.merge_all();
    for round in 0..200 {
        b.insert(round, "b");
        a.insert(a.chars() - 2 * round, "a");
        a.receive(&b, b.history.log().end() - 1).unwrap();
        let merged = a.merge_all();
        if round > 1 {
            assert!(merged.walked <= 4, "round {round}: {merged:?}");
        }
    }
    assert_eq!(a.text.to_string(), a.text_at(&a.version));
}

/// Well-formed events with wrong positions, parents and kinds: valid or refused, and nothing is left of the refused.
#[test]
fn random_batches_are_valid_or_leave_nothing_behind() {
    let (mut taken, mut refused) = (0, 0);
    for seed in 0..400 {
        let rng = &mut Rng::new(seed);
        let mut replica = Replica::new(1);
        replica.insert(0, "some text");
        for _ in 0..12 {
            let batch = random_batch(rng, &replica);
            let mark = replica.history.mark();
            let before = replica::batch(replica.history.log(), 0..replica.history.log().end());
            let heads: Vec<Lv> = replica.history.log().heads().collect();
            let result = match replica.take(&batch) {
                Ok(()) => replica.merge(&replica.heads()).map(drop),
                Err(_) => Err(MergeError::Sink),
            };
            if result.is_ok() {
                taken += 1;
                assert_eq!(
                    replica.text.to_string(),
                    super::oracle::text(replica.history.log(), &replica.version)
                );
            } else {
                refused += 1;
                replica.history.rollback(mark);
                assert_eq!(replica::batch(replica.history.log(), 0..replica.history.log().end()), before);
                assert_eq!(replica.history.log().heads().collect::<Vec<_>>(), heads);
            }
            if rng.one_in(3) {
                replica.insert(rng.below(replica.chars() as usize + 1) as u32, "é");
            }
        }
        assert_eq!(replica.text.to_string(), replica.text_at(&replica.version));
    }
    assert!(taken > 300 && refused > 300, "{taken} {refused}");
}

fn random_batch(rng: &mut Rng, replica: &Replica) -> Batch {
    let agents = [2, 3, 1].map(agent);
    let mut batch = Batch::new(agents.to_vec()).unwrap();
    let mut next = agents.map(|agent| replica.history.log().next_seq(&agent));
    for _ in 0..1 + rng.below(5) {
        let number = rng.below(2);
        let kind = [RunKind::Insert, RunKind::Delete, RunKind::DeleteBack][rng.below(3)];
        let len = 1 + rng.below(3) as u32;
        let text = if kind == RunKind::Insert { "é".repeat(len as usize) } else { String::new() };
        let parents = match rng.below(3) {
            0 => ForeignParents::Previous,
            1 if batch.events() > 0 => {
                let one = ForeignParent::Here(rng.below(batch.events() as usize) as u32);
                ForeignParents::Of(smallvec::smallvec![one])
            }
            _ => {
                let id =
                    replica.history.log().id(rng.below(replica.history.log().end() as usize) as Lv).unwrap();
                let known = agents.iter().position(|agent| *agent == id.agent).unwrap();
                ForeignParents::Of(smallvec::smallvec![ForeignParent::There(known as u32, id.seq)])
            }
        };
        let run = Run { kind, at: rng.below(12) as u32, len, bytes: text.len() as u32 };
        let one = ForeignRun { agent: number as u32, seq: next[number], parents, run };
        if batch.push(one, &text).is_ok() {
            next[number] += len;
        }
    }
    batch
}
