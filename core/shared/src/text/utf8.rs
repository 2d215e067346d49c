//! Validation of UTF-8: whole or in chunks that split anywhere, with the place and kind of the first error.
//!
//! The speed is `simdutf8`'s, which chooses its own instructions; this module says what is wrong, in the
//! terms of the Unicode standard, and carries a character over the edge of two chunks.

use thiserror::Error;

/// The same bytes as text.
///
/// Linear: valid text is read once at the speed of vector instructions, text with an error twice.
///
/// # Errors
/// [`InvalidUtf8`] names the first place that is not UTF-8.
pub fn validate(bytes: &[u8]) -> Result<&str, InvalidUtf8> {
    simdutf8::basic::from_utf8(bytes).or_else(|_| {
        let valid = match simdutf8::compat::from_utf8(bytes) {
            Ok(text) => return Ok(text),
            Err(error) => error.valid_up_to(),
        };
        Err(InvalidUtf8::at(valid as u64, bytes.get(valid..).unwrap_or_default()))
    })
}

/// The first place where bytes are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not UTF-8 at byte {offset}: {kind}")]
pub struct InvalidUtf8 {
    /// Bytes before it; all of them are UTF-8.
    pub offset: u64,
    /// How many bytes it spoils, 1 to 3: those that one U+FFFD replaces, after which reading may go on.
    pub length: u8,
    /// What is wrong with them.
    pub kind: InvalidUtf8Kind,
}

/// What is wrong with bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidUtf8Kind {
    /// A continuation byte (80 to BF) without a first byte before it.
    #[error("unexpected continuation byte")]
    UnexpectedContinuation,
    /// A byte that no encoding of a character has: F8 to FF.
    #[error("invalid byte")]
    InvalidByte,
    /// A character spelled with more bytes than it needs: C0, C1, E0 before 80 to 9F, F0 before 80 to 8F.
    #[error("overlong encoding")]
    Overlong,
    /// A UTF-16 surrogate, which is not a character: ED before A0 to BF.
    #[error("encoded surrogate")]
    Surrogate,
    /// A number beyond U+10FFFF: F4 before 90 to BF, and F5 to F7.
    #[error("beyond U+10FFFF")]
    TooLarge,
    /// A character is broken off by a byte that does not continue it.
    #[error("missing continuation byte")]
    MissingContinuation,
    /// The bytes end inside a character; more of them could complete it.
    #[error("cut off at the end")]
    Truncated,
}

impl InvalidUtf8 {
    /// What is wrong at the start of `broken`, which lies at `offset`.
    fn at(offset: u64, broken: &[u8]) -> Self {
        use InvalidUtf8Kind::*;
        let lead = broken.first().copied().unwrap_or_default();
        let second = broken.get(1).copied();
        let (kind, length) = match (lead, second) {
            (0x80..=0xBF, _) => (UnexpectedContinuation, 1),
            (0xC0 | 0xC1, _) | (0xE0, Some(0x80..=0x9F)) | (0xF0, Some(0x80..=0x8F)) => (Overlong, 1),
            (0xED, Some(0xA0..=0xBF)) => (Surrogate, 1),
            (0xF5..=0xF7, _) | (0xF4, Some(0x90..=0xBF)) => (TooLarge, 1),
            (0xF8..=0xFF, _) => (InvalidByte, 1),
            _ => {
                let continued =
                    broken.iter().skip(1).take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
                let length = 1 + continued;
                (if length < broken.len() { MissingContinuation } else { Truncated }, length as u8)
            }
        };
        InvalidUtf8 { offset, length, kind }
    }
}

/// Validates text that comes in chunks, which may split characters.
///
/// Holds the up to three bytes of a character that has begun; allocates nothing.
///
/// ```
/// use writemagic_shared::text::utf8::{InvalidUtf8Kind, Validator};
///
/// let mut validator = Validator::new();
/// validator.push(b"caf\xC3")?;
/// validator.push(b"\xA9 \xF0\x9F")?;
/// assert_eq!(validator.finish().unwrap_err().kind, InvalidUtf8Kind::Truncated);
/// # Ok::<(), writemagic_shared::text::utf8::InvalidUtf8>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Validator {
    /// Bytes of whole characters so far.
    offset: u64,
    begun: [u8; 4],
    begun_length: usize,
    failed: Option<InvalidUtf8>,
}

impl Validator {
    /// A validator that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next chunk.
    ///
    /// # Errors
    /// [`InvalidUtf8`] with the offset from the start of the first chunk; every later call repeats it.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), InvalidUtf8> {
        match self.failed {
            Some(error) => Err(error),
            None => self.read(chunk).inspect_err(|error| self.failed = Some(*error)),
        }
    }

    /// Ends the text.
    ///
    /// # Errors
    /// The error of an earlier [`push`](Self::push), or [`InvalidUtf8Kind::Truncated`] when the text ends
    /// inside a character.
    pub fn finish(self) -> Result<(), InvalidUtf8> {
        match (self.failed, self.begun.get(..self.begun_length)) {
            (Some(error), _) => Err(error),
            (None, None | Some([])) => Ok(()),
            (None, Some(begun)) => Err(InvalidUtf8::at(self.offset, begun)),
        }
    }

    fn read(&mut self, chunk: &[u8]) -> Result<(), InvalidUtf8> {
        let mut rest = chunk;
        while self.begun_length > 0 {
            let Some((byte, after)) = rest.split_first() else { return Ok(()) };
            self.begun[self.begun_length] = *byte;
            let begun = &self.begun[..=self.begun_length];
            match std::str::from_utf8(begun) {
                Ok(_) => {
                    self.offset += begun.len() as u64;
                    self.begun_length = 0;
                }
                Err(error) if error.error_len().is_none() => self.begun_length += 1,
                Err(_) => return Err(InvalidUtf8::at(self.offset, begun)),
            }
            rest = after;
        }
        match validate(rest) {
            Ok(_) => self.offset += rest.len() as u64,
            Err(InvalidUtf8 { offset, length, kind: InvalidUtf8Kind::Truncated }) => {
                self.offset += offset;
                self.begun_length = usize::from(length);
                self.begun[..self.begun_length].copy_from_slice(&rest[offset as usize..]);
            }
            Err(error) => return Err(InvalidUtf8 { offset: self.offset + error.offset, ..error }),
        }
        Ok(())
    }
}
