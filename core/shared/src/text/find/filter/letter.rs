//! All the ways to write one letter of a pattern.

use super::bytes::{ByteSet, Halves};
use super::rows::{ANYTHING, Row, both};
use crate::text::find::pattern::stands_alone;
use crate::text::fold::table::{Character, Distinct, Part, folding_to, folding_to_several, syllables};

/// How far ahead a mark of the pattern is looked for that a character brings too early.
const MARKS: usize = 32;

/// The ways to write one letter of the pattern.
#[derive(Clone, Debug, Default)]
pub(super) struct Letter {
    /// The usual way: as many elements at once as there are, in as few bytes as there are, without other diacritics.
    pub(super) usual: [ByteSet; 4],
    pub(super) len: usize,
    pub(super) covers: usize,
    /// The other ways, by first byte.
    others: Vec<Other>,
    /// Whether it is a mark, which may stand behind others that come after it in canonical order.
    pub(super) is_mark: bool,
}

impl Letter {
    pub(super) fn new(code_points: &[u32], distinct: Distinct) -> Self {
        let mut letter = Self { len: usize::MAX, ..Self::default() };
        let Some(own) = code_points.first().and_then(|first| char::from_u32(*first)) else {
            return Self::anything();
        };
        let known = Character::of(own);
        letter.is_mark = first_part(known).class() != 0;
        let small = known.parts(Distinct::default()).as_slice().first().map(|part| part.code_point());
        let small = small.and_then(char::from_u32).unwrap_or(own);
        letter.add(own, code_points, distinct);
        if small != own {
            letter.add(small, code_points, distinct);
        }
        folding_to(u32::from(small))
            .filter(|way| *way != own)
            .for_each(|way| letter.add(way, code_points, distinct));
        syllables(code_points).for_each(|way| letter.add(way, code_points, distinct));
        if letter.covers == 0 { Self::anything() } else { letter }
    }

    /// The rows of its unusual ways at `at`, after letters in their usual writing: for the anchor one for each first
    /// byte, with its length if the letter behind it is the pattern's next; else those of two bytes and the others.
    pub(super) fn other_rows(&self, usual: &Row, at: usize) -> Vec<(Row, Option<usize>)> {
        let kind = |lead: u8| if at == 0 { lead } else { u8::from((0x80..0xE0).contains(&lead)) };
        let mut rows: Vec<(u8, Row, Option<usize>)> = Vec::new();
        for other in &self.others {
            let mut row = ANYTHING;
            row[..at].copy_from_slice(&usual[..at]);
            row[at..].iter_mut().zip(&other.sets).for_each(|(place, set)| *place = Halves::of(*set));
            let kind = kind(other.lead);
            match rows.iter_mut().find(|(lead, ..)| *lead == kind) {
                Some((_, others, _)) => *others = both(others, &row),
                None => {
                    let len = char_len(other.lead);
                    rows.push((kind, row, Some(len).filter(|_| other.covers == Some(self.covers))));
                }
            }
        }
        rows.into_iter().map(|(_, row, len)| (row, len)).collect()
    }

    pub(super) fn other_leads(&self) -> ByteSet {
        let mut leads = ByteSet::default();
        self.others.iter().for_each(|other| leads.insert(other.lead));
        leads
    }

    fn anything() -> Self {
        Self { usual: [ByteSet::ANY; 4], len: 4, covers: 1, ..Self::default() }
    }

    /// Adds a way to write what the pattern has here, if it is one.
    fn add(&mut self, way: char, code_points: &[u32], distinct: Distinct) {
        let parts = Character::of(way).parts(distinct);
        let Some((covers, is_early)) = covers(parts.as_slice(), code_points) else { return };
        let mut buffer = [0; 4];
        let bytes = way.encode_utf8(&mut buffer).as_bytes();
        let is_bare = || {
            let with_diacritics = Character::of(way).parts(Distinct { case: false, diacritics: true });
            let parts = with_diacritics.as_slice().iter();
            // Ligatures fold to letters, but are not made of them.
            let made_of = Character::of(way).parts(Distinct { case: true, diacritics: true });
            made_of.as_slice().len() == covers
                && parts.zip(code_points).all(|(part, here)| part.code_point() == *here)
        };
        let is_more_usual = self.covers == 0 || (covers, self.len) > (self.covers, bytes.len()) && is_bare();
        if is_more_usual {
            if self.covers > 0 {
                let mut sets = self.usual;
                sets[self.len..].fill(ByteSet::ANY);
                let covers = Some(self.covers);
                sets[0].bytes().for_each(|lead| add_other(&mut self.others, Other { lead, sets, covers }));
            }
            (self.usual, self.len, self.covers) = ([ByteSet::default(); 4], bytes.len(), covers);
        }
        if is_more_usual || (covers, bytes.len()) == (self.covers, self.len) && is_bare() {
            self.usual.iter_mut().zip(bytes).for_each(|(set, byte)| set.insert(*byte));
        } else {
            let mut sets = [ByteSet::ANY; 4];
            for (set, byte) in sets.iter_mut().zip(bytes) {
                *set = ByteSet::default();
                set.insert(*byte);
            }
            let covers = Some(covers).filter(|_| !is_early);
            add_other(&mut self.others, Other { lead: bytes[0], sets, covers });
        }
    }
}

/// Whether a letter of the pattern begins a character whatever stands before it.
pub(super) fn is_anchor(code_points: &[u32], at: usize, distinct: Distinct) -> bool {
    let Some(own) = code_points.get(at).and_then(|own| char::from_u32(*own)) else { return false };
    let known = Character::of(own);
    if !stands_alone(first_part(known)) || known.is_modifier() || known.is_regional() {
        return false;
    }
    let Some(before) = at.checked_sub(1).map(|before| code_points[before]) else { return true };
    // A mark that folds to a letter (U+0345) may stand before the marks that its order puts it behind.
    let is_mark = |character: char| first_part(Character::of(character)).class() != 0;
    if char::from_u32(before).is_some_and(is_mark) && folding_to(u32::from(own)).any(is_mark) {
        return false;
    }
    // A character that folds to several letters may begin before it and hold it.
    let holds = |pair: &[Part]| {
        let begins = pair[0].class() != 0 || pair[0].code_point() == before;
        begins && pair[1].code_point() == code_points[at]
    };
    !folding_to_several()
        .any(|several| Character::of(several).parts(distinct).as_slice().windows(2).any(holds))
}

fn first_part(known: Character) -> Part {
    known.parts(Distinct { case: true, diacritics: true }).as_slice().first().copied().unwrap_or_default()
}

/// Unusual ways to write a letter with the same first byte.
#[derive(Clone, Debug)]
struct Other {
    lead: u8,
    sets: [ByteSet; 4],
    /// How many elements each of them covers, if they are as many and all in the pattern's order.
    covers: Option<usize>,
}

fn add_other(others: &mut Vec<Other>, mut way: Other) {
    way.sets[0] = ByteSet::default();
    way.sets[0].insert(way.lead);
    match others.iter_mut().find(|other| other.lead == way.lead) {
        Some(other) => {
            other.sets.iter_mut().zip(way.sets).for_each(|(mine, new)| mine.extend(new));
            other.covers = other.covers.filter(|_| other.covers == way.covers);
        }
        None => others.push(way),
    }
}

/// The length of a character with this first byte.
fn char_len(lead: u8) -> usize {
    match lead {
        ..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    }
}

/// How many elements a character with these parts writes at once where the pattern has `code_points`; none if it
/// cannot stand there. Marks may stand in another order, and then it counts as the letter alone and is early.
fn covers(parts: &[Part], code_points: &[u32]) -> Option<(usize, bool)> {
    if parts.first()?.code_point() != *code_points.first()? {
        return None;
    }
    let same = parts.iter().zip(code_points).take_while(|(part, other)| part.code_point() == **other).count();
    if same == parts.len() {
        return Some((same, false));
    }
    let mark = parts[same];
    let comes = code_points[1..].iter().take(MARKS).any(|other| *other == mark.code_point());
    (mark.class() != 0 && comes).then_some((1, true))
}
