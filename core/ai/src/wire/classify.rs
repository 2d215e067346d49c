//! Statuses and error bodies as failures.

use std::time::Duration;

use serde_json::Value;

use crate::stream::{Failure, FailureClass};

use super::hints::protobuf_duration;

use FailureClass::{
    ContextTooLong, Credential, NotAStream, Quota, RateLimited, Refused, Request, Unavailable,
};

/// Words that mean the same whatever the status.
const EXACT: &[(&str, FailureClass)] = &[
    ("context_length_exceeded", ContextTooLong),
    ("exceed_context_size_error", ContextTooLong),
    ("context_window_exceeded", ContextTooLong),
    ("request_too_large", ContextTooLong),
    ("insufficient_quota", Quota),
    ("insufficient_balance", Quota),
    ("billing_hard_limit_reached", Quota),
    ("billing_not_active", Quota),
    ("billing_error", Quota),
    ("content_filter", Refused),
    ("content_policy_violation", Refused),
    ("ResponsibleAIPolicyViolation", Refused),
    ("invalid_api_key", Credential),
    ("authentication_error", Credential),
    ("permission_error", Credential),
    ("account_deactivated", Credential),
    ("API_KEY_INVALID", Credential),
    ("UNAUTHENTICATED", Credential),
    ("PERMISSION_DENIED", Credential),
    ("overloaded_error", Unavailable),
    ("engine_overloaded", Unavailable),
];

/// Words that count where there is no status: an error inside a stream.
const GENERAL: &[(&str, FailureClass)] = &[
    ("rate_limit_exceeded", RateLimited),
    ("rate_limit_error", RateLimited),
    ("RESOURCE_EXHAUSTED", RateLimited),
    ("model_not_found", Request),
    ("not_found_error", Request),
    ("invalid_request_error", Request),
    ("INVALID_ARGUMENT", Request),
    ("FAILED_PRECONDITION", Request),
    ("NOT_FOUND", Request),
    ("api_error", Unavailable),
    ("server_error", Unavailable),
    ("timeout_error", Unavailable),
    ("overloaded", Unavailable),
    ("UNAVAILABLE", Unavailable),
    ("INTERNAL", Unavailable),
    ("DEADLINE_EXCEEDED", Unavailable),
];

/// How servers without a word for it say that a prompt is too long. In lower case.
const TOO_LONG: &[&str] = &[
    "maximum context length",
    "context length",
    "context window",
    "context size",
    "context limit",
    "prompt is too long",
    "exceeds the maximum number of tokens",
    "input is too long",
    "too many tokens",
];

/// An error as a server describes it: a status, a body, or both. The body is read and forgotten.
pub(super) fn failure(status: Option<u16>, body: &Value) -> Failure {
    let error = error_object(body);
    let status = status.or_else(|| named_status(error));
    let words = words(error);
    let known = |table: &'static [(&'static str, FailureClass)]| {
        table.iter().find(|(word, _)| words.contains(word)).copied()
    };
    let message = error.get("message").or(error.get("detail")).unwrap_or(error);
    let message = message.as_str().unwrap_or_default().to_ascii_lowercase();
    let retry_after = retry_delay(error);
    let exact = known(EXACT);
    let general = known(GENERAL);
    let by_status = status.map(of_status);
    let mut class = match (exact, by_status, general) {
        (Some((_, class)), ..) => class,
        (None, Some(class), _) | (None, None, Some((_, class))) => class,
        (None, None, None) => Unavailable,
    };
    class = match class {
        Request | Unavailable if exact.is_none() && TOO_LONG.iter().any(|part| message.contains(part)) => {
            ContextTooLong
        }
        Request if message.contains("credit balance is too low") => Quota,
        // A quota of the day that names no time to wait is used up; one of the minute comes back.
        RateLimited if retry_after.is_none() && has_daily_quota(error) => Quota,
        // OpenRouter's moderation answers with the status of a bad key.
        Credential if error.pointer("/metadata/reasons").is_some_and(Value::is_array) => Refused,
        class => class,
    };
    let mut failure = Failure::new(class);
    failure.status = status;
    failure.retry_after = retry_after;
    failure.provider_word = exact.or(general).map(|(word, _)| word);
    failure.context_tokens = error.get("n_ctx").and_then(Value::as_u64);
    failure
}

/// Whether a body that came with a success is an error all the same.
pub(super) fn is_error(body: &Value) -> bool {
    let body = body.get(0).unwrap_or(body);
    body.get("error").is_some_and(|error| !error.is_null()) || body.get("type") == Some(&Value::from("error"))
}

fn of_status(status: u16) -> FailureClass {
    match status {
        401 | 403 => Credential,
        402 => Quota,
        408 | 409 => Unavailable,
        413 => ContextTooLong,
        429 => RateLimited,
        // A proxy or a network wants somebody to log in.
        407 | 511 => NotAStream,
        400..=499 => Request,
        500..=599 => Unavailable,
        // A redirect that was not followed, and what no server of a model answers.
        _ => NotAStream,
    }
}

/// The part of a body that describes the error: `{"error":{…}}`, `{"error":"…"}`, `[{"error":{…}}]`, or the body itself.
fn error_object(body: &Value) -> &Value {
    let body = body.get(0).unwrap_or(body);
    body.get("error").filter(|error| !error.is_null()).unwrap_or(body)
}

/// A status that the error names itself, as a number or as digits.
fn named_status(error: &Value) -> Option<u16> {
    [error.get("code"), error.get("status"), error.get("status_code")]
        .into_iter()
        .flatten()
        .filter_map(|value| match value {
            Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        })
        .find(|status| (400..=599).contains(status))
}

/// Where servers put words for what went wrong.
fn words(error: &Value) -> Vec<&str> {
    let mut words: Vec<&str> = ["type", "code", "status"]
        .into_iter()
        .filter_map(|field| error.get(field)?.as_str())
        .chain(error.pointer("/innererror/code").and_then(Value::as_str))
        .collect();
    words.extend(details(error).filter_map(|detail| detail.get("reason")?.as_str()));
    words
}

/// Google's typed details.
fn details(error: &Value) -> impl Iterator<Item = &Value> {
    error.get("details").and_then(Value::as_array).into_iter().flatten()
}

fn retry_delay(error: &Value) -> Option<Duration> {
    details(error).find_map(|detail| protobuf_duration(detail.get("retryDelay")?.as_str()?))
}

fn has_daily_quota(error: &Value) -> bool {
    details(error)
        .filter_map(|detail| detail.get("violations")?.as_array())
        .flatten()
        .filter_map(|violation| violation.get("quotaId")?.as_str())
        .any(|quota| quota.contains("PerDay"))
}
