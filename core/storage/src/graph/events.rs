//! Sets of events.

use std::collections::BTreeMap;
use std::ops::Range;

use smallvec::SmallVec;

use crate::graph::version::Lv;

/// Events, as ranges that do not touch: first event to the one behind the last. O(log ranges) for each call.
#[derive(Clone, Debug, Default)]
pub(in crate::graph) struct Events {
    ranges: BTreeMap<Lv, Lv>,
    count: u32,
}

impl Events {
    /// How many events there are.
    pub(in crate::graph) fn count(&self) -> u32 {
        self.count
    }

    /// The newest event of the set up to `event`.
    pub(in crate::graph) fn at_or_before(&self, event: Lv) -> Option<Lv> {
        let (_, end) = self.ranges.range(..=event).next_back()?;
        Some(event.min(end - 1))
    }

    /// Adds events that are not in the set.
    pub(in crate::graph) fn insert(&mut self, mut range: Range<Lv>) {
        if range.is_empty() {
            return;
        }
        self.count += range.end - range.start;
        if let Some(end) = self.ranges.remove(&range.end) {
            range.end = end;
        }
        if let Some((_, end)) = self.ranges.range_mut(..range.start).next_back()
            && *end == range.start
        {
            *end = range.end;
            return;
        }
        self.ranges.insert(range.start, range.end);
    }

    /// Adds the events of another set, none of which is in this one.
    pub(in crate::graph) fn extend(&mut self, other: &Self) {
        other.ranges().for_each(|range| self.insert(range));
    }

    /// Adds events some of which may be in the set.
    pub(in crate::graph) fn add(&mut self, range: Range<Lv>) {
        let below_end = self.ranges.range(..range.end).rev();
        let known = below_end.take_while(|(_, end)| **end > range.start).map(|(start, end)| *start..*end);
        let mut known: SmallVec<[Range<Lv>; 2]> = known.collect();
        let mut from = range.start;
        while let Some(next) = known.pop() {
            self.insert(from..next.start);
            from = next.end;
        }
        self.insert(from..range.end);
    }

    /// Whether all events of a range are in the set.
    pub(in crate::graph) fn covers(&self, range: &Range<Lv>) -> bool {
        let from = self.ranges.range(..=range.start).next_back();
        range.is_empty() || from.is_some_and(|(_, end)| *end >= range.end)
    }

    /// Whether any event of a range is in the set.
    pub(in crate::graph) fn meets(&self, range: &Range<Lv>) -> bool {
        !range.is_empty() && self.at_or_before(range.end - 1).is_some_and(|event| event >= range.start)
    }

    /// The parts of a range that are in the set, and between them those that are not: with whether they are.
    pub(in crate::graph) fn parts(&self, range: Range<Lv>) -> impl Iterator<Item = (Range<Lv>, bool)> + '_ {
        let mut from = range.start;
        std::iter::from_fn(move || {
            let is_in = from < range.end && self.contains(from);
            let end = if is_in {
                self.ranges.range(..=from).next_back().map(|(_, end)| *end)
            } else {
                self.ranges.range(from..).next().map(|(start, _)| *start)
            };
            let part = from..end.unwrap_or(range.end).min(range.end);
            from = part.end;
            (!part.is_empty()).then_some((part, is_in))
        })
    }

    pub(in crate::graph) fn contains(&self, event: Lv) -> bool {
        self.at_or_before(event) == Some(event)
    }

    /// The events, as ascending ranges.
    pub(in crate::graph) fn ranges(&self) -> impl Iterator<Item = Range<Lv>> + '_ {
        self.ranges.iter().map(|(start, end)| *start..*end)
    }

    pub(in crate::graph) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let mut events = Events::default();
        for range in [5..7, 1..2, 9..10, 2..5, 7..9] {
            assert_eq!(events.at_or_before(range.start).filter(|at| *at == range.start), None);
            events.insert(range);
        }
        assert_eq!((events.count(), events.ranges().next(), events.ranges().count()), (9, Some(1..10), 1));
        assert_eq!(events.at_or_before(0), None);
        assert!(events.covers(&(1..10)) && !events.covers(&(1..11)) && !events.covers(&(0..3)));
        assert!(events.contains(9) && !events.contains(10));
        assert!(events.meets(&(9..20)) && !events.meets(&(10..20)) && !events.meets(&(5..5)));
        assert_eq!((events.at_or_before(4), events.at_or_before(99)), (Some(4), Some(9)));
    }

    #[test]
    fn a_range_has_parts_inside_and_outside() {
        let mut events = Events::default();
        [3..5, 8..9].into_iter().for_each(|range| events.insert(range));
        let parts = |range| events.parts(range).collect::<Vec<_>>();
        assert_eq!(parts(0..20), [(0..3, false), (3..5, true), (5..8, false), (8..9, true), (9..20, false)]);
        assert_eq!(parts(4..9), [(4..5, true), (5..8, false), (8..9, true)]);
        assert_eq!((parts(5..7), parts(4..4)), (vec![(5..7, false)], vec![]));
    }

    #[test]
    fn events_that_are_added_twice_count_once() {
        let mut events = Events::default();
        for (range, count) in
            [(10..20, 10), (12..15, 10), (30..40, 20), (5..12, 25), (0..50, 50), (49..51, 51)]
        {
            events.add(range);
            assert_eq!(events.count(), count);
        }
        assert_eq!((events.ranges().next(), events.ranges().count()), (Some(0..51), 1));
    }
}
