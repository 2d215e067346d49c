//! Automata of boundary rules: a state's meaning is written by hand, its number and table row are found here.
//!
//! An automaton reads one class a character. Where a rule looks ahead, the automaton *holds* a position: it has read
//! the character there and cannot yet say whether a boundary stands before it; a later character (or the end of the
//! text, which always makes it one) settles that.
//!
//! Each rule of Unicode Annex #29 is stated once, in the [`Rules`] of words, sentences and graphemes. The tables that
//! find boundaries are written here; `stats` derives those that count.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use anyhow::{Result, ensure};

use super::source::Source;

/// What reading one character tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step<S> {
    pub(crate) next: S,
    /// A boundary stands right before this character.
    pub(crate) here: bool,
    /// A boundary stands at the position that was held.
    pub(crate) at_held: bool,
    /// From now on the position before this character is held.
    pub(crate) hold: bool,
}

impl<S> Step<S> {
    /// No boundary.
    pub(crate) fn join(next: S) -> Self {
        Self { next, here: false, at_held: false, hold: false }
    }

    /// A boundary before this character.
    pub(crate) fn split(next: S) -> Self {
        Self { here: true, ..Self::join(next) }
    }

    /// Nothing can be said before more is read.
    pub(crate) fn hold(next: S) -> Self {
        Self { hold: true, ..Self::join(next) }
    }

    /// The same, and the held position is a boundary.
    pub(crate) fn settled(self) -> Self {
        Self { at_held: true, ..self }
    }
}

/// The rules of one kind of segment.
pub(crate) trait Rules {
    type State: Copy + Eq + Hash + Debug;
    type Class: Copy + Eq + Debug + 'static;

    /// All classes; a class's number is its place here.
    const CLASSES: &'static [Self::Class];
    /// The state at the start of a text and after any boundary.
    const START: Self::State;

    fn step(state: Self::State, class: Self::Class) -> Step<Self::State>;

    /// Whether `state` holds a position.
    fn holds(state: Self::State) -> bool;
}

/// The reachable states of some rules, numbered; state 0 is the start.
pub(crate) struct Automaton<R: Rules> {
    states: Vec<R::State>,
    /// By state, then by class: the number of the next state, and the step.
    steps: Vec<Vec<(usize, Step<R::State>)>>,
}

impl<R: Rules> Automaton<R> {
    pub(crate) fn explore() -> Self {
        let mut states = vec![R::START];
        let mut numbers = HashMap::from([(R::START, 0)]);
        let mut steps = Vec::new();
        while let Some(state) = states.get(steps.len()).copied() {
            let row = R::CLASSES.iter().map(|class| {
                let step = R::step(state, *class);
                let number = *numbers.entry(step.next).or_insert_with(|| {
                    states.push(step.next);
                    states.len() - 1
                });
                (number, step)
            });
            steps.push(row.collect());
        }
        Self { states, steps }
    }

    /// For each class, the classes (as bits) behind which a boundary stands before it whatever comes earlier.
    fn certain(&self) -> Vec<u32> {
        let classes = 0..R::CLASSES.len();
        let behind = |first: usize| self.steps.iter().map(move |row| row[first].0);
        let splits = |first, second: usize| behind(first).all(|state| self.steps[state][second].1.here);
        let bits =
            |second| classes.clone().filter(|first| splits(*first, second)).map(|first| 1 << first).sum();
        classes.clone().map(bits).collect()
    }

    /// Writes the tables, their names behind `prefix`.
    pub(crate) fn write(&self, source: &mut Source, prefix: &str) -> Result<()> {
        ensure!(R::CLASSES.len() <= ROW, "a row of the table has {ROW} places");
        let mut transitions = Vec::new();
        for row in &self.steps {
            let entry = |(number, step): &(usize, Step<R::State>)| -> Result<u16> {
                let flags = u16::from(step.here) | u16::from(step.at_held) << 1 | u16::from(step.hold) << 2;
                Ok(u16::try_from(number * ROW)? << 3 | flags)
            };
            for place in 0..ROW {
                transitions.push(row.get(place).map_or(Ok(0), entry)?);
            }
        }
        ensure!(transitions.len() << 3 <= 1 << 16, "an entry has 13 bits for the next row");
        let holding = self.states.iter().map(|state| u8::from(R::holds(*state))).collect::<Vec<_>>();
        source.table(
            &format!("{} states, a row of 32 classes each: next row, then the flags.", self.states.len()),
            &format!("{prefix}_TRANSITIONS"),
            "u16",
            &transitions,
        );
        source.table(
            "For each state 1 if it holds a position.",
            &format!("{prefix}_HOLDING"),
            "u8",
            &holding,
        );
        source.table(
            "For each class the classes, as bits, behind which it always starts a segment.",
            &format!("{prefix}_CERTAIN"),
            "u32",
            &self.certain(),
        );
        Ok(())
    }
}

/// The places of a row, a power of two.
const ROW: usize = 32;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Where the boundaries are in a text of these classes, both ends left out.
    pub(crate) fn boundaries<R: Rules>(classes: &[R::Class]) -> Vec<bool> {
        let mut found = vec![false; classes.len()];
        let (mut state, mut held) = (R::START, None);
        for (at, class) in classes.iter().enumerate() {
            let step = R::step(state, *class);
            found[at] |= step.here;
            if step.at_held {
                found[held.expect("a position is held")] = true;
            }
            held = if step.hold { Some(at) } else { held };
            state = step.next;
        }
        if R::holds(state) {
            found[held.expect("a position is held")] = true;
        }
        found.drain(..found.len().min(1));
        found
    }

    /// On all texts of up to `length` classes: what lies before a boundary never matters behind it, so that every
    /// boundary is a place to start from.
    pub(crate) fn starts_afresh_at_every_boundary<R: Rules>(classes: &[R::Class], length: usize) {
        each_text(classes, length, |text| {
            assert_eq!(boundaries::<R>(text), boundaries_from_each_other::<R>(text), "{text:?}");
        });
    }

    /// Visits all texts of one to `length` characters of `alphabet`.
    pub(crate) fn each_text<C: Copy>(alphabet: &[C], length: usize, mut visit: impl FnMut(&[C])) {
        let mut text = Vec::new();
        let mut places = vec![0];
        while let Some(place) = places.last_mut() {
            let Some(character) = alphabet.get(*place) else {
                places.pop();
                text.pop();
                continue;
            };
            *place += 1;
            text.push(*character);
            visit(&text);
            if text.len() < length {
                places.push(0);
            } else {
                text.pop();
            }
        }
    }

    fn boundaries_from_each_other<R: Rules>(text: &[R::Class]) -> Vec<bool> {
        let mut found = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let inner = boundaries::<R>(&text[start..]);
            let len = inner.iter().position(|boundary| *boundary).map_or(text.len() - start, |at| at + 1);
            found.extend((1..len).map(|_| false));
            start += len;
            found.extend((start < text.len()).then_some(true));
        }
        found
    }

    #[test]
    fn states_are_numbered_from_the_start_in_the_order_in_which_they_are_reached() {
        struct Parity;
        impl Rules for Parity {
            type State = bool;
            type Class = char;
            const CLASSES: &'static [char] = &['a', 'b'];
            const START: bool = false;
            fn step(odd: bool, class: char) -> Step<bool> {
                match class {
                    'a' if odd => Step::join(false),
                    'a' => Step::split(true),
                    _ => Step::split(false),
                }
            }
            fn holds(_: bool) -> bool {
                false
            }
        }
        let automaton = Automaton::<Parity>::explore();
        assert_eq!(automaton.states, [false, true]);
        assert_eq!(automaton.certain(), [0b10, 0b11]);
        let mut source = Source::new("");
        automaton.write(&mut source, "PARITY").unwrap();
        assert!(source.text().contains("PARITY_TRANSITIONS: [u16; 64] = [\n257,1,0,"));
        assert_eq!(boundaries::<Parity>(&['a', 'a', 'a', 'b']), [false, true, true]);
        starts_afresh_at_every_boundary::<Parity>(Parity::CLASSES, 6);
    }
}
