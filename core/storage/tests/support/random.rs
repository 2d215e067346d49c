//! Random choices that a seed repeats.

use std::time::{SystemTime, UNIX_EPOCH};

/// A small random generator (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    /// Begins with the seed that `WRITEMAGIC_SEED` names, else with one of this moment; says which.
    pub(crate) fn announced() -> Self {
        let seed = match std::env::var("WRITEMAGIC_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                (since.as_nanos() % (1 << 60)) as u64
            }
        };
        println!("WRITEMAGIC_SEED={seed} repeats this run's choices");
        Self::new(seed)
    }

    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((self.next() >> 33) as usize) % bound.max(1)
    }
}
