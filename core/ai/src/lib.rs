//! AI runs for writing apps: they survive bad networks, quotas and kills, spend and send nothing that the
//! writer did not allow, and never overwrite a word.
//!
//! | Room | What lives here |
//! | --- | --- |
//! | [`key`] | API keys: asked for when needed, wiped when used |
//! | [`ledger`] | what calls cost, and the caps that they keep to |
//! | [`model`] | what a model is asked and what it reports: messages, usage, prices, locality |
//! | [`privacy`] | what may leave the device: locality ceiling, masking, send log |
//! | [`resilience`] | what happens when a call fails: retries, breaker, cooldowns, limits, fallback |
//!
//! Nothing here knows a database, and no byte leaves but through a transport or a model that the app brought.

mod fault;
pub mod key;
pub mod ledger;
pub mod model;
pub mod privacy;
pub mod resilience;
mod service_name;

pub use fault::StoreFault;
