//! Transcoding with AVX2: every byte (or unit) of a block is turned into what it would be at its place,
//! then a table of shuffles closes up the gaps. No branch depends on the script, but for runs of ASCII and
//! for characters beyond U+FFFF.

#![allow(unsafe_code, reason = "vector loads and stores, and entering code compiled for AVX2")]

use std::arch::x86_64::*;

use super::super::dispatch::Path;
use super::tables::{KEPT_UNITS, ONE_OR_TWO_BYTES, ONE_TO_THREE_BYTES, Shuffles};
use super::{BEFORE, Progress};

/// The proof that this processor has AVX2.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn new() -> Option<Self> {
        Path::Avx2.is_available().then_some(Avx2(()))
    }

    /// See [`super::Kernel::to_utf16`].
    #[inline]
    pub(super) fn to_utf16(self, bytes: &[u8], out: &mut [u16], at: Progress) -> Progress {
        // SAFETY: a value of this type exists only where `Path::Avx2` is available, which guarantees
        // the features.
        unsafe { to_utf16(bytes, out, at) }
    }

    /// See [`super::Kernel::to_utf8`].
    #[inline]
    pub(super) fn to_utf8(self, units: &[u16], out: &mut [u8], at: Progress) -> Progress {
        // SAFETY: as above.
        unsafe { to_utf8(units, out, at) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_bytes(from: &[u8], at: usize) -> __m256i {
    let from: &[u8] = &from[at..at + 32];
    // SAFETY: the slice is 32 bytes long; the load needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_units(from: &[u16], at: usize) -> __m256i {
    let from: &[u16] = &from[at..at + 16];
    // SAFETY: the slice is 16 units, 32 bytes, long; the load needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_units(to: &mut [u16], at: usize, units: __m128i) {
    let to = &mut to[at..at + 8];
    // SAFETY: the slice is 8 units, 16 bytes, long; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), units) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_bytes(to: &mut [u8], at: usize, bytes: __m128i) {
    let to = &mut to[at..at + 16];
    // SAFETY: the slice is 16 bytes long; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), bytes) }
}

/// The shuffles of `low` for the lower half and of `high` for the upper half.
#[inline]
#[target_feature(enable = "avx2")]
fn shuffles(table: &Shuffles, low: u8, high: u8) -> __m256i {
    // SAFETY: both references are to 16 bytes; the loads need no alignment.
    let (low, high) = unsafe {
        let load = |entry: &[u8; 16]| _mm_loadu_si128(entry.as_ptr().cast());
        (load(&table[usize::from(low)]), load(&table[usize::from(high)]))
    };
    _mm256_set_m128i(high, low)
}

/// The lanes of `value` as a mask of 32 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn bits(value: __m256i) -> u32 {
    _mm256_movemask_epi8(value) as u32
}

/// Lanes of bytes that are `floor` or more.
#[inline]
#[target_feature(enable = "avx2")]
fn at_least_u8(value: __m256i, floor: __m256i) -> __m256i {
    _mm256_cmpeq_epi8(_mm256_max_epu8(value, floor), value)
}

/// Lanes of units that are `floor` or more.
#[inline]
#[target_feature(enable = "avx2")]
fn at_least_u16(value: __m256i, floor: u16) -> __m256i {
    _mm256_cmpeq_epi16(_mm256_max_epu16(value, _mm256_set1_epi16(floor as i16)), value)
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn to_utf16(bytes: &[u8], out: &mut [u16], mut at: Progress) -> Progress {
    /// Bytes of a block, and the most units it gives; stores reach up to eight units further.
    const BLOCK: usize = 32;
    let u8s = |value: u8| _mm256_set1_epi8(value as i8);
    let zero = _mm256_setzero_si256();
    let (ten, six) = (u8s(0xC0), u8s(0x3F));
    while let Some(window) =
        bytes.get(at.read - BEFORE..).and_then(|rest| rest.first_chunk::<{ BEFORE + BLOCK + 1 }>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<{ BLOCK + 8 }>())
    {
        let byte = load_bytes(window, BEFORE);
        if bits(byte) == 0 {
            let [low, high] = [_mm256_castsi256_si128(byte), _mm256_extracti128_si256::<1>(byte)];
            for (index, half) in
                [_mm256_cvtepu8_epi16(low), _mm256_cvtepu8_epi16(high)].into_iter().enumerate()
            {
                store_units(room, 16 * index, _mm256_castsi256_si128(half));
                store_units(room, 16 * index + 8, _mm256_extracti128_si256::<1>(half));
            }
            at = Progress { read: at.read + BLOCK, written: at.written + BLOCK };
            continue;
        }
        let (first, second, third) =
            (load_bytes(window, BEFORE - 1), load_bytes(window, BEFORE - 2), load_bytes(window, BEFORE - 3));
        // What the character that ends at each byte would be: the last six bits are this byte's, the six
        // above are the byte's before, the rest those of the byte before that if there is one.
        let multi = _mm256_cmpgt_epi8(zero, byte);
        let low_multi = _mm256_or_si256(
            _mm256_and_si256(byte, six),
            _mm256_and_si256(_mm256_slli_epi16::<6>(first), ten),
        );
        let mut low = _mm256_blendv_epi8(byte, low_multi, byte);
        let first_continues = _mm256_cmpgt_epi8(ten, first);
        let middle = _mm256_and_si256(_mm256_srli_epi16::<2>(first), u8s(0x0F));
        let top =
            _mm256_and_si256(_mm256_and_si256(_mm256_slli_epi16::<4>(second), u8s(0xF0)), first_continues);
        let mut high = _mm256_and_si256(_mm256_or_si256(middle, top), multi);
        // A unit is written where a character ends: where the next byte does not continue it.
        let mut kept = bits(_mm256_cmpgt_epi8(load_bytes(window, BEFORE + 1), u8s(0xBF)));

        if bits(at_least_u8(_mm256_max_epu8(second, third), u8s(0xF0))) != 0 {
            // The third byte of four writes the high surrogate, the fourth the low one.
            let (is_third, is_fourth) = (at_least_u8(second, u8s(0xF0)), at_least_u8(third, u8s(0xF0)));
            let plane = _mm256_sub_epi8(
                _mm256_or_si256(
                    _mm256_and_si256(_mm256_slli_epi16::<2>(second), u8s(0x1C)),
                    _mm256_and_si256(_mm256_srli_epi16::<4>(first), u8s(0x03)),
                ),
                u8s(1),
            );
            let surrogate_high =
                _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16::<2>(plane), u8s(0x03)), u8s(0xD8));
            let surrogate_low = _mm256_or_si256(
                _mm256_or_si256(
                    _mm256_and_si256(_mm256_slli_epi16::<6>(plane), ten),
                    _mm256_and_si256(_mm256_slli_epi16::<2>(first), u8s(0x3C)),
                ),
                _mm256_and_si256(_mm256_srli_epi16::<4>(byte), u8s(0x03)),
            );
            low = _mm256_blendv_epi8(low, surrogate_low, is_third);
            high = _mm256_blendv_epi8(high, surrogate_high, is_third);
            let trailing = _mm256_or_si256(_mm256_and_si256(high, u8s(0x03)), u8s(0xDC));
            high = _mm256_blendv_epi8(high, trailing, is_fourth);
            kept |= bits(is_third);
        }

        // Units 0-7 and 16-23, then 8-15 and 24-31.
        let [a, b, c, d] = kept.to_le_bytes();
        let even = _mm256_shuffle_epi8(_mm256_unpacklo_epi8(low, high), shuffles(&KEPT_UNITS, a, c));
        let odd = _mm256_shuffle_epi8(_mm256_unpackhi_epi8(low, high), shuffles(&KEPT_UNITS, b, d));
        store_units(room, 0, _mm256_castsi256_si128(even));
        store_units(room, (kept & 0xFF).count_ones() as usize, _mm256_castsi256_si128(odd));
        store_units(room, (kept & 0xFFFF).count_ones() as usize, _mm256_extracti128_si256::<1>(even));
        store_units(room, (kept & 0xFF_FFFF).count_ones() as usize, _mm256_extracti128_si256::<1>(odd));
        at = Progress { read: at.read + BLOCK, written: at.written + kept.count_ones() as usize };
    }
    at
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn to_utf8(units: &[u16], out: &mut [u8], mut at: Progress) -> Progress {
    /// Units of a block.
    const BLOCK: usize = 16;
    let u16s = |value: u16| _mm256_set1_epi16(value as i16);
    let beyond_ascii = u16s(0xFF80);
    while let Some(window) = units.get(at.read - 1..).and_then(|rest| rest.first_chunk::<{ 1 + 2 * BLOCK }>())
        // The most bytes of a block, and the reach of the last store.
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<{ 3 * BLOCK + 16 }>())
    {
        let unit = load_units(window, 1);
        if _mm256_testz_si256(unit, beyond_ascii) != 0 {
            let next = load_units(window, 1 + BLOCK);
            let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi16(unit, next));
            store_bytes(room, 0, _mm256_castsi256_si128(packed));
            store_bytes(room, 16, _mm256_extracti128_si256::<1>(packed));
            let both = if _mm256_testz_si256(next, beyond_ascii) != 0 { 2 * BLOCK } else { BLOCK };
            at = Progress { read: at.read + both, written: at.written + both };
            continue;
        }
        let more = at_least_u16(unit, 0x80);
        if _mm256_testz_si256(unit, u16s(0xF800)) != 0 {
            let two = _mm256_or_si256(
                _mm256_or_si256(_mm256_srli_epi16::<6>(unit), u16s(0x80C0)),
                _mm256_and_si256(_mm256_slli_epi16::<8>(unit), u16s(0x3F00)),
            );
            let bytes = _mm256_blendv_epi8(unit, two, more);
            // Bits 0-7 are units 0-7, bits 16-23 units 8-15.
            let [a, _, b, _] = bits(_mm256_packs_epi16(more, _mm256_setzero_si256())).to_le_bytes();
            let bytes = _mm256_shuffle_epi8(bytes, shuffles(&ONE_OR_TWO_BYTES, a, b));
            let middle = 8 + a.count_ones() as usize;
            store_bytes(room, 0, _mm256_castsi256_si128(bytes));
            store_bytes(room, middle, _mm256_extracti128_si256::<1>(bytes));
            at = Progress {
                read: at.read + BLOCK,
                written: at.written + middle + 8 + b.count_ones() as usize,
            };
            continue;
        }
        // Every unit becomes up to three bytes: two in `head`, the third in `last`.
        let mut three = at_least_u16(unit, 0x800);
        let last = _mm256_or_si256(_mm256_and_si256(unit, u16s(0x003F)), u16s(0x0080));
        let head_two = _mm256_or_si256(
            _mm256_or_si256(_mm256_srli_epi16::<6>(unit), u16s(0x00C0)),
            _mm256_slli_epi16::<8>(last),
        );
        let head_three = _mm256_or_si256(
            _mm256_or_si256(_mm256_srli_epi16::<12>(unit), u16s(0x80E0)),
            _mm256_and_si256(_mm256_slli_epi16::<2>(unit), u16s(0x3F00)),
        );
        let mut head = _mm256_blendv_epi8(_mm256_blendv_epi8(unit, head_two, more), head_three, three);

        let class = _mm256_and_si256(unit, u16s(0xFC00));
        let (is_high, is_low) =
            (_mm256_cmpeq_epi16(class, u16s(0xD800)), _mm256_cmpeq_epi16(class, u16s(0xDC00)));
        let surrogates = _mm256_or_si256(is_high, is_low);
        let mut cut_off = 0;
        let before = load_units(window, 0);
        let follows_high = _mm256_cmpeq_epi16(_mm256_and_si256(before, u16s(0xFC00)), u16s(0xD800));
        if _mm256_testz_si256(_mm256_or_si256(surrogates, follows_high), _mm256_set1_epi8(-1)) == 0 {
            if bits(_mm256_xor_si256(is_low, follows_high)) != 0 {
                break;
            }
            // A last unit whose partner is in the next block is left to it.
            cut_off = (bits(is_high) >> 31) as usize;
            // Each half of a pair writes two of its four bytes.
            let upper = _mm256_add_epi16(_mm256_and_si256(unit, u16s(0x03FF)), u16s(0x0040));
            let head_high = _mm256_or_si256(
                _mm256_or_si256(_mm256_srli_epi16::<8>(upper), u16s(0x80F0)),
                _mm256_and_si256(_mm256_slli_epi16::<6>(upper), u16s(0x3F00)),
            );
            let head_low = _mm256_or_si256(
                _mm256_or_si256(
                    _mm256_and_si256(_mm256_slli_epi16::<4>(before), u16s(0x0030)),
                    _mm256_and_si256(_mm256_srli_epi16::<6>(unit), u16s(0x000F)),
                ),
                _mm256_or_si256(_mm256_slli_epi16::<8>(last), u16s(0x0080)),
            );
            head = _mm256_blendv_epi8(head, head_high, is_high);
            head = _mm256_blendv_epi8(head, head_low, is_low);
            three = _mm256_andnot_si256(surrogates, three);
        }

        // Two bits for each unit: it takes more than one byte, it takes three.
        let lengths = bits(_mm256_and_si256(more, _mm256_or_si256(three, u16s(0x00FF))));
        let [a, b, c, d] = lengths.to_le_bytes();
        // Units 0-3 and 8-11, then 4-7 and 12-15.
        let even =
            _mm256_shuffle_epi8(_mm256_unpacklo_epi16(head, last), shuffles(&ONE_TO_THREE_BYTES, a, c));
        let odd = _mm256_shuffle_epi8(_mm256_unpackhi_epi16(head, last), shuffles(&ONE_TO_THREE_BYTES, b, d));
        store_bytes(room, 0, _mm256_castsi256_si128(even));
        store_bytes(room, 4 + (lengths & 0xFF).count_ones() as usize, _mm256_castsi256_si128(odd));
        store_bytes(room, 8 + (lengths & 0xFFFF).count_ones() as usize, _mm256_extracti128_si256::<1>(even));
        store_bytes(
            room,
            12 + (lengths & 0xFF_FFFF).count_ones() as usize,
            _mm256_extracti128_si256::<1>(odd),
        );
        at = Progress {
            read: at.read + BLOCK - cut_off,
            written: at.written + BLOCK + lengths.count_ones() as usize - 2 * cut_off,
        };
    }
    at
}
