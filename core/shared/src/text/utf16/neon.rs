//! Transcoding with NEON: as with AVX2, with half the width. Masks of bits, which ARM has no instruction
//! for, are added up from one weight for each lane.

#![allow(unsafe_code, reason = "vector loads and stores")]

use std::arch::aarch64::*;

use super::super::dispatch::Path;
use super::tables::{KEPT_UNITS, ONE_OR_TWO_BYTES, ONE_TO_THREE_BYTES};
use super::{BEFORE, Progress};

/// The proof that this processor has NEON.
#[derive(Clone, Copy)]
pub(super) struct Neon(());

impl Neon {
    pub(super) fn new() -> Option<Self> {
        Path::Neon.is_available().then_some(Neon(()))
    }

    /// See [`super::Kernel::to_utf16`].
    #[inline]
    pub(super) fn to_utf16(self, bytes: &[u8], units: &mut [u16], at: Progress) -> Progress {
        // SAFETY: a value of this type exists only where `Path::Neon` is available.
        unsafe { to_utf16(bytes, units, at) }
    }

    /// See [`super::Kernel::to_utf8`].
    #[inline]
    pub(super) fn to_utf8(self, units: &[u16], bytes: &mut [u8], at: Progress) -> Progress {
        // SAFETY: as above.
        unsafe { to_utf8(units, bytes, at) }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load_bytes(from: &[u8], at: usize) -> uint8x16_t {
    let from = &from[at..at + 16];
    // SAFETY: the slice is 16 bytes long; the load needs no alignment.
    unsafe { vld1q_u8(from.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn load_units(from: &[u16], at: usize) -> uint16x8_t {
    let from = &from[at..at + 8];
    // SAFETY: the slice is 8 units long and aligned for them.
    unsafe { vld1q_u16(from.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn store_units(to: &mut [u16], at: usize, units: uint8x16_t) {
    let to = &mut to[at..at + 8];
    // SAFETY: the slice is 8 units, 16 bytes, long; a store of bytes needs no alignment.
    unsafe { vst1q_u8(to.as_mut_ptr().cast(), units) }
}

#[inline]
#[target_feature(enable = "neon")]
fn store_bytes(to: &mut [u8], at: usize, bytes: uint8x16_t) {
    let to = &mut to[at..at + 16];
    // SAFETY: the slice is 16 bytes long; the store needs no alignment.
    unsafe { vst1q_u8(to.as_mut_ptr(), bytes) }
}

/// `bytes` rearranged by a table's entry.
#[inline]
#[target_feature(enable = "neon")]
fn shuffle(bytes: uint8x16_t, entry: &[u8; 16]) -> uint8x16_t {
    vqtbl1q_u8(bytes, load_bytes(entry, 0))
}

/// The lanes of a mask as bits.
#[inline]
#[target_feature(enable = "neon")]
fn bits(mask: uint8x16_t) -> u16 {
    const WEIGHTS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    let weighted = vandq_u8(mask, load_bytes(&WEIGHTS, 0));
    let pairs = vpaddq_u8(weighted, weighted);
    let fours = vpaddq_u8(pairs, pairs);
    vgetq_lane_u16::<0>(vreinterpretq_u16_u8(vpaddq_u8(fours, fours)))
}

/// Whether no lane has one of these bits.
#[inline]
#[target_feature(enable = "neon")]
fn none_u16(unit: uint16x8_t, wanted: u16) -> bool {
    vmaxvq_u16(vandq_u16(unit, vdupq_n_u16(wanted))) == 0
}

/// Bytes of a block, and the most units it gives.
const BLOCK: usize = 16;
/// A block with the bytes before it and the one behind it.
const WINDOW: usize = BEFORE + BLOCK + 1;

#[target_feature(enable = "neon")]
fn to_utf16(bytes: &[u8], out: &mut [u16], mut at: Progress) -> Progress {
    while let Some(window) =
        bytes.get(at.read - BEFORE..).and_then(|rest| rest.first_chunk::<{ WINDOW + BLOCK }>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<{ 2 * BLOCK }>())
    {
        let (first, second) = (load_bytes(window, BEFORE), load_bytes(window, BEFORE + BLOCK));
        if vmaxvq_u8(vorrq_u8(first, second)) < 0x80 {
            let zero = vdupq_n_u8(0);
            store_units(room, 0, vzip1q_u8(first, zero));
            store_units(room, 8, vzip2q_u8(first, zero));
            store_units(room, 16, vzip1q_u8(second, zero));
            store_units(room, 24, vzip2q_u8(second, zero));
            at = Progress { read: at.read + 2 * BLOCK, written: at.written + 2 * BLOCK };
            continue;
        }
        let Some(window) = window.first_chunk::<WINDOW>() else { break };
        at = Progress { read: at.read + BLOCK, written: at.written + block(window, room) };
    }
    at
}

/// Writes the units that end within the block and returns how many.
#[inline]
#[target_feature(enable = "neon")]
fn block(window: &[u8; WINDOW], room: &mut [u16; 2 * BLOCK]) -> usize {
    let u8s = |value| vdupq_n_u8(value);
    let byte = load_bytes(window, BEFORE);
    let (first, second, third) =
        (load_bytes(window, BEFORE - 1), load_bytes(window, BEFORE - 2), load_bytes(window, BEFORE - 3));
    // What the character that ends at each byte would be: the last six bits are this byte's, the six above
    // are the byte's before, the rest those of the byte before that if there is one.
    let multi = vcgeq_u8(byte, u8s(0x80));
    let mut low = vbslq_u8(multi, vorrq_u8(vandq_u8(byte, u8s(0x3F)), vshlq_n_u8::<6>(first)), byte);
    let first_continues = vcltq_s8(vreinterpretq_s8_u8(first), vdupq_n_s8(-64));
    let middle = vandq_u8(vshrq_n_u8::<2>(first), u8s(0x0F));
    let top = vandq_u8(vshlq_n_u8::<4>(second), first_continues);
    let mut high = vandq_u8(vorrq_u8(middle, top), multi);
    // A unit is written where a character ends: where the next byte does not continue it.
    let next = load_bytes(window, BEFORE + 1);
    let mut kept = vcgtq_s8(vreinterpretq_s8_u8(next), vdupq_n_s8(-65));

    if vmaxvq_u8(vmaxq_u8(second, third)) >= 0xF0 {
        // The third byte of four writes the high surrogate, the fourth the low one.
        let (is_third, is_fourth) = (vcgeq_u8(second, u8s(0xF0)), vcgeq_u8(third, u8s(0xF0)));
        let plane = vsubq_u8(
            vorrq_u8(
                vandq_u8(vshlq_n_u8::<2>(second), u8s(0x1C)),
                vandq_u8(vshrq_n_u8::<4>(first), u8s(0x03)),
            ),
            u8s(1),
        );
        let surrogate_high = vorrq_u8(vandq_u8(vshrq_n_u8::<2>(plane), u8s(0x03)), u8s(0xD8));
        let surrogate_low = vorrq_u8(
            vorrq_u8(vshlq_n_u8::<6>(plane), vandq_u8(vshlq_n_u8::<2>(first), u8s(0x3C))),
            vandq_u8(vshrq_n_u8::<4>(byte), u8s(0x03)),
        );
        low = vbslq_u8(is_third, surrogate_low, low);
        high = vbslq_u8(is_third, surrogate_high, high);
        high = vbslq_u8(is_fourth, vorrq_u8(vandq_u8(high, u8s(0x03)), u8s(0xDC)), high);
        kept = vorrq_u8(kept, is_third);
    }

    let [a, b] = bits(kept).to_le_bytes();
    store_units(room, 0, shuffle(vzip1q_u8(low, high), &KEPT_UNITS[usize::from(a)]));
    let middle = a.count_ones() as usize;
    store_units(room, middle, shuffle(vzip2q_u8(low, high), &KEPT_UNITS[usize::from(b)]));
    middle + b.count_ones() as usize
}

/// Units of a vector.
const UNITS: usize = 8;
/// Room for two vectors of units and the reach of the last store, with some left so that the compiler sees
/// that none is out of bounds.
const ROOM: usize = 2 * 3 * UNITS + 32;

#[target_feature(enable = "neon")]
fn to_utf8(units: &[u16], out: &mut [u8], mut at: Progress) -> Progress {
    // Decided for two vectors at a time: fewer decisions, fewer of them mispredicted in mixed text.
    while let Some(window) = units.get(at.read..).and_then(|rest| rest.first_chunk::<{ 2 * UNITS }>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<ROOM>())
    {
        let (first, second) = (load_units(window, 0), load_units(window, UNITS));
        let both = vorrq_u16(first, second);
        if none_u16(both, 0xFF80) {
            store_bytes(room, 0, vcombine_u8(vmovn_u16(first), vmovn_u16(second)));
            at = Progress { read: at.read + 2 * UNITS, written: at.written + 2 * UNITS };
            continue;
        }
        let written = if none_u16(both, 0xF800) {
            let middle = one_or_two_bytes(first, room);
            middle + one_or_two_bytes(second, &mut room[middle..])
        } else {
            if vmaxvq_u16(vorrq_u16(surrogates(first), surrogates(second))) != 0 {
                // The character before is whole, so the first unit is not the second half of a pair.
                let Some(pairs) = pairs(first, room) else { break };
                at = Progress { read: at.read + pairs.read, written: at.written + pairs.written };
                continue;
            }
            let middle = one_to_three_bytes(Heads::of(first), room);
            middle + one_to_three_bytes(Heads::of(second), &mut room[middle..])
        };
        at = Progress { read: at.read + 2 * UNITS, written: at.written + written };
    }
    at
}

/// Lanes that are surrogates.
#[inline]
#[target_feature(enable = "neon")]
fn surrogates(unit: uint16x8_t) -> uint16x8_t {
    vceqq_u16(vandq_u16(unit, vdupq_n_u16(0xF800)), vdupq_n_u16(0xD800))
}

/// The first two bytes of units from U+0080 to U+07FF, the first one lowest.
#[inline]
#[target_feature(enable = "neon")]
fn head_of_two(unit: uint16x8_t) -> uint16x8_t {
    let continuation = vandq_u16(vshlq_n_u16::<8>(unit), vdupq_n_u16(0x3F00));
    vorrq_u16(vorrq_u16(vshrq_n_u16::<6>(unit), continuation), vdupq_n_u16(0x80C0))
}

/// Writes units below U+0800 and returns how many bytes they took.
#[inline]
#[target_feature(enable = "neon")]
fn one_or_two_bytes(unit: uint16x8_t, room: &mut [u8]) -> usize {
    let more = vcgeq_u16(unit, vdupq_n_u16(0x80));
    let bytes = vreinterpretq_u8_u16(vbslq_u16(more, head_of_two(unit), unit));
    let more = vmovn_u16(more);
    let [two, _] = bits(vcombine_u8(more, more)).to_le_bytes();
    store_bytes(room, 0, shuffle(bytes, &ONE_OR_TWO_BYTES[usize::from(two)]));
    UNITS + two.count_ones() as usize
}

/// What each of eight units becomes: up to three bytes.
#[derive(Clone, Copy)]
struct Heads {
    /// The first two bytes.
    head: uint16x8_t,
    /// The third byte.
    last: uint16x8_t,
    /// Lanes that take more than one byte.
    more: uint16x8_t,
    /// Lanes that take three.
    three: uint16x8_t,
}

impl Heads {
    #[inline]
    #[target_feature(enable = "neon")]
    fn of(unit: uint16x8_t) -> Self {
        let u16s = |value| vdupq_n_u16(value);
        let (more, three) = (vcgeq_u16(unit, u16s(0x80)), vcgeq_u16(unit, u16s(0x800)));
        let last = vorrq_u16(vandq_u16(unit, u16s(0x003F)), u16s(0x0080));
        let head_three = vorrq_u16(
            vorrq_u16(vshrq_n_u16::<12>(unit), u16s(0x80E0)),
            vandq_u16(vshlq_n_u16::<2>(unit), u16s(0x3F00)),
        );
        let head = vbslq_u16(three, head_three, vbslq_u16(more, head_of_two(unit), unit));
        Heads { head, last, more, three }
    }
}

/// Writes eight units and returns how many bytes they took.
#[inline]
#[target_feature(enable = "neon")]
fn one_to_three_bytes(Heads { head, last, more, three }: Heads, room: &mut [u8]) -> usize {
    // Two bits for each unit: it takes more than one byte, it takes three.
    let lengths = bits(vreinterpretq_u8_u16(vandq_u16(more, vorrq_u16(three, vdupq_n_u16(0x00FF)))));
    let [a, b] = lengths.to_le_bytes();
    let (low, high) =
        (vreinterpretq_u8_u16(vzip1q_u16(head, last)), vreinterpretq_u8_u16(vzip2q_u16(head, last)));
    store_bytes(room, 0, shuffle(low, &ONE_TO_THREE_BYTES[usize::from(a)]));
    store_bytes(room, 4 + a.count_ones() as usize, shuffle(high, &ONE_TO_THREE_BYTES[usize::from(b)]));
    UNITS + lengths.count_ones() as usize
}

/// Writes units among which are surrogates, a last one whose partner is not among them left out; `None`
/// when one has no partner.
#[inline]
#[target_feature(enable = "neon")]
fn pairs(unit: uint16x8_t, room: &mut [u8]) -> Option<Progress> {
    let u16s = |value| vdupq_n_u16(value);
    let mut heads = Heads::of(unit);
    // Each unit's neighbour before it; none for the first.
    let before = vextq_u16::<7>(u16s(0), unit);
    let class = |unit| vandq_u16(unit, u16s(0xFC00));
    let is_high = vceqq_u16(class(unit), u16s(0xD800));
    let is_low = vceqq_u16(class(unit), u16s(0xDC00));
    let follows_high = vceqq_u16(class(before), u16s(0xD800));
    if vmaxvq_u16(veorq_u16(is_low, follows_high)) != 0 {
        return None;
    }
    // Each half of a pair writes two of its four bytes.
    let upper = vaddq_u16(vandq_u16(unit, u16s(0x03FF)), u16s(0x0040));
    let head_high = vorrq_u16(
        vorrq_u16(vshrq_n_u16::<8>(upper), u16s(0x80F0)),
        vandq_u16(vshlq_n_u16::<6>(upper), u16s(0x3F00)),
    );
    let head_low = vorrq_u16(
        vorrq_u16(
            vandq_u16(vshlq_n_u16::<4>(before), u16s(0x0030)),
            vandq_u16(vshrq_n_u16::<6>(unit), u16s(0x000F)),
        ),
        vorrq_u16(vshlq_n_u16::<8>(heads.last), u16s(0x0080)),
    );
    heads.head = vbslq_u16(is_low, head_low, vbslq_u16(is_high, head_high, heads.head));
    heads.three = vbicq_u16(heads.three, surrogates(unit));
    let cut_off = usize::from(vgetq_lane_u16::<7>(is_high) != 0);
    let written = one_to_three_bytes(heads, room);
    Some(Progress { read: UNITS - cut_off, written: written - 2 * cut_off })
}
