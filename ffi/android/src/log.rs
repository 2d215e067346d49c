//! Events of the engine where developers look: logcat on Android, standard error elsewhere.

use writemagic::telemetry::Level;
use writemagic_operations::log::Log;

/// The events of this process.
pub(crate) static LOG: Log = Log::new(platform::sink);

/// Shows a line that is no event: names of the app's classes, which events have no type for.
pub(crate) fn warn(line: &str) {
    if LOG.shows(Level::Warn) {
        platform::write(Level::Warn, line);
    }
}

#[cfg(not(target_os = "android"))]
mod platform {
    use std::io::{self, Write as _};

    use writemagic::telemetry::{Level, Telemetry, TelemetryError};

    pub(super) fn sink(level: Level) -> Result<Telemetry, TelemetryError> {
        Telemetry::builder().console(level).install()
    }

    pub(super) fn write(_: Level, line: &str) {
        // There is nobody to tell where standard error is closed.
        let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
    }
}

#[cfg(target_os = "android")]
mod platform {
    #![allow(unsafe_code, reason = "logcat is reached through a C function")]

    use std::ffi::{CStr, CString, c_char, c_int};

    use writemagic::telemetry::{Level, Telemetry, TelemetryError};

    const TAG: &CStr = c"writemagic";

    #[link(name = "log")]
    // SAFETY: declared as android/log.h declares it.
    unsafe extern "C" {
        fn __android_log_write(priority: c_int, tag: *const c_char, text: *const c_char) -> c_int;
    }

    pub(super) fn sink(level: Level) -> Result<Telemetry, TelemetryError> {
        let write = |record: &writemagic::telemetry::Record<'_>| write(record.level, &record.to_string());
        Telemetry::builder().callback(level, write).install()
    }

    pub(super) fn write(level: Level, text: &str) {
        // The numbers of android/log.h.
        let priority = match level {
            Level::Error => 6,
            Level::Warn => 5,
            Level::Info => 4,
            Level::Debug => 3,
            Level::Trace => 2,
        };
        for entry in super::entries(text) {
            if let Ok(entry) = CString::new(entry.replace('\0', "\u{FFFD}")) {
                // SAFETY: both texts end with a zero byte and outlive the call.
                unsafe { __android_log_write(priority, TAG.as_ptr(), entry.as_ptr()) };
            }
        }
    }
}

/// The most bytes of one entry of logcat, which cuts longer ones: `LOGGER_ENTRY_MAX_PAYLOAD` of android/log.h less room for
/// the tag.
#[cfg(any(test, target_os = "android"))]
const ENTRY_BYTES: usize = 3900;

/// A text in parts that logcat shows whole: as many lines as fit.
#[cfg(any(test, target_os = "android"))]
fn entries(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let limit = rest.floor_char_boundary(ENTRY_BYTES);
        let end = match rest.get(..limit).and_then(|start| start.rfind('\n')) {
            Some(line_end) if limit < rest.len() => line_end + 1,
            _ => limit,
        };
        let (entry, others) = rest.split_at(end);
        rest = others;
        Some(entry.trim_end_matches('\n'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_shown_in_entries_that_end_with_lines() {
        let line = format!("{}\n", "é".repeat(450));
        let text = line.repeat(10) + "end";
        let parts: Vec<&str> = entries(&text).collect();
        assert!(parts.len() > 1 && parts.iter().all(|part| part.len() <= ENTRY_BYTES));
        assert_eq!(parts.join("\n"), text);
    }

    #[test]
    fn a_line_longer_than_an_entry_is_cut_between_two_characters() {
        let text = "é".repeat(ENTRY_BYTES);
        let parts: Vec<&str> = entries(&text).collect();
        assert_eq!(parts.concat(), text);
    }
}
