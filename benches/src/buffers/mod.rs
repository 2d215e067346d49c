//! Getting and returning buffers: on one thread, on several, and from one to another.

mod peers;

use std::hint::black_box;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Barrier, Mutex};
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use cpu_time::ThreadTime;

use crate::measure::{cost_of, median, nanoseconds};
use crate::plan::Plan;
use crate::report::{Table, digits, duration, ratio, size};
use peers::{Source, Trial};

const CAPACITIES: [usize; 2] = [256, 64 << 10];
const THREADS: [usize; 4] = [1, 2, 4, 8];
/// Threads in pairs, one that gets and one that returns.
const PAIRED: [usize; 3] = [2, 4, 8];
/// Buffers that are handed over at once, so that the channel's own cost is small.
const HANDED_OVER: usize = 64;

/// Runs `work` for each of `threads` threads, all at once, and says what it took of their processor time in sum, in ns.
fn processor_time(threads: usize, work: impl Fn(usize) + Sync) -> Result<f64> {
    let start = Barrier::new(threads);
    let run = |number: usize| {
        start.wait();
        // Each thread reads its own clock: that of the process learns of other threads only now and then.
        let clock = ThreadTime::try_now()?;
        work(number);
        clock.try_elapsed()
    };
    let times = thread::scope(|scope| {
        let run = &run;
        let running: Vec<_> = (0..threads).map(|number| scope.spawn(move || run(number))).collect();
        running.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
    });
    let mut sum = 0.0;
    for time in times {
        sum += nanoseconds(time.map_err(|_| anyhow!("a contender panicked"))??);
    }
    Ok(sum)
}

/// ns for each buffer that one of `threads` gets, writes to and drops.
fn alone(source: &impl Source, threads: usize, buffers: usize) -> Result<f64> {
    let cpu = processor_time(threads, |_| {
        for _ in 0..buffers {
            drop(black_box(source.get()));
        }
    })?;
    Ok(cpu / (threads * buffers) as f64)
}

/// One end of a handing over: full crates there, empty ones back.
type Ends<T> = (SyncSender<Vec<T>>, Receiver<Vec<T>>);

/// The ends of the thread that gets and of the one that drops, each for its thread to take.
type Pair<T> = (Mutex<Option<Ends<T>>>, Mutex<Option<Ends<T>>>);

/// ns for each buffer that one thread gets and another drops, with `threads` in pairs.
fn across<S: Source>(source: &S, threads: usize, buffers: usize) -> Result<f64> {
    let pairs = threads / 2;
    let crates = buffers.div_ceil(HANDED_OVER);
    let ends = |_| {
        let ((full, to_drop), (empty, to_fill)) = (sync_channel(2), sync_channel(2));
        for _ in 0..2 {
            // There is room for both.
            let _ = empty.try_send(Vec::with_capacity(HANDED_OVER));
        }
        (Mutex::new(Some((full, to_fill))), Mutex::new(Some((empty, to_drop))))
    };
    let ends: Vec<Pair<S::Buffer>> = (0..pairs).map(ends).collect();
    let cpu = processor_time(threads, |number| {
        let (gets, drops) = &ends[number / 2];
        let end = if number % 2 == 0 { gets } else { drops };
        let Some((to, from)) = end.lock().ok().and_then(|mut end| end.take()) else { return };
        for _ in 0..crates {
            let Ok(mut buffers) = from.recv() else { return };
            if number % 2 == 0 {
                buffers.extend((0..HANDED_OVER).map(|_| black_box(source.get())));
            } else {
                buffers.clear();
            }
            // At the end nobody waits for the last empty crates.
            let _ = to.send(buffers);
        }
    })?;
    Ok(cpu / (pairs * crates * HANDED_OVER) as f64)
}

/// The times of one contender: a vector of samples for each number of threads.
struct Row {
    name: &'static str,
    samples: Vec<Vec<f64>>,
}

impl Row {
    fn medians(&self) -> Vec<f64> {
        self.samples.iter().map(|samples| median(samples.iter().copied())).collect()
    }
}

/// Measures every contender once for each number of threads.
struct Round<'r> {
    rows: &'r mut Vec<Row>,
    threads: &'static [usize],
    buffers: usize,
    across: bool,
}

impl Trial for Round<'_> {
    fn run(&mut self, name: &'static str, source: &impl Source) -> Result<()> {
        let place = match self.rows.iter().position(|row| row.name == name) {
            Some(place) => place,
            None => {
                self.rows.push(Row { name, samples: vec![Vec::new(); self.threads.len()] });
                self.rows.len() - 1
            }
        };
        for (column, &threads) in self.threads.iter().enumerate() {
            let buffers = self.buffers / threads;
            let measure = |buffers| match self.across {
                true => across(source, threads, buffers),
                false => alone(source, threads, buffers),
            };
            // Fills caches and pools.
            measure(buffers / 10)?;
            let time = measure(buffers)?;
            self.rows[place].samples[column].push(time);
        }
        Ok(())
    }
}

fn contest(capacity: usize, across: bool, plan: &Plan) -> Result<String> {
    let threads: &'static [usize] = if across { &PAIRED } else { &THREADS };
    let mut rows = Vec::new();
    for _ in 0..plan.buffer_rounds {
        let mut round = Round { rows: &mut rows, threads, buffers: plan.buffers, across };
        peers::every(capacity, &mut round)?;
    }
    let mut columns = vec![String::new()];
    columns.extend(threads.iter().map(|threads| match threads {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    }));
    let mut table = Table::new(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    let ours = rows.first().context("no contenders")?.medians();
    for (place, row) in rows.iter().enumerate() {
        let times = row.medians();
        let cells = times.iter().zip(&ours).map(|(time, ours)| match place {
            0 => duration(*time),
            _ => format!("{} ({})", duration(*time), ratio(*time, *ours)),
        });
        table.row(&std::iter::once(row.name.to_owned()).chain(cells).collect::<Vec<_>>());
    }
    Ok(table.finish())
}

/// ns to make bytes of a buffer that clones share, and to drop them: the engine's pool, and `bytes` alone.
fn freezing(capacity: usize, plan: &Plan) -> Result<(f64, f64)> {
    let (ours, theirs) = (peers::Ours::new(capacity), peers::NewBytes(capacity));
    let (mut frozen, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..plan.buffer_rounds {
        let buffers = plan.buffers as f64;
        let cost = |work: &dyn Fn()| {
            cost_of(|| {
                (0..plan.buffers).for_each(|_| work());
                Ok(())
            })
        };
        frozen.push(cost(&|| drop(black_box(ours.get().freeze())))?.1.cpu / buffers);
        plain.push(cost(&|| drop(black_box(theirs.get().freeze())))?.1.cpu / buffers);
    }
    Ok((median(frozen), median(plain)))
}

/// The section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut body = format!(
        "Processor time of all threads for each buffer: got, 16 bytes written into it, dropped. Medians of {} rounds in \
         which contenders take turns; in brackets, what a peer takes against ours. This machine runs {cores} threads at a \
         time, so with more of them they take turns, and contention is less than it would be on as many cores.\n",
        plan.buffer_rounds
    );
    for capacity in CAPACITIES {
        plan.say(&format!("buffers of {capacity} bytes"));
        let name = size(capacity as f64);
        body += &format!("\n### Dropped where they were got, {name}\n\n{}", contest(capacity, false, plan)?);
        body += &format!(
            "\n### Got on one thread, dropped on another, {name}\n\nHanded over {HANDED_OVER} at a time through a channel, \
             whose cost is in every row.\n\n{}",
            contest(capacity, true, plan)?
        );
        let (ours, theirs) = freezing(capacity, plan)?;
        body += &format!(
            "\nFrozen into `Bytes` and dropped, on one thread: {} ns; a `BytesMut` that is frozen: {} ns.\n",
            digits(ours),
            digits(theirs)
        );
    }
    Ok(body)
}
