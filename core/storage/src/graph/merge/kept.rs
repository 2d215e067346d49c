//! A walk's state that stays between merges.
//!
//! A merge walks everything since the versions parted. Where a branch stays open for months while small pieces of it come
//! in again and again, that is the same long walk every time. The state of the last walk, kept, makes the next merge
//! cost its new events only, and the way between the versions that they were written at.

use std::ops::Range;

use smallvec::SmallVec;
use writemagic_shared::limits::KEPT_MERGE_BYTES;

use super::budget::Budget;
use super::plan::{Piece, Plan};
use super::sink::{Chars, Sink};
use super::walk::Text;
use super::window::Window;
use super::{MergeError, Merged, apply, check_heads, fast_forward, merge_beyond};
use crate::graph::events::Events;
use crate::graph::log::{Log, NotLoaded};
use crate::graph::version::{Frontier, Lv};

/// The most events that a kept state lags behind the text before a newer one takes its place.
const MOST_BEHIND: u32 = 1 << 16;

/// Merges into one text, again and again. Its results are those of [`super::merge`]; it only remembers.
#[derive(Debug)]
pub(crate) struct Merger {
    kept: Option<Kept>,
    most_bytes: usize,
}

#[derive(Debug)]
struct Kept {
    window: Window,
    /// The version of the text after the last merge: the window's base, and what is covered.
    version: Frontier,
    /// What the text has beyond the window's base.
    covered: Events,
    /// What of it the window has not walked yet.
    pending: Events,
    /// Events that were walked from nothing, again, while these were pending.
    spent: u32,
}

/// Events that were found on the way from a version back to what is covered.
#[derive(Debug, Default)]
struct Gathered {
    events: Events,
    /// The covered events that they follow.
    follow: SmallVec<[Lv; 4]>,
}

impl Default for Merger {
    fn default() -> Self {
        Self::keeping(KEPT_MERGE_BYTES)
    }
}

impl Merger {
    /// A merger that keeps at most about this many bytes between merges.
    pub(crate) fn keeping(bytes: u64) -> Self {
        Self { kept: None, most_bytes: usize::try_from(bytes).unwrap_or(usize::MAX) }
    }

    #[cfg(test)]
    /// Drops what is kept; the next merge starts anew.
    pub(crate) fn forget(&mut self) {
        self.kept = None;
    }

    #[cfg(test)]
    /// Memory that is kept, in bytes, about.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.window.bytes())
    }

    /// [`super::merge`]. What is kept belongs to the log and its numbers: call [`Merger::forget`] when the log is another
    /// one, or lost events that the text had.
    ///
    /// If what is kept reaches back far enough, takes time in proportion to the runs of events that are new or were added
    /// to the text since the last merge, and of those between the versions that they were written at, times log.
    pub(crate) fn merge<S: Sink>(
        &mut self,
        log: &Log,
        from: &Frontier,
        to: &[Lv],
        chars: u32,
        sink: &mut S,
        budget: &mut Budget<'_>,
    ) -> Result<Merged, MergeError> {
        if let Some(events) = fast_forward(log, from, to)? {
            return apply(log, events, chars, sink, budget); // `catch_up` finds them
        }
        if let Some(mut kept) = self.kept.take()
            && kept.catch_up(log, from)?
            && let Some(new) = kept.gather(log, to)?
        {
            if new.events.count() == 0 {
                self.kept = Some(kept);
                return Ok(Merged { version: from.clone(), chars, ..Merged::default() });
            }
            // A short walk from nothing may be cheaper than catching up; many of them are not.
            let most_old = kept.pending.count().saturating_sub(kept.spent);
            let Some(base) = log.base(from, to, most_old)? else {
                let merged = kept.walk(log, from, &new.events, chars, sink, budget)?;
                if kept.window.bytes() <= self.most_bytes {
                    self.kept = Some(kept);
                }
                return Ok(merged);
            };
            let old = base.old.iter().map(|range| range.end - range.start);
            kept.spent = old.fold(kept.spent, u32::saturating_add);
            let mut window = Window::default();
            let outcome = merge_beyond(log, from, base, chars, sink, budget, &mut window);
            if let Ok((merged, live)) = &outcome {
                kept.add_pending(&new.events, &merged.version);
                if kept.pending.count() > MOST_BEHIND {
                    self.keep(window, *live, &merged.version);
                    return outcome.map(|(merged, _)| merged);
                }
            }
            self.kept = Some(kept);
            return outcome.map(|(merged, _)| merged);
        }
        let Some(base) = log.base(from, to, u32::MAX)? else { return Err(MergeError::Steps) };
        let mut window = Window::default();
        let (merged, live) = merge_beyond(log, from, base, chars, sink, budget, &mut window)?;
        self.keep(window, live, &merged.version);
        Ok(merged)
    }

    /// What is kept, if it is of this version, looked through: see [`Window::check`].
    #[cfg(test)]
    pub(crate) fn check(&self, version: &Frontier) -> Option<(Vec<Lv>, u32, u32)> {
        let kept = self.kept.as_ref().filter(|kept| kept.version == *version && kept.pending.count() == 0);
        kept.map(|kept| kept.window.check())
    }

    /// Keeps the state of a walk from nothing, if it is that of the present version.
    fn keep(&mut self, mut window: Window, live: bool, version: &Frontier) {
        if !live {
            return;
        }
        window.index();
        if window.bytes() > self.most_bytes {
            return;
        }
        let mut covered = Events::default();
        window.ranges().for_each(|range| covered.insert(range));
        self.kept =
            Some(Kept { window, version: version.clone(), covered, pending: Events::default(), spent: 0 });
    }
}

impl Kept {
    /// Notes the events that were added to the text since the last merge. False if the text is not one that came from
    /// that version, or has what the window cannot walk.
    fn catch_up(&mut self, log: &Log, from: &Frontier) -> Result<bool, NotLoaded> {
        if *from == self.version {
            return Ok(true);
        }
        let Some(added) = self.gather(log, from)? else { return Ok(false) };
        // A text that came from the version has each of its heads, and what follows that head first if anything does.
        let has_all = self.version.iter().all(|head| added.follow.contains(head));
        if has_all {
            self.add_pending(&added.events, from);
        }
        Ok(has_all)
    }

    fn add_pending(&mut self, events: &Events, version: &Frontier) {
        self.covered.extend(events);
        self.pending.extend(events);
        self.version = version.clone();
    }

    /// The events of a version that are not covered. `None` if the window reaches back too little to walk them.
    fn gather(&self, log: &Log, heads: &[Lv]) -> Result<Option<Gathered>, NotLoaded> {
        let base = self.window.base();
        let beyond_base = |event: Lv| base.last().is_none_or(|last| event > *last);
        let mut found = Gathered::default();
        let mut ways: SmallVec<[Lv; 8]> = SmallVec::from_slice(heads);
        while let Some(event) = ways.pop() {
            let known = self.covered.at_or_before(event);
            if known == Some(event) {
                found.follow.push(event);
                continue;
            }
            let known = known.max(found.events.at_or_before(event));
            if known == Some(event) {
                continue;
            }
            if !beyond_base(event) {
                return Ok(None);
            }
            let node = log.node(event)?;
            if let Some(known) = known.filter(|known| *known >= node.start) {
                found.events.insert(known + 1..event + 1);
                if self.covered.at_or_before(known) == Some(known) {
                    found.follow.push(known);
                }
                continue;
            }
            if let Some(last) = base.last().filter(|last| **last >= node.start) {
                // The node goes on from the base.
                if base.len() > 1 {
                    return Ok(None);
                }
                found.events.insert(last + 1..event + 1);
                continue;
            }
            found.events.insert(node.start..event + 1);
            let (inside, before): (SmallVec<[Lv; 4]>, SmallVec<[Lv; 4]>) =
                node.parents.iter().copied().partition(|parent| beyond_base(*parent));
            // Walking starts at the base: an event that saw less than that cannot be walked.
            let saw_base = !inside.is_empty() || base.iter().all(|head| before.contains(head));
            if !saw_base || before.iter().any(|parent| !base.contains(parent)) {
                return Ok(None);
            }
            ways.extend(inside);
        }
        Ok(Some(found))
    }

    /// Walks what is pending, without writing it, and `new`.
    fn walk<S: Sink>(
        &mut self,
        log: &Log,
        from: &Frontier,
        new: &Events,
        chars: u32,
        sink: &mut S,
        budget: &mut Budget<'_>,
    ) -> Result<Merged, MergeError> {
        let ranges = |events: &Events| events.ranges().collect::<SmallVec<[Range<Lv>; 4]>>();
        let mut plan = Plan::new(log, &ranges(&self.pending), &ranges(new), budget)?;
        let version = check_heads(plan.find_critical(log, from))?;
        let mut text = Text { sink, chars, writes: false };
        for (k, i) in plan.order.iter().enumerate() {
            if k == plan.old {
                text.sink.enter(Chars(&self.window.tree));
                text.writes = true;
            }
            let Piece { stretch, op, .. } = &plan.pieces[*i as usize];
            let events = stretch.events.clone();
            let parents = log.parents_of(stretch);
            let parents = parents.iter().filter_map(|parent| self.window.piece_ending(*parent)).collect();
            let piece = self.window.begin(events.clone(), parents, budget)?;
            self.window.index_piece(piece);
            self.window.walk(log, events, *op, &mut text, budget)?;
        }
        text.sink.leave(Chars(&self.window.tree));
        let walked = self.pending.count() + new.count();
        self.covered.extend(new);
        self.pending.clear();
        self.spent = 0;
        self.version = version.clone();
        Ok(Merged { version, chars: text.chars, direct: 0, walked, forked: true })
    }
}
