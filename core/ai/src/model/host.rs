//! A model that the app brings: the system's on-device model, or any other that it can run.

use std::time::Duration;

use writemagic_shared::error::{Code, Coded, Details};

use crate::stream::{Failure, FailureClass};

use super::{HostSink, Locality, Request};

/// What a host model is and can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostDescription {
    /// A stable name, as settings and logs show it.
    pub name: String,
    /// How far a text travels. A system's own cloud is [`Locality::Cloud`], however private it is said to be.
    pub locality: Locality,
    /// Tokens of prompt and answer together, as the system says today; it may change with the system.
    pub context_tokens: u64,
    /// The longest answer in tokens.
    pub max_output_tokens: u64,
    /// Languages that it speaks, as BCP 47 tags; empty where the system does not say.
    pub languages: Vec<String>,
    /// Takes a standing instruction apart from the conversation.
    pub system: bool,
    /// Calls tools.
    pub tools: bool,
    /// Answers in JSON of a given form.
    pub json: bool,
    /// Goes on from a last turn that is its own.
    pub prefill: bool,
    /// Reads images.
    pub images: bool,
}

/// Whether a host model can be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Availability {
    /// It can.
    Available,
    /// It can once it was fetched.
    Downloadable,
    /// It is being fetched.
    Downloading {
        /// Bytes that are here.
        done: u64,
        /// Bytes in all, where the system says.
        total: Option<u64>,
    },
    /// It cannot.
    Unavailable(UnavailableReason),
}

/// Why a host model cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnavailableReason {
    /// The device will never have it: too old, too small, or its boot loader is unlocked.
    DeviceNotEligible,
    /// The user has switched it off in the system's settings.
    NotEnabled,
    /// The system is still getting it ready; later it may be there.
    NotReady,
    /// It does not speak the language.
    UnsupportedLanguage,
    /// A reason of the host's own.
    Other,
}

impl UnavailableReason {
    /// A stable snake_case word.
    pub const fn name(self) -> &'static str {
        match self {
            UnavailableReason::DeviceNotEligible => "device_not_eligible",
            UnavailableReason::NotEnabled => "not_enabled",
            UnavailableReason::NotReady => "not_ready",
            UnavailableReason::UnsupportedLanguage => "unsupported_language",
            UnavailableReason::Other => "other",
        }
    }
}

/// How a host model fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// It is not there.
    #[error("the model is not available on this device now")]
    Unavailable(UnavailableReason),
    /// The request does not fit.
    #[error("the text is too long for the model")]
    ContextTooLong {
        /// The model's context in tokens, where the system names it.
        context_tokens: Option<u64>,
    },
    /// The request is shorter than the model takes.
    #[error("the text is too short for the model")]
    RequestTooSmall,
    /// A guardrail, a safety rule or the model itself refused.
    #[error("the model refused to answer")]
    Refused,
    /// It is busy, or was asked too often.
    #[error("the model is busy")]
    Busy {
        /// When to come again, where the system says.
        retry_after: Option<Duration>,
    },
    /// The app has used its share of the battery for today.
    #[error("the app has used its share of the battery")]
    BatteryQuota,
    /// The system allows it in the foreground alone.
    #[error("the model works only while the app is in the foreground")]
    Background,
    /// It went back on what it had already said.
    #[error("the model changed what it had already said")]
    AnswerChanged,
    /// Anything else.
    #[error("the model failed")]
    Other,
}

impl HostError {
    /// The same as a failure of a run.
    pub fn failure(self) -> Failure {
        let word = |class, word| Failure::new(class).with_provider_word(word);
        match self {
            HostError::Unavailable(reason) => word(FailureClass::ModelUnavailable, reason.name()),
            HostError::ContextTooLong { context_tokens } => {
                let failure = Failure::new(FailureClass::ContextTooLong);
                context_tokens.map_or(failure, |tokens| failure.with_context_tokens(tokens))
            }
            HostError::RequestTooSmall => word(FailureClass::Request, "request_too_small"),
            HostError::Refused => Failure::new(FailureClass::Refused),
            HostError::Busy { retry_after } => {
                let failure = word(FailureClass::RateLimited, "busy");
                retry_after.map_or(failure, |wait| failure.with_retry_after(wait))
            }
            HostError::BatteryQuota => word(FailureClass::Quota, "battery_quota"),
            HostError::Background => word(FailureClass::ModelUnavailable, "background"),
            HostError::AnswerChanged => word(FailureClass::Interrupted, "answer_changed"),
            HostError::Other => Failure::new(FailureClass::Unavailable),
        }
    }
}

impl Coded for HostError {
    fn code(&self) -> Code {
        self.failure().code()
    }

    fn details(&self) -> Details {
        self.failure().details()
    }
}

/// How far a host model's preparation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrepareProgress {
    /// It is being fetched.
    Downloading {
        /// Bytes that are here.
        done: u64,
        /// Bytes in all, where the system says.
        total: Option<u64>,
    },
    /// It is being loaded.
    Loading,
    /// It can be asked.
    Ready,
    /// It cannot be had.
    Failed(HostError),
}

/// Names one call of [`HostModel::generate`] for [`HostModel::cancel`]; the host chooses the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostCall(pub u64);

/// A model that the app runs itself.
///
/// Calls come from any thread, possibly several at a time, and return at once: what takes long goes on elsewhere and
/// reports to the sink. The system's guardrails, quotas and downloads stay the host's; here they have names.
pub trait HostModel: Send + Sync + 'static {
    /// What it is and can do, as of now.
    fn describe(&self) -> HostDescription;

    /// Whether it can be asked now, and why not.
    fn availability(&self) -> Availability;

    /// Begins to fetch and load it, so that a later call begins sooner. `progress` is told until
    /// [`PrepareProgress::Ready`] or [`PrepareProgress::Failed`]; at once if nothing is to be done.
    fn prepare(&self, progress: Box<dyn Fn(PrepareProgress) + Send + Sync>);

    /// The tokens of a text as the model counts them; `None` where the system cannot tell.
    fn count(&self, text: &str) -> Option<u64>;

    /// Begins to answer. The host gives what comes to `sink`, and ends it in exactly one way.
    ///
    /// # Errors
    /// [`HostError`] if it cannot begin; nothing was given to the sink then.
    fn generate(&self, request: &Request, sink: HostSink) -> Result<HostCall, HostError>;

    /// Stops a call as soon as it can. Calls that ended or never were are ignored.
    fn cancel(&self, call: HostCall);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_a_host_is_a_failure_with_a_class() {
        let class = |error: HostError| error.failure().class;
        assert_eq!(
            class(HostError::Unavailable(UnavailableReason::NotReady)),
            FailureClass::ModelUnavailable
        );
        assert_eq!(class(HostError::Background), FailureClass::ModelUnavailable);
        assert_eq!(class(HostError::BatteryQuota), FailureClass::Quota);
        assert_eq!(class(HostError::Refused), FailureClass::Refused);
        assert_eq!(class(HostError::Other), FailureClass::Unavailable);
        let busy = HostError::Busy { retry_after: Some(Duration::from_secs(3)) };
        assert_eq!(busy.code(), Code::RateLimited);
        assert_eq!(busy.failure().retry_after, Some(Duration::from_secs(3)));
        let long = HostError::ContextTooLong { context_tokens: Some(4_096) };
        assert_eq!(serde_json::to_string(&long.details()).unwrap(), r#"{"context_tokens":4096}"#);
    }
}
