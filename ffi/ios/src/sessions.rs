//! The functions of edit sessions: those that must be fast, and those that carry whole texts.

use thiserror::Error;
use writemagic::{Code, Coded, Details};
use writemagic_boundary::{Failure, Handle};
use writemagic_operations as operations;

use crate::bytes::Bytes;
use crate::entry::{NativeError, enter};

/// Bytes that were to be a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the argument insert is not UTF-8 at byte {offset}")]
struct NotUtf8 {
    offset: u64,
}

impl Coded for NotUtf8 {
    fn code(&self) -> Code {
        Code::NotUtf8
    }

    fn details(&self) -> Details {
        Details::none().with("what", "insert").with("offset", self.offset)
    }
}

/// Replaces `delete` UTF-16 units at `at` by `insert`, which is UTF-8 and not copied on its way, and gives the splice's ticket.
#[uniffi::export]
pub fn native_splice(session: i64, at: u64, delete: u64, insert: &[u8]) -> Result<u64, NativeError> {
    enter("splice", || {
        let insert = std::str::from_utf8(insert)
            .map_err(|error| NotUtf8 { offset: error.valid_up_to() as u64 })
            .map_err(Failure::from)?;
        operations::splice_utf8(Handle::from_raw(session), at, delete, insert)
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
