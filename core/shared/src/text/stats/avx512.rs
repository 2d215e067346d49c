//! [`Simd`] with AVX-512: one register of 64 bytes, masks in mask registers.
#![allow(unsafe_code, reason = "vector instructions; the type proves that the processor has them")]

use std::arch::x86_64::*;

use super::TextStats;
use super::kernel::{Measures, State};
use super::page::Page;
use super::simd::Simd;
use crate::text::dispatch::Path;

/// Proof of AVX-512 F, BW, VL, VBMI and of [`Path::Avx2`]'s features.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx512(());

impl Avx512 {
    /// `Some` where the processor has all of [`Path::Avx512`].
    #[inline]
    pub(super) fn new() -> Option<Self> {
        Path::Avx512.is_available().then_some(Self(()))
    }

    /// [`State::absorb`] with these instructions.
    pub(super) fn absorb<M: Measures>(self, state: &mut State, text: &[u8]) {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
        fn enabled<M: Measures>(simd: Avx512, state: &mut State, text: &[u8]) {
            state.absorb::<Avx512, M>(simd, text);
        }
        // SAFETY: `self` proves the features.
        unsafe { enabled::<M>(self, state, text) }
    }

    /// [`State::finish`] with these instructions.
    pub(super) fn finish<M: Measures>(self, state: &mut State) -> TextStats {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx2,bmi1,bmi2,popcnt,lzcnt")]
        fn enabled<M: Measures>(simd: Avx512, state: &mut State) -> TextStats {
            state.finish::<Avx512, M>(simd)
        }
        // SAFETY: `self` proves the features.
        unsafe { enabled::<M>(self, state) }
    }
}

impl Simd for Avx512 {
    type Bytes = __m512i;
    type Mask = u64;
    /// The bytes themselves: VPERMB looks at six bits.
    type Index = __m512i;

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
    fn planes(self, bytes: __m512i) -> [u64; 8] {
        [
            self.any(bytes, 1),
            self.any(bytes, 2),
            self.any(bytes, 4),
            self.any(bytes, 8),
            self.any(bytes, 16),
            self.any(bytes, 32),
            self.any(bytes, 64),
            self.any(bytes, 128),
        ]
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
    fn merge_byte(self, bytes: __m512i, mask: u64, byte: u8) -> __m512i {
        // SAFETY: AVX-512 BW is proven.
        unsafe { _mm512_mask_mov_epi8(bytes, mask, _mm512_set1_epi8(byte as i8)) }
    }

    #[inline(always)]
    fn index(self, bytes: __m512i) -> __m512i {
        bytes
    }

    #[inline(always)]
    fn lookup(self, page: &Page, index: __m512i) -> __m512i {
        // SAFETY: AVX-512 VBMI is proven.
        unsafe { _mm512_permutexvar_epi8(index, self.load(&page.0)) }
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
