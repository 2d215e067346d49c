//! Everything that can happen, in every order: the states answer as the model does.

use std::time::Duration;

use proptest::prelude::*;

use super::super::state::{BreakerSettings, BreakerState, Core, Ticket};
use super::super::window::{Outcome, Rates};
use super::model::Model;
use crate::resilience::Moment;

/// Small, so that short sequences come far: the third call opens it, waits are 4, 8 and 10 s.
const SMALL: BreakerSettings = BreakerSettings {
    window: 3,
    minimum_calls: 2,
    failure_percent: 50,
    slow_after: Duration::from_secs(1),
    slow_percent: 80,
    open: Duration::from_secs(4),
    open_most: Duration::from_secs(10),
    asked_most: Duration::from_secs(20),
    half_open_permits: 2,
    half_open_most: Duration::from_secs(6),
};

/// Which of the calls under way.
#[derive(Clone, Copy, Debug)]
enum Which {
    Oldest,
    Newest,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Acquire,
    Record(Which, Outcome, Option<u64>),
    Release(Which),
    Wait(u64),
    ForceOpen,
    ForceClosed,
    Reset,
}
use Operation::*;
use Which::*;

const GOOD: Outcome = Outcome { failed: false, slow: false };
const BAD: Outcome = Outcome { failed: true, slow: false };
const SLOW: Outcome = Outcome { failed: false, slow: true };

const OPERATIONS: [Operation; 13] = [
    Acquire,
    Record(Oldest, GOOD, None),
    Record(Oldest, BAD, None),
    Record(Newest, BAD, Some(13)),
    Record(Newest, SLOW, None),
    Release(Oldest),
    Release(Newest),
    Wait(1),
    Wait(4),
    Wait(6),
    ForceOpen,
    ForceClosed,
    Reset,
];

#[derive(Clone)]
struct Pair {
    core: Core,
    model: Model,
    now: Moment,
    under_way: Vec<(Ticket, usize)>,
    changes: usize,
}

impl Pair {
    fn new(settings: BreakerSettings) -> Self {
        Self {
            core: Core::new(settings),
            model: Model::new(settings),
            now: Moment::from_nanos(0),
            under_way: Vec::new(),
            changes: 0,
        }
    }

    fn take(&mut self, which: Which) -> Option<(Ticket, usize)> {
        match which {
            _ if self.under_way.is_empty() => None,
            Oldest => Some(self.under_way.remove(0)),
            Newest => self.under_way.pop(),
        }
    }

    /// Does it on both, and answers whether it was possible.
    fn apply(&mut self, operation: Operation) -> bool {
        let now = self.now;
        match operation {
            Acquire => match (self.core.acquire(now), self.model.acquire(now)) {
                (Ok(ticket), Ok(call)) => self.under_way.push((ticket, call)),
                (Err(refusal), Err(retry_at)) => assert_eq!(refusal.retry_at, retry_at),
                (states, model) => panic!("{states:?} is not {model:?}"),
            },
            Record(which, outcome, asked) => {
                let Some((ticket, call)) = self.take(which) else { return false };
                let asked = asked.map(Duration::from_secs);
                self.core.record(ticket, outcome, asked, now);
                self.model.record(call, outcome, asked, now);
            }
            Release(which) => {
                let Some((ticket, call)) = self.take(which) else { return false };
                self.core.release(ticket, now);
                self.model.release(call, now);
            }
            Wait(seconds) => self.now = now.after(Duration::from_secs(seconds)),
            ForceOpen => {
                self.core.force_open(now);
                self.model.force(BreakerState::ForcedOpen, now);
            }
            ForceClosed => {
                self.core.force_closed(now);
                self.model.force(BreakerState::ForcedClosed, now);
            }
            Reset => {
                self.core.reset(now);
                self.model.force(BreakerState::Closed, now);
            }
        }
        true
    }

    fn assert_equal(&mut self) {
        assert_eq!(self.core.state(self.now), self.model.state(self.now));
        let (calls, failed, slow) = self.model.counts();
        let rates = Rates { calls: calls as u32, failed: failed as u32, slow: slow as u32 };
        assert_eq!(self.core.rates(self.now), rates);
        let changes = self.core.take_changes();
        self.changes += changes.len();
        assert_eq!(self.changes, self.model.changes());
        assert!(changes.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].at <= pair[1].at));
    }
}

fn explore(pair: &Pair, depth: usize, path: &mut Vec<Operation>, visited: &mut u64) {
    for operation in OPERATIONS {
        let mut next = pair.clone();
        path.push(operation);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let possible = next.apply(operation);
            if possible {
                next.assert_equal();
            }
            possible
        }));
        match outcome {
            Err(_) => panic!("after {path:?}"),
            Ok(true) => {
                *visited += 1;
                if depth > 1 {
                    explore(&next, depth - 1, path, visited);
                }
            }
            Ok(false) => {}
        }
        path.pop();
    }
}

/// Explores everything that can follow `start`, and answers how many sequences that were.
fn explore_after(start: &[Operation], depth: usize) -> u64 {
    let mut pair = Pair::new(SMALL);
    start.iter().for_each(|operation| assert!(pair.apply(*operation)));
    pair.assert_equal();
    let mut visited = 0;
    explore(&pair, depth, &mut start.to_vec(), &mut visited);
    visited
}

#[test]
fn every_sequence_of_six_operations_goes_as_the_model_says() {
    assert!(explore_after(&[], 6) > 300_000);
}

/// It opened, and one call is still under way from before.
const OPENED: [Operation; 5] =
    [Acquire, Acquire, Acquire, Record(Newest, BAD, None), Record(Newest, BAD, None)];
/// Its wait is over, and two probes are on their way.
const PROBES: [Operation; 3] = [Wait(4), Acquire, Acquire];

#[test]
fn every_sequence_of_six_operations_after_it_opened_goes_as_the_model_says() {
    assert!(explore_after(&OPENED, 6) > 300_000);
}

#[test]
fn every_sequence_of_six_operations_among_probes_goes_as_the_model_says() {
    assert!(explore_after(&[&OPENED[..], &PROBES].concat(), 6) > 300_000);
}

#[test]
fn every_sequence_of_six_operations_after_a_second_opening_goes_as_the_model_says() {
    let verdicts = [Record(Newest, BAD, Some(13)), Record(Newest, GOOD, None)];
    assert!(explore_after(&[&OPENED[..], &PROBES, &verdicts].concat(), 6) > 100_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn long_sequences_go_as_the_model_says(
        operations in prop::collection::vec((0..OPERATIONS.len() + 12, 0..40_u64), 0..150),
        window in 1..8_u32,
        minimum in 1..8_u32,
        permits in 1..4_u32,
    ) {
        // Calls and verdicts are likelier than interventions; waits are of any length.
        let settings =
            BreakerSettings { window, minimum_calls: minimum.min(window), half_open_permits: permits, ..SMALL };
        let mut pair = Pair::new(settings);
        for (number, seconds) in operations {
            let operation = match number {
                _ if number < OPERATIONS.len() => OPERATIONS[number],
                _ if number < OPERATIONS.len() + 6 => Acquire,
                _ if number < OPERATIONS.len() + 8 => Record(Oldest, BAD, None),
                _ if number < OPERATIONS.len() + 10 => Record(Oldest, GOOD, None),
                _ => Wait(seconds),
            };
            pair.apply(operation);
            pair.assert_equal();
        }
    }
}
