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
//! | `chunk`, `pack` | a part of a history as bytes, on disk and on the wire; deflate |
//! | `merge` | events as operations on a text |
//! | `undo` | taking events back, with others' events between |
//! | `overlap` | what two versions changed near each other |
//! | `anchor` | places that follow a character |

#[cfg_attr(not(test), expect(dead_code, reason = "history and exchange are built on it"))]
pub(crate) mod anchor;
mod burst;
#[cfg_attr(not(test), allow(dead_code, unused_imports, reason = "history and exchange are built on it"))]
pub(crate) mod chunk;
mod events;
#[cfg_attr(not(test), expect(dead_code, reason = "history and exchange are built on it"))]
pub(crate) mod history;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "history and exchange are built on it"))]
pub(crate) mod log;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "history and exchange are built on it"))]
pub(crate) mod merge;
mod origin;
#[cfg_attr(not(test), allow(dead_code, reason = "history and exchange are built on it"))]
pub(crate) mod overlap;
mod pack;
mod row;
#[cfg_attr(not(test), allow(dead_code, reason = "history and exchange are built on it"))]
pub(crate) mod undo;
pub(crate) mod version;

#[cfg(test)]
mod tests;

use burst::Run;
pub(crate) use burst::{Burst, RunKind};
pub use origin::{Origin, OriginKind};
pub(crate) use row::{chain, decode, encode, encode_first};
