#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};
use writemagic_shared::error::Coded;
use writemagic_shared::limits::{ANSWER_BYTES, ERROR_BODY_BYTES, REQUEST_BYTES};
use writemagic_shared::runtime::Timestamp;

use crate::model::{Capabilities, Message, OutputLimit, Provider, Request, Role};
use crate::stream::{End, Event, Failure, FailureClass};
use crate::transport::{HttpRequest, ResponseHead};

use super::{AnswerDecoder, RequestError, Wire, classify, request};

fn provider(wire: Wire) -> Provider {
    let (url, model) = match wire {
        Wire::OpenAi => ("https://api.example.com/v1", "gpt-x"),
        Wire::Anthropic => ("https://api.example.com", "claude-x"),
        Wire::Gemini => ("https://api.example.com/v1beta", "models/gemini-x"),
    };
    Provider::new("test", wire, url, model).unwrap()
}

fn message(role: Role, text: &str) -> Message {
    Message { role, text: text.to_owned() }
}

fn asked() -> Request {
    Request {
        system: Some("Write on.".to_owned()),
        messages: vec![
            message(Role::User, "It \"rained\" —\n雨"),
            message(Role::Assistant, "Yes."),
            message(Role::User, "Go on."),
        ],
        max_output_tokens: 100,
        temperature: Some(0.7),
        stop: vec!["END".to_owned()],
    }
}

fn built(wire: Wire, capabilities: &Capabilities, asked: &Request) -> HttpRequest {
    request(&provider(wire), capabilities, asked).unwrap()
}

fn body(http: &HttpRequest) -> &str {
    std::str::from_utf8(http.body()).unwrap()
}

#[test]
fn chat_completions_are_asked_in_these_bytes() {
    let http = built(Wire::OpenAi, &Capabilities::default(), &asked());
    assert_eq!(http.url(), "https://api.example.com/v1/chat/completions");
    assert_eq!(
        body(&http),
        r#"{"model":"gpt-x","messages":[{"role":"system","content":"Write on."},{"role":"user","content":"It \"rained\" —\n雨"},{"role":"assistant","content":"Yes."},{"role":"user","content":"Go on."}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":100,"temperature":0.7,"stop":["END"]}"#
    );
    let names: Vec<_> = http.headers().map(|(name, _)| name).collect();
    assert_eq!(names, ["content-type", "accept", "user-agent"], "the key is written by whoever holds it");
}

#[test]
fn capabilities_shape_what_is_asked() {
    let capabilities = Capabilities {
        output_limit: OutputLimit::MaxCompletionTokens,
        max_output_tokens: Some(50),
        temperature: false,
        stream_usage: false,
        system: false,
        ..Capabilities::default()
    };
    let mut plain = asked();
    plain.stop.clear();
    let http = built(Wire::OpenAi, &capabilities, &plain);
    assert!(body(&http).ends_with(r#""stream":true,"max_completion_tokens":50}"#), "{}", body(&http));
    assert!(body(&http).contains(r#"{"role":"user","content":"Write on."}"#));
}

#[test]
fn messages_are_asked_in_these_bytes() {
    let http = built(Wire::Anthropic, &Capabilities::default(), &asked());
    assert_eq!(http.url(), "https://api.example.com/v1/messages");
    assert_eq!(
        body(&http),
        r#"{"model":"claude-x","max_tokens":100,"system":"Write on.","messages":[{"role":"user","content":"It \"rained\" —\n雨"},{"role":"assistant","content":"Yes."},{"role":"user","content":"Go on."}],"stream":true,"temperature":0.7,"stop_sequences":["END"]}"#
    );
    assert!(http.headers().any(|header| header == ("anthropic-version", "2023-06-01")));
}

#[test]
fn gemini_is_asked_in_these_bytes() {
    let http = built(Wire::Gemini, &Capabilities::default(), &asked());
    assert_eq!(http.url(), "https://api.example.com/v1beta/models/gemini-x:streamGenerateContent?alt=sse");
    assert_eq!(
        body(&http),
        r#"{"systemInstruction":{"parts":[{"text":"Write on."}]},"contents":[{"role":"user","parts":[{"text":"It \"rained\" —\n雨"}]},{"role":"model","parts":[{"text":"Yes."}]},{"role":"user","parts":[{"text":"Go on."}]}],"generationConfig":{"maxOutputTokens":100,"temperature":0.7,"stopSequences":["END"]}}"#
    );
    let odd = Provider::new("a", Wire::Gemini, "https://a.example", "tuned/x:y?z").unwrap();
    let http = request(&odd, &Capabilities::default(), &asked()).unwrap();
    assert_eq!(http.url(), "https://a.example/models/tuned%2Fx%3Ay%3Fz:streamGenerateContent?alt=sse");
}

#[test]
fn a_key_has_a_header_of_its_own_on_every_wire() {
    let header = |wire: Wire| (wire.key_header().name, wire.key_header().prefix);
    assert_eq!(header(Wire::OpenAi), ("authorization", "Bearer "));
    assert_eq!(header(Wire::Anthropic), ("x-api-key", ""));
    assert_eq!(header(Wire::Gemini), ("x-goog-api-key", ""));
    assert!(Wire::ALL.iter().all(|wire| wire.name().parse() == Ok(*wire)));
    assert!("OpenAI".parse::<Wire>().is_err());
}

#[test]
fn what_no_provider_takes_is_refused_before_it_is_sent() {
    let refused = |change: &dyn Fn(&mut Request)| {
        let mut asked = asked();
        change(&mut asked);
        request(&provider(Wire::OpenAi), &Capabilities::default(), &asked).unwrap_err()
    };
    assert_eq!(refused(&|r| r.messages.clear()), RequestError::Empty);
    assert_eq!(refused(&|r| r.messages = vec![message(Role::User, "")]), RequestError::Empty);
    assert_eq!(refused(&|r| r.messages.push(message(Role::Assistant, "It"))), RequestError::Prefill);
    assert_eq!(refused(&|r| r.max_output_tokens = 0), RequestError::NoOutput);
    assert_eq!(refused(&|r| r.temperature = Some(f32::NAN)), RequestError::Temperature);
    assert_eq!(refused(&|r| r.temperature = Some(2.1)), RequestError::Temperature);
    assert_eq!(refused(&|r| r.stop = vec!["a".into(); 5]), RequestError::Stop);
    assert_eq!(refused(&|r| r.stop = vec![String::new()]), RequestError::Stop);
    assert_eq!(refused(&|r| r.stop = vec!["a".repeat(257)]), RequestError::Stop);
    let error = refused(&|r| r.messages[0].text = "a".repeat(usize::try_from(REQUEST_BYTES).unwrap()));
    assert_eq!(error.details().get("limit"), Some(REQUEST_BYTES.into()));
    let takes_prefill = Capabilities { prefill: true, ..Capabilities::default() };
    let mut prefilled = asked();
    prefilled.messages.push(message(Role::Assistant, "It"));
    prefilled.stop = vec!["a".repeat(256); 4];
    assert!(request(&provider(Wire::Anthropic), &takes_prefill, &prefilled).is_ok());
}

#[test]
fn a_request_may_be_as_long_as_the_limit() {
    let mut asked = asked();
    let rest: usize = asked.messages.iter().skip(1).map(|m| m.text.len()).sum::<usize>() + "Write on.".len();
    asked.messages[0].text = "a".repeat(usize::try_from(REQUEST_BYTES).unwrap() - rest);
    assert!(request(&provider(Wire::OpenAi), &Capabilities::default(), &asked).is_ok());
}

fn class(status: u16, body: Value) -> FailureClass {
    classify::failure(Some(status), &body).class
}

#[test]
fn statuses_without_a_body_have_their_classes() {
    use FailureClass::*;
    let expected = [
        (400, Request),
        (401, Credential),
        (402, Quota),
        (403, Credential),
        (404, Request),
        (407, NotAStream),
        (408, Unavailable),
        (409, Unavailable),
        (413, ContextTooLong),
        (422, Request),
        (429, RateLimited),
        (500, Unavailable),
        (502, Unavailable),
        (511, NotAStream),
        (529, Unavailable),
        (302, NotAStream),
        (600, NotAStream),
    ];
    for (status, expected) in expected {
        assert_eq!(class(status, Value::Null), expected, "{status}");
    }
}

#[test]
fn servers_put_their_words_in_many_places() {
    use FailureClass::*;
    assert_eq!(class(400, json!({"error": "model requires more system memory"})), Request);
    assert_eq!(class(400, json!({"error": "prompt is too long for this context window"})), ContextTooLong);
    assert_eq!(class(500, json!({"error": {"message": "Context size has been exceeded."}})), ContextTooLong);
    assert_eq!(class(422, json!({"detail": [{"loc": ["body"], "msg": "field required"}]})), Request);
    assert_eq!(
        class(400, json!({"object": "error", "message": "maximum context length is 4096"})),
        ContextTooLong
    );
    assert_eq!(class(429, json!({"error": {"type": "overloaded_error"}})), Unavailable);
    let flagged =
        json!({"error": {"code": 403, "message": "flagged", "metadata": {"reasons": ["violence"]}}});
    assert_eq!(class(403, flagged), Refused);
    assert_eq!(class(402, json!({"error": {"code": 402, "message": "Insufficient credits"}})), Quota);
    assert_eq!(class(400, json!([[[]]])), Request);
    let unknown = classify::failure(None, &json!({"error": {"type": "secret text of the writer"}}));
    assert_eq!((unknown.class, unknown.provider_word), (Unavailable, None));
}

fn ends(head: &ResponseHead, chunks: &[&[u8]]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut decoder = AnswerDecoder::new(Wire::OpenAi, head, Timestamp::from_millis(0));
    let mut sink = |event: Event<'_>| {
        if let Event::End(End::Failed(failure)) = event {
            failures.push(failure);
        }
    };
    for chunk in chunks {
        decoder.push(chunk, &mut sink);
    }
    decoder.finish(&mut sink);
    failures
}

#[test]
fn the_body_of_an_error_is_read_up_to_a_limit() {
    let head = ResponseHead::new(400, [("content-type", "application/json")]);
    let limit = usize::try_from(ERROR_BODY_BYTES).unwrap();
    let error = r#"{"error":{"code":"insufficient_quota"}}"#;
    let body = |bytes: usize| error.to_owned() + &" ".repeat(bytes - error.len());
    assert_eq!(ends(&head, &[body(limit).as_bytes()])[0].class, FailureClass::Quota);
    let longer = ends(&head, &[body(limit).as_bytes(), b" "]);
    assert_eq!(longer.len(), 1);
    let cut = ends(&head, &[&body(limit).as_bytes()[..20]]);
    assert_eq!(cut[0].class, FailureClass::Request, "the status says enough");
}

#[test]
fn a_login_page_is_known_before_it_is_read() {
    let head = ResponseHead::new(200, [("Content-Type", "text/HTML; charset=utf-8")]);
    let mut decoder = AnswerDecoder::new(Wire::Gemini, &head, Timestamp::from_millis(0));
    decoder.push(b"<html>", &mut |_: Event<'_>| {});
    assert!(decoder.is_ended());
    let redirect = ResponseHead::new(302, [("location", "https://login.example")]);
    assert_eq!(ends(&redirect, &[])[0].class, FailureClass::NotAStream);
}

#[test]
fn an_answer_may_be_as_long_as_the_limit() {
    let head = ResponseHead::new(200, [("content-type", "text/event-stream")]);
    let mut decoder = AnswerDecoder::new(Wire::OpenAi, &head, Timestamp::from_millis(0));
    let piece = "a".repeat(1 << 19);
    let chunk = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{piece}\"}}}}]}}\n\n");
    let (mut bytes, mut end) = (0, None);
    let mut sink = |event: Event<'_>| match event {
        Event::Text(text) => bytes += text.len() as u64,
        Event::End(last) => end = Some(last),
        _ => {}
    };
    for _ in 0..ANSWER_BYTES >> 19 {
        decoder.push(chunk.as_bytes(), &mut sink);
    }
    assert!(!decoder.is_ended());
    decoder.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", &mut sink);
    assert_eq!(bytes, ANSWER_BYTES);
    let Some(End::Failed(failure)) = end else { panic!("{end:?}") };
    assert_eq!((failure.class, failure.provider_word), (FailureClass::Interrupted, Some("answer_too_long")));
}

#[test]
fn a_cancelled_answer_is_cancelled_whatever_had_come() {
    let head = ResponseHead::new(200, [("content-type", "text/event-stream")]);
    let mut decoder = AnswerDecoder::new(Wire::OpenAi, &head, Timestamp::from_millis(0));
    let mut end = None;
    let mut sink = |event: Event<'_>| {
        if let Event::End(last) = event {
            end = Some(last);
        }
    };
    decoder.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", &mut sink);
    decoder.broke_off(Failure::new(FailureClass::Cancelled), &mut sink);
    assert_eq!(end, Some(End::Failed(Failure::new(FailureClass::Cancelled))));
}

proptest! {
    #[test]
    fn texts_come_back_from_every_body_as_they_were(text in ".*", system in proptest::option::of(".+")) {
        prop_assume!(!text.is_empty());
        let asked = Request { system: system.clone(), messages: vec![message(Role::User, &text)], ..asked() };
        for wire in Wire::ALL {
            let http = built(*wire, &Capabilities::default(), &asked);
            let again = built(*wire, &Capabilities::default(), &asked);
            prop_assert_eq!(http.body(), again.body());
            let json: Value = serde_json::from_slice(http.body()).unwrap();
            let last = match wire {
                Wire::OpenAi | Wire::Anthropic => json["messages"].as_array().unwrap().last().unwrap()["content"].clone(),
                Wire::Gemini => json["contents"][0]["parts"][0]["text"].clone(),
            };
            prop_assert_eq!(last, Value::from(text.clone()));
        }
    }

    #[test]
    fn no_bytes_make_a_decoder_panic_or_end_twice(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..10),
        lines in prop::collection::vec("(data|event|): ?[\\[\\]{}\":,a-z0-9]{0,40}\n{1,2}", 0..10),
        status in prop_oneof![Just(200_u16), any::<u16>()],
    ) {
        for wire in Wire::ALL {
            for kind in ["text/event-stream", "application/json"] {
                let head = ResponseHead::new(status, [("content-type", kind)]);
                let mut decoder = AnswerDecoder::new(*wire, &head, Timestamp::from_millis(0));
                let mut ends = 0;
                let mut sink = |event: Event<'_>| ends += usize::from(matches!(event, Event::End(_)));
                for chunk in chunks.iter().map(Vec::as_slice).chain(lines.iter().map(String::as_bytes)) {
                    decoder.push(chunk, &mut sink);
                }
                decoder.finish(&mut sink);
                prop_assert_eq!(ends, 1);
            }
        }
    }
}
