//! How a call to a model fails, in classes that decide what happens next.

use std::fmt;
use std::time::Duration;

use writemagic_shared::error::{Code, Coded, Details};

/// What kind of failure it is. Retry, breaker, cooldown and fallback are decided by class, never by provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FailureClass {
    /// No network: the app says so, or neither the host's name nor a route to it was found.
    Offline,
    /// A kept connection turned out to be dead before a byte of the response came.
    StaleSocket,
    /// A new connection was refused, reset, or brought no content in time; or the response ended before any content.
    Connection,
    /// The provider has trouble of its own: 408, 409, 5xx, overloaded.
    Unavailable,
    /// Too many calls: 429, or a host model that is busy.
    RateLimited,
    /// The account has nothing left to spend: 402, a used-up quota.
    Quota,
    /// A success that is no event stream: a captive portal, or not the server that was meant.
    NotAStream,
    /// The key is missing at the provider, wrong, or may not do this: 401, 403.
    Credential,
    /// The server's certificate is not trusted.
    Certificate,
    /// The provider does not accept the request as it is: 400, 404, 422.
    Request,
    /// Prompt and answer do not fit into the model's context.
    ContextTooLong,
    /// The provider or the model refuses to answer: policy, guardrail, content filter.
    Refused,
    /// The answer broke off after content: a stall, an end without proof, bytes that are no answer.
    Interrupted,
    /// The model itself is not there: not on this device, not ready, not in the background.
    ModelUnavailable,
    /// The user or the app cancelled.
    Cancelled,
}

impl FailureClass {
    /// Every class, in the order of their codes.
    pub const ALL: &'static [FailureClass] = &[
        FailureClass::Offline,
        FailureClass::StaleSocket,
        FailureClass::Connection,
        FailureClass::Unavailable,
        FailureClass::RateLimited,
        FailureClass::Quota,
        FailureClass::NotAStream,
        FailureClass::Credential,
        FailureClass::Certificate,
        FailureClass::Request,
        FailureClass::ContextTooLong,
        FailureClass::Refused,
        FailureClass::Interrupted,
        FailureClass::ModelUnavailable,
        FailureClass::Cancelled,
    ];

    /// The stable code of a run that ends with this failure. A stale socket and a connection that failed are one to the
    /// user.
    pub const fn code(self) -> Code {
        match self {
            FailureClass::Offline => Code::Offline,
            FailureClass::StaleSocket | FailureClass::Connection => Code::ConnectionFailed,
            FailureClass::Unavailable => Code::ProviderUnavailable,
            FailureClass::RateLimited => Code::RateLimited,
            FailureClass::Quota => Code::QuotaExhausted,
            FailureClass::NotAStream => Code::NotAnEventStream,
            FailureClass::Credential => Code::CredentialRejected,
            FailureClass::Certificate => Code::CertificateRejected,
            FailureClass::Request => Code::RequestRejected,
            FailureClass::ContextTooLong => Code::ContextTooLong,
            FailureClass::Refused => Code::AnswerRefused,
            FailureClass::Interrupted => Code::StreamInterrupted,
            FailureClass::ModelUnavailable => Code::ModelUnavailable,
            FailureClass::Cancelled => Code::Cancelled,
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FailureClass::Offline => "the network or the provider's host is out of reach",
            FailureClass::StaleSocket => "a kept connection had been closed",
            FailureClass::Connection => "the connection failed before the answer began",
            FailureClass::Unavailable => "the provider is in trouble or overloaded",
            FailureClass::RateLimited => "the provider wants fewer calls",
            FailureClass::Quota => "the account at the provider has nothing left to spend",
            FailureClass::NotAStream => {
                "what answered is not the provider: a network login page, or another server"
            }
            FailureClass::Credential => "the provider does not accept the key",
            FailureClass::Certificate => "the server's certificate is not trusted",
            FailureClass::Request => "the provider does not accept the request",
            FailureClass::ContextTooLong => "the text is too long for the model",
            FailureClass::Refused => "the model refused to answer",
            FailureClass::Interrupted => "the answer broke off",
            FailureClass::ModelUnavailable => "the model is not available on this device now",
            FailureClass::Cancelled => "the run was cancelled",
        })
    }
}

/// Why a call failed. Carries numbers and words known at compile time: nothing of a response's body, which may repeat
/// what the user wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{class}")]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure it is.
    pub class: FailureClass,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// How long the provider asks to wait, as it said it: possibly zero, possibly days.
    pub retry_after: Option<Duration>,
    /// What the provider says about trying again (`x-should-retry`): stands above what the class says.
    pub should_retry: Option<bool>,
    /// The provider's own word for the error, where it is one of the known ones.
    pub provider_word: Option<&'static str>,
    /// The model's context in tokens, where a [`FailureClass::ContextTooLong`] names it.
    pub context_tokens: Option<u64>,
}

impl Failure {
    /// A failure of this class of which nothing else is known.
    pub const fn new(class: FailureClass) -> Self {
        Self {
            class,
            status: None,
            retry_after: None,
            should_retry: None,
            provider_word: None,
            context_tokens: None,
        }
    }

    /// The same with an HTTP status.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same with a time to wait.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same with the provider's word on trying again.
    #[must_use]
    pub const fn with_should_retry(mut self, should: bool) -> Self {
        self.should_retry = Some(should);
        self
    }

    /// The same with the provider's word for the error.
    #[must_use]
    pub const fn with_provider_word(mut self, word: &'static str) -> Self {
        self.provider_word = Some(word);
        self
    }

    /// The same with the size of the model's context.
    #[must_use]
    pub const fn with_context_tokens(mut self, tokens: u64) -> Self {
        self.context_tokens = Some(tokens);
        self
    }
}

impl Coded for Failure {
    fn code(&self) -> Code {
        self.class.code()
    }

    fn details(&self) -> Details {
        let mut details = Details::none();
        if let Some(status) = self.status {
            details = details.with("status", u64::from(status));
        }
        if let Some(wait) = self.retry_after {
            details = details.with("retry_after_ms", u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        }
        if let Some(word) = self.provider_word {
            details = details.with("provider_word", word);
        }
        if let Some(tokens) = self.context_tokens {
            details = details.with("context_tokens", tokens);
        }
        details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_code_and_a_sentence_of_its_own() {
        for class in FailureClass::ALL {
            assert!(matches!(class.code().number(), 600..=629 | 500), "{class:?}");
            assert!(!class.to_string().is_empty());
        }
        let sentences: std::collections::BTreeSet<_> =
            FailureClass::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(sentences.len(), FailureClass::ALL.len());
    }

    #[test]
    fn details_name_what_is_known_and_nothing_else() {
        assert_eq!(Failure::new(FailureClass::Offline).details(), Details::none());
        let failure = Failure::new(FailureClass::RateLimited)
            .with_status(429)
            .with_retry_after(Duration::from_secs(7))
            .with_provider_word("rate_limit_exceeded");
        assert_eq!(
            serde_json::to_string(&failure.details()).unwrap(),
            r#"{"status":429,"retry_after_ms":7000,"provider_word":"rate_limit_exceeded"}"#
        );
    }
}
