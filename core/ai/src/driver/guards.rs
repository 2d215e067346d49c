//! What is kept of each provider between its runs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::resilience::{
    Breaker, BreakerSettings, Gate, GateSettings, MonotonicClock, RetryBudget, RetryBudgetSettings,
};

/// Providers that are remembered; a new one takes the place of the one that was not asked for longest.
const PROVIDERS: usize = 256;
/// Endpoints of one provider that are remembered: its address changes when its setting does.
const ENDPOINTS: usize = 8;

/// Gate and retry budget of each provider, and the breaker of each of its endpoints. Runs that hold what is forgotten here
/// keep it.
#[derive(Debug)]
pub(super) struct Guards {
    clock: Arc<dyn MonotonicClock>,
    /// The one that was asked last stands last.
    providers: Mutex<VecDeque<Guarded>>,
}

#[derive(Debug)]
struct Guarded {
    provider: String,
    gate: Gate,
    budget: Arc<RetryBudget>,
    breakers: VecDeque<(String, Breaker)>,
}

/// What guards one call.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) gate: Gate,
    pub(super) budget: Arc<RetryBudget>,
    pub(super) breaker: Breaker,
}

impl Guards {
    pub(super) fn new(clock: Arc<dyn MonotonicClock>) -> Self {
        Self { clock, providers: Mutex::default() }
    }

    /// What guards calls of `provider` to `endpoint`. `gate` counts when the provider is new.
    pub(super) fn of(&self, provider: &str, endpoint: &str, gate: GateSettings) -> Guard {
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = providers.iter().position(|guarded| guarded.provider == provider);
        let mut guarded = known.and_then(|at| providers.remove(at)).unwrap_or_else(|| Guarded {
            provider: provider.to_owned(),
            gate: Gate::new(gate),
            budget: Arc::new(RetryBudget::new(RetryBudgetSettings::default(), self.clock.clone())),
            breakers: VecDeque::new(),
        });
        let known = guarded.breakers.iter().position(|(other, _)| other == endpoint);
        let breaker = match known.and_then(|at| guarded.breakers.remove(at)) {
            Some((_, breaker)) => breaker,
            None => Breaker::new(BreakerSettings::default(), self.clock.clone()),
        };
        let guard = Guard {
            gate: guarded.gate.clone(),
            budget: Arc::clone(&guarded.budget),
            breaker: breaker.clone(),
        };
        guarded.breakers.push_back((endpoint.to_owned(), breaker));
        keep_last(&mut guarded.breakers, ENDPOINTS);
        providers.push_back(guarded);
        keep_last(&mut providers, PROVIDERS);
        guard
    }

    /// Forgets how calls of `provider` went.
    pub(super) fn reset(&self, provider: &str) {
        let providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        for guarded in providers.iter().filter(|guarded| guarded.provider == provider) {
            guarded.breakers.iter().for_each(|(_, breaker)| breaker.reset());
        }
    }
}

fn keep_last<T>(all: &mut VecDeque<T>, most: usize) {
    while all.len() > most {
        all.pop_front();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::resilience::ManualMonotonicClock;

    fn of(guards: &Guards, provider: &str, endpoint: &str) -> Guard {
        guards.of(provider, endpoint, GateSettings::default())
    }

    #[test]
    fn runs_to_one_endpoint_share_a_breaker_and_runs_to_one_provider_the_rest() {
        let guards = Guards::new(Arc::new(ManualMonotonicClock::new()));
        let first = of(&guards, "a", "https://one");
        for _ in 0..5 {
            first.breaker.acquire().unwrap().failed(Duration::ZERO, None);
        }
        assert!(of(&guards, "a", "https://one").breaker.acquire().is_err());
        assert!(of(&guards, "a", "https://two").breaker.acquire().is_ok());
        assert!(of(&guards, "b", "https://one").breaker.acquire().is_ok());
        assert!(Arc::ptr_eq(&first.budget, &of(&guards, "a", "https://two").budget));
        guards.reset("a");
        assert!(of(&guards, "a", "https://one").breaker.acquire().is_ok());
    }

    #[test]
    fn the_provider_and_the_endpoint_that_were_not_asked_for_longest_are_forgotten() {
        let guards = Guards::new(Arc::new(ManualMonotonicClock::new()));
        let first = of(&guards, "first", "");
        for number in 0..PROVIDERS {
            of(&guards, &number.to_string(), "");
        }
        assert_eq!(guards.providers.lock().unwrap().len(), PROVIDERS);
        assert!(!Arc::ptr_eq(&first.budget, &of(&guards, "first", "").budget));
        for number in 0..=ENDPOINTS {
            of(&guards, "first", &number.to_string());
        }
        assert_eq!(guards.providers.lock().unwrap().back().unwrap().breakers.len(), ENDPOINTS);
    }
}
