//! From a pattern's letters to the byte sets of a filter.

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
const LETTERS: usize = 4;
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

    /// The share of a text's bytes that are in the set, where the text is of the language that has most of them.
    fn share(self) -> f32 {
        if self == Self::ANY {
            return 1.0;
        }
        let sum: u32 = self.bytes().map(|byte| u32::from(SHARES[usize::from(byte)])).sum();
        (sum as f32 / 65_536.0).min(1.0)
    }
}

/// What may stand at the anchor and the bytes behind it, in one of the ways to write it.
type Row = [ByteSet; REACH + 1];

/// The ways to write one letter of the pattern.
#[derive(Clone, Debug, Default)]
pub(super) struct Letter {
    /// The usual way: as many elements at once as there are, in as few bytes as there are.
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

    fn anything() -> Self {
        Self { usual: [ByteSet::ANY; 4], len: 4, covers: 1, ..Self::default() }
    }

    /// Adds a way to write what the pattern has here, if it is one.
    fn add(&mut self, way: char, code_points: &[u32], distinct: Distinct) {
        let parts = Character::of(way).parts(distinct);
        let Some(covers) = covers(parts.as_slice(), code_points) else { return };
        let mut buffer = [0; 4];
        let bytes = way.encode_utf8(&mut buffer).as_bytes();
        let is_more_usual = (covers, self.len) > (self.covers, bytes.len());
        if is_more_usual {
            if self.covers > 0 {
                let mut sets = self.usual;
                sets[self.len..].fill(ByteSet::ANY);
                sets[0].bytes().for_each(|lead| add_other(&mut self.others, lead, sets));
            }
            (self.usual, self.len, self.covers) = ([ByteSet::default(); 4], bytes.len(), covers);
        }
        if (covers, bytes.len()) == (self.covers, self.len) {
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
    /// None if that letter cannot be an anchor.
    pub(super) fn new(letters: &[Letter], anchor: usize, distinct: Distinct) -> Option<Self> {
        let first = letters.get(anchor).filter(|letter| letter.is_anchor)?;
        let mut usual: Row = [ByteSet::ANY; REACH + 1];
        let mut rows = vec![usual];
        let (mut element, mut at) = (anchor, 0);
        for number in 0..LETTERS {
            let Some(letter) = letters.get(element).filter(|_| at <= REACH) else { break };
            if number > 0 {
                rows.push(unusual(&usual, at, letter, distinct));
            }
            for (set, usual) in usual[at..].iter_mut().zip(&letter.usual[..letter.len.min(4)]) {
                *set = *usual;
            }
            (element, at) = (element + letter.covers.max(1), at + letter.len.min(4));
        }
        rows[0] = usual;
        for (_, sets) in &first.others {
            let mut row = [ByteSet::ANY; REACH + 1];
            row[..4].copy_from_slice(sets);
            match rows.len() {
                ..ROWS => rows.push(row),
                // Rows that do not fit are added to the last one.
                _ => rows[ROWS - 1].iter_mut().zip(row).for_each(|(mine, new)| mine.extend(new)),
            }
        }
        Some(Self { anchor, rows, distances: Vec::new(), share: 1.0 }.with_distances())
    }

    /// Takes the distances that let fewest places pass, as long as one more saves more than it costs.
    fn with_distances(mut self) -> Self {
        let shares: Vec<[f32; REACH + 1]> = self.rows.iter().map(|row| row.map(ByteSet::share)).collect();
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

    pub(super) fn into_filter(self) -> Filter {
        let mut probes = [Probe::default(); DISTANCES];
        for (probe, distance) in probes.iter_mut().zip(&self.distances) {
            probe.distance = *distance;
            for (number, row) in self.rows.iter().enumerate() {
                for byte in row[*distance].bytes() {
                    probe.low[usize::from(byte & 15)] |= 1 << number;
                    probe.high[usize::from(byte >> 4)] |= 1 << number;
                }
            }
        }
        Filter { anchor: self.anchor, probes, len: self.distances.len() }
    }
}

/// A place that passes costs this much, a distance at each byte that much: nanoseconds, roughly.
const CANDIDATE: f32 = 30.0;
const PROBE: f32 = 0.02;

/// The row where something unusual stands at `at`, after letters in their usual writing.
fn unusual(usual: &Row, at: usize, letter: &Letter, distinct: Distinct) -> Row {
    let mut row = [ByteSet::ANY; REACH + 1];
    row[..at].copy_from_slice(&usual[..at]);
    let (mut first, mut second) = (ByteSet::default(), ByteSet::default());
    for (lead, sets) in &letter.others {
        first.insert(*lead);
        second.extend(sets[1]);
    }
    for (lead, seconds) in dropped_bytes(distinct) {
        first.insert(lead);
        second.0[2] |= seconds;
    }
    if letter.is_mark {
        (0x80..=0xFF).for_each(|lead| first.insert(lead));
        second = ByteSet::ANY;
    }
    row[at] = first;
    if let Some(place) = row.get_mut(at + 1) {
        *place = second;
    }
    row
}

/// How often each byte stands in 65,536 bytes of prose: the most that one of English, German, French, Russian, Latin,
/// Arabic, Hebrew, Hindi, Chinese, Japanese and Korean has. A guess at what is rare, nothing more.
#[rustfmt::skip]
static SHARES: [u16; 256] = [
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 647, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 11351,
    271, 282, 42, 1, 1, 1, 744, 14, 14, 1, 1, 1107, 339, 777, 1, 38, 126, 113, 75, 63, 138, 88, 75, 75, 101,
    94, 121, 1, 1, 1, 208, 1, 147, 178, 142, 182, 224, 126, 143, 207, 260, 60, 156, 114, 172, 95, 54, 88, 50,
    93, 336, 136, 61, 77, 253, 3, 33, 58, 2, 1, 2, 1, 1, 1, 4224, 754, 1859, 2678, 8850, 1005, 1445, 3188,
    5606, 152, 493, 2995, 2843, 5326, 3828, 1626, 699, 3656, 3984, 4379, 4401, 833, 1161, 323, 1076, 507, 1, 1,
    1, 1, 1, 2069, 4913, 3933, 4197, 3137, 1746, 1309, 880, 1596, 859, 1896, 992, 1027, 1620, 760, 901, 1671,
    1109, 503, 887, 2203, 3117, 774, 1080, 2320, 3356, 633, 957, 2019, 2604, 1449, 619, 1807, 641, 798, 927,
    17940, 3992, 732, 4201, 1715, 1153, 1597, 628, 992, 754, 648, 900, 2342, 1159, 1269, 746, 1080, 3708, 577,
    718, 3120, 900, 985, 1239, 1545, 1803, 3193, 1239, 1, 1, 433, 1637, 15, 30, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    20099, 10586, 1, 1, 1, 1, 15, 28754, 15658, 13162, 1, 1, 1, 1, 1, 1, 20567, 1, 518, 11396, 1759, 5715,
    4701, 3040, 3111, 2139, 2391, 5757, 8431, 2745, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
];
