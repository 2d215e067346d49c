//! A function's guard, and its error as it crosses.

use writemagic_boundary::{Failure, guard};

/// Why a call failed. A full enum: one that is flat cannot be thrown by the app's side.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum NativeError {
    /// Any error of the engine.
    #[error("{reason}")]
    Failed {
        /// The number of its code.
        number: u32,
        /// A sentence for developers. Not `message`, which languages have of their own.
        reason: String,
        /// Names and values, as one JSON object.
        details: String,
        /// What a panic said, if it was one and said something.
        panic: Option<String>,
    },
}

impl From<Failure> for NativeError {
    fn from(failure: Failure) -> Self {
        Self::Failed {
            number: failure.code().number().into(),
            reason: failure.message().to_owned(),
            details: failure.details_json(),
            panic: failure.panic().and_then(|panic| panic.message.clone()),
        }
    }
}

/// Runs the body of a function; its error, or its panic, as it crosses.
#[inline]
pub(crate) fn enter<R, E: Into<Failure>>(
    name: &'static str,
    body: impl FnOnce() -> Result<R, E>,
) -> Result<R, NativeError> {
    guard(name, body).map_err(NativeError::from)
}

#[cfg(test)]
mod tests {
    use writemagic::Code;

    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "that is what is tested")]
    fn a_panic_crosses_with_its_message_and_without_it_in_the_reason() {
        let NativeError::Failed { number, reason, details, panic } =
            enter("moths", || -> Result<(), Failure> { panic!("no {}", "light") }).unwrap_err();
        assert_eq!(number, u32::from(Code::Panic.number()));
        assert!(reason.contains("moths") && !reason.contains("light"), "{reason}");
        assert_eq!((details.as_str(), panic.as_deref()), (r#"{"entry":"moths"}"#, Some("no light")));
    }
}
