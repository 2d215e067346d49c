//! Which event inserted each character of a version, and which deleted it.
//!
//! A merge forgets characters as soon as histories stop to fork. This walk does not: it keeps everything from a base on
//! that all walked events descend from, the empty text or a later version. Of the text at a later base it knows places
//! only.

use std::ops::Range;

use super::plan::Plan;
use super::tree::{BASE, CharId, NO_CHAR, Span};
use super::walk::Text;
use super::window::{Done, Window};
use super::{Budget, MAX_TEXT_CHARS, MergeError, Walk};
use crate::graph::log::Log;
use crate::graph::version::{Frontier, Lv};

/// The characters of a version and what events did to them.
#[derive(Debug)]
pub(crate) struct Identity {
    window: Window,
}

/// Where characters that stand in a row come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// These events inserted them.
    Inserted(Range<Lv>),
    /// They are from the text at the base, where these were their positions.
    Older(Range<u32>),
}

/// Characters that stand in a row, all there or all deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) source: Source,
    /// Position of the first one; of deleted ones how many stand before them.
    pub(crate) at: u32,
    pub(crate) gone: bool,
    /// The first one's number in this walk; the others' follow it.
    pub(crate) number: u32,
    /// The number of the character that the first one was typed after, if it was not at the start.
    pub(crate) typed_after: Option<u32>,
}

/// Events and the characters that they inserted or deleted, one each. Others may have deleted the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    pub(crate) events: Range<Lv>,
    pub(crate) inserts: bool,
    pub(crate) chars: Source,
    /// The first event deleted the last character.
    pub(crate) backward: bool,
}

impl Source {
    pub(crate) fn len(&self) -> u32 {
        match self {
            Self::Inserted(range) | Self::Older(range) => range.end - range.start,
        }
    }
}

impl Identity {
    /// Walks the version with heads `to` from nothing.
    pub(crate) fn of(log: &Log, to: &[Lv], budget: &mut Budget<'_>) -> Result<Self, MergeError> {
        Self::beyond(log, Frontier::root(), &log.diff(&[], to)?.only_b, budget)
    }

    /// Walks `events`, ascending ranges, all of which descend from all of `base`, and nothing is between: what
    /// [`Log::base`] finds.
    pub(crate) fn beyond(
        log: &Log,
        base: Frontier,
        events: &[Range<Lv>],
        budget: &mut Budget<'_>,
    ) -> Result<Self, MergeError> {
        let plan = Plan::new(log, &[], events, budget)?;
        // The events are in the log, so they are valid, and the text may be taken to be longer than it was.
        let chars = if base.is_empty() { 0 } else { MAX_TEXT_CHARS };
        let mut window = Window::default();
        window.reset(base, chars)?;
        let numbers = vec![0; plan.pieces.len()];
        let mut walk = Walk { log, plan: &plan, numbers, window: &mut window, walked: 0 };
        let mut text = Text { sink: &mut (), chars, writes: false };
        for i in &plan.order {
            walk.piece(*i, &mut text, budget)?;
        }
        window.index();
        Ok(Self { window })
    }

    /// All characters that any of the events saw, in the order of the text. Behind the end of the text there is more that
    /// is said to be older, and never was, if the base is not the empty text.
    pub(crate) fn passages(&self) -> impl Iterator<Item = Passage> + '_ {
        let mut at = 0;
        self.window.tree.spans().flat_map(move |span: &Span| {
            let before = at;
            at += span.text_len();
            let (gone, id, left) = (span.gone(), span.id, span.left);
            self.sources(id..id + span.len).map(move |(skipped, source)| {
                let at = if gone { before } else { before + skipped };
                let number = id + skipped;
                let left = if skipped == 0 { left } else { number - 1 };
                Passage { source, at, gone, number, typed_after: (left != NO_CHAR).then_some(left) }
            })
        })
    }

    /// Where characters come from: how many are before them, and those.
    fn sources(&self, chars: Range<CharId>) -> impl Iterator<Item = (u32, Source)> + '_ {
        let mut from = chars.start;
        std::iter::from_fn(move || {
            let skipped = from - chars.start;
            (from < chars.end).then(|| {
                let source = if from >= BASE {
                    Source::Older(from - BASE..chars.end - BASE)
                } else {
                    Source::Inserted(self.window.events_of(from..chars.end))
                };
                from += source.len();
                (skipped, source)
            })
        })
    }

    /// The visible text in order: positions, and the events that inserted the characters there. Text from the base is left
    /// out.
    pub(crate) fn blame(&self) -> impl Iterator<Item = (u32, Range<Lv>)> + '_ {
        self.passages().filter(|passage| !passage.gone).filter_map(|passage| match passage.source {
            Source::Inserted(events) => Some((passage.at, events)),
            Source::Older(_) => None,
        })
    }

    /// Whether an event was walked.
    pub(crate) fn knows(&self, event: Lv) -> bool {
        self.window.char_of(event).is_some()
    }

    /// The position of the character that an event inserted, and whether it is gone. `None` if the event inserted none, or is
    /// not among the walked ones. O(log).
    pub(crate) fn find(&self, insertion: Lv) -> Option<(u32, bool)> {
        let char = self.window.char_of(insertion)?;
        let inserted = char < BASE && self.window.event_of(char) == insertion;
        inserted.then(|| self.window.tree.position_of(char))
    }

    /// What the events of a range did, of those that were walked, in their order. O(log) and O(1) for each.
    pub(crate) fn effects(&self, events: Range<Lv>) -> impl Iterator<Item = Effect> + '_ {
        self.window.done(events).flat_map(|done| self.effects_of(done))
    }

    /// What all events did, in the order of their numbers.
    pub(crate) fn all_effects(&self) -> impl Iterator<Item = Effect> + '_ {
        self.effects(0..Lv::MAX)
    }

    fn effects_of(&self, done: Done) -> impl Iterator<Item = Effect> + '_ {
        let Done { events, char, backward } = done;
        let len = events.end - events.start;
        let inserts = char < BASE && self.window.event_of(char) == events.start;
        self.sources(char..char + len).map(move |(skipped, chars)| {
            let first = events.start + if backward { len - skipped - chars.len() } else { skipped };
            Effect { events: first..first + chars.len(), inserts, chars, backward }
        })
    }
}
