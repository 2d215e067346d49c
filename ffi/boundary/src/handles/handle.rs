//! The bits of a handle.
//!
//! | Bits | What | Why so many |
//! | --- | --- | --- |
//! | 63 | 0 | positive wherever a language has no unsigned numbers |
//! | 50–62 | image, 1 to 8,191 | drawn once for each copy of the library that is loaded; two copies differ but once in 8,191 times |
//! | 42–49 | kind, 1 to 255 | the type of the object: its table |
//! | 24–41 | index | 262,144 places in one table, [`HANDLES`](writemagic_shared::limits::HANDLES) |
//! | 0–23 | generation, 1 to 16,777,215 | how often the place was given out; after the last time it stays empty |
//!
//! A random number of 64 bits is taken for a live handle with odds of about 2⁻⁶³ for each object that lives.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::OnceLock;

pub(super) const GENERATION_BITS: u32 = 24;
pub(super) const INDEX_BITS: u32 = 18;
const KIND_BITS: u32 = 8;
const IMAGE_BITS: u32 = 13;
const INDEX_SHIFT: u32 = GENERATION_BITS;
const TABLE_SHIFT: u32 = INDEX_SHIFT + INDEX_BITS;
const _: () = assert!(1 + IMAGE_BITS + KIND_BITS + TABLE_SHIFT == u64::BITS, "a handle has 64 bits");
const _: () = assert!(1 << INDEX_BITS == writemagic_shared::limits::HANDLES);

/// A number that stands for an object on the other side of the boundary.
///
/// Any number can be made one: what it is worth shows when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Handle(i64);

impl Handle {
    /// A number as it came across the boundary.
    pub const fn from_raw(raw: i64) -> Self {
        Self(raw)
    }

    /// The number that crosses the boundary; positive for every handle that a table gave out.
    pub const fn raw(self) -> i64 {
        self.0
    }

    pub(super) const fn new(table: TableId, key: Key) -> Self {
        let bits =
            (table.0 as u64) << TABLE_SHIFT | (key.index as u64) << INDEX_SHIFT | key.generation as u64;
        Self(bits.cast_signed())
    }

    /// Image and kind; with the sign, which no table's has.
    #[inline]
    pub(super) const fn table(self) -> TableId {
        TableId((self.0.cast_unsigned() >> TABLE_SHIFT) as u32)
    }

    #[inline]
    pub(super) const fn key(self) -> Key {
        let bits = self.0.cast_unsigned();
        Key {
            index: (bits >> INDEX_SHIFT) as u32 & ((1 << INDEX_BITS) - 1),
            generation: bits as u32 & ((1 << GENERATION_BITS) - 1),
        }
    }
}

/// A place in a table, and the how-manyeth object in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) index: u32,
    pub(super) generation: u32,
}

/// Image and kind: one table in one copy of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableId(u32);

impl TableId {
    /// The table of this kind in this copy of the library.
    pub(super) fn of(kind: u8) -> Self {
        Self(image() << KIND_BITS | u32::from(kind))
    }

    pub(super) const fn kind(self) -> u8 {
        self.0 as u8
    }

    /// Image bits, the sign bit above them.
    pub(super) const fn image(self) -> u32 {
        self.0 >> KIND_BITS
    }
}

/// Which copy of the library this is: drawn when it is first asked for, never 0.
///
/// Two copies can be loaded into one process (two class loaders, an app and its extension's framework), each with
/// tables of its own whose handles look alike but for this.
pub(super) fn image() -> u32 {
    static IMAGE: OnceLock<u32> = OnceLock::new();
    // The operating system's randomness, and where this copy was loaded.
    *IMAGE.get_or_init(|| {
        let place = std::ptr::from_ref(&IMAGE).addr();
        let drawn = RandomState::new().hash_one(place) % ((1 << IMAGE_BITS) - 1);
        drawn as u32 + 1
    })
}
