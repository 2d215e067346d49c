//! Products with AVX-512 VNNI, which multiplies bytes without a sign with bytes that have one, and adds four products
//! to 32 bits without saturating.
//!
//! The row is made unsigned by adding 128 to each of its numbers. What that adds to a total is 128 times the sum of the
//! query, known before the first row and taken away again.
#![allow(unsafe_code, reason = "vector instructions; the type proves that the processor has them")]

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi8, _mm512_setzero_si512,
    _mm512_xor_si512,
};

use super::avx512;
use super::rows::{self, Products};

/// Proof that the processor has AVX-512 F, BW and VNNI, and AVX2.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Kernel(avx512::Kernel);

/// Dimensions of a step.
const STEP: usize = 64;

impl Kernel {
    /// `Some` guarantees what [`avx512::Kernel`] does, and VNNI.
    pub(super) fn new() -> Option<Self> {
        avx512::Kernel::new().filter(|_| is_x86_feature_detected!("avx512vnni")).map(Self)
    }

    pub(super) fn dot(self, query: &[i8], rows: &[i8], scores: &mut [i32]) {
        #[target_feature(enable = "avx512f,avx512bw,avx512vnni,avx2")]
        fn enabled(kernel: Kernel, query: &[i8], rows: &[i8], scores: &mut [i32]) {
            rows::dot(kernel, query, rows, scores);
            let added = 128 * query.iter().map(|number| i32::from(*number)).sum::<i32>();
            for score in scores {
                *score -= added;
            }
        }
        // SAFETY: `self` proves these features.
        unsafe { enabled(self, query, rows, scores) }
    }
}

impl Products<STEP> for Kernel {
    type Part = __m512i;
    type Sums = __m512i;

    #[inline(always)]
    fn part(self, query: &[i8; STEP]) -> __m512i {
        // SAFETY: the array has the 64 bytes that are read, at any address; AVX-512 is proven.
        unsafe { _mm512_loadu_si512(query.as_ptr().cast::<__m512i>()) }
    }

    #[inline(always)]
    fn zero(self) -> __m512i {
        // SAFETY: AVX-512 is proven.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    fn add(self, sums: __m512i, part: __m512i, row: &[i8; STEP]) -> __m512i {
        // SAFETY: AVX-512 VNNI is proven.
        unsafe {
            let unsigned = _mm512_xor_si512(self.part(row), _mm512_set1_epi8(i8::MIN));
            _mm512_dpbusd_epi32(sums, unsigned, part)
        }
    }

    #[inline(always)]
    fn totals(self, sums: [__m512i; 4]) -> [i32; 4] {
        self.0.totals(sums)
    }
}
