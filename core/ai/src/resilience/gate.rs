//! How many calls go to one provider at a time, and who waits.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::lock;

/// Who waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Priority {
    /// A person.
    Foreground,
    /// Nobody: summaries, upkeep.
    Background,
}

/// How many calls one provider is given (ours). A model that does one thing at a time has `together: 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateSettings {
    /// Foreground calls at a time: 2.
    pub foreground: usize,
    /// Background calls at a time: 1.
    pub background: usize,
    /// Calls at a time, of both kinds together: 3.
    pub together: usize,
    /// Calls that wait: 16.
    pub queue: usize,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self { foreground: 2, background: 1, together: 3, queue: 16 }
    }
}

/// Why a call may not even wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{waiting} calls are waiting for the provider, and no more may")]
pub struct QueueFull {
    /// Calls that wait.
    pub waiting: usize,
}

/// The gate before one provider. Who finds no slot waits in a queue: foreground calls are let in first, each kind in
/// the order in which it came; a foreground call that finds the queue full takes the place of the background call that
/// came last. Clones are the same gate. Works in any async runtime, and needs none to try.
#[derive(Clone)]
pub struct Gate(Arc<Mutex<Line>>);

impl Gate {
    /// A gate that nobody has passed.
    pub fn new(settings: GateSettings) -> Self {
        Self(Arc::new(Mutex::new(Line::new(settings))))
    }

    /// Takes its place at once: a slot, a place in the queue, or neither. Await it for the slot. Dropping it gives up
    /// whichever it has.
    pub fn enter(&self, priority: Priority) -> Entry {
        let (state, displaced) = lock(&self.0).arrive(priority);
        if let Some(waker) = displaced {
            waker.wake();
        }
        Entry { gate: self.clone(), priority, state }
    }

    /// Calls under way, and calls that wait.
    pub fn load(&self) -> (usize, usize) {
        let line = lock(&self.0);
        (line.foreground + line.background, line.waiting.len())
    }

    fn leave(&self, priority: Priority) {
        let woken = lock(&self.0).leave(priority);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (under_way, waiting) = self.load();
        f.debug_struct("Gate").field("under_way", &under_way).field("waiting", &waiting).finish()
    }
}

/// The way through a [`Gate`]: a future of a [`Slot`], or of [`QueueFull`].
#[derive(Debug)]
#[must_use = "a call that does not wait gives its place up"]
pub struct Entry {
    gate: Gate,
    priority: Priority,
    state: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    In,
    Waiting { number: u64 },
    Refused { waiting: usize },
    Left,
}

impl Future for Entry {
    type Output = Result<Slot, QueueFull>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Place::Waiting { number } = self.state {
            let found = lock(&self.gate.0).look(number, context.waker());
            self.state = found;
        }
        match self.state {
            Place::In => {
                self.state = Place::Left;
                Poll::Ready(Ok(Slot { gate: self.gate.clone(), priority: self.priority }))
            }
            Place::Refused { waiting } => Poll::Ready(Err(QueueFull { waiting })),
            Place::Waiting { .. } | Place::Left => Poll::Pending,
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Place::Waiting { number } = self.state {
            self.state = lock(&self.gate.0).give_up(number);
        }
        if self.state == Place::In {
            self.gate.leave(self.priority);
        }
    }
}

/// The right to one call at a time; dropped when the call is over.
#[derive(Debug)]
#[must_use = "the slot is free again when this is dropped"]
pub struct Slot {
    gate: Gate,
    priority: Priority,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.gate.leave(self.priority);
    }
}

/// Who is in and who waits.
#[derive(Debug)]
struct Line {
    settings: GateSettings,
    foreground: usize,
    background: usize,
    /// Who waits, in the order of arrival.
    waiting: VecDeque<Waiting>,
    /// Numbers of those who were let in, or whose place was taken, and have not looked since.
    called: Vec<(u64, Place)>,
    arrivals: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    priority: Priority,
    waker: Option<Waker>,
}

impl Line {
    fn new(settings: GateSettings) -> Self {
        Self {
            settings,
            foreground: 0,
            background: 0,
            waiting: VecDeque::new(),
            called: Vec::new(),
            arrivals: 0,
        }
    }

    fn has_room(&self, priority: Priority) -> bool {
        let of_kind = match priority {
            Priority::Foreground => self.foreground < self.settings.foreground,
            Priority::Background => self.background < self.settings.background,
        };
        of_kind && self.foreground + self.background < self.settings.together
    }

    fn under_way(&mut self, priority: Priority) -> &mut usize {
        match priority {
            Priority::Foreground => &mut self.foreground,
            Priority::Background => &mut self.background,
        }
    }

    /// A place for who arrives, and the one to wake whose place in the queue that was.
    fn arrive(&mut self, priority: Priority) -> (Place, Option<Waker>) {
        if self.has_room(priority) {
            *self.under_way(priority) += 1;
            return (Place::In, None);
        }
        let waiting = self.waiting.len();
        let mut displaced = None;
        if waiting >= self.settings.queue {
            let last = self.waiting.iter().rposition(|other| other.priority == Priority::Background);
            let Some(last) = last.filter(|_| priority == Priority::Foreground) else {
                return (Place::Refused { waiting }, None);
            };
            if let Some(other) = self.waiting.remove(last) {
                self.called.push((other.number, Place::Refused { waiting }));
                displaced = other.waker;
            }
        }
        self.arrivals += 1;
        self.waiting.push_back(Waiting { number: self.arrivals, priority, waker: None });
        (Place::Waiting { number: self.arrivals }, displaced)
    }

    /// One call less: whom to wake.
    fn leave(&mut self, priority: Priority) -> Vec<Waker> {
        let under_way = self.under_way(priority);
        *under_way = under_way.saturating_sub(1);
        let mut woken = Vec::new();
        for priority in [Priority::Foreground, Priority::Background] {
            while self.has_room(priority)
                && let Some(first) = self.waiting.iter().position(|other| other.priority == priority)
                && let Some(next) = self.waiting.remove(first)
            {
                *self.under_way(priority) += 1;
                self.called.push((next.number, Place::In));
                woken.extend(next.waker);
            }
        }
        woken
    }

    /// Where the one with this number stands now.
    fn look(&mut self, number: u64, waker: &Waker) -> Place {
        if let Some(waiting) = self.waiting.iter_mut().find(|other| other.number == number) {
            match &mut waiting.waker {
                Some(present) => present.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
            return Place::Waiting { number };
        }
        self.answer(number)
    }

    /// The one with this number no longer waits: where they stood.
    fn give_up(&mut self, number: u64) -> Place {
        if let Some(at) = self.waiting.iter().position(|other| other.number == number) {
            self.waiting.remove(at);
            return Place::Left;
        }
        self.answer(number)
    }

    fn answer(&mut self, number: u64) -> Place {
        match self.called.iter().position(|(called, _)| *called == number) {
            Some(at) => self.called.swap_remove(at).1,
            None => Place::Left,
        }
    }
}

#[cfg(test)]
mod tests;
