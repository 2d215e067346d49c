//! Asking: every item is compared with the query, the best are kept.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::f32::consts::PI;

use writemagic_shared::vector;

use super::index::Index;
use super::recipe::{MEANING, NEARBY_MEANING};
use super::terms::Term;
use super::words::{Asked, Words, asked, explain};

/// How many vectors a query is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    /// Up to so many items all of them.
    pub(super) all: usize,
    /// Of more items those whose vectors have the most signs in common with the query's; and those of all items that have a word of
    /// the query, or stand beside one that has.
    pub(super) nearest: usize,
}

impl Scan {
    /// To compare 100,000 vectors takes some tenths of a millisecond.
    pub(super) const USUAL: Self = Self { all: 300_000, nearest: 16_384 };
}

/// More than meaning adds to any score: the weights, and what rounding may do.
const MOST_MEANING: f32 = 1.05 * (MEANING + NEARBY_MEANING);
/// How far the share of signs that differ is from the angle, in standard deviations of a sign a dimension: more is not expected.
const DEVIATIONS: f32 = 3.0;
/// Items whose scores are computed before they are looked at one by one.
const LANES: usize = 32;

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All of the recipe.
    Hybrid,
    /// Meaning alone.
    Meaning,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// Best first.
    pub(crate) found: Vec<Found>,
    /// Whether meaning was compared.
    pub(crate) by_meaning: bool,
    /// The terms of the query.
    pub(crate) terms: Vec<Term>,
}

/// An item that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// What the caller knows it by.
    pub(crate) id: u64,
    /// What it said, as [`content`](super::index::content) has it.
    pub(crate) content: u64,
    /// Higher is better; comparable within one answer.
    pub(crate) score: f32,
    pub(crate) why: Why,
}

/// What speaks for an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Why {
    /// Words of the query that the item has in its text, its time or its speaker.
    pub(crate) words: Vec<String>,
    /// Words of the query that it lacks and a neighbour has.
    pub(crate) nearby_words: Vec<String>,
    /// How near the item with its neighbours is to the query in meaning: 1 is the same; 0 where nothing is known.
    pub(crate) similarity: f32,
}

/// Room for one query, kept for the next: without it the system would have to find, and clear, megabytes for each. At most 17 bytes an
/// item, 8 a session.
#[derive(Debug, Default)]
pub(super) struct Room {
    words: Words,
    dots: Vec<i32>,
    distances: Vec<u32>,
}

impl Index {
    /// The best items for a query and its vector (empty where there is none), best first, at most `limit` of those that `allows`
    /// lets pass (by their ids). Takes time in proportion to all items: about half a millisecond for 100,000.
    pub(crate) fn search(
        &self,
        query: &str,
        vector: &[f32],
        mode: Mode,
        limit: usize,
        allows: impl Fn(u64) -> bool,
    ) -> Answer {
        let asked = asked(self, query);
        // Who asks at the same time has a room of their own.
        let mut room = self.room.lock().ok().and_then(|mut room| room.take()).unwrap_or_default();
        let answer = self.search_in(&mut room, &asked, vector, mode, limit, allows);
        if let Ok(mut kept) = self.room.lock() {
            *kept = Some(room);
        }
        answer
    }

    fn search_in(
        &self,
        room: &mut Room,
        asked: &[Asked],
        vector: &[f32],
        mode: Mode,
        limit: usize,
        allows: impl Fn(u64) -> bool,
    ) -> Answer {
        let Room { words, dots, distances } = room;
        let near = self.near(vector, dots, distances);
        let terms = asked.iter().map(|asked| asked.term).collect();
        if asked.is_empty() && near.is_none() {
            // Nothing is asked: the longest passage is no answer to that.
            return Answer { found: Vec::new(), by_meaning: false, terms };
        }
        words.score(self, asked);
        let (by_word, part) = words.scores();
        // Where nothing is known of what the query means, its words decide.
        let by_words = if mode == Mode::Hybrid || near.is_none() { part } else { 0.0 };
        let meaning = |slot: usize| near.as_ref().map_or(0.0, |near| near.meaning(self, slot));
        let mut best = Best::new(limit);
        let mut take = |score: f32, slot: usize, best: &mut Best| {
            if score < best.least() || score == f32::NEG_INFINITY {
                return;
            }
            let id = self.slots[slot].id;
            if allows(id) {
                best.add(Candidate { score, id, slot });
            }
        };
        if let Some(Near { scale, by: By::Dots(dots) }) = &near {
            each_of_the_best(
                &self.priors,
                by_word,
                &self.scales,
                dots,
                [by_words, *scale],
                &mut best,
                &mut take,
            );
        } else {
            for (slot, (prior, by_word)) in self.priors.iter().zip(by_word).enumerate() {
                // A dead slot has a prior below everything.
                let others = prior + by_words * by_word;
                let most = near.as_ref().map_or(0.0, |near| near.most(slot));
                let speaks = words.is_found(slot) || near.as_ref().is_some_and(|near| near.is_near(slot));
                if speaks && others + most >= best.least() {
                    take(others + meaning(slot), slot, &mut best);
                }
            }
        }
        let best = best.sorted();
        let slots: Vec<usize> = best.iter().map(|(_, slot)| *slot).collect();
        let spelled = |bits: u64| -> Vec<String> {
            let of = asked.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
            of.map(|(_, asked)| asked.word.clone()).collect()
        };
        let found =
            best.into_iter().zip(explain(self, asked, &slots)).map(|((score, slot), (own, nearby))| Found {
                id: self.slots[slot].id,
                content: self.slots[slot].content,
                score,
                why: Why {
                    words: spelled(own),
                    nearby_words: spelled(nearby),
                    similarity: meaning(slot) / (MEANING + NEARBY_MEANING),
                },
            });
        Answer { found: found.collect(), by_meaning: near.is_some(), terms }
    }

    /// How near each item is to a query's vector; `None` where there is none.
    fn near<'a>(
        &self,
        vector: &[f32],
        dots: &'a mut Vec<i32>,
        distances: &'a mut Vec<u32>,
    ) -> Option<Near<'a>> {
        if vector.is_empty() || vector.len() != self.rows.dimensions() {
            return None;
        }
        let mut query = vec![0; vector.len()];
        let scale = vector::quantise(vector, &mut query).ok()?;
        if self.slots.len() <= self.scan.all {
            self.rows.dots(&query, dots).ok()?;
            return Some(Near { scale, by: By::Dots(dots) });
        }
        self.rows.differing_signs(vector, distances).ok()?;
        let mut at_distance = vec![0_usize; vector.len() + 1];
        for distance in distances.iter() {
            at_distance[*distance as usize] += 1;
        }
        let mut within = 0;
        let limit = at_distance.iter().position(|count| {
            within += count;
            within >= self.scan.nearest
        });
        let limit = limit.unwrap_or(vector.len()) as u32;
        let most = most_by_distance(vector.len());
        Some(Near { scale, by: By::Signs { query, distances, limit, most } })
    }
}

/// What meaning is expected to add at most, by how many signs differ: their share is that of the angle against half a turn, but for
/// chance (Goemans and Williamson, *Improved Approximation Algorithms for Maximum Cut*, 1995, lemma 3.2).
fn most_by_distance(dimensions: usize) -> Vec<f32> {
    let all = dimensions as f32;
    let most = |distance: usize| {
        let share = distance as f32 / all;
        let chance = DEVIATIONS * (share * (1.0 - share) / all).sqrt();
        MOST_MEANING * ((share - chance).max(0.0) * PI).cos().max(0.0)
    };
    (0..=dimensions).map(most).collect()
}

/// Hands on every slot whose score may be among the best. All parts of the scores are added before any is looked at.
fn each_of_the_best(
    priors: &[f32],
    by_word: &[f32],
    scales: &[f32],
    dots: &[i32],
    [by_words, scale]: [f32; 2],
    best: &mut Best,
    take: &mut impl FnMut(f32, usize, &mut Best),
) {
    let parts =
        priors.chunks(LANES).zip(by_word.chunks(LANES)).zip(scales.chunks(LANES).zip(dots.chunks(LANES)));
    for (start, ((priors, by_word), (scales, dots))) in (0..).step_by(LANES).zip(parts) {
        let mut scores = [f32::NEG_INFINITY; LANES];
        let all = priors.iter().zip(by_word).zip(scales.iter().zip(dots)).zip(&mut scores);
        for (((prior, by_word), (own_scale, dot)), score) in all {
            *score = prior + by_words * by_word + *dot as f32 * own_scale * scale;
        }
        let most =
            scores.iter().fold(f32::NEG_INFINITY, |most, score| if *score > most { *score } else { most });
        if most < best.least() {
            continue;
        }
        (start..).zip(scores).for_each(|(slot, score)| take(score, slot, best));
    }
}

/// How near the items are to a query's vector.
struct Near<'a> {
    /// Of the query.
    scale: f32,
    by: By<'a>,
}

enum By<'a> {
    /// All dot products.
    Dots(&'a [i32]),
    /// Signs that differ; the dot products of those up to a limit are worth computing, and what meaning adds at most by them.
    Signs { query: Vec<i8>, distances: &'a [u32], limit: u32, most: Vec<f32> },
}

impl Near<'_> {
    fn is_near(&self, slot: usize) -> bool {
        match &self.by {
            By::Dots(_) => true,
            By::Signs { distances, limit, .. } => distances.get(slot).is_some_and(|one| one <= limit),
        }
    }

    /// What meaning adds to the score of a slot.
    fn meaning(&self, index: &Index, slot: usize) -> f32 {
        let dot = match &self.by {
            By::Dots(dots) => dots.get(slot).copied().unwrap_or_default(),
            By::Signs { query, .. } => index.rows.dot(query, slot),
        };
        dot as f32 * index.scales[slot] * self.scale
    }

    /// What that is at most.
    fn most(&self, slot: usize) -> f32 {
        match &self.by {
            By::Dots(_) => MOST_MEANING,
            By::Signs { distances, most, .. } => distances
                .get(slot)
                .and_then(|distance| most.get(*distance as usize))
                .copied()
                .unwrap_or(MOST_MEANING),
        }
    }
}

/// The best so far.
struct Best {
    limit: usize,
    /// The least on top.
    heap: BinaryHeap<Candidate>,
}

#[derive(PartialEq)]
struct Candidate {
    score: f32,
    id: u64,
    slot: usize,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    /// The worse one is the greater: lower, or of the same score and with the higher id.
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Best {
    fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::new() }
    }

    /// What a candidate must be above to be among them.
    fn least(&self) -> f32 {
        if self.heap.len() < self.limit {
            return f32::MIN;
        }
        self.heap.peek().map_or(f32::INFINITY, |least| least.score)
    }

    fn add(&mut self, candidate: Candidate) {
        self.heap.push(candidate);
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    fn sorted(self) -> Vec<(f32, usize)> {
        self.heap.into_sorted_vec().into_iter().map(|candidate| (candidate.score, candidate.slot)).collect()
    }
}
