//! Histories that were recorded elsewhere, to become those of documents.

use std::sync::{Mutex, MutexGuard, PoisonError};

use writemagic::{Document, RecordedHistory};
use writemagic_boundary::{Failure, Table};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::documents::NewDocumentFields;
use crate::library::LIBRARIES;
use crate::object;

/// Histories that are being put together; empty once a document was made of one.
pub(crate) static RECORDED: Table<Mutex<RecordedHistory>> = Table::new("recorded history");

pub(crate) const PART: Part =
    Part { name: "recorded", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

fn lock(history: &Mutex<RecordedHistory>) -> MutexGuard<'_, RecordedHistory> {
    // A call that panics poisons the object's handle, too.
    history.lock().unwrap_or_else(PoisonError::into_inner)
}

records! {
    in RecordedPatch as RecordedPatch { at: u64, delete: u64, insert: String }
}

/// One replacement in a recorded transaction.
struct RecordedPatch {
    /// Where, in characters (Unicode scalar values).
    at: u64,
    /// How many characters go.
    delete: u64,
    /// What comes in their place.
    insert: String,
}

choices! {}

operations! {
    RecordedHistory {
        now new() -> object::RecordedHistory {
            let history = Mutex::new(RecordedHistory::new());
            Ok::<_, Failure>(object::RecordedHistory(RECORDED.insert(history)?))
        }
    }
    RecordedHistory in RECORDED {
        call add(history, writer: u32, parents: Vec<usize>, patches: Vec<RecordedPatch>) -> usize {
            let patches: Vec<_> =
                patches.iter().map(|patch| (patch.at, patch.delete, patch.insert.as_str())).collect();
            lock(history).add(writer, &parents, &patches)
        }
        call text(history) -> String { lock(history).text() }
        call merge(history) -> u64 { lock(history).merge() }
        get events(history) -> u64 { Ok::<_, Failure>(lock(history).events()) }
    }
    Library in LIBRARIES {
        /// Makes a document with a history that was recorded elsewhere, which is empty afterwards. Touches the disk.
        call create_recorded(library, new: NewDocumentFields, recorded: object::RecordedHistory) -> Document {
            let recorded = RECORDED.borrow(recorded.0)?;
            let history = std::mem::take(&mut *lock(&recorded));
            Ok::<_, Failure>(library.create_recorded(new.into(), history)?)
        }
    }
}
