//! A device: a log, a text at a version, and what lives with the text.

use std::ops::Range;

use ropey::Rope;
use writemagic_shared::id::AgentId;

use crate::graph::anchor::{Anchors, Moving, Side, StoredAnchor};
use crate::graph::chunk::{self, Chunk, Provenance};
use crate::graph::history::History;
use crate::graph::log::{Batch, ForeignError, Log};
use crate::graph::merge::{self, Budget, Coalesce, MergeError, Merged, Merger, Step};
use crate::graph::version::{EventId, Frontier, Lv, MAX_PARENTS};
use crate::graph::{Burst, Origin, RunKind};

/// Numbers that look random and come again with the same seed.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..4 {
            rng.next();
        }
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `n`, or 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 16) % n.max(1) as u64) as usize
    }

    /// One time in `n`.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

pub(super) fn agent(number: u64) -> AgentId {
    AgentId::from_bytes((u128::from(number) << 64).to_be_bytes())
}

/// Events of a log, for others.
pub(super) fn batch(log: &Log, events: Range<Lv>) -> Batch {
    log.batch(std::slice::from_ref(&events)).unwrap()
}

/// Everything that a history holds.
pub(super) fn whole(history: &History) -> Chunk {
    history.chunk(std::slice::from_ref(&(history.log().start()..history.log().end()))).unwrap()
}

/// A device.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) agent: AgentId,
    pub(super) history: History,
    /// What it wrote itself: the first event, how many, and with which provenance.
    pub(super) wrote: Vec<(EventId, u32, Origin, i64)>,
    pub(super) text: Rope,
    pub(super) version: Frontier,
    pub(super) merger: Merger,
    pub(super) anchors: Anchors,
    /// For each anchor the event of its character.
    pub(super) anchored: Vec<Lv>,
    /// Anchors as they were when they were made, with the events of their characters.
    pub(super) stored: Vec<(StoredAnchor, Lv)>,
}

impl Replica {
    /// A device with an empty history.
    pub(super) fn new(number: u64) -> Self {
        Self {
            agent: agent(number),
            history: History::new(),
            wrote: Vec::new(),
            text: Rope::new(),
            version: Frontier::root(),
            merger: Merger::default(),
            anchors: Anchors::default(),
            anchored: Vec::new(),
            stored: Vec::new(),
        }
    }

    pub(super) fn chars(&self) -> u32 {
        self.text.len_chars() as u32
    }

    /// The text at a version, walked from nothing.
    pub(super) fn text_at(&self, heads: &[Lv]) -> String {
        let mut text = Rope::new();
        merge::merge(self.history.log(), &Frontier::root(), heads, 0, &mut text, &mut Budget::default())
            .unwrap();
        text.to_string()
    }

    /// Writes a burst that the text has taken.
    fn write(&mut self, burst: &Burst, parents: &[Lv]) {
        let id = EventId { agent: self.agent, seq: self.history.log().next_seq(&self.agent) };
        // Now and then another origin, and now and then the same millisecond or second again; the clock may be set back.
        let origin = if id.seq % 7 == 6 { Origin::device().named("desk") } else { Origin::person() };
        let at = 1_700_000_000_000 + i64::from(id.seq / 4 * 617) - i64::from(id.seq % 5 / 4 * 90_000);
        self.history.append(id, parents, burst, &origin, at).unwrap();
        self.wrote.push((id, burst.events(), origin, at));
        self.version = Frontier::at(self.history.log().end() - 1);
    }

    pub(super) fn insert(&mut self, at: u32, text: &str) {
        self.insert_after(at, text, &self.version.clone());
    }

    /// Types upon `parents`, whose version is the text's.
    pub(super) fn insert_after(&mut self, at: u32, text: &str, parents: &[Lv]) {
        let mut burst = Burst::default();
        let chars = text.chars().count() as u32;
        if text.is_empty() {
            return;
        }
        burst.insert(at, text, chars);
        self.text.insert(at as usize, text);
        self.anchors.insert(at, chars);
        self.write(&burst, parents);
    }

    /// Deletes `len` characters from `at` on; `backward` as if by backspace.
    pub(super) fn delete(&mut self, at: u32, len: u32, backward: bool) {
        let mut burst = Burst::default();
        if backward {
            (0..len).for_each(|k| burst.delete(at + len - 1 - k, 1));
        } else {
            burst.delete(at, len);
        }
        assert!(burst.runs().all(|(run, _)| run.kind != RunKind::Insert));
        self.text.remove(at as usize..(at + len) as usize);
        self.anchors.delete(at, len, &self.version);
        self.write(&burst, &self.version.clone());
    }

    /// Receives everything that `other` has from event `from` on, as bytes.
    pub(super) fn receive(&mut self, other: &Self, from: Lv) -> Result<(), ForeignError> {
        let events = from..other.history.log().end();
        let bytes = chunk::encode(&other.history.chunk(std::slice::from_ref(&events)).unwrap());
        let chunk = chunk::decode(&bytes).unwrap();
        if bytes.len().is_multiple_of(4) {
            assert_eq!(chunk::encode(&chunk), bytes);
        }
        self.history.append_chunk(&chunk).map(drop)
    }

    /// Takes events that somebody imported long ago.
    pub(super) fn take(&mut self, batch: &Batch) -> Result<(), ForeignError> {
        let provenance = Provenance { events: batch.events(), origin: 0, at: 0 };
        let (origins, provenance) = (vec![Origin::import()], vec![provenance]);
        self.history.append_chunk(&Chunk { batch: batch.clone(), origins, provenance }).map(drop)
    }

    /// At most as many heads as one version can have.
    pub(super) fn heads(&self) -> Vec<Lv> {
        self.history.log().heads().take(MAX_PARENTS).collect()
    }

    /// Merges the version with these heads, the anchors with it.
    pub(super) fn merge(&mut self, to: &[Lv]) -> Result<Merged, MergeError> {
        let (mut text, mut moved) = (self.text.clone(), self.anchors.copies());
        let (log, version, chars) = (self.history.log(), &self.version, self.chars());
        let budget = &mut Budget::default();
        let mut edits = Coalesce::new(&mut text);
        let mut sink = (&mut edits, &mut Moving::new(&mut moved));
        let merged = self.merger.merge(log, version, to, chars, &mut sink, budget)?;
        edits.finish()?;
        self.anchors.settle(self.history.log(), &self.version, &merged, moved, budget)?;
        self.text = text;
        assert_eq!(merged.chars, self.chars());
        self.version = merged.version.clone();
        // The look takes longer than the merge.
        if merged.chars.is_multiple_of(4)
            && let Some((seen, seen_chars, text_chars)) = self.merger.check(&self.version)
        {
            // Both may have some more at the end, where the length of the base was not known.
            let beyond = text_chars - self.chars();
            assert_eq!((seen_chars - beyond) as usize, self.text_at(&seen).chars().count());
        }
        Ok(merged)
    }

    pub(super) fn merge_all(&mut self) -> Merged {
        self.merge(&self.heads()).unwrap()
    }

    /// The operations that merging these heads takes.
    pub(super) fn steps_to(&self, to: &[Lv]) -> Vec<Step> {
        let mut steps = Vec::new();
        let budget = &mut Budget::default();
        merge::merge(self.history.log(), &self.version, to, self.chars(), &mut steps, budget).unwrap();
        steps
    }

    /// Goes to an old version, from where edits make a branch.
    pub(super) fn go_to(&mut self, version: Frontier) {
        self.text = self.text_at(&version).as_str().into();
        self.version = version;
        (self.anchors, self.anchored) = Default::default();
    }

    /// Puts an anchor at a character, which event `lv` inserted.
    pub(super) fn anchor(&mut self, char: u32, side: Side, lv: Lv) {
        let at = if side == Side::Before { char } else { char + 1 };
        self.anchors.add(at, side);
        self.anchored.push(lv);
        self.stored.push((StoredAnchor { version: self.version.clone(), at, side }, lv));
    }
}

/// What steps make of a text.
pub(super) fn apply(text: &str, steps: &[Step]) -> String {
    let mut text = Rope::from_str(text);
    for step in steps {
        match step {
            Step::Insert { at, text: inserted, .. } => text.insert(*at as usize, inserted),
            Step::Delete { at, len } => text.remove(*at as usize..(*at + *len) as usize),
        }
    }
    text.to_string()
}
