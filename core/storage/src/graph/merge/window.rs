//! The state of a walk: the text with everything that its events saw, and which of them the next writer has seen.

use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

use smallvec::SmallVec;

use super::MergeError;
use super::budget::Budget;
use super::tree::{CharId, MAX_CHARS, Tree};
use crate::graph::version::{Frontier, Lv};

/// Events that follow each other, walked.
#[derive(Clone, Debug)]
struct Walked {
    events: Range<Lv>,
    /// The first entry of `Window::effects` that it shares in.
    effect: u32,
    /// Events of that entry that belong to the piece before.
    skip: u32,
    parents: SmallVec<[u32; 2]>,
    /// Scratch of [`Window::move_to`]: which of two versions has it.
    side: u8,
}

/// What events did: each to one character, in a row. For the move between versions it is the same whether they inserted
/// or deleted them.
#[derive(Clone, Copy, Debug)]
struct Effect {
    /// How many events were walked before it.
    first: u32,
    /// The lowest of the characters.
    char: CharId,
    len: u32,
    /// The first event concerns the last character.
    backward: bool,
}

/// Events and the characters that they inserted or deleted.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) events: Range<Lv>,
    /// The lowest of the characters.
    pub(super) char: CharId,
    /// The first event concerns the last character.
    pub(super) backward: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    pub(super) tree: Tree,
    /// The version of the text before the first walked event; all walked events descend from it.
    base: Frontier,
    walked: Vec<Walked>,
    effects: Vec<Effect>,
    /// Events walked.
    events: u32,
    /// Inserted characters that are consecutive as events too: the first one's id and event.
    inserted: Vec<(CharId, Lv)>,
    /// The version that the next event's writer saw, as walked pieces.
    seen: SmallVec<[u32; 2]>,
    /// First event to index in `walked`. Only while the window is kept.
    by_event: BTreeMap<Lv, u32>,
    heap: BinaryHeap<(Lv, u32)>,
    touched: Vec<u32>,
}

const SEEN: u8 = 1;
const WANTED: u8 = 2;

impl Window {
    /// Begins anew with a text of `chars` characters at `base`, or with more where the length is not known: nothing valid
    /// reaches what never was.
    pub(super) fn reset(&mut self, base: Frontier, chars: u32) -> Result<(), MergeError> {
        if chars >= MAX_CHARS {
            return Err(MergeError::TooLarge);
        }
        self.tree.reset(chars);
        self.base = base;
        self.walked.clear();
        self.effects.clear();
        self.inserted.clear();
        self.seen.clear();
        self.by_event.clear();
        self.events = 0;
        Ok(())
    }

    pub(super) fn base(&self) -> &Frontier {
        &self.base
    }

    /// Memory in use, about.
    pub(super) fn bytes(&self) -> usize {
        self.tree.bytes()
            + self.walked.capacity() * size_of::<Walked>()
            + self.effects.capacity() * size_of::<Effect>()
            + self.inserted.capacity() * size_of::<(CharId, Lv)>()
            + self.by_event.len() * 16
    }

    /// Makes walked pieces known by their events, for walks to come.
    pub(super) fn index(&mut self) {
        let walked = self.walked.iter().enumerate();
        let mut by_event: Vec<_> = walked.map(|(i, piece)| (piece.events.start, i as u32)).collect();
        by_event.sort_unstable();
        self.by_event = by_event.into_iter().collect();
    }

    /// The walked pieces' events, ascending.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<Lv>> + '_ {
        self.by_event.values().map(|i| self.walked[*i as usize].events.clone())
    }

    /// The walked piece that ends with `event`, which is cut off if it goes on. `None` for an event outside the window.
    pub(super) fn piece_ending(&mut self, event: Lv) -> Option<u32> {
        let i = *self.by_event.range(..=event).next_back()?.1;
        let piece = &self.walked[i as usize];
        if event >= piece.events.end {
            return None;
        }
        if event + 1 == piece.events.end {
            return Some(i);
        }
        // The second part keeps the number, so that whatever follows the piece follows it still.
        let first = self.walked.len() as u32;
        let (start, cut) = (piece.events.start, event + 1);
        let (effect, skip) = self.effect_after(piece, cut - start);
        let rest = &mut self.walked[i as usize];
        let events = rest.events.end;
        let head = Walked { events: start..cut, ..rest.clone() };
        *rest =
            Walked { events: cut..events, effect, skip, parents: SmallVec::from_slice(&[first]), side: 0 };
        self.walked.push(head);
        self.by_event.insert(start, first);
        self.by_event.insert(cut, i);
        Some(first)
    }

    /// Which effect the event behind the first `events` of a piece has, and how many of the effect's are before it.
    fn effect_after(&self, piece: &Walked, events: u32) -> (u32, u32) {
        let number = self.effects[piece.effect as usize].first + piece.skip + events;
        let effect = self.effects.partition_point(|effect| effect.first <= number).saturating_sub(1);
        (effect as u32, number - self.effects[effect].first)
    }

    /// Begins to walk a piece whose writer saw the walked pieces `parents`.
    pub(super) fn begin(
        &mut self,
        events: Range<Lv>,
        parents: SmallVec<[u32; 2]>,
        budget: &mut Budget<'_>,
    ) -> Result<u32, MergeError> {
        if self.seen != parents {
            self.move_to(&parents, budget)?;
        }
        let number = self.walked.len() as u32;
        let effect = self.effects.len() as u32;
        self.walked.push(Walked { events, effect, skip: 0, parents, side: 0 });
        self.seen = SmallVec::from_slice(&[number]);
        Ok(number)
    }

    /// Makes an indexed window know a piece by its events.
    pub(super) fn index_piece(&mut self, piece: u32) {
        self.by_event.insert(self.walked[piece as usize].events.start, piece);
    }

    /// Notes that the next event inserted the characters from `char` on.
    pub(super) fn note_insert(&mut self, lv: Lv, char: CharId, len: u32) {
        let continues = self.inserted.last().is_some_and(|(id, first)| lv.wrapping_sub(*first) == char - id);
        if !continues {
            self.inserted.push((char, lv));
        }
        self.note(char, len, false);
    }

    /// Notes what the next events did.
    pub(super) fn note(&mut self, char: CharId, len: u32, backward: bool) {
        self.effects.push(Effect { first: self.events, char, len, backward });
        self.events += len;
    }

    /// Puts the last `count` effects in reverse: a backward run is walked from its end.
    pub(super) fn reverse_last(&mut self, count: usize) {
        let from = self.effects.len().saturating_sub(count);
        let Some(mut first) = self.effects.get(from).map(|effect| effect.first) else { return };
        self.effects[from..].reverse();
        for effect in &mut self.effects[from..] {
            effect.first = first;
            first += effect.len;
        }
    }

    /// The event that inserted a character of the walk.
    pub(super) fn event_of(&self, char: CharId) -> Lv {
        let i = self.inserted.partition_point(|(id, _)| *id <= char).saturating_sub(1);
        self.inserted.get(i).map_or(0, |(id, lv)| lv + (char - id))
    }

    /// The events that inserted the first of these characters of the walk and those behind it, as far as they are
    /// consecutive.
    pub(super) fn events_of(&self, chars: Range<CharId>) -> Range<Lv> {
        let next = self.inserted.partition_point(|(id, _)| *id <= chars.start);
        let end = self.inserted.get(next).map_or(chars.end, |(id, _)| chars.end.min(*id));
        let first = self.event_of(chars.start);
        first..first + (end - chars.start)
    }

    /// The character that a walked event inserted or deleted. Only in an indexed window.
    pub(super) fn char_of(&self, event: Lv) -> Option<CharId> {
        self.done(event..event + 1).next().map(|done| done.char)
    }

    /// What the events of a range did, those that were walked, in the order of their numbers. Only in an indexed window.
    pub(super) fn done(&self, events: Range<Lv>) -> impl Iterator<Item = Done> + '_ {
        let first =
            self.by_event.range(..=events.start).next_back().map_or(events.start, |(start, _)| *start);
        let pieces = self.by_event.range(first..events.end.max(first));
        pieces.flat_map(move |(_, piece)| {
            let piece = &self.walked[*piece as usize];
            let (mut from, end) = (piece.events.start.max(events.start), piece.events.end.min(events.end));
            let mut place = (from < end).then(|| self.effect_after(piece, from - piece.events.start));
            std::iter::from_fn(move || {
                let (i, skip) = place.filter(|_| from < end)?;
                let effect = self.effects.get(i as usize)?;
                let len = (effect.len - skip).min(end - from);
                let before = if effect.backward { effect.len - skip - len } else { skip };
                let done =
                    Done { events: from..from + len, char: effect.char + before, backward: effect.backward };
                (from, place) = (from + len, Some((i + 1, 0)));
                Some(done)
            })
        })
    }

    /// Makes the tree show what the writer of an event saw that follows the pieces `parents`: takes out what only the
    /// version before has, adds what only this one has.
    fn move_to(&mut self, parents: &[u32], budget: &mut Budget<'_>) -> Result<(), MergeError> {
        let (mut back, mut forth): (SmallVec<[u32; 8]>, SmallVec<[u32; 8]>) = Default::default();
        let mut shared = 0;
        let seen = std::mem::take(&mut self.seen);
        for piece in &seen {
            self.mark(*piece, SEEN, &mut shared);
        }
        for piece in parents {
            self.mark(*piece, WANTED, &mut shared);
        }
        // Newest first, so that a piece's side is known when it comes; no further than both sides differ.
        while self.heap.len() > shared
            && let Some((_, piece)) = self.heap.pop()
        {
            let side = self.walked[piece as usize].side;
            match side {
                SEEN => back.push(piece),
                WANTED => forth.push(piece),
                _ => shared -= 1,
            }
            for i in 0..self.walked[piece as usize].parents.len() {
                self.mark(self.walked[piece as usize].parents[i], side, &mut shared);
            }
        }
        self.heap.clear();
        for piece in self.touched.drain(..) {
            self.walked[piece as usize].side = 0;
        }
        for (pieces, forward) in [(back, false), (forth, true)] {
            for piece in pieces {
                self.shift(piece, forward, budget)?;
            }
        }
        self.tree.settle_sums();
        Ok(())
    }

    fn mark(&mut self, piece: u32, side: u8, shared: &mut usize) {
        let walked = &mut self.walked[piece as usize];
        if walked.side == 0 {
            self.heap.push((walked.events.start, piece));
            self.touched.push(piece);
        } else if walked.side | side == walked.side {
            return;
        }
        walked.side |= side;
        if walked.side == SEEN | WANTED {
            *shared += 1;
        }
    }

    /// Takes a piece's events into what the writer has seen, or out of it. Their order makes no difference.
    fn shift(&mut self, piece: u32, forward: bool, budget: &mut Budget<'_>) -> Result<(), MergeError> {
        let walked = &self.walked[piece as usize];
        let mut left = walked.events.end - walked.events.start;
        let mut skip = walked.skip;
        for effect in &self.effects[walked.effect as usize..] {
            if left == 0 {
                break;
            }
            let len = (effect.len - skip).min(left);
            let before = if effect.backward { effect.len - skip - len } else { skip };
            let steps = self.tree.shift(effect.char + before, len, forward);
            budget.spend(steps + 1)?;
            left -= len;
            skip = 0;
        }
        Ok(())
    }

    /// Looks at everything that must be true of the tree; gives the heads of the version that the writer of the last event
    /// saw, and the lengths of what it sees and of the text.
    #[cfg(test)]
    pub(super) fn check(&self) -> (Vec<Lv>, u32, u32) {
        let (seen, text) = self.tree.check();
        (self.seen.iter().map(|piece| self.walked[*piece as usize].events.end - 1).collect(), seen, text)
    }
}
