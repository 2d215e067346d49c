//! What a call used.

use serde::{Deserialize, Serialize};

/// Tokens that one call used, as the provider reported them or as they were estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, those read from and written to the provider's cache included.
    pub input_tokens: u64,
    /// Of these, tokens that the provider had in its cache.
    pub cache_read_tokens: u64,
    /// Of these, tokens that the provider newly put into its cache.
    pub cache_write_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: u64,
    /// Of these, tokens of reasoning that is not part of the answer.
    pub reasoning_tokens: u64,
    /// Whether these are the engine's estimate, for want of a report.
    pub estimated: bool,
}
