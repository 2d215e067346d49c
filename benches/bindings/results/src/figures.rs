//! What single calls took, put together from several processes.

use std::collections::BTreeMap;

/// How often a call took how long, in ns.
#[derive(Debug, Default)]
pub(crate) struct Waits(BTreeMap<u64, u64>);

impl Waits {
    /// Counts as many more calls of this length.
    pub(crate) fn add(&mut self, nanoseconds: f64, calls: u64) {
        // Nothing takes longer than a number of 64 bits holds.
        *self.0.entry(nanoseconds.round() as u64).or_default() += calls;
    }

    pub(crate) fn calls(&self) -> u64 {
        self.0.values().sum()
    }

    /// The length below which `part` (0 to 1) of the calls lie, by the nearest rank; 0 for no calls.
    pub(crate) fn percentile(&self, part: f64) -> f64 {
        let rank = (part * self.calls() as f64).ceil() as u64;
        let mut seen = 0;
        let at_rank = self.0.iter().find(|(_, calls)| {
            seen += **calls;
            seen >= rank
        });
        at_rank.map_or(0.0, |(nanoseconds, _)| *nanoseconds as f64)
    }

    /// The mean of the middle half: a median finer than the steps of the clock, which are some 10 ns. 0 for no calls.
    pub(crate) fn middle(&self) -> f64 {
        let calls = self.calls() as f64;
        let (low, high) = (calls * 0.25, calls * 0.75);
        let (mut seen, mut sum) = (0.0, 0.0);
        for (nanoseconds, calls) in &self.0 {
            let before = seen;
            seen += *calls as f64;
            let inside = (seen.min(high) - before.max(low)).max(0.0);
            sum += *nanoseconds as f64 * inside;
        }
        if calls > 0.0 { sum / (high - low) } else { 0.0 }
    }

    pub(crate) fn longest(&self) -> f64 {
        self.percentile(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_all_calls_by_nearest_rank() {
        let mut waits = Waits::default();
        assert_eq!((waits.calls(), waits.percentile(0.5), waits.middle()), (0, 0.0, 0.0));
        waits.add(10.0, 98);
        waits.add(50.4, 1);
        waits.add(10.0, 900);
        waits.add(7_000.0, 1);
        assert_eq!(waits.calls(), 1_000);
        assert_eq!((waits.middle(), waits.percentile(0.998)), (10.0, 10.0));
        assert_eq!((waits.percentile(0.999), waits.longest()), (50.0, 7_000.0));
    }

    #[test]
    fn the_middle_lies_between_the_steps_of_the_clock_and_knows_no_outliers() {
        let mut waits = Waits::default();
        for (nanoseconds, calls) in [(10.0, 1), (30.0, 30), (40.0, 65), (1e9, 4)] {
            waits.add(nanoseconds, calls);
        }
        // Of the calls from the 26th to the 75th, 6 took 30 and 44 took 40.
        assert_eq!(waits.middle(), (6.0 * 30.0 + 44.0 * 40.0) / 50.0);
    }
}
