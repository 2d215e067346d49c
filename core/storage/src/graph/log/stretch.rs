//! Cutting a set of events into linear stretches that no other one of the set begins in the middle of.

use std::ops::Range;

use smallvec::SmallVec;

use super::Log;
use crate::graph::version::Lv;

/// Events that follow each other; others of the set follow the last one only.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) events: Range<Lv>,
    /// The stretches that the first event follows, by index; parents outside the set are left out.
    pub(crate) parents: SmallVec<[u32; 2]>,
    /// Its node, by index.
    node: u32,
}

impl Log {
    /// The stretches of a set of events, given as ascending ranges, in order. With `by_agent` each has one agent only.
    /// Nothing within a range ends at a range's edge. O(nodes of the set · log).
    pub(crate) fn stretches(&self, set: &[Range<Lv>], by_agent: bool) -> Vec<Stretch> {
        // The events after which to cut.
        let mut cuts: Vec<Lv> = Vec::new();
        for range in set {
            let starts = self.nodes_in(range).filter(|node| node.start >= range.start);
            cuts.extend(starts.flat_map(|node| node.parents.iter().copied()));
            if by_agent {
                cuts.extend(self.ids_in(range.clone()).map(|(run, _)| run.end - 1));
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut cuts = cuts.into_iter().peekable();
        let mut out: Vec<Stretch> = Vec::new();
        for range in set {
            let first = self.first_node(range.start);
            let nodes = self.nodes[first..].iter().take_while(|node| node.start < range.end);
            for (i, node) in nodes.enumerate() {
                let (mut from, to) = (node.start.max(range.start), node.end.min(range.end));
                while from < to {
                    while cuts.next_if(|cut| *cut < from).is_some() {}
                    let end = cuts.peek().map_or(to, |cut| (cut + 1).min(to));
                    let parents = if from == node.start {
                        node.parents.iter().filter_map(|parent| find(&out, *parent)).collect()
                    } else {
                        find(&out, from - 1).into_iter().collect()
                    };
                    out.push(Stretch { events: from..end, parents, node: (first + i) as u32 });
                    from = end;
                }
            }
        }
        out
    }

    /// All parents of a stretch's first event.
    pub(crate) fn parents_of(&self, stretch: &Stretch) -> SmallVec<[Lv; 2]> {
        let first = stretch.events.start;
        match self.nodes.get(stretch.node as usize) {
            Some(node) if node.start == first => node.parents.clone(),
            _ => SmallVec::from_slice(&[first.wrapping_sub(1)]),
        }
    }
}

/// Index of the stretch that holds `event`; often the last one.
fn find(stretches: &[Stretch], event: Lv) -> Option<u32> {
    let last = stretches.last()?;
    if event >= last.events.start {
        return (event < last.events.end).then(|| stretches.len() as u32 - 1);
    }
    let i = stretches.partition_point(|stretch| stretch.events.start <= event).checked_sub(1)?;
    (event < stretches.get(i)?.events.end).then_some(i as u32)
}
