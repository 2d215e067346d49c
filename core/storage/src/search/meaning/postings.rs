//! Where each term stands: one list a term, in the order of the slots.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use writemagic_shared::codec::{Reader, put_varint};

use super::section::Section;
use super::terms::Term;

/// How an item has a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Posting {
    /// The item's slot.
    pub(super) slot: u32,
    /// How often it stands in the text; at most 2^30 - 1.
    pub(super) count: u32,
    /// It is part of the time.
    pub(super) in_time: bool,
    /// It is part of the speaker's name.
    pub(super) in_speaker: bool,
}

/// The lists of all terms. A list is pairs of varints: the distance to the slot before, and
/// `count << 2 | in_speaker << 1 | in_time`. Those of a snapshot stay in its file; what comes behind them is in memory.
#[derive(Debug, Default)]
pub(super) struct Postings {
    base: Stored,
    own: HashMap<u64, List, ByHash>,
}

/// The lists in a snapshot.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// The terms, ascending: 8 bytes each, little endian.
    pub(super) terms: Section,
    /// Where the list of each ends: 8 bytes each.
    pub(super) ends: Section,
    pub(super) lists: Section,
}

impl Stored {
    fn list(&self, term: Term) -> Option<&[u8]> {
        let terms = self.terms.bytes().as_chunks::<8>().0;
        let at = terms.binary_search_by_key(&term.0, |bytes| u64::from_le_bytes(*bytes)).ok()?;
        let ends = self.ends.bytes().as_chunks::<8>().0;
        let end = |at: usize| ends.get(at).map(|bytes| u64::from_le_bytes(*bytes) as usize);
        let start = match at.checked_sub(1) {
            Some(before) => end(before)?,
            None => 0,
        };
        self.lists.bytes().get(start..end(at)?)
    }

    fn terms(&self) -> impl Iterator<Item = Term> {
        self.terms.bytes().as_chunks::<8>().0.iter().map(|bytes| Term(u64::from_le_bytes(*bytes)))
    }
}

#[derive(Debug, Default)]
struct List {
    /// The slot of the last entry.
    last: u32,
    bytes: Vec<u8>,
}

/// For maps from terms: they are hashes already.
pub(super) type ByHash = BuildHasherDefault<Hashed>;

#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

impl Postings {
    /// Those of a snapshot.
    pub(super) fn mapped(base: Stored) -> Self {
        Self { base, own: HashMap::default() }
    }

    /// Adds an entry behind all others of the term. Its slot must be above theirs.
    pub(super) fn add(&mut self, term: Term, posting: Posting) {
        let list = self.own.entry(term.0).or_default();
        put(&mut list.bytes, &mut list.last, posting);
    }

    /// All terms, ascending.
    pub(super) fn terms(&self) -> Vec<Term> {
        let mut terms: Vec<Term> = self.base.terms().chain(self.own.keys().copied().map(Term)).collect();
        terms.sort_unstable();
        terms.dedup();
        terms
    }

    /// The entries of a term, by slot.
    pub(super) fn of(&self, term: Term) -> impl Iterator<Item = Posting> {
        let own = self.own.get(&term.0).map_or(&[][..], |list| &list.bytes);
        entries(self.base.list(term).unwrap_or_default()).chain(entries(own))
    }

    /// The list of a term as a snapshot has it, added to `bytes`.
    pub(super) fn put_list(&self, term: Term, bytes: &mut Vec<u8>) {
        let mut last = 0;
        self.of(term).for_each(|posting| put(bytes, &mut last, posting));
    }

    /// Gives every slot another number, in the same order; entries of slots without one are dropped.
    pub(super) fn renumber(&mut self, to: impl Fn(u32) -> Option<u32>) {
        let old = std::mem::take(self);
        for term in old.terms() {
            for posting in old.of(term) {
                if let Some(slot) = to(posting.slot) {
                    self.add(term, Posting { slot, ..posting });
                }
            }
        }
        self.own.values_mut().for_each(|list| list.bytes.shrink_to_fit());
    }
}

/// Adds an entry to a list whose last one has the slot `last`.
fn put(bytes: &mut Vec<u8>, last: &mut u32, posting: Posting) {
    put_varint(bytes, u64::from(posting.slot.wrapping_sub(*last)));
    let flags = u64::from(posting.in_speaker) << 1 | u64::from(posting.in_time);
    put_varint(bytes, u64::from(posting.count) << 2 | flags);
    *last = posting.slot;
}

/// The entries of a list. Every slot below 2^32 is possible: the list may come from a file.
fn entries(list: &[u8]) -> impl Iterator<Item = Posting> {
    let mut reader = Reader::new(list);
    let mut slot = 0_u32;
    std::iter::from_fn(move || {
        if reader.is_empty() {
            return None;
        }
        slot = slot.wrapping_add(reader.varint().ok()? as u32);
        let value = reader.varint().ok()?;
        Some(Posting {
            slot,
            count: (value >> 2) as u32,
            in_time: value & 1 != 0,
            in_speaker: value & 2 != 0,
        })
    })
}
