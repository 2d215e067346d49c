//! AI runs for writing apps: they survive bad networks, quotas and kills, spend and send nothing that the
//! writer did not allow, and never overwrite a word.
//!
//! | Room | What lives here |
//! | --- | --- |
//! | [`model`] | what a model is asked and what it reports: messages, usage, prices, locality |
//! | [`estimate`] | how many tokens a text is, learned from what models report |
//! | [`proposal`] | answers that would change a text, as hunks that are accepted or rejected |
//! | [`task`] | what writers ask for: prompts from templates, passages as context, answers made clean |
//! | [`proof`] | what can be said of a text without a model: doubled words, spacing, consistency |
//! | [`foreign`] | what fails on the other side of a trait |
//!
//! Nothing here knows a database, and no byte leaves but through a transport or a model that the app brought.

pub mod estimate;
pub mod foreign;
pub mod model;
pub mod proof;
pub mod proposal;
pub mod task;
