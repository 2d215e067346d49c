//! Requests and the heads of responses.

use std::fmt;

use bytes::Bytes;
use writemagic_shared::limits::{RESPONSE_HEADER_BYTES, RESPONSE_HEADERS};
use zeroize::Zeroizing;

/// A request to be sent. Debug output tells header names and lengths: values may be keys, and bodies are the writer's.
pub struct HttpRequest {
    url: String,
    headers: Vec<(&'static str, Zeroizing<String>)>,
    body: Bytes,
}

impl HttpRequest {
    /// A POST of `body` to `url`.
    pub fn post(url: String, body: impl Into<Bytes>) -> Self {
        Self { url, headers: Vec::new(), body: body.into() }
    }

    /// Sets a header, whose name is lower case. Its value is wiped from memory when the request is dropped.
    pub fn set_header(&mut self, name: &'static str, value: &str) {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, Zeroizing::new(value.to_owned())));
    }

    /// Sets a header to a secret that already lies in memory that is wiped.
    pub fn set_secret_header(&mut self, name: &'static str, value: Zeroizing<String>) {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
    }

    /// Where to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Names and values of the headers, in the order in which they were set.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// What to send.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpRequest").field("headers", &names).field("body_bytes", &self.body.len()).finish()
    }
}

/// Status and headers of a response.
///
/// At most [`RESPONSE_HEADERS`] headers are kept, and of these none longer than [`RESPONSE_HEADER_BYTES`]. Debug output
/// tells the status.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseHead {
    status: u16,
    headers: Vec<(String, String)>,
}

impl ResponseHead {
    /// A head with these headers; names in any case.
    pub fn new<'a>(status: u16, headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let headers = headers
            .into_iter()
            .filter(|(name, value)| (name.len() + value.len()) as u64 <= RESPONSE_HEADER_BYTES)
            .take(usize::try_from(RESPONSE_HEADERS).unwrap_or(usize::MAX))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self { status, headers }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first value of a header, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for ResponseHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead").field("status", &self.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_tells_no_key_and_no_text() {
        let mut request = HttpRequest::post("https://a.example/secret".into(), "secret");
        request.set_header("authorization", "Bearer secret");
        let head = ResponseHead::new(200, [("set-cookie", "secret")]);
        let shown = format!("{request:?} {head:?}");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("authorization") && shown.contains("body_bytes: 6"), "{shown}");
    }

    #[test]
    fn a_header_is_set_once() {
        let mut request = HttpRequest::post(String::new(), "");
        request.set_header("a", "1");
        request.set_header("b", "2");
        request.set_secret_header("a", Zeroizing::new("3".into()));
        assert_eq!(request.headers().collect::<Vec<_>>(), [("b", "2"), ("a", "3")]);
    }

    #[test]
    fn headers_of_a_response_have_limits_and_names_of_any_case() {
        let most = usize::try_from(RESPONSE_HEADERS).unwrap();
        let longest = usize::try_from(RESPONSE_HEADER_BYTES).unwrap();
        let names: Vec<String> = (0..=most).map(|n| format!("H{n}")).collect();
        let head = ResponseHead::new(200, names.iter().map(|name| (name.as_str(), "1")));
        assert_eq!(head.header(&format!("h{}", most - 1)), Some("1"));
        assert_eq!(head.header(&format!("h{most}")), None);
        let value = "a".repeat(longest - 1);
        assert!(ResponseHead::new(200, [("b", value.as_str())]).header("b").is_some());
        assert!(ResponseHead::new(200, [("bc", value.as_str())]).header("bc").is_none());
    }
}
