//! A cursor over bytes that someone else may have written.

use super::{DecodeError, varint};

/// Reads values from the front of a byte slice. After an error it stands where it stood before.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether everything was read.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left.
    pub const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The next varint.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] where the bytes end first, [`DecodeError::Overlong`] beyond 64 bits.
    #[inline]
    pub fn varint(&mut self) -> Result<u64, DecodeError> {
        let (value, taken) = varint::read(self.0)?;
        self.0 = self.0.get(taken..).unwrap_or_default();
        Ok(value)
    }

    /// The next varint, at most `max`.
    ///
    /// # Errors
    /// Those of [`Reader::varint`]; [`DecodeError::OutOfRange`] above `max`.
    #[inline]
    pub fn varint_up_to(&mut self, max: u64) -> Result<u64, DecodeError> {
        let mut ahead = *self;
        let value = ahead.varint()?;
        if value > max {
            return Err(DecodeError::OutOfRange);
        }
        *self = ahead;
        Ok(value)
    }

    /// The next `count` varints, behind those that `values` already has: for whole columns, several times as fast as
    /// one by one.
    ///
    /// Takes at most eight bytes of memory for each byte that is left, whatever `count` claims. After an error `values`
    /// is as before.
    ///
    /// # Errors
    /// Those of [`Reader::varint`].
    pub fn varints(&mut self, count: u64, values: &mut Vec<u64>) -> Result<(), DecodeError> {
        // Each takes a byte at least.
        let count = usize::try_from(count).ok().filter(|count| *count <= self.0.len());
        let count = count.ok_or(DecodeError::Truncated)?;
        let before = values.len();
        values.resize(before + count, 0);
        match varint::read_column(self.0, &mut values[before..]) {
            Ok(taken) => {
                self.0 = self.0.get(taken..).unwrap_or_default();
                Ok(())
            }
            Err(error) => {
                values.truncate(before);
                Err(error)
            }
        }
    }

    /// The next `count` bytes, borrowed.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] where fewer are left.
    #[inline]
    pub fn bytes(&mut self, count: u64) -> Result<&'a [u8], DecodeError> {
        let count = usize::try_from(count).map_err(|_| DecodeError::Truncated)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }
}
