//! Random histories of several devices, compared with the oracle at every turn.
//!
//! `cargo xtask converge --graphs N` looks at more of them; the environment variable `WRITEMAGIC_GRAPHS_FROM` is the first
//! seed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::replica::{Replica, Rng, agent, apply};
use super::{forgetting, identity, oracle, undo};
use crate::graph::anchor::Side;
use crate::graph::log::{ForeignError, Log};
use crate::graph::merge::Merger;
use crate::graph::version::{EventId, Frontier, Lv};

/// How the writers of a history write.
struct Manner {
    /// One edit in so many deletes.
    deletes: usize,
    /// They all write at the start of the text.
    same_place: bool,
    unicode: bool,
    longest: usize,
    unreduced: bool,
    /// Pieces of history are walked from a kept state of at most this many bytes.
    kept_bytes: u64,
}

fn manner(seed: u64) -> Manner {
    let (deletes, same_place, unicode, longest) = match seed % 5 {
        0 => (3, false, false, 4),
        1 => (2, false, true, 4),
        2 => (6, true, false, 3),
        3 => (4, true, true, 2),
        _ => (4, false, true, if seed % 25 == 4 { 40 } else { 12 }),
    };
    let kept_bytes = if seed % 7 == 6 { 20_000 } else { u64::MAX };
    Manner { deletes, same_place, unicode, longest, unreduced: seed.is_multiple_of(3), kept_bytes }
}

#[derive(Debug, Default)]
struct Tally {
    events: u64,
    compared: u64,
    anchors: u64,
    many_headed: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.compared += other.compared;
        self.anchors += other.anchors;
        self.many_headed += other.many_headed;
    }
}

fn some_text(rng: &mut Rng, manner: &Manner) -> String {
    let len = 1 + rng.below(manner.longest);
    let char = |_| {
        if manner.unicode && rng.one_in(3) {
            ['é', '文', '😀', 'ß', '\u{301}', '한'][rng.below(6)]
        } else {
            char::from(b'a' + rng.below(26) as u8)
        }
    };
    (0..len).map(char).collect()
}

/// A few edits, as somebody makes them who types on, turns back, and jumps about.
fn edit(replica: &mut Replica, rng: &mut Rng, manner: &Manner) {
    if rng.one_in(30) {
        replica.agent = agent(rng.below(1 << 30) as u64 * 64 + 63); // the library was opened anew
    }
    let mut parents = replica.version.to_vec();
    if manner.unreduced && rng.one_in(8) && !parents.is_empty() {
        let past = oracle::past(replica.history.log(), &parents);
        let older = *past.iter().nth(rng.below(past.len())).unwrap();
        if !parents.contains(&older) {
            parents.push(older);
        }
    }
    let len = replica.chars() as usize;
    let mut at = if manner.same_place { (len / 2).min(2) } else { rng.below(len + 1) };
    for _ in 0..1 + rng.below(3) {
        let len = replica.chars() as usize;
        if len > 0 && rng.one_in(manner.deletes) {
            let at = if manner.same_place { 0 } else { rng.below(len) };
            let n = (1 + rng.below(manner.longest)).min(len - at);
            replica.delete(at as u32, n as u32, rng.one_in(2));
            parents = replica.version.to_vec();
        } else {
            let text = some_text(rng, manner);
            let here = at.min(len);
            replica.insert_after(here as u32, &text, &parents);
            parents = replica.version.to_vec();
            at = if manner.same_place { here } else { here + text.chars().count() };
        }
        if rng.one_in(4) {
            at = rng.below(replica.chars() as usize + 1);
        }
    }
}

fn set_anchors(replica: &mut Replica, rng: &mut Rng) {
    if replica.anchored.len() > 12 || replica.chars() == 0 {
        return;
    }
    let chars = oracle::chars(replica.history.log(), &replica.version);
    let alive: Vec<Lv> = chars.iter().filter(|char| !char.gone).map(|char| char.lv).collect();
    for _ in 0..3 {
        let char = rng.below(alive.len());
        let side = if rng.one_in(2) { Side::Before } else { Side::After };
        replica.anchor(char as u32, side, alive[char]);
    }
}

/// Merges and compares with the same merge as steps.
fn merge(replica: &mut Replica, to: &[Lv], tally: &mut Tally) {
    let before = replica.text.to_string();
    let steps = replica.steps_to(to);
    replica.merge(to).unwrap();
    assert_eq!(apply(&before, &steps), replica.text.to_string(), "steps, and a state that was kept");
    tally.many_headed += u64::from(to.len() > 2);
}

/// Compares anchors with where the oracle has their characters: `chars`, by id, with whether they are gone.
fn check_anchors(replica: &Replica, chars: &[(EventId, bool)], tally: &mut Tally) {
    let want = |lv: Lv, side: Side| {
        let id = replica.history.log().id(lv).unwrap();
        let i = chars.iter().position(|char| char.0 == id).unwrap();
        let before = chars[..i].iter().filter(|char| !char.1).count() as u32;
        let gone = chars[i].1;
        (if gone || side == Side::Before { before } else { before + 1 }, gone)
    };
    for (anchor, lv) in replica.anchors.all().iter().zip(&replica.anchored) {
        assert_eq!((anchor.at, anchor.dead), want(*lv, anchor.side), "an anchor that was moved");
    }
    for (stored, lv) in &replica.stored {
        let found = stored.resolve(replica.history.log(), &replica.version, &mut Default::default()).unwrap();
        assert_eq!((found.at, found.dead), want(*lv, stored.side), "a stored anchor");
    }
    tally.anchors += (replica.anchored.len() + replica.stored.len()) as u64;
}

/// One history. Panics where something differs.
fn history(seed: u64, tally: &mut Tally) {
    let rng = &mut Rng::new(seed);
    let manner = manner(seed);
    let n = 2 + rng.below(4);
    let mut replicas: Vec<Replica> =
        (0..n as u64).map(|i| Replica::new((i * 7 + seed) % 11 * 16 + i)).collect();
    for replica in &mut replicas {
        replica.merger = Merger::keeping(manner.kept_bytes);
    }
    for _ in 0..10 + rng.below(50) {
        let i = rng.below(n);
        if rng.one_in(6) {
            set_anchors(&mut replicas[i], rng);
        }
        match rng.below(8) {
            0 | 1 => {
                let other = (i + 1 + rng.below(n - 1)) % n;
                let [replica, other] = replicas.get_disjoint_mut([i, other]).unwrap();
                let from =
                    if rng.one_in(2) { 0 } else { rng.below(other.history.log().end() as usize) as Lv };
                let before = replica.history.log().end();
                match replica.receive(other, from) {
                    Ok(()) => {}
                    Err(ForeignError::Unknown(_)) if from > 0 => {
                        assert_eq!(replica.history.log().end(), before);
                        continue;
                    }
                    Err(error) => panic!("{error}"),
                }
                let heads = replica.heads();
                let to = match rng.below(4) {
                    0 => continue,
                    1 if !heads.is_empty() => vec![heads[rng.below(heads.len())]],
                    _ => heads,
                };
                merge(replica, &to, tally);
                if rng.one_in(4) {
                    let text = replica.text.to_string();
                    assert_eq!(replica.text_at(&replica.version), text, "walked from nothing");
                    assert_eq!(oracle::text(replica.history.log(), &replica.version), text, "the oracle's");
                    tally.compared += 1;
                }
            }
            2 if rng.one_in(4) && replicas[i].history.log().end() > 0 => {
                let version = Frontier::at(rng.below(replicas[i].history.log().end() as usize) as Lv);
                replicas[i].go_to(version);
            }
            _ => edit(&mut replicas[i], rng, &manner),
        }
    }
    finish(&mut replicas, tally);
    check_provenance(&replicas);
    forgetting::check(&replicas[0], rng);
}

/// Every event has, on every device, the provenance that its writer gave it, elsewhere to the second.
fn check_provenance(replicas: &[Replica]) {
    let mut written = HashMap::new();
    for (i, replica) in replicas.iter().enumerate() {
        for (first, events, origin, at) in &replica.wrote {
            let ids = (0..*events).map(|k| EventId { seq: first.seq + k, ..*first });
            written.extend(ids.map(|id| (id, (i, origin, *at))));
        }
    }
    for (i, replica) in replicas.iter().enumerate() {
        let log = replica.history.log();
        let mut end = 0;
        for (events, origin, at) in replica.history.authorship(0..log.end()) {
            assert_eq!(events.start, end, "one after the other");
            end = events.end;
            for (range, id) in log.ids_in(events) {
                for k in 0..range.len() as u32 {
                    let (writer, of_writer, exactly) = written[&EventId { seq: id.seq + k, ..id }];
                    let want = if writer == i { exactly } else { exactly.div_euclid(1000) * 1000 };
                    assert_eq!((origin, at), (of_writer, want));
                }
            }
        }
        assert_eq!(end, log.end());
    }
}

/// Everybody gets everything, and all texts and anchors are the oracle's.
fn finish(replicas: &mut [Replica], tally: &mut Tally) {
    for i in 0..replicas.len() {
        for j in (0..replicas.len()).filter(|j| *j != i) {
            let [replica, other] = replicas.get_disjoint_mut([i, j]).unwrap();
            replica.receive(other, 0).unwrap();
        }
    }
    let first = &replicas[0];
    let (chars, deleted) = oracle::walk(first.history.log(), &first.heads());
    identity::check(first.history.log(), &first.heads(), &chars, &deleted);
    let want: String = chars.iter().filter(|char| !char.gone).map(|char| char.char).collect();
    let chars: Vec<_> =
        chars.iter().map(|char| (first.history.log().id(char.lv).unwrap(), char.gone)).collect();
    let name = first.history.log().version(&first.history.log().reduce(&first.heads()).unwrap());
    let order = canonical(first.history.log());
    tally.events += u64::from(first.history.log().end());
    assert_eq!(order.len(), first.history.log().end() as usize);
    for replica in &mut *replicas {
        merge(replica, &replica.heads(), tally);
        assert_eq!(replica.text.to_string(), want, "all agree");
        assert_eq!(replica.text_at(&replica.version), want, "walked from nothing");
        assert_eq!(replica.history.log().version(&replica.version), name, "all name it the same");
        assert_eq!(canonical(replica.history.log()), order, "all know one order");
        check_anchors(replica, &chars, tally);
        tally.compared += 1;
    }
}

fn canonical(log: &Log) -> Vec<EventId> {
    let runs = log.canonical(std::slice::from_ref(&(0..log.end())));
    let ids =
        runs.flat_map(|(id, range)| (0..range.len() as u32).map(move |k| EventId { seq: id.seq + k, ..id }));
    ids.collect()
}

fn histories(seeds: std::ops::Range<u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let one = std::panic::catch_unwind(|| {
            let mut tally = Tally::default();
            history(seed, &mut tally);
            tally
        });
        let one = one.unwrap_or_else(|_| panic!("the history of seed {seed} fails"));
        tally.add(&one);
    }
    tally
}

fn check_histories(seeds: std::ops::Range<u64>) {
    let graphs = seeds.end - seeds.start;
    let tally = histories(seeds);
    assert!(
        tally.compared > 2 * graphs && tally.many_headed > graphs && tally.anchors > 5 * graphs,
        "{tally:?}"
    );
}

// Two tests, for two cores.
#[test]
fn random_histories_converge_to_what_the_oracle_says() {
    check_histories(0..750);
}

#[test]
fn more_random_histories_converge_to_what_the_oracle_says() {
    check_histories(750..1500);
}

/// Histories that a thread takes at a time.
const SLICE: u64 = 100;

#[test]
#[ignore = "as long as WRITEMAGIC_GRAPHS says: `cargo xtask converge`"] // deliberate: 1,500 are in every run
#[allow(clippy::print_stdout)]
fn many_graphs_converge() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).ok().map_or(otherwise, |value| value.parse().expect("a number"))
    };
    let (from, graphs) = (number("WRITEMAGIC_GRAPHS_FROM", 1_000_000), number("WRITEMAGIC_GRAPHS", 10_000));
    println!("seeds {from}..{}", from + graphs);
    let start = Instant::now();
    // In slices, so that no thread is done long before the others.
    let next = AtomicU64::new(from);
    let work = || {
        let mut tally = Tally::default();
        loop {
            // Relaxed: a number is given out once; nothing else goes with it.
            let first = next.fetch_add(SLICE, Ordering::Relaxed);
            if first >= from + graphs {
                return tally;
            }
            let seeds = first..(from + graphs).min(first + SLICE);
            for seed in seeds.clone().filter(|seed| seed.is_multiple_of(32)) {
                undo::histories(seed..seed + 1);
            }
            tally.add(&histories(seeds));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().for_each(|worker| tally.add(&worker.join().expect("all histories converge")));
    });
    println!("{tally:?}, {:.0} graphs a second", graphs as f64 / start.elapsed().as_secs_f64());
}
