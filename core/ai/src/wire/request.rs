//! The engine's request as an HTTP request.

use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::limits::REQUEST_BYTES;

use crate::model::{Capabilities, Provider, Request, Role};
use crate::transport::HttpRequest;

use super::{Wire, anthropic, chat, gemini};

/// The most stop sequences that every wire takes.
const STOP_SEQUENCES: usize = 4;
const STOP_BYTES: usize = 256;

/// Why a request cannot be asked of any provider, or not of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// There is nothing to answer: no message, or only empty ones.
    #[error("the request has no text to answer")]
    Empty,
    /// The last turn is the model's own, and this model does not go on from one.
    #[error("the model does not continue a turn of its own")]
    Prefill,
    /// The longest answer is zero.
    #[error("the longest answer must be at least one token")]
    NoOutput,
    /// The temperature is not between 0 and 2.
    #[error("the temperature must be between 0 and 2")]
    Temperature,
    /// There are more than 4 stop sequences, an empty one, or one of more than 256 bytes.
    #[error("these stop sequences cannot be")]
    Stop,
    /// The texts are longer than [`REQUEST_BYTES`] together.
    #[error("the request is over the limit")]
    TooLarge {
        /// Their length in bytes.
        bytes: u64,
    },
}

impl Coded for RequestError {
    fn code(&self) -> Code {
        match self {
            RequestError::TooLarge { .. } => Code::LimitExceeded,
            _ => Code::InvalidArgument,
        }
    }

    fn details(&self) -> Details {
        let what = |word: &'static str| Details::none().with("what", word);
        match *self {
            RequestError::Empty => what("messages"),
            RequestError::Prefill => what("prefill"),
            RequestError::NoOutput => what("max_output_tokens"),
            RequestError::Temperature => what("temperature"),
            RequestError::Stop => what("stop"),
            RequestError::TooLarge { bytes } => {
                what("request_bytes").with("value", bytes).with("limit", REQUEST_BYTES)
            }
        }
    }
}

/// What to send to `provider`, all but the key.
///
/// The same input gives the same bytes, so that a provider's cache of prompts knows them again. Linear in the texts.
///
/// # Errors
/// [`RequestError`] for what no provider, or not a model with these capabilities, would take.
pub fn request(
    provider: &Provider,
    capabilities: &Capabilities,
    request: &Request,
) -> Result<HttpRequest, RequestError> {
    check(capabilities, request)?;
    let base = provider.base_url().as_str();
    let (url, body) = match provider.wire() {
        Wire::OpenAi => {
            (format!("{base}/chat/completions"), chat::body(provider.model(), capabilities, request))
        }
        Wire::Anthropic => {
            (format!("{base}/v1/messages"), anthropic::body(provider.model(), capabilities, request))
        }
        Wire::Gemini => (
            format!("{base}/models/{}:streamGenerateContent?alt=sse", gemini::model_path(provider.model())),
            gemini::body(capabilities, request),
        ),
    };
    let mut http = HttpRequest::post(url, body);
    http.set_header("content-type", "application/json");
    http.set_header("accept", "text/event-stream");
    http.set_header("user-agent", concat!("writemagic/", env!("CARGO_PKG_VERSION")));
    if provider.wire() == Wire::Anthropic {
        http.set_header("anthropic-version", "2023-06-01");
    }
    Ok(http)
}

fn check(capabilities: &Capabilities, request: &Request) -> Result<(), RequestError> {
    let texts = request.messages.iter().map(|message| message.text.len());
    let bytes: usize = texts.chain(request.system.as_ref().map(String::len)).sum();
    if bytes as u64 > REQUEST_BYTES {
        return Err(RequestError::TooLarge { bytes: bytes as u64 });
    }
    if request.messages.iter().all(|message| message.text.is_empty()) {
        return Err(RequestError::Empty);
    }
    let prefill = request.messages.last().is_some_and(|message| message.role == Role::Assistant);
    if prefill && !capabilities.prefill {
        return Err(RequestError::Prefill);
    }
    if request.max_output_tokens == 0 {
        return Err(RequestError::NoOutput);
    }
    if request.temperature.is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
        return Err(RequestError::Temperature);
    }
    if request.stop.len() > STOP_SEQUENCES
        || request.stop.iter().any(|stop| stop.is_empty() || stop.len() > STOP_BYTES)
    {
        return Err(RequestError::Stop);
    }
    Ok(())
}

/// The longest answer that is asked for: what the request wants, at most what the model can give.
pub(super) fn output_limit(capabilities: &Capabilities, request: &Request) -> u64 {
    capabilities
        .max_output_tokens
        .map_or(request.max_output_tokens, |most| request.max_output_tokens.min(most))
}

/// The temperature, where the model takes one.
pub(super) fn temperature(capabilities: &Capabilities, request: &Request) -> Option<f32> {
    request.temperature.filter(|_| capabilities.temperature)
}

/// JSON of a body whose fields stand in the order of its struct.
pub(super) fn written(body: &impl serde::Serialize) -> Vec<u8> {
    // Strings and numbers alone: writing them into memory has no way to fail.
    serde_json::to_vec(body).unwrap_or_default()
}
