//! [`Simd`] with AVX2: two registers of 32 bytes.
#![allow(unsafe_code, reason = "vector instructions; the type proves that the processor has them")]

use std::arch::x86_64::*;

use super::TextStats;
use super::kernel::{Measures, State};
use super::page::Page;
use super::simd::Simd;
use crate::text::dispatch::Path;

/// Proof of AVX2, BMI1, BMI2, POPCNT and LZCNT.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    /// `Some` where the processor has all of [`Path::Avx2`].
    #[inline]
    pub(super) fn new() -> Option<Self> {
        Path::Avx2.is_available().then_some(Self(()))
    }

    /// [`State::absorb`] with these instructions.
    pub(super) fn absorb<M: Measures>(self, state: &mut State, text: &[u8]) {
        #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
        fn enabled<M: Measures>(simd: Avx2, state: &mut State, text: &[u8]) {
            state.absorb::<Avx2, M>(simd, text);
        }
        // SAFETY: `self` proves the features.
        unsafe { enabled::<M>(self, state, text) }
    }

    /// [`State::finish`] with these instructions.
    pub(super) fn finish<M: Measures>(self, state: &mut State) -> TextStats {
        #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
        fn enabled<M: Measures>(simd: Avx2, state: &mut State) -> TextStats {
            state.finish::<Avx2, M>(simd)
        }
        // SAFETY: `self` proves the features.
        unsafe { enabled::<M>(self, state) }
    }
}

type Pair = [__m256i; 2];

#[inline(always)]
fn both(a: Pair, f: impl Fn(__m256i) -> __m256i) -> Pair {
    [f(a[0]), f(a[1])]
}

#[inline(always)]
fn zip(a: Pair, b: Pair, f: impl Fn(__m256i, __m256i) -> __m256i) -> Pair {
    [f(a[0], b[0]), f(a[1], b[1])]
}

impl Simd for Avx2 {
    type Bytes = Pair;
    type Mask = Pair;
    /// Four indices into 16 bytes each, of which those of other rows have bit 7 and find 0.
    type Index = [Pair; 4];

    #[inline(always)]
    fn load(self, bytes: &[u8; 64]) -> Pair {
        let at: *const __m256i = bytes.as_ptr().cast();
        // SAFETY: the array has 64 bytes, an unaligned load may read anywhere in it; AVX2 is proven.
        unsafe { [_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))] }
    }

    #[inline(always)]
    fn equal(self, bytes: Pair, byte: u8) -> Pair {
        // SAFETY: AVX2 is proven.
        both(bytes, |half| unsafe { _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte as i8)) })
    }

    #[inline(always)]
    fn within(self, bytes: Pair, low: u8, high: u8) -> Pair {
        let least = low as i8;
        if high == 0xFF {
            // SAFETY: AVX2 is proven.
            return both(bytes, |half| unsafe {
                _mm256_cmpeq_epi8(_mm256_max_epu8(half, _mm256_set1_epi8(least)), half)
            });
        }
        if high == 0x7F && least > 0 {
            // Signed, other characters than those of ASCII are below 0.
            // SAFETY: AVX2 is proven.
            return both(bytes, |half| unsafe { _mm256_cmpgt_epi8(half, _mm256_set1_epi8(least - 1)) });
        }
        // SAFETY: AVX2 is proven.
        both(bytes, |half| unsafe {
            let above = _mm256_sub_epi8(half, _mm256_set1_epi8(least));
            _mm256_cmpeq_epi8(_mm256_min_epu8(above, _mm256_set1_epi8((high - low) as i8)), above)
        })
    }

    #[inline(always)]
    fn and(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: AVX2 is proven.
        zip(a, b, |a, b| unsafe { _mm256_and_si256(a, b) })
    }

    #[inline(always)]
    fn or(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: AVX2 is proven.
        zip(a, b, |a, b| unsafe { _mm256_or_si256(a, b) })
    }

    #[inline(always)]
    fn bits(self, mask: Pair) -> u64 {
        self.tops(mask)
    }

    #[inline(always)]
    fn tops(self, bytes: Pair) -> u64 {
        // SAFETY: AVX2 is proven.
        let (low, high) = unsafe { (_mm256_movemask_epi8(bytes[0]), _mm256_movemask_epi8(bytes[1])) };
        u64::from(high as u32) << 32 | u64::from(low as u32)
    }

    #[inline(always)]
    fn plane<const FROM_TOP: i32>(self, bytes: Pair) -> u64 {
        // SAFETY: AVX2 is proven. A shift of 16-bit lanes moves bits between bytes below bit 7 only.
        self.tops(both(bytes, |half| unsafe { _mm256_slli_epi16::<FROM_TOP>(half) }))
    }

    #[inline(always)]
    fn any(self, bytes: Pair, bits: u8) -> u64 {
        // SAFETY: AVX2 is proven.
        !self.tops(both(bytes, |half| unsafe {
            _mm256_cmpeq_epi8(_mm256_and_si256(half, _mm256_set1_epi8(bits as i8)), _mm256_setzero_si256())
        }))
    }

    #[inline(always)]
    fn zero(self) -> Pair {
        // SAFETY: AVX2 is proven.
        unsafe { [_mm256_setzero_si256(); 2] }
    }

    #[inline(always)]
    fn none(self) -> Pair {
        self.zero()
    }

    #[inline(always)]
    fn merge(self, bytes: Pair, mask: Pair, more: Pair) -> Pair {
        self.or(bytes, self.and(mask, more))
    }

    #[inline(always)]
    fn combine(self, a: Pair, b: Pair) -> Pair {
        self.or(a, b)
    }

    #[inline(always)]
    fn merge_byte(self, bytes: Pair, mask: Pair, byte: u8) -> Pair {
        // SAFETY: AVX2 is proven.
        self.merge(bytes, mask, unsafe { [_mm256_set1_epi8(byte as i8); 2] })
    }

    #[inline(always)]
    fn index(self, bytes: Pair) -> [Pair; 4] {
        // SAFETY: AVX2 is proven.
        let six = both(bytes, |half| unsafe { _mm256_and_si256(half, _mm256_set1_epi8(0x3F)) });
        // In its own row an index is 0x70 to 0x7F, in any other 0x80 or more.
        let row = |row: i8| {
            // SAFETY: AVX2 is proven.
            both(six, |half| unsafe {
                let column = _mm256_sub_epi8(half, _mm256_set1_epi8(row));
                _mm256_adds_epu8(column, _mm256_set1_epi8(0x70))
            })
        };
        [row(0), row(0x10), row(0x20), row(0x30)]
    }

    #[inline(always)]
    fn lookup(self, page: &Page, index: [Pair; 4]) -> Pair {
        let rows: *const __m128i = page.0.as_ptr().cast();
        // SAFETY: AVX2 is proven, and a page has four rows of 16 bytes.
        let found = |row: usize| unsafe {
            let table = _mm256_broadcastsi128_si256(_mm_loadu_si128(rows.add(row)));
            both(index[row], |half| _mm256_shuffle_epi8(table, half))
        };
        self.or(self.or(found(0), found(1)), self.or(found(2), found(3)))
    }

    #[inline(always)]
    fn nibbles(self, bytes: Pair, low: &[u8; 16], high: &[u8; 16]) -> Pair {
        // SAFETY: AVX2 is proven, and both tables have 16 bytes.
        unsafe {
            let low = _mm256_broadcastsi128_si256(_mm_loadu_si128(low.as_ptr().cast()));
            let high = _mm256_broadcastsi128_si256(_mm_loadu_si128(high.as_ptr().cast()));
            let mask = _mm256_set1_epi8(0x0F);
            both(bytes, |half| {
                let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(half), mask);
                _mm256_and_si256(
                    _mm256_shuffle_epi8(low, _mm256_and_si256(half, mask)),
                    _mm256_shuffle_epi8(high, upper),
                )
            })
        }
    }
}
