//! Whom a run asks, and under what rules.

use std::fmt;
use std::sync::Arc;

use crate::model::{HostModel, Provider};
use crate::privacy::{Ceiling, Mask};
use crate::resilience::{Consents, Priority, RetryPolicy};
use crate::run::Timers;

/// A model that can be asked.
#[derive(Clone)]
pub enum Model {
    /// Behind a network.
    Provider(Provider),
    /// The app's own.
    Host(Arc<dyn HostModel>),
}

impl From<Provider> for Model {
    fn from(provider: Provider) -> Self {
        Self::Provider(provider)
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(provider) => f.debug_tuple("Provider").field(provider).finish(),
            Self::Host(_) => f.debug_tuple("Host").finish_non_exhaustive(),
        }
    }
}

/// Whom a run asks, and under what rules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Terms {
    /// The models, in the order in which they are asked: at most 16
    /// ([`RUN_MODELS`](writemagic_shared::limits::RUN_MODELS)), of which three are.
    pub models: Vec<Model>,
    /// How far the text may travel; the cloud unless something nearer is said.
    pub ceiling: Ceiling,
    /// What is taken out of a request that leaves the app and put back into the answer. It is for every provider, and for
    /// models of the app that are not on the device.
    pub mask: Option<Mask>,
    /// Whether a person waits for the answer; so by default.
    pub priority: Priority,
    /// The cases in which the user allows falling back; none by default.
    pub consents: Consents,
    /// How often one model is asked.
    pub policy: RetryPolicy,
    /// How long each part may take.
    pub timers: Timers,
}

impl Terms {
    /// These models, in this order, and the usual rules.
    pub fn new(models: impl IntoIterator<Item = impl Into<Model>>) -> Self {
        Self {
            models: models.into_iter().map(Into::into).collect(),
            ceiling: Ceiling::nearest([]),
            mask: None,
            priority: Priority::Foreground,
            consents: Consents::default(),
            policy: RetryPolicy::default(),
            timers: Timers::default(),
        }
    }
}
