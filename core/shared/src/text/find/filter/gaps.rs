//! The rows for what may stand between two letters of a pattern: whatever folds to nothing, and marks in another order.

use super::REACH;
use super::bytes::{ByteSet, Halves};
use super::rows::{ANYTHING, Row};
use crate::text::fold::table::{Beginning, Distinct, dropped, marks};

/// Rows where such a character stands at `at`, after letters in their usual writing: exact ones for the scripts that
/// `usual` is of, so that letters do not pass for points, and a few for all others.
pub(super) fn rows(usual: &Row, at: usize, is_mark: bool, distinct: Distinct, script: &Script) -> Vec<Row> {
    let mut groups: Vec<(Group, [ByteSet; 3])> = Vec::new();
    let marks = marks().filter(|_| is_mark);
    for beginning in dropped(distinct).chain(marks) {
        for high in 0..4 {
            let ends = beginning.ends >> (16 * high) & 0xFFFF;
            if ends == 0 {
                continue;
            }
            let group = script.group(beginning, high);
            let number = groups.iter().position(|(other, _)| *other == group).unwrap_or_else(|| {
                groups.push((group, Default::default()));
                groups.len() - 1
            });
            let [lead, second, third] = &mut groups[number].1;
            lead.insert(beginning.lead);
            let (ending, behind) = match beginning.second {
                Some(byte) => {
                    second.insert(byte);
                    (third, None)
                }
                None => (second, Some(third)),
            };
            (0..16).filter(|low| ends >> low & 1 != 0).for_each(|low| ending.insert(0x80 | high << 4 | low));
            behind.into_iter().for_each(|behind| *behind = ByteSet::ANY);
        }
    }
    let row = |(_, sets): (Group, [ByteSet; 3])| {
        let mut row = ANYTHING;
        row[..at].copy_from_slice(&usual[..at]);
        row[at..=REACH].iter_mut().zip(sets).for_each(|(place, set)| *place = Halves::of(set));
        row
    };
    groups.into_iter().map(row).collect()
}

/// Characters that share a row: first byte, second, and the high half of the next where these tell letters from points.
type Group = (u8, u8, u8);

/// The first bytes of a pattern's letters: up to two.
#[derive(Default)]
pub(super) struct Script(Vec<[u8; 2]>);

impl Script {
    pub(super) fn insert(&mut self, letter: &[u8]) {
        let start = match letter {
            [lead, _] => [*lead, 0],
            [lead, second, ..] => [*lead, *second],
            _ => return,
        };
        if !self.0.contains(&start) {
            self.0.push(start);
        }
    }

    fn group(&self, beginning: Beginning, high: u8) -> Group {
        // Scripts have one to four neighbouring blocks of 64 characters.
        let (lead, second) = (beginning.lead, beginning.second.unwrap_or(0));
        let is_near = |start: &&[u8; 2]| start[0] ^ lead <= 1 && (start[1] == 0) == (second == 0);
        let mut near = self.0.iter().filter(is_near).peekable();
        if near.peek().is_none() {
            // No lead of the scripts has the halves of two of these.
            return (lead >> 4, 0, 0);
        }
        if near.any(|start| start[1] ^ second <= 1) { (lead, second, high) } else { (lead, second >> 4, 0) }
    }
}
