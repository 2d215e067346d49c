//! Choosing the sinks of a process.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;

use super::callback::Callback;
use super::console::Console;
use super::dispatch::{self, Sinks};
use super::file::RollingFile;
use super::{Level, Record};
use crate::error::{Code, Coded, Details};
use crate::runtime::{Clock, SystemClock};

/// The installed sinks of this process. They go when it is dropped; an event that another thread is reporting
/// at that moment may still reach them.
#[derive(Debug)]
#[must_use = "dropping it takes the sinks away"]
pub struct Telemetry(Arc<Sinks>);

impl Telemetry {
    /// No sinks yet.
    pub fn builder() -> Builder {
        Builder { clock: Arc::new(SystemClock), console: None, file: None, callback: None }
    }

    /// How many events a sink could not take: the disk was full, the callback panicked.
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed) // Relaxed: a number for display
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        dispatch::uninstall();
    }
}

/// The sinks to install, and the level each takes. A sink named twice is the one named last.
#[derive(Debug)]
#[must_use]
pub struct Builder {
    clock: Arc<dyn Clock>,
    console: Option<Level>,
    file: Option<(Level, PathBuf)>,
    callback: Option<(Level, Callback)>,
}

impl Builder {
    /// Writes lines to standard error, in colour only on a terminal and where `NO_COLOR` is not set.
    pub fn console(self, level: Level) -> Self {
        Self { console: Some(level), ..self }
    }

    /// Appends lines to files in `folder`, at most [`LOG_FILES`](crate::limits::LOG_FILES) of at most
    /// [`LOG_FILE_BYTES`](crate::limits::LOG_FILE_BYTES) each. One process a folder: of two, each might end the
    /// other's file early.
    pub fn file(self, folder: impl Into<PathBuf>, level: Level) -> Self {
        Self { file: Some((level, folder.into())), ..self }
    }

    /// Calls `function` with each record, on the thread that reports it, with no lock held. What it reports
    /// itself is not handed to it again, and a panic in it is caught and counted.
    pub fn callback(self, level: Level, function: impl Fn(&Record<'_>) + Send + Sync + 'static) -> Self {
        Self { callback: Some((level, Callback::new(function))), ..self }
    }

    /// Reads the time of records from this clock.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Makes these the sinks of the process. Touches the disk if there is a file among them.
    ///
    /// # Errors
    /// `already_exists` while other sinks are installed; `io` or `permission_denied` for the log folder.
    pub fn install(self) -> Result<Telemetry, TelemetryError> {
        let file = match self.file {
            Some((level, folder)) => {
                Some((level, RollingFile::open(&folder).map_err(|source| TelemetryError::File { source })?))
            }
            None => None,
        };
        let sinks = Arc::new(Sinks {
            clock: self.clock,
            console: self.console.map(|level| (level, Console::standard_error())),
            file,
            callback: self.callback,
            lost: AtomicU64::new(0),
        });
        if dispatch::install(&sinks) { Ok(Telemetry(sinks)) } else { Err(TelemetryError::AlreadyInstalled) }
    }
}

/// Why sinks could not be installed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The process has sinks already.
    #[error("telemetry is already installed in this process")]
    AlreadyInstalled,
    /// The log folder or its newest file could not be opened.
    #[error("the log file could not be opened")]
    File {
        /// What the system said.
        source: io::Error,
    },
}

impl Coded for TelemetryError {
    fn code(&self) -> Code {
        match self {
            TelemetryError::AlreadyInstalled => Code::AlreadyExists,
            TelemetryError::File { source } if source.kind() == io::ErrorKind::PermissionDenied => {
                Code::PermissionDenied
            }
            TelemetryError::File { .. } => Code::Io,
        }
    }

    fn details(&self) -> Details {
        match self {
            TelemetryError::AlreadyInstalled => Details::none().with("what", "telemetry"),
            TelemetryError::File { source } => {
                let details = Details::none().with("what", "log_file");
                match source.raw_os_error() {
                    Some(number) => details.with("os_error", i64::from(number)),
                    None => details,
                }
            }
        }
    }
}
