//! The way of an event: from its place in the code to the sinks that want it.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tracing::level_filters::LevelFilter;

use super::callback::Callback;
use super::console::Console;
use super::file::RollingFile;
use super::{Level, Record, Value};
use crate::runtime::Clock;

/// A place in the code that reports an event; its parts are those of a [`Record`].
#[derive(Debug)]
#[allow(missing_docs, reason = "public for the macro alone")]
pub struct Site {
    pub level: Level,
    pub target: &'static str,
    pub message: &'static str,
    pub file: &'static str,
    pub line: u32,
}

impl Site {
    /// Whether anybody listens: a sink, or a `tracing` subscriber of the application.
    pub fn is_wanted(&self) -> bool {
        // Relaxed: an event that races with an installation may be seen or not; the sinks themselves are
        // published by the lock.
        self.level as u8 <= WANTED.load(Ordering::Relaxed)
            || self.level.as_tracing() <= LevelFilter::current()
            || is_test_logged()
    }
}

/// The sinks of the process, and what they share.
#[derive(Debug)]
pub(super) struct Sinks {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) console: Option<(Level, Console)>,
    pub(super) file: Option<(Level, RollingFile)>,
    pub(super) callback: Option<(Level, Callback)>,
    /// Events that a sink could not take.
    pub(super) lost: AtomicU64,
}

/// The most talkative level that an installed sink takes; 0 when there is none.
static WANTED: AtomicU8 = AtomicU8::new(0);
static SINKS: RwLock<Option<Arc<Sinks>>> = RwLock::new(None);

/// Makes these the process's sinks; false if there are others.
pub(super) fn install(sinks: &Arc<Sinks>) -> bool {
    let mut installed = SINKS.write().unwrap_or_else(PoisonError::into_inner);
    if installed.is_some() {
        return false;
    }
    *installed = Some(Arc::clone(sinks));
    WANTED.store(sinks.most_talkative(), Ordering::Relaxed); // Relaxed: see `is_wanted`
    true
}

/// Takes the process's sinks away.
pub(super) fn uninstall() {
    WANTED.store(0, Ordering::Relaxed); // Relaxed: see `is_wanted`
    *SINKS.write().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Hands an event to every sink that wants it.
pub fn emit(site: &'static Site, fields: &[(&'static str, Value)]) {
    deliver(|sinks| Record {
        at: sinks.map_or(crate::runtime::SystemClock.now(), |sinks| sinks.clock.now()),
        level: site.level,
        target: site.target,
        message: site.message,
        fields,
        file: site.file,
        line: site.line,
        backtrace: "",
    });
}

/// Hands a record to every sink that wants it, with no lock held while they work.
pub(super) fn deliver<'a>(record: impl FnOnce(Option<&Sinks>) -> Record<'a>) {
    let sinks = SINKS.read().unwrap_or_else(PoisonError::into_inner).clone();
    let record = record(sinks.as_deref());
    #[cfg(debug_assertions)]
    super::test_log::write(&record);
    if let Some(sinks) = sinks {
        sinks.take(&record);
    }
}

impl Sinks {
    fn most_talkative(&self) -> u8 {
        let levels = [
            self.console.as_ref().map(|(level, _)| *level),
            self.file.as_ref().map(|(level, _)| *level),
            self.callback.as_ref().map(|(level, _)| *level),
        ];
        levels.into_iter().flatten().map(|level| level as u8).max().unwrap_or(0)
    }

    fn take(&self, record: &Record<'_>) {
        let mut taken = true;
        if let Some(console) = wanting(&self.console, record.level) {
            taken &= console.write(record).is_ok();
        }
        if let Some(file) = wanting(&self.file, record.level) {
            taken &= file.write(record).is_ok();
        }
        if let Some(callback) = wanting(&self.callback, record.level) {
            taken &= callback.call(record).is_ok();
        }
        if !taken {
            self.lost.fetch_add(1, Ordering::Relaxed); // Relaxed: a number for display
        }
    }
}

fn wanting<S>(sink: &Option<(Level, S)>, level: Level) -> Option<&S> {
    sink.as_ref().filter(|(most, _)| level <= *most).map(|(_, sink)| sink)
}

#[cfg(debug_assertions)]
fn is_test_logged() -> bool {
    super::test_log::is_on()
}

#[cfg(not(debug_assertions))]
fn is_test_logged() -> bool {
    false
}
