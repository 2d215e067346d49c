//! A response in chunks, as the events of an answer.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use writemagic_shared::limits::ERROR_BODY_BYTES;
use writemagic_shared::runtime::Timestamp;

use crate::sse::{self, Item, SseError};
use crate::stream::{Failure, FailureClass, Sink};
use crate::transport::ResponseHead;

use super::anthropic::Anthropic;
use super::chat::Chat;
use super::gemini::Gemini;
use super::output::{Output, Progress};
use super::{Wire, classify, hints};

/// Reads one HTTP response as an answer: its stream, or what it says instead of one.
///
/// Events are the same however the bytes are cut. Exactly one [`End`](crate::stream::Event::End) comes, at the latest from
/// [`finish`](Self::finish) or [`broke_off`](Self::broke_off), and nothing after it. An answer is finished only if the
/// provider said so: a finish reason (chat completions, where `[DONE]` may follow or not; Gemini, at the end of the
/// stream), or `message_stop`. Without that it is [`FailureClass::Interrupted`] if there was content, else
/// [`FailureClass::Connection`].
///
/// Usage comes as the whole so far, whatever the provider's habit. Of several alternative answers the first is read.
pub struct AnswerDecoder {
    body: Body,
    progress: Progress,
}

enum Body {
    Stream {
        sse: sse::Decoder,
        wire: WireDecoder,
    },
    /// No stream: an error, or a success of another kind.
    Other {
        bytes: Vec<u8>,
        head: ErrorHead,
    },
}

enum WireDecoder {
    OpenAi(Chat),
    Anthropic(Anthropic),
    Gemini(Gemini),
}

struct ErrorHead {
    status: u16,
    /// Whether a body is worth reading.
    is_json: bool,
    retry_after: Option<Duration>,
    should_retry: Option<bool>,
}

impl AnswerDecoder {
    /// A decoder for the response that begins with `head`; `now` is what dates in it are compared with.
    pub fn new(wire: Wire, head: &ResponseHead, now: Timestamp) -> Self {
        let kind = head.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let success = (200..=299).contains(&head.status());
        let body = if success && kind.eq_ignore_ascii_case("text/event-stream") {
            let wire = match wire {
                Wire::OpenAi => WireDecoder::OpenAi(Chat::default()),
                Wire::Anthropic => WireDecoder::Anthropic(Anthropic::default()),
                Wire::Gemini => WireDecoder::Gemini(Gemini::default()),
            };
            Body::Stream { sse: sse::Decoder::new(), wire }
        } else {
            let head = ErrorHead {
                status: head.status(),
                is_json: !kind.to_ascii_lowercase().contains("html"),
                retry_after: hints::retry_after(head, now),
                should_retry: hints::should_retry(head),
            };
            Body::Other { bytes: Vec::new(), head }
        };
        Self { body, progress: Progress::default() }
    }

    /// Reads the next chunk. After the end it is ignored.
    pub fn push(&mut self, chunk: &[u8], sink: &mut dyn Sink) {
        let mut output = Output { progress: &mut self.progress, sink };
        match &mut self.body {
            Body::Stream { sse, wire } => {
                if output.is_ended() {
                    return;
                }
                let read = sse.push(chunk, |item| match item {
                    _ if output.is_ended() => {}
                    Item::Comment => output.heartbeat(),
                    // Some servers send empty events to show that they live.
                    Item::Event { data, .. } if data.trim().is_empty() => output.heartbeat(),
                    Item::Event { data, .. } => wire.event(data, &mut output),
                });
                match read {
                    Ok(()) => {}
                    Err(SseError::EventTooLong) => output.broken("event_too_long"),
                    Err(SseError::StreamTooLong) => output.broken("stream_too_long"),
                }
            }
            Body::Other { bytes, head } => {
                let room = usize::try_from(ERROR_BODY_BYTES).unwrap_or(usize::MAX) - bytes.len();
                if head.is_json {
                    bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                }
                // A login page, or more than an error ever is: what is known is enough.
                if !output.is_ended() && (!head.is_json || chunk.len() > room) {
                    output.broke_off(head.failure(bytes));
                }
            }
        }
    }

    /// The response has ended in order.
    pub fn finish(&mut self, sink: &mut dyn Sink) {
        let mut output = Output { progress: &mut self.progress, sink };
        if output.is_ended() {
            return;
        }
        match &mut self.body {
            Body::Stream { .. } => output.close(),
            Body::Other { bytes, head } => output.broke_off(head.failure(bytes)),
        }
    }

    /// The response has ended otherwise: the connection broke, or a timer gave it up. If the provider had already said that
    /// the answer is whole, it is; else it ends with `failure`, which after content becomes
    /// [`FailureClass::Interrupted`] unless it is a cancellation.
    pub fn broke_off(&mut self, failure: Failure, sink: &mut dyn Sink) {
        let mut output = Output { progress: &mut self.progress, sink };
        if output.is_ended() {
            return;
        }
        match &mut self.body {
            Body::Stream { .. } => output.broke_off(failure),
            // The status alone says what happened; the rest of the body would have been of no importance.
            Body::Other { bytes, head } if failure.class != FailureClass::Cancelled => {
                output.broke_off(head.failure(bytes));
            }
            Body::Other { .. } => output.broke_off(failure),
        }
    }

    /// Whether the end has been given out: nothing more of the response is needed.
    pub fn is_ended(&self) -> bool {
        self.progress.is_ended()
    }
}

impl WireDecoder {
    fn event(&mut self, data: &str, output: &mut Output<'_>) {
        match self {
            WireDecoder::OpenAi(chat) => chat.event(data, output),
            WireDecoder::Anthropic(anthropic) => anthropic.event(data, output),
            WireDecoder::Gemini(gemini) => gemini.event(data, output),
        }
    }
}

impl ErrorHead {
    /// What the response says, as far as it came. A body that was cut off counts as none.
    fn failure(&self, bytes: &[u8]) -> Failure {
        let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let mut failure = match self.status {
            200..=299 if classify::is_error(&body) => classify::failure(None, &body),
            200..=299 => Failure::new(FailureClass::NotAStream),
            status => classify::failure(Some(status), &body),
        };
        failure.status = failure.status.or(Some(self.status));
        failure.retry_after = self.retry_after.or(failure.retry_after);
        failure.should_retry = self.should_retry;
        failure
    }
}

impl fmt::Debug for AnswerDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerDecoder").field("progress", &self.progress).finish_non_exhaustive()
    }
}
