//! One session: the queue of splices, the text they are applied to, the events that wait to be saved.
//!
//! Splices come in through an [`Intake`], which whoever holds `state` empties; no caller of `splice` takes a lock. Of
//! several locks `publishing` is taken first, then `state`, then `subscribers`; none is held while the disk is at work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{DOCUMENT_BYTES, DOCUMENT_EVENTS};
use writemagic_shared::queue::{Notifier, mpsc};
use writemagic_shared::runtime::Timestamp;
use writemagic_shared::text::TextStats;

use super::end::SharedEnd;
use super::group::NewGroup;
use super::incoming::{Incoming, Joined};
use super::intake::{Correction, Growth, Intake, Refused, Splice};
use super::pending::PendingEdit;
use super::subscription::{Stream, Subscription};
use super::{Change, Clamp, LiveText, Patch, Ticket};
use crate::error::{Error, Result};
use crate::graph::{Burst, Origin};
use crate::journal::{Author, Current, End, Tail};
use crate::library::lock;

/// What a waiting splice costs beside its text, in bytes of backlog.
pub(super) const SPLICE_BYTES: u64 = 32;
/// Splices that are taken from the ring together.
const BATCH: usize = 256;

pub(crate) struct SessionCore {
    pub(super) document: i64,
    pub(super) branch: i64,
    pub(super) id: DocumentId,
    pub(super) intake: Intake,
    state: Mutex<State>,
    /// The last durable ticket, for those who must not wait for `state`.
    durable: AtomicU64,
    /// Bytes of the text when it was last saved.
    saved_bytes: AtomicU64,
    subscribers: Mutex<Vec<Arc<Stream>>>,
    /// Held while a change is taken and handed to the subscribers, so that they get changes in order.
    publishing: Mutex<()>,
}

pub(super) struct State {
    ring: mpsc::Receiver<Splice>,
    pub(super) text: LiveText,
    /// Where the branch stands in the library; of `tail.end` only `end` is up to date.
    pub(super) tail: Tail,
    pub(super) end: Arc<SharedEnd>,
    pub(super) author: Author,
    /// The event up to which the history was folded, when it was last looked at.
    pub(super) folded: u32,
    /// Every splice up to this one is in `text`.
    pub(super) applied: Ticket,
    pub(super) unsaved: Vec<Unsaved>,
    pub(super) pending: Vec<PendingEdit>,
    /// A version that the text is to take in, with all that it takes.
    pub(super) incoming: Option<Box<Incoming>>,
    pub(super) head_is_behind: bool,
    pub(super) last_at: Option<i64>,
    unpublished: Unpublished,
    /// Splices taken from the ring, kept for its capacity.
    taken: Vec<Splice>,
}

/// Events that are in the text and not yet in the journal.
#[derive(Debug)]
pub(super) struct Unsaved {
    pub(super) burst: Burst,
    pub(super) origin: Origin,
    pub(super) at: i64,
    /// What they hold of the backlog.
    pub(super) backlog: u64,
    /// Of a change that is undone as one, what is to be known of it.
    pub(super) group: Option<NewGroup>,
    /// What the text took in before the events.
    pub(super) joined: Option<Joined>,
}

#[derive(Debug, Default)]
struct Unpublished {
    tickets: Option<(Ticket, Ticket)>,
    clamped: Vec<Clamp>,
    patches: Vec<Patch>,
    news: bool,
}

impl SessionCore {
    pub(super) fn new(
        (document, branch): (i64, i64),
        id: DocumentId,
        current: Current,
        end: Option<Arc<SharedEnd>>,
        writer: &Notifier,
    ) -> Result<Self> {
        let size = Growth { bytes: current.text.bytes(), events: current.tail.end.lv.into() };
        let (intake, ring) = Intake::new(size, writer)?;
        let state = State {
            ring,
            text: current.text,
            end: end.unwrap_or_else(|| SharedEnd::new(current.tail.end)),
            tail: current.tail,
            author: Author::new(),
            folded: current.folded,
            applied: Ticket(0),
            unsaved: Vec::new(),
            pending: Vec::new(),
            incoming: None,
            head_is_behind: current.head_is_behind,
            last_at: current.last_at,
            unpublished: Unpublished::default(),
            taken: Vec::new(),
        };
        Ok(Self {
            document,
            branch,
            id,
            intake,
            state: Mutex::new(state),
            durable: AtomicU64::new(0),
            saved_bytes: AtomicU64::new(size.bytes),
            subscribers: Mutex::default(),
            publishing: Mutex::default(),
        })
    }

    /// Takes a splice. Lock-free, but near a limit of the document: there it waits until what was taken is applied.
    pub(super) fn push(&self, splice: Splice, now: impl FnOnce() -> Timestamp) -> Result<Ticket> {
        match self.intake.push(splice) {
            Ok(ticket) => Ok(ticket),
            Err(Refused::Closed) => Err(Error::SessionClosed),
            Err(Refused::AtLimit(splice)) => self.push_at_limit(splice, now()),
        }
    }

    /// Near a limit the bounds no longer do: apply what waits and count exactly.
    fn push_at_limit(&self, mut splice: Splice, now: Timestamp) -> Result<Ticket> {
        if self.intake.is_closed() {
            return Err(Error::SessionClosed);
        }
        let state = self.settled(now);
        let place = state.place(splice.at(), splice.delete());
        let rope = state.text.rope();
        let gone = (rope.char_to_byte(place.end) - rope.char_to_byte(place.start)) as u64;
        let insert = splice.insert.as_str();
        let come = insert.len() as u64;
        let events = (place.end - place.start + insert.chars().count()) as u64;
        Error::check_limit("document_bytes", state.text.bytes() - gone + come, DOCUMENT_BYTES)?;
        Error::check_limit("document_events", state.events() + events, DOCUMENT_EVENTS)?;
        splice.reserved = Growth { bytes: come.saturating_sub(gone), events };
        match self.intake.push(splice) {
            Ok(ticket) => Ok(ticket),
            Err(Refused::Closed) => Err(Error::SessionClosed),
            // Others took what was left meanwhile.
            Err(Refused::AtLimit(_)) => Err(Error::LimitExceeded {
                what: "document_bytes",
                value: DOCUMENT_BYTES + come,
                limit: DOCUMENT_BYTES,
            }),
        }
    }

    /// The state with every splice applied that was taken before the call.
    pub(super) fn settled(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        self.apply_taken(&mut state, now);
        state
    }

    fn apply_taken(&self, state: &mut State, now: Timestamp) {
        let last = self.intake.last();
        let watched = !lock(&self.subscribers).is_empty();
        let mut taken = std::mem::take(&mut state.taken);
        while state.applied < last {
            if self.intake.drain(&mut state.ring, BATCH, |splice| taken.push(splice)) == 0 {
                // A caller has its place in the ring and is about to fill it.
                std::thread::yield_now();
            }
            let mut correction = Correction::default();
            for splice in taken.drain(..) {
                let (gone, events) = state.apply(&splice, now, watched);
                let come = splice.insert.as_str().len() as u64;
                correction = correction.release(splice.reserved).add(gone, come, events);
            }
            self.intake.correct(correction);
        }
        // The list for a full ring may have been long.
        taken.shrink_to(BATCH);
        state.taken = taken;
    }

    /// Takes the waiting edits from elsewhere into the text: the patches that do the same to a view, and the backlog
    /// that they add.
    pub(crate) fn take_pending(&self, now: Timestamp) -> (Vec<Patch>, u64) {
        let mut state = self.settled(now);
        let (bytes, events) = (state.text.bytes(), state.events());
        let (patches, backlog) = state.take_pending(now);
        if !patches.is_empty() {
            let correction = Correction::default();
            self.intake.correct(correction.add(bytes, state.text.bytes(), state.events() - events));
            state.note_patches(&patches);
        }
        (patches, backlog)
    }

    /// Row number of the document, and the branch.
    pub(crate) fn row(&self) -> (i64, i64) {
        (self.document, self.branch)
    }

    pub(crate) fn document_id(&self) -> DocumentId {
        self.id
    }

    /// Says where the document's history ends, with commits held back.
    pub(crate) fn set_end(&self, end: End) {
        lock(&self.state).end.set(end);
    }

    /// The text as it was last applied.
    pub(crate) fn state_text(&self) -> ropey::Rope {
        lock(&self.state).text.rope().clone()
    }

    /// The text with every splice that was taken before the call.
    pub(crate) fn present(&self, now: Timestamp) -> ropey::Rope {
        self.settled(now).text.rope().clone()
    }

    /// Its place in the set of open sessions.
    pub(super) fn key(&self) -> (DocumentId, i64) {
        (self.id, self.branch)
    }

    pub(super) fn last_ticket(&self) -> Ticket {
        self.intake.last()
    }

    pub(super) fn durable(&self) -> Ticket {
        // Acquire: pairs with `set_durable`; whoever sees a ticket sees the commit behind it.
        Ticket(self.durable.load(Ordering::Acquire))
    }

    /// Says that the text up to `ticket` is durable.
    pub(super) fn set_durable(&self, ticket: Ticket, bytes: u64) {
        self.saved_bytes.store(bytes, Ordering::Relaxed); // Relaxed: an estimate for the order of work
        // Release: as in `durable`.
        self.durable.store(ticket.0, Ordering::Release);
    }

    /// Bytes of text that wait to be saved, about.
    pub(super) fn waiting_bytes(&self) -> u64 {
        self.intake.bytes().saturating_sub(self.saved_bytes.load(Ordering::Relaxed)) // Relaxed: as in `set_durable`
    }

    pub(super) fn has_work(&self) -> bool {
        self.intake.has_waiting() || !lock(&self.state).unsaved.is_empty()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Refuses splices from now on and ends the subscriptions once they have read what is there.
    pub(super) fn mark_closed(&self) {
        self.intake.close();
        for stream in lock(&self.subscribers).drain(..) {
            stream.close();
        }
    }

    /// A stream of the changes from now on.
    pub(super) fn subscribe(&self, now: Timestamp) -> Subscription {
        let stream = Stream::new();
        let publishing = lock(&self.publishing);
        // What is applied so far belongs to those who listen already.
        let mut state = self.settled(now);
        let change = state.take_change(self.durable());
        let listening = lock(&self.subscribers).clone();
        lock(&self.subscribers).push(Arc::clone(&stream));
        drop(state);
        self.send(change, &listening);
        drop(publishing);
        listening.iter().for_each(|stream| stream.wake());
        if self.intake.is_closed() {
            stream.close();
        }
        Subscription::of(stream)
    }

    /// Tells the subscribers what happened since they were last told.
    pub(crate) fn publish(&self) {
        let publishing = lock(&self.publishing);
        let listening = lock(&self.subscribers).clone();
        if listening.is_empty() {
            return;
        }
        let change = lock(&self.state).take_change(self.durable());
        let told = self.send(change, &listening);
        drop(publishing);
        if told {
            // With no lock held: a waker may call back.
            listening.iter().for_each(|stream| stream.wake());
        }
    }

    fn send(&self, change: Option<Change>, listening: &[Arc<Stream>]) -> bool {
        let Some(change) = change else { return false };
        for stream in listening {
            if !stream.push(change.clone()) {
                lock(&self.subscribers).retain(|other| !Arc::ptr_eq(other, stream));
            }
        }
        true
    }
}

impl std::fmt::Debug for SessionCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionCore").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Where a splice meets the text: a range of characters, and whether that is not what was asked for.
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) moved: bool,
}

impl State {
    /// Events of the document's history, unsaved ones included.
    pub(super) fn events(&self) -> u64 {
        let unsaved: u64 = self.unsaved.iter().map(|unsaved| u64::from(unsaved.burst.events())).sum();
        u64::from(self.end.get().lv) + unsaved
    }

    /// The characters of a range in UTF-16 units, moved into the text where it is outside, and to the start of a
    /// surrogate pair where it is inside one.
    pub(super) fn place(&self, at: u64, delete: u64) -> Place {
        let rope = self.text.rope();
        let units = rope.len_utf16_cu();
        let clamp = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(units);
        let asked_end = at.saturating_add(delete);
        let (from, to) = (clamp(at), clamp(asked_end));
        if units == rope.len_chars() {
            // No surrogate pairs: units are characters.
            return Place { start: from, end: to, moved: from as u64 != at || to as u64 != asked_end };
        }
        let (start, end) = (rope.utf16_cu_to_char(from), rope.utf16_cu_to_char(to));
        let moved =
            rope.char_to_utf16_cu(start) as u64 != at || rope.char_to_utf16_cu(end) as u64 != asked_end;
        Place { start, end, moved }
    }

    /// Applies a splice; gives the bytes that went and the events recorded.
    fn apply(&mut self, splice: &Splice, now: Timestamp, watched: bool) -> (u64, u64) {
        let insert = splice.insert.as_str();
        let place = self.place(splice.at(), splice.delete());
        let patch = watched.then(|| self.patch(&place, insert.to_owned()));
        let before = self.text.bytes();
        let events = self.replace(
            place.start,
            place.end,
            insert,
            &Origin::person(),
            now,
            SPLICE_BYTES + insert.len() as u64,
            false,
        );
        let ticket = Ticket(self.applied.0 + 1);
        self.applied = ticket;
        if let Some(patch) = patch {
            let first = self.unpublished.tickets.map_or(ticket, |(first, _)| first);
            self.unpublished.tickets = Some((first, ticket));
            if place.moved {
                self.unpublished.clamped.push(Clamp { ticket, at: patch.at, delete: patch.delete });
            }
            self.unpublished.patches.push(patch);
            self.unpublished.news = true;
        }
        (before + insert.len() as u64 - self.text.bytes(), events)
    }

    /// A replacement of characters as a patch in UTF-16 units.
    pub(super) fn patch(&self, place: &Place, insert: String) -> Patch {
        let rope = self.text.rope();
        let (at, end) = (rope.char_to_utf16_cu(place.start), rope.char_to_utf16_cu(place.end));
        Patch { at: at as u64, delete: (end - at) as u64, insert }
    }

    /// Begins a change that is undone as one: what is replaced with `grouped` from now on.
    pub(super) fn begin_group(&mut self, group: NewGroup, origin: &Origin, now: Timestamp) {
        self.unsaved.push(Unsaved {
            burst: Burst::default(),
            origin: origin.clone(),
            at: now.as_millis(),
            backlog: 0,
            group: Some(group),
            joined: None,
        });
    }

    /// Replaces characters in the text and records the events; gives their number.
    #[allow(clippy::too_many_arguments)] // what a journal row is made of
    pub(super) fn replace(
        &mut self,
        start: usize,
        end: usize,
        insert: &str,
        origin: &Origin,
        now: Timestamp,
        backlog: u64,
        grouped: bool,
    ) -> u64 {
        let chars = insert.chars().count();
        self.text.replace(start, end, insert);
        self.pending.iter_mut().for_each(|edit| edit.follow(start, end, chars));
        let fits = |last: &Unsaved| last.origin == *origin && last.group.is_some() == grouped;
        if !self.unsaved.last().is_some_and(fits) {
            self.unsaved.push(Unsaved {
                burst: Burst::default(),
                origin: origin.clone(),
                at: now.as_millis(),
                backlog: 0,
                group: None,
                joined: None,
            });
        }
        if let Some(last) = self.unsaved.last_mut() {
            // Positions and lengths are below the limit on a document's events, which is below 2^32.
            last.burst.delete(start as u32, (end - start) as u32);
            last.burst.insert(start as u32, insert, chars as u32);
            last.at = now.as_millis();
            last.backlog += backlog;
        }
        (end - start + chars) as u64
    }

    /// What waits for a rebase: edits, and a version counts as one.
    pub(super) fn waiting(&self) -> usize {
        self.pending.len() + usize::from(self.incoming.is_some())
    }

    /// Notes that subscribers have something to hear even if no splice came.
    pub(super) fn note_news(&mut self) {
        self.unpublished.news = true;
    }

    pub(super) fn note_patches(&mut self, patches: &[Patch]) {
        self.unpublished.patches.extend_from_slice(patches);
        self.unpublished.news = true;
    }

    pub(super) fn stats(&mut self) -> TextStats {
        self.text.stats()
    }

    fn take_change(&mut self, durable: Ticket) -> Option<Change> {
        let Unpublished { tickets, clamped, patches, news } = std::mem::take(&mut self.unpublished);
        news.then(|| Change {
            tickets,
            clamped,
            patches,
            counts: self.text.stats(),
            durable,
            pending: self.waiting(),
            merged: false,
            reread: false,
        })
    }
}
