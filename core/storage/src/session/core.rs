//! One session: the queue of splices, the text they are applied to, the events that wait to be saved.
//!
//! Two locks: `queue`, held for the length of a push, and `state`, held while splices are applied. Whoever needs
//! both takes `state` first. Neither is held while the disk is at work.

use std::sync::{Arc, Mutex, MutexGuard};

use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::{DOCUMENT_BYTES, DOCUMENT_EVENTS};
use writemagic_shared::runtime::Timestamp;
use writemagic_shared::text::TextStats;

use super::pending::PendingEdit;
use super::subscription::{Stream, Subscription};
use super::{Change, Clamp, LiveText, Patch, Ticket};
use crate::error::{Error, Result};
use crate::graph::{Burst, Origin};
use crate::journal::{Current, Tail};
use crate::library::lock;

/// What a waiting splice costs beside its text, in bytes of backlog.
pub(super) const SPLICE_BYTES: u64 = 32;

#[derive(Debug)]
pub(crate) struct SessionCore {
    pub(super) document: i64,
    pub(super) id: DocumentId,
    queue: Mutex<Queue>,
    state: Mutex<State>,
    subscribers: Mutex<Vec<Arc<Stream>>>,
}

#[derive(Debug)]
struct Splice {
    ticket: Ticket,
    at: u64,
    delete: u64,
    insert: String,
}

#[derive(Debug, Default)]
struct Queue {
    splices: Vec<Splice>,
    last: Ticket,
    closed: bool,
    /// At least the bytes and events that the document has once the queue is applied.
    bytes_bound: u64,
    events_bound: u64,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) text: LiveText,
    pub(super) tail: Tail,
    /// Every splice up to this one is in `text`.
    pub(super) applied: Ticket,
    pub(super) durable: Ticket,
    pub(super) unsaved: Vec<Unsaved>,
    pub(super) pending: Vec<PendingEdit>,
    pub(super) head_is_behind: bool,
    pub(super) last_at: Option<i64>,
    unpublished: Unpublished,
    /// Splices taken from the queue, kept for its capacity.
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
}

#[derive(Debug, Default)]
struct Unpublished {
    tickets: Option<(Ticket, Ticket)>,
    clamped: Vec<Clamp>,
    patches: Vec<Patch>,
    news: bool,
}

impl SessionCore {
    pub(super) fn new(document: i64, id: DocumentId, current: Current) -> Self {
        let queue = Queue {
            bytes_bound: current.text.bytes(),
            events_bound: current.tail.lv.into(),
            ..Queue::default()
        };
        let state = State {
            text: current.text,
            tail: current.tail,
            applied: Ticket(0),
            durable: Ticket(0),
            unsaved: Vec::new(),
            pending: Vec::new(),
            head_is_behind: current.head_is_behind,
            last_at: current.last_at,
            unpublished: Unpublished::default(),
            taken: Vec::new(),
        };
        Self {
            document,
            id,
            queue: Mutex::new(queue),
            state: Mutex::new(state),
            subscribers: Mutex::default(),
        }
    }

    /// Queues a splice; also says whether the queue was empty before, so that the writer must be woken.
    pub(super) fn push(&self, now: Timestamp, at: u64, delete: u64, insert: &str) -> Result<(Ticket, bool)> {
        let mut queue = lock(&self.queue);
        if queue.closed {
            return Err(Error::SessionClosed);
        }
        let events = delete.min(queue.bytes_bound) + insert.len() as u64;
        if queue.bytes_bound + insert.len() as u64 > DOCUMENT_BYTES
            || queue.events_bound + events > DOCUMENT_EVENTS
        {
            drop(queue);
            return self.push_at_limit(now, at, delete, insert);
        }
        queue.bytes_bound += insert.len() as u64;
        queue.events_bound += events;
        Ok(enqueue(&mut queue, at, delete, insert))
    }

    /// Near a limit the bounds no longer do: apply what waits and count exactly.
    fn push_at_limit(&self, now: Timestamp, at: u64, delete: u64, insert: &str) -> Result<(Ticket, bool)> {
        let mut state = lock(&self.state);
        let mut queue = self.apply_queue(&mut state, now);
        if queue.closed {
            return Err(Error::SessionClosed);
        }
        let place = state.place(at, delete);
        let rope = state.text.rope();
        let gone = rope.char_to_byte(place.end) - rope.char_to_byte(place.start);
        let bytes = state.text.bytes() - gone as u64 + insert.len() as u64;
        Error::check_limit("document_bytes", bytes, DOCUMENT_BYTES)?;
        let events = state.events() + (place.end - place.start) as u64 + insert.chars().count() as u64;
        Error::check_limit("document_events", events, DOCUMENT_EVENTS)?;
        queue.bytes_bound = bytes.max(queue.bytes_bound);
        queue.events_bound = events;
        Ok(enqueue(&mut queue, at, delete, insert))
    }

    /// The state with every queued splice applied.
    pub(super) fn settled(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        drop(self.apply_queue(&mut state, now));
        state
    }

    /// Applies what is queued, and sets the queue's bounds to what the text then is.
    fn apply_queue<'a>(&'a self, state: &mut State, now: Timestamp) -> MutexGuard<'a, Queue> {
        loop {
            let mut queue = lock(&self.queue);
            if queue.splices.is_empty() {
                queue.bytes_bound = state.text.bytes();
                queue.events_bound = state.events();
                return queue;
            }
            std::mem::swap(&mut queue.splices, &mut state.taken);
            drop(queue);
            let watched = !lock(&self.subscribers).is_empty();
            let mut taken = std::mem::take(&mut state.taken);
            for splice in taken.drain(..) {
                state.apply(splice, now, watched);
            }
            state.taken = taken;
        }
    }

    pub(super) fn last_ticket(&self) -> Ticket {
        lock(&self.queue).last
    }

    pub(super) fn has_work(&self) -> bool {
        !lock(&self.queue).splices.is_empty() || !lock(&self.state).unsaved.is_empty()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Refuses splices from now on and ends the subscriptions once they have read what is there.
    pub(super) fn mark_closed(&self) {
        lock(&self.queue).closed = true;
        for stream in lock(&self.subscribers).drain(..) {
            stream.close();
        }
    }

    /// A stream of the changes from now on.
    pub(super) fn subscribe(&self, now: Timestamp) -> Subscription {
        let stream = Stream::new();
        // What is applied so far belongs to those who listen already.
        let mut state = self.settled(now);
        let change = state.take_change();
        lock(&self.subscribers).push(Arc::clone(&stream));
        drop(state);
        if let Some(change) = change {
            self.send(change, Some(&stream));
        }
        if lock(&self.queue).closed {
            stream.close();
        }
        Subscription::of(stream)
    }

    /// Tells the subscribers what happened since they were last told.
    pub(super) fn publish(&self) {
        if lock(&self.subscribers).is_empty() {
            return;
        }
        let change = lock(&self.state).take_change();
        if let Some(change) = change {
            self.send(change, None);
        }
    }

    fn send(&self, change: Change, except: Option<&Arc<Stream>>) {
        let streams = lock(&self.subscribers).clone();
        for stream in streams {
            if except.is_some_and(|except| Arc::ptr_eq(except, &stream)) {
                continue;
            }
            if !stream.push(change.clone()) {
                lock(&self.subscribers).retain(|other| !Arc::ptr_eq(other, &stream));
            }
        }
    }
}

fn enqueue(queue: &mut Queue, at: u64, delete: u64, insert: &str) -> (Ticket, bool) {
    queue.last = Ticket(queue.last.0 + 1);
    let ticket = queue.last;
    let was_empty = queue.splices.is_empty();
    queue.splices.push(Splice { ticket, at, delete, insert: insert.to_owned() });
    (ticket, was_empty)
}

/// Where a splice meets the text: a range of characters, and whether that is not what was asked for.
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    moved: bool,
}

impl State {
    /// Events of the document's history, unsaved ones included.
    pub(super) fn events(&self) -> u64 {
        let unsaved: u64 = self.unsaved.iter().map(|unsaved| u64::from(unsaved.burst.events())).sum();
        u64::from(self.tail.lv) + unsaved
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

    fn apply(&mut self, splice: Splice, now: Timestamp, watched: bool) {
        let place = self.place(splice.at, splice.delete);
        let patch = (watched || place.moved).then(|| self.patch(&place, splice.insert.clone()));
        let backlog = SPLICE_BYTES + splice.insert.len() as u64;
        self.replace(place.start, place.end, &splice.insert, &Origin::person(), now, backlog);
        self.applied = splice.ticket;
        if let Some(patch) = patch.filter(|_| watched) {
            let first = self.unpublished.tickets.map_or(splice.ticket, |(first, _)| first);
            self.unpublished.tickets = Some((first, splice.ticket));
            if place.moved {
                let clamp = Clamp { ticket: splice.ticket, at: patch.at, delete: patch.delete };
                self.unpublished.clamped.push(clamp);
            }
            self.unpublished.patches.push(patch);
            self.unpublished.news = true;
        }
    }

    /// A replacement of characters as a patch in UTF-16 units.
    pub(super) fn patch(&self, place: &Place, insert: String) -> Patch {
        let rope = self.text.rope();
        let (at, end) = (rope.char_to_utf16_cu(place.start), rope.char_to_utf16_cu(place.end));
        Patch { at: at as u64, delete: (end - at) as u64, insert }
    }

    /// Replaces characters in the text and records the events.
    pub(super) fn replace(
        &mut self,
        start: usize,
        end: usize,
        insert: &str,
        origin: &Origin,
        now: Timestamp,
        backlog: u64,
    ) {
        self.text.replace(start, end, insert);
        self.pending.iter_mut().for_each(|edit| edit.follow(start, end, insert.chars().count()));
        if self.unsaved.last().is_none_or(|last| last.origin != *origin) {
            self.unsaved.push(Unsaved {
                burst: Burst::default(),
                origin: origin.clone(),
                at: now.as_millis(),
                backlog: 0,
            });
        }
        if let Some(last) = self.unsaved.last_mut() {
            // Positions and lengths are below the limit on a document's events, which is below 2^32.
            last.burst.delete(start as u32, (end - start) as u32);
            last.burst.insert(start as u32, insert, insert.chars().count() as u32);
            last.at = now.as_millis();
            last.backlog += backlog;
        }
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

    fn take_change(&mut self) -> Option<Change> {
        let Unpublished { tickets, clamped, patches, news } = std::mem::take(&mut self.unpublished);
        news.then(|| Change {
            tickets,
            clamped,
            patches,
            counts: self.text.stats(),
            durable: self.durable,
            pending: self.pending.len(),
            merged: false,
            reread: false,
        })
    }
}
