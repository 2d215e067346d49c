//! Items and what is known of them, in memory: which terms they have, what they mean, which stand side by side.
//!
//! An item has a slot for as long as it does not change; a changed one gets a new slot behind all others, and the old
//! one is dead until [`Index::compact`]. So lists of terms only ever grow at their end.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;

use writemagic_shared::vector;

use super::postings::{ByHash, Posting, Postings};
use super::query::{Room, Scan};
use super::recipe::{LENGTH, MEANING, NEARBY_MEANING, NEIGHBOUR_MEANING, NEIGHBOURS, QUESTION};
use super::rows::Rows;
use super::terms::{KnownWords, Language, Term};

/// Slots that may be dead before they are cleared away, where they are more than half of the others.
const DEAD_LEAST: usize = 1_024;
/// How much of a text a model is asked about, in bytes: no passage is so long, memories may be.
const ENCODED_BYTES: usize = 16 << 10;

/// The bit of a length that says that the item is the only one of its session.
pub(super) const LONE: u32 = 1 << 31;

/// Something that can be found.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// What the caller knows it by.
    pub(crate) id: u64,
    /// What it says.
    pub(crate) text: String,
    /// Who says it.
    pub(crate) speaker: Option<String>,
    /// When, in words and numbers such as `8 May 2023`.
    pub(crate) time: Option<String>,
    pub(crate) language: Language,
}

/// The vectors of texts, in their order: each of length 1, or empty for a text of which the model knows nothing. `None` where there
/// is none now.
pub(crate) type Encode<'a> = dyn FnMut(&[String]) -> Option<Vec<Vec<f32>>> + 'a;

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) id: u64,
    /// A hash of all that the item says: the same item is left as it is.
    pub(super) content: u64,
    pub(super) session: u32,
    /// Its place in the session.
    pub(super) place: u32,
    /// Terms of its text.
    pub(super) terms: u32,
}

#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) key: u64,
    /// In order.
    pub(super) slots: Vec<u32>,
    /// Terms of all its texts.
    pub(super) terms: u64,
}

impl Session {
    /// The terms of its texts where there are several.
    pub(super) fn shared_terms(&self) -> Option<u64> {
        (self.slots.len() > 1).then_some(self.terms)
    }
}

/// So many terms beside the bit for [`LONE`].
pub(super) fn length(terms: u32) -> u32 {
    terms.min(LONE - 1)
}

/// What can be found by meaning.
#[derive(Debug)]
pub(crate) struct Index {
    pub(super) postings: Postings,
    pub(super) slots: Vec<Slot>,
    /// The terms of each slot's text, and [`LONE`]: what every word of a query asks for stands side by side.
    pub(super) lengths: Vec<u32>,
    /// What an item has whatever is asked; minus infinity for a dead slot.
    pub(super) priors: Vec<f32>,
    pub(super) rows: Rows,
    pub(super) scales: Vec<f32>,
    pub(super) sessions: Vec<Session>,
    pub(super) by_key: HashMap<u64, u32>,
    pub(super) live: usize,
    pub(super) live_sessions: usize,
    /// Sessions of several items, and the terms of their texts.
    pub(super) shared_sessions: usize,
    pub(super) shared_terms: u64,
    /// Terms of all texts.
    pub(super) terms: u64,
    pub(super) languages: Vec<Language>,
    /// [`Scan::USUAL`], but in tests.
    pub(super) scan: Scan,
    pub(super) room: Mutex<Option<Box<Room>>>,
    known: KnownWords,
}

/// The vectors of an item: of its text, and of its text with speaker and time. Empty where the model knows nothing.
struct Meaning {
    text: Vec<f32>,
    whole: Vec<f32>,
}

/// What of a session is new.
struct Plan {
    contents: Vec<u64>,
    /// For each item the slot that it keeps.
    stays: Vec<Option<u32>>,
    /// The items whose vectors are needed: new ones and their neighbours.
    wanted: Vec<usize>,
}

impl Index {
    /// Nothing yet; vectors will have so many dimensions, none for 0.
    pub(crate) fn new(dimensions: usize) -> Self {
        Self {
            postings: Postings::default(),
            slots: Vec::new(),
            lengths: Vec::new(),
            priors: Vec::new(),
            rows: Rows::new(dimensions),
            scales: Vec::new(),
            sessions: Vec::new(),
            by_key: HashMap::new(),
            live: 0,
            live_sessions: 0,
            shared_sessions: 0,
            shared_terms: 0,
            terms: 0,
            languages: Vec::new(),
            scan: Scan::USUAL,
            room: Mutex::default(),
            known: KnownWords::default(),
        }
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// Makes a session hold these items, in this order. Those that it held and that say the same, with the same neighbours, stay
    /// as they are. Takes time in proportion to the session, most of it for what is new. `false`, with nothing changed, where
    /// `encode` has no vectors.
    pub(crate) fn set_session(&mut self, key: u64, items: &[Item], encode: &mut Encode<'_>) -> bool {
        let plan = self.plan(key, items);
        let Some(meanings) = meanings(items, &plan.wanted, encode) else { return false };
        let session = self.session(key);
        if let Some(terms) = self.sessions[session as usize].shared_terms() {
            self.shared_sessions -= 1;
            self.shared_terms -= terms;
        }
        let old = std::mem::take(&mut self.sessions[session as usize].slots);
        let mut slots = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            match plan.stays[place] {
                Some(slot) => {
                    let kept = &mut self.slots[slot as usize];
                    (kept.id, kept.place) = (item.id, place as u32);
                    slots.push(slot);
                }
                None => {
                    let vector = self.mixed(place, items.len(), &meanings);
                    let slot = self.add(item, (session, place as u32), plan.contents[place], &vector);
                    // Who gets or loses company has another slot by that.
                    self.lengths[slot as usize] |= if items.len() == 1 { LONE } else { 0 };
                    slots.push(slot);
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
        if let Some(terms) = kept.shared_terms() {
            self.shared_sessions += 1;
            self.shared_terms += terms;
        }
        self.compact_if_worth_it();
        true
    }

    /// The texts whose vectors [`Index::set_session`] would ask for.
    pub(crate) fn wanted(&self, key: u64, items: &[Item]) -> Vec<String> {
        texts(items, &self.plan(key, items).wanted)
    }

    fn plan(&self, key: u64, items: &[Item]) -> Plan {
        let old = self.by_key.get(&key).map_or(&[][..], |session| &self.sessions[*session as usize].slots);
        let contents: Vec<u64> = items.iter().map(content).collect();
        let kept = self.kept(old, &contents);
        // An item whose neighbours changed means something else by them.
        let stays = |place: usize| {
            let slot = kept[place]?;
            let was = window(self.slots[slot as usize].place as usize, old.len());
            let now = window(place, items.len());
            let same =
                now.len() == was.len() && now.zip(was).all(|(now, was)| kept[now] == old.get(was).copied());
            same.then_some(slot)
        };
        let stays: Vec<Option<u32>> = (0..items.len()).map(stays).collect();
        let mut wanted = Vec::new();
        if self.rows.dimensions() > 0 {
            let new = (0..items.len()).filter(|place| stays[*place].is_none());
            wanted = new.flat_map(|place| window(place, items.len())).collect();
            wanted.sort_unstable();
            wanted.dedup();
        }
        Plan { contents, stays, wanted }
    }

    fn session(&mut self, key: u64) -> u32 {
        let next = self.sessions.len() as u32;
        let session = *self.by_key.entry(key).or_insert(next);
        if session == next {
            self.sessions.push(Session { key, ..Session::default() });
        }
        session
    }

    /// For each item a slot that says the same already; of several the first that is left.
    fn kept(&self, old: &[u32], contents: &[u64]) -> Vec<Option<u32>> {
        let mut left: HashMap<u64, Vec<u32>> = HashMap::new();
        for slot in old.iter().rev() {
            left.entry(self.slots[*slot as usize].content).or_default().push(*slot);
        }
        contents.iter().map(|content| left.get_mut(content).and_then(Vec::pop)).collect()
    }

    /// Both vectors that a query is compared with, as one: their weights are in it.
    fn mixed(&self, place: usize, count: usize, meanings: &HashMap<usize, Meaning>) -> Vec<f32> {
        let mut window = vec![0.0_f32; self.rows.dimensions()];
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
    fn add(&mut self, item: &Item, (session, place): (u32, u32), content: u64, vector: &[f32]) -> u32 {
        let slot = self.slots.len() as u32;
        if !self.languages.contains(&item.language) {
            self.languages.push(item.language);
        }
        let mut found: HashMap<u64, Posting, ByHash> = HashMap::default();
        let mut terms = 0_u32;
        let mut note = |text: &str, how: &mut dyn FnMut(&mut Posting)| {
            self.known.each_term(text, item.language, |term, _| {
                how(found.entry(term.0).or_insert(Posting { slot, ..Posting::default() }));
            });
        };
        note(&item.text, &mut |posting| {
            terms += 1;
            posting.count += 1;
        });
        note(item.time.as_deref().unwrap_or_default(), &mut |posting| posting.in_time = true);
        note(item.speaker.as_deref().unwrap_or_default(), &mut |posting| posting.in_speaker = true);
        for (term, posting) in found {
            self.postings.add(Term(term), posting);
        }
        let is_question = item.text.trim_end().ends_with(['?', '？', '؟']);
        self.priors.push(LENGTH * (terms as f32).ln_1p() + if is_question { QUESTION } else { 0.0 });
        let scale = self.rows.add(vector);
        self.scales.push(scale);
        self.slots.push(Slot { id: item.id, content, session, place, terms });
        self.lengths.push(length(terms));
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
        if self.live == self.slots.len() && self.live_sessions == self.sessions.len() {
            return;
        }
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
        self.rows.keep((0..self.slots.len()).filter(|slot| lives(*slot)));
        let mut at = 0;
        for slot in (0..self.slots.len()).filter(|slot| lives(*slot)) {
            self.slots[at] = self.slots[slot];
            self.lengths[at] = self.lengths[slot];
            self.priors[at] = self.priors[slot];
            self.scales[at] = self.scales[slot];
            at += 1;
        }
        self.slots.truncate(at);
        self.lengths.truncate(at);
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

/// The places around one, and itself: its neighbours in a session of so many items.
pub(super) fn window(place: usize, items: usize) -> Range<usize> {
    place.saturating_sub(NEIGHBOURS)..(place + NEIGHBOURS + 1).min(items)
}

/// The texts of these items that have vectors: each text, and behind it the text with time and speaker where there are any.
fn texts(items: &[Item], wanted: &[usize]) -> Vec<String> {
    let of = |place: &usize| {
        let item = &items[*place];
        let mut whole = item.time.as_ref().map_or(String::new(), |time| format!("[{time}] "));
        if let Some(speaker) = &item.speaker {
            whole += speaker;
            whole += ": ";
        }
        let whole = (!whole.is_empty()).then(|| whole + clipped(&item.text));
        std::iter::once(clipped(&item.text).to_owned()).chain(whole)
    };
    wanted.iter().flat_map(of).collect()
}

/// What of a text is compared by meaning: its beginning.
fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(ENCODED_BYTES)]
}

fn meanings(items: &[Item], wanted: &[usize], encode: &mut Encode<'_>) -> Option<HashMap<usize, Meaning>> {
    let texts = texts(items, wanted);
    let vectors = if texts.is_empty() { Vec::new() } else { encode(&texts)? };
    let mut vectors = vectors.into_iter();
    let mut meanings = HashMap::new();
    for place in wanted {
        let text = vectors.next()?;
        let is_alone = items[*place].time.is_none() && items[*place].speaker.is_none();
        let whole = if is_alone { text.clone() } else { vectors.next()? };
        meanings.insert(*place, Meaning { text, whole });
    }
    Some(meanings)
}

/// A hash of all that an item says.
pub(super) fn content(item: &Item) -> u64 {
    const NONE: &[u8] = &[0xFF];
    let part = |text: Option<&str>| -> u64 { Term::of(&[text.map_or(NONE, str::as_bytes)]).0 };
    let (speaker, time) = (part(item.speaker.as_deref()), part(item.time.as_deref()));
    let language = [item.language.code()];
    Term::of(&[item.text.as_bytes(), NONE, &speaker.to_le_bytes(), &time.to_le_bytes(), &language]).0
}
