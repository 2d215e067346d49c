//! The breaker as one would explain it: it keeps everything that ever happened and counts anew each time.

use std::time::Duration;

use super::super::state::{BreakerSettings, BreakerState};
use super::super::window::Outcome;
use crate::resilience::Moment;

/// Something that happened, in the order in which it did.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Entered(BreakerState),
    Acquired { call: usize },
    Released { call: usize },
    Recorded { call: usize, outcome: Outcome, asked_until: Option<Moment> },
}

#[derive(Clone, Debug)]
pub(super) struct Model {
    settings: BreakerSettings,
    events: Vec<Event>,
    calls: usize,
}

impl Model {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self { settings, events: vec![Event::Entered(BreakerState::Closed)], calls: 0 }
    }

    pub(super) fn changes(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::Entered(_))).count() - 1
    }

    pub(super) fn state(&mut self, now: Moment) -> BreakerState {
        if let BreakerState::HalfOpen { until } = self.present()
            && now >= until
        {
            self.open(until);
        }
        self.present()
    }

    /// The number of the call, or from when on it may be made.
    pub(super) fn acquire(&mut self, now: Moment) -> Result<usize, Option<Moment>> {
        if let BreakerState::Open { until } = self.state(now)
            && now >= until
        {
            self.enter(BreakerState::HalfOpen { until: now.after(self.settings.half_open_most) });
        }
        match self.present() {
            BreakerState::ForcedOpen => return Err(None),
            BreakerState::Open { until } => return Err(Some(until)),
            BreakerState::HalfOpen { until } if self.probes() == self.settings.half_open_permits as usize => {
                return Err(Some(until));
            }
            _ => {}
        }
        self.calls += 1;
        self.events.push(Event::Acquired { call: self.calls });
        Ok(self.calls)
    }

    pub(super) fn release(&mut self, call: usize, now: Moment) {
        self.state(now);
        self.events.push(Event::Released { call });
    }

    pub(super) fn record(&mut self, call: usize, outcome: Outcome, asked: Option<Duration>, now: Moment) {
        self.state(now);
        if !self.began_in_this_state(call) {
            return;
        }
        let asked_until = asked.map(|wait| now.after(wait.min(self.settings.asked_most)));
        self.events.push(Event::Recorded { call, outcome, asked_until });
        let (calls, failed, slow) = self.counts();
        let share = |part: usize| part as f64 / calls as f64 * 100.0;
        let is_bad = share(failed) >= f64::from(self.settings.failure_percent)
            || share(slow) >= f64::from(self.settings.slow_percent);
        match self.present() {
            BreakerState::Closed if calls >= self.settings.minimum_calls as usize && is_bad => self.open(now),
            BreakerState::HalfOpen { .. } if calls == self.settings.half_open_permits as usize => {
                if is_bad {
                    self.open(now);
                } else {
                    self.enter(BreakerState::Closed);
                }
            }
            _ => {}
        }
    }

    pub(super) fn force(&mut self, state: BreakerState, now: Moment) {
        self.state(now);
        self.enter(state);
    }

    /// Calls that count, those of them that failed, and those that were slow.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let length = match self.present() {
            BreakerState::Closed => self.settings.window,
            BreakerState::HalfOpen { .. } => self.settings.half_open_permits,
            _ => 0,
        };
        let outcomes = self.in_this_state().iter().filter_map(|event| match event {
            Event::Recorded { outcome, .. } => Some(*outcome),
            _ => None,
        });
        let last: Vec<Outcome> = outcomes.rev().take(length as usize).collect();
        let count = |test: fn(&Outcome) -> bool| last.iter().filter(|outcome| test(outcome)).count();
        (last.len(), count(|outcome| outcome.failed), count(|outcome| outcome.slow))
    }

    fn enter(&mut self, state: BreakerState) {
        self.events.push(Event::Entered(state));
    }

    fn open(&mut self, at: Moment) {
        let since_closed = self.events.iter().rev().map_while(|event| match event {
            Event::Entered(BreakerState::Closed) => None,
            Event::Entered(BreakerState::Open { .. }) => Some(1),
            _ => Some(0),
        });
        let openings: u32 = since_closed.sum();
        let wait = (self.settings.open * 2_u32.pow(openings)).min(self.settings.open_most);
        let asked = self.in_this_state().iter().filter_map(|event| match event {
            Event::Recorded { asked_until, .. } => *asked_until,
            _ => None,
        });
        let until = asked.chain([at.after(wait)]).max();
        self.enter(BreakerState::Open { until: until.unwrap_or(at) });
    }

    /// Probes under way and probes that have said how they went.
    fn probes(&self) -> usize {
        let acquired = self.in_this_state().iter().filter_map(|event| match event {
            Event::Acquired { call } => Some(*call),
            _ => None,
        });
        let released = |call: &usize| self.events.contains(&Event::Released { call: *call });
        acquired.filter(|call| !released(call)).count()
    }

    fn began_in_this_state(&self, call: usize) -> bool {
        self.in_this_state().contains(&Event::Acquired { call })
    }

    fn present(&self) -> BreakerState {
        let entered = self.events.iter().rev().find_map(|event| match event {
            Event::Entered(state) => Some(*state),
            _ => None,
        });
        entered.expect("a state was entered first")
    }

    fn in_this_state(&self) -> &[Event] {
        let is_entry = |event: &Event| matches!(event, Event::Entered(_));
        let entered = self.events.iter().rposition(is_entry).expect("a state was entered first");
        &self.events[entered..]
    }
}
