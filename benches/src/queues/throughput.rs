//! As many values as possible.

use std::sync::Barrier;
use std::thread;

use anyhow::{Context as _, Result, ensure};
use crossbeam_utils::Backoff;

use super::CAPACITY;
use super::contenders::{Array, Consumer, Crossbeam, Flume, Many, One, Producer, Queue, Rtrb, Std};
use crate::measure::{Cost, cost_of, median};
use crate::plan::Plan;
use crate::report::{Table, duration, ratio};

/// Values that one thread pushes before it takes them.
const ALONE: usize = 32;

#[derive(Clone, Copy)]
struct Scenario {
    producers: usize,
    batch: usize,
    values: u64,
}

struct Contender {
    name: &'static str,
    only_one_producer: bool,
    run: fn(Scenario) -> Result<Cost>,
    alone: fn(u64) -> Result<Cost>,
}

const fn many<Q: Queue>() -> Contender {
    Contender { name: Q::NAME, only_one_producer: false, run: run::<Q>, alone: alone::<Q> }
}

const fn one<Q: Queue>() -> Contender {
    Contender { name: Q::NAME, only_one_producer: true, run: run::<Q>, alone: alone::<Q> }
}

const CONTENDERS: [Contender; 7] = [
    many::<Many>(),
    one::<One>(),
    many::<Array>(),
    many::<Crossbeam>(),
    many::<Std>(),
    many::<Flume>(),
    one::<Rtrb>(),
];

pub(super) fn measure(plan: &Plan) -> Result<String> {
    let mut columns = vec!["ns a value, wall (CPU)"];
    columns.extend(CONTENDERS.iter().map(|contender| contender.name));
    columns.push("mpsc against ArrayQueue");
    let mut table = Table::new(&columns);
    plan.say("queues: one thread");
    let mut costs = [const { Vec::new() }; CONTENDERS.len()];
    for _ in 0..plan.rounds {
        for (contender, costs) in CONTENDERS.iter().zip(&mut costs) {
            costs.push((contender.alone)(plan.queue_values)?);
        }
    }
    table.row(&row(format!("one thread, batches of {ALONE}"), &costs, plan));
    for producers in [1, 2, 4] {
        for batch in [1, 32] {
            plan.say(&format!("queues: {producers} producers, batches of {batch}"));
            let scenario = Scenario { producers, batch, values: plan.queue_values };
            let mut costs = [const { Vec::new() }; CONTENDERS.len()];
            for _ in 0..plan.rounds {
                for (contender, costs) in CONTENDERS.iter().zip(&mut costs) {
                    if producers == 1 || !contender.only_one_producer {
                        costs.push((contender.run)(scenario)?);
                    }
                }
            }
            let plural = if producers == 1 { "" } else { "s" };
            table.row(&row(format!("{producers} producer{plural}, batches of {batch}"), &costs, plan));
        }
    }
    Ok(table.finish())
}

fn row(name: String, costs: &[Vec<Cost>; CONTENDERS.len()], plan: &Plan) -> Vec<String> {
    let per_value = |time: f64| time / plan.queue_values as f64;
    let wall = |costs: &[Cost]| per_value(median(costs.iter().map(|cost| cost.wall)));
    let cpu = |costs: &[Cost]| per_value(median(costs.iter().map(|cost| cost.cpu)));
    let mut row = vec![name];
    row.extend(costs.iter().map(|costs| match costs.as_slice() {
        [] => "–".to_owned(),
        costs => format!("{} ({})", duration(wall(costs)), duration(cpu(costs))),
    }));
    row.push(ratio(wall(&costs[2]), wall(&costs[0])));
    row
}

/// What values take that one thread pushes and takes, batch by batch: the calls, without other processors.
fn alone<Q: Queue>(values: u64) -> Result<Cost> {
    let (mut ends, mut consumer) = Q::open(CAPACITY, 1)?;
    let end = ends.first_mut().context("a queue without a producer")?;
    let (sum, cost) = cost_of(|| {
        let mut sum = 0_u64;
        for first in (0..values).step_by(ALONE) {
            let last = values.min(first + ALONE as u64);
            for value in first..last {
                ensure!(end.push([value; 6]), "{} is full", Q::NAME);
            }
            let mut left = (last - first) as usize;
            while left > 0 {
                left -= consumer.take(left, |value| sum = sum.wrapping_add(value[0]));
            }
        }
        Ok(sum)
    })?;
    ensure!(sum == (0..values).sum::<u64>(), "{} lost or repeated a value", Q::NAME);
    Ok(cost)
}

/// What all values of a scenario took, from when every thread is there to when the last value is.
fn run<Q: Queue>(scenario: Scenario) -> Result<Cost> {
    let Scenario { producers, batch, values } = scenario;
    let (ends, mut consumer) = Q::open(CAPACITY, producers)?;
    ensure!(ends.len() == producers, "{} has only one producer", Q::NAME);
    let start = Barrier::new(producers + 1);
    let each = values / producers as u64;
    let total = each * producers as u64;
    let (sum, cost) = thread::scope(|scope| {
        for (number, mut end) in ends.into_iter().enumerate() {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                let first = number as u64 * each;
                let backoff = Backoff::new();
                for value in first..first + each {
                    while !end.push([value; 6]) {
                        backoff.snooze();
                    }
                    backoff.reset();
                }
            });
        }
        start.wait();
        cost_of(|| {
            let (mut taken, mut sum) = (0, 0_u64);
            let backoff = Backoff::new();
            while taken < total {
                match consumer.take(batch, |value| sum = sum.wrapping_add(value[0])) {
                    0 => backoff.snooze(),
                    some => {
                        taken += some as u64;
                        backoff.reset();
                    }
                }
            }
            Ok(sum)
        })
    })?;
    ensure!(sum == (0..total).sum::<u64>(), "{} lost or repeated a value", Q::NAME);
    Ok(cost)
}
