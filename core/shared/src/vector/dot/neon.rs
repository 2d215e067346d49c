//! Products with NEON: bytes are multiplied to 16 bits, which hold 128 × 128, and pairs of those added to 32.
#![allow(unsafe_code, reason = "vector instructions; the type proves that the processor has them")]

use std::arch::aarch64::{
    int8x16_t, int32x4_t, vdupq_n_s32, vget_low_s8, vld1q_s8, vmull_high_s8, vmull_s8, vpadalq_s16,
    vpaddq_s32, vst1q_s32,
};

use super::rows::{self, Products};
use crate::text::dispatch::Path;

/// Proof that the processor has NEON.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Kernel(());

/// Dimensions of a step.
pub(super) const STEP: usize = 16;

impl Kernel {
    /// `Some` guarantees every feature of [`Path::Neon`].
    pub(super) fn new() -> Option<Self> {
        Path::Neon.is_available().then_some(Self(()))
    }

    pub(super) fn dot(self, query: &[i8], rows: &[i8], scores: &mut [i32]) {
        #[target_feature(enable = "neon")]
        fn enabled(kernel: Kernel, query: &[i8], rows: &[i8], scores: &mut [i32]) {
            rows::dot(kernel, query, rows, scores);
        }
        // SAFETY: `self` proves NEON.
        unsafe { enabled(self, query, rows, scores) }
    }
}

impl Products<STEP> for Kernel {
    type Part = int8x16_t;
    type Sums = int32x4_t;

    #[inline(always)]
    fn part(self, query: &[i8; STEP]) -> int8x16_t {
        // SAFETY: the array has the 16 bytes that are read; NEON is proven.
        unsafe { vld1q_s8(query.as_ptr()) }
    }

    #[inline(always)]
    fn zero(self) -> int32x4_t {
        // SAFETY: NEON is proven.
        unsafe { vdupq_n_s32(0) }
    }

    #[inline(always)]
    fn add(self, sums: int32x4_t, part: int8x16_t, row: &[i8; STEP]) -> int32x4_t {
        let row = self.part(row);
        // SAFETY: NEON is proven.
        unsafe {
            let low = vmull_s8(vget_low_s8(part), vget_low_s8(row));
            vpadalq_s16(vpadalq_s16(sums, low), vmull_high_s8(part, row))
        }
    }

    #[inline(always)]
    fn totals(self, [a, b, c, d]: [int32x4_t; 4]) -> [i32; 4] {
        let mut totals = [0; 4];
        // SAFETY: the array has the four numbers that are written; NEON is proven.
        unsafe { vst1q_s32(totals.as_mut_ptr(), vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d))) };
        totals
    }
}
