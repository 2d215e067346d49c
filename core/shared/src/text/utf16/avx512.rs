//! Transcoding with AVX-512: as with AVX2, with twice the width and instructions of its own (VBMI2) that
//! close up the gaps.

#![allow(unsafe_code, reason = "vector loads and stores, and entering code compiled for AVX-512")]

use std::arch::x86_64::*;

use super::super::dispatch::Path;
use super::{BEFORE, Progress};

/// The proof that this processor has AVX-512 with VBMI2.
#[derive(Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn new() -> Option<Self> {
        Path::Avx512.is_available().then_some(Avx512(()))
    }

    /// See [`super::Kernel::to_utf16`].
    #[inline]
    pub(super) fn to_utf16(self, bytes: &[u8], units: &mut [u16], at: Progress) -> Progress {
        // SAFETY: a value of this type exists only where `Path::Avx512` is available, which guarantees
        // the features.
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
#[target_feature(enable = "avx512f,avx512bw")]
fn load_bytes(from: &[u8], at: usize) -> __m512i {
    let from = &from[at..at + 64];
    // SAFETY: the slice is 64 bytes long; the load needs no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_units(from: &[u16], at: usize) -> __m512i {
    let from = &from[at..at + 32];
    // SAFETY: the slice is 32 units, 64 bytes, long; the load needs no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store_units(to: &mut [u16], at: usize, units: __m512i) {
    let to = &mut to[at..at + 32];
    // SAFETY: the slice is 32 units, 64 bytes, long; the store needs no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), units) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store_bytes(to: &mut [u8], at: usize, bytes: __m512i) {
    let to = &mut to[at..at + 64];
    // SAFETY: the slice is 64 bytes long; the store needs no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), bytes) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn u8s(value: u8) -> __m512i {
    _mm512_set1_epi8(value as i8)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn u16s(value: u16) -> __m512i {
    _mm512_set1_epi16(value as i16)
}

/// The bits of `a` where `mask` has ones, of `b` elsewhere.
#[inline]
#[target_feature(enable = "avx512f")]
fn select(mask: __m512i, a: __m512i, b: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0b1100_1010>(mask, a, b)
}

/// Bytes of a block, and the most units it gives.
const BLOCK: usize = 64;
/// A block with the bytes before it and the one behind it.
const WINDOW: usize = BEFORE + BLOCK + 1;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt,lzcnt")]
fn to_utf16(bytes: &[u8], out: &mut [u16], mut at: Progress) -> Progress {
    while let Some(window) = bytes.get(at.read - BEFORE..).and_then(|rest| rest.first_chunk::<WINDOW>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<ROOM_UNITS>())
    {
        let byte = load_bytes(window, BEFORE);
        if _mm512_movepi8_mask(byte) == 0 {
            store_units(room, 0, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(byte)));
            store_units(room, 32, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(byte)));
            at = Progress { read: at.read + BLOCK, written: at.written + BLOCK };
        } else {
            at = Progress { read: at.read + BLOCK, written: at.written + block(window, room) };
        }
    }
    at
}

/// Room for the units of a block, with some left so that the compiler sees that no store is out of bounds.
const ROOM_UNITS: usize = 96;

/// Writes the units that end within the block and returns how many.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
fn block(window: &[u8; WINDOW], room: &mut [u16; ROOM_UNITS]) -> usize {
    let byte = load_bytes(window, BEFORE);
    let (first, second, third) =
        (load_bytes(window, BEFORE - 1), load_bytes(window, BEFORE - 2), load_bytes(window, BEFORE - 3));
    // What the character that ends at each byte would be: the last six bits are this byte's, the six above
    // are the byte's before, the rest those of the byte before that if there is one.
    let multi = _mm512_movepi8_mask(byte);
    let mut low = _mm512_mask_blend_epi8(multi, byte, select(u8s(0x3F), byte, _mm512_slli_epi16::<6>(first)));
    let first_continues = _mm512_cmplt_epi8_mask(first, u8s(0xC0));
    let middle = _mm512_maskz_mov_epi8(multi, _mm512_and_si512(_mm512_srli_epi16::<2>(first), u8s(0x0F)));
    let top = _mm512_and_si512(_mm512_slli_epi16::<4>(second), u8s(0xF0));
    let mut high = _mm512_or_si512(middle, _mm512_maskz_mov_epi8(multi & first_continues, top));
    // A unit is written where a character ends: where the next byte does not continue it.
    let mut kept = _mm512_cmpgt_epi8_mask(load_bytes(window, BEFORE + 1), u8s(0xBF));

    let (is_third, is_fourth) =
        (_mm512_cmpge_epu8_mask(second, u8s(0xF0)), _mm512_cmpge_epu8_mask(third, u8s(0xF0)));
    if is_third | is_fourth != 0 {
        // The third byte of four writes the high surrogate, the fourth the low one.
        let plane = _mm512_sub_epi8(
            _mm512_or_si512(
                _mm512_and_si512(_mm512_slli_epi16::<2>(second), u8s(0x1C)),
                _mm512_and_si512(_mm512_srli_epi16::<4>(first), u8s(0x03)),
            ),
            u8s(1),
        );
        let surrogate_high =
            _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16::<2>(plane), u8s(0x03)), u8s(0xD8));
        let surrogate_low = select(
            u8s(0xC0),
            _mm512_slli_epi16::<6>(plane),
            select(
                u8s(0x3C),
                _mm512_slli_epi16::<2>(first),
                _mm512_and_si512(_mm512_srli_epi16::<4>(byte), u8s(0x03)),
            ),
        );
        low = _mm512_mask_blend_epi8(is_third, low, surrogate_low);
        high = _mm512_mask_blend_epi8(is_third, high, surrogate_high);
        high = _mm512_mask_blend_epi8(is_fourth, high, select(u8s(0x03), high, u8s(0xDC)));
        kept |= is_third;
    }

    // Unpacking works on quarters: these are ordered so that the units come out in order.
    let order = _mm512_set_epi64(7, 3, 6, 2, 5, 1, 4, 0);
    let (low, high) = (_mm512_permutexvar_epi64(order, low), _mm512_permutexvar_epi64(order, high));
    let [kept_first, kept_second] = [kept as u32, (kept >> 32) as u32];
    store_units(room, 0, _mm512_maskz_compress_epi16(kept_first, _mm512_unpacklo_epi8(low, high)));
    let middle = kept_first.count_ones() as usize;
    store_units(room, middle, _mm512_maskz_compress_epi16(kept_second, _mm512_unpackhi_epi8(low, high)));
    middle + kept_second.count_ones() as usize
}

/// Units of a vector.
const UNITS: usize = 32;
/// Room for the bytes of a vector of units and the reach of the last store, with some left so that the
/// compiler sees that none is out of bounds.
const ROOM_BYTES: usize = 192;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt,lzcnt")]
fn to_utf8(units: &[u16], out: &mut [u8], mut at: Progress) -> Progress {
    while let Some(window) = units.get(at.read..).and_then(|rest| rest.first_chunk::<UNITS>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<ROOM_BYTES>())
    {
        let unit = load_units(window, 0);
        let more = _mm512_cmpge_epu16_mask(unit, u16s(0x80));
        if more == 0 {
            store_bytes(room, 0, _mm512_zextsi256_si512(_mm512_cvtepi16_epi8(unit)));
            at = Progress { read: at.read + UNITS, written: at.written + UNITS };
            continue;
        }
        let three = _mm512_cmpge_epu16_mask(unit, u16s(0x800));
        let head_two = _mm512_or_si512(
            _mm512_or_si512(_mm512_srli_epi16::<6>(unit), u16s(0x80C0)),
            _mm512_and_si512(_mm512_slli_epi16::<8>(unit), u16s(0x3F00)),
        );
        let mut head = _mm512_mask_blend_epi16(more, unit, head_two);
        if three == 0 {
            // The second byte of a unit below U+0080 is zero, that of the others never.
            let kept = _mm512_test_epi8_mask(head, head) | 0x5555_5555_5555_5555;
            store_bytes(room, 0, _mm512_maskz_compress_epi8(kept, head));
            at = Progress { read: at.read + UNITS, written: at.written + kept.count_ones() as usize };
            continue;
        }
        let last = select(u16s(0x003F), unit, u16s(0x0080));
        let mut last = _mm512_maskz_mov_epi16(three, _mm512_and_si512(last, u16s(0x00BF)));
        let head_three = _mm512_or_si512(
            _mm512_or_si512(_mm512_srli_epi16::<12>(unit), u16s(0x80E0)),
            _mm512_and_si512(_mm512_slli_epi16::<2>(unit), u16s(0x3F00)),
        );
        head = _mm512_mask_blend_epi16(three, head, head_three);

        let mut cut_off = 0;
        let class = _mm512_and_si512(unit, u16s(0xFC00));
        let is_high = _mm512_cmpeq_epi16_mask(class, u16s(0xD800));
        let is_low = _mm512_cmpeq_epi16_mask(class, u16s(0xDC00));
        if is_high | is_low != 0 {
            // The character before is whole, so the first unit is not the second half of a pair; a last one
            // whose partner is in the next vector is left to it.
            if is_high << 1 != is_low {
                break;
            }
            cut_off = (is_high >> 31) as usize;
            (head, last) = pairs(unit, is_high, is_low, head, last);
        }

        // Each unit takes four bytes, of which those that are zero are dropped unless they are the first.
        // Unpacking works on quarters: these are ordered so that the units come out in order.
        let order = _mm512_set_epi64(7, 3, 6, 2, 5, 1, 4, 0);
        let (head, last) = (_mm512_permutexvar_epi64(order, head), _mm512_permutexvar_epi64(order, last));
        let (a, b) = (_mm512_unpacklo_epi16(head, last), _mm512_unpackhi_epi16(head, last));
        let (kept_a, kept_b) = (
            _mm512_test_epi8_mask(a, a) | 0x1111_1111_1111_1111,
            _mm512_test_epi8_mask(b, b) | 0x1111_1111_1111_1111,
        );
        store_bytes(room, 0, _mm512_maskz_compress_epi8(kept_a, a));
        let middle = kept_a.count_ones() as usize;
        store_bytes(room, middle, _mm512_maskz_compress_epi8(kept_b, b));
        at = Progress {
            read: at.read + UNITS - cut_off,
            written: at.written + middle + kept_b.count_ones() as usize - 2 * cut_off,
        };
    }
    at
}

/// The first two bytes and the last one of units among which are pairs of surrogates: each half of a pair
/// has two of the four bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn pairs(unit: __m512i, is_high: u32, is_low: u32, head: __m512i, last: __m512i) -> (__m512i, __m512i) {
    /// Each lane's neighbour before it; the first has none, and any will do.
    const BEFORE_EACH: [u16; UNITS] = {
        let mut index = [0; UNITS];
        let mut lane = 1;
        while lane < UNITS {
            index[lane] = lane as u16 - 1;
            lane += 1;
        }
        index
    };
    let before = _mm512_permutexvar_epi16(load_units(&BEFORE_EACH, 0), unit);
    let upper = _mm512_add_epi16(_mm512_and_si512(unit, u16s(0x03FF)), u16s(0x0040));
    let head_high = _mm512_or_si512(
        _mm512_or_si512(_mm512_srli_epi16::<8>(upper), u16s(0x80F0)),
        _mm512_and_si512(_mm512_slli_epi16::<6>(upper), u16s(0x3F00)),
    );
    let first_byte = select(u16s(0x0030), _mm512_slli_epi16::<4>(before), _mm512_srli_epi16::<6>(unit));
    let head_low = _mm512_or_si512(
        _mm512_or_si512(_mm512_and_si512(first_byte, u16s(0x003F)), u16s(0x8080)),
        _mm512_and_si512(_mm512_slli_epi16::<8>(unit), u16s(0x3F00)),
    );
    let head = _mm512_mask_blend_epi16(is_low, _mm512_mask_blend_epi16(is_high, head, head_high), head_low);
    (head, _mm512_maskz_mov_epi16(!(is_high | is_low), last))
}
