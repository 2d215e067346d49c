//! What a model can do.

use serde::{Deserialize, Serialize};

/// What a model can do and how it wants to be asked. What a record leaves out is as the default has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Capabilities {
    /// Tokens of prompt and answer together; unknown when absent.
    pub context_tokens: Option<u64>,
    /// The longest answer in tokens; unknown when absent.
    pub max_output_tokens: Option<u64>,
    /// Takes a standing instruction apart from the conversation.
    pub system: bool,
    /// Calls tools.
    pub tools: bool,
    /// Answers in JSON of a given form.
    pub json: bool,
    /// Goes on from a last turn that is its own. Where this is false such a request is an error at the provider.
    pub prefill: bool,
    /// Reads images.
    pub images: bool,
    /// Thinks before it answers, so that the first content may take minutes.
    pub reasoning: bool,
    /// Takes a temperature.
    pub temperature: bool,
    /// Reports usage in a stream when asked to (OpenAI-compatible wire).
    pub stream_usage: bool,
    /// What the longest answer is called in a request (OpenAI-compatible wire).
    pub output_limit: OutputLimit,
}

/// What an OpenAI-compatible server calls the longest answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputLimit {
    /// `max_tokens`: the name that every server knows but OpenAI's for its newer models.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`: OpenAI's name since its models reason.
    MaxCompletionTokens,
}

impl Default for Capabilities {
    /// A plain chat model of which nothing else is known.
    fn default() -> Self {
        Self {
            context_tokens: None,
            max_output_tokens: None,
            system: true,
            tools: false,
            json: false,
            prefill: false,
            images: false,
            reasoning: false,
            temperature: true,
            stream_usage: true,
            output_limit: OutputLimit::MaxTokens,
        }
    }
}
