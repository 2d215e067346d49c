//! How long to wait before asking again.

use std::time::Duration;

use super::class::RetryCost;
use super::random::Random;

/// The waits between attempts. The default values are those of the OpenAI and Anthropic clients (0.5 s, 8 s, 60 s) and
/// of AWS (1 s when throttled; at most 5 s on top of what the server asks).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest first wait.
    pub base: Duration,
    /// The longest first wait when the server asks for fewer calls.
    pub throttled_base: Duration,
    /// The longest wait of all that the server did not ask for: a true ceiling, applied before chance.
    pub cap: Duration,
    /// The longest wait that the server may ask for; who is asked for more gives up.
    pub asked_most: Duration,
    /// The most that chance adds to what the server asked for; a tenth of it where that is less.
    pub asked_jitter: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            throttled_base: Duration::from_secs(1),
            cap: Duration::from_secs(8),
            asked_most: Duration::from_secs(60),
            asked_jitter: Duration::from_secs(5),
        }
    }
}

impl Backoff {
    /// A wait before retry number `retry` (from 0): any time up to a bound that doubles with each retry, up to the cap.
    pub fn wait(&self, cost: RetryCost, retry: u32, random: &mut impl Random) -> Duration {
        random.up_to(self.bound(cost, retry))
    }

    /// A wait of what the server `asked` for, never less, and a little more by chance, so that all who were asked at
    /// once do not come back at once. Whether it asked for too much is for [`Backoff::asked_most`] to say.
    pub fn wait_as_asked(&self, asked: Duration, random: &mut impl Random) -> Duration {
        asked.saturating_add(random.up_to(self.asked_jitter.min(asked / 10)))
    }

    /// The longest wait before retry number `retry` (from 0).
    fn bound(&self, cost: RetryCost, retry: u32) -> Duration {
        let base = match cost {
            RetryCost::Transient => self.base,
            RetryCost::Throttled => self.throttled_base,
        };
        let factor = 1_u32.checked_shl(retry).unwrap_or(u32::MAX);
        base.saturating_mul(factor).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resilience::SeededRandom;

    #[test]
    fn bounds_double_up_to_the_cap() {
        let bounds = |cost| [0, 1, 2, 3, 4, 5, 31, 32, u32::MAX].map(|n| Backoff::default().bound(cost, n));
        let seconds = |halves: [u64; 9]| halves.map(|n| Duration::from_millis(n * 500));
        assert_eq!(bounds(RetryCost::Transient), seconds([1, 2, 4, 8, 16, 16, 16, 16, 16]));
        assert_eq!(bounds(RetryCost::Throttled), seconds([2, 4, 8, 16, 16, 16, 16, 16, 16]));
    }

    /// Mean and extremes of many waits, in seconds.
    fn statistics(mut wait: impl FnMut(&mut SeededRandom) -> Duration) -> (f64, f64, f64) {
        let mut random = SeededRandom::from_seed(7);
        let waits: Vec<f64> = (0..20_000).map(|_| wait(&mut random).as_secs_f64()).collect();
        let least = waits.iter().copied().fold(f64::MAX, f64::min);
        let most = waits.iter().copied().fold(0.0, f64::max);
        (waits.iter().sum::<f64>() / waits.len() as f64, least, most)
    }

    #[test]
    fn jitter_is_full_and_the_cap_is_a_ceiling() {
        for (retry, bound) in [(0, 0.5), (1, 1.0), (2, 2.0), (9, 8.0)] {
            let (mean, least, most) =
                statistics(|random| Backoff::default().wait(RetryCost::Transient, retry, random));
            // The mean of 20,000 even draws is within 1.5 % of the middle but for one seed in a million.
            assert!((mean / bound - 0.5).abs() < 0.01, "retry {retry}: mean {mean}");
            assert!(least < bound * 0.001 && most <= bound && most > bound * 0.999, "{least} to {most}");
        }
    }

    #[test]
    fn what_the_server_asks_for_is_never_cut_short_and_little_is_added() {
        for (asked, added) in [(7.0, 0.7), (60.0, 5.0), (0.1, 0.01)] {
            let wait = Duration::from_secs_f64(asked);
            let (mean, least, most) = statistics(|random| Backoff::default().wait_as_asked(wait, random));
            assert!(least >= asked && most <= asked + added + 1e-9, "{least} to {most}");
            assert!((mean - asked - added / 2.0).abs() < added * 0.01, "mean {mean}");
        }
    }
}
