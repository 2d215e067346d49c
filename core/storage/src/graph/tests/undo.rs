//! Undo and redo: pictures, and random edits against a list of letters that only remembers which actions count.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::replica::{Replica, Rng};
use crate::graph::log::NotLoaded;
use crate::graph::merge::{Budget, Identity, MergeError, Source};
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

/// A second writer with the text of the first.
fn reader(writer: &Writer, number: u64) -> Replica {
    let mut replica = Replica::new(number);
    replica.receive(&writer.replica, 0).unwrap();
    replica.merge_all();
    replica
}

#[test]
fn type_delete_undo_undo_leaves_nothing_behind() {
    let mut a = Writer::new(1);
    a.types(0, "hello");
    a.deletes(1, 3);
    assert_eq!(a.text(), "ho");
    a.undo();
    assert_eq!(a.text(), "hello");
    a.undo();
    assert_eq!(a.text(), "");
    a.redo();
    assert_eq!(a.text(), "hello");
    a.redo();
    assert_eq!(a.text(), "ho");
    a.undo();
    a.undo();
    assert_eq!(a.text(), "");
    assert!(!a.undo());
}

#[test]
fn letters_deleted_one_by_one_come_back_in_their_order() {
    for order in [[0, 0, 0], [2, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]] {
        let mut a = Writer::new(1);
        a.types(0, "[abc]");
        let mut texts = Vec::new();
        for at in order {
            texts.push(a.text());
            a.deletes(1 + at, 1);
        }
        for _ in 0..3 {
            while let Some(text) = texts.pop() {
                a.undo();
                assert_eq!(a.text(), text, "{order:?}");
            }
            for _ in order {
                texts.push(a.text());
                a.redo();
            }
            assert_eq!(a.text(), "[]");
        }
    }
}

#[test]
fn what_was_typed_beside_a_letter_that_came_back_stays_beside_it() {
    let mut a = Writer::new(1);
    a.types(0, "[ab]");
    a.deletes(1, 1);
    a.deletes(1, 1);
    a.undo();
    assert_eq!(a.text(), "[b]");
    a.types(2, "x"); // behind the copy of the b
    a.types(1, "y"); // before it
    a.turn(1); // the first deletion, not the last action
    assert_eq!(a.text(), "[yabx]");
    a.deletes(2, 2);
    a.undo();
    assert_eq!(a.text(), "[yabx]");
}

#[test]
fn an_undo_after_a_foreign_merge_takes_back_the_own_part_only() {
    let mut a = Writer::new(1);
    a.types(0, "the quick fox");
    let mut b = reader(&a, 2);
    a.types(10, "brown ");
    b.insert(0, "See ");
    b.insert(b.chars(), "!");
    a.merge(&b);
    assert_eq!(a.text(), "See the quick brown fox!");
    a.undo();
    assert_eq!(a.text(), "See the quick fox!");
    a.redo();
    assert_eq!(a.text(), "See the quick brown fox!");
    // The other one writes inside, and deletes a part.
    b.receive(&a.replica, 0).unwrap();
    b.merge_all();
    b.insert(17, "-ish");
    b.delete(14, 2, true);
    a.merge(&b);
    assert_eq!(a.text(), "See the quick o-ishwn fox!");
    a.undo();
    assert_eq!(a.text(), "See the quick -ishfox!");
    a.redo();
    assert_eq!(a.text(), "See the quick o-ishwn fox!", "what the other one deleted stays deleted");
}

#[test]
fn what_another_deleted_too_stays_deleted() {
    let mut a = Writer::new(1);
    a.types(0, "one two three");
    let mut b = reader(&a, 2);
    a.deletes(2, 6);
    b.delete(4, 4, false);
    a.merge(&b);
    assert_eq!(a.text(), "onthree");
    a.undo();
    assert_eq!(a.text(), "one three");
    a.redo();
    assert_eq!(a.text(), "onthree");
    // Rejecting the other one's deletion brings back what only that holds.
    a.undo();
    let foreign: Vec<_> = a
        .replica
        .history
        .log()
        .ids_in(0..a.end())
        .filter(|(_, id)| id.agent == b.agent)
        .map(|(run, _)| run)
        .collect();
    let inverses = a.inverses(&foreign).unwrap();
    assert!(matches!(&inverses[..], [Inverse::Insert { at: 4, text, .. }] if text == "two "));
}

#[test]
fn taking_back_an_older_action_leaves_the_later_ones() {
    let mut a = Writer::new(1);
    a.types(0, "aaaa");
    a.types(2, "bb");
    a.deletes(1, 2); // an a and a b
    assert_eq!(a.text(), "abaa");
    a.turn(0);
    assert_eq!(a.text(), "b");
    a.turn(2);
    assert_eq!(a.text(), "bb", "the a that it deleted is not there any more");
    a.turn(2);
    assert_eq!(a.text(), "b");
    a.turn(0);
    assert_eq!(a.text(), "abaa");
}

#[test]
fn deleted_text_that_is_older_than_the_log_has_to_be_loaded() {
    let mut a = Writer::new(1);
    a.types(0, "old text");
    a.types(8, " and more");
    a.deletes(0, 3);
    let log = a.replica.history.log();
    let ids: Vec<_> = log.ids_in(0..12).map(|(run, id)| (run.start, id, run.len() as u32)).collect();
    let mut late = crate::graph::log::Log::starting_at(12, &[11], &ids).unwrap();
    for from in [12, 17] {
        let mut burst = crate::graph::Burst::default();
        if from == 12 {
            burst.insert(12, " more", 5)
        } else {
            burst.delete(0, 3)
        }
        late.append(log.id(from).unwrap(), &[from - 1], &burst).unwrap();
    }
    let undone = Undone::default();
    let inverse = |log| {
        let set = std::slice::from_ref(&(17..20));
        invert(log, &a.replica.version, set, &undone, &mut Budget::default())
    };
    assert_eq!(inverse(&late), Err(MergeError::NotLoaded(NotLoaded { lv: 11 })));
    let back = Inverse::Insert { at: 0, text: "old".to_owned(), of: 0..3 };
    assert_eq!(inverse(log), Ok(vec![back]));
}

/// A letter of the model: what was first inserted by some event.
#[derive(Debug)]
struct Letter {
    char: char,
    inserted_by: usize,
    deleted_by: Vec<usize>,
}

fn model_text(letters: &[Letter], writer: &Writer) -> String {
    letters.iter().filter(|letter| is_there(letter, writer)).map(|letter| letter.char).collect()
}

fn is_there(letter: &Letter, writer: &Writer) -> bool {
    let counts = |action: &usize| writer.actions[*action].counts;
    counts(&letter.inserted_by) && !letter.deleted_by.iter().any(counts)
}

/// Index in the list of the n-th letter that is there.
fn index(letters: &[Letter], writer: &Writer, n: usize) -> usize {
    letters.iter().enumerate().filter(|(_, letter)| is_there(letter, writer)).nth(n).unwrap().0
}

/// An edit: position, characters that go there, text that comes.
type Splice = (usize, usize, String);

fn some_splice(chars: usize, rng: &mut Rng) -> Splice {
    if chars > 0 && rng.one_in(2) {
        let at = rng.below(chars);
        return (at, (1 + rng.below(4)).min(chars - at), String::new());
    }
    let text = (0..1 + rng.below(4)).map(|_| ['a', 'b', 'é', '文'][rng.below(4)]).collect();
    (rng.below(chars + 1), 0, text)
}

/// One action of one to three edits; what it is for the list of letters is up to `note`.
fn edit(writer: &mut Writer, rng: &mut Rng, mut note: impl FnMut(&Writer, usize, &Splice)) {
    let (action, first) = (writer.actions.len(), writer.end());
    writer.actions.push(Action { events: Vec::new(), undo: 0..0, without_effect: None, counts: true });
    for _ in 0..1 + rng.below(3) {
        let splice = some_splice(writer.replica.chars() as usize, rng);
        note(writer, action, &splice);
        let (at, len, text) = splice;
        if len > 0 {
            writer.replica.delete(at as u32, len as u32, rng.one_in(2));
        }
        writer.replica.insert(at as u32, &text);
    }
    let end = writer.end();
    writer.actions[action].events.push(first..end);
    writer.past.push(action);
    writer.future.clear();
}

fn note(letters: &mut Vec<Letter>, writer: &Writer, action: usize, (at, len, text): &Splice) {
    for _ in 0..*len {
        let i = index(letters, writer, *at); // what was deleted is not there any more: the next one is
        letters[i].deleted_by.push(action);
    }
    let i = if *at == 0 { 0 } else { index(letters, writer, at - 1) + 1 };
    let new = text.chars().map(|char| Letter { char, inserted_by: action, deleted_by: Vec::new() });
    letters.splice(i..i, new);
}

/// Takes back some action that counts; that can be taken back in turn, as the last thing done.
fn take_back_any(writer: &mut Writer, rng: &mut Rng) {
    let counting: Vec<usize> =
        writer.past.iter().copied().filter(|action| writer.actions[*action].counts).collect();
    if !counting.is_empty() {
        let action = counting[rng.below(counting.len())];
        writer.turn(action);
        writer.past.push(action);
        writer.future.clear();
    }
}

#[test]
fn alone_every_undo_gives_the_text_that_the_counting_actions_make() {
    for seed in 0..300 {
        let rng = &mut Rng::new(seed);
        let mut a = Writer::new(1);
        let mut letters = Vec::new();
        for step in 0..40 {
            match rng.below(6) {
                0 | 1 => drop(a.undo()),
                2 => drop(a.redo()),
                3 if seed % 2 == 1 && rng.one_in(2) => take_back_any(&mut a, rng),
                _ => edit(&mut a, rng, |a, action, splice| note(&mut letters, a, action, splice)),
            }
            assert_eq!(a.text(), model_text(&letters, &a), "seed {seed}, step {step}");
        }
        while a.undo() {
            assert_eq!(a.text(), model_text(&letters, &a), "seed {seed}, at the end");
        }
        assert!(seed % 2 == 1 || a.text().is_empty());
    }
}

/// Looks whether those letters are there, once each, whose insertion counts and whose deletions do not. What others did counts
/// always; but where they deleted a character that was gone here, and back as a copy, they missed the copy.
fn check_letters(writer: &Writer, seed: u64) {
    let log = writer.replica.history.log();
    let identity = Identity::of(log, &writer.replica.version, &mut Budget::default()).unwrap();
    let mut own_undos: Vec<Range<Lv>> = Vec::new();
    let mut letter_of: BTreeMap<Lv, Lv> = BTreeMap::new();
    for (_, first, inverses) in writer.undos.iter().flatten() {
        let mut next = *first;
        for inverse in inverses {
            if let Inverse::Insert { of, .. } = inverse {
                letter_of.extend((next..).zip(of.clone()));
            }
            next += inverse.events();
        }
        own_undos.push(*first..next);
    }
    let by_undo = |lv: &Lv| own_undos.iter().any(|range| range.contains(lv));
    let action =
        |lv: &Lv| writer.actions.iter().find(|action| action.events.iter().any(|range| range.contains(lv)));
    let counts = |lv: &Lv| action(lv).is_none_or(|action| action.counts);
    let letter = |lv: Lv| letter_of.get(&lv).copied().unwrap_or(lv);
    let (mut want, mut may_be, mut chars) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
    for (op, text) in log.ops(0..log.end()) {
        chars.extend((op.lv..).zip(text.chars()));
    }
    let events = |source: Source| match source {
        Source::Inserted(events) => events,
        Source::Older(_) => panic!("nothing is older"),
    };
    let effects: Vec<_> = identity.all_effects().collect();
    for effect in effects.iter().filter(|effect| effect.inserts) {
        want.extend(effect.events.clone().filter(|lv| !by_undo(lv) && counts(lv)));
    }
    may_be.clone_from(&want);
    for effect in effects.into_iter().filter(|effect| !effect.inserts) {
        let targets = events(effect.chars);
        let pairs: Vec<(Lv, Lv)> = if effect.backward {
            effect.events.rev().zip(targets).collect()
        } else {
            effect.events.zip(targets).collect()
        };
        for (deletion, target) in pairs {
            if !by_undo(&deletion) && counts(&deletion) {
                want.remove(&letter(target));
                if action(&deletion).is_some() {
                    may_be.remove(&letter(target));
                }
            }
        }
    }
    let there: Vec<Lv> = identity.blame().flat_map(|(_, events)| events).map(letter).collect();
    let once: BTreeSet<Lv> = there.iter().copied().collect();
    assert_eq!(once.len(), there.len(), "each once");
    assert!(once.is_superset(&want) && once.is_subset(&may_be), "seed {seed}: {want:?} {once:?} {may_be:?}");
    let missed = once.difference(&want).all(|letter| letter_of.values().any(|of| of == letter));
    assert!(missed, "seed {seed}: only copies are there which others would not have");
    let text: String = there.iter().map(|letter| chars[letter]).collect();
    assert_eq!(text, writer.text(), "a copy is the character that it is a copy of");
}

#[test]
fn among_others_every_undo_takes_back_what_nobody_else_holds() {
    for seed in 0..40 {
        let rng = &mut Rng::new(seed);
        let mut writers = [Writer::new(1), Writer::new(2)];
        for _ in 0..60 {
            let i = rng.below(2);
            let [writer, other] = writers.get_disjoint_mut([i, 1 - i]).unwrap();
            match rng.below(8) {
                0 | 1 => drop(writer.undo()),
                2 => drop(writer.redo()),
                3 if seed % 2 == 1 => take_back_any(writer, rng),
                4 => writer.merge(&other.replica),
                _ => edit(writer, rng, |_, _, _| ()),
            }
            check_letters(writer, seed);
        }
        let [a, b] = &mut writers;
        a.merge(&b.replica);
        b.merge(&a.replica);
        assert_eq!(a.text(), b.text());
        while a.undo() {
            check_letters(a, seed);
        }
    }
}
