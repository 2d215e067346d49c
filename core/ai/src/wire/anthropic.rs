//! Anthropic's Messages.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Capabilities, Request, Role, Usage};
use crate::stream::{StopReason, ToolCallPiece};

use super::classify;
use super::json::{Count, Text};
use super::output::Output;
use super::request::{output_limit, temperature, written};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<&'a str>,
    messages: Vec<Turn<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a str,
}

pub(super) fn body(model: &str, capabilities: &Capabilities, request: &Request) -> Vec<u8> {
    let messages = request.messages.iter().map(|message| {
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        Turn { role, content: &message.text }
    });
    written(&Body {
        model,
        max_tokens: output_limit(capabilities, request),
        system: request.system.as_deref(),
        messages: messages.collect(),
        stream: true,
        // The provider's scale ends at 1.
        temperature: temperature(capabilities, request).map(|temperature| temperature.min(1.0)),
        stop_sequences: &request.stop,
    })
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    message: Option<Message<'a>>,
    #[serde(borrow, default)]
    content_block: Option<Block<'a>>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(default)]
    usage: Option<Tokens>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    model: Text<'a>,
    #[serde(default)]
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow, default)]
    partial_json: Text<'a>,
    #[serde(borrow, default)]
    stop_reason: Text<'a>,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    cache_read_input_tokens: Count,
    #[serde(default)]
    cache_creation_input_tokens: Count,
    #[serde(default)]
    output_tokens: Count,
}

impl Tokens {
    /// All figures are cumulative, and the prompt is split into what the cache had, what it took in, and the rest.
    fn usage(&self, before: &mut Usage) -> Usage {
        let read = self.cache_read_input_tokens.0.max(before.cache_read_tokens);
        let write = self.cache_creation_input_tokens.0.max(before.cache_write_tokens);
        let rest = self.input_tokens.0.max(before.input_tokens);
        *before = Usage { input_tokens: rest, cache_read_tokens: read, cache_write_tokens: write, ..*before };
        Usage {
            input_tokens: rest.saturating_add(read).saturating_add(write),
            cache_read_tokens: read,
            cache_write_tokens: write,
            output_tokens: self.output_tokens.0,
            reasoning_tokens: 0,
            estimated: false,
        }
    }
}

/// Reads the events of one stream.
#[derive(Debug, Default)]
pub(super) struct Anthropic {
    /// The largest of each part of the prompt so far, as reported: `input_tokens` without the cache's.
    prompt: Usage,
    /// The block of the present tool call, and how many calls there were.
    tool_block: Option<u64>,
    tool_calls: u32,
    /// Why the model stopped; it counts when the message has stopped too.
    stop: Option<StopReason>,
}

impl Anthropic {
    pub(super) fn event(&mut self, data: &str, output: &mut Output<'_>) {
        let Ok(event) = serde_json::from_str::<Event<'_>>(data) else {
            return output.broken("malformed_event");
        };
        match event.kind.as_str() {
            "message_start" => {
                let message = event.message.as_ref();
                output.started(message.and_then(|message| message.model.some()));
                if let Some(tokens) = message.and_then(|message| message.usage.as_ref()) {
                    output.usage(tokens.usage(&mut self.prompt));
                }
            }
            "content_block_start" => {
                if let Some(block) = &event.content_block {
                    self.block(event.index.0, block, output);
                }
            }
            "content_block_delta" => {
                if let Some(delta) = &event.delta {
                    self.delta(event.index.0, delta, output);
                }
            }
            "message_delta" => {
                if let Some(reason) = event.delta.as_ref().and_then(|delta| delta.stop_reason.some()) {
                    self.stop(reason, output);
                }
                if let Some(tokens) = &event.usage {
                    output.usage(tokens.usage(&mut self.prompt));
                }
            }
            "message_stop" => {
                output.stopped(self.stop.unwrap_or(StopReason::Other));
                output.close();
            }
            "ping" => output.heartbeat(),
            "error" => {
                let error = event.error.unwrap_or_default();
                output.broke_off(classify::failure(None, &error));
            }
            // New kinds of events are promised; what they say is not needed for a text.
            _ => {}
        }
    }

    fn block(&mut self, index: u64, block: &Block<'_>, output: &mut Output<'_>) {
        match block.kind.as_str() {
            "text" => output.text(block.text.as_str()),
            "thinking" => output.reasoning(block.thinking.as_str()),
            "tool_use" => {
                self.tool_block = Some(index);
                self.tool_calls = self.tool_calls.saturating_add(1);
                output.tool_call(ToolCallPiece {
                    index: self.tool_calls - 1,
                    id: block.id.some(),
                    name: block.name.some(),
                    arguments: "",
                });
            }
            _ => self.tool_block = None,
        }
    }

    fn delta(&mut self, index: u64, delta: &Delta<'_>, output: &mut Output<'_>) {
        output.reasoning(delta.thinking.as_str());
        output.text(delta.text.as_str());
        // Tools that run at the provider stream their arguments too; they are no calls of ours.
        if let Some(arguments) = delta.partial_json.some().filter(|_| self.tool_block == Some(index)) {
            let index = self.tool_calls.saturating_sub(1);
            output.tool_call(ToolCallPiece { index, id: None, name: None, arguments });
        }
    }

    fn stop(&mut self, reason: &str, output: &mut Output<'_>) {
        self.stop = Some(match reason {
            "end_turn" => StopReason::Answered,
            "max_tokens" => StopReason::OutputLimit,
            "stop_sequence" => StopReason::StopSequence,
            "tool_use" => StopReason::ToolCall,
            "pause_turn" => StopReason::Paused,
            "model_context_window_exceeded" => StopReason::ContextFull,
            "refusal" => return output.refused(),
            _ => StopReason::Other,
        });
    }
}
