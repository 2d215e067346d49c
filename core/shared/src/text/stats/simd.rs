//! What the counters ask of a vector unit: 64 bytes as one value, whatever the registers are.

use super::page::Page;

/// Vector instructions of one kind. A value of the type is proof that the processor has them.
pub(super) trait Simd: Copy {
    /// 64 bytes.
    type Bytes: Copy;
    /// A truth value for each of 64 bytes.
    type Mask: Copy;
    /// The low six bits of 64 bytes, made ready for [`Simd::lookup`].
    type Index: Copy;

    fn load(self, bytes: &[u8; 64]) -> Self::Bytes;
    fn equal(self, bytes: Self::Bytes, byte: u8) -> Self::Mask;
    /// Whether each byte is in `low..=high`.
    fn within(self, bytes: Self::Bytes, low: u8, high: u8) -> Self::Mask;
    fn and(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn or(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// One bit a byte, the first byte's lowest.
    fn bits(self, mask: Self::Mask) -> u64;
    /// Bit 7 of each byte.
    fn tops(self, bytes: Self::Bytes) -> u64;
    /// Bit `7 - FROM_TOP` of each byte.
    fn plane<const FROM_TOP: i32>(self, bytes: Self::Bytes) -> u64;
    /// Whether each byte has one of `bits`.
    fn any(self, bytes: Self::Bytes, bits: u8) -> u64;
    fn zero(self) -> Self::Bytes;
    fn none(self) -> Self::Mask;
    /// `bytes` or, where `mask`, also the bits of `more`.
    fn merge(self, bytes: Self::Bytes, mask: Self::Mask, more: Self::Bytes) -> Self::Bytes;
    /// The bits of both.
    fn combine(self, a: Self::Bytes, b: Self::Bytes) -> Self::Bytes;
    /// `bytes` or, where `mask`, also the bits of `byte`.
    fn merge_byte(self, bytes: Self::Bytes, mask: Self::Mask, byte: u8) -> Self::Bytes;
    fn index(self, bytes: Self::Bytes) -> Self::Index;
    /// The bytes of a page at an index.
    fn lookup(self, page: &Page, index: Self::Index) -> Self::Bytes;
    /// `low[byte & 15] & high[byte >> 4]` for bytes of ASCII.
    fn nibbles(self, bytes: Self::Bytes, low: &[u8; 16], high: &[u8; 16]) -> Self::Bytes;
}

/// Where the characters of ASCII are in a block.
#[derive(Clone, Copy)]
pub(super) struct Raw<S: Simd> {
    pub(super) simd: S,
    pub(super) bytes: S::Bytes,
    /// The bytes of the block that are text.
    pub(super) valid: u64,
}

impl<S: Simd> Raw<S> {
    /// The positions of `byte`.
    #[inline(always)]
    pub(super) fn positions(self, byte: u8) -> u64 {
        self.simd.bits(self.simd.equal(self.bytes, byte)) & self.valid
    }
}
