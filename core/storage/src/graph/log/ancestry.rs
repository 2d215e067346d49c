//! Who is in whose past: the questions that a merge asks of the graph.
//!
//! All of them walk back from the newest event in question, node by node, with a heap, and stop as soon as the answer is
//! known: O(nodes between the versions · log).

use std::collections::BinaryHeap;
use std::ops::Range;

use smallvec::SmallVec;
use thiserror::Error;

use super::{Log, NotLoaded};
use crate::graph::version::{Frontier, Lv, MAX_PARENTS};

/// Why events do not make a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum VersionError {
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    #[error("a version has at most 64 heads")]
    TooManyHeads,
}

/// What two versions do not share, as ascending ranges of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Diff {
    pub(crate) only_a: Vec<Range<Lv>>,
    pub(crate) only_b: Vec<Range<Lv>>,
}

/// The nearest version that everything beyond it descends from, and what is beyond it, as ascending ranges of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) heads: Frontier,
    /// What the first version has.
    pub(crate) old: Vec<Range<Lv>>,
    /// What only the second one has.
    pub(crate) new: Vec<Range<Lv>>,
}

/// Bits of the heaps' entries.
const A: u8 = 1;
const B: u8 = 2;
const BOTH: u8 = A | B;

impl Log {
    /// Whether `event` is in the version with these heads.
    pub(crate) fn contains(&self, heads: &[Lv], event: Lv) -> Result<bool, NotLoaded> {
        let mut heap: BinaryHeap<Lv> = heads.iter().copied().filter(|head| *head >= event).collect();
        while let Some(lv) = heap.pop() {
            if lv == event {
                return Ok(true);
            }
            if lv < self.start && self.start_heads.binary_search(&event).is_ok() {
                continue; // nothing before the start has a head of the start in its past
            }
            let node = self.node(lv)?;
            if event >= node.start {
                return Ok(true);
            }
            while heap.peek().is_some_and(|next| *next >= node.start) {
                heap.pop();
            }
            heap.extend(node.parents.iter().filter(|parent| **parent >= event));
        }
        Ok(false)
    }

    /// Whether every event of the version with heads `b` is in the one with heads `a`.
    pub(crate) fn dominates(&self, a: &[Lv], b: &[Lv]) -> Result<bool, NotLoaded> {
        for head in b {
            if !self.contains(a, *head)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The version that has these events and their past.
    pub(crate) fn reduce(&self, events: &[Lv]) -> Result<Frontier, VersionError> {
        if let [only] = events {
            return Ok(Frontier::at(*only));
        }
        // (event, whether it was asked for: if not, it is in the past of one that was)
        let mut heap: BinaryHeap<(Lv, bool)> = events.iter().map(|event| (*event, true)).collect();
        let mut asked = heap.len();
        let mut heads: SmallVec<[Lv; 2]> = SmallVec::new();
        while asked > 0
            && let Some((lv, mut is_head)) = heap.pop()
        {
            asked -= usize::from(is_head);
            while let Some((_, other)) = heap.peek().copied().filter(|(next, _)| *next == lv) {
                heap.pop();
                asked -= usize::from(other);
                is_head &= other;
            }
            if is_head {
                heads.push(lv);
            }
            if asked == 0 {
                break;
            }
            if lv < self.start && self.asks_for_start_heads(&heap) {
                continue;
            }
            let node = self.node(lv)?;
            while let Some((_, other)) = heap.peek().copied().filter(|(next, _)| *next >= node.start) {
                heap.pop();
                asked -= usize::from(other);
            }
            heap.extend(node.parents.iter().map(|parent| (*parent, false)));
        }
        if heads.len() > MAX_PARENTS {
            return Err(VersionError::TooManyHeads);
        }
        Ok(Frontier::of_heads(heads))
    }

    /// Whether all events still asked for are heads of the version that the log starts at.
    fn asks_for_start_heads(&self, heap: &BinaryHeap<(Lv, bool)>) -> bool {
        let mut asked = heap.iter().filter(|(_, asked)| *asked);
        asked.all(|(lv, _)| self.start_heads.binary_search(lv).is_ok())
    }

    #[cfg(test)]
    /// The version that has the events of both.
    pub(crate) fn join(&self, a: &[Lv], b: &[Lv]) -> Result<Frontier, VersionError> {
        let all: SmallVec<[Lv; 8]> = a.iter().chain(b).copied().collect();
        self.reduce(&all)
    }

    /// What each of two versions has that the other lacks.
    pub(crate) fn diff(&self, a: &[Lv], b: &[Lv]) -> Result<Diff, NotLoaded> {
        let heads = |heads: &[Lv], of: u8| heads.iter().map(|head| (*head, of)).collect::<SmallVec<[_; 4]>>();
        let mut heap: BinaryHeap<(Lv, u8)> = heads(a, A).into_iter().chain(heads(b, B)).collect();
        let mut unshared = heap.len();
        let (mut only_a, mut only_b) = (Ranges::default(), Ranges::default());
        while unshared > 0
            && let Some((mut lv, mut of)) = heap.pop()
        {
            unshared -= usize::from(of != BOTH);
            while let Some((_, other)) = heap.peek().copied().filter(|(next, _)| *next == lv) {
                heap.pop();
                unshared -= usize::from(other != BOTH);
                of |= other;
            }
            if of == BOTH && unshared == 0 {
                break;
            }
            let node = self.node(lv)?;
            let mut emit = |range: Range<Lv>, of| match of {
                A => only_a.add_below(range),
                B => only_b.add_below(range),
                _ => {}
            };
            while let Some((next, other)) = heap.peek().copied().filter(|(next, _)| *next >= node.start) {
                heap.pop();
                unshared -= usize::from(other != BOTH);
                emit(next + 1..lv + 1, of);
                (lv, of) = (next, of | other);
            }
            emit(node.start..lv + 1, of);
            unshared += if of == BOTH { 0 } else { node.parents.len() };
            heap.extend(node.parents.iter().map(|parent| (*parent, of)));
        }
        Ok(Diff { only_a: only_a.ascending(), only_b: only_b.ascending() })
    }

    /// The nearest version that everything in `from` and `to` beyond it descends from. `None` if `from` has more than
    /// `most_old` events beyond it.
    pub(crate) fn base(&self, from: &[Lv], to: &[Lv], most_old: u32) -> Result<Option<Base>, NotLoaded> {
        if from.is_empty() {
            let new = self.diff(from, to)?.only_b;
            return Ok(Some(Base { heads: Frontier::root(), old: Vec::new(), new }));
        }
        let (mut old, mut new) = (Ranges::default(), Ranges::default());
        let found = |mut heads: SmallVec<[Lv; 2]>, old: Ranges, new: Ranges| {
            heads.reverse();
            Ok(Some(Base { heads: Frontier::of_heads(heads), old: old.ascending(), new: new.ascending() }))
        };
        let mut heap = BinaryHeap::from([Entry::new(from, A), Entry::new(to, B)]);
        loop {
            let Some(Entry { heads, mut of }) = heap.pop() else {
                return found(SmallVec::new(), old, new); // cannot be: an entry is left, and ends the search
            };
            while let Some(same) = heap.peek().filter(|next| next.heads == heads) {
                of |= same.of;
                heap.pop();
            }
            if heap.is_empty() || heads.is_empty() {
                return found(heads, old, new);
            }
            let &[mut lv] = heads.as_slice() else {
                heap.extend(heads.iter().map(|head| Entry::new(&[*head], of)));
                continue;
            };
            let node = self.node(lv)?;
            let mut emit = |range: Range<Lv>, of: u8| {
                if of == B {
                    new.add_below(range)
                } else {
                    old.add_below(range)
                }
                old.events <= most_old
            };
            loop {
                let newest = heap.peek().and_then(|next| next.heads.first().copied());
                match newest {
                    None if heap.is_empty() => return found(SmallVec::from_slice(&[lv]), old, new),
                    Some(next) if next >= node.start => {
                        let Some(entry) = heap.pop() else { continue };
                        if !emit(next + 1..lv + 1, of) {
                            return Ok(None);
                        }
                        (lv, of) = (next, of | entry.of);
                        heap.extend(entry.heads.iter().skip(1).map(|head| Entry::new(&[*head], entry.of)));
                    }
                    _ => {
                        if !emit(node.start..lv + 1, of) {
                            return Ok(None);
                        }
                        heap.push(Entry::new(&node.parents, of));
                        break;
                    }
                }
            }
        }
    }
}

/// A version whose past is still to be looked at. The heads are descending, so that entries order by the newest one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    heads: SmallVec<[Lv; 2]>,
    of: u8,
}

impl Entry {
    fn new(heads: &[Lv], of: u8) -> Self {
        let mut heads: SmallVec<[Lv; 2]> = SmallVec::from_slice(heads);
        if heads.len() > 1 {
            heads.sort_unstable_by(|a, b| b.cmp(a));
        }
        Self { heads, of }
    }
}

/// Ranges that come in descending order.
#[derive(Default)]
struct Ranges {
    ranges: Vec<Range<Lv>>,
    events: u32,
}

impl Ranges {
    fn add_below(&mut self, range: Range<Lv>) {
        if range.is_empty() {
            return;
        }
        self.events += range.end - range.start;
        match self.ranges.last_mut() {
            Some(last) if last.start == range.end => last.start = range.start,
            _ => self.ranges.push(range),
        }
    }

    fn ascending(mut self) -> Vec<Range<Lv>> {
        self.ranges.reverse();
        self.ranges
    }
}
