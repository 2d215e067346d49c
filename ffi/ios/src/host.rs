//! Threads of the engine that call the app, and where its events are shown.

use std::sync::{Arc, OnceLock};

use thiserror::Error;
use uniffi::UnexpectedUniFFICallbackError;
use writemagic::telemetry::{Level, Record, Telemetry, TelemetryError};
use writemagic_operations::log::{INITIAL, Log};
use writemagic_operations::{AppThrew, Host, count_throw, set_host};

use crate::bytes::Bytes;
use crate::entry::{NativeError, enter};

/// The app's side of the boundary.
#[uniffi::export(foreign)]
pub trait NativeHost: Send + Sync {
    /// The object or the work of this token has something new. By one thread of the engine.
    fn wake(&self, token: u64) -> Result<(), HostError>;

    /// What an object of the app says to a question of the engine. By any thread.
    fn ask(&self, object: u64, question: u32, request: Bytes) -> Result<Bytes, HostError>;

    /// The engine needs an object of the app no more. By any thread.
    fn release(&self, object: u64) -> Result<(), HostError>;

    /// An event of the engine, 1 an error to 5 a trace, as a line. By any thread, which must not call the engine.
    fn log(&self, level: u32, line: String) -> Result<(), HostError>;
}

/// The app threw where the engine called it.
#[derive(Debug, Error, uniffi::Error)]
pub enum HostError {
    /// What it threw stays on its side, in its log.
    #[error("the app threw")]
    Threw,
}

impl From<UnexpectedUniFFICallbackError> for HostError {
    // Its reason is what the app's error says of itself, which may be text of the user's.
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::Threw
    }
}

struct App(Arc<dyn NativeHost>);

static APP: OnceLock<Arc<dyn NativeHost>> = OnceLock::new();

impl Host for App {
    fn wake(&self, token: u64) {
        counted(self.0.wake(token));
    }

    fn ask(&self, object: u64, question: u32, request: &[u8]) -> Result<Vec<u8>, AppThrew> {
        let request = Bytes::new(request.to_vec()).map_err(|_| AppThrew)?;
        let answer = counted(self.0.ask(object, question, request));
        answer.map(Bytes::into_vec).ok_or(AppThrew)
    }

    fn release(&self, object: u64) {
        counted(self.0.release(object));
    }
}

/// What the app says, if it does not throw.
fn counted<T>(called: Result<T, HostError>) -> Option<T> {
    called.inspect_err(|_| count_throw()).ok()
}

static LOG: Log = Log::new(sink);

fn sink(level: Level) -> Result<Telemetry, TelemetryError> {
    Telemetry::builder().callback(level, show).install()
}

fn show(record: &Record<'_>) {
    let level = match record.level {
        Level::Error => 1,
        Level::Warn => 2,
        Level::Info => 3,
        Level::Debug => 4,
        Level::Trace => 5,
    };
    if let Some(app) = APP.get() {
        // There is nobody else to tell of a log that cannot be written.
        let _ = app.log(level, record.to_string());
    }
}

/// From here on the engine tells `host`. The first one counts; `false` for a later one.
#[uniffi::export]
pub fn native_set_host(host: Arc<dyn NativeHost>) -> Result<bool, NativeError> {
    enter("set_host", || {
        let is_first = set_host(Arc::new(App(Arc::clone(&host))));
        if is_first {
            APP.get_or_init(|| host);
            LOG.set_level(INITIAL)?;
        }
        Ok::<_, writemagic_boundary::Failure>(is_first)
    })
}

/// Shows events of this level and graver ones: 0 none, 1 errors, to 5 all.
#[uniffi::export]
pub fn native_set_log_level(level: u32) -> Result<(), NativeError> {
    enter("set_log_level", || LOG.set_level(level))
}
