//! The functions of edit sessions: those that must be fast, and those that carry whole texts.

use writemagic_boundary::{Failure, Handle};
use writemagic_operations as operations;

use crate::bytes::Bytes;
use crate::entry::{NativeError, enter};

/// Replaces `delete` UTF-16 units at `at` by `insert`, which is UTF-8 and copied once, and gives the splice's ticket.
#[uniffi::export]
pub fn native_splice(session: i64, at: u64, delete: u64, insert: &[u8]) -> Result<u64, NativeError> {
    enter("splice", || {
        let copy = |room: &mut [u8]| room.copy_from_slice(insert);
        operations::splice_bytes(Handle::from_raw(session), at, delete, insert.len(), copy)
    })
}

/// The text, as such: it crosses with one copy, that of a Swift string.
#[uniffi::export]
pub fn native_text(session: i64) -> Result<String, NativeError> {
    enter("text", || operations::session_text(Handle::from_raw(session)))
}

/// The text in UTF-8: with one copy, too, behind its length.
#[uniffi::export]
pub fn native_text_bytes(session: i64) -> Result<Bytes, NativeError> {
    enter("text_bytes", || {
        let text = operations::session_text(Handle::from_raw(session))?;
        Ok::<_, Failure>(Bytes::new(text.into_bytes())?)
    })
}
