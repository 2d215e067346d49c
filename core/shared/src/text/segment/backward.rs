//! Segments from the back, and around a place.
//!
//! Rules look back without limit, so they are never read backwards: a place before is sought that is a boundary
//! whatever comes before it, and the automaton reads from there.

use super::automaton::{Rules, State};
use crate::text::unicode::{char_before, properties_at};

/// Boundaries kept at a time; more are thinned out and found again.
const KNOWN: usize = 32;

/// Boundaries before the back, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Backward {
    known: [usize; KNOWN],
    len: usize,
}

impl Backward {
    /// Where the last segment of `text` starts, which is not before `front`; both are boundaries, `front` before the
    /// end.
    pub(super) fn start_of_last<R: Rules>(&mut self, text: &[u8], front: usize) -> usize {
        let from = match self.pop() {
            Some(known) => known.max(front),
            None => start_before::<R>(text, front, text.len()),
        };
        let mut start = from;
        let mut end = next_boundary::<R>(text, start);
        while end < text.len() {
            self.push(start);
            start = end;
            end = next_boundary::<R>(text, start);
        }
        start
    }

    fn pop(&mut self) -> Option<usize> {
        self.len = self.len.checked_sub(1)?;
        Some(self.known[self.len])
    }

    /// Keeps one more; without room every second one is forgotten, but never the last.
    fn push(&mut self, boundary: usize) {
        if self.len == KNOWN {
            for kept in 0..KNOWN / 2 {
                self.known[kept] = self.known[2 * kept + 1];
            }
            self.len = KNOWN / 2;
        }
        self.known[self.len] = boundary;
        self.len += 1;
    }
}

/// The last place in `text[front..end]` that starts a segment whatever stands before it; `front` if there is none.
///
/// `front` is a boundary and before `end`, which is a character boundary.
pub(super) fn start_before<R: Rules>(text: &[u8], front: usize, end: usize) -> usize {
    let class = |at: usize| R::class(properties_at(text, at).0);
    let mut at = char_before(text, end);
    let mut after = class(at);
    while at > front {
        let previous = char_before(text, at);
        let before = class(previous);
        if R::is_certain(before, after) {
            return at;
        }
        (at, after) = (previous, before);
    }
    at
}

/// The end of the segment that starts at `start`, which is a boundary before the end of `text`.
pub(super) fn next_boundary<R: Rules>(text: &[u8], start: usize) -> usize {
    let (properties, len) = properties_at(text, start);
    let mut state = R::step(State::START, R::class(properties)).next();
    let mut at = start + len;
    let mut held = at;
    while at < text.len() {
        let (properties, len) = properties_at(text, at);
        let step = R::step(state, R::class(properties));
        if step.at_held() {
            return held;
        }
        if step.here() {
            return at;
        }
        if step.hold() {
            held = at;
        }
        state = step.next();
        at += len;
    }
    if R::holds(state) { held } else { at }
}
