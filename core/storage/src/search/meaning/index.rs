//! Items and what is known of them, in memory: which terms they have, what they mean, which stand side by side.
//!
//! An item has a slot for as long as it does not change; a changed one gets a new slot behind all others, and the old
//! one is dead until [`Index::compact`]. So lists of terms only ever grow at their end.

use std::collections::HashMap;

use writemagic_shared::vector;

use super::postings::{Posting, Postings};
use super::recipe::{LENGTH, MEANING, NEARBY_MEANING, NEIGHBOUR_MEANING, NEIGHBOURS, QUESTION};
use super::terms::{Language, Term, each_term};

/// Slots that may be dead before they are cleared away, where they are more than half of the others.
const DEAD_LEAST: usize = 1_024;

/// Something that can be found.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    /// What the caller knows it by.
    pub(crate) id: u64,
    /// What it says.
    pub(crate) text: &'a str,
    /// Who says it.
    pub(crate) speaker: Option<&'a str>,
    /// When, in words and numbers such as `8 May 2023`.
    pub(crate) time: Option<&'a str>,
    pub(crate) language: Language,
}

/// A text's vector, of length 1; `None` for one that the model knows nothing of.
pub(crate) type Encode<'a> = dyn Fn(&str) -> Option<Vec<f32>> + 'a;

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) id: u64,
    /// A hash of all that the item says: the same item is left as it is.
    content: u64,
    pub(super) session: u32,
    /// Its place in the session.
    pub(super) place: u32,
    /// Terms of its text.
    pub(super) terms: u32,
}

#[derive(Debug, Default)]
pub(super) struct Session {
    key: u64,
    /// In order.
    pub(super) slots: Vec<u32>,
    /// Terms of all its texts.
    pub(super) terms: u64,
}

/// What can be found by meaning.
#[derive(Debug)]
pub(crate) struct Index {
    pub(super) dimensions: usize,
    pub(super) postings: Postings,
    pub(super) slots: Vec<Slot>,
    /// What an item has whatever is asked; minus infinity for a dead slot.
    pub(super) priors: Vec<f32>,
    /// One row of `dimensions` a slot, and its scale.
    pub(super) rows: Vec<i8>,
    pub(super) scales: Vec<f32>,
    pub(super) sessions: Vec<Session>,
    by_key: HashMap<u64, u32>,
    pub(super) live: usize,
    pub(super) live_sessions: usize,
    /// Terms of all texts.
    pub(super) terms: u64,
    pub(super) languages: Vec<Language>,
}

/// The vectors of an item: of its text, and of its text with speaker and time.
struct Meaning {
    text: Vec<f32>,
    whole: Vec<f32>,
}

impl Index {
    /// Nothing yet; vectors will have so many dimensions, none for 0.
    pub(crate) fn new(dimensions: usize) -> Self {
        Self {
            dimensions,
            postings: Postings::default(),
            slots: Vec::new(),
            priors: Vec::new(),
            rows: Vec::new(),
            scales: Vec::new(),
            sessions: Vec::new(),
            by_key: HashMap::new(),
            live: 0,
            live_sessions: 0,
            terms: 0,
            languages: Vec::new(),
        }
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// Makes a session hold these items, in this order. Those that it held and that say the same, with the same neighbours, stay
    /// as they are. Takes time in proportion to the session, most of it for what is new.
    pub(crate) fn set_session(&mut self, key: u64, items: &[Item<'_>], encode: &Encode<'_>) {
        let session = self.session(key);
        let old = std::mem::take(&mut self.sessions[session as usize].slots);
        let contents: Vec<u64> = items.iter().map(content).collect();
        let kept = self.kept(&old, &contents);
        let is_kept = |place: usize| kept.get(place).copied().flatten();
        // An item whose neighbours changed means something else by them.
        let near = |place: usize| place.saturating_sub(NEIGHBOURS)..(place + NEIGHBOURS + 1).min(items.len());
        let stays: Vec<bool> = (0..items.len())
            .map(|place| {
                let Some(slot) = is_kept(place) else { return false };
                let was = self.slots[slot as usize].place as usize;
                let before = was.saturating_sub(NEIGHBOURS)..(was + NEIGHBOURS + 1).min(old.len());
                near(place).len() == before.len()
                    && near(place).zip(before).all(|(now, before)| is_kept(now) == old.get(before).copied())
            })
            .collect();
        let mut meanings: HashMap<usize, Meaning> = HashMap::new();
        if self.dimensions > 0 {
            for place in (0..items.len()).filter(|place| !stays[*place]) {
                for near in near(place) {
                    meanings.entry(near).or_insert_with(|| self.meaning(&items[near], encode));
                }
            }
        }
        let mut slots = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            match is_kept(place).filter(|_| stays[place]) {
                Some(slot) => {
                    let kept = &mut self.slots[slot as usize];
                    (kept.id, kept.place) = (item.id, place as u32);
                    slots.push(slot);
                }
                None => {
                    let vector = self.mixed(place, items.len(), &meanings);
                    slots.push(self.add(item, (session, place as u32), contents[place], &vector));
                }
            }
        }
        // What stays has its new place in the list, and only that.
        for slot in &old {
            let place = self.slots[*slot as usize].place as usize;
            if slots.get(place) != Some(slot) {
                self.kill(*slot);
            }
        }
        let kept = &mut self.sessions[session as usize];
        self.live_sessions += usize::from(!slots.is_empty());
        self.live_sessions -= usize::from(!old.is_empty());
        kept.slots = slots;
        self.compact_if_worth_it();
    }

    fn session(&mut self, key: u64) -> u32 {
        let next = self.sessions.len() as u32;
        let session = *self.by_key.entry(key).or_insert(next);
        if session == next {
            self.sessions.push(Session { key, ..Session::default() });
        }
        session
    }

    /// For each item the slot that says the same already, in order: found from both ends, then what is between by content.
    fn kept(&self, old: &[u32], contents: &[u64]) -> Vec<Option<u32>> {
        let mut left: HashMap<u64, Vec<u32>> = HashMap::new();
        for slot in old.iter().rev() {
            left.entry(self.slots[*slot as usize].content).or_default().push(*slot);
        }
        contents.iter().map(|content| left.get_mut(content).and_then(Vec::pop)).collect()
    }

    fn meaning(&self, item: &Item<'_>, encode: &Encode<'_>) -> Meaning {
        let vector = |text: &str| {
            let vector = encode(text).filter(|vector| vector.len() == self.dimensions);
            vector.unwrap_or_else(|| vec![0.0; self.dimensions])
        };
        let text = vector(item.text);
        let whole = match (item.time, item.speaker) {
            (None, None) => text.clone(),
            (time, speaker) => {
                let mut whole = time.map_or(String::new(), |time| format!("[{time}] "));
                if let Some(speaker) = speaker {
                    whole += speaker;
                    whole += ": ";
                }
                vector(&(whole + item.text))
            }
        };
        Meaning { text, whole }
    }

    /// Both vectors that a query is compared with, as one: their weights are in it.
    fn mixed(&self, place: usize, count: usize, meanings: &HashMap<usize, Meaning>) -> Vec<f32> {
        let mut window = vec![0.0_f32; self.dimensions];
        let mut mix = |place: usize, weight: f32| {
            let Some(meaning) = meanings.get(&place) else { return };
            window.iter_mut().zip(&meaning.text).for_each(|(sum, number)| *sum += weight * number);
        };
        mix(place, 1.0);
        for (distance, weight) in (1..).zip(NEIGHBOUR_MEANING) {
            if let Some(before) = place.checked_sub(distance) {
                mix(before, weight);
            }
            if place + distance < count {
                mix(place + distance, weight);
            }
        }
        vector::normalise(&mut window);
        window.iter_mut().for_each(|number| *number *= NEARBY_MEANING);
        if let Some(meaning) = meanings.get(&place) {
            window.iter_mut().zip(&meaning.whole).for_each(|(sum, number)| *sum += MEANING * number);
        }
        window
    }

    /// A new slot behind all others.
    fn add(&mut self, item: &Item<'_>, (session, place): (u32, u32), content: u64, vector: &[f32]) -> u32 {
        let slot = self.slots.len() as u32;
        if !self.languages.contains(&item.language) {
            self.languages.push(item.language);
        }
        let mut found: HashMap<Term, Posting> = HashMap::new();
        let mut terms = 0_u32;
        each_term(item.text, item.language, |term, _| {
            terms += 1;
            found.entry(term).or_insert(Posting { slot, ..Posting::default() }).count += 1;
        });
        if let Some(time) = item.time {
            each_term(time, item.language, |term, _| {
                found.entry(term).or_insert(Posting { slot, ..Posting::default() }).in_time = true;
            });
        }
        if let Some(speaker) = item.speaker {
            each_term(speaker, item.language, |term, _| {
                found.entry(term).or_insert(Posting { slot, ..Posting::default() }).in_speaker = true;
            });
        }
        for (term, posting) in found {
            self.postings.add(term, posting);
        }
        let is_question = item.text.trim_end().ends_with(['?', '？', '؟']);
        self.priors.push(LENGTH * (terms as f32).ln_1p() + if is_question { QUESTION } else { 0.0 });
        let start = self.rows.len();
        self.rows.resize(start + self.dimensions, 0);
        let scale = match self.dimensions {
            0 => 0.0,
            _ => vector::quantise(vector, &mut self.rows[start..]).unwrap_or(0.0),
        };
        self.scales.push(scale);
        self.slots.push(Slot { id: item.id, content, session, place, terms });
        self.live += 1;
        self.terms += u64::from(terms);
        self.sessions[session as usize].terms += u64::from(terms);
        slot
    }

    fn kill(&mut self, slot: u32) {
        let Slot { session, terms, .. } = self.slots[slot as usize];
        self.priors[slot as usize] = f32::NEG_INFINITY;
        self.live -= 1;
        self.terms -= u64::from(terms);
        self.sessions[session as usize].terms -= u64::from(terms);
    }

    pub(super) fn is_live(&self, slot: u32) -> bool {
        self.priors.get(slot as usize).is_some_and(|prior| *prior > f32::NEG_INFINITY)
    }

    fn compact_if_worth_it(&mut self) {
        let dead = self.slots.len() - self.live;
        if dead > DEAD_LEAST && dead > self.live / 2 {
            self.compact();
        }
    }

    /// Clears dead slots away. Nothing is found otherwise than before; what was said in them is gone.
    pub(crate) fn compact(&mut self) {
        const GONE: u32 = u32::MAX;
        let mut next = 0;
        let moved: Vec<u32> = (0..self.slots.len() as u32)
            .map(|slot| {
                if !self.is_live(slot) {
                    return GONE;
                }
                next += 1;
                next - 1
            })
            .collect();
        let to = |slot: u32| moved.get(slot as usize).copied().filter(|slot| *slot != GONE);
        self.postings.renumber(to);
        let lives = |slot: usize| moved.get(slot).is_some_and(|slot| *slot != GONE);
        let dimensions = self.dimensions;
        let mut at = 0;
        for slot in (0..self.slots.len()).filter(|slot| lives(*slot)) {
            self.rows.copy_within(slot * dimensions..(slot + 1) * dimensions, at * dimensions);
            self.slots[at] = self.slots[slot];
            self.priors[at] = self.priors[slot];
            self.scales[at] = self.scales[slot];
            at += 1;
        }
        self.rows.truncate(at * dimensions);
        self.slots.truncate(at);
        self.priors.truncate(at);
        self.scales.truncate(at);
        // Sessions without items go too.
        let sessions = std::mem::take(&mut self.sessions);
        self.by_key.clear();
        for mut session in sessions.into_iter().filter(|session| !session.slots.is_empty()) {
            let number = self.sessions.len() as u32;
            for slot in &mut session.slots {
                *slot = to(*slot).unwrap_or(GONE);
                if let Some(slot) = self.slots.get_mut(*slot as usize) {
                    slot.session = number;
                }
            }
            self.by_key.insert(session.key, number);
            self.sessions.push(session);
        }
    }
}

/// A hash of all that an item says.
fn content(item: &Item<'_>) -> u64 {
    const NONE: &[u8] = &[0xFF];
    let part = |text: Option<&str>| -> u64 { Term::of(&[text.map_or(NONE, str::as_bytes)]).0 };
    let (speaker, time) = (part(item.speaker), part(item.time));
    let language = format!("{:?}", item.language);
    Term::of(&[item.text.as_bytes(), NONE, &speaker.to_le_bytes(), &time.to_le_bytes(), language.as_bytes()])
        .0
}
