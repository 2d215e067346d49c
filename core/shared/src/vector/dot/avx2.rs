//! Products with AVX2: bytes are widened to 16 bits, of which pairs are multiplied and added to 32. Twice 128 × 128 is
//! far from what 32 bits hold, so nothing saturates.
#![allow(unsafe_code, reason = "vector instructions; the type proves that the processor has them")]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi32, _mm_loadu_si128, _mm_storeu_si128, _mm256_add_epi32,
    _mm256_castsi256_si128, _mm256_cvtepi8_epi16, _mm256_extracti128_si256, _mm256_hadd_epi32,
    _mm256_madd_epi16, _mm256_setzero_si256,
};

use super::rows::{self, Products};
use crate::text::dispatch::Path;

/// Proof that the processor has AVX2.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Kernel(());

/// Dimensions of a step.
const STEP: usize = 16;

impl Kernel {
    /// `Some` guarantees every feature of [`Path::Avx2`].
    pub(super) fn new() -> Option<Self> {
        Path::Avx2.is_available().then_some(Self(()))
    }

    pub(super) fn dot(self, query: &[i8], rows: &[i8], scores: &mut [i32]) {
        #[target_feature(enable = "avx2")]
        fn enabled(kernel: Kernel, query: &[i8], rows: &[i8], scores: &mut [i32]) {
            rows::dot(kernel, query, rows, scores);
        }
        // SAFETY: `self` proves AVX2.
        unsafe { enabled(self, query, rows, scores) }
    }
}

impl Products<STEP> for Kernel {
    type Part = __m256i;
    type Sums = __m256i;

    #[inline(always)]
    fn part(self, query: &[i8; STEP]) -> __m256i {
        // SAFETY: the array has the 16 bytes that are read, at any address; AVX2 is proven.
        unsafe { _mm256_cvtepi8_epi16(_mm_loadu_si128(query.as_ptr().cast::<__m128i>())) }
    }

    #[inline(always)]
    fn zero(self) -> __m256i {
        // SAFETY: AVX2 is proven.
        unsafe { _mm256_setzero_si256() }
    }

    #[inline(always)]
    fn add(self, sums: __m256i, part: __m256i, row: &[i8; STEP]) -> __m256i {
        // SAFETY: AVX2 is proven.
        unsafe { _mm256_add_epi32(sums, _mm256_madd_epi16(part, self.part(row))) }
    }

    #[inline(always)]
    fn totals(self, [a, b, c, d]: [__m256i; 4]) -> [i32; 4] {
        let mut totals = [0; 4];
        // SAFETY: the array has the 16 bytes that are written, at any address; AVX2 is proven.
        unsafe {
            let halves = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
            let total = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves));
            _mm_storeu_si128(totals.as_mut_ptr().cast::<__m128i>(), total);
        }
        totals
    }
}
