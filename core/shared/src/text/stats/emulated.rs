//! [`Simd`] in safe code, byte by byte: shows on any machine, and under Miri, that the rules over masks are right.

use super::page::Page;
use super::simd::Simd;

#[derive(Clone, Copy)]
pub(super) struct Emulated;

impl Simd for Emulated {
    type Bytes = [u8; 64];
    type Mask = u64;
    type Index = [u8; 64];

    fn load(self, bytes: &[u8; 64]) -> [u8; 64] {
        *bytes
    }

    fn equal(self, bytes: [u8; 64], byte: u8) -> u64 {
        self.within(bytes, byte, byte)
    }

    fn within(self, bytes: [u8; 64], low: u8, high: u8) -> u64 {
        self.tops(bytes.map(|byte| if (low..=high).contains(&byte) { 0x80 } else { 0 }))
    }

    fn and(self, a: u64, b: u64) -> u64 {
        a & b
    }

    fn or(self, a: u64, b: u64) -> u64 {
        a | b
    }

    fn bits(self, mask: u64) -> u64 {
        mask
    }

    fn tops(self, bytes: [u8; 64]) -> u64 {
        bytes.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(byte >> 7))
    }

    fn plane<const FROM_TOP: i32>(self, bytes: [u8; 64]) -> u64 {
        self.tops(bytes.map(|byte| byte << FROM_TOP))
    }

    fn any(self, bytes: [u8; 64], bits: u8) -> u64 {
        self.tops(bytes.map(|byte| if byte & bits == 0 { 0 } else { 0x80 }))
    }

    fn zero(self) -> [u8; 64] {
        [0; 64]
    }

    fn none(self) -> u64 {
        0
    }

    fn merge(self, mut bytes: [u8; 64], mask: u64, more: [u8; 64]) -> [u8; 64] {
        for (position, byte) in bytes.iter_mut().enumerate() {
            if mask >> position & 1 != 0 {
                *byte |= more[position];
            }
        }
        bytes
    }

    fn combine(self, a: [u8; 64], b: [u8; 64]) -> [u8; 64] {
        self.merge(a, !0, b)
    }

    fn merge_byte(self, bytes: [u8; 64], mask: u64, byte: u8) -> [u8; 64] {
        self.merge(bytes, mask, [byte; 64])
    }

    fn index(self, bytes: [u8; 64]) -> [u8; 64] {
        bytes.map(|byte| byte & 0x3F)
    }

    fn lookup(self, page: &Page, index: [u8; 64]) -> [u8; 64] {
        index.map(|at| page.0[usize::from(at)])
    }

    fn nibbles(self, bytes: [u8; 64], low: &[u8; 16], high: &[u8; 16]) -> [u8; 64] {
        bytes.map(|byte| low[usize::from(byte & 15)] & high[usize::from(byte >> 4)])
    }
}
