//! Whom a run may ask, and under what rules.

use std::sync::Arc;

use crate::ledger::Ledger;
use crate::model::{Locality, Prices};
use crate::privacy::{Ceiling, Located};
use crate::resilience::{self, Breaker, Consents, Cooldowns, RetryBudget, RetryPolicy};

use super::Timers;

/// One model that a run may ask: what is known of it, and the guards that all runs to it share.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The provider, as the app calls it.
    pub provider: String,
    /// The model.
    pub model: String,
    /// How far a text travels to it.
    pub locality: Locality,
    /// Tokens of prompt and answer together that it takes, where that is known.
    pub context_tokens: Option<u64>,
    /// Whether it thinks before it answers.
    pub reasoning: bool,
    /// What it costs, where that is known.
    pub prices: Option<Prices>,
    /// Tokens of the prompt for this model, estimated.
    pub input_tokens: u64,
    /// The longest answer that is asked for.
    pub max_output_tokens: u64,
    /// The breaker of its endpoint.
    pub breaker: Breaker,
    /// The retries that its provider and key are worth.
    pub budget: Arc<RetryBudget>,
}

impl Located for Candidate {
    fn locality(&self) -> Locality {
        self.locality
    }
}

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whom to ask, in order; at most three are asked.
    pub candidates: Vec<Candidate>,
    /// The cases in which the user allows falling back.
    pub consents: Consents,
    /// How far the text may travel.
    pub ceiling: Ceiling,
    /// How often one model is asked.
    pub policy: RetryPolicy,
    /// How long each part may take.
    pub timers: Timers,
    /// The seed of the run's waits: random bits of the process, fixed in tests.
    pub seed: u64,
}

/// What all runs of a library share.
#[derive(Clone, Debug)]
pub struct Services {
    /// Where calls are reserved and settled.
    pub ledger: Ledger,
    /// Providers that are left alone.
    pub cooldowns: Arc<Cooldowns>,
}

/// A candidate as the chain sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) number: usize,
    on_device: bool,
    context: Option<u64>,
}

impl Place {
    pub(super) fn of(number: usize, candidate: &Candidate) -> Self {
        let on_device = candidate.locality == Locality::Device;
        Self { number, on_device, context: candidate.context_tokens }
    }
}

impl resilience::Candidate for Place {
    fn is_on_device(&self) -> bool {
        self.on_device
    }

    fn context_tokens(&self) -> Option<u64> {
        self.context
    }
}
