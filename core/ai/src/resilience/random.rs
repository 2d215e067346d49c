//! Chance that a test can foresee.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::time::Duration;

/// Where jitter comes from. Evenly spread is enough: nothing secret hangs on it.
pub trait Random {
    /// The next 64 bits.
    fn next_bits(&mut self) -> u64;

    /// A duration between nothing and `most`, both included, evenly spread; `most` is cut at 584 years.
    fn up_to(&mut self, most: Duration) -> Duration {
        let span = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
        // The high half of the product is even to within one part in 2^64 of the span: no device sees the difference.
        let scaled = u128::from(self.next_bits()) * (u128::from(span) + 1);
        Duration::from_nanos(u64::try_from(scaled >> 64).unwrap_or(span))
    }
}

/// A small fast generator (SplitMix64 of Steele, Lea and Flood, 2014): the same numbers for the same seed.
#[derive(Clone)]
pub struct SeededRandom(u64);

impl SeededRandom {
    /// The generator of this seed.
    pub const fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator with a seed of its own, by the operating system's randomness, never by the clock: devices that
    /// woke up together must not retry together.
    pub fn from_system() -> Self {
        Self(RandomState::new().hash_one(0_u8))
    }
}

impl Random for SeededRandom {
    fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}

impl fmt::Debug for SeededRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeededRandom").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_numbers_of_the_published_algorithm() {
        let mut random = SeededRandom::from_seed(1_234_567);
        let numbers: Vec<u64> = (0..3).map(|_| random.next_bits()).collect();
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn generators_of_the_system_differ() {
        assert_ne!(SeededRandom::from_system().next_bits(), SeededRandom::from_system().next_bits());
    }

    /// Gives the same bits again and again.
    struct Stuck(u64);

    impl Random for Stuck {
        fn next_bits(&mut self) -> u64 {
            self.0
        }
    }

    #[test]
    fn both_ends_of_the_span_are_reached_and_nothing_beyond() {
        for span in [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(8)] {
            assert_eq!(Stuck(0).up_to(span), Duration::ZERO);
            assert_eq!(Stuck(u64::MAX).up_to(span), span);
        }
        assert_eq!(Stuck(u64::MAX).up_to(Duration::MAX), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn durations_are_spread_evenly() {
        // 64 bins of 1,000 expected values each; the sum of squares follows chi square with 63 degrees of freedom,
        // which exceeds 120 once in 50,000 seeds. The seed is fixed.
        let mut random = SeededRandom::from_seed(20);
        let mut bins = [0_u32; 64];
        let span = Duration::from_nanos(64_000_000 - 1);
        for _ in 0..64_000 {
            let drawn = random.up_to(span).as_nanos();
            bins[usize::try_from(drawn / 1_000_000).unwrap()] += 1;
        }
        let squares: f64 = bins.iter().map(|&n| (f64::from(n) - 1_000.0).powi(2) / 1_000.0).sum();
        assert!(squares < 120.0, "chi square {squares}");
    }
}
