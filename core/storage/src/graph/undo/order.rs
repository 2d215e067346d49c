//! Where deleted letters stood.
//!
//! A copy cannot be inserted among deleted characters: new text goes to the left of all of them. So the copies of letters
//! that stood in a row are, among what is still deleted there, not where their letters were; and whatever comes back later
//! would come back on the wrong side of them. Here each copy, with what was typed behind it, is put back to where the
//! character was that it is a copy of.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::undone::Run;
use crate::graph::merge::Passage;

/// Characters in a row of which all that matters is the same.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Their insertions; none for text that is older than the walk.
    pub(super) run: Option<Run>,
    pub(super) len: u32,
    /// The position of the first one, if they are there.
    pub(super) at: u32,
    pub(super) gone: bool,
    number: u32,
    typed_after: Option<u32>,
    /// Where deleted letters come back to: behind the nearest letter before them that is there.
    pub(super) place: u32,
    /// Rank in the order of letters.
    pub(super) rank: u32,
}

impl Piece {
    /// Part of what a walk found: the characters `skipped..skipped + len` of a passage.
    pub(super) fn new(passage: &Passage, skipped: u32, len: u32, run: Option<Run>) -> Self {
        let whole = Self {
            run,
            len: skipped + len,
            at: passage.at,
            gone: passage.gone,
            number: passage.number,
            typed_after: passage.typed_after,
            place: 0,
            rank: 0,
        };
        whole.from(skipped)
    }

    /// Without its first `skipped` characters. The run is not cut.
    fn from(self, skipped: u32) -> Self {
        if skipped == 0 {
            return self;
        }
        let number = self.number + skipped;
        let at = if self.gone { self.at } else { self.at + skipped };
        Self { at, number, typed_after: Some(number - 1), len: self.len - skipped, ..self }
    }

    /// Its characters from `from` on, `len` of them.
    pub(super) fn part(&self, from: u32, len: u32) -> Self {
        let run = self.run.as_ref().map(|run| Run {
            events: run.events.start + from..run.events.start + from + len,
            letter: run.letter + from,
        });
        Self { len, run, ..self.clone().from(from) }
    }

    fn copied_letter(&self) -> Option<u32> {
        self.run.as_ref().filter(|run| run.is_copy()).map(|run| run.letter)
    }

    fn own_letter(&self) -> Option<u32> {
        self.run.as_ref().filter(|run| !run.is_copy()).map(|run| run.letter)
    }
}

/// Finds the rank and the place of all pieces, which are in the order of the text. A letter's copies are cut where it is.
pub(super) fn find_places(pieces: &mut [Piece]) {
    let (mut behind, mut rank) = (0, 0);
    for i in order(pieces) {
        let Some(piece) = pieces.get_mut(i) else { continue };
        (piece.place, piece.rank) = (behind, rank);
        rank += 1;
        if !piece.gone {
            behind = piece.at + piece.len;
        }
    }
}

/// What is still to be given.
enum Step {
    /// These pieces, without the copies among them.
    Pieces(usize, usize),
    One(usize),
}

/// The pieces in the order of letters.
fn order(pieces: &[Piece]) -> Vec<usize> {
    let mut copies: HashMap<u32, SmallVec<[usize; 2]>> = HashMap::new();
    for (i, piece) in pieces.iter().enumerate() {
        if let Some(letter) = piece.copied_letter() {
            copies.entry(letter).or_default().push(i);
        }
    }
    if copies.is_empty() {
        return (0..pieces.len()).collect();
    }
    let own: HashMap<u32, usize> = pieces
        .iter()
        .enumerate()
        .filter_map(|(i, piece)| Some((piece.own_letter().filter(|letter| copies.contains_key(letter))?, i)))
        .collect();
    let is_moved = |i: usize| pieces[i].copied_letter().is_some_and(|letter| own.contains_key(&letter));
    let ends = ends(pieces);
    let mut order = Vec::with_capacity(pieces.len());
    let mut steps = vec![Step::Pieces(0, pieces.len())];
    while let Some(step) = steps.pop() {
        let (next, end) = match step {
            Step::One(i) => {
                order.push(i);
                continue;
            }
            Step::Pieces(next, end) if next >= end => continue,
            Step::Pieces(next, end) => (next, end),
        };
        if is_moved(next) {
            steps.push(Step::Pieces(ends[next], end));
            continue;
        }
        steps.push(Step::Pieces(next + 1, end));
        steps.push(Step::One(next));
        let of_letter = pieces[next].own_letter().and_then(|letter| copies.get(&letter));
        for copy in of_letter.into_iter().flatten().rev() {
            steps.push(Step::Pieces(copy + 1, ends[*copy]));
            steps.push(Step::One(*copy));
        }
    }
    order
}

/// For each piece where that ends which was typed behind it, or behind that, and so on: it follows the piece in one stretch.
fn ends(pieces: &[Piece]) -> Vec<usize> {
    let mut numbers: Vec<(u32, usize)> =
        pieces.iter().enumerate().map(|(i, piece)| (piece.number, i)).collect();
    numbers.sort_unstable();
    let index = |number: u32| {
        let found = numbers[..numbers.partition_point(|(first, _)| *first <= number)].last();
        found.map(|(_, i)| *i)
    };
    let mut ends = vec![pieces.len(); pieces.len()];
    let mut open: Vec<usize> = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        let behind = piece.typed_after.and_then(index);
        while let Some(last) = open.pop_if(|last| behind.is_none_or(|behind| behind < *last)) {
            ends[last] = i;
        }
        open.push(i);
    }
    ends
}
