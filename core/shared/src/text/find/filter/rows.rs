//! From a pattern's letters to the byte sets of a filter.

use super::shares::SHARES;
use super::{ANCHORS, DISTANCES, Filter, Probe, REACH};
use crate::text::find::pattern::stands_alone;
use crate::text::fold::table::{
    Character, Distinct, Part, dropped_bytes, folding_to, folding_to_several, syllables,
};

/// How far ahead a mark of the pattern is looked for that a character brings too early.
const MARKS: usize = 32;
/// A bit for each row in the tables.
const ROWS: usize = 8;
/// How many letters from the anchor on are spelled out.
const LETTERS: usize = 3;
/// Elements that the spellings of all anchors may reach: a letter of Hangul is three.
const ELEMENTS: usize = ANCHORS + 3 * LETTERS;

/// Bytes that may stand at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ByteSet([u64; 4]);

impl ByteSet {
    const ANY: Self = Self([u64::MAX; 4]);

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn extend(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, others)| *mine |= others);
    }

    fn bytes(self) -> impl Iterator<Item = u8> {
        (0..4_u8).flat_map(move |part| {
            let mut bits = self.0[usize::from(part)];
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros() as u8)?;
                bits &= bits - 1;
                Some(part << 6 | bit)
            })
        })
    }
}

/// A set of bytes as the tables can hold it: every pair of one of these low halves and one of these high halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Halves {
    low: u16,
    high: u16,
}

impl Halves {
    const ANY: Self = Self { low: u16::MAX, high: u16::MAX };

    fn of(set: ByteSet) -> Self {
        set.bytes().fold(Self { low: 0, high: 0 }, |halves, byte| Self {
            low: halves.low | 1 << (byte & 15),
            high: halves.high | 1 << (byte >> 4),
        })
    }

    fn with(self, other: Self) -> Self {
        Self { low: self.low | other.low, high: self.high | other.high }
    }

    /// The share of a text's bytes that are in the set.
    fn share(self, shares: &[u16; 256]) -> f32 {
        if self == Self::ANY {
            return 1.0;
        }
        let mut sum = 0;
        for high in bits(self.high) {
            sum += bits(self.low).map(|low| u32::from(shares[high << 4 | low])).sum::<u32>();
        }
        sum as f32 / 65_536.0
    }
}

fn bits(mut mask: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(bit)
    })
}

/// What may stand at the anchor and the bytes behind it, in one of the ways to write it.
type Row = [Halves; REACH + 1];
const ANYTHING: Row = [Halves::ANY; REACH + 1];

fn both(a: &Row, b: &Row) -> Row {
    std::array::from_fn(|at| a[at].with(b[at]))
}

/// The ways to write one letter of the pattern.
#[derive(Clone, Debug, Default)]
pub(super) struct Letter {
    /// The usual way: as many elements at once as there are, in as few bytes as there are, without other diacritics.
    usual: [ByteSet; 4],
    len: usize,
    covers: usize,
    /// The other ways, by first byte.
    others: Vec<(u8, [ByteSet; 4])>,
    /// Whether it begins a character whatever stands before it.
    is_anchor: bool,
    /// Whether it is a mark, which may stand behind others that come after it in canonical order.
    is_mark: bool,
}

impl Letter {
    /// The letters of a pattern as far as a filter looks. Empty if the pattern's start depends on what stands before.
    pub(super) fn all(code_points: &[u32], distinct: Distinct) -> Vec<Self> {
        let seen = code_points.len().min(ELEMENTS);
        let mut letters: Vec<Letter> =
            (0..seen).map(|at| Letter::new(&code_points[at..], distinct)).collect();
        if letters.first().is_none_or(|letter| !letter.is_anchor) {
            return Vec::new();
        }
        // A character that folds to several letters may begin before an anchor and hold it.
        for character in folding_to_several() {
            let parts = Character::of(character).parts(distinct);
            for pair in parts.as_slice().windows(2) {
                for at in 1..letters.len().min(ANCHORS) {
                    let before = pair[0].class() != 0 || pair[0].code_point() == code_points[at - 1];
                    if before && pair[1].code_point() == code_points[at] {
                        letters[at].is_anchor = false;
                    }
                }
            }
        }
        letters
    }

    /// The shares of bytes in texts of the language that has most of these letters.
    pub(super) fn shares(letters: &[Letter]) -> &'static [u16; 256] {
        let likely = |shares: &[u16; 256]| -> f32 {
            let firsts =
                letters.iter().map(|letter| Halves::of(letter.usual[0]).share(shares) + f32::EPSILON);
            firsts.map(f32::ln).sum()
        };
        let [first, others @ ..] = &SHARES;
        let better = |(best, most), shares| {
            let likely = likely(shares);
            if likely > most { (shares, likely) } else { (best, most) }
        };
        others.iter().fold((first, likely(first)), better).0
    }

    fn new(code_points: &[u32], distinct: Distinct) -> Self {
        let mut letter = Self { len: usize::MAX, ..Self::default() };
        let Some(own) = code_points.first().and_then(|first| char::from_u32(*first)) else {
            return Self::anything();
        };
        let known = Character::of(own);
        let everything = Distinct { case: true, diacritics: true };
        let part = known.parts(everything).as_slice().first().copied().unwrap_or_default();
        letter.is_mark = part.class() != 0;
        letter.is_anchor = stands_alone(part) && !known.is_modifier() && !known.is_regional();
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
    /// byte, else those of two bytes and the others.
    fn other_rows(&self, usual: &Row, at: usize) -> Vec<Row> {
        let kind = |lead: u8| if at == 0 { lead } else { u8::from((0x80..0xE0).contains(&lead)) };
        let mut rows: Vec<(u8, Row)> = Vec::new();
        for (lead, sets) in &self.others {
            let mut row = ANYTHING;
            row[..at].copy_from_slice(&usual[..at]);
            row[at..].iter_mut().zip(sets).for_each(|(place, set)| *place = Halves::of(*set));
            match rows.iter_mut().find(|(other, _)| *other == kind(*lead)) {
                Some((_, other)) => *other = both(other, &row),
                None => rows.push((kind(*lead), row)),
            }
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn anything() -> Self {
        Self { usual: [ByteSet::ANY; 4], len: 4, covers: 1, ..Self::default() }
    }

    /// Adds a way to write what the pattern has here, if it is one.
    fn add(&mut self, way: char, code_points: &[u32], distinct: Distinct) {
        let parts = Character::of(way).parts(distinct);
        let Some(covers) = covers(parts.as_slice(), code_points) else { return };
        let mut buffer = [0; 4];
        let bytes = way.encode_utf8(&mut buffer).as_bytes();
        let with_diacritics = Character::of(way).parts(Distinct { case: false, diacritics: true });
        let is_bare =
            with_diacritics.as_slice().iter().zip(code_points).all(|(part, here)| part.code_point() == *here);
        let is_more_usual = self.covers == 0 || is_bare && (covers, self.len) > (self.covers, bytes.len());
        if is_more_usual {
            if self.covers > 0 {
                let mut sets = self.usual;
                sets[self.len..].fill(ByteSet::ANY);
                sets[0].bytes().for_each(|lead| add_other(&mut self.others, lead, sets));
            }
            (self.usual, self.len, self.covers) = ([ByteSet::default(); 4], bytes.len(), covers);
        }
        if is_more_usual || is_bare && (covers, bytes.len()) == (self.covers, self.len) {
            self.usual.iter_mut().zip(bytes).for_each(|(set, byte)| set.insert(*byte));
        } else {
            let mut sets = [ByteSet::ANY; 4];
            for (set, byte) in sets.iter_mut().zip(bytes) {
                *set = ByteSet::default();
                set.insert(*byte);
            }
            add_other(&mut self.others, bytes[0], sets);
        }
    }
}

fn add_other(others: &mut Vec<(u8, [ByteSet; 4])>, lead: u8, sets: [ByteSet; 4]) {
    let mut own = sets;
    own[0] = ByteSet::default();
    own[0].insert(lead);
    match others.iter_mut().find(|(other, _)| *other == lead) {
        Some((_, others)) => others.iter_mut().zip(own).for_each(|(mine, new)| mine.extend(new)),
        None => others.push((lead, own)),
    }
}

/// How many elements a character with these parts writes at once where the pattern has `code_points`; none if it
/// cannot stand there. Marks may stand in another order, and then it counts as the letter alone.
fn covers(parts: &[Part], code_points: &[u32]) -> Option<usize> {
    if parts.first()?.code_point() != *code_points.first()? {
        return None;
    }
    let same = parts.iter().zip(code_points).take_while(|(part, other)| part.code_point() == **other).count();
    if same == parts.len() {
        return Some(same);
    }
    let mark = parts[same];
    let comes = code_points[1..].iter().take(MARKS).any(|other| *other == mark.code_point());
    (mark.class() != 0 && comes).then_some(1)
}

/// The ways to write the pattern from one anchor on.
pub(super) struct Rows {
    anchor: usize,
    rows: Vec<Row>,
    /// The most telling distances, and the share of places that pass.
    distances: Vec<usize>,
    share: f32,
}

impl Rows {
    /// None if that letter cannot be an anchor. `shares` are those of the bytes in the texts to be searched.
    pub(super) fn new(
        letters: &[Letter],
        anchor: usize,
        distinct: Distinct,
        shares: &[u16; 256],
    ) -> Option<Self> {
        letters.get(anchor).filter(|letter| letter.is_anchor)?;
        let mut usual = ANYTHING;
        let mut rows = vec![usual];
        let (mut element, mut at) = (anchor, 0);
        for _ in 0..LETTERS {
            let Some(letter) = letters.get(element).filter(|_| at <= REACH) else { break };
            rows.extend(letter.other_rows(&usual, at));
            if at > 0 {
                rows.extend(dropped_rows(&usual, at, letter.is_mark, distinct));
            }
            for (set, usual) in usual[at..].iter_mut().zip(&letter.usual[..letter.len.min(4)]) {
                *set = Halves::of(*usual);
            }
            (element, at) = (element + letter.covers.max(1), at + letter.len.min(4));
        }
        rows[0] = usual;
        Some(Self { anchor, rows, distances: Vec::new(), share: 1.0 }.with_distances(shares))
    }

    /// Takes the distances that let fewest places pass, as long as one more saves more than it costs.
    fn with_distances(mut self, shares: &[u16; 256]) -> Self {
        let shares: Vec<[f32; REACH + 1]> =
            self.rows.iter().map(|row| row.map(|set| set.share(shares))).collect();
        let mut passing = vec![1.0_f32; shares.len()];
        while self.distances.len() < DISTANCES {
            let with = |distance: usize| -> f32 {
                shares.iter().zip(&passing).map(|(row, passing)| row[distance] * passing).sum()
            };
            let others = (0..=REACH).filter(|distance| !self.distances.contains(distance));
            let Some(best) = others.min_by(|a, b| with(*a).total_cmp(&with(*b))) else { break };
            if !self.distances.is_empty() && (self.share - with(best)) * CANDIDATE < PROBE {
                break;
            }
            self.share = with(best);
            passing.iter_mut().zip(&shares).for_each(|(passing, row)| *passing *= row[best]);
            self.distances.push(best);
        }
        self
    }

    /// What searching with these rows costs for each byte of a text, in nanoseconds.
    pub(super) fn cost(&self) -> f32 {
        self.share * CANDIDATE * (1.0 + self.anchor as f32 * 0.05) + self.distances.len() as f32 * PROBE
    }

    /// The tables of these rows; where there are too many, those are put together that let fewest places more pass.
    pub(super) fn into_filter(mut self, shares: &[u16; 256]) -> Filter {
        let share = |row: &Row, distances: &[usize]| -> f32 {
            distances.iter().map(|distance| row[*distance].share(shares)).product()
        };
        while self.rows.len() > ROWS {
            let own: Vec<f32> = self.rows.iter().map(|row| share(row, &self.distances)).collect();
            let mut best = (f32::INFINITY, 0, 1);
            for b in 1..self.rows.len() {
                for a in 0..b {
                    let more = share(&both(&self.rows[a], &self.rows[b]), &self.distances) - own[a] - own[b];
                    if more < best.0 {
                        best = (more, a, b);
                    }
                }
            }
            let gone = self.rows.swap_remove(best.2);
            self.rows[best.1] = both(&self.rows[best.1], &gone);
        }
        let mut probes = [Probe::default(); DISTANCES];
        for (probe, distance) in probes.iter_mut().zip(&self.distances) {
            probe.distance = *distance;
            for (number, row) in self.rows.iter().enumerate() {
                bits(row[*distance].low).for_each(|half| probe.low[half] |= 1 << number);
                bits(row[*distance].high).for_each(|half| probe.high[half] |= 1 << number);
            }
        }
        Filter { anchor: self.anchor, probes, len: self.distances.len() }
    }
}

/// A place that passes costs this much, a distance at each byte that much: nanoseconds, roughly.
const CANDIDATE: f32 = 30.0;
const PROBE: f32 = 0.02;

/// The rows where something that folds to nothing stands at `at`, after letters in their usual writing. Two, since the
/// first bytes of both together would have the halves of many others.
fn dropped_rows(usual: &Row, at: usize, is_mark: bool, distinct: Distinct) -> [Row; 2] {
    let (mut short, mut long) = (ByteSet::default(), ByteSet::default());
    if is_mark {
        // Marks in another order may stand before a mark of the pattern.
        (0x80..0xE0).for_each(|lead| short.insert(lead));
        (0xE0..=0xFF).for_each(|lead| long.insert(lead));
    }
    for (lead, _) in dropped_bytes(distinct) {
        if lead < 0xE0 { short.insert(lead) } else { long.insert(lead) }
    }
    [short, long].map(|leads| {
        let mut row = ANYTHING;
        row[..at].copy_from_slice(&usual[..at]);
        row[at] = Halves::of(leads);
        row
    })
}
