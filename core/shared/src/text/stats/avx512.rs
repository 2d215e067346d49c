//! [`Simd`] with AVX-512: one register of 64 bytes, masks in mask registers.
//!
//! Looking up one of 64 bytes is one instruction of VBMI, five without it; all else is the same for both.
#![allow(unsafe_code, reason = "vector instructions; the type proves that the processor has them")]

use std::arch::x86_64::*;

use super::TextStats;
use super::kernel::{Measures, State};
use super::page::Page;
use super::simd::Simd;
use crate::text::dispatch::Path;

/// Proof of AVX-512 F, BW and VL, of [`Path::Avx2`]'s features, and of what `L` needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx512<L>(L);

/// How one of 64 bytes is looked up.
pub(super) trait LookUp: Copy {
    /// The low six bits of 64 bytes.
    type Index: Copy;

    fn index(self, bytes: __m512i) -> Self::Index;
    fn lookup(self, page: &Page, index: Self::Index) -> __m512i;
}

/// Proof of AVX-512 VBMI.
#[derive(Clone, Copy, Debug)]
pub(super) struct Permute(());

/// Proof of AVX-512 BW.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shuffle(());

impl Avx512<Permute> {
    /// `Some` where the processor has all of [`Path::Avx512`].
    #[inline]
    pub(super) fn new() -> Option<Self> {
        Path::Avx512.is_available().then_some(Self(Permute(())))
    }

    /// [`State::absorb`] with these instructions.
    pub(super) fn absorb<M: Measures>(self, state: &mut State, text: &[u8]) {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
        fn enabled<M: Measures>(simd: Avx512<Permute>, state: &mut State, text: &[u8]) {
            state.absorb::<Avx512<Permute>, M>(simd, text);
        }
        // SAFETY: `self` proves the features.
        unsafe { enabled::<M>(self, state, text) }
    }

    /// [`State::finish`] with these instructions.
    pub(super) fn finish<M: Measures>(self, state: &mut State) -> TextStats {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
        fn enabled<M: Measures>(simd: Avx512<Permute>, state: &mut State) -> TextStats {
            state.finish::<Avx512<Permute>, M>(simd)
        }
        // SAFETY: `self` proves the features.
        unsafe { enabled::<M>(self, state) }
    }
}

impl Avx512<Shuffle> {
    /// `Some` where the processor has all of [`Path::Avx512Bw`].
    #[inline]
    pub(super) fn new() -> Option<Self> {
        Path::Avx512Bw.is_available().then_some(Self(Shuffle(())))
    }

    /// [`State::absorb`] with these instructions.
    pub(super) fn absorb<M: Measures>(self, state: &mut State, text: &[u8]) {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,bmi1,bmi2,popcnt,lzcnt")]
        fn enabled<M: Measures>(simd: Avx512<Shuffle>, state: &mut State, text: &[u8]) {
            state.absorb::<Avx512<Shuffle>, M>(simd, text);
        }
        // SAFETY: `self` proves the features.
        unsafe { enabled::<M>(self, state, text) }
    }

    /// [`State::finish`] with these instructions.
    pub(super) fn finish<M: Measures>(self, state: &mut State) -> TextStats {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,bmi1,bmi2,popcnt,lzcnt")]
        fn enabled<M: Measures>(simd: Avx512<Shuffle>, state: &mut State) -> TextStats {
            state.finish::<Avx512<Shuffle>, M>(simd)
        }
        // SAFETY: `self` proves the features.
        unsafe { enabled::<M>(self, state) }
    }
}

impl LookUp for Permute {
    /// The bytes themselves: VPERMB looks at six bits.
    type Index = __m512i;

    #[inline(always)]
    fn index(self, bytes: __m512i) -> __m512i {
        bytes
    }

    #[inline(always)]
    fn lookup(self, page: &Page, index: __m512i) -> __m512i {
        // SAFETY: a page has 64 bytes; AVX-512 VBMI is proven.
        unsafe { _mm512_permutexvar_epi8(index, _mm512_loadu_si512(page.0.as_ptr().cast())) }
    }
}

impl LookUp for Shuffle {
    /// The low four bits, and masks of the bytes that have bit 4 and bit 5.
    type Index = (__m512i, u64, u64);

    #[inline(always)]
    fn index(self, bytes: __m512i) -> Self::Index {
        // SAFETY: AVX-512 BW is proven.
        unsafe {
            (
                _mm512_and_si512(bytes, _mm512_set1_epi8(0x0F)),
                _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x10)),
                _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20)),
            )
        }
    }

    #[inline(always)]
    fn lookup(self, page: &Page, (column, odd_row, upper_rows): Self::Index) -> __m512i {
        let rows: *const __m128i = page.0.as_ptr().cast();
        // SAFETY: AVX-512 BW is proven, and a page has four rows of 16 bytes.
        unsafe {
            let first = _mm512_broadcast_i32x4(_mm_loadu_si128(rows));
            let second = _mm512_broadcast_i32x4(_mm_loadu_si128(rows.add(1)));
            let third = _mm512_broadcast_i32x4(_mm_loadu_si128(rows.add(2)));
            let fourth = _mm512_broadcast_i32x4(_mm_loadu_si128(rows.add(3)));
            let lower = _mm512_shuffle_epi8(first, column);
            let lower = _mm512_mask_shuffle_epi8(lower, odd_row, second, column);
            let upper = _mm512_shuffle_epi8(third, column);
            let upper = _mm512_mask_shuffle_epi8(upper, odd_row, fourth, column);
            _mm512_mask_blend_epi8(upper_rows, lower, upper)
        }
    }
}

impl<L: LookUp> Simd for Avx512<L> {
    type Bytes = __m512i;
    type Mask = u64;
    type Index = L::Index;

    #[inline(always)]
    fn load(self, bytes: &[u8; 64]) -> __m512i {
        // SAFETY: the array has 64 bytes, an unaligned load may read all of it; AVX-512 F is proven.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    fn equal(self, bytes: __m512i, byte: u8) -> u64 {
        // SAFETY: AVX-512 BW is proven.
        unsafe { _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8)) }
    }

    #[inline(always)]
    fn within(self, bytes: __m512i, low: u8, high: u8) -> u64 {
        // SAFETY: AVX-512 BW is proven.
        unsafe {
            let above = _mm512_sub_epi8(bytes, _mm512_set1_epi8(low as i8));
            _mm512_cmple_epu8_mask(above, _mm512_set1_epi8((high - low) as i8))
        }
    }

    #[inline(always)]
    fn and(self, a: u64, b: u64) -> u64 {
        a & b
    }

    #[inline(always)]
    fn or(self, a: u64, b: u64) -> u64 {
        a | b
    }

    #[inline(always)]
    fn bits(self, mask: u64) -> u64 {
        mask
    }

    #[inline(always)]
    fn tops(self, bytes: __m512i) -> u64 {
        // SAFETY: AVX-512 BW is proven.
        unsafe { _mm512_movepi8_mask(bytes) }
    }

    #[inline(always)]
    fn plane<const FROM_TOP: i32>(self, bytes: __m512i) -> u64 {
        self.any(bytes, 0x80 >> FROM_TOP)
    }

    #[inline(always)]
    fn any(self, bytes: __m512i, bits: u8) -> u64 {
        // SAFETY: AVX-512 BW is proven.
        unsafe { _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(bits as i8)) }
    }

    #[inline(always)]
    fn zero(self) -> __m512i {
        // SAFETY: AVX-512 F is proven.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    fn none(self) -> u64 {
        0
    }

    #[inline(always)]
    fn merge(self, bytes: __m512i, mask: u64, more: __m512i) -> __m512i {
        // SAFETY: AVX-512 BW is proven. The classes of different pages never meet in a byte.
        unsafe { _mm512_mask_mov_epi8(bytes, mask, more) }
    }

    #[inline(always)]
    fn combine(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: AVX-512 F is proven.
        unsafe { _mm512_or_si512(a, b) }
    }

    #[inline(always)]
    fn merge_byte(self, bytes: __m512i, mask: u64, byte: u8) -> __m512i {
        // SAFETY: AVX-512 BW is proven.
        unsafe { _mm512_mask_mov_epi8(bytes, mask, _mm512_set1_epi8(byte as i8)) }
    }

    #[inline(always)]
    fn index(self, bytes: __m512i) -> L::Index {
        self.0.index(bytes)
    }

    #[inline(always)]
    fn lookup(self, page: &Page, index: L::Index) -> __m512i {
        self.0.lookup(page, index)
    }

    #[inline(always)]
    fn nibbles(self, bytes: __m512i, low: &[u8; 16], high: &[u8; 16]) -> __m512i {
        // SAFETY: AVX-512 BW is proven, and both tables have 16 bytes.
        unsafe {
            let low = _mm512_broadcast_i32x4(_mm_loadu_si128(low.as_ptr().cast()));
            let high = _mm512_broadcast_i32x4(_mm_loadu_si128(high.as_ptr().cast()));
            let mask = _mm512_set1_epi8(0x0F);
            let upper = _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), mask);
            _mm512_and_si512(
                _mm512_shuffle_epi8(low, _mm512_and_si512(bytes, mask)),
                _mm512_shuffle_epi8(high, upper),
            )
        }
    }
}
