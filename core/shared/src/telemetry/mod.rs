//! Log events that user text cannot enter, and the sinks they go to.
//!
//! The engine reports what it does through [`event!`](crate::event): a level, a message known at compile time,
//! and named values whose types implement [`Field`], a sealed trait that no text of a user satisfies. An event
//! goes two ways: to the sinks that the application installed here (console, rolling file, callback), and as
//! an ordinary [`tracing`] event to whatever subscriber a Rust application already has. The sinks take nothing
//! but our own events: what other crates log never reaches them, so nothing has to be filtered out, and the
//! process's global `tracing` subscriber stays the application's.
//!
//! No other module of the engine names `tracing`; a test of the workspace sees to that.
//! What does not live here: metrics, health reports, profiles.
//!
//! ```
//! use std::sync::mpsc;
//! use writemagic_shared::telemetry::{Level, Telemetry};
//!
//! let (send, lines) = mpsc::channel();
//! let telemetry = Telemetry::builder()
//!     .callback(Level::Info, move |record| send.send(record.to_string()).unwrap_or_default())
//!     .install()?;
//!
//! writemagic_shared::event!(Info, "library opened", documents = 3_u64, read_only = false);
//! assert!(lines.recv()?.ends_with("library opened documents=3 read_only=false"));
//!
//! drop(telemetry); // the sinks are gone; events cost one atomic load again
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod callback;
mod console;
mod dispatch;
mod field;
mod file;
#[cfg(test)]
mod host_test;
mod install;
mod level;
mod panic;
mod record;
#[cfg(debug_assertions)]
mod test_log;

pub use field::{Field, Value};
pub use install::{Builder, Telemetry, TelemetryError};
pub use level::Level;
pub use panic::{install_panic_hook, report_contained_panic};
pub use record::Record;

/// What [`event!`](crate::event) expands to. Not part of the API.
#[doc(hidden)]
pub mod expansion {
    pub use super::dispatch::{Site, emit};
    pub use tracing;
}

/// Reports an event: a [`Level`], a message, and named values.
///
/// The level is written bare (`Error`, `Warn`, `Info`, `Debug`, `Trace`). The message must be a literal and is
/// taken as it stands: braces in it mean nothing. Values must implement [`Field`]. They are evaluated once,
/// and only when somebody listens; when nobody does an event costs two relaxed loads.
///
/// ```
/// use std::time::Duration;
/// writemagic_shared::event!(Debug, "heads refreshed", heads = 12_u32, took = Duration::from_micros(480));
/// ```
///
/// A `String` is refused:
///
/// ```compile_fail,E0277
/// let title = String::from("Chapter 1");
/// writemagic_shared::event!(Info, "renamed", title = title);
/// ```
///
/// So is a borrowed `&str`, which could be a part of a text:
///
/// ```compile_fail,E0521
/// fn renamed(title: &str) {
///     writemagic_shared::event!(Info, "renamed", title = title);
/// }
/// ```
///
/// And a message that is not a literal:
///
/// ```compile_fail
/// let message = "renamed";
/// writemagic_shared::event!(Info, message);
/// ```
#[macro_export]
macro_rules! event {
    ($level:ident, $message:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        static SITE: $crate::telemetry::expansion::Site = $crate::telemetry::expansion::Site {
            level: $crate::telemetry::Level::$level,
            target: ::core::module_path!(),
            message: $message,
            file: ::core::file!(),
            line: ::core::line!(),
        };
        if SITE.is_wanted() {
            // One tuple, so that no value sees the name of another.
            match ($($value,)*) {
                ($($name,)*) => {
                    $crate::telemetry::expansion::tracing::event!(
                        $crate::telemetry::Level::$level.as_tracing(),
                        message = SITE.message,
                        $($name = $crate::telemetry::Field::as_tracing($name),)*
                    );
                    $crate::telemetry::expansion::emit(
                        &SITE,
                        &[$((::core::stringify!($name), $crate::telemetry::Field::value($name)),)*],
                    );
                }
            }
        }
    }};
}
