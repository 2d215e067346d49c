//! Recorded histories of several writers: <https://github.com/josephg/editing-traces>, found through `WRITEMAGIC_TEST_DATA`.

use std::path::PathBuf;

use ropey::Rope;
use serde_json::Value;

use super::replica::{Rng, agent, whole};
use crate::graph::chunk;
use crate::graph::history::History;
use crate::graph::log::Log;
use crate::graph::merge::{self, Budget, Merger};
use crate::graph::version::{EventId, Frontier, Lv};
use crate::graph::{Burst, Origin};

/// Edits of one writer upon the texts of others.
pub(super) struct Transaction {
    pub(super) agent: u64,
    pub(super) parents: Vec<usize>,
    /// Position, characters deleted there, text inserted.
    pub(super) patches: Vec<(u32, u32, String)>,
}

pub(super) struct Trace {
    pub(super) transactions: Vec<Transaction>,
    pub(super) end: String,
}

/// A recorded history by its path below the traces; says so if there is none.
#[allow(clippy::print_stderr)]
pub(super) fn trace(name: &str) -> Option<Trace> {
    let Some(folder) = std::env::var_os("WRITEMAGIC_TEST_DATA") else {
        eprintln!("WRITEMAGIC_TEST_DATA is not set: {name} is not replayed");
        return None;
    };
    let path = PathBuf::from(folder).join("traces").join(format!("{name}.json.gz"));
    let file = std::fs::File::open(path).unwrap();
    let trace: Value =
        serde_json::from_reader(std::io::BufReader::new(flate2::read::GzDecoder::new(file))).unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    let concurrent = trace["kind"] == "concurrent";
    let transaction = |(i, transaction): (usize, &Value)| {
        let parents = match &transaction["parents"] {
            Value::Array(parents) if concurrent => {
                parents.iter().map(|parent| number(parent) as usize).collect()
            }
            _ => (i > 0).then(|| i - 1).into_iter().collect(),
        };
        let patch = |patch: &Value| {
            let inserted = patch[2].as_str().unwrap().to_owned();
            (number(&patch[0]) as u32, number(&patch[1]) as u32, inserted)
        };
        Transaction {
            agent: transaction["agent"].as_u64().unwrap_or(0),
            parents,
            patches: transaction["patches"].as_array().unwrap().iter().map(patch).collect(),
        }
    };
    Some(Trace {
        transactions: trace["txns"].as_array().unwrap().iter().enumerate().map(transaction).collect(),
        end: trace["endContent"].as_str().unwrap().to_owned(),
    })
}

/// A log that is built from transactions in any order with parents first.
pub(super) struct Builder<'a> {
    trace: &'a Trace,
    /// The agent's sequence number at which each transaction begins, which does not depend on the order.
    seqs: Vec<u32>,
    pub(super) history: History,
    /// The last event of each transaction; of an empty one that of its first parent.
    pub(super) ends: Vec<Option<Lv>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(trace: &'a Trace) -> Self {
        let mut next = std::collections::BTreeMap::new();
        let seq = |transaction: &Transaction| {
            let next = next.entry(transaction.agent).or_insert(0);
            let seq = *next;
            *next += burst(transaction).events();
            seq
        };
        let seqs = trace.transactions.iter().map(seq).collect();
        let ends = vec![None; trace.transactions.len()];
        Self { trace, seqs, history: History::new(), ends }
    }

    /// Adds transaction `i`; gives the version after it.
    pub(super) fn add(&mut self, i: usize) -> Vec<Lv> {
        let transaction = &self.trace.transactions[i];
        let mut parents: Vec<Lv> =
            transaction.parents.iter().filter_map(|parent| self.ends[*parent]).collect();
        parents.sort_unstable();
        parents.dedup();
        let burst = burst(transaction);
        if burst.is_empty() {
            self.ends[i] = parents.last().copied();
            return parents;
        }
        let id = EventId { agent: agent(transaction.agent), seq: self.seqs[i] };
        self.history.append(id, &parents, &burst, &Origin::person(), 0).unwrap();
        self.ends[i] = Some(self.history.log().end() - 1);
        vec![self.history.log().end() - 1]
    }

    pub(super) fn all(mut self) -> History {
        for i in 0..self.trace.transactions.len() {
            self.add(i);
        }
        self.history
    }
}

pub(super) fn burst(transaction: &Transaction) -> Burst {
    let mut burst = Burst::default();
    for (at, deleted, inserted) in &transaction.patches {
        burst.delete(*at, *deleted);
        burst.insert(*at, inserted, inserted.chars().count() as u32);
    }
    burst
}

pub(super) fn replay(log: &Log) -> String {
    let mut text = Rope::new();
    let heads: Vec<Lv> = log.heads().collect();
    merge::merge(log, &Frontier::root(), &heads, 0, &mut text, &mut Budget::default()).unwrap();
    text.to_string()
}

/// The transactions in another order, parents first: of those that could be next, one at random.
fn shuffled(trace: &Trace, rng: &mut Rng) -> Vec<usize> {
    let n = trace.transactions.len();
    let mut children = vec![Vec::new(); n];
    let mut waits: Vec<usize> =
        trace.transactions.iter().map(|transaction| transaction.parents.len()).collect();
    for (i, transaction) in trace.transactions.iter().enumerate() {
        transaction.parents.iter().for_each(|parent| children[*parent].push(i));
    }
    let mut ready: Vec<usize> = (0..n).filter(|i| waits[*i] == 0).collect();
    let mut order = Vec::with_capacity(n);
    while !ready.is_empty() {
        let i = ready.swap_remove(rng.below(ready.len()));
        order.push(i);
        for child in &children[i] {
            waits[*child] -= 1;
            if waits[*child] == 0 {
                ready.push(*child);
            }
        }
    }
    order
}

/// Replays a recording in many orders, each merged whole, and piece by piece with a state that is kept.
fn converges(name: &str, orders: u64, crc: u32) {
    let Some(trace) = trace(&format!("concurrent/{name}")) else { return };
    let want = replay(Builder::new(&trace).all().log());
    assert_eq!(crc32c::crc32c(want.as_bytes()), crc, "{name} ends with the text that it always had");
    if name == "clownschool" {
        assert!(want == trace.end, "as recorded");
    }
    for seed in 0..orders {
        let rng = &mut Rng::new(seed);
        let mut builder = Builder::new(&trace);
        let (mut text, mut version, mut merger) = (Rope::new(), Frontier::root(), Merger::default());
        let pieces = [300, 40, 1000, 7, 100, 1][seed as usize % if seed < 20 { 5 } else { 6 }];
        let order = shuffled(&trace, rng);
        for (k, some) in order.chunks(pieces).enumerate() {
            some.iter().for_each(|i| drop(builder.add(*i)));
            let heads: Vec<Lv> = builder.history.log().heads().collect();
            let is_last = (k + 1) * pieces >= order.len();
            // Now and then later: what stays out makes the next merge longer.
            if !is_last && (heads.len() > 64 || rng.one_in(4)) {
                continue;
            }
            let chars = text.len_chars() as u32;
            let budget = &mut Budget::default();
            version = merger
                .merge(builder.history.log(), &version, &heads, chars, &mut text, budget)
                .unwrap()
                .version;
        }
        assert!(text == want, "{name}, piece by piece in order {seed}");
        assert!(replay(builder.history.log()) == want, "{name}, whole, in order {seed}");
    }
}

// Agents are compared as bytes, in the order of their numbers. So `clownschool` ends as recorded. `git-makefile` does in
// no library, as its positions come from an order of agents that the file does not carry; the checksum is that of the text
// that diamond-types makes of it with the agents in this order.
const CLOWNSCHOOL: u32 = 0x068083b6;
const GIT_MAKEFILE: u32 = 0xe9eba546;

#[test]
fn a_recorded_conversation_converges_in_any_order() {
    converges("clownschool", 20, CLOWNSCHOOL);
}

#[test]
fn a_recorded_repository_converges_in_any_order() {
    converges("git-makefile", 20, GIT_MAKEFILE);
}

#[test]
#[ignore = "minutes: `cargo xtask converge`"] // deliberate: too long for every run; run with the random histories
fn recorded_histories_converge_in_hundreds_of_orders() {
    converges("clownschool", 200, CLOWNSCHOOL);
    converges("git-makefile", 200, GIT_MAKEFILE);
}

/// The chunks of a history of at most so many events each.
fn chunks(history: &History, events: usize) -> Vec<Vec<u8>> {
    let end = history.log().end();
    let starts = (0..end).step_by(events);
    let ranges = starts.map(|start| start..end.min(start + events as Lv));
    ranges.map(|range| chunk::encode(&history.chunk(std::slice::from_ref(&range)).unwrap())).collect()
}

#[test]
fn recorded_histories_take_few_bytes() {
    for (name, most) in [
        ("sequential/automerge-paper", 75_000),
        ("concurrent/clownschool", 26_000),
        ("concurrent/git-makefile", 112_000),
    ] {
        let Some(trace) = trace(name) else { return };
        let history = Builder::new(&trace).all();
        let chunks = chunks(&history, 131_072);
        let bytes: usize = chunks.iter().map(Vec::len).sum();
        assert!(bytes <= most, "{name}: {bytes} bytes");
        let mut read = History::new();
        for chunk in &chunks {
            read.append_chunk(&chunk::decode(chunk).unwrap()).unwrap();
        }
        assert!(whole(&read) == whole(&history), "{name}");
    }
}
