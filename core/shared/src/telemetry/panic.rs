//! A panic as an event: where it happened, never what it said.

use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use super::dispatch::deliver;
use super::{Level, Record};
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
    });
}
