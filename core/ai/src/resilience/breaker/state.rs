//! The states, without clock, lock or threads: every operation is told the time.

use std::time::Duration;

use super::super::clock::Moment;
use super::window::{Outcome, Rates, Window};

/// When a [`Breaker`](super::Breaker) opens and how it closes again. The defaults follow resilience4j, with a window
/// for the few calls of one person: see each field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Calls that decide: the last 20. From 1 to 1,000; values outside are clamped.
    pub window: u32,
    /// Calls before anything is decided: 5. At least 1, at most the window; values outside are clamped.
    pub minimum_calls: u32,
    /// The share of failed calls that opens it, in percent: 50.
    pub failure_percent: u32,
    /// A call is slow whose first content comes later than this: 30 s. The length of its stream does not count.
    pub slow_after: Duration,
    /// The share of slow calls that opens it, in percent: 80.
    pub slow_percent: u32,
    /// How long it stays open at first: 30 s. It doubles each time that it opens again without having closed.
    pub open: Duration,
    /// Where doubling ends: 5 min.
    pub open_most: Duration,
    /// How long a server's own wish to be left alone may keep it open: 1 h.
    pub asked_most: Duration,
    /// Probes that decide whether it closes: 2. From 1 to 1,000; values outside are clamped.
    pub half_open_permits: u32,
    /// How long it waits for the probes' verdicts before it opens again: 60 s.
    pub half_open_most: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window: 20,
            minimum_calls: 5,
            failure_percent: 50,
            slow_after: Duration::from_secs(30),
            slow_percent: 80,
            open: Duration::from_secs(30),
            open_most: Duration::from_secs(5 * 60),
            asked_most: Duration::from_secs(60 * 60),
            half_open_permits: 2,
            half_open_most: Duration::from_secs(60),
        }
    }
}

impl BreakerSettings {
    fn clamped(self) -> Self {
        let window = self.window.clamp(1, 1_000);
        Self {
            window,
            minimum_calls: self.minimum_calls.clamp(1, window),
            half_open_permits: self.half_open_permits.clamp(1, 1_000),
            ..self
        }
    }
}

/// What a [`Breaker`](super::Breaker) does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreakerState {
    /// Lets them through and counts.
    Closed,
    /// Refuses them.
    Open {
        /// From when on probes are let through.
        until: Moment,
    },
    /// Lets a few through to see.
    HalfOpen {
        /// When it opens again if the probes have not decided by then.
        until: Moment,
    },
    /// Refuses them until it is told otherwise.
    ForcedOpen,
    /// Lets them through, whatever comes of it, until it is told otherwise.
    ForcedClosed,
}

/// Why a breaker changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Enough of the last calls failed or were slow.
    TooManyFailures,
    /// Its time open was over, and a call came.
    WaitOver,
    /// Enough of the probes failed or were slow.
    ProbesFailed,
    /// The probes went well.
    ProbesSucceeded,
    /// The probes took too long to say how they went.
    ProbesOverdue,
    /// Somebody asked for it.
    Asked,
}

/// A change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The state before.
    pub from: BreakerState,
    /// The state after.
    pub to: BreakerState,
    /// Why.
    pub reason: Reason,
    /// How the calls went that decided, or that the old state had seen.
    pub rates: Rates,
    /// When.
    pub at: Moment,
    /// Counts the changes of this breaker: it orders those that different threads report.
    pub generation: u64,
}

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider failed too often and is left alone")]
pub struct Refusal {
    /// From when on a call may be let through; [`None`] until somebody acts. While probes are on their way: when they
    /// are overdue.
    pub retry_at: Option<Moment>,
}

/// The right to one call, as the states know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ticket {
    generation: u64,
}

#[derive(Clone, Debug)]
enum Phase {
    Closed { calls: Window },
    Open { until: Moment },
    HalfOpen { until: Moment, under_way: u32, probes: Window },
    ForcedOpen,
    ForcedClosed,
}

/// The state machine. Its answers depend on the operations and their times alone.
#[derive(Clone, Debug)]
pub(super) struct Core {
    settings: BreakerSettings,
    phase: Phase,
    generation: u64,
    /// How often it opened since it was last closed.
    openings: u32,
    /// Until when the failures of this generation asked to be left alone.
    asked: Option<Moment>,
    /// Changes that nobody has been told of.
    changes: Vec<Transition>,
}

impl Core {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        let settings = settings.clamped();
        let phase = Phase::Closed { calls: Window::new(settings.window) };
        Self { settings, phase, generation: 0, openings: 0, asked: None, changes: Vec::new() }
    }

    pub(super) fn state(&mut self, now: Moment) -> BreakerState {
        self.catch_up(now);
        self.phase.state()
    }

    pub(super) fn rates(&mut self, now: Moment) -> Rates {
        self.catch_up(now);
        self.phase.rates()
    }

    /// What changed since this was last asked.
    pub(super) fn take_changes(&mut self) -> Vec<Transition> {
        std::mem::take(&mut self.changes)
    }

    pub(super) fn acquire(&mut self, now: Moment) -> Result<Ticket, Refusal> {
        self.catch_up(now);
        if let Phase::Open { until } = self.phase
            && until <= now
        {
            let until = now.after(self.settings.half_open_most);
            let probes = Window::new(self.settings.half_open_permits);
            self.change(Phase::HalfOpen { until, under_way: 0, probes }, Reason::WaitOver, now);
        }
        match &mut self.phase {
            Phase::Closed { .. } | Phase::ForcedClosed => {}
            Phase::HalfOpen { under_way, probes, .. }
                if under_way.saturating_add(probes.rates().calls) < self.settings.half_open_permits =>
            {
                *under_way += 1;
            }
            Phase::Open { until } | Phase::HalfOpen { until, .. } => {
                return Err(Refusal { retry_at: Some(*until) });
            }
            Phase::ForcedOpen => return Err(Refusal { retry_at: None }),
        }
        Ok(Ticket { generation: self.generation })
    }

    /// Gives the permit back without a verdict.
    pub(super) fn release(&mut self, ticket: Ticket, now: Moment) {
        self.catch_up(now);
        if let Phase::HalfOpen { under_way, .. } = &mut self.phase
            && ticket.generation == self.generation
        {
            *under_way = under_way.saturating_sub(1);
        }
    }

    /// Whether a verdict on this call would be one of the probes.
    pub(super) fn is_probe(&mut self, ticket: Ticket, now: Moment) -> bool {
        self.catch_up(now);
        matches!(self.phase, Phase::HalfOpen { .. }) && ticket.generation == self.generation
    }

    /// Records how a call went; `asked` is how long the server wants to be left alone. The verdict on a call that
    /// began before the last change of state is dropped.
    pub(super) fn record(&mut self, ticket: Ticket, outcome: Outcome, asked: Option<Duration>, now: Moment) {
        self.catch_up(now);
        if ticket.generation != self.generation {
            return;
        }
        let asked = asked.map(|wait| now.after(wait.min(self.settings.asked_most)));
        self.asked = self.asked.max(asked);
        let BreakerSettings { minimum_calls, failure_percent, slow_percent, half_open_permits, .. } =
            self.settings;
        match &mut self.phase {
            Phase::Closed { calls } => {
                calls.push(outcome);
                let rates = calls.rates();
                if rates.calls >= minimum_calls && rates.reach(failure_percent, slow_percent) {
                    self.open(Reason::TooManyFailures, now);
                }
            }
            Phase::HalfOpen { under_way, probes, .. } => {
                *under_way = under_way.saturating_sub(1);
                probes.push(outcome);
                let rates = probes.rates();
                if rates.calls < half_open_permits {
                    return;
                }
                if rates.reach(failure_percent, slow_percent) {
                    self.open(Reason::ProbesFailed, now);
                } else {
                    self.close(Reason::ProbesSucceeded, now);
                }
            }
            Phase::Open { .. } | Phase::ForcedOpen | Phase::ForcedClosed => {}
        }
    }

    pub(super) fn force_open(&mut self, now: Moment) {
        self.catch_up(now);
        self.change(Phase::ForcedOpen, Reason::Asked, now);
    }

    pub(super) fn force_closed(&mut self, now: Moment) {
        self.catch_up(now);
        self.change(Phase::ForcedClosed, Reason::Asked, now);
    }

    pub(super) fn reset(&mut self, now: Moment) {
        self.catch_up(now);
        self.close(Reason::Asked, now);
    }

    /// Does what time alone has brought about: probes that are overdue open it again, at the time when they became
    /// so, whenever that is noticed.
    fn catch_up(&mut self, now: Moment) {
        if let Phase::HalfOpen { until, .. } = self.phase
            && until <= now
        {
            self.open(Reason::ProbesOverdue, until);
        }
    }

    fn open(&mut self, reason: Reason, at: Moment) {
        let factor = 1_u32.checked_shl(self.openings).unwrap_or(u32::MAX);
        let wait = self.settings.open.saturating_mul(factor).min(self.settings.open_most);
        let until = at.after(wait).max(self.asked.unwrap_or(at));
        self.openings = self.openings.saturating_add(1);
        self.change(Phase::Open { until }, reason, at);
    }

    fn close(&mut self, reason: Reason, at: Moment) {
        self.openings = 0;
        self.change(Phase::Closed { calls: Window::new(self.settings.window) }, reason, at);
    }

    fn change(&mut self, phase: Phase, reason: Reason, at: Moment) {
        let (from, rates) = (self.phase.state(), self.phase.rates());
        self.phase = phase;
        self.generation += 1;
        self.asked = None;
        let (to, generation) = (self.phase.state(), self.generation);
        self.changes.push(Transition { from, to, reason, rates, at, generation });
    }
}

impl Phase {
    fn state(&self) -> BreakerState {
        match *self {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { until } => BreakerState::Open { until },
            Phase::HalfOpen { until, .. } => BreakerState::HalfOpen { until },
            Phase::ForcedOpen => BreakerState::ForcedOpen,
            Phase::ForcedClosed => BreakerState::ForcedClosed,
        }
    }

    fn rates(&self) -> Rates {
        match self {
            Phase::Closed { calls: window } | Phase::HalfOpen { probes: window, .. } => window.rates(),
            Phase::Open { .. } | Phase::ForcedOpen | Phase::ForcedClosed => Rates::default(),
        }
    }
}
