//! Columns of numbers that lie near the one before: positions, times, sequence numbers.
//!
//! Each is written as its difference from the number before, the first from 0. [`put_deltas`] writes differences of
//! either sign, zig-zagged; [`put_ascending`] saves their sign where no number is below the one before. A column has no
//! count of its own: it ends where its bytes end, so that no count can lie.

use std::ops::RangeInclusive;

use thiserror::Error;

use super::{DecodeError, Reader, put_varint, unzigzag, zigzag};

/// Appends `values` as differences of either sign.
///
/// Differences are modulo 2^64: every sequence of `i64` comes back as it was.
pub fn put_deltas(out: &mut Vec<u8>, values: impl IntoIterator<Item = i64>) {
    let mut before = 0_i64;
    for value in values {
        put_varint(out, zigzag(value.wrapping_sub(before)));
        before = value;
    }
}

/// A number of an ascending column is below the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a number is below the one before it")]
pub struct Descends;

/// Appends `values`, none of them below the one before, as differences.
///
/// # Errors
/// [`Descends`] at the first that is; nothing is appended then.
pub fn put_ascending(out: &mut Vec<u8>, values: impl IntoIterator<Item = u64>) -> Result<(), Descends> {
    let start = out.len();
    let mut before = 0_u64;
    for value in values {
        let Some(difference) = value.checked_sub(before) else {
            out.truncate(start);
            return Err(Descends);
        };
        put_varint(out, difference);
        before = value;
    }
    Ok(())
}

/// The numbers of a column that [`put_deltas`] wrote, each inside the bounds that the caller names.
///
/// Ends with the bytes, or after the first error.
#[derive(Clone, Debug)]
pub struct Deltas<'a> {
    reader: Reader<'a>,
    before: i64,
    bounds: RangeInclusive<i64>,
}

impl<'a> Deltas<'a> {
    /// Reads all of `bytes`; a number outside `bounds` is [`DecodeError::OutOfRange`].
    pub const fn new(bytes: &'a [u8], bounds: RangeInclusive<i64>) -> Self {
        Self { reader: Reader::new(bytes), before: 0, bounds }
    }
}

impl Iterator for Deltas<'_> {
    type Item = Result<i64, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let value = self.reader.varint().and_then(|difference| {
            let value = self.before.wrapping_add(unzigzag(difference));
            if self.bounds.contains(&value) { Ok(value) } else { Err(DecodeError::OutOfRange) }
        });
        match value {
            Ok(value) => self.before = value,
            Err(_) => self.reader = Reader::new(&[]),
        }
        Some(value)
    }
}

/// The numbers of a column that [`put_ascending`] wrote, none above the bound that the caller names.
///
/// Ends with the bytes, or after the first error.
#[derive(Clone, Debug)]
pub struct Ascending<'a> {
    reader: Reader<'a>,
    before: u64,
    max: u64,
}

impl<'a> Ascending<'a> {
    /// Reads all of `bytes`; a number above `max` is [`DecodeError::OutOfRange`].
    pub const fn new(bytes: &'a [u8], max: u64) -> Self {
        Self { reader: Reader::new(bytes), before: 0, max }
    }
}

impl Iterator for Ascending<'_> {
    type Item = Result<u64, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        // `before` never exceeds `max`: a difference within what is left cannot overflow.
        let value =
            self.reader.varint_up_to(self.max - self.before).map(|difference| self.before + difference);
        match value {
            Ok(value) => self.before = value,
            Err(_) => self.reader = Reader::new(&[]),
        }
        Some(value)
    }
}
