//! Asking: every item is compared with the query, the best are kept.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use writemagic_shared::vector;

use super::index::{Index, window};
use super::postings::Posting;
use super::recipe::{
    MEANING, NEARBY_MEANING, NEARBY_WORDS, SESSION_WORDS, SESSIONS, SPEAKER, TEXTS, TIME_WORDS, WORDS, idf,
};
use super::terms::{Term, each_term};

/// Different terms of a query that count: the first so many.
const TERMS: usize = 64;

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

/// A term of the query.
struct Asked {
    term: Term,
    word: String,
    /// How often it is asked for.
    count: f32,
}

/// What the query's terms make of the items that have one.
struct Words {
    /// What its words add to the score of each slot, and its bits among the terms of the query.
    scores: Vec<f32>,
    bits: Vec<u64>,
    /// What the words of the neighbours have too.
    nearby: Vec<u64>,
    /// What the items' times and speakers have, by slot.
    named: HashMap<usize, u64>,
    sessions: Vec<f32>,
}

impl Index {
    /// The best items for a query and its vector (empty where there is none), best first, at most `limit` of those that `allows`
    /// lets pass (by their ids). Takes time in proportion to all items: about a millisecond for 100,000.
    pub(crate) fn search(
        &self,
        query: &str,
        vector: &[f32],
        mode: Mode,
        limit: usize,
        allows: impl Fn(u64) -> bool,
    ) -> Answer {
        let asked = self.asked(query);
        let near = self.near(vector);
        let terms = asked.iter().map(|asked| asked.term).collect();
        if asked.is_empty() && near.is_none() {
            // Nothing is asked: the longest passage is no answer to that.
            return Answer { found: Vec::new(), by_meaning: false, terms };
        }
        let words = self.words(&asked);
        // Where nothing is known of what the query means, its words decide.
        let by_words = if mode == Mode::Hybrid || near.is_none() { 1.0 } else { 0.0 };
        let speaks = |slot: usize| {
            near.as_ref().is_some_and(|near| near.is_near(slot))
                || words.nearby[slot] != 0
                || words.named.contains_key(&slot)
        };
        let meaning = |slot: usize| {
            near.as_ref().map_or(0.0, |near| near.dot(self, slot) as f32 * self.scales[slot] * near.scale)
        };
        let mut best = Best::new(limit);
        let all = self.slots.iter().zip(&self.priors).zip(words.sessions_of(self)).zip(&words.scores);
        for (slot, (((item, prior), session), by_word)) in all.enumerate() {
            let others = prior + by_words * (session + by_word);
            // No more than that can come of the meaning. A dead slot has a prior below everything.
            if others + MOST_MEANING < best.least() || !speaks(slot) {
                continue;
            }
            let score = others + meaning(slot);
            if score >= best.least() && allows(item.id) {
                best.add(Candidate { score, id: item.id, slot });
            }
        }
        let spelled = |bits: u64| -> Vec<String> {
            let of = asked.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
            of.map(|(_, asked)| asked.word.clone()).collect()
        };
        let found = best.sorted().into_iter().map(|(score, slot)| {
            let own = words.bits[slot] | words.named.get(&slot).copied().unwrap_or_default();
            Found {
                id: self.slots[slot].id,
                content: self.slots[slot].content,
                score,
                why: Why {
                    words: spelled(own),
                    nearby_words: spelled(words.nearby[slot] & !own),
                    similarity: meaning(slot) / (MEANING + NEARBY_MEANING),
                },
            }
        });
        Answer { found: found.collect(), by_meaning: near.is_some(), terms }
    }

    /// The query's terms in each language that an item has.
    fn asked(&self, query: &str) -> Vec<Asked> {
        let mut asked: Vec<Asked> = Vec::new();
        // In an order that does not depend on which came first.
        let mut languages = self.languages.clone();
        languages.sort_unstable_by_key(|language| language.code());
        for (number, language) in languages.iter().enumerate() {
            let mut here: Vec<Asked> = Vec::new();
            each_term(query, *language, |term, word| {
                match here.iter_mut().find(|asked| asked.term == term) {
                    Some(again) => again.count += 1.0,
                    None => here.push(Asked { term, word: query[word].to_owned(), count: 1.0 }),
                }
            });
            let is_new = |one: &Asked| number == 0 || asked.iter().all(|other| other.term != one.term);
            let mut new: Vec<Asked> = here.into_iter().filter(is_new).collect();
            asked.append(&mut new);
        }
        asked.truncate(TERMS);
        asked
    }

    fn words(&self, asked: &[Asked]) -> Words {
        let slots = self.slots.len();
        let mut words = Words {
            scores: vec![0.0; slots],
            bits: vec![0; slots],
            nearby: vec![0; slots],
            named: HashMap::new(),
            sessions: vec![0.0; self.sessions.len()],
        };
        let none_is_dead = self.live == slots;
        let lists: Vec<Vec<Posting>> = asked
            .iter()
            .map(|asked| {
                let all = self.postings.of(asked.term);
                let there = |one: &Posting| (one.slot as usize) < slots;
                match none_is_dead {
                    true => all.filter(there).collect(),
                    false => all.filter(|one| self.is_live(one.slot)).collect(),
                }
            })
            .collect();
        let weight = |holds: fn(&Posting) -> bool| -> Vec<f32> {
            let found = lists.iter().map(|list| list.iter().filter(|posting| holds(posting)).count());
            found.map(|found| idf(found, self.live)).collect()
        };
        let in_text = weight(|posting| posting.count > 0);
        let in_time = weight(|posting| posting.in_time);
        let anywhere = weight(|_| true);
        let found = lists.iter().zip(&anywhere).filter(|(list, _)| !list.is_empty());
        let all = found.map(|(_, weight)| *weight).sum::<f32>().max(1.0);
        let mean = (self.terms as f32 / self.live.max(1) as f32).max(1.0);
        let mut counts = vec![0_u32; self.sessions.len()];
        let mut touched = Vec::new();
        let mut names_speaker = Vec::new();
        for (bit, ((list, asked), (in_text, in_time))) in
            lists.iter().zip(asked).zip(in_text.iter().zip(&in_time)).enumerate()
        {
            let mut sessions = Vec::new();
            for posting in list {
                let slot = posting.slot as usize;
                if posting.count > 0 {
                    if words.bits[slot] == 0 {
                        touched.push(slot);
                    }
                    words.bits[slot] |= 1 << bit;
                    let item = &self.slots[slot];
                    let count = &mut counts[item.session as usize];
                    if *count == 0 {
                        sessions.push(item.session);
                    }
                    *count = count.saturating_add(posting.count);
                    let length = item.terms as f32 / mean;
                    let score = TEXTS.of(posting.count as f32, length);
                    words.scores[slot] += WORDS * asked.count * in_text * score / all;
                }
                if posting.in_time {
                    words.scores[slot] += TIME_WORDS * asked.count * in_time / all;
                }
                if posting.in_speaker {
                    names_speaker.push(slot);
                }
                if posting.in_time || posting.in_speaker {
                    *words.named.entry(slot).or_default() |= 1 << bit;
                }
            }
            self.session_words(&sessions, asked.count / all, &mut counts, &mut words.sessions);
        }
        names_speaker.sort_unstable();
        names_speaker.dedup();
        for slot in names_speaker {
            words.scores[slot] += SPEAKER;
        }
        self.nearby(&touched, &mut words);
        let sums = Sums::new(&in_text);
        for (score, bits) in words.scores.iter_mut().zip(&words.nearby).filter(|(_, bits)| **bits != 0) {
            *score += NEARBY_WORDS * sums.of(*bits) / all;
        }
        words
    }

    /// What a term adds to the sessions that have it, so often as `counts` says, which is zero for all of them afterwards.
    fn session_words(&self, found: &[u32], part: f32, counts: &mut [u32], sessions: &mut [f32]) {
        let idf = idf(found.len(), self.live_sessions);
        let mean = (self.terms as f32 / self.live_sessions.max(1) as f32).max(1.0);
        for session in found.iter().map(|session| *session as usize) {
            let count = std::mem::take(&mut counts[session]);
            let length = self.sessions[session].terms as f32 / mean;
            sessions[session] += SESSION_WORDS * part * idf * SESSIONS.of(count as f32, length);
        }
    }

    /// Gives the bits of every item to its neighbours.
    fn nearby(&self, touched: &[usize], words: &mut Words) {
        for slot in touched {
            let item = &self.slots[*slot];
            let session = &self.sessions[item.session as usize].slots;
            if session.len() == 1 {
                words.nearby[*slot] |= words.bits[*slot];
                continue;
            }
            let place = item.place as usize;
            for neighbour in &session[window(place, session.len())] {
                words.nearby[*neighbour as usize] |= words.bits[*slot];
            }
        }
    }

    /// How near each item is to a query's vector; `None` where there is none.
    fn near(&self, vector: &[f32]) -> Option<Near> {
        if vector.is_empty() || vector.len() != self.rows.dimensions() {
            return None;
        }
        let mut query = vec![0; vector.len()];
        let scale = vector::quantise(vector, &mut query).ok()?;
        let near = if self.slots.len() <= self.scan.all {
            By::Dots(self.rows.dots(&query).ok()?)
        } else {
            let distances = self.rows.differing_signs(vector).ok()?;
            let mut at_distance = vec![0_usize; vector.len() + 1];
            for distance in &distances {
                at_distance[*distance as usize] += 1;
            }
            let mut within = 0;
            let limit = at_distance.iter().position(|count| {
                within += count;
                within >= self.scan.nearest
            });
            By::Signs { query, distances, limit: limit.unwrap_or(vector.len()) as u32 }
        };
        Some(Near { scale, by: near })
    }
}

/// How near the items are to a query's vector.
struct Near {
    /// Of the query.
    scale: f32,
    by: By,
}

enum By {
    /// All dot products.
    Dots(Vec<i32>),
    /// Signs that differ; the dot products of those up to a limit are worth computing.
    Signs { query: Vec<i8>, distances: Vec<u32>, limit: u32 },
}

impl Near {
    fn is_near(&self, slot: usize) -> bool {
        match &self.by {
            By::Dots(_) => true,
            By::Signs { distances, limit, .. } => distances.get(slot).is_some_and(|one| one <= limit),
        }
    }

    fn dot(&self, index: &Index, slot: usize) -> i32 {
        match &self.by {
            By::Dots(dots) => dots.get(slot).copied().unwrap_or_default(),
            By::Signs { query, .. } => index.rows.dot(query, slot),
        }
    }
}

impl Words {
    /// For each slot what its session adds.
    fn sessions_of<'a>(&'a self, index: &'a Index) -> impl Iterator<Item = f32> + 'a {
        index.slots.iter().map(|slot| self.sessions[slot.session as usize])
    }
}

/// Sums of weights by sets of terms: eight terms at a time from a table.
struct Sums(Vec<[f32; 256]>);

impl Sums {
    fn new(weights: &[f32]) -> Self {
        let table = |weights: &[f32]| {
            std::array::from_fn(|bits| {
                let of = weights.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
                of.map(|(_, weight)| *weight).sum()
            })
        };
        Self(weights.chunks(8).map(table).collect())
    }

    fn of(&self, bits: u64) -> f32 {
        self.0.iter().zip(bits.to_le_bytes()).map(|(table, byte)| table[usize::from(byte)]).sum()
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
