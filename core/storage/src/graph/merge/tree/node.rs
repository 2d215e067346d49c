//! The nodes of the tree: spans in leaves, sums in inner nodes.

use super::CharId;

/// Spans in a leaf and children of an inner node. Small in debug builds, where little text then makes deep trees.
pub(super) const LEAF: usize = if cfg!(debug_assertions) { 4 } else { 32 };
pub(super) const FAN: usize = if cfg!(debug_assertions) { 4 } else { 16 };

/// Characters with consecutive ids that stand in a row. Each but the first has the one before it as its left origin;
/// all have the same right origin.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Span {
    pub(in super::super) id: CharId,
    pub(in super::super) len: u32,
    /// The character that the first one was typed after, or [`super::NO_CHAR`].
    pub(in super::super) left: CharId,
    /// The next character that there was for the writer, deleted or not, or [`super::NO_CHAR`].
    pub(in super::super) right: CharId,
    pub(super) state: State,
}

/// Whether characters are there: for the writer of the next event, and in the text that is produced.
///
/// Bit 0: gone from the text. The bits above: 0 not inserted yet, 1 visible, 1 + n deleted n times, for the writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State(u32);

impl State {
    pub(super) const VISIBLE: Self = Self(2);

    pub(super) fn seen(self) -> bool {
        self.0 >> 1 == 1
    }

    pub(super) fn exists(self) -> bool {
        self.0 > 1
    }

    pub(super) fn gone(self) -> bool {
        self.0 & 1 == 1
    }

    /// After an event that inserted or deleted the characters is added to what the writer has seen, or taken out.
    pub(super) fn moved(self, forward: bool) -> Self {
        Self(if forward { self.0.wrapping_add(2) } else { self.0.wrapping_sub(2) })
    }

    pub(super) fn deleted(self) -> Self {
        Self(self.0.wrapping_add(2) | 1)
    }
}

impl Span {
    /// How many of the characters the writer of the next event sees.
    #[inline]
    pub(super) fn seen_len(&self) -> u32 {
        if self.state.seen() { self.len } else { 0 }
    }

    /// How many of the characters are in the text that is produced.
    #[inline]
    pub(in super::super) fn text_len(&self) -> u32 {
        if self.state.gone() { 0 } else { self.len }
    }

    /// Whether the characters existed for the writer of the next event, deleted or not.
    pub(in super::super) fn exists(&self) -> bool {
        self.state.exists()
    }

    pub(in super::super) fn gone(&self) -> bool {
        self.state.gone()
    }

    pub(in super::super) fn last(&self) -> CharId {
        self.id + (self.len - 1)
    }
}

/// Characters seen by the writer, characters in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) seen: u32,
    pub(super) text: u32,
}

// Wrapping, because differences may be negative; sums of a tree never are.
impl Sums {
    pub(super) fn of(span: &Span) -> Self {
        Self { seen: span.seen_len(), text: span.text_len() }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { seen: self.seen.wrapping_add(other.seen), text: self.text.wrapping_add(other.text) }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self { seen: self.seen.wrapping_sub(other.seen), text: self.text.wrapping_sub(other.text) }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) len: usize,
    pub(super) spans: [Span; LEAF],
    pub(super) parent: u32,
    /// The leaf after this one, or [`super::NO_NODE`].
    pub(super) next: u32,
    /// What the sums above do not know yet.
    pub(super) owed: Sums,
    /// Whether it is in [`super::Tree`]'s list of leaves that owe.
    pub(super) owes: bool,
}

impl Leaf {
    pub(super) fn spans(&self) -> &[Span] {
        &self.spans[..self.len]
    }

    pub(super) fn insert(&mut self, i: usize, span: Span) {
        self.spans.copy_within(i..self.len, i + 1);
        self.spans[i] = span;
        self.len += 1;
    }

    pub(super) fn sums(&self) -> Sums {
        self.spans().iter().fold(Sums::default(), |all, span| all.plus(Sums::of(span)))
    }

    /// Moves the second half to a new leaf, which is to be number `me`.
    pub(super) fn cut(&mut self, me: u32) -> Self {
        let half = LEAF / 2;
        let mut right = Self {
            len: self.len - half,
            spans: [Span::default(); LEAF],
            owed: Sums::default(),
            owes: false,
            ..*self
        };
        right.spans[..right.len].copy_from_slice(&self.spans[half..self.len]);
        self.len = half;
        self.next = me;
        right
    }
}

#[derive(Clone, Debug)]
pub(super) struct Inner {
    pub(super) len: usize,
    pub(super) kids: [u32; FAN],
    pub(super) seen: [u32; FAN],
    pub(super) text: [u32; FAN],
    /// The parent, or [`super::NO_NODE`].
    pub(super) parent: u32,
    /// Whether the children are leaves.
    pub(super) above_leaves: bool,
}

impl Inner {
    pub(super) fn new(above_leaves: bool) -> Self {
        Self { len: 0, kids: [0; FAN], seen: [0; FAN], text: [0; FAN], parent: super::NO_NODE, above_leaves }
    }

    pub(super) fn kids(&self) -> &[u32] {
        &self.kids[..self.len]
    }

    /// Which child `kid` is.
    #[inline]
    pub(super) fn index(&self, kid: u32) -> usize {
        self.kids().iter().position(|k| *k == kid).unwrap_or_default()
    }

    pub(super) fn sums(&self) -> Sums {
        Sums { seen: self.seen[..self.len].iter().sum(), text: self.text[..self.len].iter().sum() }
    }

    pub(super) fn add(&mut self, i: usize, sums: Sums) {
        self.seen[i] = self.seen[i].wrapping_add(sums.seen);
        self.text[i] = self.text[i].wrapping_add(sums.text);
    }

    pub(super) fn insert(&mut self, i: usize, kid: u32, sums: Sums) {
        let len = self.len;
        self.kids.copy_within(i..len, i + 1);
        self.seen.copy_within(i..len, i + 1);
        self.text.copy_within(i..len, i + 1);
        (self.kids[i], self.seen[i], self.text[i]) = (kid, sums.seen, sums.text);
        self.len += 1;
    }

    /// Moves the second half to a new node.
    pub(super) fn cut(&mut self) -> Self {
        let half = FAN / 2;
        let mut right = Self { len: self.len - half, ..Self::new(self.above_leaves) };
        right.parent = self.parent;
        right.kids[..right.len].copy_from_slice(&self.kids[half..self.len]);
        right.seen[..right.len].copy_from_slice(&self.seen[half..self.len]);
        right.text[..right.len].copy_from_slice(&self.text[half..self.len]);
        self.len = half;
        right
    }
}
