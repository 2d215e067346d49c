//! AI runs for writing apps: they survive bad networks, quotas and kills, spend and send nothing that the
//! writer did not allow, and never overwrite a word.
//!
//! | Room | What lives here |
//! | --- | --- |
//! | [`driver`] | what drives runs, on a runtime and over a transport: the way in for an app |
//! | [`estimate`] | how many tokens a text is, learned from what models report |
//! | [`foreign`] | what fails on the other side of a trait |
//! | [`key`] | API keys: asked for when needed, wiped when used |
//! | [`ledger`] | what calls cost, and the caps that they keep to |
//! | [`model`] | what a model is asked and what it reports: messages, usage, prices, locality; providers, host models, records |
//! | [`privacy`] | what may leave the device: locality ceiling, masking, send log |
//! | [`proof`] | what can be said of a text without a model: doubled words, spacing, consistency |
//! | [`proposal`] | answers that would change a text, as hunks that are accepted or rejected |
//! | [`resilience`] | what happens when a call fails: retries, breaker, cooldowns, limits, fallback |
//! | [`run`] | one run, from what is asked to exactly one end; kept on the way, and continued |
//! | [`sse`] | server-sent events from bytes that are cut anywhere |
//! | [`stream`] | what an answer says while it comes in, and the classes of failure |
//! | [`task`] | what writers ask for: prompts from templates, passages as context, answers made clean |
//! | [`transport`] | the only door to a network: requests out, responses in |
//! | [`wire`] | OpenAI-compatible chat completions, Anthropic Messages, Gemini: requests and answers as bytes |
//!
//! Nothing here knows a database, and no byte leaves but through a transport or a model that the app brought.

pub mod driver;
pub mod estimate;
pub mod foreign;
pub mod key;
pub mod ledger;
pub mod model;
pub mod privacy;
pub mod proof;
pub mod proposal;
pub mod resilience;
pub mod run;
mod service_name;
pub mod sse;
pub mod stream;
pub mod task;
pub mod transport;
pub mod wire;
