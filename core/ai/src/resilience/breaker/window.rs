//! The last calls and how they went.

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Outcome {
    pub(super) failed: bool,
    pub(super) slow: bool,
}

/// How the calls went on which a [`Breaker`](super::Breaker) decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rates {
    /// Calls that count.
    pub calls: u32,
    /// Of these, calls that failed.
    pub failed: u32,
    /// Of these, calls whose first content came late, or that failed late without any.
    pub slow: u32,
}

impl Rates {
    /// Whether at least this share of the calls failed, or came late, in percent.
    pub(super) fn reach(&self, failure_percent: u32, slow_percent: u32) -> bool {
        let share =
            |part: u32, percent: u32| u64::from(part) * 100 >= u64::from(self.calls) * u64::from(percent);
        share(self.failed, failure_percent) || share(self.slow, slow_percent)
    }
}

/// A ring of the last outcomes: each new one beyond its length replaces the oldest.
#[derive(Clone, Debug)]
pub(super) struct Window {
    length: usize,
    outcomes: Vec<Outcome>,
    /// The oldest, once the ring is full.
    oldest: usize,
    rates: Rates,
}

impl Window {
    /// No outcome so far; `length` is at least 1.
    pub(super) fn new(length: u32) -> Self {
        let length = usize::try_from(length.max(1)).unwrap_or(usize::MAX);
        Self { length, outcomes: Vec::new(), oldest: 0, rates: Rates::default() }
    }

    pub(super) fn push(&mut self, outcome: Outcome) {
        self.rates.failed += u32::from(outcome.failed);
        self.rates.slow += u32::from(outcome.slow);
        if self.outcomes.len() < self.length {
            self.outcomes.push(outcome);
            self.rates.calls += 1;
        } else if let Some(oldest) = self.outcomes.get_mut(self.oldest) {
            let replaced = std::mem::replace(oldest, outcome);
            self.rates.failed -= u32::from(replaced.failed);
            self.rates.slow -= u32::from(replaced.slow);
            self.oldest = (self.oldest + 1) % self.length;
        }
    }

    pub(super) fn rates(&self) -> Rates {
        self.rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides() {
        let mut window = Window::new(10);
        for _ in 0..1_000 {
            window.push(Outcome { failed: false, slow: false });
        }
        let failures = (1..).find(|_| {
            window.push(Outcome { failed: true, slow: false });
            window.rates().reach(50, 80)
        });
        assert_eq!(failures, Some(5), "half of ten, whatever stood there before");
    }
}
