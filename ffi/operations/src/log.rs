//! Where events of the engine are shown: one set of sinks for the process, at a level that the app sets.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use writemagic::telemetry::{Level, Telemetry, TelemetryError};
use writemagic::{Code, Coded, Details};
use writemagic_boundary::Failure;

/// The number of the level before the app says something else: warnings.
pub const INITIAL: u32 = 2;

/// No level has this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the argument level is {value}, which stands for nothing")]
struct NoSuchLevel {
    value: u32,
}

impl Coded for NoSuchLevel {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn details(&self) -> Details {
        Details::none().with("what", "level").with("value", u64::from(self.value))
    }
}

/// The events of one platform. A static.
pub struct Log {
    sink: Mutex<Option<(Level, Telemetry)>>,
    install: fn(Level) -> Result<Telemetry, TelemetryError>,
}

impl Log {
    /// Nothing is shown yet; `install` makes the platform's sinks.
    pub const fn new(install: fn(Level) -> Result<Telemetry, TelemetryError>) -> Self {
        Self { sink: Mutex::new(None), install }
    }

    /// Shows events of this level and graver ones: 0 none, 1 errors, to 5 all.
    ///
    /// # Errors
    /// `invalid_argument` for another number.
    pub fn set_level(&self, level: u32) -> Result<(), Failure> {
        let level = match level {
            0 => None,
            1 => Some(Level::Error),
            2 => Some(Level::Warn),
            3 => Some(Level::Info),
            4 => Some(Level::Debug),
            5 => Some(Level::Trace),
            value => return Err(NoSuchLevel { value }.into()),
        };
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // The old one goes first: a process has one set of sinks.
        *sink = None;
        // Another library of the process may have sinks of its own, which are left alone.
        *sink = level.and_then(|level| Some((level, (self.install)(level).ok()?)));
        Ok(())
    }

    /// Whether events of this level are shown.
    pub fn shows(&self, level: Level) -> bool {
        let sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.as_ref().is_some_and(|(shown, _)| *shown >= level)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_shows_itself_and_graver_ones() {
        static LOG: Log = Log::new(|level| Telemetry::builder().callback(level, |_| {}).install());
        assert!(!LOG.shows(Level::Error));
        LOG.set_level(INITIAL).unwrap();
        assert!(LOG.shows(Level::Error) && LOG.shows(Level::Warn) && !LOG.shows(Level::Info));
        LOG.set_level(5).unwrap();
        assert!(LOG.shows(Level::Trace));
        LOG.set_level(0).unwrap();
        assert!(!LOG.shows(Level::Error));
        assert_eq!(LOG.set_level(6).unwrap_err().code(), Code::InvalidArgument);
    }
}
