//! An event on its way to the sinks.

use std::fmt;

use super::{Level, Value};
use crate::runtime::Timestamp;

/// One event, as a callback sees it. Shown as one line of text, without its end, and a panic's backtrace as lines behind it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Record<'a> {
    /// When it was reported.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// The module that reported it, beginning with its crate's name.
    pub target: &'static str,
    /// What happened, the same words each time.
    pub message: &'static str,
    /// Its values, in the order in which the code names them.
    pub fields: &'a [(&'static str, Value)],
    /// The source file of the code that reported it; for a panic, of the code that panicked.
    pub file: &'a str,
    /// The line in that file, from 1.
    pub line: u32,
    /// The calls that led to a panic, several lines, or nothing: names and places in the code.
    pub backtrace: &'a str,
}

impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:5} {}: ", self.at, self.level, self.target)?;
        self.write_body(f)
    }
}

impl Record<'_> {
    /// The message and the values, and where the code stands when something failed.
    pub(super) fn write_body(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str(self.message)?;
        for (name, value) in self.fields {
            write!(f, " {name}={value}")?;
        }
        if self.level == Level::Error {
            write!(f, " at {}:{}", self.file, self.line)?;
        }
        for line in self.backtrace.lines() {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}
