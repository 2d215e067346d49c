//! Where each term stands: one list a term, in the order of the slots.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use writemagic_shared::codec::{Reader, put_varint};

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
/// `count << 2 | in_speaker << 1 | in_time`.
#[derive(Debug, Default)]
pub(super) struct Postings(HashMap<u64, List, BuildHasherDefault<Hashed>>);

#[derive(Debug, Default)]
struct List {
    /// The slot of the last entry.
    last: u32,
    bytes: Vec<u8>,
}

/// Terms are hashes already.
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
    /// Adds an entry behind all others of the term. Its slot must be above theirs.
    pub(super) fn add(&mut self, term: Term, posting: Posting) {
        let list = self.0.entry(term.0).or_default();
        put_varint(&mut list.bytes, u64::from(posting.slot.wrapping_sub(list.last)));
        let flags = u64::from(posting.in_speaker) << 1 | u64::from(posting.in_time);
        put_varint(&mut list.bytes, u64::from(posting.count) << 2 | flags);
        list.last = posting.slot;
    }

    /// All terms, ascending.
    #[cfg(test)]
    pub(super) fn terms(&self) -> Vec<Term> {
        let mut terms: Vec<Term> = self.0.keys().copied().map(Term).collect();
        terms.sort_unstable();
        terms
    }

    /// The entries of a term, by slot.
    pub(super) fn of(&self, term: Term) -> impl Iterator<Item = Posting> {
        entries(self.0.get(&term.0))
    }

    /// Gives every slot another number, in the same order; entries of slots without one are dropped.
    pub(super) fn renumber(&mut self, to: impl Fn(u32) -> Option<u32>) {
        let old = std::mem::take(&mut self.0);
        for term in old.keys().copied().map(Term) {
            for posting in entries(old.get(&term.0)) {
                if let Some(slot) = to(posting.slot) {
                    self.add(term, Posting { slot, ..posting });
                }
            }
        }
        self.0.values_mut().for_each(|list| list.bytes.shrink_to_fit());
    }
}

fn entries(list: Option<&List>) -> impl Iterator<Item = Posting> {
    let mut reader = Reader::new(list.map_or(&[][..], |list| &list.bytes));
    let mut slot = 0_u32;
    std::iter::from_fn(move || {
        if reader.is_empty() {
            return None;
        }
        // What is read here was written here.
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
