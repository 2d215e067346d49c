//! The sections of `RESULTS.md`.

pub(crate) mod kotlin;
pub(crate) mod swift;

use anyhow::Result;
use bench_report::tables::{duration, ratio};

use crate::figures::Waits;
use crate::measured::{Measured, UNIFFI, WRITEMAGIC};

/// A bench of both sides.
struct Bench {
    name: &'static str,
    /// As the tables call it.
    what: &'static str,
    /// How many times as quick as UniFFI it is to be, by the median and by the tail.
    times: Option<f64>,
}

/// The cells of the times of a bench: its median without the clock's own reading, and the tail.
fn lengths(waits: &Waits, clock: f64) -> [String; 4] {
    let tail = [0.99, 0.999].map(|part| waits.percentile(part));
    let [p99, p999] = tail;
    [waits.middle() - clock, p99, p999, waits.longest()].map(|length| duration(length.max(0.0)))
}

impl Bench {
    /// The cells of how many times as quick as UniFFI we are: by the median, p99 and p99.9, and what is aimed at.
    fn against(&self, measured: &Measured, clock: f64) -> Result<[String; 4]> {
        let [ours, theirs] = [measured.of(self.name, WRITEMAGIC)?, measured.of(self.name, UNIFFI)?];
        let median = (theirs.middle() - clock) / (ours.middle() - clock).max(1.0);
        let tail = |part| theirs.percentile(part) / ours.percentile(part).max(1.0);
        let [p99, p999] = [0.99, 0.999].map(tail);
        let aim = self.times.map_or(String::new(), |times| at_least(median.min(p99), times));
        let [median, p99, p999] = [median, p99, p999].map(|times| ratio(times, 1.0));
        Ok([median, p99, p999, aim])
    }
}

/// Whether a figure is at its aim, as the table says it.
fn at_least(times: f64, least: f64) -> String {
    let verdict = if times >= least { "reached" } else { "**missed**" };
    format!("{verdict} (≥ {least}×, median and p99)")
}

/// How the medians are made, and what is taken off them.
fn of_the_clock(clock: f64) -> String {
    format!(
        "- The clock's own reading of {} is taken off the medians, and is in all other figures. The median is here the mean of the middle \
         half, since the clock goes in steps of some 10 ns.",
        duration(clock)
    )
}
