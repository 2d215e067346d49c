//! What undos have done so far.

use std::ops::Range;

#[cfg(test)]
use super::Inverse;
use crate::graph::events::Events;
use crate::graph::merge::Identity;
use crate::graph::version::Lv;

/// What undos took back, and the copies that they made: those of all branches that the version has, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undone {
    undos: Vec<Undo>,
    /// In the order of their events.
    copies: Vec<Copy>,
}

/// One undo.
#[derive(Clone, Debug)]
struct Undo {
    /// The events that it took back.
    set: Vec<Range<Lv>>,
    /// The events that it made.
    own: Range<Lv>,
}

/// Insertions that are copies of other ones.
#[derive(Clone, Debug)]
struct Copy {
    events: Range<Lv>,
    /// The first insertion of these characters, before any undo.
    of: Lv,
}

/// Insertions and the letters that they stand for, by the first insertion of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) events: Range<Lv>,
    pub(super) letter: Lv,
}

impl Run {
    pub(super) fn letters(&self) -> Range<Lv> {
        self.letter..self.letter + (self.events.end - self.events.start)
    }

    pub(super) fn is_copy(&self) -> bool {
        self.letter != self.events.start
    }
}

impl Undone {
    #[cfg(test)]
    /// Notes an undo of `set`, whose edits became the events from `first` on, in their order. An undo that made no edits
    /// counts too: what it took back stays undone if nothing else holds it any more.
    pub(crate) fn note(&mut self, set: &[Range<Lv>], first: Lv, inverses: &[Inverse]) {
        let mut end = first;
        for inverse in inverses {
            let events = end..end + inverse.events();
            end = events.end;
            if let Inverse::Insert { of, .. } = inverse {
                let at = self.copies.partition_point(|copy| copy.events.start < events.start);
                self.copies.insert(at, Copy { events, of: of.start });
            }
        }
        self.undos.push(Undo { set: set.to_vec(), own: first..end });
    }

    /// Notes an undo of `set` that made the events `own`, of which some are copies: new insertions, and the first of those that
    /// they copy.
    pub(crate) fn add(&mut self, set: Vec<Range<Lv>>, own: Range<Lv>, copies: &[(Range<Lv>, Lv)]) {
        for (events, of) in copies {
            let at = self.copies.partition_point(|copy| copy.events.start < events.start);
            self.copies.insert(at, Copy { events: events.clone(), of: *of });
        }
        self.undos.push(Undo { set, own });
    }

    /// The letters that insertions stand for, as runs.
    pub(super) fn letters(&self, insertions: Range<Lv>) -> impl Iterator<Item = Run> + '_ {
        let mut from = insertions.start;
        let mut next = self.copies.partition_point(|copy| copy.events.end <= from);
        std::iter::from_fn(move || {
            if from >= insertions.end {
                return None;
            }
            let run = match self.copies.get(next).filter(|copy| copy.events.start < insertions.end) {
                Some(copy) if copy.events.start > from => {
                    Run { events: from..copy.events.start, letter: from }
                }
                Some(copy) => {
                    next += 1;
                    let events = from..copy.events.end.min(insertions.end);
                    Run { letter: copy.of + (from - copy.events.start), events }
                }
                None => Run { events: from..insertions.end, letter: from },
            };
            from = run.events.end;
            Some(run)
        })
    }

    /// The undos that concern any of these events, the newest first. Those whose own events were not walked are older than
    /// all of these, or on another branch.
    pub(super) fn concerning(
        &self,
        events: &Events,
        set: &[Range<Lv>],
        identity: &Identity,
    ) -> Vec<Concerning<'_>> {
        let mut undone = Events::default();
        set.iter().for_each(|range| undone.add(range.clone()));
        let mut found = Vec::new();
        for undo in self.undos.iter().rev() {
            let in_force =
                undo.own.is_empty() || (!undone.covers(&undo.own) && identity.knows(undo.own.start));
            if [&undo.own].into_iter().chain(&undo.set).any(|range| events.meets(range)) {
                found.push(Concerning { undo, in_force });
            }
            if in_force {
                undo.set.iter().for_each(|range| undone.add(range.clone()));
            }
        }
        found
    }

    /// Where one event is in a set of this or an undo and the next one is not, ascending.
    pub(super) fn edges(&self, set: &[Range<Lv>]) -> Vec<Lv> {
        let undos = self.undos.iter().flat_map(|undo| undo.set.iter().chain([&undo.own]));
        let mut edges: Vec<Lv> = undos.chain(set).flat_map(|range| [range.start, range.end]).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}

/// An undo of events at hand.
#[derive(Debug)]
pub(super) struct Concerning<'a> {
    undo: &'a Undo,
    /// Whether it is in force for letters to which it did nothing.
    in_force: bool,
}

/// What was done to one letter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed {
    pub(super) event: Lv,
    pub(super) undone: bool,
}

/// Finds which of the events that concern one letter are undone, besides those that are being taken back.
pub(super) fn mark_undone(deeds: &mut [Deed], undos: &[Concerning<'_>]) {
    for Concerning { undo, in_force } in undos {
        let mut own = deeds.iter().filter(|deed| undo.own.contains(&deed.event)).peekable();
        let in_force = if own.peek().is_some() { !own.all(|deed| deed.undone) } else { *in_force };
        if in_force {
            for deed in &mut *deeds {
                deed.undone |= undo.set.iter().any(|range| range.contains(&deed.event));
            }
        }
    }
}
