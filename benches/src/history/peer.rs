//! What a peer's document can do, and everything that is the same for all of them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::merging::{Fork, Merging};
use super::recorded::{Replay, Step, TIME_FOR_ALL, TIME_TO_PREPARE};
use super::typed::{Exchange, Opened, Subject};
use super::{BURST, DELTA, Holder};
use crate::child::Task;
use crate::measure::{Cost, cost_of};
use crate::trace::{Concurrent, Edit};

/// The writer of what is typed.
const TYPIST: u32 = 1;
/// The writer of a branch.
const BRANCH: u32 = 2;
/// Who opens a stored document.
const OPENER: u32 = 3;

/// A document in memory that keeps its whole history.
pub(super) trait Peer: Sized + 'static {
    /// A point in the history.
    type Version;

    const NAME: &'static str;
    const HOLDER: Holder;

    /// An empty document for a writer.
    fn new(writer: u32) -> Result<Self>;

    /// A document that was saved, for a writer that has not written in it yet.
    fn load(bytes: &[u8], writer: u32) -> Result<Self>;

    /// The whole history as bytes.
    fn save(&mut self) -> Result<Vec<u8>>;

    /// Types a burst.
    fn edit(&mut self, burst: &[Edit]) -> Result<()>;

    /// Types a burst and gives the bytes that tell others of it. Its offsets may lie outside of the text, where somebody else's way
    /// of merging made another text of what came before: they are moved to its end.
    fn edit_and_encode(&mut self, burst: &[Edit]) -> Result<Vec<u8>>;

    fn text(&self) -> Result<String>;

    fn version(&mut self) -> Result<Self::Version>;

    /// The text at a version.
    fn text_at(&mut self, version: &Self::Version) -> Result<String>;

    /// Ends what looking at an old version left behind.
    fn back_to_present(&mut self) {}

    /// What somebody lacks who has all up to a version.
    fn changes_since(&mut self, version: &Self::Version) -> Result<Vec<u8>>;

    /// Takes in what others wrote.
    fn take_in(&mut self, bytes: &[u8]) -> Result<()>;

    /// Takes in several pieces at once.
    fn take_in_all(&mut self, pieces: &[Vec<u8>]) -> Result<()> {
        pieces.iter().try_for_each(|piece| self.take_in(piece))
    }

    /// Replays a history of several writers in its order. A writer's copy takes in what the writer had seen, and types:
    /// so the pieces are those that the writers' copies would have sent. `None` if it takes longer than it may.
    fn replay(concurrent: &Concurrent) -> Result<Option<Replay<'_>>> {
        let Some(pieces) = pieces::<Self>(concurrent)? else { return Ok(None) };
        let mut all = Self::new(OPENER)?;
        all.take_in_all(&pieces)?;
        let whole = all.save()?;
        let text = all.text()?;
        let again = move || {
            let (text, cost) = cost_of(|| Self::load(&whole, OPENER)?.text())?;
            Ok((text, cost, whole.len() as u64))
        };
        let steps = move || {
            let mut document = Self::new(OPENER)?;
            step_by_step(&pieces, |piece| document.take_in(piece))
        };
        Ok(Some(Replay { text, again: Box::new(again), steps: Box::new(steps) }))
    }
}

/// What each transaction's writer sent.
fn pieces<P: Peer>(concurrent: &Concurrent) -> Result<Option<Vec<Vec<u8>>>> {
    let start = Instant::now();
    let transactions = &concurrent.transactions;
    // The last transaction of each writer, what that writer's copy has, and the copy.
    let mut copies: Vec<(u32, Seen, P)> = Vec::new();
    let mut pasts: Vec<Seen> = Vec::new();
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    for (number, transaction) in transactions.iter().enumerate() {
        if start.elapsed() > TIME_TO_PREPARE {
            return Ok(None);
        }
        let mut past = Seen::default();
        for parent in &transaction.parents {
            past.join(&pasts[*parent]);
            past.add(*parent);
        }
        let place = match copies.iter().position(|(writer, ..)| *writer == transaction.writer) {
            Some(place) => place,
            None => {
                copies.push((transaction.writer, Seen::default(), P::new(100 + transaction.writer)?));
                copies.len() - 1
            }
        };
        let (_, seen, copy) = &mut copies[place];
        let lacking: Vec<Vec<u8>> = past.without(seen).map(|lacking| pieces[lacking].clone()).collect();
        ensure!(seen.without(&past).next().is_none(), "a writer forgot what it had seen");
        if !lacking.is_empty() {
            copy.take_in_all(&lacking)?;
        }
        pieces.push(copy.edit_and_encode(&transaction.edits)?);
        *seen = past.clone();
        seen.add(number);
        pasts.push(past);
    }
    Ok(Some(pieces))
}

/// A set of transactions.
#[derive(Clone, Default)]
struct Seen(Vec<u64>);

impl Seen {
    fn add(&mut self, number: usize) {
        if self.0.len() <= number / 64 {
            self.0.resize(number / 64 + 1, 0);
        }
        self.0[number / 64] |= 1 << (number % 64);
    }

    fn join(&mut self, other: &Seen) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Those that `other` has not, in order.
    fn without<'a>(&'a self, other: &'a Seen) -> impl Iterator<Item = usize> + 'a {
        let left = |(place, word)| (place, word & !other.0.get(place).copied().unwrap_or(0));
        let words = self.0.iter().copied().enumerate().map(left).filter(|(_, word)| *word != 0);
        words.flat_map(|(place, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| place * 64 + bit)
        })
    }
}

/// Takes pieces one after the other, as long as there is time.
pub(super) fn step_by_step<T>(pieces: &[T], mut take: impl FnMut(&T) -> Result<()>) -> Result<Step> {
    let start = Instant::now();
    let mut taken = 0;
    let ((), cost) = cost_of(|| {
        for piece in pieces {
            take(piece)?;
            taken += 1;
            if start.elapsed() > TIME_FOR_ALL {
                break;
            }
        }
        Ok(())
    })?;
    Ok(Step { taken, of: pieces.len(), cost })
}

/// A peer with a trace typed into it.
struct Typed<P: Peer> {
    document: P,
    versions: Vec<P::Version>,
    /// Before the last of the trace.
    before: P::Version,
    /// All of the document then.
    saved_before: Vec<u8>,
    saved: Vec<u8>,
}

/// Types a trace; versions are those after the edits that `stops` counts.
pub(super) fn typed<P: Peer>(edits: &[Edit], stops: &[usize]) -> Result<Box<dyn Subject>> {
    let mut document = P::new(TYPIST)?;
    let (mut versions, mut before) = (Vec::new(), None);
    let delta_start = edits.len().saturating_sub(DELTA) / BURST * BURST;
    for (number, burst) in edits.chunks(BURST).enumerate() {
        if number * BURST == delta_start {
            before = Some((document.version()?, document.save()?));
        }
        document.edit(burst)?;
        if stops.binary_search(&((number + 1) * BURST)).is_ok() {
            versions.push(document.version()?);
        }
    }
    let saved = document.save()?;
    // What was typed is as if it had been read: an old version is asked of a document that was opened.
    let mut document = P::load(&saved, OPENER)?;
    document.text()?;
    document.edit(&[])?;
    let (before, saved_before) = before.context("a trace without edits")?;
    Ok(Box::new(Typed { document, versions, before, saved_before, saved }))
}

impl<P: Peer> Subject for Typed<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn history_bytes(&self) -> u64 {
        self.saved.len() as u64
    }

    fn open(&mut self) -> Result<Opened> {
        let (mut document, open) = cost_of(|| {
            let document = P::load(&self.saved, OPENER)?;
            std::hint::black_box(document.text()?);
            Ok(document)
        })?;
        let (text, text_alone) = cost_of(|| document.text())?;
        let edit = [Edit { at: text.len() / 2, delete: 0, insert: "e".into() }];
        let ((), first_edit) = cost_of(|| document.edit(&edit))?;
        Ok(Opened { text, open, text_alone, splice: None, first_edit })
    }

    fn text_at(&mut self, version: usize) -> Result<(String, Cost)> {
        let version = &self.versions[version];
        let found = cost_of(|| self.document.text_at(version));
        self.document.back_to_present();
        found
    }

    fn exchange(&mut self) -> Result<Exchange> {
        let (all, send_all) = cost_of(|| self.document.save())?;
        let (delta, send_delta) = cost_of(|| self.document.changes_since(&self.before))?;
        let (text, take_all) = cost_of(|| P::load(&all, OPENER)?.text())?;
        let mut receiver = P::load(&self.saved_before, OPENER)?;
        receiver.text()?;
        receiver.edit(&[])?;
        let ((), take_delta) = cost_of(|| receiver.take_in(&delta))?;
        ensure!(receiver.text()? == text, "{}: the changes do not give the text", P::NAME);
        let (all_bytes, delta_bytes) = (all.len() as u64, delta.len() as u64);
        Ok(Exchange { text, all_bytes, delta_bytes, send_all, send_delta, take_all, take_delta })
    }

    fn store(&self, place: &Path) -> Result<(Task, PathBuf)> {
        std::fs::write(place, &self.saved)?;
        Ok((Task::Hold(P::HOLDER), place.to_owned()))
    }
}

/// A branch of a trace, ready to be merged again and again.
pub(super) fn merging<P: Peer>(fork: &Fork<'_>) -> Result<Merging> {
    let mut trunk = P::new(TYPIST)?;
    for burst in fork.common.chunks(BURST) {
        trunk.edit(burst)?;
    }
    let mut branch = P::load(&trunk.save()?, BRANCH)?;
    let parted = branch.version()?;
    for burst in fork.branch.chunks(BURST) {
        branch.edit(burst)?;
    }
    let bytes = branch.changes_since(&parted)?;
    // The last burst is typed after loading: a document at work has built what its first edit needs.
    let (first, last) = fork.trunk.split_at(fork.trunk.len().saturating_sub(BURST));
    for burst in first.chunks(BURST) {
        trunk.edit(burst)?;
    }
    let (saved, last) = (trunk.save()?, last.to_vec());
    Ok(Box::new(move || {
        let mut trunk = P::load(&saved, OPENER)?;
        trunk.text()?;
        trunk.edit(&last)?;
        let ((), cost) = cost_of(|| trunk.take_in(&bytes))?;
        Ok((trunk.text()?, cost))
    }))
}

/// What [`crate::child`] does to see the memory that an open document needs.
pub(super) fn hold<P: Peer>(saved: &Path) -> Result<u64> {
    let mut document = P::load(&std::fs::read(saved)?, OPENER)?;
    let text = document.text()?;
    document.edit(&[Edit { at: text.len() / 2, delete: 0, insert: "e".into() }])?;
    let length = document.text()?.len() as u64;
    std::hint::black_box(&document);
    Ok(length)
}
