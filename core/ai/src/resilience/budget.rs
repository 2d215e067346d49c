//! How many retries a provider is worth before nobody retries.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::class::RetryCost;
use super::clock::{Moment, MonotonicClock};
use super::lock;

/// What retries cost. The default prices are those of all AWS clients (2026); the capacity holds 7 transient retries,
/// and a token every 5 s lets an app recover that makes few calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryBudgetSettings {
    /// Tokens of a full bucket, with which it begins.
    pub capacity: u32,
    /// Tokens of a retry after a transient failure.
    pub transient: u32,
    /// Tokens of a retry after the server asked for fewer calls.
    pub throttled: u32,
    /// Tokens that a call brings which succeeded at its first attempt.
    pub clean_success: u32,
    /// In what time a token comes back by itself.
    pub token_every: Duration,
}

impl Default for RetryBudgetSettings {
    fn default() -> Self {
        Self {
            capacity: 100,
            transient: 14,
            throttled: 5,
            clean_success: 1,
            token_every: Duration::from_secs(5),
        }
    }
}

/// A bucket of tokens that retries are paid from, one for each provider and key. Without tokens nothing is retried; a
/// first attempt is always free. It keeps many runs from beating a server that is down. Not kept over restarts.
#[derive(Debug)]
pub struct RetryBudget {
    settings: RetryBudgetSettings,
    clock: Arc<dyn MonotonicClock>,
    level: Mutex<Level>,
}

/// Tokens are counted in the time in which they would come back: whole nanoseconds, so that nothing is rounded.
#[derive(Clone, Copy, Debug)]
struct Level {
    filled: Duration,
    at: Moment,
}

impl RetryBudget {
    /// A full bucket. A `token_every` of zero is taken for one nanosecond: practically no bound.
    pub fn new(settings: RetryBudgetSettings, clock: Arc<dyn MonotonicClock>) -> Self {
        let token_every = settings.token_every.max(Duration::from_nanos(1));
        let settings = RetryBudgetSettings { token_every, ..settings };
        let level = Level { filled: token_every.saturating_mul(settings.capacity), at: clock.now() };
        Self { settings, clock, level: Mutex::new(level) }
    }

    /// Takes what a retry costs, and answers whether it was there; if not, nothing is taken.
    pub fn withdraw(&self, cost: RetryCost) -> bool {
        let price = self.price(cost);
        self.change(|filled| match filled.checked_sub(price) {
            Some(rest) => (rest, true),
            None => (filled, false),
        })
    }

    /// A call succeeded: its last retry is paid back, or, when it needed none, a little is added.
    pub fn succeeded(&self, last_retry: Option<RetryCost>) {
        let gain = match last_retry {
            Some(cost) => self.price(cost),
            None => self.settings.token_every.saturating_mul(self.settings.clean_success),
        };
        self.change(|filled| (filled.saturating_add(gain), ()));
    }

    /// Whole tokens that are left.
    pub fn tokens(&self) -> u32 {
        let filled = self.change(|filled| (filled, filled));
        u32::try_from(filled.as_nanos() / self.settings.token_every.as_nanos()).unwrap_or(u32::MAX)
    }

    fn price(&self, cost: RetryCost) -> Duration {
        self.settings.token_every.saturating_mul(match cost {
            RetryCost::Transient => self.settings.transient,
            RetryCost::Throttled => self.settings.throttled,
        })
    }

    /// Adds what came back by itself, then changes the level; never over the capacity.
    fn change<T>(&self, change: impl FnOnce(Duration) -> (Duration, T)) -> T {
        let full = self.settings.token_every.saturating_mul(self.settings.capacity);
        let now = self.clock.now();
        let mut level = lock(&self.level);
        let filled = level.filled.saturating_add(now.since(level.at)).min(full);
        let (filled, answer) = change(filled);
        *level = Level { filled: filled.min(full), at: level.at.max(now) };
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resilience::ManualMonotonicClock;
    use RetryCost::{Throttled, Transient};

    fn full() -> (Arc<ManualMonotonicClock>, RetryBudget) {
        let clock = Arc::new(ManualMonotonicClock::new());
        let budget = RetryBudget::new(RetryBudgetSettings::default(), clock.clone());
        (clock, budget)
    }

    #[test]
    fn a_full_bucket_pays_seven_transient_retries_or_twenty_throttled_ones() {
        let (_, budget) = full();
        assert_eq!((0..100).filter(|_| budget.withdraw(Transient)).count(), 7);
        assert_eq!(budget.tokens(), 2);
        let (_, budget) = full();
        assert_eq!((0..100).filter(|_| budget.withdraw(Throttled)).count(), 20);
    }

    #[test]
    fn a_success_pays_its_last_retry_back_and_a_clean_one_adds_a_token() {
        let (_, budget) = full();
        assert!(budget.withdraw(Transient) && budget.withdraw(Throttled));
        budget.succeeded(Some(Throttled));
        assert_eq!(budget.tokens(), 86);
        budget.succeeded(None);
        assert_eq!(budget.tokens(), 87);
    }

    #[test]
    fn a_token_comes_back_every_five_seconds_and_never_more_than_fit() {
        let (clock, budget) = full();
        while budget.withdraw(Transient) {}
        assert_eq!(budget.tokens(), 2);
        clock.advance(Duration::from_millis(4_999));
        assert_eq!(budget.tokens(), 2);
        clock.advance(Duration::from_millis(1));
        assert_eq!(budget.tokens(), 3);
        clock.advance(Duration::from_secs(55));
        assert!(budget.withdraw(Transient));
        assert!(!budget.withdraw(Transient));
        clock.advance(Duration::MAX);
        budget.succeeded(None);
        assert_eq!(budget.tokens(), 100);
    }

    #[test]
    fn a_token_that_costs_no_time_is_no_trouble() {
        let settings = RetryBudgetSettings { token_every: Duration::ZERO, ..RetryBudgetSettings::default() };
        let budget = RetryBudget::new(settings, Arc::new(ManualMonotonicClock::new()));
        assert_eq!(budget.tokens(), 100);
        assert!(budget.withdraw(Transient));
    }
}
