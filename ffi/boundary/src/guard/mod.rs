//! No panic leaves the engine: [`guard`] runs a call from another language and makes a panic a [`Failure`].
//!
//! Kept of a panic are its message, where it was a text, the place in the code, and the calls that led there. The first
//! two go to the caller, the last two into the log ([`telemetry`]). A hook, installed by the first guard, sees what is
//! lost once a panic is caught; it keeps panics of guarded threads to itself, and lets those of all others go to the hook
//! that was there before.
//!
//! Without a panic a guard costs two writes to a thread-local number.

mod hook;

use std::any::Any;
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use writemagic_shared::limits::FAILURE_MESSAGE_BYTES;
use writemagic_shared::telemetry;

use crate::failure::{Failure, clipped};

pub(crate) use hook::place_of_panic;

/// Where in the code something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source file, as the compiler was told of it.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In UTF-8 bytes, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Panic {
    /// The call in which it was: the name that its guard was given.
    pub entry: &'static str,
    /// What the panic said, at most [`FAILURE_MESSAGE_BYTES`], if it said something.
    ///
    /// For a developer's eyes: the engine's own messages hold no user text, but one of the standard library may quote
    /// the text that was worked on. Not for logs, and not part of the message of a [`Failure`].
    pub message: Option<String>,
    /// Where it was; `None` where another hook took the place of ours, or where it began on another thread.
    pub place: Option<Place>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the engine panicked in {}", self.entry)?;
        match &self.place {
            Some(place) => write!(f, " at {place}"),
            None => Ok(()),
        }
    }
}

/// Runs `work`, a call from another language; its error, or its panic, as a [`Failure`].
///
/// Guards nest: the innermost one around a panic has it. Objects that were [borrowed](crate::Table::borrow) inside are
/// poisoned by a panic.
///
/// ```
/// use writemagic_boundary::{Failure, guard};
/// use writemagic_shared::error::Code;
///
/// # std::panic::set_hook(Box::new(|_| {}));
/// let text = "it";
/// let failure = guard("text_length", || match text {
///     "" => Ok::<_, Failure>(0),
///     _ => panic!("no room for {text:?}"),
/// })
/// .unwrap_err();
/// assert_eq!(failure.code(), Code::Panic);
/// assert_eq!(failure.panic().and_then(|panic| panic.message.as_deref()), Some("no room for \"it\""));
/// ```
#[inline]
pub fn guard<R, E: Into<Failure>>(
    entry: &'static str,
    work: impl FnOnce() -> Result<R, E>,
) -> Result<R, Failure> {
    contain(entry, || work().map_err(E::into)).unwrap_or_else(|panic| Err(panic.into()))
}

/// Runs `work`, and gives its panic back as a value. For what has no caller who could be told of an error, such as a
/// callback; a call has [`guard`].
///
/// # Errors
/// The panic, which is in the log already.
#[inline]
pub fn contain<R>(entry: &'static str, work: impl FnOnce() -> R) -> Result<R, Box<Panic>> {
    let _inside = hook::enter();
    // Unwind safety: what `work` left half done is behind handles, and poisoned.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| caught(entry, payload))
}

/// Drops a value whose destructor may panic.
pub(crate) fn discard<T>(value: T) {
    // A panic is in the log, and there is nobody else to tell.
    let _ = contain("drop", || drop(value));
}

#[cold]
#[inline(never)]
fn caught(entry: &'static str, payload: Box<dyn Any + Send>) -> Box<Panic> {
    let seen = hook::take();
    let message = payload.downcast_ref::<&'static str>().copied().or_else(|| {
        // What `panic!` with arguments makes.
        payload.downcast_ref::<String>().map(String::as_str)
    });
    let message = message.map(|message| clipped(message, FAILURE_MESSAGE_BYTES as usize).to_owned());
    let (place, backtrace) = seen.unzip();
    // Sinks and payloads are the app's, and may panic in their turn.
    drop_payload(payload);
    let report = AssertUnwindSafe(|| report(entry, place.as_ref(), backtrace.as_ref()));
    if let Err(payload) = catch_unwind(report) {
        drop_payload(payload);
    }
    // What panicked in here is over, too.
    hook::take();
    Box::new(Panic { entry, message, place })
}

fn report(entry: &'static str, place: Option<&Place>, backtrace: Option<&std::backtrace::Backtrace>) {
    match (place, backtrace) {
        (Some(Place { file, line, .. }), Some(backtrace)) => {
            telemetry::report_contained_panic(entry, file, *line, backtrace);
        }
        _ => writemagic_shared::event!(Error, "panic contained, place unknown", entry = entry),
    }
}

/// Drops what a panic carried, and what the panics of its destructors carry, up to a point: then it stays for ever.
fn drop_payload(mut payload: Box<dyn Any + Send>) {
    for _ in 0..4 {
        match catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
    }
    mem::forget(payload);
}

#[cfg(all(test, not(loom)))]
mod tests;
