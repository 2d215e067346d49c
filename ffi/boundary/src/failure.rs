//! What crosses the boundary in place of a result.

use std::fmt;

use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::limits::FAILURE_MESSAGE_BYTES;

use crate::guard::Panic;

/// Why a call failed, without a type of ours: a number, a word, a sentence, and values.
///
/// Made of any error that is [`Coded`], and of a [`Panic`]. User text has no way in but through
/// [`panic`](Failure::panic), which is kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(Box<Parts>);

/// In a box, so that what hardly ever happens takes one word of every result.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    code: Code,
    message: String,
    details: Details,
    panic: Option<Box<Panic>>,
}

impl Failure {
    /// The code: [`number`](Code::number) and [`name`](Code::name) are what crosses.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// A sentence for developers, in English, at most [`FAILURE_MESSAGE_BYTES`].
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Names and values in a fixed order, as one JSON object: sizes, limits, offsets, ids.
    pub fn details_json(&self) -> String {
        // Numbers, ids and words: nothing that JSON refuses.
        serde_json::to_string(&self.0.details).unwrap_or_else(|_| "{}".to_owned())
    }

    /// The panic that this failure is of. Its message is for a developer's eyes.
    pub fn panic(&self) -> Option<&Panic> {
        self.0.panic.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        let message = clipped(&error.to_string(), FAILURE_MESSAGE_BYTES as usize).to_owned();
        Self(Box::new(Parts { code: error.code(), message, details: error.details(), panic: None }))
    }
}

impl From<Box<Panic>> for Failure {
    fn from(panic: Box<Panic>) -> Self {
        let details = Details::none().with("entry", panic.entry);
        let message = clipped(&panic.to_string(), FAILURE_MESSAGE_BYTES as usize).to_owned();
        Self(Box::new(Parts { code: Code::Panic, message, details, panic: Some(panic) }))
    }
}

/// The start of a text, at most `bytes` long, cut between two characters.
pub(crate) fn clipped(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
