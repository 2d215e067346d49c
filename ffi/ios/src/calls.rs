//! The functions for all of the engine: operations by number, and what is asked of this layer itself.

use writemagic_boundary::{Failure, Handle};
use writemagic_operations as operations;

use crate::bytes::Bytes;
use crate::entry::{NativeError, enter};

/// How far some work is, in units that its operation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NativeProgress {
    /// Units that are done.
    pub done: u64,
    /// Units expected in all; 0 while unknown.
    pub total: u64,
    /// Whether somebody asked it to stop.
    pub cancelled: bool,
}

/// How many objects of a type live.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NativeCount {
    /// What errors call the objects.
    pub kind: String,
    /// How many.
    pub count: u64,
}

/// Runs an operation and gives its result.
#[uniffi::export]
pub fn native_invoke(number: u32, object: i64, request: &[u8]) -> Result<Bytes, NativeError> {
    enter("invoke", || {
        Ok::<_, Failure>(Bytes::new(operations::invoke(number, Handle::from_raw(object), request)?)?)
    })
}

/// Begins an operation that goes on by itself, and gives a handle of the work. `token` is woken at its end.
#[uniffi::export]
pub fn native_start(number: u32, object: i64, request: &[u8], token: u64) -> Result<i64, NativeError> {
    enter("start", || operations::start(number, Handle::from_raw(object), request, token).map(Handle::raw))
}

/// What came of some work; nothing while it goes on and once it was taken.
#[uniffi::export]
pub fn native_take_result(work: i64) -> Result<Option<Bytes>, NativeError> {
    enter("take_result", || {
        Ok::<_, Failure>(operations::take_result(Handle::from_raw(work))?.map(Bytes::new).transpose()?)
    })
}

/// How far some work is.
#[uniffi::export]
pub fn native_progress(work: i64) -> Result<NativeProgress, NativeError> {
    enter("progress", || {
        let progress = operations::progress(Handle::from_raw(work))?;
        let (done, total, cancelled) = (progress.done, progress.total, progress.cancelled);
        Ok::<_, Failure>(NativeProgress { done, total, cancelled })
    })
}

/// Asks some work to stop.
#[uniffi::export]
pub fn native_cancel(work: i64) -> Result<(), NativeError> {
    enter("cancel", || operations::cancel(Handle::from_raw(work)))
}

/// Gives some work up, and cancels it if it goes on; `false` where it was given up before.
#[uniffi::export]
pub fn native_close_work(work: i64) -> Result<bool, NativeError> {
    enter("close_work", || operations::close_work(Handle::from_raw(work)))
}

/// Closes an object, whose type has this number; `false` where it was closed before.
#[uniffi::export]
pub fn native_close_object(number: u32, object: i64) -> Result<bool, NativeError> {
    enter("close_object", || operations::close_object(number, Handle::from_raw(object)))
}

/// Which operations and types this library has: the sources beside it must be of the same build.
#[uniffi::export]
pub fn native_fingerprint() -> Result<u64, NativeError> {
    enter("fingerprint", || Ok::<_, Failure>(operations::fingerprint()))
}

/// The types of objects and how many of each live.
#[uniffi::export]
pub fn native_census() -> Result<Vec<NativeCount>, NativeError> {
    enter("census", || {
        let objects = writemagic_boundary::census().into_iter();
        let counts = objects.map(|(kind, count)| NativeCount { kind: kind.to_owned(), count: count as u64 });
        Ok::<_, Failure>(counts.collect())
    })
}

/// How often the app threw where the engine called it.
#[uniffi::export]
pub fn native_throws() -> Result<u64, NativeError> {
    enter("throws", || Ok::<_, Failure>(operations::throws()))
}
