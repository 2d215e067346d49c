//! The native methods of edit sessions: those that must be fast, and those that carry whole texts.

use jni_sys::jlong;
use writemagic::{Change, Durability, EditSession, Subscription, Ticket};
use writemagic_boundary::{Failure, Handle, Table, call, close};
use writemagic_operations::{LIBRARIES, wake};

use crate::arguments::{ArgumentError, unsigned};
use crate::entry::natives;
use crate::java::{Buffer, ByteArray, Text, Thrown};

static SESSIONS: Table<EditSession> = Table::new("edit session");
static SUBSCRIPTIONS: Table<Subscription> = Table::new("subscription");

/// What stands for no answer where there may be none.
const NO_BYTES: ByteArray = ByteArray(std::ptr::null_mut());

natives! {
    /// Opens an edit session on a document, the 16 bytes of its id.
    fn edit(java, library: jlong, document: ByteArray) -> jlong {
        java.with_bytes(document, "document", |id| {
            let wrong = |_| ArgumentError::Length { what: "document", value: id.len() as u64, expected: 16 };
            let id = writemagic::DocumentId::from_bytes(id.try_into().map_err(wrong)?);
            Ok(call(&LIBRARIES, Handle::from_raw(library), "edit", |library| {
                let session = library.edit(id)?;
                Ok::<_, Failure>(SESSIONS.insert(session)?.raw())
            })?)
        })
    }

    /// Replaces `delete` UTF-16 units at `at` by `insert`, and gives the splice's ticket.
    fn splice(java, session: jlong, at: jlong, delete: jlong, insert: Text) -> jlong {
        let (at, delete) = (unsigned(at, "at")?, unsigned(delete, "delete")?);
        java.with_units(insert, "insert", |insert| {
            let spliced = call(&SESSIONS, Handle::from_raw(session), "splice", |session| {
                session.splice_utf16(at, delete, insert)
            });
            Ok(ticket(spliced?))
        })
    }

    /// `splice` with bytes of UTF-8.
    fn splice_bytes(java, session: jlong, at: jlong, delete: jlong, insert: ByteArray) -> jlong {
        let (at, delete) = (unsigned(at, "at")?, unsigned(delete, "delete")?);
        java.with_bytes(insert, "insert", |insert| spliced_utf8(session, at, delete, insert))
    }

    /// `splice` with UTF-8 in a direct buffer, `length` bytes from `start` on.
    fn splice_buffer(
        java, session: jlong, at: jlong, delete: jlong, insert: Buffer, start: jlong, length: jlong,
    ) -> jlong {
        let (at, delete) = (unsigned(at, "at")?, unsigned(delete, "delete")?);
        let insert = java.bytes_of(insert, "insert", start, length)?;
        spliced_utf8(session, at, delete, &insert)
    }

    /// The text in UTF-8.
    fn text(java, session: jlong) -> ByteArray {
        let text = text_of(session, "text")?;
        java.new_bytes(text.as_bytes())
    }

    /// Writes the text in UTF-8 into a direct buffer from `start` on, and gives its length in bytes; where it does not fit nothing is
    /// written and the length is given below zero, less one.
    fn text_into(java, session: jlong, buffer: Buffer, start: jlong, room: jlong) -> jlong {
        let text = text_of(session, "text_into")?;
        let length = jlong::try_from(text.len()).unwrap_or(jlong::MAX);
        if length > room {
            return Ok(-1 - length);
        }
        java.fill(buffer, "buffer", start, text.as_bytes())?;
        Ok(length)
    }

    /// Waits until every splice so far is durable, and gives the last one's ticket.
    fn flush(java, session: jlong, strict: bool) -> jlong {
        let _ = java;
        let durability = if strict { Durability::Strict } else { Durability::Committed };
        let flushed = call(&SESSIONS, Handle::from_raw(session), "flush", |session| session.flush(durability));
        Ok(ticket(flushed?))
    }

    /// Saves everything and closes the session. If that fails it is open still.
    fn close_session(java, session: jlong) -> bool {
        let _ = java;
        let session = Handle::from_raw(session);
        match call(&SESSIONS, session, "close", |session| session.close()) {
            Ok(()) => Ok(close(&SESSIONS, session, "close_session")?),
            // Closed before, or never to be used again: what there is to do is in `close`.
            Err(failure) if failure.code().number() / 100 == 7 => Ok(close(&SESSIONS, session, "close_session")?),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Changes of a session from now on; `token` is woken when there are some, and at the end.
    fn subscribe(java, session: jlong, token: jlong) -> jlong {
        let _ = java;
        let subscription = call(&SESSIONS, Handle::from_raw(session), "subscribe", |session| {
            let subscription = session.subscribe();
            subscription.set_waker(move || wake(token.cast_unsigned()));
            Ok::<_, Failure>(SUBSCRIPTIONS.insert(subscription)?.raw())
        });
        Ok(subscription?)
    }

    /// The next change, or null if there is none now. One byte, 0, is the end.
    fn next_change(java, subscription: jlong) -> ByteArray {
        let next = call(&SUBSCRIPTIONS, Handle::from_raw(subscription), "next_change", |subscription| {
            let change = subscription.next_timeout(std::time::Duration::ZERO);
            Ok::<_, Failure>((change, subscription.is_finished()))
        });
        match next? {
            (Some(change), _) => java.new_bytes(&encoded(&change)),
            (None, true) => java.new_bytes(&[0]),
            (None, false) => Ok(NO_BYTES),
        }
    }

    /// Ends a subscription.
    fn close_subscription(java, subscription: jlong) -> bool {
        let _ = java;
        Ok(close(&SUBSCRIPTIONS, Handle::from_raw(subscription), "close_subscription")?)
    }
}

fn ticket(Ticket(ticket): Ticket) -> jlong {
    jlong::try_from(ticket).unwrap_or(jlong::MAX)
}

fn spliced_utf8(session: jlong, at: u64, delete: u64, insert: &[u8]) -> Result<jlong, Thrown> {
    let insert = std::str::from_utf8(insert)
        .map_err(|error| ArgumentError::NotUtf8 { what: "insert", offset: error.valid_up_to() as u64 })?;
    let spliced =
        call(&SESSIONS, Handle::from_raw(session), "splice", |session| session.splice(at, delete, insert));
    Ok(ticket(spliced?))
}

fn text_of(session: jlong, entry: &'static str) -> Result<String, Failure> {
    call(&SESSIONS, Handle::from_raw(session), entry, |session| Ok::<_, Failure>(session.text()))
}

/// A change as bytes: 1; the first and the last ticket or 0 and 0; patches; durable; pending; merged; reread.
fn encoded(change: &Change) -> Vec<u8> {
    let mut out = vec![1];
    let number = |number: u64, out: &mut Vec<u8>| out.extend_from_slice(&number.to_le_bytes());
    let (first, last) = change.tickets.unwrap_or_default();
    number(first.0, &mut out);
    number(last.0, &mut out);
    out.extend_from_slice(&(change.patches.len() as u32).to_le_bytes());
    for patch in &change.patches {
        number(patch.at, &mut out);
        number(patch.delete, &mut out);
        out.extend_from_slice(&(patch.insert.len() as u32).to_le_bytes());
        out.extend_from_slice(patch.insert.as_bytes());
    }
    number(change.durable.0, &mut out);
    number(change.pending as u64, &mut out);
    out.extend([u8::from(change.merged), u8::from(change.reread)]);
    out
}
