//! The edit events of a document: who wrote what where. Pure: no database, no I/O.
//!
//! One event inserts or deletes one Unicode scalar value. Events are kept in runs (`Burst`), numbered in
//! order of arrival (*lv*, dense from 0), and named for ever by (agent, sequence); an event's parents are the
//! version that its writer saw. The text at a version is what its events spell. Positions count scalar
//! values, so that no event can split a character.
//!
//! | part | what it is |
//! | --- | --- |
//! | `origin`, `burst`, `row` | who wrote; runs of events; the bytes of a journal row |
//! | `events` | sets of events |
//! | `version` | names of events and versions, here and everywhere |
//! | `log` | the event graph: what happened, in whose sight; who is in whose past; events from elsewhere |
//! | `history` | a log, and who wrote its events when |
//! | `forget` | letting go of deleted text |
//! | `chunk`, `pack` | a part of a history as bytes, on disk and on the wire; deflate |
//! | `merge` | events as operations on a text |
//! | `overlap` | where both sides of a merge changed the text |
//! | `undo` | taking events back, with others' events between |
//! | `anchor` | places that follow a character |

mod anchor;
mod burst;
pub(crate) mod chunk;
mod events;
mod forget;
mod history;
mod log;
mod merge;
mod origin;
mod overlap;
mod pack;
mod row;
mod undo;
pub(crate) mod version;

#[cfg(test)]
mod tests;

pub(crate) use anchor::{Anchor, Side, resolve_all};
#[cfg(test)]
use burst::Run;
pub(crate) use burst::{Burst, RunKind};
pub(crate) use history::History;
pub(crate) use log::{ForeignError, Log, NotLoaded};
pub(crate) use merge::{
    Budget, Coalesce, Counted, Identity, MAX_TEXT_CHARS, MergeError, Merger, Step, merge,
};
pub use origin::{Origin, OriginKind};
pub(crate) use overlap::{Overlap, overlaps};
pub(crate) use row::{chain, decode, encode, encode_first};
pub(crate) use undo::{Inverse, Undone, invert};
pub use version::{BadVersion, Version};
pub(crate) use version::{EventId, Frontier, Lv};
