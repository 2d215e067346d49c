//! Undo and redo: a writer who can, pictures of what undo does, and random edits.

mod pictures;
mod random;

use std::ops::Range;

pub(super) use random::histories;

use super::replica::Replica;
use crate::graph::merge::{Budget, MergeError};
use crate::graph::undo::{Inverse, Undone, invert};
use crate::graph::version::Lv;

/// Something that was done, and can be taken back, and done again.
#[derive(Debug)]
struct Action {
    /// Its own events, and those of its redos.
    events: Vec<Range<Lv>>,
    /// The events of its last undo.
    undo: Range<Lv>,
    /// An undo of it that changed nothing.
    without_effect: Option<usize>,
    counts: bool,
}

/// A writer who can undo.
#[derive(Debug)]
struct Writer {
    replica: Replica,
    actions: Vec<Action>,
    /// Actions that were done, redone or taken back by choice, the last one last; and those that undo took back.
    past: Vec<usize>,
    future: Vec<usize>,
    undos: Vec<Option<Undo>>,
}

/// What was taken back, the first event that did, and how.
type Undo = (Vec<Range<Lv>>, Lv, Vec<Inverse>);

impl Writer {
    fn new(number: u64) -> Self {
        Self {
            replica: Replica::new(number),
            actions: Vec::new(),
            past: Vec::new(),
            future: Vec::new(),
            undos: Vec::new(),
        }
    }

    fn text(&self) -> String {
        self.replica.text.to_string()
    }

    fn end(&self) -> Lv {
        self.replica.history.log().end()
    }

    /// One action.
    fn act(&mut self, edits: impl Fn(&mut Replica)) {
        let first = self.end();
        edits(&mut self.replica);
        let events = first..self.end();
        self.past.push(self.actions.len());
        self.actions.push(Action { events: vec![events], undo: 0..0, without_effect: None, counts: true });
        self.future.clear();
    }

    fn types(&mut self, at: u32, text: &str) {
        self.act(|replica| replica.insert(at, text));
    }

    fn deletes(&mut self, at: u32, len: u32) {
        self.act(|replica| replica.delete(at, len, false));
    }

    fn undone(&self) -> Undone {
        let mut undone = Undone::default();
        self.undos.iter().flatten().for_each(|(set, first, inverses)| undone.note(set, *first, inverses));
        undone
    }

    fn inverses(&self, set: &[Range<Lv>]) -> Result<Vec<Inverse>, MergeError> {
        let (log, version) = (self.replica.history.log(), &self.replica.version);
        invert(log, version, set, &self.undone(), &mut Budget::default())
    }

    /// Takes an action back, or does it again.
    fn turn(&mut self, action: usize) {
        let acted = &mut self.actions[action];
        acted.counts ^= true;
        let set = if acted.counts { vec![acted.undo.clone()] } else { acted.events.clone() };
        if let Some(undo) = acted.without_effect.take_if(|_| acted.counts) {
            self.undos[undo] = None;
            return;
        }
        let inverses = self.inverses(&set).unwrap();
        let first = self.end();
        for inverse in &inverses {
            match inverse {
                Inverse::Delete { at, len } => self.replica.delete(*at, *len, false),
                Inverse::Insert { at, text, .. } => self.replica.insert(*at, text),
            }
        }
        let (end, acted) = (self.end(), &mut self.actions[action]);
        if acted.counts {
            acted.events.push(first..end);
        } else {
            acted.undo = first..end;
            acted.without_effect = inverses.is_empty().then_some(self.undos.len());
        }
        self.undos.push(Some((set, first, inverses)));
    }

    fn undo(&mut self) -> bool {
        let Some(action) = self.past.pop() else { return false };
        self.turn(action);
        self.future.push(action);
        true
    }

    fn redo(&mut self) -> bool {
        let Some(action) = self.future.pop() else { return false };
        self.turn(action);
        self.past.push(action);
        true
    }

    fn merge(&mut self, other: &Replica) {
        self.replica.receive(other, 0).unwrap();
        self.replica.merge_all();
    }
}
