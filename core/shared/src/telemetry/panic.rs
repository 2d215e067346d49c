//! A panic as an event: where it happened, never what it said.

use std::backtrace::Backtrace;
use std::fmt::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use super::dispatch::{Site, deliver};
use super::{Level, Record, Value};
use crate::limits::BACKTRACE_BYTES;
use crate::runtime::{Clock as _, SystemClock};

/// Reports every later panic of the process as an event at [`Level::Error`] with the file and line of the code
/// that panicked, then lets the hook that was there before run.
///
/// The panic's message is left out: the engine's own panics hold no user text, but one that began in the
/// application or in another crate may. So is the thread's name, which is the application's to choose. The
/// hook that runs afterwards (by default Rust's own, which prints the message to standard error) is the
/// application's business. Later calls change nothing.
pub fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            report(info);
            previous(info);
        }));
    });
}

fn report(info: &PanicHookInfo<'_>) {
    let (file, line) = info.location().map_or(("", 0), |location| (location.file(), location.line()));
    tracing::event!(tracing::Level::ERROR, message = "panic", file, line);
    deliver(|sinks| Record {
        at: sinks.map_or(SystemClock.now(), |sinks| sinks.clock.now()),
        level: Level::Error,
        target: module_path!(),
        message: "panic",
        fields: &[],
        file,
        line,
        backtrace: "",
    });
}

/// Reports a panic that was caught at the boundary to another language as an event at [`Level::Error`]: the `entry`
/// that was called, file and line of the code that panicked, and the calls that led there, [`BACKTRACE_BYTES`] of them.
/// The message is left out, as in [`install_panic_hook`].
///
/// Finding the names of a backtrace can take a second in a debug build; it is done only if somebody listens.
pub fn report_contained_panic(entry: &'static str, file: &str, line: u32, backtrace: &Backtrace) {
    static SITE: Site = Site {
        level: Level::Error,
        target: module_path!(),
        message: "panic contained",
        file: file!(),
        line: line!(),
    };
    if !SITE.is_wanted() {
        return;
    }
    let backtrace = shown(backtrace);
    let backtrace = backtrace.as_str();
    let fields = [("entry", Value::Word(entry))];
    tracing::event!(tracing::Level::ERROR, message = SITE.message, entry, file, line, backtrace);
    deliver(|sinks| Record {
        at: sinks.map_or(SystemClock.now(), |sinks| sinks.clock.now()),
        level: SITE.level,
        target: SITE.target,
        message: SITE.message,
        fields: &fields,
        file,
        line,
        backtrace,
    });
}

/// The calls with their addresses, which name them where a stripped library cannot.
fn shown(backtrace: &Backtrace) -> String {
    let mut text = Bounded { text: String::new() };
    // It ends early at the limit, and not otherwise.
    let _ = write!(text, "{backtrace:#}");
    text.text
}

/// Text up to [`BACKTRACE_BYTES`].
struct Bounded {
    text: String,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = BACKTRACE_BYTES as usize - self.text.len();
        self.text.push_str(&more[..more.floor_char_boundary(room)]);
        if more.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backtrace_ends_at_its_limit_between_two_characters() {
        let mut text = Bounded { text: String::new() };
        let name = "é".repeat(BACKTRACE_BYTES as usize / 2 - 1);
        text.write_str(&name).unwrap();
        text.write_str("a").unwrap();
        assert!(text.write_str("é").is_err());
        assert_eq!(text.text, name + "a");
    }

    #[test]
    fn a_backtrace_names_calls_and_addresses() {
        let text = shown(&Backtrace::force_capture());
        assert!(text.contains("a_backtrace_names_calls_and_addresses") && text.contains("0x"), "{text}");
    }
}
