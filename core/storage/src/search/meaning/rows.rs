//! The vectors of all items, one row a slot: those of a snapshot as they stand in its file, newer ones behind them.

use std::sync::OnceLock;

use writemagic_shared::vector::{self, VectorError};

use super::section::Section;

#[derive(Debug, Default)]
pub(super) struct Rows {
    dimensions: usize,
    base: Section,
    own: Vec<i8>,
    /// A bit a dimension, whether it is above 0: made when it is first asked for.
    signs: OnceLock<Vec<u8>>,
}

impl Rows {
    pub(super) fn new(dimensions: usize) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// The rows of a snapshot.
    pub(super) fn mapped(dimensions: usize, base: Section) -> Self {
        Self { dimensions, base, ..Self::default() }
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Adds a row behind all others and gives its scale; a vector that is none, or of another length, is a row of zeros.
    pub(super) fn add(&mut self, vector: &[f32]) -> f32 {
        let start = self.own.len();
        self.own.resize(start + self.dimensions, 0);
        let scale = match self.dimensions {
            0 => 0.0,
            _ => vector::quantise(vector, &mut self.own[start..]).unwrap_or(0.0),
        };
        if let Some(signs) = self.signs.get_mut() {
            signs.extend(signs_of(&self.own[start..]));
        }
        scale
    }

    /// Keeps the rows of these slots, ascending.
    pub(super) fn keep(&mut self, slots: impl Iterator<Item = usize>) {
        let mut kept = Vec::new();
        for slot in slots {
            kept.extend_from_slice(self.row(slot));
        }
        *self = Self { own: kept, ..Self::new(self.dimensions) };
    }

    pub(super) fn row(&self, slot: usize) -> &[i8] {
        let base = vector::as_signed(self.base.bytes());
        let start = slot * self.dimensions;
        match start.checked_sub(base.len()) {
            Some(start) => &self.own[start..start + self.dimensions],
            None => &base[start..start + self.dimensions],
        }
    }

    /// All rows, in two parts.
    pub(super) fn parts(&self) -> [&[i8]; 2] {
        [vector::as_signed(self.base.bytes()), &self.own]
    }

    /// The dot product of a quantised query with every row, in place of what is in `dots`.
    pub(super) fn dots(&self, query: &[i8], dots: &mut Vec<i32>) -> Result<(), VectorError> {
        let parts = self.parts();
        let count = |part: &[i8]| part.len().checked_div(self.dimensions).unwrap_or(0);
        dots.resize(parts.iter().map(|part| count(part)).sum(), 0);
        let (base, own) = dots.split_at_mut(count(parts[0]));
        vector::dot_i8(query, parts[0], base)?;
        vector::dot_i8(query, parts[1], own)
    }

    /// The dot product of a quantised query with one row.
    pub(super) fn dot(&self, query: &[i8], slot: usize) -> i32 {
        let mut dot = [0];
        // Both have the same length.
        let _ = vector::dot_i8(query, self.row(slot), &mut dot);
        dot[0]
    }

    /// In how many dimensions each row has another sign than a vector, in place of what is in `distances`.
    pub(super) fn differing_signs(
        &self,
        vector: &[f32],
        distances: &mut Vec<u32>,
    ) -> Result<(), VectorError> {
        let signs = self.signs.get_or_init(|| self.parts().into_iter().flat_map(signs_of).collect());
        let mut query = vec![0; self.dimensions / 8];
        vector::signs(vector, &mut query)?;
        distances.resize(signs.len().checked_div(query.len()).unwrap_or(0), 0);
        vector::hamming(&query, signs, distances)
    }
}

/// As [`vector::signs`], of rows as they are kept.
fn signs_of(rows: &[i8]) -> impl Iterator<Item = u8> {
    let byte =
        |numbers: &[i8; 8]| numbers.iter().rev().fold(0, |byte, number| byte << 1 | u8::from(*number > 0));
    rows.as_chunks::<8>().0.iter().map(byte)
}
