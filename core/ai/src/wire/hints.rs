//! What a response's headers say about trying again.

use std::time::Duration;

use writemagic_shared::runtime::Timestamp;

use crate::transport::ResponseHead;

/// A wait beyond this is the same as for ever, and no sum with it overflows.
const LONGEST_WAIT: Duration = Duration::from_secs(366 * 24 * 3_600);

/// How long to wait, in the order of trust: `retry-after-ms`, `retry-after` in seconds, `retry-after` as a date. Values
/// that say nothing are passed over.
pub(super) fn retry_after(head: &ResponseHead, now: Timestamp) -> Option<Duration> {
    let millis = head.header("retry-after-ms").and_then(|value| seconds(value, 1e-3));
    millis.or_else(|| {
        let value = head.header("retry-after")?;
        seconds(value, 1.0).or_else(|| until(value, now))
    })
}

/// What `x-should-retry` says.
pub(super) fn should_retry(head: &ResponseHead) -> Option<bool> {
    match head.header("x-should-retry")?.trim() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// A duration of protobuf's JSON form: `34s`, `0.5s`.
pub(super) fn protobuf_duration(value: &str) -> Option<Duration> {
    seconds(value.strip_suffix('s')?, 1.0)
}

fn seconds(value: &str, unit: f64) -> Option<Duration> {
    let value = value.trim();
    // `parse` would also take words such as "inf".
    if !value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let seconds = value.parse::<f64>().ok()? * unit;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
}

/// The time until an HTTP date; zero if it is past.
fn until(value: &str, now: Timestamp) -> Option<Duration> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value.trim()).ok()?;
    let millis = date.as_millisecond().saturating_sub(now.as_millis());
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(headers: &[(&str, &str)]) -> Option<Duration> {
        let head = ResponseHead::new(429, headers.iter().copied());
        // 1994-11-06T08:49:37Z.
        retry_after(&head, Timestamp::from_millis(784_111_777_000))
    }

    #[test]
    fn the_most_exact_header_counts() {
        let date = ("retry-after", "Sun, 06 Nov 1994 08:49:44 GMT");
        assert_eq!(
            wait(&[("Retry-After-Ms", "1500.5"), ("retry-after", "9")]),
            Some(Duration::from_micros(1_500_500))
        );
        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[("retry-after", " 0.25 ")]), Some(Duration::from_millis(250)));
        assert_eq!(wait(&[date]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT")]), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after-ms", "soon"), ("retry-after", "9")]), Some(Duration::from_secs(9)));
    }

    #[test]
    fn what_says_nothing_is_passed_over_and_what_says_too_much_is_cut() {
        for value in ["", "-1", "inf", "nan", "1e3", "tomorrow", "1.2.3", "."] {
            assert_eq!(wait(&[("retry-after", value)]), None, "{value}");
        }
        assert_eq!(wait(&[("retry-after", &"9".repeat(400))]), Some(LONGEST_WAIT));
        assert_eq!(wait(&[]), None);
        assert_eq!(protobuf_duration("34.5s"), Some(Duration::from_millis(34_500)));
        assert_eq!(protobuf_duration("34"), None);
    }

    #[test]
    fn a_server_may_say_whether_to_try_again() {
        let says = |value| should_retry(&ResponseHead::new(500, [("x-should-retry", value)]));
        assert_eq!([says("true"), says("false"), says("maybe")], [Some(true), Some(false), None]);
    }
}
