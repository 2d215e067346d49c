//! The letters that a set of events concerns.

use std::collections::BTreeMap;
use std::ops::Range;

use smallvec::SmallVec;

use super::Edit;
use super::order::{Piece, find_places};
use super::undone::{Deed, Run, Undone, mark_undone};
use crate::graph::events::Events;
use crate::graph::merge::{Budget, Effect, Identity, MergeError, Source};
use crate::graph::version::Lv;

/// Letters of a set, in runs of which all that matters is the same, by the first insertion of the first one.
#[derive(Debug, Default)]
pub(super) struct Letters(BTreeMap<Lv, Letter>);

#[derive(Debug, Default)]
struct Letter {
    len: u32,
    chars: SmallVec<[Char; 2]>,
    deletions: SmallVec<[Deletion; 2]>,
}

/// The characters of a run of letters, or copies of them.
#[derive(Clone, Copy, Debug)]
struct Char {
    /// The insertion of the first one.
    event: Lv,
    /// The first one's position. If they are gone, where they come back to.
    at: u32,
    gone: bool,
    rank: u32,
}

/// A deletion of characters of a run of letters.
#[derive(Clone, Copy, Debug)]
struct Deletion {
    /// The event that deleted the first or the last one.
    event: Lv,
    /// The insertion of the first one.
    of: Lv,
}

/// Deletions of characters that stand for a run of letters.
#[derive(Clone, Debug)]
struct Hits {
    run: Run,
    events: Range<Lv>,
    backward: bool,
}

impl Hits {
    /// The deletions of the characters from `from` on, `len` of them.
    fn part(&self, from: u32, len: u32) -> Range<Lv> {
        let first = if self.backward { self.events.end - from - len } else { self.events.start + from };
        first..first + len
    }
}

/// What a walk knows of the letters of a set, before it is cut into runs of which all that matters is the same.
#[derive(Default)]
struct Found {
    /// The letters of the set.
    concerned: Events,
    /// Those that there are copies of.
    copied: Events,
    /// Everything, in the order of the text.
    pieces: Vec<Piece>,
    /// The deletions of the set's letters.
    hits: Vec<Hits>,
}

impl Letters {
    pub(super) fn find(
        identity: &Identity,
        set: &[Range<Lv>],
        undone: &Undone,
        budget: &mut Budget<'_>,
    ) -> Result<Self, MergeError> {
        let found = Found::new(identity, set, undone);
        budget.spend((found.pieces.len() + found.hits.len()) as u32)?;
        let cuts = found.cuts(&undone.edges(set));
        let mut pieces = Vec::with_capacity(found.pieces.len());
        for piece in &found.pieces {
            let letters = piece.run.as_ref().map(Run::letters).filter(|letters| found.matters(letters));
            let cuts = letters.map(|letters| parts(&cuts, letters));
            match cuts {
                Some(parts) => pieces.extend(parts.map(|(from, len)| piece.part(from, len))),
                None => pieces.push(piece.clone()),
            }
        }
        budget.spend(pieces.len() as u32)?;
        find_places(&mut pieces);
        let mut letters: BTreeMap<Lv, Letter> = BTreeMap::new();
        for piece in &pieces {
            let Some(run) = piece.run.as_ref().filter(|run| found.concerned.contains(run.letter)) else {
                continue;
            };
            let letter = letters.entry(run.letter).or_default();
            letter.len = piece.len;
            let at = if piece.gone { piece.place } else { piece.at };
            let (event, gone, rank) = (run.events.start, piece.gone, piece.rank);
            letter.chars.push(Char { event, at, gone, rank });
        }
        for hits in &found.hits {
            for (from, len) in parts(&cuts, hits.run.letters()) {
                let Some(letter) = letters.get_mut(&(hits.run.letter + from)) else { continue };
                let (event, of) = (hits.part(from, len).start, hits.run.events.start + from);
                letter.deletions.push(Deletion { event, of });
            }
        }
        Ok(Self(letters))
    }

    /// What is to be done so that those letters that the set concerns are there which belong into the text.
    pub(super) fn edits(&self, identity: &Identity, set: &[Range<Lv>], undone: &Undone) -> Vec<Edit> {
        let mut events = Events::default();
        for letter in self.0.values() {
            letter.events().for_each(|event| events.add(event..event + 1));
        }
        let undos = undone.concerning(&events, set, identity);
        let mut in_set = Events::default();
        set.iter().for_each(|range| in_set.add(range.clone()));
        let mut edits = Vec::new();
        let mut deeds: SmallVec<[Deed; 8]> = SmallVec::new();
        for (first, letter) in &self.0 {
            deeds.clear();
            deeds.extend(letter.events().map(|event| Deed { event, undone: in_set.contains(event) }));
            mark_undone(&mut deeds, &undos);
            let (of_chars, of_deletions) = deeds.split_at(letter.chars.len());
            let belongs = !of_chars.iter().any(|deed| deed.event == *first && deed.undone)
                && of_deletions.iter().all(|deed| deed.undone);
            let there = || letter.chars.iter().filter(|char| !char.gone);
            let newest = letter.deletions.iter().filter(|deletion| in_set.contains(deletion.event));
            let newest = newest.max_by_key(|deletion| deletion.event);
            if belongs
                && there().count() == 0
                && let Some(newest) = newest
            {
                let stood = letter.chars.iter().find(|char| char.event == newest.of);
                edits.extend(stood.map(|char| Edit {
                    at: char.at,
                    order: char.rank,
                    len: letter.len,
                    of: Some(*first),
                }));
            }
            if !belongs && letter.chars.iter().any(|char| in_set.contains(char.event)) {
                edits.extend(there().map(|char| Edit {
                    at: char.at,
                    order: u32::MAX,
                    len: letter.len,
                    of: None,
                }));
            }
        }
        edits
    }
}

impl Letter {
    /// Of the first letter, or, of some deletions, the last one.
    fn events(&self) -> impl Iterator<Item = Lv> + '_ {
        let deletions = self.deletions.iter().map(|deletion| deletion.event);
        self.chars.iter().map(|char| char.event).chain(deletions)
    }
}

impl Found {
    fn new(identity: &Identity, set: &[Range<Lv>], undone: &Undone) -> Self {
        let mut found = Self::default();
        for effect in set.iter().flat_map(|range| identity.effects(range.clone())) {
            if let Source::Inserted(events) = effect.chars {
                undone.letters(events).for_each(|run| found.concerned.add(run.letters()));
            }
        }
        for effect in identity.all_effects().filter(|effect| !effect.inserts) {
            found.add_hits(&effect, undone);
        }
        for passage in identity.passages() {
            let Source::Inserted(events) = passage.source.clone() else {
                found.pieces.push(Piece::new(&passage, 0, passage.source.len(), None));
                continue;
            };
            let first = events.start;
            for run in undone.letters(events) {
                if run.is_copy() {
                    found.copied.add(run.letters());
                }
                let len = run.events.end - run.events.start;
                found.pieces.push(Piece::new(&passage, run.events.start - first, len, Some(run)));
            }
        }
        found
    }

    fn add_hits(&mut self, effect: &Effect, undone: &Undone) {
        let Source::Inserted(insertions) = effect.chars.clone() else { return };
        let first = insertions.start;
        let whole = Hits {
            run: Run { events: insertions.clone(), letter: first },
            events: effect.events.clone(),
            backward: effect.backward,
        };
        for run in undone.letters(insertions) {
            if self.concerned.meets(&run.letters()) {
                let events = whole.part(run.events.start - first, run.events.end - run.events.start);
                self.hits.push(Hits { run, events, backward: effect.backward });
            }
        }
    }

    /// Whether it matters where letters are cut.
    fn matters(&self, letters: &Range<Lv>) -> bool {
        self.concerned.meets(letters) || self.copied.meets(letters)
    }

    /// The letters before which something that matters changes, ascending. `edges` are events at which it changes
    /// whether they are undone.
    fn cuts(&self, edges: &[Lv]) -> Vec<Lv> {
        let inside = |events: &Range<Lv>| {
            let from = edges.partition_point(|edge| *edge <= events.start);
            let to = edges.partition_point(|edge| *edge < events.end);
            edges[from..to.max(from)].iter().copied()
        };
        let mut cuts: Vec<Lv> = self.concerned.ranges().flat_map(|range| [range.start, range.end]).collect();
        let runs = self.pieces.iter().filter_map(|piece| piece.run.as_ref());
        for run in runs.filter(|run| self.matters(&run.letters())) {
            cuts.extend([run.letters().start, run.letters().end]);
            cuts.extend(inside(&run.events).map(|edge| run.letter + (edge - run.events.start)));
        }
        for Hits { run, events, backward } in &self.hits {
            cuts.extend([run.letters().start, run.letters().end]);
            let before = |edge: Lv| if *backward { events.end - edge } else { edge - events.start };
            cuts.extend(inside(events).map(|edge| run.letter + before(edge)));
        }
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }
}

/// The parts into which letters are cut: where each begins among them, and how many letters it has.
fn parts(cuts: &[Lv], letters: Range<Lv>) -> impl Iterator<Item = (u32, u32)> + '_ {
    let mut from = letters.start;
    let mut next = cuts.partition_point(|cut| *cut <= letters.start);
    std::iter::from_fn(move || {
        let end = cuts.get(next).map_or(letters.end, |cut| letters.end.min(*cut));
        let part = (from - letters.start, end - from);
        (from, next) = (end, next + 1);
        (part.1 > 0).then_some(part)
    })
}
