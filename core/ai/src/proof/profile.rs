//! What a text does, in counts.

use std::collections::BTreeMap;

use super::Paragraph;
use super::marks::{Mark, marks};
use super::spacing::{Gap, gaps};
use super::spelling::Spellings;

/// A way is the rule of a text from so many times on that it is taken.
const LEAST: u64 = 10;
/// Another way is a slip when the rule is kept so many times as often.
const TIMES: u64 = 10;

/// What a text does, in counts: how it quotes, dashes and spells. Additive over paragraphs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    marks: [u64; Mark::COUNT],
    gaps: [u64; Gap::COUNT],
    /// How often each spelling of a pair stands: pairs that occur not at all are not listed.
    spellings: BTreeMap<u16, [u64; 2]>,
}

impl Profile {
    /// Adds what another part of the text does.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, u64::saturating_add);
    }

    /// Takes away what was added for a part that is gone.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, u64::saturating_sub);
    }

    fn combine(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        for (count, other) in self.marks.iter_mut().zip(other.marks) {
            *count = with(*count, other);
        }
        for (count, other) in self.gaps.iter_mut().zip(other.gaps) {
            *count = with(*count, other);
        }
        for (pair, others) in &other.spellings {
            let counts = self.spellings.entry(*pair).or_default();
            *counts = [with(counts[0], others[0]), with(counts[1], others[1])];
        }
        self.spellings.retain(|_, counts| *counts != [0, 0]);
    }

    pub(super) fn count_marks(&mut self, paragraph: &Paragraph<'_>) {
        marks(paragraph, |mark, _| self.marks[mark as usize] += 1);
        gaps(paragraph, |gap, _| self.gaps[gap as usize] += 1);
    }

    pub(super) fn count_spellings(&mut self, paragraph: &Paragraph<'_>, spellings: &Spellings) {
        for (pair, which, _) in spellings.occurrences(paragraph) {
            self.spellings.entry(pair).or_default()[usize::from(which)] += 1;
        }
    }

    /// How often each of these marks stands.
    fn marks(&self, mark: Mark) -> u64 {
        self.marks.get(mark as usize).copied().unwrap_or_default()
    }

    /// The mark of a group that is the rule, when `mark` is a slip beside it.
    pub(super) fn rule_beside(&self, mark: Mark, group: &[Mark]) -> Option<Mark> {
        let rule = group.iter().copied().max_by_key(|mark| self.marks(*mark))?;
        (rule != mark && is_rule(self.marks(rule), self.marks(mark))).then_some(rule)
    }

    /// Whether `rule` is what this text does where it might do `slip`.
    pub(super) fn prefers(&self, rule: Gap, slip: Gap) -> bool {
        is_rule(self.gaps[rule as usize], self.gaps[slip as usize])
    }

    /// Whether this text does `first` more often than `second`.
    pub(super) fn has_more(&self, first: Gap, second: Gap) -> bool {
        self.gaps[first as usize] > self.gaps[second as usize]
    }

    pub(super) fn spelling(&self, pair: u16) -> [u64; 2] {
        self.spellings.get(&pair).copied().unwrap_or_default()
    }
}

fn is_rule(rule: u64, slip: u64) -> bool {
    rule >= LEAST && rule >= slip.saturating_mul(TIMES)
}
