//! Anchors: places in a text that follow a character through edits and merges.
//!
//! Along steps an anchor moves by arithmetic; inside a walk it is the identity of its character. When the character is
//! deleted the anchor is *dead*: it keeps the place. Moved by steps, a dead anchor forgets where it stood among
//! concurrent insertions at that place. So whoever keeps anchors keeps for a dead one the last version at which it lived
//! and its position there ([`Anchors`] does), and after a merge of events that had not seen the text resolves it from
//! that ([`Anchors::settle`]).

#[cfg(test)]
use smallvec::SmallVec;

use super::log::Log;
#[cfg(test)]
use super::merge::Merged;
use super::merge::{self, Budget, CharKey, Chars, MAX_TEXT_CHARS, MergeError, Sink};
use super::version::{Frontier, Lv};

/// Which character an anchor follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// It stands before its character: the one on its right.
    Before,
    /// It stands after its character: the one on its left.
    After,
}

/// A place between two characters of the present text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// Scalar values before it.
    pub(crate) at: u32,
    pub(crate) side: Side,
    /// Its character is deleted.
    pub(crate) dead: bool,
}

impl Anchor {
    /// An anchor that lives. At the edge of the text there is no character to follow: it stays at the edge.
    pub(crate) fn new(at: u32, side: Side) -> Self {
        Self { at, side, dead: false }
    }

    /// Whether it goes with what is on its right. A dead one does: new text goes right behind a visible character, and
    /// so to the left of those that are gone.
    fn goes_right(&self) -> bool {
        self.dead || self.side == Side::Before
    }

    /// The position of the character that it goes with.
    fn follows(&self) -> Option<u32> {
        if self.goes_right() { Some(self.at) } else { self.at.checked_sub(1) }
    }

    /// Moves it along an insertion of `chars` characters.
    pub(crate) fn insert(&mut self, at: u32, chars: u32) {
        if at < self.at || (at == self.at && self.goes_right()) {
            self.at = self.at.saturating_add(chars);
        }
    }

    /// Moves it along a deletion of `len` characters.
    pub(crate) fn delete(&mut self, at: u32, len: u32) {
        match self.follows() {
            Some(char) if char >= at && char - at >= len => self.at -= len,
            Some(char) if char >= at => {
                self.at = at;
                self.dead = true;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
/// An anchor as it is stored: where it stood at some version. Exact for ever, dead ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredAnchor {
    pub(crate) version: Frontier,
    pub(crate) at: u32,
    pub(crate) side: Side,
}

#[cfg(test)]
impl StoredAnchor {
    /// The anchor in the text that has the events of its own version and of `to`. One walk.
    pub(crate) fn resolve(
        &self,
        log: &Log,
        to: &[Lv],
        budget: &mut Budget<'_>,
    ) -> Result<Anchor, MergeError> {
        let mut moved = [Anchor::new(self.at, self.side)];
        resolve_all(log, &self.version, to, &mut moved, budget)?;
        Ok(moved[0])
    }
}

/// Moves anchors of the text at `version` to the text that has the events of `to` too. The walk is one whatever their
/// number.
pub(crate) fn resolve_all(
    log: &Log,
    version: &Frontier,
    to: &[Lv],
    anchors: &mut [Anchor],
    budget: &mut Budget<'_>,
) -> Result<(), MergeError> {
    // The events are in the log, so they are valid, and the text may be taken to be longer than it was.
    merge::merge(log, version, to, MAX_TEXT_CHARS, &mut Moving::new(anchors), budget)?;
    Ok(())
}

/// Moves anchors along a merge: a sink.
#[derive(Debug)]
pub(crate) struct Moving<'a> {
    anchors: &'a mut [Anchor],
    /// Their characters, while these have an identity.
    keys: Option<Vec<Option<CharKey>>>,
}

impl<'a> Moving<'a> {
    pub(crate) fn new(anchors: &'a mut [Anchor]) -> Self {
        Self { anchors, keys: None }
    }
}

impl Sink for Moving<'_> {
    fn insert(&mut self, at: u32, _text: &str, chars: u32) -> Result<(), MergeError> {
        if self.keys.is_none() {
            self.anchors.iter_mut().for_each(|anchor| anchor.insert(at, chars));
        }
        Ok(())
    }

    fn delete(&mut self, at: u32, len: u32) -> Result<(), MergeError> {
        if self.keys.is_none() {
            self.anchors.iter_mut().for_each(|anchor| anchor.delete(at, len));
        }
        Ok(())
    }

    fn enter(&mut self, chars: Chars<'_>) {
        let key = |anchor: &Anchor| anchor.follows().and_then(|at| chars.at(at));
        self.keys = Some(self.anchors.iter().map(key).collect());
    }

    fn leave(&mut self, chars: Chars<'_>) {
        for (anchor, key) in self.anchors.iter_mut().zip(self.keys.take().unwrap_or_default()) {
            match key {
                Some(key) => {
                    let (at, gone) = chars.position_of(key);
                    anchor.at = if gone || anchor.goes_right() { at } else { at + 1 };
                    anchor.dead |= gone;
                }
                // The end stays the end, the start the start.
                None if anchor.goes_right() => anchor.at = chars.len(),
                None => {}
            }
        }
    }
}

#[cfg(test)]
/// The anchors of one open text, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anchors {
    anchors: Vec<Anchor>,
    /// Of the dead ones, where they last lived.
    last_lives: Vec<Option<StoredAnchor>>,
}

#[cfg(test)]
impl Anchors {
    /// Adds an anchor that lives; gives its index.
    pub(crate) fn add(&mut self, at: u32, side: Side) -> usize {
        self.anchors.push(Anchor::new(at, side));
        self.last_lives.push(None);
        self.anchors.len() - 1
    }

    pub(crate) fn all(&self) -> &[Anchor] {
        &self.anchors
    }

    /// Moves all along an edit of the text: an insertion.
    pub(crate) fn insert(&mut self, at: u32, chars: u32) {
        self.anchors.iter_mut().for_each(|anchor| anchor.insert(at, chars));
    }

    /// Moves all along an edit of the text, which was at `version` before: a deletion.
    pub(crate) fn delete(&mut self, at: u32, len: u32, version: &Frontier) {
        for (anchor, last_life) in self.anchors.iter_mut().zip(&mut self.last_lives) {
            let before = *anchor;
            anchor.delete(at, len);
            note_death(before, *anchor, last_life, version);
        }
    }

    /// The sink that moves a copy of all along a merge; [`Anchors::settle`] takes the copy.
    pub(crate) fn copies(&self) -> Vec<Anchor> {
        self.anchors.clone()
    }

    /// Takes the anchors after a merge that brought the text from version `from` to `merged`, and finds the places of
    /// the dead ones anew where steps may have misled them: one walk for each version at which some of them died.
    pub(crate) fn settle(
        &mut self,
        log: &Log,
        from: &Frontier,
        merged: &Merged,
        moved: Vec<Anchor>,
        budget: &mut Budget<'_>,
    ) -> Result<(), MergeError> {
        let mut last_lives = self.last_lives.clone();
        let mut anchors = moved;
        let mut died_before: Vec<usize> = Vec::new();
        for (i, (before, after)) in self.anchors.iter().zip(&anchors).enumerate() {
            if before.dead && merged.forked {
                died_before.push(i);
            }
            note_death(*before, *after, &mut last_lives[i], from);
        }
        while let Some(version) = died_before.last().and_then(|i| last_lives[*i].as_ref()) {
            let version = version.version.clone();
            let same = |i: &usize| last_lives[*i].as_ref().is_some_and(|life| life.version == version);
            let (together, others): (Vec<usize>, Vec<usize>) = died_before.into_iter().partition(same);
            died_before = others;
            let lives = together.iter().filter_map(|i| last_lives[*i].as_ref());
            let mut places: SmallVec<[Anchor; 4]> =
                lives.map(|life| Anchor::new(life.at, life.side)).collect();
            resolve_all(log, &version, &merged.version, &mut places, budget)?;
            for (i, place) in together.into_iter().zip(places) {
                anchors[i] = place;
            }
        }
        self.anchors = anchors;
        self.last_lives = last_lives;
        Ok(())
    }
}

#[cfg(test)]
fn note_death(before: Anchor, after: Anchor, last_life: &mut Option<StoredAnchor>, version: &Frontier) {
    if after.dead && !before.dead {
        *last_life = Some(StoredAnchor { version: version.clone(), at: before.at, side: before.side });
    }
}
