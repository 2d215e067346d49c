//! A circuit breaker: an endpoint that keeps failing is left alone for a while, then tried with a few calls.
//!
//! | State | A call is | It becomes |
//! | --- | --- | --- |
//! | closed | let through | open, when of the last 20 calls (at least 5) half failed or 80 % were slow |
//! | open | refused | half-open, by the first call after 30 s; each time longer, up to 5 min, or as long as the server asked |
//! | half-open | let through, if it is one of 2 | closed or open, when both have said how they went; open after 60 s |
//!
//! `state` has the states and is told the time; `window` counts calls; [`Breaker`] adds the clock, the lock, and a
//! [`Permit`] that cannot be lost. A verdict counts only in the state in which its call began, so a call that
//! hung since before the trouble says nothing about the probes.

mod state;
#[cfg(test)]
mod tests;
mod window;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::state::{Core, Ticket};
use self::window::Outcome;
use super::clock::{Moment, MonotonicClock};
use super::lock;

pub use self::state::{BreakerSettings, BreakerState, Reason, Refusal, Transition};
pub use self::window::Rates;

/// A breaker for one endpoint of one provider. Clones are the same breaker. Not kept over restarts.
///
/// The clock is read anew at every call, so nothing has to be told that the device woke up.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use writemagic_ai::resilience::{Breaker, BreakerSettings, ManualMonotonicClock};
///
/// let clock = Arc::new(ManualMonotonicClock::new());
/// let breaker = Breaker::new(BreakerSettings::default(), clock.clone());
/// for _ in 0..5 {
///     breaker.acquire()?.failed(Duration::from_millis(80), None);
/// }
/// assert!(breaker.acquire().is_err());
/// clock.advance(Duration::from_secs(30));
/// for _ in 0..2 {
///     breaker.acquire()?.succeeded();
/// }
/// assert!(breaker.acquire().is_ok());
/// # Ok::<(), writemagic_ai::resilience::Refusal>(())
/// ```
#[derive(Clone)]
pub struct Breaker(Arc<Shared>);

struct Shared {
    core: Mutex<Core>,
    slow_after: Duration,
    clock: Arc<dyn MonotonicClock>,
    observer: Option<Box<Observer>>,
}

type Observer = dyn Fn(&Transition) + Send + Sync;

impl Breaker {
    /// A closed breaker that has seen no call.
    pub fn new(settings: BreakerSettings, clock: Arc<dyn MonotonicClock>) -> Self {
        Self::build(settings, clock, None)
    }

    /// The same, and `observer` is told of every change of state: after it, on the thread that brought it about, with
    /// no lock held. Changes of different threads may arrive in another order; [`Transition::generation`] has theirs.
    pub fn with_observer(
        settings: BreakerSettings,
        clock: Arc<dyn MonotonicClock>,
        observer: impl Fn(&Transition) + Send + Sync + 'static,
    ) -> Self {
        Self::build(settings, clock, Some(Box::new(observer)))
    }

    fn build(
        settings: BreakerSettings,
        clock: Arc<dyn MonotonicClock>,
        observer: Option<Box<Observer>>,
    ) -> Self {
        let core = Mutex::new(Core::new(settings));
        Self(Arc::new(Shared { core, slow_after: settings.slow_after, clock, observer }))
    }

    /// The right to make one call.
    ///
    /// # Errors
    ///
    /// [`Refusal`] while the breaker is open, or half-open with all its probes on their way. It is no failure of the
    /// provider: it is neither retried nor paid for.
    pub fn acquire(&self) -> Result<Permit, Refusal> {
        let ticket = self.0.with(Core::acquire)?;
        Ok(Permit { shared: self.0.clone(), ticket: Some(ticket), first_content: None })
    }

    /// The present state.
    pub fn state(&self) -> BreakerState {
        self.0.with(Core::state)
    }

    /// How the calls went that count in the present state.
    pub fn rates(&self) -> Rates {
        self.0.with(Core::rates)
    }

    /// Refuses every call until [`Breaker::reset`] or [`Breaker::force_closed`].
    pub fn force_open(&self) {
        self.0.with(Core::force_open);
    }

    /// Lets every call through, whatever comes of it, until [`Breaker::reset`] or [`Breaker::force_open`].
    pub fn force_closed(&self) {
        self.0.with(Core::force_closed);
    }

    /// Begins again: closed, and no call seen.
    pub fn reset(&self) {
        self.0.with(Core::reset);
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker").field("state", &self.state()).finish_non_exhaustive()
    }
}

impl Shared {
    fn with<T>(&self, work: impl FnOnce(&mut Core, Moment) -> T) -> T {
        let now = self.clock.now();
        let mut core = lock(&self.core);
        let answer = work(&mut core, now);
        let changes = core.take_changes();
        drop(core);
        if let Some(observer) = &self.observer {
            changes.iter().for_each(observer);
        }
        answer
    }
}

/// The right to one call. Say how the call went; a permit that is dropped without a word (a cancelled call, a
/// failure that says nothing of the server) is returned, and counts as no call.
#[must_use = "a permit that is dropped is returned"]
pub struct Permit {
    shared: Arc<Shared>,
    ticket: Option<Ticket>,
    first_content: Option<Duration>,
}

impl Permit {
    /// The first content came this long `after` the call was sent. For a probe that is its verdict: its stream may go
    /// on for longer than the breaker waits for probes.
    pub fn first_content(&mut self, after: Duration) {
        self.first_content = Some(after);
        if let Some(ticket) = self.ticket
            && self.shared.with(|core, now| core.is_probe(ticket, now))
        {
            self.settle(false, after, None);
        }
    }

    /// The call went well to its end.
    pub fn succeeded(mut self) {
        let after = self.first_content.unwrap_or_default();
        self.settle(false, after, None);
    }

    /// The call failed in a way that counts ([`Handling::is_endpoint_failure`](super::Handling)), this long `after`
    /// it was sent; the server `asked` to be left alone for so long.
    pub fn failed(mut self, after: Duration, asked: Option<Duration>) {
        let after = self.first_content.unwrap_or(after);
        self.settle(true, after, asked);
    }

    fn settle(&mut self, failed: bool, after: Duration, asked: Option<Duration>) {
        let outcome = Outcome { failed, slow: after > self.shared.slow_after };
        if let Some(ticket) = self.ticket.take() {
            self.shared.with(|core, now| core.record(ticket, outcome, asked, now));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.shared.with(|core, now| core.release(ticket, now));
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("is_settled", &self.ticket.is_none()).finish_non_exhaustive()
    }
}
