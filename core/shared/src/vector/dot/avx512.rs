//! Products with AVX-512 BW: as with AVX2, in twice the width.
#![allow(unsafe_code, reason = "vector instructions; the type proves that the processor has them")]

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_add_epi32, _mm_storeu_si128, _mm256_add_epi32, _mm256_castsi256_si128,
    _mm256_extracti128_si256, _mm256_hadd_epi32, _mm256_loadu_si256, _mm512_add_epi32,
    _mm512_castsi512_si256, _mm512_cvtepi8_epi16, _mm512_extracti64x4_epi64, _mm512_madd_epi16,
    _mm512_setzero_si512,
};

use super::rows::{self, Products};
use crate::text::dispatch::Path;

/// Proof that the processor has AVX-512 F and BW, and AVX2.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Kernel(());

/// Dimensions of a step.
const STEP: usize = 32;

impl Kernel {
    /// `Some` guarantees every feature of [`Path::Avx512Bw`].
    pub(super) fn new() -> Option<Self> {
        Path::Avx512Bw.is_available().then_some(Self(()))
    }

    pub(super) fn dot(self, query: &[i8], rows: &[i8], scores: &mut [i32]) {
        #[target_feature(enable = "avx512f,avx512bw,avx2")]
        fn enabled(kernel: Kernel, query: &[i8], rows: &[i8], scores: &mut [i32]) {
            rows::dot(kernel, query, rows, scores);
        }
        // SAFETY: `self` proves these features.
        unsafe { enabled(self, query, rows, scores) }
    }
}

impl Kernel {
    /// Both halves added. No closure: one would not be compiled for the instructions.
    #[inline(always)]
    fn halved(self, sums: __m512i) -> __m256i {
        // SAFETY: AVX-512 and AVX2 are proven.
        unsafe { _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums)) }
    }
}

impl Products<STEP> for Kernel {
    type Part = __m512i;
    type Sums = __m512i;

    #[inline(always)]
    fn part(self, query: &[i8; STEP]) -> __m512i {
        // SAFETY: the array has the 32 bytes that are read, at any address; AVX-512 BW is proven.
        unsafe { _mm512_cvtepi8_epi16(_mm256_loadu_si256(query.as_ptr().cast::<__m256i>())) }
    }

    #[inline(always)]
    fn zero(self) -> __m512i {
        // SAFETY: AVX-512 is proven.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    fn add(self, sums: __m512i, part: __m512i, row: &[i8; STEP]) -> __m512i {
        // SAFETY: AVX-512 BW is proven.
        unsafe { _mm512_add_epi32(sums, _mm512_madd_epi16(part, self.part(row))) }
    }

    #[inline(always)]
    fn totals(self, [a, b, c, d]: [__m512i; 4]) -> [i32; 4] {
        let mut totals = [0; 4];
        // SAFETY: the array has the 16 bytes that are written, at any address; AVX-512 and AVX2 are proven.
        unsafe {
            let (a, b, c, d) = (self.halved(a), self.halved(b), self.halved(c), self.halved(d));
            let halves = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
            let total = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves));
            _mm_storeu_si128(totals.as_mut_ptr().cast::<__m128i>(), total);
        }
        totals
    }
}
