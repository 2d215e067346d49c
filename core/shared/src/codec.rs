//! Numbers as bytes: LEB128 varints and zig-zag, with a reader that trusts nothing.
//!
//! Used by the row formats of the storage crate. A varint takes 1 byte up to 127 and at most 10; the tenth byte
//! may only be 1. Every read consumes what it returns, so no list can claim more entries than it has bytes.

use thiserror::Error;

/// Bytes that are not what the format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end inside a value.
    #[error("the bytes end inside a value")]
    Truncated,
    /// A varint is longer than 64 bits.
    #[error("a number has more than 64 bits")]
    Overlong,
    /// A number is over the bound that the caller named.
    #[error("a number is over its bound")]
    OutOfRange,
}

/// Appends `value` as a varint.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Maps small numbers of either sign to small unsigned ones: 0, -1, 1, -2 … to 0, 1, 2, 3 …
pub const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The inverse of [`zigzag`].
pub const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Reads values from the front of a byte slice.
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
    pub fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for (i, &byte) in self.0.iter().enumerate().take(10) {
            if i == 9 && byte > 1 {
                return Err(DecodeError::Overlong);
            }
            value |= u64::from(byte & 0x7F) << (7 * i);
            if byte < 0x80 {
                self.0 = self.0.get(i + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(if self.0.len() >= 10 { DecodeError::Overlong } else { DecodeError::Truncated })
    }

    /// The next varint, at most `max`.
    pub fn varint_up_to(&mut self, max: u64) -> Result<u64, DecodeError> {
        let value = self.varint()?;
        if value <= max { Ok(value) } else { Err(DecodeError::OutOfRange) }
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: u64) -> Result<&'a [u8], DecodeError> {
        let count = usize::try_from(count).map_err(|_| DecodeError::Truncated)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bad_varints_are_refused() {
        assert_eq!(Reader::new(&[]).varint(), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[0x80; 9]).varint(), Err(DecodeError::Truncated));
        assert_eq!(Reader::new(&[0x80; 11]).varint(), Err(DecodeError::Overlong));
        let over = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2];
        assert_eq!(Reader::new(&over).varint(), Err(DecodeError::Overlong));
        assert_eq!(Reader::new(&[11]).varint_up_to(10), Err(DecodeError::OutOfRange));
        assert_eq!(Reader::new(b"abc").bytes(4), Err(DecodeError::Truncated));
    }

    proptest! {
        #[test]
        fn numbers_survive_a_round_trip(values: Vec<(u64, i64)>) {
            let mut bytes = Vec::new();
            for (unsigned, signed) in &values {
                put_varint(&mut bytes, *unsigned);
                put_varint(&mut bytes, zigzag(*signed));
            }
            let mut reader = Reader::new(&bytes);
            for (unsigned, signed) in &values {
                prop_assert_eq!(reader.varint(), Ok(*unsigned));
                prop_assert_eq!(reader.varint().map(unzigzag), Ok(*signed));
            }
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, max: u64) {
            let mut reader = Reader::new(&bytes);
            while reader.varint_up_to(max).is_ok() {}
            let left = reader.rest().len() as u64;
            prop_assert!(reader.bytes(left + 1).is_err());
        }
    }
}
