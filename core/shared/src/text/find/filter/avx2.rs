//! The filter in 32-byte vectors of AVX2.
#![allow(unsafe_code, reason = "vector loads, and entering functions compiled for more features")]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_srli_epi16, _mm256_testz_si256,
};

use super::{BLOCK, DISTANCES, Filter, Hits, WINDOW, window};
use crate::text::dispatch::Path;

/// Proof that the processor has AVX2.
#[derive(Clone, Copy)]
pub(super) struct Kernel(());

impl Kernel {
    /// `Some` guarantees every feature of [`Path::Avx2`].
    #[inline]
    pub(super) fn new() -> Option<Self> {
        Path::Avx2.is_available().then_some(Self(()))
    }

    #[inline]
    pub(super) fn scan(self, filter: &Filter, text: &[u8], from: usize, hits: &mut Hits) -> usize {
        // SAFETY: `new` has found the features of `Path::Avx2`, AVX2 among them.
        unsafe {
            match filter.probes().len() {
                0 | 1 => scan::<1>(filter, text, from, hits),
                2 => scan::<2>(filter, text, from, hits),
                3 => scan::<3>(filter, text, from, hits),
                _ => scan::<DISTANCES>(filter, text, from, hits),
            }
        }
    }
}

#[target_feature(enable = "avx2")]
fn scan<const PROBES: usize>(filter: &Filter, text: &[u8], from: usize, hits: &mut Hits) -> usize {
    let low: [__m256i; PROBES] = std::array::from_fn(|n| twice(&filter.probes[n].low));
    let high: [__m256i; PROBES] = std::array::from_fn(|n| twice(&filter.probes[n].high));
    let distance: [usize; PROBES] = std::array::from_fn(|n| filter.probes[n].distance);
    let half = _mm256_set1_epi8(15);
    let mut at = from;
    while let Some(bytes) = window(text, at) {
        let mut rows = [_mm256_set1_epi8(-1); 2];
        for n in 0..PROBES {
            for (part, rows) in rows.iter_mut().enumerate() {
                let bytes = load(bytes, distance[n] + 32 * part);
                let by_low = _mm256_shuffle_epi8(low[n], _mm256_and_si256(bytes, half));
                let by_high =
                    _mm256_shuffle_epi8(high[n], _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half));
                *rows = _mm256_and_si256(*rows, _mm256_and_si256(by_low, by_high));
            }
        }
        let any = _mm256_or_si256(rows[0], rows[1]);
        if _mm256_testz_si256(any, any) == 0 {
            let mask = |rows| !(_mm256_movemask_epi8(_mm256_cmpeq_epi8(rows, _mm256_setzero_si256())) as u32);
            hits.push(at, u64::from(mask(rows[1])) << 32 | u64::from(mask(rows[0])));
            if hits.are_full() {
                return at + BLOCK;
            }
        }
        at += BLOCK;
    }
    at
}

#[target_feature(enable = "avx2")]
fn twice(table: &[u8; 16]) -> __m256i {
    // SAFETY: the table has the 16 bytes that are read.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast::<__m128i>()) })
}

#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; WINDOW], at: usize) -> __m256i {
    debug_assert!(at + 32 <= WINDOW);
    // SAFETY: `at` is a distance, 7 at most, plus 0 or 32: with 32 bytes not beyond the window's 72.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at).cast::<__m256i>()) }
}
