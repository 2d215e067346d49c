//! From a pattern's letters to the byte sets of a filter.

use super::bytes::{ByteSet, Halves, Language, bits};
use super::gaps::{self, Script};
use super::letter::{Letter, is_anchor};
use super::{DISTANCES, Filter, Probe, REACH};
use crate::text::fold::table::{Distinct, compose, syllables};

/// Letters of the pattern that may be the anchor: finding the start behind a later one would cost too much.
const ANCHORS: usize = 8;
/// A bit for each row in the tables.
const ROWS: usize = 8;
/// How many letters from the anchor on are spelled out.
const LETTERS: usize = 3;
/// Guesses at shares go astray, and one distance alone has nothing to make up for it.
const LEAST: usize = 2;

/// What may stand at the anchor and the bytes behind it, in one of the ways to write it.
pub(super) type Row = [Halves; REACH + 1];
pub(super) const ANYTHING: Row = [Halves::ANY; REACH + 1];

pub(super) fn both(a: &Row, b: &Row) -> Row {
    std::array::from_fn(|at| a[at].with(b[at]))
}

/// The character that writes most of the letters at the start of `code_points`, and how many these are.
fn character(code_points: &[u32]) -> Option<(char, usize)> {
    if let Some((at, syllable)) = syllables(code_points).enumerate().last() {
        return Some((syllable, at + 2));
    }
    let mut letters = code_points.iter().map_while(|letter| char::from_u32(*letter));
    let mut whole = (letters.next()?, 1);
    for letter in letters {
        let Some(composed) = compose(whole.0, letter) else { break };
        whole = (composed, whole.1 + 1);
    }
    Some(whole)
}

/// The filter whose anchor's letters, in their usual writing, are the rarest in the texts of their language.
pub(super) fn filter(code_points: &[u32], distinct: Distinct) -> Option<Filter> {
    if !is_anchor(code_points, 0, distinct) {
        return None;
    }
    let mut usual: Vec<([u8; 4], usize)> = Vec::new();
    let mut script = Script::default();
    let mut places: Vec<Option<usize>> = Vec::new();
    let mut at = 0;
    while at < code_points.len() && usual.len() < ANCHORS + LETTERS {
        let (whole, covers) = character(&code_points[at..])?;
        let mut bytes = [0; 4];
        let len = whole.encode_utf8(&mut bytes).len();
        script.insert(&bytes[..len]);
        places.resize(at, None);
        places.push(Some(usual.len()));
        usual.push((bytes, len));
        at += covers;
    }
    let firsts: Vec<u8> = usual.iter().map(|(bytes, _)| bytes[0]).collect();
    let language = Language::with_most(&firsts);
    // The costs of the usual writings tell which anchors are worth a try.
    let cost = |place: usize| -> f32 {
        let bytes = usual[place..].iter().take(LETTERS).flat_map(|(bytes, len)| &bytes[..*len]);
        let shares = bytes.take(REACH + 1).map(|byte| {
            let mut set = ByteSet::default();
            set.insert(*byte);
            language.share(Halves::of(set))
        });
        shares.product::<f32>() * penalty(place)
    };
    let mut anchors: Vec<(f32, usize)> = (0..code_points.len().min(ANCHORS))
        .filter_map(|anchor| Some((cost((*places.get(anchor)?)?), anchor)))
        .collect();
    anchors.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (_, anchor) = anchors.into_iter().find(|(_, anchor)| is_anchor(code_points, *anchor, distinct))?;
    Some(Rows::new(code_points, anchor, distinct, &script, &language).into_filter(&language))
}

/// An unusual way to write the anchor, with the next letter in its usual writing or else something beyond ASCII: an
/// unusual way of that, or a gap.
fn followed(row: Row, len: Option<usize>, next: &Letter) -> Vec<Row> {
    let Some(len) = len else { return vec![row] };
    let (mut usual, mut other) = (row, row);
    for (set, next) in usual[len..].iter_mut().zip(&next.usual[..next.len.min(4)]) {
        *set = Halves::of(*next);
    }
    other[len] = Halves { low: u16::MAX, high: 0xF000 }.with(Halves::of(next.other_leads()));
    vec![usual, other]
}

/// How much more a candidate costs where so many letters stand before the anchor.
fn penalty(anchor: usize) -> f32 {
    1.0 + anchor as f32 * 0.05
}

/// The ways to write the pattern from one anchor on.
struct Rows {
    anchor: usize,
    rows: Vec<Row>,
    /// The most telling distances.
    distances: Vec<usize>,
}

impl Rows {
    fn new(
        code_points: &[u32],
        anchor: usize,
        distinct: Distinct,
        script: &Script,
        language: &Language,
    ) -> Self {
        let mut usual = ANYTHING;
        let mut rows = vec![usual];
        let mut anchors = Vec::new();
        let (mut element, mut at) = (anchor, 0);
        for _ in 0..LETTERS {
            if element >= code_points.len() || at > REACH {
                break;
            }
            let letter = Letter::new(&code_points[element..], distinct);
            let others = letter.other_rows(&usual, at);
            if at == 0 {
                anchors = others;
            } else {
                let followed = anchors.drain(..).flat_map(|(row, len)| followed(row, len, &letter));
                rows.extend(followed);
                rows.extend(others.into_iter().map(|(row, _)| row));
                rows.extend(gaps::rows(&usual, at, letter.is_mark, distinct, script));
            }
            for (set, usual) in usual[at..].iter_mut().zip(&letter.usual[..letter.len.min(4)]) {
                *set = Halves::of(*usual);
            }
            (element, at) = (element + letter.covers.max(1), at + letter.len.min(4));
        }
        rows.extend(anchors.into_iter().map(|(row, _)| row));
        rows[0] = usual;
        Self { anchor, rows, distances: Vec::new() }.with_distances(language)
    }

    /// Takes the distances that cost least, two to four.
    fn with_distances(mut self, language: &Language) -> Self {
        // Letters are not independent of those before them.
        let shares: Vec<[f32; REACH + 1]> =
            self.rows.iter().map(|row| row.map(|set| language.share(set).powf(INDEPENDENCE))).collect();
        let within: [Vec<u64>; REACH + 1] = std::array::from_fn(|distance| self.within(distance));
        // For each row those that it is within at every distance.
        let covering = |distances: &[usize]| -> Vec<u64> {
            let held =
                |row: usize| distances.iter().fold(u64::MAX, |held, distance| held & within[*distance][row]);
            (0..shares.len()).map(held).collect()
        };
        let cost = |distances: &[usize]| -> f32 {
            let covering = covering(distances);
            let rows = shares.iter().zip(telling(&covering)).filter(|(_, tells)| *tells);
            let passing =
                rows.map(|(row, _)| distances.iter().map(|distance| row[*distance]).product::<f32>());
            passing.sum::<f32>() * language.starts() * CANDIDATE + distances.len() as f32 * PROBE
        };
        // Some tell something only together: those that tell least go, one by one.
        let mut left: Vec<usize> = (0..=REACH).collect();
        let mut best = f32::INFINITY;
        while left.len() > LEAST {
            let without = left.iter().map(|gone| -> Vec<usize> {
                left.iter().copied().filter(|distance| distance != gone).collect()
            });
            let costs = without.map(|distances| (cost(&distances), distances));
            let Some((least, distances)) = costs.min_by(|a, b| a.0.total_cmp(&b.0)) else { break };
            if distances.len() <= DISTANCES && least <= best {
                best = least;
                self.distances.clone_from(&distances);
            }
            left = distances;
        }
        let covering = covering(&self.distances);
        let mut telling = telling(&covering);
        self.rows.retain(|_| telling.next().unwrap_or(true));
        self
    }

    /// For each row a bit for every other of the first 64 that lets pass at this distance what it lets pass.
    fn within(&self, distance: usize) -> Vec<u64> {
        let sets: Vec<Halves> = self.rows.iter().map(|row| row[distance]).collect();
        let holding = |set: &Halves| {
            let others = sets.iter().take(64).enumerate();
            others.fold(0, |bits, (other, held)| bits | u64::from(set.is_within(*held)) << other)
        };
        sets.iter().map(holding).collect()
    }

    /// The tables of these rows; where there are too many, those are put together that let fewest places more pass.
    fn into_filter(self, language: &Language) -> Filter {
        let share = |row: &Row| -> f32 {
            self.distances.iter().map(|distance| language.share(row[*distance])).product()
        };
        let mut rows: Vec<(f32, Row)> = self.rows.iter().map(|row| (share(row), *row)).collect();
        let more = |a: &(f32, Row), b: &(f32, Row)| share(&both(&a.1, &b.1)) - a.0 - b.0;
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        if rows.len() > ROWS {
            let all = (1..rows.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
            pairs.extend(all.map(|(a, b)| (more(&rows[a], &rows[b]), a, b)));
        }
        let mut is_left = vec![true; rows.len()];
        for _ in ROWS..rows.len() {
            let Some((_, a, b)) = pairs.iter().copied().min_by(|a, b| a.0.total_cmp(&b.0)) else { break };
            let joined = both(&rows[a].1, &rows[b].1);
            rows[a] = (share(&joined), joined);
            is_left[b] = false;
            pairs.retain(|pair| pair.1 != b && pair.2 != b);
            for pair in pairs.iter_mut().filter(|pair| pair.1 == a || pair.2 == a) {
                pair.0 = more(&rows[pair.1], &rows[pair.2]);
            }
        }
        let left = rows.iter().zip(is_left).filter(|(_, is_left)| *is_left);
        let rows: Vec<Row> = left.map(|((_, row), _)| *row).collect();
        let mut probes = [Probe::default(); DISTANCES];
        for (probe, distance) in probes.iter_mut().zip(&self.distances) {
            probe.distance = *distance;
            for (number, row) in rows.iter().enumerate() {
                bits(row[*distance].low).for_each(|half| probe.low[half] |= 1 << number);
                bits(row[*distance].high).for_each(|half| probe.high[half] |= 1 << number);
            }
        }
        Filter { anchor: self.anchor, probes, len: self.distances.len() }
    }
}

/// A byte whose share of a text is `s` is expected with `s` to this power behind another byte of a pattern.
const INDEPENDENCE: f32 = 0.6;
/// A place that passes costs this much, a distance at each byte that much: nanoseconds, roughly.
const CANDIDATE: f32 = 30.0;
const PROBE: f32 = 0.03;

/// Whether each row lets something pass that no other does, where `covering` has a bit for each that does.
fn telling(covering: &[u64]) -> impl Iterator<Item = bool> {
    covering.iter().enumerate().map(|(row, others)| {
        let has = |others: u64, row: usize| row < 64 && others >> row & 1 != 0;
        // Of equal ones the first counts.
        !(0..covering.len().min(64))
            .any(|other| other != row && has(*others, other) && (other < row || !has(covering[other], row)))
    })
}
