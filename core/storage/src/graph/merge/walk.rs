//! Walking events: each is placed among the characters that its writer saw, and becomes an operation on the text.

use std::cmp::Ordering;
use std::ops::Range;

use super::MergeError;
use super::budget::Budget;
use super::sink::Sink;
use super::tree::{CharId, MAX_CHARS, NO_CHAR, Place};
use super::window::Window;
use crate::graph::burst::RunKind;
use crate::graph::log::{Log, Op};

/// The text that a walk produces: its sink and its length.
pub(super) struct Text<'a, S: Sink> {
    pub(super) sink: &'a mut S,
    pub(super) chars: u32,
    /// Whether operations go to the sink: not while events are walked that the text has already.
    pub(super) writes: bool,
}

impl<S: Sink> Text<'_, S> {
    pub(super) fn insert(&mut self, op: &Op, at: u32, text: &str) -> Result<(), MergeError> {
        if !self.writes {
            return Ok(());
        }
        let chars = self.chars.checked_add(op.len).filter(|chars| *chars <= MAX_CHARS);
        let chars = chars.ok_or(MergeError::TooLarge)?;
        // What never was stands behind the text: only an invalid event gets there.
        if at > self.chars {
            return Err(MergeError::Position { lv: op.lv });
        }
        self.chars = chars;
        self.sink.insert(at, text, op.len)
    }

    pub(super) fn delete(&mut self, op: &Op, at: u32, len: u32) -> Result<(), MergeError> {
        if !self.writes {
            return Ok(());
        }
        let chars = self.chars.checked_sub(len).filter(|chars| at <= *chars);
        self.chars = chars.ok_or(MergeError::Position { lv: op.lv })?;
        self.sink.delete(at, len)
    }

    /// Applies an operation whose writer saw exactly the present text.
    pub(super) fn apply(&mut self, op: &Op, text: &str) -> Result<(), MergeError> {
        let at = op.lowest().ok_or(MergeError::Position { lv: op.lv })?;
        match op.kind {
            RunKind::Insert => self.insert(op, at, text),
            RunKind::Delete | RunKind::DeleteBack => self.delete(op, at, op.len),
        }
    }
}

impl Window {
    /// Walks events whose writer's version the window shows.
    pub(super) fn walk<S: Sink>(
        &mut self,
        log: &Log,
        events: Range<u32>,
        first_op: usize,
        text: &mut Text<'_, S>,
        budget: &mut Budget<'_>,
    ) -> Result<(), MergeError> {
        for (op, inserted) in log.ops_from(first_op, events) {
            budget.spend(1)?;
            match op.kind {
                RunKind::Insert => self.insert(log, &op, inserted, text, budget)?,
                RunKind::Delete | RunKind::DeleteBack => self.delete(&op, text, budget)?,
            }
        }
        Ok(())
    }

    fn insert<S: Sink>(
        &mut self,
        log: &Log,
        op: &Op,
        inserted: &str,
        text: &mut Text<'_, S>,
        budget: &mut Budget<'_>,
    ) -> Result<(), MergeError> {
        // Right behind the character that the writer saw on the left.
        let (left, mut at, mut text_before) = match op.at.checked_sub(1) {
            None => (NO_CHAR, self.tree.first(), 0),
            Some(position) => {
                let found = self.tree.seek(position).ok_or(MergeError::Position { lv: op.lv })?;
                let span = *self.tree.span(found.place);
                let chars = found.offset + 1;
                let at =
                    if chars < span.len { self.tree.split(found.place, chars) } else { found.place.next() };
                let in_text = if span.gone() { 0 } else { chars };
                (span.id + found.offset, at, found.text_before + in_text)
            }
        };
        let first = self.tree.settle(at);
        let right = self.right_origin(first, budget)?;
        if let Some(first) = first.filter(|place| !self.tree.span(*place).exists()) {
            (at, text_before) =
                self.among_concurrent(log, op, left, right, first, (at, text_before), budget)?;
        }
        let id = self.tree.inserted();
        if op.len > MAX_CHARS - id {
            return Err(MergeError::TooLarge);
        }
        self.note_insert(op.lv, id, op.len);
        self.tree.insert(at, op.len, left, right);
        text.insert(op, text_before, inserted)
    }

    /// The first character from a place on that existed for the writer, deleted or not.
    fn right_origin(&self, mut place: Option<Place>, budget: &mut Budget<'_>) -> Result<CharId, MergeError> {
        while let Some(at) = place {
            let span = self.tree.span(at);
            if span.exists() {
                return Ok(span.id);
            }
            budget.spend(1)?;
            place = self.tree.settle(at.next());
        }
        Ok(NO_CHAR)
    }

    /// The place of an insertion among others at the same place that its writer did not see, the first of which is at
    /// `scan`; and the length of the text before it. FugueMax: by left origin, then by right origin, then by id.
    #[allow(clippy::too_many_arguments)] // the walk's state, and what is being placed
    fn among_concurrent(
        &self,
        log: &Log,
        op: &Op,
        left: CharId,
        right: CharId,
        scan: Place,
        (mut at, mut text_before): (Place, u32),
        budget: &mut Budget<'_>,
    ) -> Result<(Place, u32), MergeError> {
        let mut scan = Some(scan);
        let mut text_scanned = text_before;
        // Behind an insertion with a nearer right origin we may belong or not: what follows decides.
        let mut undecided = false;
        while let Some(place) = scan {
            let other = *self.tree.span(place);
            if other.exists() {
                break;
            }
            budget.spend(1)?;
            match self.order(other.left, left, Ordering::Less) {
                Ordering::Less => break,
                Ordering::Greater => {}
                Ordering::Equal if other.right == right => {
                    if log.id(op.lv)? < log.id(self.event_of(other.id))? {
                        break;
                    }
                    undecided = false;
                }
                Ordering::Equal => {
                    undecided = self.order(other.right, right, Ordering::Greater) == Ordering::Less;
                }
            }
            text_scanned += other.text_len();
            let next = place.next();
            if !undecided {
                (at, text_before) = (next, text_scanned);
            }
            scan = self.tree.settle(next);
        }
        Ok((at, text_before))
    }

    /// The order of two characters; `edge` is that of no character against any.
    fn order(&self, a: CharId, b: CharId, edge: Ordering) -> Ordering {
        match (a == NO_CHAR, b == NO_CHAR) {
            (true, true) => Ordering::Equal,
            (true, false) => edge,
            (false, true) => edge.reverse(),
            (false, false) => self.tree.order(a, b),
        }
    }

    fn delete<S: Sink>(
        &mut self,
        op: &Op,
        text: &mut Text<'_, S>,
        budget: &mut Budget<'_>,
    ) -> Result<(), MergeError> {
        let invalid = MergeError::Position { lv: op.lv };
        let at = op.lowest().ok_or(invalid)?;
        let backward = op.kind == RunKind::DeleteBack;
        let (mut left, mut effects) = (op.len, 0);
        while left > 0 {
            budget.spend(1)?;
            let found = self.tree.seek(at).ok_or(invalid)?;
            let mut text_before = found.text_before;
            let place = self.tree.split_before(found.place, found.offset);
            let place = self.tree.split_behind(place, left);
            let span = *self.tree.span(place);
            self.tree.delete(place);
            self.note(span.id, span.len, backward);
            effects += 1;
            left -= span.len;
            // Others may have deleted it already.
            if !span.gone() {
                text_before += found.offset;
                text.delete(op, text_before, span.len)?;
            }
        }
        if backward && effects > 1 {
            self.reverse_last(effects);
        }
        Ok(())
    }
}
