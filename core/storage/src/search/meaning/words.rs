//! What a query's words speak for.

use super::index::{Index, LONE, window};
use super::postings::Posting;
use super::recipe::{NEARBY_WORDS, SESSION_WORDS, SESSIONS, SPEAKER, TEXTS, TIME_WORDS, WORDS, idf};
use super::terms::{Term, each_term};

/// Different terms of a query that count: the first so many. A number of one of them is less than a byte.
const TERMS: usize = 64;

/// A term of the query.
pub(super) struct Asked {
    pub(super) term: Term,
    /// As the query has it.
    pub(super) word: String,
    /// How often it is asked for.
    count: f32,
}

/// The query's terms in each language that an item has.
pub(super) fn asked(index: &Index, query: &str) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    // In an order that does not depend on which came first.
    let mut languages = index.languages.clone();
    languages.sort_unstable_by_key(|language| language.code());
    for (number, language) in languages.iter().enumerate() {
        let mut here: Vec<Asked> = Vec::new();
        each_term(query, *language, |term, word| match here.iter_mut().find(|asked| asked.term == term) {
            Some(again) => again.count += 1.0,
            None => here.push(Asked { term, word: query[word].to_owned(), count: 1.0 }),
        });
        let is_new = |one: &Asked| number == 0 || asked.iter().all(|other| other.term != one.term);
        let mut new: Vec<Asked> = here.into_iter().filter(is_new).collect();
        asked.append(&mut new);
    }
    asked.truncate(TERMS);
    asked
}

/// What the words of a query add to each item. Takes 5 bytes an item and 8 a session, whatever the query.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// By slot, to be divided by the weight of all words.
    scores: Vec<f32>,
    /// By slot, 0 where no word of the query is in the item or beside it; else one of those words, plus one: the last whose
    /// neighbours were counted.
    marks: Vec<u8>,
    /// What all words together weigh.
    weight: f32,
    /// The entries of the term that is looked at.
    postings: Vec<Posting>,
    /// By session of several items: how often it has that term; what all terms add to its items.
    counts: Vec<u32>,
    sessions: Vec<f32>,
}

impl Words {
    /// Scores all items. Takes time in proportion to them and to how many have each term.
    pub(super) fn score(&mut self, index: &Index, asked: &[Asked]) {
        refill(&mut self.scores, index.slots.len());
        refill(&mut self.marks, index.slots.len());
        refill(&mut self.counts, index.sessions.len());
        refill(&mut self.sessions, index.sessions.len());
        self.weight = 0.0;
        let mut touched = Vec::new();
        let mut names_speaker = Vec::new();
        for (mark, asked) in (1_u8..).zip(asked) {
            self.score_term(index, asked, mark, &mut touched, &mut names_speaker);
        }
        self.weight = self.weight.max(1.0);
        for session in touched {
            let score = self.sessions[session as usize];
            for slot in &index.sessions[session as usize].slots {
                self.scores[*slot as usize] += score;
            }
        }
        names_speaker.sort_unstable();
        names_speaker.dedup();
        for slot in names_speaker {
            self.scores[slot as usize] += SPEAKER * self.weight;
        }
    }

    /// What is added to an item, term after term: for its own text, its time, its neighbours, and, where it stands alone, its session.
    fn score_term(
        &mut self,
        index: &Index,
        asked: &Asked,
        mark: u8,
        touched: &mut Vec<u32>,
        names_speaker: &mut Vec<u32>,
    ) {
        let slots = index.slots.len();
        let none_is_dead = index.live == slots;
        self.postings.clear();
        let there = |one: &Posting| match none_is_dead {
            true => (one.slot as usize) < slots,
            false => index.is_live(one.slot),
        };
        self.postings.extend(index.postings.of(asked.term).filter(there));
        if self.postings.is_empty() {
            return;
        }
        let (mut in_text, mut in_time, mut sessions_alone) = (0, 0, 0);
        let mut found = Vec::new();
        for posting in &self.postings {
            in_time += usize::from(posting.in_time);
            if posting.count == 0 {
                continue;
            }
            in_text += 1;
            let slot = posting.slot as usize;
            if index.lengths[slot] & LONE != 0 {
                sessions_alone += 1;
                continue;
            }
            let session = index.slots[slot].session;
            let count = &mut self.counts[session as usize];
            if *count == 0 {
                found.push(session);
            }
            *count = count.saturating_add(posting.count);
        }
        self.weight += idf(self.postings.len(), index.live);
        let (in_text, in_time) = (idf(in_text, index.live), idf(in_time, index.live));
        let in_session = SESSION_WORDS * asked.count * idf(sessions_alone + found.len(), index.live_sessions);
        let own = WORDS * asked.count * in_text;
        let nearby = NEARBY_WORDS * in_text;
        let mean = (index.terms as f32 / index.live.max(1) as f32).max(1.0);
        for posting in &self.postings {
            let slot = posting.slot as usize;
            let (score, length) = (&mut self.scores[slot], index.lengths[slot]);
            let count = posting.count as f32;
            if posting.count > 0 {
                *score += own * TEXTS.of(count, (length & !LONE) as f32 / mean);
            }
            if posting.in_time {
                *score += TIME_WORDS * asked.count * in_time;
            }
            if posting.count > 0 && length & LONE != 0 {
                *score += nearby + in_session * SESSIONS.of(count, 1.0);
                self.marks[slot] = mark;
            }
        }
        if !found.is_empty() {
            self.score_neighbours(index, nearby, mark);
        }
        let mean = index.shared_terms as f32 / index.shared_sessions.max(1) as f32;
        for session in found {
            let at = session as usize;
            let length = index.sessions[at].terms as f32 / mean.max(1.0);
            let count = std::mem::take(&mut self.counts[at]);
            if self.sessions[at] == 0.0 {
                touched.push(session);
            }
            self.sessions[at] += in_session * SESSIONS.of(count as f32, length);
        }
        for posting in self.postings.iter().filter(|posting| posting.in_time || posting.in_speaker) {
            let marked = &mut self.marks[posting.slot as usize];
            *marked = (*marked).max(1);
            if posting.in_speaker {
                names_speaker.push(posting.slot);
            }
        }
    }

    /// Gives what a term adds to every item of a session that has it, and to its neighbours, once.
    fn score_neighbours(&mut self, index: &Index, score: f32, mark: u8) {
        for posting in self.postings.iter().filter(|posting| posting.count > 0) {
            let slot = &index.slots[posting.slot as usize];
            let session = &index.sessions[slot.session as usize].slots;
            if session.len() == 1 {
                continue;
            }
            for neighbour in &session[window(slot.place as usize, session.len())] {
                let neighbour = *neighbour as usize;
                if self.marks[neighbour] != mark {
                    self.marks[neighbour] = mark;
                    self.scores[neighbour] += score;
                }
            }
        }
    }

    /// What the words add to the score of each slot, once multiplied by the second number.
    pub(super) fn scores(&self) -> (&[f32], f32) {
        (&self.scores, self.weight.recip())
    }

    /// Whether a word of the query is in an item or beside it.
    pub(super) fn is_found(&self, slot: usize) -> bool {
        self.marks[slot] != 0
    }
}

fn refill<T: Clone + Default>(numbers: &mut Vec<T>, length: usize) {
    numbers.clear();
    numbers.resize(length, T::default());
}

/// Which words of the query an item has: a bit each.
#[derive(Clone, Copy, Debug, Default)]
struct Has {
    in_text: u64,
    named: u64,
}

/// For each slot the words of the query that it has in its text, its time or its speaker, and those that only a neighbour has: a
/// bit for each term. Takes time in proportion to how many items have each term.
pub(super) fn explain(index: &Index, asked: &[Asked], slots: &[usize]) -> Vec<(u64, u64)> {
    let beside = |slot: usize| {
        let item = &index.slots[slot];
        let session = &index.sessions[item.session as usize].slots;
        &session[window(item.place as usize, session.len())]
    };
    let mut wanted: Vec<u32> = slots.iter().flat_map(|slot| beside(*slot)).copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut has = vec![Has::default(); wanted.len()];
    for (bit, asked) in asked.iter().enumerate() {
        let mut left = wanted.iter().zip(&mut has).peekable();
        for posting in index.postings.of(asked.term) {
            while left.next_if(|(slot, _)| **slot < posting.slot).is_some() {}
            let Some((_, has)) = left.next_if(|(slot, _)| **slot == posting.slot) else {
                if left.peek().is_none() {
                    break;
                }
                continue;
            };
            has.in_text |= u64::from(posting.count > 0) << bit;
            has.named |= u64::from(posting.in_time || posting.in_speaker) << bit;
        }
    }
    let of = |slot: u32| wanted.binary_search(&slot).ok().map_or(Has::default(), |at| has[at]);
    let words = |slot: &usize| {
        let own = of(*slot as u32);
        let own = own.in_text | own.named;
        let nearby = beside(*slot).iter().fold(0, |bits, neighbour| bits | of(*neighbour).in_text);
        (own, nearby & !own)
    };
    slots.iter().map(words).collect()
}
