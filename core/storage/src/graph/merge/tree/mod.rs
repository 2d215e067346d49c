//! The text of a walk, with every character that any of its events saw: spans in document order in a B-tree.
//!
//! Each node sums two lengths: of what the writer of the next event *sees*, and of the *text* that is produced. So a
//! position in one is found and turned into a position in the other in O(log spans). An index finds a character by its
//! id in O(1), or O(log) for text that is older than the walk.
//!
//! Ids, places and states come from walks alone and are always in range; only positions come from events, and those are
//! answered with `None` when they are outside.

mod node;
mod starts;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use node::{FAN, Inner, LEAF, Leaf, State, Sums};
use starts::Starts;

pub(super) use node::Span;

/// A character of a walk: below [`BASE`] the number of the inserted character, in the order of walking; from there on
/// the offset in the text that was there before.
pub(super) type CharId = u32;
/// The first character of the text that is older than the walk.
pub(super) const BASE: CharId = 1 << 31;
/// No character: the edge of the text.
pub(super) const NO_CHAR: CharId = u32::MAX;
/// The longest text that is older than a walk, and the most characters that a walk inserts.
pub(super) const MAX_CHARS: u32 = 1 << 30;
/// No node.
const NO_NODE: u32 = u32::MAX;

/// A span's place, or one behind the last of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    leaf: u32,
    i: usize,
}

impl Place {
    /// The place right behind.
    pub(super) fn next(self) -> Self {
        Self { i: self.i + 1, ..self }
    }
}

/// A character that was looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) place: Place,
    /// Characters of the span before it.
    pub(super) offset: u32,
    /// Characters of the text before the span.
    pub(super) text_before: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    leaves: Vec<Leaf>,
    inners: Vec<Inner>,
    root: usize,
    /// The leaf of the span that begins at an inserted character; of other characters nothing.
    leaf_of: Vec<u32>,
    starts: Starts,
    /// The same for the older text: first character of a span to leaf.
    base: BTreeMap<CharId, u32>,
    /// Leaves whose changes the sums above them do not know yet; none outside of [`Tree::shift`] and
    /// [`Tree::settle_sums`].
    owing: Vec<u32>,
}

impl Tree {
    /// Makes it the tree of a text of `chars` characters, below [`MAX_CHARS`], that is older than the walk.
    pub(super) fn reset(&mut self, chars: u32) {
        self.leaves.clear();
        self.inners.clear();
        self.leaf_of.clear();
        self.starts.clear();
        self.base.clear();
        self.root = 0;
        self.owing.clear();
        let mut leaf = Leaf {
            len: 0,
            spans: [Span::default(); LEAF],
            parent: 0,
            next: NO_NODE,
            owed: Sums::default(),
            owes: false,
        };
        if chars > 0 {
            let state = State::VISIBLE;
            leaf.insert(0, Span { id: BASE, len: chars, left: NO_CHAR, right: NO_CHAR, state });
            self.base.insert(BASE, 0);
        }
        let mut root = Inner::new(true);
        root.insert(0, 0, leaf.sums());
        self.leaves.push(leaf);
        self.inners.push(root);
    }

    /// Characters that the walk has inserted so far, which is the id of the next one.
    pub(super) fn inserted(&self) -> u32 {
        self.leaf_of.len() as u32
    }

    /// Memory in use, about.
    pub(super) fn bytes(&self) -> usize {
        self.leaves.capacity() * size_of::<Leaf>()
            + self.inners.capacity() * size_of::<Inner>()
            + self.leaf_of.capacity() * size_of::<u32>()
            + self.starts.bytes()
            + self.base.len() * 16
    }

    pub(super) fn span(&self, place: Place) -> &Span {
        &self.leaves[place.leaf as usize].spans[place.i]
    }

    /// All spans, in the order of the text.
    pub(super) fn spans(&self) -> impl Iterator<Item = &Span> {
        let first = self.leaves.get(self.first().leaf as usize);
        let leaves = std::iter::successors(first, |leaf| self.leaves.get(leaf.next as usize));
        leaves.flat_map(Leaf::spans)
    }

    /// The first place of all.
    pub(super) fn first(&self) -> Place {
        let mut node = self.root;
        while !self.inners[node].above_leaves {
            node = self.inners[node].kids[0] as usize;
        }
        Place { leaf: self.inners[node].kids[0], i: 0 }
    }

    /// The span at a place, or the first behind it.
    #[inline]
    pub(super) fn settle(&self, mut place: Place) -> Option<Place> {
        loop {
            let leaf = self.leaves.get(place.leaf as usize)?;
            if place.i < leaf.len {
                return Some(place);
            }
            place = Place { leaf: leaf.next, i: 0 };
        }
    }

    /// The span before a place, if it is in the same leaf.
    fn before(&mut self, place: Place) -> Option<&mut Span> {
        self.leaves[place.leaf as usize].spans.get_mut(place.i.checked_sub(1)?)
    }

    /// Character number `position` of what the writer sees.
    pub(super) fn seek(&self, position: u32) -> Option<Found> {
        let (mut left, mut text, mut node) = (position, 0_u32, self.root);
        loop {
            let inner = &self.inners[node];
            let mut i = 0;
            while i < inner.len && inner.seen[i] <= left {
                left -= inner.seen[i];
                text += inner.text[i];
                i += 1;
            }
            if i == inner.len {
                return None;
            }
            node = inner.kids[i] as usize;
            if inner.above_leaves {
                break;
            }
        }
        for (i, span) in self.leaves[node].spans().iter().enumerate() {
            let seen = span.seen_len();
            if left < seen {
                let place = Place { leaf: node as u32, i };
                return Some(Found { place, offset: left, text_before: text });
            }
            left -= seen;
            text += span.text_len();
        }
        None
    }

    /// Where a character is: its span and its offset there.
    #[inline]
    pub(super) fn find(&self, id: CharId) -> (Place, u32) {
        let leaf = if id < BASE {
            self.starts.at_or_before(id).map_or(0, |start| self.leaf_of[start as usize])
        } else {
            self.base.range(..=id).next_back().map_or(0, |(_, leaf)| *leaf)
        };
        let spans = self.leaves[leaf as usize].spans();
        let i = spans.iter().position(|span| id.wrapping_sub(span.id) < span.len);
        debug_assert!(i.is_some(), "character {id:x} is where the index says");
        let i = i.unwrap_or_default();
        (Place { leaf, i }, id.wrapping_sub(spans[i].id))
    }

    /// Which of two characters stands first.
    pub(super) fn order(&self, a: CharId, b: CharId) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        let ((a, a_offset), (b, b_offset)) = (self.find(a), self.find(b));
        if a.leaf == b.leaf {
            return (a.i, a_offset).cmp(&(b.i, b_offset));
        }
        let (mut a, mut b) = (a.leaf, b.leaf);
        let (mut above_a, mut above_b) = (self.leaves[a as usize].parent, self.leaves[b as usize].parent);
        while above_a != above_b {
            (a, b) = (above_a, above_b);
            (above_a, above_b) = (self.inners[a as usize].parent, self.inners[b as usize].parent);
        }
        let inner = &self.inners[above_a as usize];
        inner.index(a).cmp(&inner.index(b))
    }

    /// Adds `len` characters at a place, which the writer sees and which are in the text.
    pub(super) fn insert(&mut self, at: Place, len: u32, left: CharId, right: CharId) {
        let id = self.inserted();
        self.leaf_of.resize(id as usize + len as usize, 0);
        let sums = Sums { seen: len, text: len };
        // Typing on: the same span, longer.
        if let Some(span) = self.before(at)
            && span.id < BASE
            && span.id + span.len == id
            && span.last() == left
            && span.right == right
            && span.state == State::VISIBLE
        {
            span.len += len;
            self.add(at.leaf, sums);
            return;
        }
        let at = self.make_room(at);
        let span = Span { id, len, left, right, state: State::VISIBLE };
        self.leaves[at.leaf as usize].insert(at.i, span);
        self.set_leaf(id, at.leaf);
        self.add(at.leaf, sums);
    }

    /// Cuts a span before its character `offset`, which is not its first. Gives the place of the second half; the first
    /// is right before it, in the same leaf.
    pub(super) fn split(&mut self, at: Place, offset: u32) -> Place {
        let at = self.make_room(at.next());
        let leaf = &mut self.leaves[at.leaf as usize];
        let span = &mut leaf.spans[at.i - 1];
        let id = span.id + offset;
        let rest = Span { id, len: span.len - offset, left: id - 1, ..*span };
        span.len = offset;
        leaf.insert(at.i, rest);
        self.set_leaf(id, at.leaf);
        at
    }

    /// Cuts before the character `offset` of a span, if it is not its first; gives the place of the span that then
    /// begins with it.
    pub(super) fn split_before(&mut self, at: Place, offset: u32) -> Place {
        if offset == 0 { at } else { self.split(at, offset) }
    }

    /// Cuts a span behind its first `len` characters, if it has more; gives the place of those.
    pub(super) fn split_behind(&mut self, at: Place, len: u32) -> Place {
        if len < self.span(at).len {
            let second = self.split(at, len);
            return Place { i: second.i - 1, ..second };
        }
        at
    }

    /// Marks a span as deleted, for the writer and in the text.
    pub(super) fn delete(&mut self, at: Place) {
        let span = &mut self.leaves[at.leaf as usize].spans[at.i];
        let before = Sums::of(span);
        span.state = span.state.deleted();
        let change = Sums::of(span).minus(before);
        self.add(at.leaf, change);
    }

    /// Adds events that inserted or deleted the characters from `id` on to what the writer has seen, or takes them out.
    /// Gives the number of spans that this took. [`Tree::settle_sums`] must follow before anything is looked up by
    /// position.
    pub(super) fn shift(&mut self, mut id: CharId, mut len: u32, forward: bool) -> u32 {
        let mut steps = 0;
        while len > 0 {
            let (place, offset) = self.find(id);
            let mut at = self.split_before(place, offset);
            if len < self.span(at).len {
                at = self.split_behind(at, len);
            }
            // As far as the characters go on in this leaf.
            let leaf = &mut self.leaves[at.leaf as usize];
            let mut change = Sums::default();
            for span in &mut leaf.spans[at.i..leaf.len] {
                if span.id != id || span.len > len {
                    break;
                }
                let before = Sums::of(span);
                span.state = span.state.moved(forward);
                change = change.plus(Sums::of(span).minus(before));
                id += span.len;
                len -= span.len;
                steps += 1;
                if len == 0 {
                    break;
                }
            }
            leaf.owed = leaf.owed.plus(change);
            if !std::mem::replace(&mut leaf.owes, true) {
                self.owing.push(at.leaf);
            }
        }
        steps
    }

    /// Brings the sums up to date after [`Tree::shift`]s.
    pub(super) fn settle_sums(&mut self) {
        while let Some(number) = self.owing.pop() {
            let leaf = &mut self.leaves[number as usize];
            leaf.owes = false;
            let owed = std::mem::take(&mut leaf.owed);
            self.add(number, owed);
        }
    }

    /// Characters of the text.
    pub(super) fn text_len(&self) -> u32 {
        self.inners[self.root].sums().text
    }

    /// Character number `position` of the text.
    pub(super) fn char_at(&self, position: u32) -> Option<CharId> {
        let (mut left, mut node) = (position, self.root);
        loop {
            let inner = &self.inners[node];
            let mut i = 0;
            while i < inner.len && inner.text[i] <= left {
                left -= inner.text[i];
                i += 1;
            }
            if i == inner.len {
                return None;
            }
            node = inner.kids[i] as usize;
            if inner.above_leaves {
                break;
            }
        }
        for span in self.leaves[node].spans() {
            let len = span.text_len();
            if left < len {
                return Some(span.id + left);
            }
            left -= len;
        }
        None
    }

    /// How many characters of the text stand before character `id`, and whether it is gone.
    pub(super) fn position_of(&self, id: CharId) -> (u32, bool) {
        let (place, offset) = self.find(id);
        let leaf = &self.leaves[place.leaf as usize];
        let gone = leaf.spans[place.i].gone();
        let mut text = leaf.spans[..place.i].iter().map(Span::text_len).sum::<u32>();
        text += if gone { 0 } else { offset };
        let (mut kid, mut parent) = (place.leaf, leaf.parent);
        while let Some(inner) = self.inners.get(parent as usize) {
            text += inner.text[..inner.index(kid)].iter().sum::<u32>();
            (kid, parent) = (parent, inner.parent);
        }
        (text, gone)
    }

    #[inline]
    fn set_leaf(&mut self, id: CharId, leaf: u32) {
        if id < BASE {
            self.leaf_of[id as usize] = leaf;
            self.starts.insert(id);
        } else {
            self.base.insert(id, leaf);
        }
    }

    /// Adds to the sums of everything above a leaf.
    #[inline]
    fn add(&mut self, leaf: u32, sums: Sums) {
        if sums == Sums::default() {
            return;
        }
        let (mut kid, mut parent) = (leaf, self.leaves[leaf as usize].parent);
        while let Some(inner) = self.inners.get_mut(parent as usize) {
            let i = inner.index(kid);
            inner.add(i, sums);
            (kid, parent) = (parent, inner.parent);
        }
    }

    /// Sees to it that the leaf of a place can take another span; gives the place, which may be in a new leaf then. A
    /// place behind a span stays in that span's leaf.
    fn make_room(&mut self, at: Place) -> Place {
        if self.leaves[at.leaf as usize].len < LEAF {
            return at;
        }
        let owed = std::mem::take(&mut self.leaves[at.leaf as usize].owed);
        self.add(at.leaf, owed);
        let number = self.leaves.len() as u32;
        let leaf = &mut self.leaves[at.leaf as usize];
        let half = LEAF / 2;
        let right = leaf.cut(number);
        for span in right.spans() {
            self.set_leaf(span.id, number);
        }
        let (parent, sums) = (right.parent, right.sums());
        self.leaves.push(right);
        let parent = self.add_kid(parent, at.leaf, number, sums);
        self.leaves[number as usize].parent = parent;
        if at.i > half { Place { leaf: number, i: at.i - half } } else { at }
    }

    /// Puts `new`, which takes `sums` from `left`, behind it among the children of a node; gives its parent, which
    /// may be a new node.
    fn add_kid(&mut self, mut parent: u32, left: u32, new: u32, sums: Sums) -> u32 {
        if self.inners[parent as usize].len == FAN {
            let number = self.inners.len() as u32;
            let right = self.inners[parent as usize].cut();
            for kid in right.kids() {
                if right.above_leaves {
                    self.leaves[*kid as usize].parent = number;
                } else {
                    self.inners[*kid as usize].parent = number;
                }
            }
            let (above, right_sums, holds_left) = (right.parent, right.sums(), right.kids().contains(&left));
            self.inners.push(right);
            let above = if above == NO_NODE { self.add_root(right_sums) } else { above };
            let above = self.add_kid(above, parent, number, right_sums);
            self.inners[number as usize].parent = above;
            if holds_left {
                parent = number;
            }
        }
        let inner = &mut self.inners[parent as usize];
        let i = inner.index(left);
        inner.add(i, Sums::default().minus(sums));
        inner.insert(i + 1, new, sums);
        parent
    }

    /// Puts a new root above the old one, whose sums lack `moved`.
    fn add_root(&mut self, moved: Sums) -> u32 {
        let number = self.inners.len() as u32;
        let mut root = Inner::new(false);
        root.insert(0, self.root as u32, self.inners[self.root].sums().plus(moved));
        self.inners[self.root].parent = number;
        self.inners.push(root);
        self.root = number as usize;
        number
    }

    /// Looks at everything that must be true of the tree; gives the lengths of what the writer sees and of the text.
    #[cfg(test)]
    pub(super) fn check(&self) -> (u32, u32) {
        let mut next = self.first().leaf;
        let mut order = Vec::new();
        let sums = self.check_inner(self.root as u32, NO_NODE, &mut order);
        for leaf in order {
            assert_eq!(leaf, next);
            for (i, span) in self.leaves[leaf as usize].spans().iter().enumerate() {
                assert!(span.len > 0);
                for id in [span.id, span.last()] {
                    assert_eq!(self.find(id).0, Place { leaf, i });
                }
            }
            next = self.leaves[leaf as usize].next;
        }
        assert_eq!(next, NO_NODE);
        assert!(self.owing.is_empty());
        (sums.seen, sums.text)
    }

    #[cfg(test)]
    fn check_inner(&self, node: u32, parent: u32, leaves: &mut Vec<u32>) -> Sums {
        let inner = &self.inners[node as usize];
        assert_eq!(inner.parent, parent);
        for (i, kid) in inner.kids().iter().enumerate() {
            let sums = if inner.above_leaves {
                leaves.push(*kid);
                assert_eq!(self.leaves[*kid as usize].parent, node);
                self.leaves[*kid as usize].sums()
            } else {
                self.check_inner(*kid, node, leaves)
            };
            assert_eq!(sums, Sums { seen: inner.seen[i], text: inner.text[i] });
        }
        inner.sums()
    }
}
