//! Random edits and undos against a list of letters that only remembers which actions count.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::super::replica::Rng;
use super::{Action, Writer};
use crate::graph::merge::{Budget, Identity, Source};
use crate::graph::undo::Inverse;
use crate::graph::version::Lv;

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

/// One writer alone: every text is the one that the counting actions make.
fn history_alone(seed: u64) {
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

/// Two writers who both undo: each letter is there or not as what its writer takes back and the other does has it.
fn history_among_others(seed: u64) {
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

pub(in super::super) fn histories(seeds: Range<u64>) {
    for seed in seeds {
        history_alone(seed);
        history_among_others(seed);
    }
}

#[test]
fn every_undo_takes_back_what_nobody_else_holds_and_nothing_else() {
    (100..300).for_each(history_alone);
    histories(0..40);
}
