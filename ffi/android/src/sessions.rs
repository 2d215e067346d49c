//! The native methods of edit sessions: those that must be fast, and those that carry whole texts.

use jni_sys::jlong;
use writemagic_boundary::Handle;
use writemagic_operations as operations;

use crate::arguments::unsigned;
use crate::entry::natives;
use crate::java::{Buffer, ByteArray, Text};

natives! {
    /// Replaces `delete` UTF-16 units at `at` by `insert`, and gives the splice's ticket.
    fn splice(java, session: jlong, at: jlong, delete: jlong, insert: Text) -> jlong {
        let (at, delete) = (unsigned(at, "at")?, unsigned(delete, "delete")?);
        java.with_units(insert, "insert", |insert| {
            Ok(ticket(operations::splice(Handle::from_raw(session), at, delete, insert)?))
        })
    }

    /// `splice` with bytes of UTF-8.
    fn splice_bytes(java, session: jlong, at: jlong, delete: jlong, insert: ByteArray) -> jlong {
        let (at, delete) = (unsigned(at, "at")?, unsigned(delete, "delete")?);
        let (length, write) = java.bytes_to_copy(insert, "insert")?;
        Ok(ticket(operations::splice_bytes(Handle::from_raw(session), at, delete, length, write)?))
    }

    /// `splice` with UTF-8 in a direct buffer, `length` bytes from `start` on.
    fn splice_buffer(
        java, session: jlong, at: jlong, delete: jlong, insert: Buffer, start: jlong, length: jlong,
    ) -> jlong {
        let (at, delete) = (unsigned(at, "at")?, unsigned(delete, "delete")?);
        let (length, write) = java.memory_to_copy(insert, "insert", start, length)?;
        Ok(ticket(operations::splice_bytes(Handle::from_raw(session), at, delete, length, write)?))
    }

    /// The text in UTF-8.
    fn text(java, session: jlong) -> ByteArray {
        let text = operations::session_text(Handle::from_raw(session))?;
        java.new_bytes(text.as_bytes())
    }

    /// Writes the text in UTF-8 into a direct buffer from `start` on, and gives its length in bytes; where it does not fit nothing is
    /// written and the length is given below zero, less one.
    fn text_into(java, session: jlong, buffer: Buffer, start: jlong, room: jlong) -> jlong {
        let text = operations::session_text(Handle::from_raw(session))?;
        let length = jlong::try_from(text.len()).unwrap_or(jlong::MAX);
        if length > room {
            return Ok(-1 - length);
        }
        java.fill(buffer, "buffer", start, text.as_bytes())?;
        Ok(length)
    }
}

fn ticket(ticket: u64) -> jlong {
    jlong::try_from(ticket).unwrap_or(jlong::MAX)
}
