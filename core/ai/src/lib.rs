//! AI runs for writing apps: they survive bad networks, quotas and kills, spend and send nothing that the
//! writer did not allow, and never overwrite a word.
//!
//! | Room | What lives here |
//! | --- | --- |
//! | [`model`] | what a model is asked and what it reports: messages, usage, prices, locality |
//! | [`resilience`] | what happens when a call fails: retries, breaker, cooldowns, limits, fallback |
//!
//! Nothing here knows a database, and no byte leaves but through a transport or a model that the app brought.

pub mod model;
pub mod resilience;
