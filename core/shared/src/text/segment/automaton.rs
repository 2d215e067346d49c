//! The boundary rules of Unicode Annex #29 as automata, whose tables `cargo xtask unicode-tables` explores.
//!
//! An automaton reads one character class after the other. Each step tells whether a boundary stands right before the
//! character. Where a rule looks ahead, the automaton *holds* the position before a character: a later step, or the
//! end of the text, tells whether a boundary stands there. What comes before a boundary never matters behind it, so
//! that any boundary is a place to start from ([`State::START`]).
//!
//! The iterators beside this file read these tables; the automata of the scalar counters in `stats` are derived from
//! the same rules.

use super::tables;
use crate::text::unicode::Properties;

/// One kind of segment: its automaton.
pub(crate) trait Rules {
    /// By state and class, [`Step`]s.
    const TRANSITIONS: &'static [u16];
    /// For each state whether it holds a position.
    const HOLDING: &'static [u8];
    /// For each class, the classes behind which it starts a segment whatever comes before, as bits.
    const CERTAIN: &'static [u32];

    /// Which class a character has for this automaton.
    fn class(properties: Properties) -> usize;

    /// The step that reading a character of `class` in `state` makes.
    #[inline]
    fn step(state: State, class: usize) -> Step {
        Step(Self::TRANSITIONS[usize::from(state.0) + class])
    }

    /// Whether `state` holds a position, at which a boundary stands if the text ends here.
    #[inline]
    fn holds(state: State) -> bool {
        Self::HOLDING[usize::from(state.0) / CLASSES] != 0
    }

    /// Whether a boundary stands between characters of these classes whatever comes before.
    fn is_certain(before: usize, after: usize) -> bool {
        Self::CERTAIN[after] >> before & 1 != 0
    }
}

/// The places of a table row.
const CLASSES: usize = 32;

/// What an automaton has read: the start of its table row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State(u16);

impl State {
    /// The start of a text, and every boundary.
    pub(crate) const START: Self = Self(0);
}

/// What reading one character tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step(u16);

impl Step {
    /// The state behind the character.
    #[inline]
    pub(crate) fn next(self) -> State {
        State(self.0 >> 3)
    }

    /// Whether a boundary stands right before the character.
    #[inline]
    pub(crate) fn here(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether a boundary stands at the held position.
    #[inline]
    pub(crate) fn at_held(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether the position before the character is held from now on.
    #[inline]
    pub(crate) fn hold(self) -> bool {
        self.0 & 4 != 0
    }
}

/// Words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WordRules;

impl Rules for WordRules {
    const TRANSITIONS: &'static [u16] = &tables::WORD_TRANSITIONS;
    const HOLDING: &'static [u8] = &tables::WORD_HOLDING;
    const CERTAIN: &'static [u32] = &tables::WORD_CERTAIN;

    #[inline]
    fn class(properties: Properties) -> usize {
        properties.word_class()
    }
}

/// Sentences.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentenceRules;

impl Rules for SentenceRules {
    const TRANSITIONS: &'static [u16] = &tables::SENTENCE_TRANSITIONS;
    const HOLDING: &'static [u8] = &tables::SENTENCE_HOLDING;
    const CERTAIN: &'static [u32] = &tables::SENTENCE_CERTAIN;

    #[inline]
    fn class(properties: Properties) -> usize {
        properties.sentence_class()
    }
}

/// Extended grapheme clusters; their automaton never holds a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GraphemeRules;

impl Rules for GraphemeRules {
    const TRANSITIONS: &'static [u16] = &tables::GRAPHEME_TRANSITIONS;
    const HOLDING: &'static [u8] = &tables::GRAPHEME_HOLDING;
    const CERTAIN: &'static [u32] = &tables::GRAPHEME_CERTAIN;

    #[inline]
    fn class(properties: Properties) -> usize {
        properties.grapheme_class()
    }
}
