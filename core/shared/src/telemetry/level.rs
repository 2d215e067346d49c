//! How much an event matters.

use std::fmt;

/// How much an event matters, the gravest first: a sink set to one level takes it and the graver ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Something failed and somebody should know.
    Error = 1,
    /// Something went wrong and the engine went on.
    Warn = 2,
    /// A step of the library's life: opened, suspended, migrated.
    Info = 3,
    /// What a developer of an application wants to see.
    Debug = 4,
    /// What a developer of the engine wants to see.
    Trace = 5,
}

impl Level {
    /// The level's word in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        }
    }

    #[doc(hidden)]
    pub const fn as_tracing(self) -> tracing::Level {
        match self {
            Level::Error => tracing::Level::ERROR,
            Level::Warn => tracing::Level::WARN,
            Level::Info => tracing::Level::INFO,
            Level::Debug => tracing::Level::DEBUG,
            Level::Trace => tracing::Level::TRACE,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
