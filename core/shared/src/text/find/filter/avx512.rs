//! The filter in 64-byte vectors of AVX-512.
#![allow(unsafe_code, reason = "vector loads, and entering functions compiled for more features")]

use std::arch::x86_64::{
    __m128i, __m512i, _mm_loadu_si128, _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_loadu_si512,
    _mm512_set1_epi8, _mm512_shuffle_epi8, _mm512_srli_epi16, _mm512_test_epi8_mask,
};

use super::{BLOCK, DISTANCES, Filter, Hits, WINDOW, window};
use crate::text::dispatch::Path;

/// Proof that the processor has AVX-512 F and BW.
#[derive(Clone, Copy)]
pub(super) struct Kernel(());

impl Kernel {
    /// `Some` guarantees every feature of [`Path::Avx512Bw`].
    #[inline]
    pub(super) fn new() -> Option<Self> {
        Path::Avx512Bw.is_available().then_some(Self(()))
    }

    #[inline]
    pub(super) fn scan(self, filter: &Filter, text: &[u8], from: usize, hits: &mut Hits) -> usize {
        // SAFETY: `new` has found the features of `Path::Avx512Bw`, AVX-512 F and BW among them.
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

#[target_feature(enable = "avx512f,avx512bw")]
fn scan<const PROBES: usize>(filter: &Filter, text: &[u8], from: usize, hits: &mut Hits) -> usize {
    let low: [__m512i; PROBES] = std::array::from_fn(|n| four_times(&filter.probes[n].low));
    let high: [__m512i; PROBES] = std::array::from_fn(|n| four_times(&filter.probes[n].high));
    let distance: [usize; PROBES] = std::array::from_fn(|n| filter.probes[n].distance);
    let half = _mm512_set1_epi8(15);
    let mut at = from;
    while let Some(bytes) = window(text, at) {
        let mut rows = _mm512_set1_epi8(-1);
        for n in 0..PROBES {
            let bytes = load(bytes, distance[n]);
            let by_low = _mm512_shuffle_epi8(low[n], _mm512_and_si512(bytes, half));
            let by_high = _mm512_shuffle_epi8(high[n], _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), half));
            rows = _mm512_and_si512(rows, _mm512_and_si512(by_low, by_high));
        }
        let found = _mm512_test_epi8_mask(rows, rows);
        if found != 0 {
            hits.push(at, found);
            if hits.are_full() {
                return at + BLOCK;
            }
        }
        at += BLOCK;
    }
    at
}

#[target_feature(enable = "avx512f")]
fn four_times(table: &[u8; 16]) -> __m512i {
    // SAFETY: the table has the 16 bytes that are read.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(table.as_ptr().cast::<__m128i>()) })
}

#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; WINDOW], distance: usize) -> __m512i {
    debug_assert!(distance + BLOCK <= WINDOW);
    // SAFETY: a distance is 7 at most: with 64 bytes not beyond the window's 72.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().add(distance).cast::<__m512i>()) }
}
