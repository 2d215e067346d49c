//! The three ways in which models are spoken to over HTTP, written by hand.
//!
//! | part | what it is |
//! | --- | --- |
//! | [`Wire`], [`KeyHeader`] | which one, and where the key goes: it is written by whoever holds it |
//! | [`request`](request()) | the engine's request as an HTTP request: the same input gives the same bytes |
//! | [`AnswerDecoder`] | the response, in chunks cut anywhere, as [`Event`](crate::stream::Event)s with one end that is proven |
//! | `chat`, `anthropic`, `gemini` | bodies and stream events of each wire |
//! | `classify`, `hints` | statuses, error bodies and headers as [`Failure`](crate::stream::Failure)s |
//! | `json` | reading fields that servers fill in differently |
//!
//! What a server says in an error is compared with known words and forgotten: bodies may repeat what the writer wrote.

mod answer;
mod anthropic;
mod chat;
mod classify;
mod gemini;
mod hints;
mod json;
mod output;
mod request;

use serde::{Deserialize, Serialize};

pub use answer::AnswerDecoder;
pub use request::{RequestError, request};

/// A way to speak to models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wire {
    /// OpenAI's chat completions, and all that imitate them: OpenRouter, Ollama, llama.cpp, LM Studio, vLLM.
    #[serde(rename = "openai")]
    OpenAi,
    /// Anthropic's Messages.
    #[serde(rename = "anthropic")]
    Anthropic,
    /// Gemini's `streamGenerateContent`.
    #[serde(rename = "gemini")]
    Gemini,
}

/// Where a wire wants its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHeader {
    /// The header, in lower case.
    pub name: &'static str,
    /// What stands before the key.
    pub prefix: &'static str,
}

impl Wire {
    /// Every wire.
    pub const ALL: &'static [Wire] = &[Wire::OpenAi, Wire::Anthropic, Wire::Gemini];

    /// The stable word: what settings and commands use.
    pub const fn name(self) -> &'static str {
        match self {
            Wire::OpenAi => "openai",
            Wire::Anthropic => "anthropic",
            Wire::Gemini => "gemini",
        }
    }

    /// The header that carries the key. [`request`](request()) leaves it out.
    pub const fn key_header(self) -> KeyHeader {
        match self {
            Wire::OpenAi => KeyHeader { name: "authorization", prefix: "Bearer " },
            Wire::Anthropic => KeyHeader { name: "x-api-key", prefix: "" },
            Wire::Gemini => KeyHeader { name: "x-goog-api-key", prefix: "" },
        }
    }
}

impl std::str::FromStr for Wire {
    type Err = UnknownWire;

    fn from_str(word: &str) -> Result<Self, UnknownWire> {
        Wire::ALL.iter().copied().find(|wire| wire.name() == word).ok_or(UnknownWire)
    }
}

/// A word that names no [`Wire`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a wire is openai, anthropic or gemini")]
pub struct UnknownWire;

#[cfg(test)]
mod tests;
