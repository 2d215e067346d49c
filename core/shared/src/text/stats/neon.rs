//! [`Simd`] with NEON: four registers of 16 bytes.
#![allow(unsafe_code, reason = "vector instructions; the type proves that the processor has them")]

use std::arch::aarch64::*;

use super::TextStats;
use super::kernel::{Measures, State};
use super::page::Page;
use super::simd::Simd;
use crate::text::dispatch::Path;

/// Proof of NEON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neon(());

impl Neon {
    /// `Some` where the processor has [`Path::Neon`].
    #[inline]
    pub(super) fn new() -> Option<Self> {
        Path::Neon.is_available().then_some(Self(()))
    }

    /// [`State::absorb`] with these instructions.
    pub(super) fn absorb<M: Measures>(self, state: &mut State, text: &[u8]) {
        #[target_feature(enable = "neon")]
        fn enabled<M: Measures>(simd: Neon, state: &mut State, text: &[u8]) {
            state.absorb::<Neon, M>(simd, text);
        }
        // SAFETY: `self` proves NEON.
        unsafe { enabled::<M>(self, state, text) }
    }

    /// [`State::finish`] with these instructions.
    pub(super) fn finish<M: Measures>(self, state: &mut State) -> TextStats {
        #[target_feature(enable = "neon")]
        fn enabled<M: Measures>(simd: Neon, state: &mut State) -> TextStats {
            state.finish::<Neon, M>(simd)
        }
        // SAFETY: `self` proves NEON.
        unsafe { enabled::<M>(self, state) }
    }
}

type Quad = [uint8x16_t; 4];

#[inline(always)]
fn each(a: Quad, f: impl Fn(uint8x16_t) -> uint8x16_t) -> Quad {
    [f(a[0]), f(a[1]), f(a[2]), f(a[3])]
}

#[inline(always)]
fn zip(a: Quad, b: Quad, f: impl Fn(uint8x16_t, uint8x16_t) -> uint8x16_t) -> Quad {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

impl Simd for Neon {
    type Bytes = Quad;
    type Mask = Quad;
    type Index = Quad;

    #[inline(always)]
    fn load(self, bytes: &[u8; 64]) -> Quad {
        // SAFETY: the array has four times 16 bytes; NEON is proven.
        unsafe {
            let at = bytes.as_ptr();
            [vld1q_u8(at), vld1q_u8(at.add(16)), vld1q_u8(at.add(32)), vld1q_u8(at.add(48))]
        }
    }

    #[inline(always)]
    fn equal(self, bytes: Quad, byte: u8) -> Quad {
        // SAFETY: NEON is proven.
        each(bytes, |part| unsafe { vceqq_u8(part, vdupq_n_u8(byte)) })
    }

    #[inline(always)]
    fn within(self, bytes: Quad, low: u8, high: u8) -> Quad {
        // SAFETY: NEON is proven.
        each(bytes, |part| unsafe { vcleq_u8(vsubq_u8(part, vdupq_n_u8(low)), vdupq_n_u8(high - low)) })
    }

    #[inline(always)]
    fn and(self, a: Quad, b: Quad) -> Quad {
        // SAFETY: NEON is proven.
        zip(a, b, |a, b| unsafe { vandq_u8(a, b) })
    }

    #[inline(always)]
    fn or(self, a: Quad, b: Quad) -> Quad {
        // SAFETY: NEON is proven.
        zip(a, b, |a, b| unsafe { vorrq_u8(a, b) })
    }

    /// Each byte keeps the bit of its place, and neighbours are added up: 64 bytes to 8.
    #[inline(always)]
    fn bits(self, mask: Quad) -> u64 {
        const PLACES: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
        // SAFETY: NEON is proven, and the table has 16 bytes.
        unsafe {
            let places = vld1q_u8(PLACES.as_ptr());
            let [a, b, c, d] = each(mask, |part| vandq_u8(part, places));
            let sums = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
            let sums = vpaddq_u8(sums, sums);
            vgetq_lane_u64::<0>(vreinterpretq_u64_u8(sums))
        }
    }

    #[inline(always)]
    fn tops(self, bytes: Quad) -> u64 {
        self.any(bytes, 0x80)
    }

    #[inline(always)]
    fn plane<const FROM_TOP: i32>(self, bytes: Quad) -> u64 {
        self.any(bytes, 0x80 >> FROM_TOP)
    }

    #[inline(always)]
    fn any(self, bytes: Quad, bits: u8) -> u64 {
        // SAFETY: NEON is proven.
        self.bits(each(bytes, |part| unsafe { vtstq_u8(part, vdupq_n_u8(bits)) }))
    }

    #[inline(always)]
    fn zero(self) -> Quad {
        // SAFETY: NEON is proven.
        unsafe { [vdupq_n_u8(0); 4] }
    }

    #[inline(always)]
    fn none(self) -> Quad {
        self.zero()
    }

    #[inline(always)]
    fn merge(self, bytes: Quad, mask: Quad, more: Quad) -> Quad {
        self.or(bytes, self.and(mask, more))
    }

    #[inline(always)]
    fn combine(self, a: Quad, b: Quad) -> Quad {
        self.or(a, b)
    }

    #[inline(always)]
    fn merge_byte(self, bytes: Quad, mask: Quad, byte: u8) -> Quad {
        // SAFETY: NEON is proven.
        self.merge(bytes, mask, unsafe { [vdupq_n_u8(byte); 4] })
    }

    #[inline(always)]
    fn index(self, bytes: Quad) -> Quad {
        // SAFETY: NEON is proven.
        each(bytes, |part| unsafe { vandq_u8(part, vdupq_n_u8(0x3F)) })
    }

    #[inline(always)]
    fn lookup(self, page: &Page, index: Quad) -> Quad {
        let [a, b, c, d] = self.load(&page.0);
        // SAFETY: NEON is proven.
        each(index, |part| unsafe { vqtbl4q_u8(uint8x16x4_t(a, b, c, d), part) })
    }

    #[inline(always)]
    fn nibbles(self, bytes: Quad, low: &[u8; 16], high: &[u8; 16]) -> Quad {
        // SAFETY: NEON is proven, and both tables have 16 bytes.
        unsafe {
            let (low, high) = (vld1q_u8(low.as_ptr()), vld1q_u8(high.as_ptr()));
            each(bytes, |part| {
                let lower = vandq_u8(part, vdupq_n_u8(0x0F));
                vandq_u8(vqtbl1q_u8(low, lower), vqtbl1q_u8(high, vshrq_n_u8::<4>(part)))
            })
        }
    }
}
