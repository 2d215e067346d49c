//! Automata that count segments, derived from those that find them ([`Rules`]).
//!
//! A counter knows what the rules know and, besides, what the segment that is being read would add to the counts if
//! the text ended here; a held position that is not yet known to be a boundary is taken for one. Reading a character
//! changes the counts by the difference it makes to that. So a count may be taken back, but nothing is ever open at
//! the end of a text. States and characters that no text tells apart are merged.

use std::collections::HashMap;
use std::hash::Hash;

use anyhow::{Context as _, Result, ensure};

use super::super::automaton::Rules;
use super::super::source::Source;

/// A class of characters, as a counter sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbol<C> {
    pub(super) class: C,
    /// It makes its segment one that counts.
    pub(super) counts: bool,
    /// A segment of nothing else is counted a second time, in the second count.
    pub(super) alone_counts: bool,
}

/// The count and the second count of one segment, or what a character adds to those of the text.
type Counts = (i8, i8);

/// What was read of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Segment {
    counts: bool,
    alone_counts: bool,
}

impl Segment {
    fn of<C>(symbol: Symbol<C>) -> Self {
        Self { counts: symbol.counts, alone_counts: symbol.alone_counts }
    }

    fn join(self, next: Self) -> Self {
        Self { counts: self.counts || next.counts, alone_counts: false }
    }

    fn value(self) -> Counts {
        (i8::from(self.counts), i8::from(self.alone_counts))
    }
}

fn sum(values: impl IntoIterator<Item = Counts>) -> Counts {
    values.into_iter().fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
}

/// What was read of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State<S> {
    rules: S,
    /// The last segment, up to a held position.
    last: Segment,
    /// What stands behind the held position.
    held: Option<Segment>,
}

impl<S: Copy> State<S> {
    /// What the end of the text makes of what is open.
    fn value(&self) -> Counts {
        sum([self.last.value(), self.held.unwrap_or_default().value()])
    }

    fn step<R: Rules<State = S>>(self, symbol: Symbol<R::Class>) -> Result<(Self, Counts)> {
        let step = R::step(self.rules, symbol.class);
        let (mut closed, mut last, mut held) = ((0, 0), self.last, self.held);
        if let Some(behind) = held.take_if(|_| step.at_held) {
            closed = last.value();
            last = behind;
        } else if let Some(behind) = held.take_if(|_| step.hold || !R::holds(step.next)) {
            last = last.join(behind);
        }
        let new = Segment::of(symbol);
        match (&mut held, step.here, step.hold) {
            (Some(behind), false, _) => *behind = behind.join(new),
            (Some(_), true, _) => anyhow::bail!("a boundary behind a position that is held"),
            (None, true, _) => {
                closed = sum([closed, last.value()]);
                last = new;
            }
            (None, false, true) => held = Some(new),
            (None, false, false) => last = last.join(new),
        }
        let next = Self { rules: step.next, last, held };
        let (now, before) = (sum([closed, next.value()]), self.value());
        Ok((next, (now.0 - before.0, now.1 - before.1)))
    }
}

/// A finished counter.
pub(super) struct Counter {
    /// For each symbol, its column.
    columns: Vec<usize>,
    /// How many columns there are.
    width: usize,
    /// For each state and column: the next state and what is added to the counts.
    steps: Vec<(usize, Counts)>,
}

impl Counter {
    /// The counter of the segments of `R`, of texts of these symbols.
    pub(super) fn derive<R: Rules>(symbols: &[Symbol<R::Class>]) -> Result<Self> {
        let start = State { rules: R::START, last: Segment::default(), held: None };
        let mut numbers = HashMap::from([(start, 0)]);
        let mut states = vec![start];
        let mut steps = Vec::new();
        let mut at = 0;
        while let Some(state) = states.get(at).copied() {
            for symbol in symbols {
                let (next, counts) = state.step::<R>(*symbol)?;
                let number = *numbers.entry(next).or_insert_with(|| {
                    states.push(next);
                    states.len() - 1
                });
                steps.push((number, counts));
            }
            at += 1;
        }
        let columns = (0..symbols.len()).collect();
        Ok(Self { columns, width: symbols.len(), steps }.without_equal_states().without_equal_columns())
    }

    fn rows(&self) -> impl Iterator<Item = &[(usize, Counts)]> {
        self.steps.chunks(self.width)
    }

    /// Merges states that no text tells apart.
    fn without_equal_states(self) -> Self {
        let mut group = vec![0; self.steps.len() / self.width];
        loop {
            let keys = self.rows().zip(&group).map(|(row, own)| {
                let steps = row.iter().map(|(next, counts)| (group[*next], *counts));
                (*own, steps.collect::<Vec<_>>())
            });
            let (refined, _) = numbered(keys);
            if refined == group {
                break;
            }
            group = refined;
        }
        let (_, firsts) = numbered(group.iter());
        let rows = firsts.iter().flat_map(|state| &self.steps[state * self.width..][..self.width]);
        Self { steps: rows.map(|(next, counts)| (group[*next], *counts)).collect(), ..self }
    }

    /// Merges symbols that do the same in every state.
    fn without_equal_columns(self) -> Self {
        let columns = (0..self.width).map(|column| self.rows().map(|row| row[column]).collect::<Vec<_>>());
        let (columns, firsts) = numbered(columns);
        let steps = self.rows().flat_map(|row| firsts.iter().map(|column| row[*column])).collect();
        Self { columns, width: firsts.len(), steps }
    }

    /// The column of a symbol; symbols of one column are the same to every text.
    pub(super) fn column(&self, symbol: usize) -> usize {
        self.columns[symbol]
    }

    /// Adds the steps; `name` is `WORD` and the like.
    pub(super) fn write(&self, source: &mut Source, name: &str) -> Result<()> {
        let mut steps = Vec::new();
        for (next, counts) in &self.steps {
            let place = |count: i8| -> Result<u16> {
                ensure!((-1..=1).contains(&count), "counts out of range");
                Ok(u16::try_from(count + 1)?)
            };
            let row = u16::try_from(next * self.width)?.checked_mul(16).context("too many states")?;
            steps.push(row | place(counts.1)? << 2 | place(counts.0)?);
        }
        source.table(
            &format!(
                "{} rows of {} columns: the next row's start << 4 | (second count + 1) << 2 | (first count + 1).",
                self.rows().count(),
                self.width
            ),
            &format!("{name}_STEPS"),
            "u16",
            &steps,
        );
        Ok(())
    }
}

/// Numbers values in the order of their first use: the number of each, and where each number was used first.
fn numbered<T: Eq + Hash>(values: impl Iterator<Item = T>) -> (Vec<usize>, Vec<usize>) {
    let mut known = HashMap::new();
    let mut firsts = Vec::new();
    let number = |(at, value)| {
        *known.entry(value).or_insert_with(|| {
            firsts.push(at);
            firsts.len() - 1
        })
    };
    (values.enumerate().map(number).collect(), firsts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::automaton::tests::{boundaries, each_text};
    use crate::unicode::graphemes::Graphemes;
    use crate::unicode::properties::{Classes, Properties};
    use crate::unicode::sentences::Sentences;
    use crate::unicode::stats::{grapheme, sentence, word};
    use crate::unicode::ucd::Ucd;
    use crate::unicode::words::Words;

    fn counted(counter: &Counter, symbols: &[usize]) -> (i32, i32) {
        let mut state = 0;
        let mut total = (0, 0);
        for symbol in symbols {
            let (next, counts) = counter.steps[state * counter.width + counter.column(*symbol)];
            total = (total.0 + i32::from(counts.0), total.1 + i32::from(counts.1));
            state = next;
        }
        total
    }

    /// On all texts of up to `length` symbols, a counter says what its definition says of the segments that the
    /// boundary rules find.
    fn counts_what_the_rules_find<R: Rules>(symbols: &[Symbol<R::Class>], length: usize) {
        let counter = Counter::derive::<R>(symbols).unwrap();
        let alphabet: Vec<usize> = (0..symbols.len()).collect();
        each_text(&alphabet, length, |text| {
            let classes: Vec<R::Class> = text.iter().map(|symbol| symbols[*symbol].class).collect();
            let mut expected = (0, 0);
            let mut start = 0;
            let boundaries = boundaries::<R>(&classes).into_iter().chain([true]);
            for end in (1..).zip(boundaries).filter_map(|(end, boundary)| boundary.then_some(end)) {
                let segment = &text[start..end];
                expected.0 += i32::from(segment.iter().any(|symbol| symbols[*symbol].counts));
                expected.1 += i32::from(segment.len() == 1 && symbols[segment[0]].alone_counts);
                start = end;
            }
            assert_eq!(counted(&counter, text), expected, "{classes:?}");
        });
    }

    /// What the characters of Unicode look like to a counter, and, in shorter texts, what they might.
    fn counts_characters<R: Rules>(symbol: fn(&Properties) -> Symbol<R::Class>) {
        let classes = Classes::of(&Ucd::load().unwrap()).unwrap();
        let mut symbols: Vec<Symbol<R::Class>> = Vec::new();
        for symbol in classes.properties.iter().map(symbol) {
            if !symbols.contains(&symbol) {
                symbols.push(symbol);
            }
        }
        assert!(symbols.len() >= R::CLASSES.len());
        counts_what_the_rules_find::<R>(&symbols, 4);
        let ways = [(false, false), (true, false), (true, true)];
        let of = |class: &R::Class| {
            let class = *class;
            ways.map(|(counts, alone_counts)| Symbol { class, counts, alone_counts })
        };
        counts_what_the_rules_find::<R>(&R::CLASSES.iter().flat_map(of).collect::<Vec<_>>(), 3);
    }

    #[test]
    fn words_are_counted_where_the_rules_find_them() {
        counts_characters::<Words>(word);
    }

    #[test]
    fn sentences_are_counted_where_the_rules_find_them() {
        counts_characters::<Sentences>(sentence);
    }

    #[test]
    fn clusters_are_counted_where_the_rules_find_them() {
        counts_characters::<Graphemes>(grapheme);
    }
}
