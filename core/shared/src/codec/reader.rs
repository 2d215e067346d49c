//! A cursor over bytes that someone else may have written.

use super::{DecodeError, varint};

/// Reads values from the front of a byte slice. After an error it stands where it stood before.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the next value begins: one number that moves is faster than a slice that shrinks.
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Whether everything was read.
    pub const fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next varint.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] where the bytes end first, [`DecodeError::Overlong`] beyond 64 bits.
    #[inline]
    pub fn varint(&mut self) -> Result<u64, DecodeError> {
        varint::read(self.bytes, &mut self.at)
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

    /// The next `count` varints, behind those that `values` already has: for whole columns, faster than one by one.
    ///
    /// Takes at most eight bytes of memory for each byte that is left, whatever `count` claims. After an error `values`
    /// is as before.
    ///
    /// # Errors
    /// Those of [`Reader::varint`].
    pub fn varints(&mut self, count: u64, values: &mut Vec<u64>) -> Result<(), DecodeError> {
        // Each takes a byte at least.
        let rest = self.rest();
        let count = usize::try_from(count).ok().filter(|count| *count <= rest.len());
        let count = count.ok_or(DecodeError::Truncated)?;
        let before = values.len();
        values.resize(before + count, 0);
        match varint::read_column(rest, &mut values[before..]) {
            Ok(taken) => {
                self.at += taken;
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
        let taken = self.rest().get(..count).ok_or(DecodeError::Truncated)?;
        self.at += count;
        Ok(taken)
    }
}
