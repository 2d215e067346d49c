//! Products with the dot products of 64-bit ARM (ARMv8.2, most phones since 2018): four bytes are multiplied and added to
//! 32 bits in one instruction. The compiler has no stable name for it yet, the assembler has.
#![allow(unsafe_code, reason = "an instruction by its name; the type proves that the processor has it")]

use std::arch::aarch64::{int8x16_t, int32x4_t};
use std::arch::{asm, is_aarch64_feature_detected};

use super::neon::{self, STEP};
use super::rows::{self, Products};

/// Proof that the processor has NEON and its dot products.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Kernel(neon::Kernel);

impl Kernel {
    /// `Some` guarantees what [`neon::Kernel`] does, and the dot products.
    pub(super) fn new() -> Option<Self> {
        neon::Kernel::new().filter(|_| is_aarch64_feature_detected!("dotprod")).map(Self)
    }

    pub(super) fn dot(self, query: &[i8], rows: &[i8], scores: &mut [i32]) {
        #[target_feature(enable = "neon,dotprod")]
        fn enabled(kernel: Kernel, query: &[i8], rows: &[i8], scores: &mut [i32]) {
            rows::dot(kernel, query, rows, scores);
        }
        // SAFETY: `self` proves NEON and the dot products.
        unsafe { enabled(self, query, rows, scores) }
    }
}

impl Products<STEP> for Kernel {
    type Part = int8x16_t;
    type Sums = int32x4_t;

    #[inline(always)]
    fn part(self, query: &[i8; STEP]) -> int8x16_t {
        self.0.part(query)
    }

    #[inline(always)]
    fn zero(self) -> int32x4_t {
        self.0.zero()
    }

    #[inline(always)]
    fn add(self, sums: int32x4_t, part: int8x16_t, row: &[i8; STEP]) -> int32x4_t {
        let mut sums = sums;
        // SAFETY: the instruction reads and writes the named registers and nothing else, and `self` proves that the
        // processor has it. Its name needs an assembler that is told of the feature, whatever the function around it is
        // compiled for.
        unsafe {
            asm!(
                ".arch_extension dotprod",
                "sdot {sums:v}.4s, {part:v}.16b, {row:v}.16b",
                sums = inout(vreg) sums,
                part = in(vreg) part,
                row = in(vreg) self.part(row),
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        sums
    }

    #[inline(always)]
    fn totals(self, sums: [int32x4_t; 4]) -> [i32; 4] {
        self.0.totals(sums)
    }
}
