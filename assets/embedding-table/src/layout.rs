//! Where everything stands in an image: the one description that who writes and who reads it share.
//!
//! | Bytes | All numbers little endian |
//! | ---: | --- |
//! | 8 | magic |
//! | 4 | version of this layout |
//! | 4 | dimensions of a row, a multiple of 16 |
//! | 4 | tokens |
//! | 4 | the token for words that are not in the vocabulary |
//! | 4 | slots, a power of two above the number of tokens |
//! | 4 | bytes of the vocabulary |
//! | 4 | the longest token, in bytes, without `##` |
//! | 4 | the farthest that a token stands from the slot of its hash |
//! | 8 | hash of all that follows the header |
//! | 32 | name of the model, zeros behind it |
//! | 48 | zero |
//! | dimensions × tokens | rows, signed bytes |
//! | 4 × tokens | the scale of each row, 32-bit floating point |
//! | 4 × slots | slots: the token's number in the lower 20 bits, 12 bits of its hash above; all ones where there is none |
//! | 4 × tokens | where each token ends in the vocabulary |
//! | | the vocabulary: tokens one behind the other, those that continue a word with `##` before them |
//!
//! A token is looked for from the slot of its hash on, to the first empty one. So an image needs no work before it is
//! used, wherever it lies.

use std::ops::Range;

/// Not text, and broken by whatever converts line ends or drops a byte's top bit.
pub const MAGIC: [u8; 8] = *b"\x97WMvec\r\n";
/// The version of the layout that is written, and the only one that is read.
pub const VERSION: u32 = 1;
/// What files of images are: the kind of `writemagic_shared::mapped`.
pub const KIND: [u8; 4] = *b"EMBT";
/// Bytes of a header: with it, rows of 64 bytes and more begin at a multiple of 64.
pub const HEADER: usize = 128;
/// Bytes of a model's name.
pub const NAME: usize = 32;
/// Bits of a token's number in a slot.
const NUMBER_BITS: u32 = 20;
/// The most tokens: the highest number stands in no slot but an empty one.
pub const MOST_TOKENS: u32 = (1 << NUMBER_BITS) - 1;
/// The most dimensions, and what they are a multiple of.
const DIMENSIONS: (u32, u32) = (1024, 16);
/// A slot without a token.
pub const EMPTY: u32 = u32::MAX;
/// What tokens begin with that continue a word.
pub const CONTINUES: &[u8] = b"##";

/// What stands in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Dimensions of a row.
    pub dimensions: u32,
    /// How many tokens there are.
    pub tokens: u32,
    /// The token for words that are not in the vocabulary.
    pub unknown: u32,
    /// How many slots there are.
    pub slots: u32,
    /// Bytes of the vocabulary.
    pub vocabulary: u32,
    /// The longest token, in bytes, without [`CONTINUES`].
    pub longest: u32,
    /// The farthest that a token stands from the slot of its hash.
    pub farthest: u32,
    /// [`hash_of`] all that follows the header.
    pub checksum: u64,
    /// Name of the model, zeros behind it.
    pub name: [u8; NAME],
}

/// Why bytes are no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another version of this layout.
    Version {
        /// The version that is named.
        found: u32,
    },
    /// Not what an image has at this place.
    Invalid {
        /// What is wrong.
        reason: &'static str,
        /// Where, in bytes from the start.
        offset: u64,
    },
}

/// Where the parts of an image stand, in bytes from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Rows.
    pub rows: Range<usize>,
    /// Scales.
    pub scales: Range<usize>,
    /// Slots.
    pub slots: Range<usize>,
    /// Ends of tokens.
    pub ends: Range<usize>,
    /// Tokens.
    pub vocabulary: Range<usize>,
}

impl Header {
    /// As it stands at the start of an image.
    pub fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let mut at = 0;
        let mut put = |field: &[u8]| {
            bytes[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        };
        put(&MAGIC);
        let numbers = [self.dimensions, self.tokens, self.unknown, self.slots, self.vocabulary];
        for number in [VERSION].into_iter().chain(numbers).chain([self.longest, self.farthest]) {
            put(&number.to_le_bytes());
        }
        put(&self.checksum.to_le_bytes());
        put(&self.name);
        bytes
    }

    /// The header of `image`, and where its parts are: all of them within it, with nothing behind.
    ///
    /// Looks at the header and the image's length alone.
    ///
    /// # Errors
    /// [`Refused`] says what is not as it should be.
    pub fn parse(image: &[u8]) -> Result<(Self, Parts), Refused> {
        let invalid = |reason, offset: usize| Refused::Invalid { reason, offset: offset as u64 };
        let header = image.first_chunk::<HEADER>().ok_or(invalid("too short for a header", image.len()))?;
        if header[..8] != MAGIC {
            return Err(invalid("not an embedding table", 0));
        }
        let number = |at: usize| {
            let mut bytes = [0; 4];
            bytes.copy_from_slice(&header[at..at + 4]);
            u32::from_le_bytes(bytes)
        };
        if number(8) != VERSION {
            return Err(Refused::Version { found: number(8) });
        }
        let mut name = [0; NAME];
        name.copy_from_slice(&header[48..48 + NAME]);
        let parsed = Self {
            dimensions: number(12),
            tokens: number(16),
            unknown: number(20),
            slots: number(24),
            vocabulary: number(28),
            longest: number(32),
            farthest: number(36),
            checksum: u64::from(number(44)) << 32 | u64::from(number(40)),
            name,
        };
        let (most, step) = DIMENSIONS;
        let checks = [
            (parsed.dimensions > 0 && parsed.dimensions <= most, "dimensions", 12),
            (parsed.dimensions.is_multiple_of(step), "dimensions", 12),
            ((1..=MOST_TOKENS).contains(&parsed.tokens), "the number of tokens", 16),
            (parsed.unknown < parsed.tokens, "the token for unknown words", 20),
            (parsed.slots.is_power_of_two() && parsed.slots > parsed.tokens, "the number of slots", 24),
            (parsed.slots <= MOST_TOKENS + 1, "the number of slots", 24),
            (parsed.longest > 0 && parsed.longest <= parsed.vocabulary, "the longest token", 32),
            (parsed.farthest < parsed.slots, "the farthest slot", 36),
            (parsed.name().is_some(), "the name", 48),
            // Whatever is not as it would be written.
            (parsed.to_bytes() == *header, "the header's zeros", 80),
        ];
        for (holds, reason, offset) in checks {
            if !holds {
                return Err(invalid(reason, offset));
            }
        }
        let parts = parsed.parts().ok_or(invalid("longer than can be addressed", 12))?;
        match parts.vocabulary.end {
            end if end == image.len() => Ok((parsed, parts)),
            end => Err(invalid("shorter or longer than its header says", end.min(image.len()))),
        }
    }

    /// The model's name; `None` where it is empty, no UTF-8, or has a control character.
    pub fn name(&self) -> Option<&str> {
        let end = self.name.iter().rposition(|byte| *byte != 0)? + 1;
        let name = std::str::from_utf8(&self.name[..end]).ok()?;
        (!name.chars().any(char::is_control)).then_some(name)
    }

    /// `None` for more than can be addressed.
    pub fn parts(&self) -> Option<Parts> {
        let mut at = HEADER;
        let mut take = |bytes: u64| {
            let start = at;
            at = at.checked_add(usize::try_from(bytes).ok()?)?;
            Some(start..at)
        };
        let tokens = u64::from(self.tokens);
        Some(Parts {
            rows: take(tokens * u64::from(self.dimensions))?,
            scales: take(4 * tokens)?,
            slots: take(4 * u64::from(self.slots))?,
            ends: take(4 * tokens)?,
            vocabulary: take(u64::from(self.vocabulary))?,
        })
    }
}

/// The hash of a token, byte by byte (FNV-1a of 64 bits): that of every prefix comes on the way.
#[derive(Clone, Copy, Debug)]
pub struct Hash(u64);

impl Hash {
    const START: u64 = 0xCBF2_9CE4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01B3;

    /// Of nothing; another one for tokens that continue a word, whose [`CONTINUES`] is not hashed.
    #[inline]
    pub const fn new(continues: bool) -> Self {
        Self(if continues { !Self::START } else { Self::START })
    }

    /// With one more byte.
    #[inline]
    pub const fn with(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(Self::PRIME))
    }

    /// The slot where the search begins, among a power of two that is at most 2²⁰.
    #[inline]
    pub const fn slot(self, slots: u32) -> u32 {
        (self.mixed() >> 32) as u32 & slots.wrapping_sub(1)
    }

    /// The bits that a slot keeps of it, in their place.
    #[inline]
    pub const fn tag(self) -> u32 {
        ((self.mixed() >> 52) as u32) << NUMBER_BITS
    }

    /// Upper bits in which every byte shows: the last one has not come far in the hash itself.
    #[inline]
    const fn mixed(self) -> u64 {
        (self.0 ^ self.0 >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// The token's number in a slot; `None` where it holds another tag, or nothing.
#[inline]
pub const fn number_of(slot: u32, tag: u32) -> Option<u32> {
    let number = slot & MOST_TOKENS;
    if slot & !MOST_TOKENS == tag && number != MOST_TOKENS { Some(number) } else { None }
}

/// FNV-1a of 64 bits.
pub fn hash_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(Hash::new(false), |hash, byte| hash.with(*byte)).0
}
