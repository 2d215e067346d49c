//! The sink that hands records to the application: to logcat, os_log, or a crash reporter.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::Record;

/// A function of the application.
pub(super) struct Callback(Box<Function>);

type Function = dyn Fn(&Record<'_>) + Send + Sync;

/// The callback panicked, or no thread could be had for it.
#[derive(Debug)]
pub(super) struct CallbackFailed;

thread_local! {
    /// Whether this thread is inside the callback.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

impl Callback {
    pub(super) fn new(function: impl Fn(&Record<'_>) + Send + Sync + 'static) -> Self {
        Self(Box::new(function))
    }

    /// Calls the function, unless this thread is inside it already: what it does may be reported too.
    pub(super) fn call(&self, record: &Record<'_>) -> Result<(), CallbackFailed> {
        // A thread whose locals are gone is ending; what it still reports goes to the other sinks.
        if INSIDE.try_with(Cell::get).unwrap_or(true) {
            return Ok(());
        }
        if thread::panicking() {
            return self.call_beside(record);
        }
        self.call_here(record)
    }

    fn call_here(&self, record: &Record<'_>) -> Result<(), CallbackFailed> {
        INSIDE.set(true);
        let result = catch_unwind(AssertUnwindSafe(|| (self.0)(record)));
        INSIDE.set(false);
        result.map_err(|payload| {
            // Dropping it would run code of the application that may panic again.
            std::mem::forget(payload);
            CallbackFailed
        })
    }

    /// While a thread panics, a second panic would end the process; on another thread it is caught.
    fn call_beside(&self, record: &Record<'_>) -> Result<(), CallbackFailed> {
        thread::scope(|scope| {
            let called = thread::Builder::new()
                .name("writemagic-log".into())
                .spawn_scoped(scope, || self.call_here(record))
                .map_err(|_| CallbackFailed)?;
            called.join().unwrap_or(Err(CallbackFailed))
        })
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}
