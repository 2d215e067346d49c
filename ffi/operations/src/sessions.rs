//! Edit sessions: splices, what became of them, undo, changes from elsewhere.

use std::time::Duration;

use writemagic::text::TextStats;
use writemagic::text::find::{Match, Options};
use writemagic::{Change, DocumentId, EditSession, Patch, Subscription, Ticket};
use writemagic_boundary::{Failure, Handle, Table, call};

use crate::Part;
use crate::declare::{choices, operations, records};
use crate::documents::OriginFields;
use crate::library::LIBRARIES;
use crate::object;
use crate::shape::Shape;
use crate::text;
use crate::wire::{Encode, Shaped};
use crate::work::Waker;

/// Open edit sessions: more than one of these may be the same session.
pub(crate) static SESSIONS: Table<EditSession> = Table::new("edit session");
/// Who listens to sessions.
pub(crate) static SUBSCRIPTIONS: Table<Subscription> = Table::new("subscription");

pub(crate) const PART: Part =
    Part { name: "sessions", operations: OPERATIONS, records: RECORDS, choices: CHOICES };

/// Replaces `delete` UTF-16 units at unit `at` by `insert`, and gives the number of the ticket: [`EditSession::splice_utf16`]. Never
/// touches the disk, waits for nothing.
///
/// # Errors
/// `lone_surrogate`, `limit_exceeded`, `session_closed`, `backlog_full`; a handle that is no session's.
#[inline]
pub fn splice(session: Handle, at: u64, delete: u64, insert: &[u16]) -> Result<u64, Failure> {
    call(&SESSIONS, session, "splice", |session| {
        session.splice_utf16(at, delete, insert).map(|Ticket(number)| number)
    })
}

/// [`splice`] with `length` bytes of UTF-8 that `write` puts where they wait for the text: [`EditSession::splice_utf8`].
///
/// # Errors
/// As [`splice`], with `not_utf8` in place of `lone_surrogate`.
#[inline]
pub fn splice_bytes(
    session: Handle,
    at: u64,
    delete: u64,
    length: usize,
    write: impl FnOnce(&mut [u8]),
) -> Result<u64, Failure> {
    call(&SESSIONS, session, "splice", |session| {
        session.splice_utf8(at, delete, length, write).map(|Ticket(number)| number)
    })
}

/// The text with every splice so far: [`EditSession::text`].
///
/// # Errors
/// A handle that is no session's.
pub fn session_text(session: Handle) -> Result<String, Failure> {
    call(&SESSIONS, session, "text", |session| Ok::<_, Failure>(session.text()))
}

/// The first and the last ticket of some splices.
struct TicketSpan {
    /// The first.
    first: Ticket,
    /// The last.
    last: Ticket,
}

impl Shaped for (Ticket, Ticket) {
    const SHAPE: Shape = TicketSpan::SHAPE;
}

impl Encode for (Ticket, Ticket) {
    fn encode(&self, out: &mut Vec<u8>) {
        TicketSpan { first: self.0, last: self.1 }.encode(out);
    }
}

impl Shaped for Ticket {
    const SHAPE: Shape = Shape::Ticket("Ticket");
}

impl Encode for Ticket {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

records! {
    out TicketSpan as TicketSpan { first: Ticket, last: Ticket }
    both writemagic::Patch as Patch { at: u64, delete: u64, insert: String }
    out writemagic::Clamp as Clamp { ticket: Ticket, at: u64, delete: u64 }
    out writemagic::Change as Change {
        tickets: Option<(Ticket, Ticket)>,
        clamped: Vec<writemagic::Clamp>,
        patches: Vec<Patch>,
        counts: TextStats,
        durable: Ticket,
        pending: usize,
        merged: bool,
        reread: bool,
    }
}

choices! {
    in writemagic::Durability as Durability { 0 Committed, 1 Strict }
    out writemagic::Applied as Applied { 0 Durable, 1 Pending }
}

operations! {
    Library in LIBRARIES {
        call edit(library, document: DocumentId) -> object::EditSession {
            Ok::<_, Failure>(object::EditSession(SESSIONS.insert(library.edit(document)?)?))
        }
        call edit_branch(library, document: DocumentId, name: String) -> object::EditSession {
            Ok::<_, Failure>(object::EditSession(SESSIONS.insert(library.edit_branch(document, &name)?)?))
        }
        call apply_patches(
            library,
            document: DocumentId,
            patches: Vec<Patch>,
            origin: OriginFields,
        ) -> writemagic::Applied {
            library.apply_patches(document, &patches, origin.into())
        }
    }
    EditSession in SESSIONS {
        get document(session) -> DocumentId { Ok::<_, Failure>(session.document()) }
        get text(session) -> String { Ok::<_, Failure>(session.text()) }
        get stats(session) -> TextStats { Ok::<_, Failure>(session.stats()) }
        get events(session) -> u64 { Ok::<_, Failure>(session.events()) }
        get durable(session) -> Ticket { Ok::<_, Failure>(session.durable()) }
        get pending(session) -> usize { Ok::<_, Failure>(session.pending()) }
        /// Where the text with every splice so far has a pattern; case, diacritics and width are ignored unless the options say
        /// otherwise.
        now find(session, pattern: String, options: Options) -> Vec<Match> {
            text::find(&session.text(), &pattern, options)
        }
        call flush(session, durability: writemagic::Durability = "Durability.Committed") -> Ticket {
            session.flush(durability)
        }
        now rebase(session) -> Vec<Patch> { Ok::<_, Failure>(session.rebase()) }
        call undo(session) -> Vec<Patch> { session.undo() }
        call undo_at(session, at: u64) -> Vec<Patch> { session.undo_at(at) }
        call redo(session) -> Vec<Patch> { session.redo() }
        hidden close(session) -> () { session.close() }
        hidden subscribe(session, token: u64) -> object::Subscription {
            let subscription = session.subscribe();
            subscription.set_waker(move || Waker(token).wake());
            Ok::<_, Failure>(object::Subscription(SUBSCRIPTIONS.insert(subscription)?))
        }
    }
    Subscription in SUBSCRIPTIONS {
        /// The next change, if there is one now. The app is told when one comes, and at the end.
        hidden next_change(subscription) -> Option<Change> {
            Ok::<_, Failure>(subscription.next_timeout(Duration::ZERO))
        }
        get is_finished(subscription) -> bool { Ok::<_, Failure>(subscription.is_finished()) }
    }
}
