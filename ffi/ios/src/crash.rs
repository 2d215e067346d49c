//! Failures on purpose: for the tests of this layer, and for app teams who want to see what theirs does with them.

use writemagic_boundary::{Failure, Handle};
use writemagic_operations::{crash, wake};

use crate::bytes::Bytes;
use crate::entry::{NativeError, enter};

/// Something to break, which may panic when it is dropped.
#[uniffi::export]
pub fn native_crash_open(panics_at_its_end: bool) -> Result<i64, NativeError> {
    enter("crash_open", || crash::open(panics_at_its_end.then_some(0)).map(Handle::raw))
}

/// Nothing, with a handle that is checked.
#[uniffi::export]
pub fn native_crash_not(dummy: i64) -> Result<(), NativeError> {
    enter("crash_not", || crash::succeed(Handle::from_raw(dummy)))
}

/// Fails: 0 panics with a literal, 1 with a formatted message, 2 is a typed error.
#[uniffi::export]
pub fn native_crash(dummy: i64, way: u32) -> Result<(), NativeError> {
    enter("crash", || crash::crash(Handle::from_raw(dummy), way))
}

/// Takes as many milliseconds.
#[uniffi::export]
pub fn native_crash_slowly(dummy: i64, milliseconds: u64) -> Result<(), NativeError> {
    enter("crash_slowly", || crash::slow(Handle::from_raw(dummy), milliseconds))
}

/// Panics while an argument is read.
#[uniffi::export]
pub fn native_crash_argument(argument: &[u8]) -> Result<(), NativeError> {
    enter("crash_argument", || crash::fail(argument.is_empty().into()))
}

/// Panics while a result is made.
#[uniffi::export]
pub fn native_crash_result(dummy: i64) -> Result<Bytes, NativeError> {
    enter("crash_result", || {
        crash::succeed(Handle::from_raw(dummy))?;
        let made = Bytes::new(vec![0; 3])?;
        crash::fail(1)?;
        Ok::<_, Failure>(made)
    })
}

/// Has a thread of the engine's ask an object of the app, and gives its answer; nothing where it threw.
#[uniffi::export]
pub fn native_crash_ask(target: u64, question: u32, request: &[u8]) -> Result<Option<Bytes>, NativeError> {
    enter("crash_ask", || {
        Ok::<_, Failure>(crash::ask(target, question, request).map(Bytes::new).transpose()?)
    })
}

/// Wakes a token.
#[uniffi::export]
pub fn native_crash_wake(token: u64) -> Result<(), NativeError> {
    enter("crash_wake", || {
        wake(token);
        Ok::<_, Failure>(())
    })
}

/// Has the engine let go of an object of the app.
#[uniffi::export]
pub fn native_crash_release(target: u64) -> Result<(), NativeError> {
    enter("crash_release", || {
        crash::release(target);
        Ok::<_, Failure>(())
    })
}

/// Lets go of it; `false` where that was done before.
#[uniffi::export]
pub fn native_crash_close(dummy: i64) -> Result<bool, NativeError> {
    enter("crash_close", || crash::close(Handle::from_raw(dummy)))
}
