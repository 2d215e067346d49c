//! What a merge walks, in which order, and what of it needs no walk.

use std::cmp::Reverse;
use std::ops::Range;

use smallvec::SmallVec;

use super::MergeError;
use super::budget::Budget;
use crate::graph::log::{Log, Stretch};
use crate::graph::version::{Frontier, Lv};

/// The most pieces of a plan, at some hundred bytes each: a thousand times what years of work by many make.
const MOST_PIECES: u32 = 1 << 21;

/// Stretches of events in the order in which to walk them.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) pieces: Vec<Piece>,
    /// Indices of pieces, parents first; those that the text has already before all others.
    pub(super) order: Vec<u32>,
    /// How many in `order` the text has already.
    pub(super) old: usize,
}

/// A linear stretch of events.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) stretch: Stretch,
    /// Where in the log's operations it begins.
    pub(super) op: usize,
    kids: SmallVec<[u32; 2]>,
    is_old: bool,
    /// Everything before it in the walk is its past, everything after it its future: its operations apply as they are.
    pub(super) critical: bool,
}

impl Plan {
    /// A plan to walk events that the text has (`old`) and has not (`new`), both ascending ranges.
    ///
    /// Depth first, and of several that could be next the one with the lightest future, so that a branch is walked at a
    /// stretch and the walk seldom goes back.
    pub(super) fn new(
        log: &Log,
        old: &[Range<Lv>],
        new: &[Range<Lv>],
        budget: &mut Budget<'_>,
    ) -> Result<Self, MergeError> {
        let mut set: Vec<Range<Lv>> = old.iter().chain(new).cloned().collect();
        set.sort_unstable_by_key(|range| range.start);
        let nodes = set.iter().flat_map(|range| log.nodes_in(range));
        let most = nodes.fold(0_u32, |most, node| most.saturating_add(1 + node.parents.len() as u32));
        if most > MOST_PIECES {
            return Err(MergeError::Steps);
        }
        budget.spend(most)?;
        let mut next_old = old.iter().peekable();
        let mut op = set.first().map_or(0, |range| log.find_op(range.start));
        let piece = |stretch: Stretch| {
            let start = stretch.events.start;
            while next_old.next_if(|range| range.end <= start).is_some() {}
            let is_old = next_old.peek().is_some_and(|range| range.start <= start);
            op = log.advance_op(op, start);
            Piece { stretch, op, kids: SmallVec::new(), is_old, critical: false }
        };
        let mut pieces: Vec<Piece> = log.stretches(&set, false).into_iter().map(piece).collect();
        for i in 0..pieces.len() {
            for k in 0..pieces[i].stretch.parents.len() {
                let parent = pieces[i].stretch.parents[k] as usize;
                pieces[parent].kids.push(i as u32);
            }
        }
        let (order, old) = order(&pieces);
        Ok(Self { pieces, order, old })
    }

    /// Finds the critical pieces, for a text whose version is `from`; gives the heads of the version that it has after
    /// the walk.
    pub(super) fn find_critical(&mut self, log: &Log, from: &Frontier) -> SmallVec<[Lv; 2]> {
        let n = self.order.len();
        let mut rank = vec![0_u32; n];
        for (k, i) in self.order.iter().enumerate() {
            rank[*i as usize] = k as u32;
        }
        // The first in order that a later piece follows; 0 is the base, 1 the first piece.
        let mut followed = u32::MAX;
        for (k, i) in self.order.iter().enumerate().skip(self.old).rev() {
            let piece = &mut self.pieces[*i as usize];
            piece.critical = followed > k as u32;
            let first = piece.stretch.parents.iter().map(|parent| rank[*parent as usize] + 1).min();
            followed = followed.min(first.unwrap_or(0));
        }
        // Nothing but its past is before it if it follows the whole version that the walk has come to: the heads of
        // `from` that are left, and pieces.
        let mut from_heads: SmallVec<[Lv; 2]> = SmallVec::from_slice(from);
        let mut is_head = vec![false; n];
        let mut heads = from_heads.len();
        for i in self.order.iter().skip(self.old) {
            let piece = &mut self.pieces[*i as usize];
            let parents = log.parents_of(&piece.stretch);
            let heads_before = heads;
            let mut taken = 0;
            for parent in &piece.stretch.parents {
                taken += usize::from(std::mem::take(&mut is_head[*parent as usize]));
            }
            from_heads.retain(|head| {
                let follows = parents.contains(head);
                taken += usize::from(follows);
                !follows
            });
            piece.critical &= taken == heads_before;
            is_head[*i as usize] = true;
            heads = heads_before + 1 - taken;
        }
        let ends = self.pieces.iter().zip(is_head).filter(|(_, is_head)| *is_head);
        from_heads.extend(ends.map(|(piece, _)| piece.stretch.events.end - 1));
        from_heads
    }
}

/// The order of pieces, and how many old ones it begins with.
fn order(pieces: &[Piece]) -> (Vec<u32>, usize) {
    let mut weights = vec![0_u32; pieces.len()];
    for (i, piece) in pieces.iter().enumerate().rev() {
        let own = piece.stretch.events.end - piece.stretch.events.start;
        weights[i] = piece.kids.iter().fold(own, |all, kid| all.saturating_add(weights[*kid as usize]));
    }
    let heaviest_first = |i: &u32| Reverse(weights[*i as usize]);
    let mut waits: Vec<u32> = pieces.iter().map(|piece| piece.stretch.parents.len() as u32).collect();
    let mut ready: Vec<u32> = (0..pieces.len() as u32).filter(|i| waits[*i as usize] == 0).collect();
    ready.sort_by_key(heaviest_first);
    let mut out = Vec::with_capacity(pieces.len());
    let mut later = Vec::new();
    let mut old = 0;
    for old_ones in [true, false] {
        if !old_ones {
            old = out.len();
            ready = std::mem::take(&mut later);
        }
        while let Some(i) = ready.pop() {
            if pieces[i as usize].is_old != old_ones {
                later.push(i);
                continue;
            }
            out.push(i);
            let first = ready.len();
            for kid in &pieces[i as usize].kids {
                waits[*kid as usize] -= 1;
                if waits[*kid as usize] == 0 {
                    ready.push(*kid);
                }
            }
            if ready.len() - first > 1 {
                ready[first..].sort_by_key(heaviest_first);
            }
        }
    }
    (out, old)
}
