//! Automata as tables: every state that can be reached, what each class of characters does in it.

use std::collections::HashMap;
use std::hash::Hash;

use anyhow::{Context as _, Result, ensure};

use super::super::source::Source;

/// What a step adds to the two counts of an automaton (the second is used by words only).
pub(super) type Counts = (i8, i8);

/// A finished automaton.
pub(super) struct Automaton {
    /// For each class byte, the column of its transitions.
    columns: Vec<u8>,
    /// For each ASCII character, its column.
    ascii: Vec<u8>,
    width: usize,
    /// For each state and column: the next state and the counts.
    steps: Vec<(usize, Counts)>,
    /// What ends with the text in each state.
    ends: Vec<u8>,
}

impl Automaton {
    /// Walks from `start` through every state that the symbols of characters lead to.
    ///
    /// `bytes` has a class byte for each code point and `symbol` tells what stands behind one: `None` for a code
    /// point, where it depends on the byte alone, and the character for ASCII, where quotes and line ends differ.
    pub(super) fn walk<S: Copy + Eq + Hash, C: Copy + Eq + Hash>(
        bytes: &[u8],
        symbol: impl Fn(u8, Option<u8>) -> C,
        start: S,
        step: impl Fn(S, C) -> (S, Counts),
        end: impl Fn(S) -> bool,
    ) -> Result<Self> {
        let mut symbols: Vec<C> = Vec::new();
        let mut column = |c: C| -> Result<u8> {
            let known = symbols.iter().position(|other| *other == c).unwrap_or_else(|| {
                symbols.push(c);
                symbols.len() - 1
            });
            Ok(u8::try_from(known)?)
        };
        let ascii: Vec<u8> =
            (0..128).map(|c| column(symbol(bytes[usize::from(c)], Some(c)))).collect::<Result<_>>()?;
        let mut columns = vec![0; 256];
        for byte in &bytes[128..] {
            columns[usize::from(*byte)] = column(symbol(*byte, None))?;
        }
        let mut numbers: HashMap<S, usize> = HashMap::from([(start, 0)]);
        let mut states = vec![start];
        let mut steps = Vec::new();
        let mut at = 0;
        while let Some(state) = states.get(at).copied() {
            for c in &symbols {
                let (next, counts) = step(state, *c);
                let number = *numbers.entry(next).or_insert_with(|| {
                    states.push(next);
                    states.len() - 1
                });
                ensure!((-1..=1).contains(&counts.0) && (-1..=1).contains(&counts.1), "counts out of range");
                steps.push((number, counts));
            }
            at += 1;
        }
        let ends = states.iter().map(|state| u8::from(end(*state))).collect();
        Ok(Self { columns, ascii, width: symbols.len(), steps, ends }.smallest())
    }

    /// Merges states that no text tells apart.
    fn smallest(self) -> Self {
        let mut group: Vec<usize> = self.ends.iter().map(|end| usize::from(*end)).collect();
        loop {
            let mut numbers = HashMap::new();
            let refined: Vec<usize> = (0..group.len())
                .map(|state| {
                    let row = &self.steps[state * self.width..][..self.width];
                    let key: Vec<_> = row.iter().map(|(next, counts)| (group[*next], *counts)).collect();
                    let next = numbers.len();
                    *numbers.entry((group[state], key)).or_insert(next)
                })
                .collect();
            if refined == group {
                break;
            }
            group = refined;
        }
        let count = group.iter().max().map_or(0, |last| last + 1);
        let chosen: Vec<usize> = (0..count).filter_map(|g| group.iter().position(|x| *x == g)).collect();
        let steps = chosen.iter().flat_map(|state| {
            self.steps[state * self.width..][..self.width]
                .iter()
                .map(|(next, counts)| (group[*next], *counts))
        });
        Self { steps: steps.collect(), ends: chosen.iter().map(|s| self.ends[*s]).collect(), ..self }
    }

    /// Adds the tables; `name` is `WORD` and the like, `bytes` the byte of each class of characters.
    pub(super) fn write(&self, source: &mut Source, name: &str, bytes: &[u8]) -> Result<()> {
        let columns: Vec<u8> = bytes.iter().map(|byte| self.columns[usize::from(*byte)]).collect();
        source.table("The column of each class.", &format!("{name}_COLUMNS"), "u8", &columns);
        source.table("The column of each ASCII character.", &format!("{name}_ASCII"), "u8", &self.ascii);
        // A row is padded to a power of two so that a state is the offset of its row.
        let width = self.width.next_power_of_two();
        let mut steps = Vec::new();
        for row in self.steps.chunks(self.width) {
            for index in 0..width {
                let (next, (first, second)) = row.get(index).copied().unwrap_or_default();
                let counts = ((first + 1) as u16) | (((second + 1) as u16) << 2);
                let offset = u16::try_from(next * width)?;
                let packed = u16::try_from(next).ok().and_then(|next| next.checked_mul(16));
                ensure!(offset < 1 << 15, "too many states");
                steps.push(packed.context("too many states")? | counts);
            }
        }
        source.constant("Columns a state.", &format!("{name}_WIDTH"), "usize", width);
        source.table(
            "For each state and column: the next state << 4 | (second count + 1) << 2 | (first count + 1).",
            &format!("{name}_STEPS"),
            "u16",
            &steps,
        );
        if self.ends.contains(&1) {
            source.table(
                "What the end of the text adds in each state.",
                &format!("{name}_ENDS"),
                "u8",
                &self.ends,
            );
        }
        Ok(())
    }
}
