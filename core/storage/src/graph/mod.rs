//! The edit events of a document: who wrote what where. Pure: no database, no I/O.
//!
//! One event inserts or deletes one Unicode scalar value. Events are kept in runs (`Burst`), numbered in
//! order of arrival (*lv*, dense from 0), and named for ever by (agent, sequence); an event's parents are the
//! version that its writer saw. The text at a version is what its events spell. Positions count scalar
//! values, so that no event can split a character.
//!
//! Here: origins, runs and the byte format of a journal row. Histories are linear so far:
//! every event's parent is the one before it.

mod burst;
mod origin;
mod row;

pub(crate) use burst::{Burst, RunKind};
pub use origin::{Origin, OriginKind};
pub(crate) use row::{chain, decode, encode, encode_first};
