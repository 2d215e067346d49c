//! Columns of values that repeat: kinds, authors, origins.
//!
//! A column is a list of runs, each varint(value) and varint(length), the length at least 1. It ends where its bytes end
//! and must cover exactly as many values as the caller says. Runs are read as runs: a claim of 2^60 values takes two
//! numbers, no memory and no loop.

use super::{DecodeError, Reader, put_varint};

/// A value and how often it stands there in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// What repeats.
    pub value: u64,
    /// How many times, at least 1.
    pub length: u64,
}

/// Writes a column, joining equal values that follow each other.
#[derive(Debug)]
#[must_use = "the last run is written by `finish`"]
pub struct RunWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Not yet written; none has the length 0.
    open: Run,
}

impl<'a> RunWriter<'a> {
    /// Appends to `out`.
    pub const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, open: Run { value: 0, length: 0 } }
    }

    /// Appends `length` times `value`; nothing for a length of 0.
    pub fn push(&mut self, value: u64, length: u64) {
        if length == 0 {
            return;
        }
        let joined = self.open.length.checked_add(length).filter(|_| self.open.value == value);
        if let Some(joined) = joined {
            self.open.length = joined;
        } else {
            self.write_open();
            self.open = Run { value, length };
        }
    }

    /// Writes what is still open.
    pub fn finish(mut self) {
        self.write_open();
    }

    fn write_open(&mut self) {
        if self.open.length > 0 {
            put_varint(self.out, self.open.value);
            put_varint(self.out, self.open.length);
        }
    }
}

/// The runs of a column, which cover exactly as many values as the caller says.
///
/// Ends with the bytes, or after the first error; a column that covers too little ends with
/// [`DecodeError::Truncated`].
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    reader: Reader<'a>,
    /// Values that the runs to come must cover.
    left: u64,
}

impl<'a> Runs<'a> {
    /// Reads all of `bytes`, which hold `total` values.
    pub const fn new(bytes: &'a [u8], total: u64) -> Self {
        Self { reader: Reader::new(bytes), left: total }
    }

    fn read(&mut self) -> Result<Run, DecodeError> {
        if self.reader.is_empty() {
            return Err(DecodeError::Truncated);
        }
        let value = self.reader.varint()?;
        let length = self.reader.varint_up_to(self.left)?;
        if length == 0 {
            return Err(DecodeError::EmptyRun);
        }
        self.left -= length;
        Ok(Run { value, length })
    }
}

impl Iterator for Runs<'_> {
    type Item = Result<Run, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() && self.left == 0 {
            return None;
        }
        let run = self.read();
        if run.is_err() {
            (self.reader, self.left) = (Reader::new(&[]), 0);
        }
        Some(run)
    }
}
