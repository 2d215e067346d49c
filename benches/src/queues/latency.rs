//! What one call costs whoever makes it.

use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use crossbeam_utils::Backoff;

use super::CAPACITY;
use super::contenders::{
    Array, Consumer, Crossbeam, Flume, Many, One, Producer, Queue, Rtrb, Sleeper, Std, Value,
};
use crate::measure::{Cost, cost_of, median, nanoseconds, percentile};
use crate::plan::Plan;
use crate::report::{Table, count, duration};

/// Turns of an idle loop between two pushes, so that the queue is mostly not full.
const PAUSE: usize = 20;

/// A queue that takes everything and keeps nothing: what the clock costs.
struct Nothing;

impl Queue for Nothing {
    const NAME: &'static str = "the clock alone";
    type Producer = Nothing;
    type Consumer = Nothing;

    fn open(_: usize, producers: usize) -> Result<(Vec<Nothing>, Nothing)> {
        Ok(((0..producers).map(|_| Nothing).collect(), Nothing))
    }
}

impl Producer for Nothing {
    #[inline]
    fn push(&mut self, value: Value) -> bool {
        std::hint::black_box(value);
        true
    }
}

impl Consumer for Nothing {
    fn take(&mut self, _: usize, _: impl FnMut(Value)) -> usize {
        0
    }
}

struct Contender {
    name: &'static str,
    only_one_producer: bool,
    run: fn(usize, u64) -> Result<Vec<f64>>,
}

const fn many<Q: Queue>() -> Contender {
    Contender { name: Q::NAME, only_one_producer: false, run: timed_pushes::<Q> }
}

const fn one<Q: Queue>() -> Contender {
    Contender { name: Q::NAME, only_one_producer: true, run: timed_pushes::<Q> }
}

const CONTENDERS: [Contender; 8] = [
    many::<Nothing>(),
    many::<Many>(),
    one::<One>(),
    many::<Array>(),
    many::<Crossbeam>(),
    many::<Std>(),
    many::<Flume>(),
    one::<Rtrb>(),
];

pub(super) fn pushes(plan: &Plan) -> Result<String> {
    let mut columns = vec!["median (p99) of a push"];
    columns.extend(CONTENDERS.iter().map(|contender| contender.name));
    let mut table = Table::new(&columns);
    for producers in [1, 4] {
        plan.say(&format!("queues: pushes of {producers}"));
        let mut figures = [const { Vec::new() }; CONTENDERS.len()];
        for _ in 0..plan.rounds {
            for (contender, figures) in CONTENDERS.iter().zip(&mut figures) {
                if producers == 1 || !contender.only_one_producer {
                    let times = (contender.run)(producers, plan.queue_values / 4)?;
                    figures.push((median(times.iter().copied()), percentile(times, 0.99)));
                }
            }
        }
        let mut row =
            vec![if producers == 1 { "1 producer".to_owned() } else { format!("{producers} producers") }];
        row.extend(figures.iter().map(|figures| match figures.as_slice() {
            [] => "–".to_owned(),
            figures => {
                let half = median(figures.iter().map(|(half, _)| *half));
                let most = median(figures.iter().map(|(_, most)| *most));
                format!("{} ({})", duration(half), duration(most))
            }
        }));
        table.row(&row);
    }
    Ok(format!(
        "Each push timed alone, the clock's own cost included; producers idle for {PAUSE} turns of a spin loop after \
         each. Median and 99th percentile of each round, of which the median over the rounds.\n\n{}",
        table.finish()
    ))
}

/// What each push took whoever made it, while the consumer takes batches.
fn timed_pushes<Q: Queue>(producers: usize, values: u64) -> Result<Vec<f64>> {
    let (ends, mut consumer) = Q::open(CAPACITY, producers)?;
    ensure!(ends.len() == producers, "{} has only one producer", Q::NAME);
    let start = Barrier::new(producers + 1);
    thread::scope(|scope| {
        let start = &start;
        let push = |end: Q::Producer| {
            scope.spawn(move || {
                start.wait();
                push_all(end, values / producers as u64)
            })
        };
        let pushing: Vec<_> = ends.into_iter().map(push).collect();
        start.wait();
        let backoff = Backoff::new();
        while !pushing.iter().all(ScopedJoinHandle::is_finished) {
            match consumer.take(32, drop) {
                0 => backoff.snooze(),
                _ => backoff.reset(),
            }
        }
        let mut times = Vec::new();
        for thread in pushing {
            times.extend(thread.join().map_err(|_| anyhow!("a producer panicked"))?);
        }
        Ok(times)
    })
}

fn push_all(mut end: impl Producer, values: u64) -> Vec<f64> {
    let mut times = Vec::with_capacity(values as usize);
    let backoff = Backoff::new();
    for value in 0..values {
        loop {
            let before = Instant::now();
            let pushed = end.push([value; 6]);
            let time = before.elapsed();
            if pushed {
                times.push(nanoseconds(time));
                break;
            }
            backoff.snooze();
        }
        backoff.reset();
        (0..PAUSE).for_each(|_| std::hint::spin_loop());
    }
    times
}

struct Pair {
    name: &'static str,
    run: fn(u64) -> Result<Cost>,
}

const fn pair<Q: Queue<Consumer: Sleeper>>() -> Pair {
    Pair { name: Q::NAME, run: there_and_back::<Q> }
}

const PAIRS: [Pair; 5] = [pair::<Many>(), pair::<One>(), pair::<Crossbeam>(), pair::<Std>(), pair::<Flume>()];

pub(super) fn round_trips(plan: &Plan) -> Result<String> {
    plan.say("queues: there and back");
    let trips = (plan.queue_values / 100).max(1);
    let mut costs = [const { Vec::new() }; PAIRS.len()];
    for _ in 0..plan.rounds {
        for (pair, costs) in PAIRS.iter().zip(&mut costs) {
            costs.push((pair.run)(trips)?);
        }
    }
    let mut table = Table::new(&["a round trip", "wall", "CPU of both"]);
    for (pair, costs) in PAIRS.iter().zip(&costs) {
        let per_trip = |time: f64| duration(time / trips as f64);
        let wall = median(costs.iter().map(|cost| cost.wall));
        let cpu = median(costs.iter().map(|cost| cost.cpu));
        table.row(&[pair.name.to_owned(), per_trip(wall), per_trip(cpu)]);
    }
    Ok(format!(
        "One value goes to another thread and back, {} times; each side waits with its queue's own means. Those that \
         spin before they sleep save a wake-up where the other side has a processor of its own.\n\n{}",
        count(trips),
        table.finish()
    ))
}

fn there_and_back<Q: Queue<Consumer: Sleeper>>(trips: u64) -> Result<Cost> {
    let (mut there, mut far) = Q::open(CAPACITY, 1)?;
    let (mut back, mut near) = Q::open(CAPACITY, 1)?;
    thread::scope(|scope| {
        let echo = scope.spawn(move || {
            for _ in 0..=trips {
                let value = far.wait()?;
                ensure!(back.iter_mut().all(|end| end.push(value)), "an empty queue is full");
            }
            Ok(())
        });
        let mut send = |value: u64| {
            ensure!(there.iter_mut().all(|end| end.push([value; 6])), "an empty queue is full");
            let answer = near.wait()?;
            ensure!(answer == [value; 6], "{} brought something else", Q::NAME);
            Ok(())
        };
        // The other thread is there when this comes back.
        send(0)?;
        let ((), cost) = cost_of(|| (0..trips).try_for_each(&mut send))?;
        echo.join().map_err(|_| anyhow!("the other side panicked"))??;
        Ok(cost)
    })
}
