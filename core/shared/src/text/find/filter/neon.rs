//! The filter in 16-byte vectors of NEON.
#![allow(unsafe_code, reason = "vector loads, and entering functions compiled for more features")]

use std::arch::aarch64::{
    uint8x16_t, vaddv_u8, vandq_u8, vdupq_n_u8, vget_high_u8, vget_low_u8, vld1q_u8, vmaxvq_u8, vorrq_u8,
    vqtbl1q_u8, vshrq_n_u8, vtstq_u8,
};

use super::{BLOCK, DISTANCES, Filter, Hits, WINDOW, window};
use crate::text::dispatch::Path;

/// Proof that the processor has NEON.
#[derive(Clone, Copy)]
pub(super) struct Kernel(());

impl Kernel {
    /// `Some` guarantees every feature of [`Path::Neon`].
    #[inline]
    pub(super) fn new() -> Option<Self> {
        Path::Neon.is_available().then_some(Self(()))
    }

    #[inline]
    pub(super) fn scan(self, filter: &Filter, text: &[u8], from: usize, hits: &mut Hits) -> usize {
        // SAFETY: `new` has found the features of `Path::Neon`.
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

#[target_feature(enable = "neon")]
fn scan<const PROBES: usize>(filter: &Filter, text: &[u8], from: usize, hits: &mut Hits) -> usize {
    let low: [uint8x16_t; PROBES] = std::array::from_fn(|n| table(&filter.probes[n].low));
    let high: [uint8x16_t; PROBES] = std::array::from_fn(|n| table(&filter.probes[n].high));
    let distance: [usize; PROBES] = std::array::from_fn(|n| filter.probes[n].distance);
    let half = vdupq_n_u8(15);
    let mut at = from;
    while let Some(bytes) = window(text, at) {
        let mut rows = [vdupq_n_u8(0xFF); 4];
        for n in 0..PROBES {
            for (part, rows) in rows.iter_mut().enumerate() {
                let bytes = load(bytes, distance[n] + 16 * part);
                let by_low = vqtbl1q_u8(low[n], vandq_u8(bytes, half));
                let by_high = vqtbl1q_u8(high[n], vshrq_n_u8::<4>(bytes));
                *rows = vandq_u8(*rows, vandq_u8(by_low, by_high));
            }
        }
        let any = vorrq_u8(vorrq_u8(rows[0], rows[1]), vorrq_u8(rows[2], rows[3]));
        if vmaxvq_u8(any) != 0 {
            let found = rows.iter().rev().fold(0, |found, rows| found << 16 | u64::from(mask(*rows)));
            hits.push(at, found);
            if hits.are_full() {
                return at + BLOCK;
            }
        }
        at += BLOCK;
    }
    at
}

/// A bit for each lane that is not 0.
#[target_feature(enable = "neon")]
fn mask(rows: uint8x16_t) -> u16 {
    let bits = table(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
    let set = vandq_u8(vtstq_u8(rows, rows), bits);
    u16::from(vaddv_u8(vget_high_u8(set))) << 8 | u16::from(vaddv_u8(vget_low_u8(set)))
}

#[target_feature(enable = "neon")]
fn table(table: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the table has the 16 bytes that are read.
    unsafe { vld1q_u8(table.as_ptr()) }
}

#[target_feature(enable = "neon")]
fn load(bytes: &[u8; WINDOW], at: usize) -> uint8x16_t {
    debug_assert!(at + 16 <= WINDOW);
    // SAFETY: `at` is a distance, 7 at most, plus 48 at most: with 16 bytes not beyond the window's 72.
    unsafe { vld1q_u8(bytes.as_ptr().add(at)) }
}
