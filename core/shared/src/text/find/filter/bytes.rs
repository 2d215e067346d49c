//! Sets of bytes, exact and as the filter's tables hold them, and how much of a text they let pass.

use super::shares::SHARES;
use crate::text::stats::bits::positions;

/// Bytes that may stand at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(super) const ANY: Self = Self([u64::MAX; 4]);

    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, others)| *mine |= others);
    }

    pub(super) fn bytes(self) -> impl Iterator<Item = u8> {
        (0..4_u8)
            .flat_map(move |part| positions(self.0[usize::from(part)]).map(move |bit| part << 6 | bit as u8))
    }
}

/// A set of bytes as the tables can hold it: every pair of one of these low halves and one of these high halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Halves {
    pub(super) low: u16,
    pub(super) high: u16,
}

impl Halves {
    pub(super) const ANY: Self = Self { low: u16::MAX, high: u16::MAX };

    pub(super) fn of(set: ByteSet) -> Self {
        set.bytes().fold(Self { low: 0, high: 0 }, |halves, byte| Self {
            low: halves.low | 1 << (byte & 15),
            high: halves.high | 1 << (byte >> 4),
        })
    }

    pub(super) fn is_within(self, other: Self) -> bool {
        self.low & !other.low == 0 && self.high & !other.high == 0
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self { low: self.low | other.low, high: self.high | other.high }
    }
}

/// The bytes of texts in the language that a pattern is likely to be searched in.
pub(super) struct Language {
    shares: &'static [u16; 256],
    /// The sums of the shares with the same high half.
    rows: [u32; 16],
    starts: f32,
    continuations: f32,
}

impl Language {
    /// The high halves of bytes that go on with a character.
    const CONTINUATIONS: u16 = 0x0F00;

    /// The language in which these first bytes of characters are the most frequent.
    pub(super) fn with_most(firsts: &[u8]) -> Self {
        let likely = |shares: &[u16; 256]| -> f32 {
            firsts.iter().map(|first| f32::from(shares[usize::from(*first)]).ln()).sum()
        };
        let [first, others @ ..] = &SHARES;
        let better = |(best, most), shares| {
            let likely = likely(shares);
            if likely > most { (shares, likely) } else { (best, most) }
        };
        let (shares, _) = others.iter().fold((first, likely(first)), better);
        let rows =
            std::array::from_fn(|high| shares[high << 4..][..16].iter().map(|share| u32::from(*share)).sum());
        let continuations = rows[8..12].iter().sum::<u32>() as f32;
        let starts = rows.iter().sum::<u32>() as f32 - continuations;
        Self { shares, rows, starts, continuations }
    }

    /// The share of places where a character starts.
    pub(super) fn starts(&self) -> f32 {
        self.starts / (self.starts + self.continuations)
    }

    /// The share of bytes in the set; among those that start characters or those that go on with them if the set has
    /// only such.
    pub(super) fn share(&self, set: Halves) -> f32 {
        if set == Halves::ANY {
            return 1.0;
        }
        let mut sum = 0;
        for high in bits(set.high) {
            sum += match set.low {
                u16::MAX => self.rows[high],
                low => bits(low).map(|low| u32::from(self.shares[high << 4 | low])).sum::<u32>(),
            };
        }
        let all = match set.high & Self::CONTINUATIONS {
            0 => self.starts,
            continuations if continuations == set.high => self.continuations,
            _ => self.starts + self.continuations,
        };
        sum as f32 / all
    }
}

pub(super) fn bits(mask: u16) -> impl Iterator<Item = usize> {
    positions(u64::from(mask))
}
