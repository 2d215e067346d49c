//! AI runs for writing apps: they survive bad networks, quotas and kills, spend and send nothing that the
//! writer did not allow, and never overwrite a word.
//!
//! | Room | What lives here |
//! | --- | --- |
//! | [`key`] | API keys: asked for when needed, wiped when used |
//! | [`ledger`] | what calls cost, and the caps that they keep to |
//! | [`model`] | what a model is asked and what it reports: messages, usage, prices, locality; providers, host models, records |
//! | [`privacy`] | what may leave the device: locality ceiling, masking, send log |
//! | [`resilience`] | what happens when a call fails: retries, breaker, cooldowns, limits, fallback |
//! | [`sse`] | server-sent events from bytes that are cut anywhere |
//! | [`stream`] | what an answer says while it comes in, and the classes of failure |
//! | [`transport`] | the only door to a network: requests out, responses in |
//! | [`wire`] | OpenAI-compatible chat completions, Anthropic Messages, Gemini: requests and answers as bytes |
//!
//! Nothing here knows a database, and no byte leaves but through a transport or a model that the app brought.

mod fault;
pub mod key;
pub mod ledger;
pub mod model;
pub mod privacy;
pub mod resilience;
mod service_name;
pub mod sse;
pub mod stream;
pub mod transport;
pub mod wire;

pub use fault::StoreFault;
