//! Answers as providers stream them: one word or so in each event, in the shape of each wire.

use fastrand::Rng;
use serde_json::{Value, json};
use writemagic::ai::wire::Wire;

/// What answers are made of: words of one to three pieces, some punctuation, some other scripts.
const PIECES: [&str; 12] =
    [" the", " rain", " had", " stopp", "ed", ",", " and", " \"nobody\"", " said", " é", " 雨", ".\n\n"];

/// An answer of so many pieces, and the text that it comes to.
#[derive(Debug)]
pub(super) struct Streamed {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) text: String,
    /// Events, those without text included.
    pub(super) events: usize,
}

/// The same answer on each wire.
pub(super) fn all(pieces: usize) -> Vec<Streamed> {
    let wires = [(Wire::OpenAi, "OpenAI"), (Wire::Anthropic, "Anthropic"), (Wire::Gemini, "Gemini")];
    wires.into_iter().map(|(wire, name)| streamed(wire, name, pieces)).collect()
}

/// The answer on the wire that most servers speak.
pub(super) fn openai(pieces: usize) -> Streamed {
    streamed(Wire::OpenAi, "OpenAI", pieces)
}

fn streamed(wire: Wire, name: &'static str, pieces: usize) -> Streamed {
    let mut rng = Rng::with_seed(7);
    let pieces: Vec<&str> = (0..pieces).filter_map(|_| rng.choice(PIECES)).collect();
    let mut events: Vec<(&str, String)> = Vec::new();
    match wire {
        Wire::Anthropic => {
            events.push(named("message_start", json!({"message": {"id": "msg_01", "type": "message",
                "role": "assistant", "model": "claude-x", "content": [], "usage": {"input_tokens": 25, "output_tokens": 1}}})));
            events.push(named(
                "content_block_start",
                json!({"index": 0, "content_block": {"type": "text", "text": ""}}),
            ));
            let delta = |piece: &&str| {
                named(
                    "content_block_delta",
                    json!({"index": 0, "delta": {"type": "text_delta", "text": piece}}),
                )
            };
            events.extend(pieces.iter().map(delta));
            events.push(named("content_block_stop", json!({"index": 0})));
            events.push(named(
                "message_delta",
                json!({"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}),
            ));
            events.push(named("message_stop", json!({})));
        }
        Wire::Gemini => {
            let chunk = |text: &str, end: Value| {
                json!({"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "index": 0,
                    "finishReason": end}], "usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 9,
                    "totalTokenCount": 17}, "modelVersion": "gemini-x", "responseId": "r1"})
                .to_string()
            };
            events.extend(pieces.iter().map(|piece| ("", chunk(piece, Value::Null))));
            events.push(("", chunk("", json!("STOP"))));
        }
        _ => {
            let chunk = |delta: Value, end: Value| {
                json!({"id": "chatcmpl-01", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x",
                    "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": end}]})
                .to_string()
            };
            events.extend(pieces.iter().map(|piece| ("", chunk(json!({"content": piece}), Value::Null))));
            events.push(("", chunk(json!({}), json!("stop"))));
            events.push(("", "[DONE]".to_owned()));
        }
    }
    let mut bytes = String::new();
    for (event, data) in &events {
        if !event.is_empty() {
            bytes += &format!("event: {event}\n");
        }
        bytes += &format!("data: {data}\n\n");
    }
    Streamed { name, bytes: bytes.into_bytes(), text: pieces.concat(), events: events.len() }
}

/// An event of the wire that names them.
fn named(name: &'static str, mut data: Value) -> (&'static str, String) {
    data["type"] = name.into();
    (name, data.to_string())
}
