//! The sink for a person at a terminal: standard error, one line an event.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use super::{Level, Record};

/// Standard error, in colour or not.
#[derive(Debug)]
pub(super) struct Console {
    colour: bool,
}

impl Console {
    /// In colour only on a terminal, and not where `NO_COLOR` is set.
    pub(super) fn standard_error() -> Self {
        Self { colour: is_coloured(io::stderr().is_terminal(), std::env::var_os("NO_COLOR").as_deref()) }
    }

    pub(super) fn write(&self, record: &Record<'_>) -> io::Result<()> {
        // One write, so that lines of several threads do not mix.
        io::stderr().write_all(self.line(record).as_bytes())
    }

    fn line(&self, record: &Record<'_>) -> String {
        if !self.colour {
            return format!("{record}\n");
        }
        let level = match record.level {
            Level::Error => "\x1b[31m",
            Level::Warn => "\x1b[33m",
            Level::Info => "\x1b[32m",
            Level::Debug => "\x1b[34m",
            Level::Trace => "\x1b[35m",
        };
        let mut line = format!(
            "\x1b[2m{}\x1b[0m {level}{:5}\x1b[0m \x1b[2m{}:\x1b[0m ",
            record.at, record.level, record.target
        );
        // Writing to a String cannot fail.
        let _ = record.write_body(&mut line);
        let _ = line.write_char('\n');
        line
    }
}

fn is_coloured(terminal: bool, no_color: Option<&OsStr>) -> bool {
    // no-color.org: any value but the empty one asks for no colour.
    terminal && no_color.is_none_or(OsStr::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Timestamp;
    use crate::telemetry::Value;

    const RECORD: Record<'_> = Record {
        at: Timestamp::from_millis(0),
        level: Level::Warn,
        target: "writemagic_storage::library",
        message: "head refreshed late",
        fields: &[("events", Value::Unsigned(7))],
        file: "library.rs",
        line: 3,
        backtrace: "",
    };

    #[test]
    fn colour_is_for_terminals_that_do_not_refuse_it() {
        assert!(is_coloured(true, None));
        assert!(is_coloured(true, Some(OsStr::new(""))));
        assert!(!is_coloured(true, Some(OsStr::new("1"))));
        assert!(!is_coloured(false, None));
    }

    #[test]
    fn a_coloured_line_says_the_same_as_a_plain_one() {
        let plain = Console { colour: false }.line(&RECORD);
        assert_eq!(
            plain,
            "1970-01-01T00:00:00.000Z warn  writemagic_storage::library: head refreshed late events=7\n"
        );
        let mut stripped = Console { colour: true }.line(&RECORD);
        assert!(stripped.contains('\x1b'));
        for code in ["\x1b[2m", "\x1b[33m", "\x1b[0m"] {
            stripped = stripped.replace(code, "");
        }
        assert_eq!(stripped, plain);
    }

    #[test]
    fn an_error_names_its_place_in_the_code() {
        let error = Record { level: Level::Error, fields: &[], ..RECORD };
        assert!(error.to_string().ends_with("head refreshed late at library.rs:3"));
    }

    #[test]
    fn a_backtrace_stands_below_its_panic() {
        let panic = Record { level: Level::Error, fields: &[], backtrace: "0: main\n1: start\n", ..RECORD };
        assert!(panic.to_string().ends_with(" at library.rs:3\n    0: main\n    1: start"));
    }
}
