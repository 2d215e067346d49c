//! The library itself: opening it, how it is, its comings and goings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use writemagic::{Library, OpenOptions};
use writemagic_boundary::{Failure, Handle, Table, close, guard};

use crate::Part;
use crate::declare::{choices, operations, records};

/// Open libraries.
pub static LIBRARIES: Table<Library> = Table::new("library");

pub(crate) const PART: Part = Part { operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// Opens a library.
///
/// # Errors
/// Those of [`Library::open`], and `too_many_objects`.
pub fn open_library(path: &Path, options: OpenOptions) -> Result<Handle, Failure> {
    guard("open_library", || {
        let library = Library::open(path, options)?;
        Ok::<_, Failure>(LIBRARIES.insert(library)?)
    })
}

/// Closes a library; `false` where it was closed before.
///
/// # Errors
/// A handle that is no library's; those of [`writemagic::Library::close`] are logged.
pub fn close_library(library: Handle) -> Result<bool, Failure> {
    close(&LIBRARIES, library, "close_library")
}

records! {
    out writemagic::LibraryStatistics as LibraryStatistics {
        documents: u64,
        trashed: u64,
        folders: u64,
        events: u64,
        history_bytes: u64,
        chunks: u64,
        text_bytes: u64,
        disk_bytes: u64,
        unrefreshed: u64,
    }
    out writemagic::Problem as Problem {
        kind: &'static str,
        document: Option<writemagic::DocumentId>,
        message: String,
        repaired: bool,
    }
    out writemagic::CheckReport as CheckReport { documents: u64, problems: Vec<writemagic::Problem> }
    out writemagic::StepReport as ShutdownStep {
        name: &'static str,
        outcome: writemagic::StepOutcome,
        took: Duration,
    }
    out writemagic::ShutdownReport as ShutdownReport { steps: Vec<writemagic::StepReport> }
}

choices! {
    out writemagic::StepOutcome as ShutdownStepOutcome { 0 Completed, 1 Failed, 2 TimedOut, 3 Lost }
    in writemagic::Lifecycle as Lifecycle { 0 Suspend, 1 Resume, 2 MemoryWarning }
}

operations! {
    Library in LIBRARIES {
        now id(library) -> writemagic::LibraryId { Ok::<_, Failure>(library.id()) }
        now path(library) -> PathBuf { Ok::<_, Failure>(library.path().to_owned()) }
        now is_read_only(library) -> bool { Ok::<_, Failure>(library.is_read_only()) }
        call statistics(library) -> writemagic::LibraryStatistics { library.statistics() }
        call turn(library, turn: writemagic::Lifecycle) -> () { library.turn(turn) }
        work check(library, repair: bool) -> writemagic::CheckReport { library.check(repair) }
        work back_up(library, file: PathBuf) -> u64 { library.back_up(file) }
        call shut_down(library, within: Duration) -> writemagic::ShutdownReport {
            Ok::<_, Failure>(library.shut_down(within))
        }
    }
}
