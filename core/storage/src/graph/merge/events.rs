//! Sets of events.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::graph::version::Lv;

/// Events, as ranges that do not touch: first event to the one behind the last. O(log ranges) for each call.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    ranges: BTreeMap<Lv, Lv>,
    count: u32,
}

impl Events {
    /// How many events there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The newest event of the set up to `event`.
    pub(super) fn at_or_before(&self, event: Lv) -> Option<Lv> {
        let (_, end) = self.ranges.range(..=event).next_back()?;
        Some(event.min(end - 1))
    }

    /// Adds events that are not in the set.
    pub(super) fn insert(&mut self, mut range: Range<Lv>) {
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
    pub(super) fn extend(&mut self, other: &Self) {
        other.ranges().for_each(|range| self.insert(range));
    }

    /// The events, as ascending ranges.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<Lv>> + '_ {
        self.ranges.iter().map(|(start, end)| *start..*end)
    }

    pub(super) fn clear(&mut self) {
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
        assert_eq!((events.at_or_before(4), events.at_or_before(99)), (Some(4), Some(9)));
    }
}
