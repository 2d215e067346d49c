//! Waiting for an operation: a progress bar once it lasts longer than a moment, and Ctrl-C stops it.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use writemagic::{Operation, OperationStatus};

use crate::errors::CliResult;
use crate::interrupt::Interruptible;

/// Shorter work shows nothing.
const MOMENT: Duration = Duration::from_secs(1);
/// How often the bar moves.
const REDRAW: Duration = Duration::from_millis(100);

/// What an operation counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    Bytes,
    Documents,
    Memories,
    Pages,
    Texts,
    Versions,
}

/// Waits for the end of `operation`. The bar goes to standard error, and only to a terminal.
pub(crate) fn wait<T: Send + 'static>(
    operation: Operation<T>,
    doing: &'static str,
    unit: Unit,
) -> CliResult<T> {
    let _interruptible = Interruptible::watch(operation.handle());
    let started = Instant::now();
    let visible = io::stderr().is_terminal();
    let mut bar: Option<ProgressBar> = None;
    while operation.wait_timeout(REDRAW) == OperationStatus::Running {
        if !visible || started.elapsed() < MOMENT {
            continue;
        }
        let bar = bar.get_or_insert_with(|| new_bar(doing, unit));
        let now = operation.progress();
        bar.set_length(now.total.max(now.done));
        bar.set_position(now.done);
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(operation.wait()?)
}

fn new_bar(doing: &'static str, unit: Unit) -> ProgressBar {
    let counts = match unit {
        Unit::Bytes => "{bytes} of {total_bytes}, {bytes_per_sec}",
        Unit::Documents => "{human_pos} of {human_len} documents",
        Unit::Memories => "{human_pos} of {human_len} memories",
        Unit::Texts => "{human_pos} of {human_len} texts",
        Unit::Pages => "{human_pos} of {human_len} pages",
        Unit::Versions => "{human_pos} of {human_len} versions",
    };
    let bar = ProgressBar::new(0).with_message(doing);
    match ProgressStyle::with_template(&format!("{{msg}} {{wide_bar}} {counts}, {{eta}} left")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
