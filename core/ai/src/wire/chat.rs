//! OpenAI's chat completions, and what the many servers that imitate them make of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Capabilities, OutputLimit, Request, Role, Usage};
use crate::stream::{End, Failure, FailureClass, StopReason, ToolCallPiece};

use super::classify;
use super::json::{Count, First, Indexed, List, Text, TextOrList};
use super::output::Output;
use super::request::{output_limit, temperature, written};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

pub(super) fn body(model: &str, capabilities: &Capabilities, request: &Request) -> Vec<u8> {
    // A model without a role for it gets the instruction as the first thing that is said.
    let system_role = if capabilities.system { "system" } else { "user" };
    let system = request.system.as_deref().map(|content| Turn { role: system_role, content });
    let messages = request.messages.iter().map(|message| {
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        Turn { role, content: &message.text }
    });
    let limit = Some(output_limit(capabilities, request));
    let (max_tokens, max_completion_tokens) = match capabilities.output_limit {
        OutputLimit::MaxTokens => (limit, None),
        OutputLimit::MaxCompletionTokens => (None, limit),
    };
    written(&Body {
        model,
        messages: system.into_iter().chain(messages).collect(),
        stream: true,
        stream_options: capabilities.stream_usage.then_some(StreamOptions { include_usage: true }),
        max_tokens,
        max_completion_tokens,
        temperature: temperature(capabilities, request),
        stop: &request.stop,
    })
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    model: Text<'a>,
    #[serde(borrow, default)]
    choices: First<Choice<'a>>,
    #[serde(default)]
    usage: Option<Tokens>,
    #[serde(default)]
    x_groq: Option<Groq>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
    #[serde(default)]
    error: Option<Value>,
}

impl Indexed for Choice<'_> {
    fn index(&self) -> u64 {
        self.index.0
    }
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: TextOrList<'a, Part<'a>>,
    /// What llama.cpp, vLLM and DeepSeek call it.
    #[serde(borrow, default)]
    reasoning_content: Text<'a>,
    /// What OpenRouter and Ollama call it; some servers send both.
    #[serde(borrow, default)]
    reasoning: Text<'a>,
    #[serde(borrow, default)]
    refusal: Text<'a>,
    #[serde(borrow, default)]
    tool_calls: List<ToolCall<'a>>,
}

/// What Mistral's reasoning models send a list of.
#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: List<ThinkingPart<'a>>,
}

#[derive(Deserialize)]
struct ThinkingPart<'a> {
    #[serde(borrow, default)]
    text: Text<'a>,
}

#[derive(Deserialize)]
struct ToolCall<'a> {
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    function: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    arguments: Text<'a>,
}

#[derive(Deserialize)]
struct Groq {
    #[serde(default)]
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: Count,
    #[serde(default)]
    completion_tokens: Count,
    #[serde(default)]
    total_tokens: Count,
    /// DeepSeek's name for cached tokens.
    #[serde(default)]
    prompt_cache_hit_tokens: Count,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(default)]
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    #[serde(default)]
    cached_tokens: Count,
    #[serde(default)]
    cache_write_tokens: Count,
}

#[derive(Deserialize)]
struct CompletionDetails {
    #[serde(default)]
    reasoning_tokens: Count,
}

impl Tokens {
    fn usage(&self) -> Usage {
        let reasoning =
            self.completion_tokens_details.as_ref().map_or(0, |details| details.reasoning_tokens.0);
        let (prompt, completion) = (self.prompt_tokens.0, self.completion_tokens.0);
        // xAI counts reasoning beside the completion, all others within it; the sum tells.
        let beside = reasoning > 0
            && self.total_tokens.0 == prompt.saturating_add(completion).saturating_add(reasoning);
        let details = self.prompt_tokens_details.as_ref();
        Usage {
            input_tokens: prompt,
            cache_read_tokens: details
                .map_or(0, |details| details.cached_tokens.0)
                .max(self.prompt_cache_hit_tokens.0),
            cache_write_tokens: details.map_or(0, |details| details.cache_write_tokens.0),
            output_tokens: if beside { completion.saturating_add(reasoning) } else { completion },
            reasoning_tokens: reasoning,
            estimated: false,
        }
    }
}

/// Reads the events of one stream.
#[derive(Debug, Default)]
pub(super) struct Chat {
    /// Whether the model wrote a refusal instead of an answer.
    refused: bool,
}

impl Chat {
    pub(super) fn event(&mut self, data: &str, output: &mut Output<'_>) {
        if data.trim() == "[DONE]" {
            return output.close();
        }
        let Ok(chunk) = serde_json::from_str::<Chunk<'_>>(data) else {
            return output.broken("malformed_event");
        };
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return output.broke_off(classify::failure(None, &error));
        }
        output.started(chunk.model.some());
        if let Some(choice) = chunk.choices.0 {
            self.choice(&choice, output);
        }
        let groq = chunk.x_groq.and_then(|groq| groq.usage);
        if let Some(tokens) = chunk.usage.or(groq) {
            output.usage(tokens.usage());
        }
    }

    fn choice(&mut self, choice: &Choice<'_>, output: &mut Output<'_>) {
        if let Some(error) = choice.error.as_ref().filter(|error| !error.is_null()) {
            return output.broke_off(classify::failure(None, error));
        }
        if let Some(delta) = &choice.delta {
            self.delta(delta, output);
        }
        if let Some(reason) = choice.finish_reason.some() {
            self.finish(reason, output);
        }
    }

    fn delta(&mut self, delta: &Delta<'_>, output: &mut Output<'_>) {
        let reasoning = delta.reasoning_content.some().unwrap_or(delta.reasoning.as_str());
        output.reasoning(reasoning);
        output.text(delta.content.text.as_str());
        for part in &delta.content.list.0 {
            for thought in &part.thinking.0 {
                output.reasoning(thought.text.as_str());
            }
            output.text(part.text.as_str());
        }
        self.refused |= delta.refusal.some().is_some();
        for call in &delta.tool_calls.0 {
            let function = call.function.as_ref();
            output.tool_call(ToolCallPiece {
                index: u32::try_from(call.index.0).unwrap_or(u32::MAX),
                id: call.id.some(),
                name: function.and_then(|function| function.name.some()),
                arguments: function.map_or("", |function| function.arguments.as_str()),
            });
        }
    }

    fn finish(&mut self, reason: &str, output: &mut Output<'_>) {
        match reason {
            "content_filter" => output.refused(),
            "stop" | "end_turn" | "eos" if self.refused => output.refused(),
            "stop" | "end_turn" | "eos" => output.stopped(StopReason::Answered),
            "stop_sequence" => output.stopped(StopReason::StopSequence),
            "length" | "max_tokens" => output.stopped(StopReason::OutputLimit),
            "tool_calls" | "function_call" => output.stopped(StopReason::ToolCall),
            // OpenRouter and DeepSeek: the model behind them broke off.
            "error" | "insufficient_system_resource" => {
                output.verdict(End::Failed(Failure::new(FailureClass::Unavailable)));
            }
            _ => output.stopped(StopReason::Other),
        }
    }
}
