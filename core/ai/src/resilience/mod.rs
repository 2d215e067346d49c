//! Calls to services that fail: when to ask again, when to leave a service alone, whom to ask instead.
//!
//! | Part | What it decides |
//! | --- | --- |
//! | [`Class`] | the kinds of failure, and what each of them does to the rest |
//! | [`Retry`], [`Backoff`] | whether and when one provider is asked again |
//! | [`RetryBudget`] | whether all runs together may still retry |
//! | [`Breaker`] | whether an endpoint is left alone because it keeps failing |
//! | [`Cooldowns`] | whether a provider is left alone because it said so, or until somebody acts |
//! | [`Gate`] | how many calls go to a provider at a time, and who waits |
//! | [`Chain`] | which provider is asked, and which one next |
//!
//! Order, outside in: chain, then cost and privacy for each candidate, then the retry loop, the breaker, the gate, the
//! call. A refusal by breaker, cost or privacy is no failure of the provider: it is not retried and pays for nothing.
//!
//! Nothing here knows HTTP, models or a runtime: a caller classifies its failures, sleeps its own waits and makes its own
//! calls. Time comes from a [`MonotonicClock`] and chance from a [`Random`], so that tests decide both. Everything is
//! bounded, nothing is kept over restarts, and every lock is held for a few steps without calling anybody.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use writemagic_ai::resilience::*;
//!
//! let clock = Arc::new(ManualMonotonicClock::new());
//! let breaker = Breaker::new(BreakerSettings::default(), clock.clone());
//! let budget = RetryBudget::new(RetryBudgetSettings::default(), clock.clone());
//! let mut random = SeededRandom::from_seed(1);
//! let mut retry = Retry::new(RetryPolicy::default(), clock.now().after(START_DEADLINE));
//!
//! // A service that answers at the third attempt.
//! let mut answers = [Err(Class::Server), Err(Class::Connection), Ok("it rained")].into_iter();
//! let answer = loop {
//!     let permit = breaker.acquire()?;
//!     match answers.next().unwrap() {
//!         Ok(answer) => {
//!             permit.succeeded();
//!             retry.succeeded(&budget);
//!             break answer;
//!         }
//!         Err(class) => {
//!             if class.handling().is_endpoint_failure {
//!                 permit.failed(Duration::from_millis(90), None);
//!             }
//!             match retry.failed(class.into(), clock.now(), &budget, &mut random) {
//!                 Decision::Retry { at, .. } => clock.advance(at.since(clock.now())),
//!                 Decision::Stop { reason, .. } => panic!("{reason:?}"),
//!             }
//!         }
//!     }
//! };
//! assert_eq!(answer, "it rained");
//! # Ok::<(), Refusal>(())
//! ```

mod backoff;
mod breaker;
mod budget;
mod chain;
mod class;
mod clock;
mod cooldown;
mod gate;
mod random;
mod retry;

pub use backoff::Backoff;
pub use breaker::{Breaker, BreakerSettings, BreakerState, Permit, Rates, Reason, Refusal, Transition};
pub use budget::{RetryBudget, RetryBudgetSettings};
pub use chain::{Candidate, Chain, Consents, Fitness, HOPS_MOST, Next};
pub use class::{Class, Consent, CooldownRule, FallbackRule, Handling, RetryCost, RetryRule};
pub use clock::{BootClock, ManualMonotonicClock, Moment, MonotonicClock};
pub use cooldown::{COOLDOWN, COOLDOWN_MOST, Cooldowns, MARKS_MOST, Mark};
pub use gate::{Entry, Gate, GateSettings, Priority, QueueFull, Slot};
pub use random::{Random, SeededRandom};
pub use retry::{Decision, Failure, Retry, RetryPolicy, START_DEADLINE, StopReason};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. What stands behind these locks is whole at every point where a panic could leave them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
