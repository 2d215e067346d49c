//! The canonical order of events: the same on every device, whatever order they came in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::{Log, Stretch};
use crate::graph::version::{EventId, Lv};

/// Gives events in canonical order, as runs of one agent. See [`Log::canonical`].
pub(crate) struct Canonical<'a> {
    log: &'a Log,
    stretches: Vec<Stretch>,
    children: Vec<Vec<u32>>,
    /// Parents of each stretch that have not been given yet.
    waits: Vec<u32>,
    /// What can come next: the id of its first event, its stretch, its first event.
    ready: BinaryHeap<Reverse<(EventId, u32, Lv)>>,
}

impl Log {
    /// The events of a set, given as ascending ranges, such that each stands behind its parents, and of those that could
    /// be next always the one with the smallest id. O(stretches · log).
    pub(crate) fn canonical(&self, set: &[Range<Lv>]) -> Canonical<'_> {
        let stretches = self.stretches(set, true);
        let mut order = Canonical {
            log: self,
            children: vec![Vec::new(); stretches.len()],
            waits: stretches.iter().map(|stretch| stretch.parents.len() as u32).collect(),
            ready: BinaryHeap::new(),
            stretches,
        };
        for i in 0..order.stretches.len() {
            for parent in &order.stretches[i].parents {
                order.children[*parent as usize].push(i as u32);
            }
            if order.waits[i] == 0 {
                order.put(i as u32, order.stretches[i].events.start);
            }
        }
        order
    }
}

impl Canonical<'_> {
    fn put(&mut self, stretch: u32, from: Lv) {
        if let Ok(id) = self.log.id(from) {
            self.ready.push(Reverse((id, stretch, from)));
        }
    }
}

impl Iterator for Canonical<'_> {
    type Item = (EventId, Range<Lv>);

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((id, stretch, from)) = self.ready.pop()?;
        let end = self.stretches[stretch as usize].events.end;
        // As far as no other one that is ready comes before.
        let to = match self.ready.peek() {
            Some(Reverse((next, ..))) if next.agent == id.agent => end.min(from + (next.seq - id.seq)),
            _ => end,
        };
        if to < end {
            self.put(stretch, to);
        } else {
            for child in std::mem::take(&mut self.children[stretch as usize]) {
                self.waits[child as usize] -= 1;
                if self.waits[child as usize] == 0 {
                    self.put(child, self.stretches[child as usize].events.start);
                }
            }
        }
        Some((id, from..to))
    }
}
