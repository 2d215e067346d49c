//! Gemini's `streamGenerateContent` with `alt=sse`.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::{Capabilities, Request, Role, Usage};
use crate::stream::{StopReason, ToolCallPiece};

use super::classify;
use super::json::{Count, First, Flag, Indexed, List, Text};
use super::output::Output;
use super::request::{output_limit, temperature, written};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Turn<'a>>,
    contents: Vec<Turn<'a>>,
    generation_config: Generation<'a>,
}

#[derive(Serialize)]
struct Turn<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [TextPart<'a>; 1],
}

#[derive(Serialize)]
struct TextPart<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Generation<'a> {
    max_output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
}

/// A model's name as a part of a path: without a `models/` before it, and with all but plain characters escaped.
pub(super) fn model_path(model: &str) -> String {
    let model = model.strip_prefix("models/").unwrap_or(model);
    let mut path = String::with_capacity(model.len());
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing into a string has no way to fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

pub(super) fn body(capabilities: &Capabilities, request: &Request) -> Vec<u8> {
    let turn = |role, text| Turn { role, parts: [TextPart { text }] };
    let contents = request.messages.iter().map(|message| {
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "model",
        };
        turn(Some(role), &message.text)
    });
    written(&Body {
        system_instruction: request.system.as_deref().map(|text| turn(None, text)),
        contents: contents.collect(),
        generation_config: Generation {
            max_output_tokens: output_limit(capabilities, request),
            temperature: temperature(capabilities, request),
            stop_sequences: &request.stop,
        },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk<'a> {
    #[serde(borrow, default)]
    candidates: First<Candidate<'a>>,
    #[serde(borrow, default)]
    prompt_feedback: Option<Feedback<'a>>,
    #[serde(default)]
    usage_metadata: Option<Tokens>,
    #[serde(borrow, default)]
    model_version: Text<'a>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
}

impl Indexed for Candidate<'_> {
    fn index(&self) -> u64 {
        self.index.0
    }
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    parts: List<Part<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(default)]
    thought: Flag,
    #[serde(borrow, default)]
    function_call: Option<FunctionCall<'a>>,
}

#[derive(Deserialize)]
struct FunctionCall<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    args: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(borrow, default)]
    block_reason: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    #[serde(default)]
    prompt_token_count: Count,
    #[serde(default)]
    tool_use_prompt_token_count: Count,
    #[serde(default)]
    cached_content_token_count: Count,
    #[serde(default)]
    candidates_token_count: Count,
    #[serde(default)]
    thoughts_token_count: Count,
}

impl Tokens {
    /// The prompt includes what the cache had; the thoughts stand beside the candidates.
    fn usage(&self) -> Usage {
        Usage {
            input_tokens: self.prompt_token_count.0.saturating_add(self.tool_use_prompt_token_count.0),
            cache_read_tokens: self.cached_content_token_count.0,
            cache_write_tokens: 0,
            output_tokens: self.candidates_token_count.0.saturating_add(self.thoughts_token_count.0),
            reasoning_tokens: self.thoughts_token_count.0,
            estimated: false,
        }
    }
}

/// Reads the events of one stream.
#[derive(Debug, Default)]
pub(super) struct Gemini {
    tool_calls: u32,
}

impl Gemini {
    pub(super) fn event(&mut self, data: &str, output: &mut Output<'_>) {
        let Ok(chunk) = serde_json::from_str::<Chunk<'_>>(data) else {
            return output.broken("malformed_event");
        };
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return output.broke_off(classify::failure(None, &error));
        }
        output.started(chunk.model_version.some());
        if let Some(candidate) = chunk.candidates.0 {
            for part in candidate.content.iter().flat_map(|content| &content.parts.0) {
                self.part(part, output);
            }
            if let Some(reason) = candidate.finish_reason.some() {
                self.finish(reason, output);
            }
        }
        if chunk.prompt_feedback.is_some_and(|feedback| feedback.block_reason.some().is_some()) {
            output.refused();
        }
        if let Some(tokens) = chunk.usage_metadata {
            output.usage(tokens.usage());
        }
    }

    fn part(&mut self, part: &Part<'_>, output: &mut Output<'_>) {
        if part.thought.0 {
            output.reasoning(part.text.as_str());
        } else {
            output.text(part.text.as_str());
        }
        if let Some(call) = &part.function_call {
            let index = self.tool_calls;
            self.tool_calls = index.saturating_add(1);
            output.tool_call(ToolCallPiece {
                index,
                id: call.id.some(),
                name: Some(call.name.as_str()),
                arguments: call.args.map_or("{}", RawValue::get),
            });
        }
    }

    fn finish(&mut self, reason: &str, output: &mut Output<'_>) {
        match reason {
            "FINISH_REASON_UNSPECIFIED" => {}
            "STOP" if self.tool_calls > 0 => output.stopped(StopReason::ToolCall),
            "STOP" => output.stopped(StopReason::Answered),
            "MAX_TOKENS" => output.stopped(StopReason::OutputLimit),
            "SAFETY"
            | "RECITATION"
            | "LANGUAGE"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT" => output.refused(),
            _ => output.stopped(StopReason::Other),
        }
    }
}
