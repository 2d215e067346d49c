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

/// Bytes of a block, and the most units it gives.
const BLOCK: usize = 32;
/// A block with the bytes before it and the one behind it.
const WINDOW: usize = BEFORE + BLOCK + 1;

#[inline]
#[target_feature(enable = "avx2")]
fn u8s(value: u8) -> __m256i {
    _mm256_set1_epi8(value as i8)
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn to_utf16(bytes: &[u8], out: &mut [u16], mut at: Progress) -> Progress {
    while let Some(window) =
        bytes.get(at.read - BEFORE..).and_then(|rest| rest.first_chunk::<{ WINDOW + BLOCK }>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<{ 2 * BLOCK }>())
    {
        let (first, second) = (load_bytes(window, BEFORE), load_bytes(window, BEFORE + BLOCK));
        if bits(_mm256_or_si256(first, second)) == 0 {
            widen(first, room, 0);
            widen(second, room, BLOCK);
            at = Progress { read: at.read + 2 * BLOCK, written: at.written + 2 * BLOCK };
            continue;
        }
        let Some(window) = window.first_chunk::<WINDOW>() else { break };
        at = Progress { read: at.read + BLOCK, written: at.written + block(window, room) };
    }
    at
}

/// Writes a block of ASCII.
#[inline]
#[target_feature(enable = "avx2")]
fn widen(byte: __m256i, room: &mut [u16], at: usize) {
    let low = _mm256_cvtepu8_epi16(_mm256_castsi256_si128(byte));
    let high = _mm256_cvtepu8_epi16(_mm256_extracti128_si256::<1>(byte));
    store_units(room, at, _mm256_castsi256_si128(low));
    store_units(room, at + 8, _mm256_extracti128_si256::<1>(low));
    store_units(room, at + 16, _mm256_castsi256_si128(high));
    store_units(room, at + 24, _mm256_extracti128_si256::<1>(high));
}

/// Writes the units that end within the block and returns how many.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn block(window: &[u8; WINDOW], room: &mut [u16; 2 * BLOCK]) -> usize {
    let zero = _mm256_setzero_si256();
    let (ten, six) = (u8s(0xC0), u8s(0x3F));
    let byte = load_bytes(window, BEFORE);
    let (first, second, third) =
        (load_bytes(window, BEFORE - 1), load_bytes(window, BEFORE - 2), load_bytes(window, BEFORE - 3));
    // What the character that ends at each byte would be: the last six bits are this byte's, the six
    // above are the byte's before, the rest those of the byte before that if there is one.
    let multi = _mm256_cmpgt_epi8(zero, byte);
    let low_multi =
        _mm256_or_si256(_mm256_and_si256(byte, six), _mm256_and_si256(_mm256_slli_epi16::<6>(first), ten));
    let mut low = _mm256_blendv_epi8(byte, low_multi, byte);
    let first_continues = _mm256_cmpgt_epi8(ten, first);
    let middle = _mm256_and_si256(_mm256_srli_epi16::<2>(first), u8s(0x0F));
    let top = _mm256_and_si256(_mm256_and_si256(_mm256_slli_epi16::<4>(second), u8s(0xF0)), first_continues);
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
    kept.count_ones() as usize
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn to_utf8(units: &[u16], out: &mut [u8], mut at: Progress) -> Progress {
    // Decided for two vectors at a time: fewer decisions, fewer of them mispredicted in mixed text.
    while let Some(window) = units.get(at.read..).and_then(|rest| rest.first_chunk::<{ 2 * UNITS }>())
        && let Some(room) = out.get_mut(at.written..).and_then(|rest| rest.first_chunk_mut::<ROOM>())
    {
        let (first, second) = (load_units(window, 0), load_units(window, UNITS));
        let both = _mm256_or_si256(first, second);
        if _mm256_testz_si256(both, u16s(0xFF80)) != 0 {
            let packed = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi16(first, second));
            store_bytes(room, 0, _mm256_castsi256_si128(packed));
            store_bytes(room, 16, _mm256_extracti128_si256::<1>(packed));
            at = Progress { read: at.read + 2 * UNITS, written: at.written + 2 * UNITS };
            continue;
        }
        let written = if _mm256_testz_si256(both, u16s(0xF800)) != 0 {
            let middle = one_or_two_bytes(first, room);
            middle + one_or_two_bytes(second, &mut room[middle..])
        } else {
            let surrogates = _mm256_or_si256(surrogates(first), surrogates(second));
            if _mm256_testz_si256(surrogates, surrogates) == 0 {
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

/// Units of a vector.
const UNITS: usize = 16;
/// Room for two vectors of units and the reach of the last store, with some left so that the compiler sees
/// that none is out of bounds.
const ROOM: usize = 2 * 3 * UNITS + 64;

#[inline]
#[target_feature(enable = "avx2")]
fn u16s(value: u16) -> __m256i {
    _mm256_set1_epi16(value as i16)
}

/// Lanes that are surrogates.
#[inline]
#[target_feature(enable = "avx2")]
fn surrogates(unit: __m256i) -> __m256i {
    _mm256_cmpeq_epi16(_mm256_and_si256(unit, u16s(0xF800)), u16s(0xD800))
}

/// Writes units below U+0800 and returns how many bytes they took.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn one_or_two_bytes(unit: __m256i, room: &mut [u8]) -> usize {
    let more = _mm256_cmpgt_epi16(unit, u16s(0x7F));
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
    middle + 8 + b.count_ones() as usize
}

/// What each of sixteen units becomes: up to three bytes.
#[derive(Clone, Copy)]
struct Heads {
    /// The first two bytes.
    head: __m256i,
    /// The third byte.
    last: __m256i,
    /// Lanes that take more than one byte.
    more: __m256i,
    /// Lanes that take three.
    three: __m256i,
}

impl Heads {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn of(unit: __m256i) -> Self {
        let (more, three) = (at_least_u16(unit, 0x80), at_least_u16(unit, 0x800));
        let last = _mm256_or_si256(_mm256_and_si256(unit, u16s(0x003F)), u16s(0x0080));
        let head_two = _mm256_or_si256(
            _mm256_or_si256(_mm256_srli_epi16::<6>(unit), u16s(0x00C0)),
            _mm256_slli_epi16::<8>(last),
        );
        let head_three = _mm256_or_si256(
            _mm256_or_si256(_mm256_srli_epi16::<12>(unit), u16s(0x80E0)),
            _mm256_and_si256(_mm256_slli_epi16::<2>(unit), u16s(0x3F00)),
        );
        let head = _mm256_blendv_epi8(_mm256_blendv_epi8(unit, head_two, more), head_three, three);
        Heads { head, last, more, three }
    }
}

/// Writes sixteen units and returns how many bytes they took.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn one_to_three_bytes(Heads { head, last, more, three }: Heads, room: &mut [u8]) -> usize {
    // Two bits for each unit: it takes more than one byte, it takes three.
    let lengths = bits(_mm256_and_si256(more, _mm256_or_si256(three, u16s(0x00FF))));
    let [a, b, c, d] = lengths.to_le_bytes();
    // Units 0-3 and 8-11, then 4-7 and 12-15.
    let even = _mm256_shuffle_epi8(_mm256_unpacklo_epi16(head, last), shuffles(&ONE_TO_THREE_BYTES, a, c));
    let odd = _mm256_shuffle_epi8(_mm256_unpackhi_epi16(head, last), shuffles(&ONE_TO_THREE_BYTES, b, d));
    store_bytes(room, 0, _mm256_castsi256_si128(even));
    store_bytes(room, 4 + (lengths & 0xFF).count_ones() as usize, _mm256_castsi256_si128(odd));
    store_bytes(room, 8 + (lengths & 0xFFFF).count_ones() as usize, _mm256_extracti128_si256::<1>(even));
    store_bytes(room, 12 + (lengths & 0xFF_FFFF).count_ones() as usize, _mm256_extracti128_si256::<1>(odd));
    UNITS + lengths.count_ones() as usize
}

/// Writes units among which are surrogates, a last one whose partner is not among them left out; `None`
/// when one has no partner.
#[inline]
#[target_feature(enable = "avx2,popcnt")]
fn pairs(unit: __m256i, room: &mut [u8]) -> Option<Progress> {
    let mut heads = Heads::of(unit);
    // Each unit's neighbour before it; none for the first.
    let lower = _mm256_permute2x128_si256::<0x08>(unit, unit);
    let before = _mm256_alignr_epi8::<14>(unit, lower);
    let class = |unit| _mm256_and_si256(unit, u16s(0xFC00));
    let is_high = _mm256_cmpeq_epi16(class(unit), u16s(0xD800));
    let is_low = _mm256_cmpeq_epi16(class(unit), u16s(0xDC00));
    let follows_high = _mm256_cmpeq_epi16(class(before), u16s(0xD800));
    if bits(_mm256_xor_si256(is_low, follows_high)) != 0 {
        return None;
    }
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
        _mm256_or_si256(_mm256_slli_epi16::<8>(heads.last), u16s(0x0080)),
    );
    heads.head = _mm256_blendv_epi8(_mm256_blendv_epi8(heads.head, head_high, is_high), head_low, is_low);
    heads.three = _mm256_andnot_si256(surrogates(unit), heads.three);
    let cut_off = (bits(is_high) >> 31) as usize;
    let written = one_to_three_bytes(heads, room);
    Some(Progress { read: UNITS - cut_off, written: written - 2 * cut_off })
}
