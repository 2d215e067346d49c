//! Clocks and the few statistics that the tables show.

use std::time::{Duration, Instant};

use anyhow::Result;
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

/// What some work took.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Processor time of the whole process, every thread included, in ns.
    pub(crate) cpu: f64,
    /// Time on the wall, in ns.
    pub(crate) wall: f64,
}

/// Runs `work` and says what it took.
pub(crate) fn cost_of<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Cost)> {
    let (wall, cpu) = (Instant::now(), ProcessTime::try_now()?);
    let value = work()?;
    let cost = Cost { cpu: nanoseconds(cpu.try_elapsed()?), wall: nanoseconds(wall.elapsed()) };
    Ok((value, cost))
}

pub(crate) fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

/// The value below which `part` (0 to 1) of the samples lie, by the nearest rank; 0 for no samples.
pub(crate) fn percentile(samples: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut sorted: Vec<f64> = samples.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// The middle value, the lower one of two.
pub(crate) fn median(samples: impl IntoIterator<Item = f64>) -> f64 {
    percentile(samples, 0.5)
}

/// The largest resident memory of this process so far, in bytes; `None` where the system does not tell.
pub(crate) fn peak_resident_bytes() -> Option<u64> {
    status_bytes("VmHWM:")
}

/// The resident memory of this process now, in bytes; `None` where the system does not tell.
pub(crate) fn resident_bytes() -> Option<u64> {
    status_bytes("VmRSS:")
}

fn status_bytes(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples_by_nearest_rank() {
        let samples = || (1..=100).rev().map(f64::from);
        assert_eq!(median(samples()), 50.0);
        assert_eq!(percentile(samples(), 0.99), 99.0);
        assert_eq!(percentile(samples(), 1.0), 100.0);
        assert_eq!(median([3.0, 1.0]), 1.0);
        assert_eq!(median([]), 0.0);
    }

    #[test]
    fn work_that_spins_costs_processor_time() {
        let (sum, cost) =
            cost_of(|| Ok((0..2_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n)))).unwrap();
        assert_eq!(sum, (0..2_000_000_u64).fold(0, |sum, n| sum ^ n));
        assert!(cost.cpu > 0.0 && cost.wall > 0.0);
    }
}
