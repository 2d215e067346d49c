//! Where spans begin among the numbers of inserted characters.

/// Levels of words: each bit of a level stands for a word of the level below.
const LEVELS: usize = 4;

/// A set of numbers that only grows, which finds the member at or before a number in O(1): four words up, four down, and
/// a few more for tens of millions of numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Starts {
    levels: [Vec<u64>; LEVELS],
}

impl Starts {
    pub(super) fn clear(&mut self) {
        self.levels.iter_mut().for_each(Vec::clear);
    }

    #[inline]
    pub(super) fn insert(&mut self, number: u32) {
        let mut bit = number as usize;
        for level in &mut self.levels {
            let word = bit / 64;
            if word >= level.len() {
                level.resize(word + 1, 0);
            }
            let before = level[word];
            level[word] = before | 1 << (bit % 64);
            if before != 0 {
                return; // the levels above know of this word
            }
            bit = word;
        }
    }

    /// The largest member up to `number`.
    #[inline]
    pub(super) fn at_or_before(&self, number: u32) -> Option<u32> {
        let words = &self.levels[0];
        let (word, bit) = (number as usize / 64, number % 64);
        if let Some(bits) = words.get(word) {
            let up_to = bits & (u64::MAX >> (63 - bit));
            if up_to != 0 {
                return Some(number - bit + up_to.ilog2());
            }
        }
        self.before_word(word.min(words.len()))
    }

    /// The largest member in the words before `end` of the lowest level.
    fn before_word(&self, mut end: usize) -> Option<u32> {
        for (k, level) in self.levels.iter().enumerate().skip(1) {
            let word = end / 64;
            let below = level.get(word).map_or(0, |bits| bits & !(u64::MAX << (end % 64)));
            let found = if below != 0 {
                Some(word * 64 + below.ilog2() as usize)
            } else if k + 1 == LEVELS {
                let full = level[..word.min(level.len())].iter().rposition(|bits| *bits != 0);
                full.map(|word| word * 64 + level[word].ilog2() as usize)
            } else {
                None
            };
            match found {
                Some(index) => return self.last_below(k, index),
                None if k + 1 == LEVELS => return None,
                None => end = word,
            }
        }
        None
    }

    /// The largest member below bit `index` of a level.
    fn last_below(&self, level: usize, mut index: usize) -> Option<u32> {
        for below in self.levels[..level].iter().rev() {
            index = index * 64 + below.get(index)?.checked_ilog2()? as usize;
        }
        Some(index as u32)
    }

    pub(super) fn bytes(&self) -> usize {
        self.levels.iter().map(|level| level.capacity() * size_of::<u64>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_member_is_found_across_any_gap() {
        let members = [0_u32, 1, 63, 64, 70, 5_000, 300_000, 300_001, 20_000_000, 40_000_000];
        let mut starts = Starts::default();
        assert_eq!(starts.at_or_before(7), None);
        for (n, member) in members.iter().enumerate() {
            starts.insert(*member);
            for probe in
                members.iter().flat_map(|m| [m.saturating_sub(1), *m, m + 1, m + 63, m + 64, m + 9999])
            {
                let want = members[..=n].iter().copied().filter(|m| *m <= probe).max();
                assert_eq!(starts.at_or_before(probe), want, "{probe} of {:?}", &members[..=n]);
            }
        }
        starts.clear();
        assert_eq!(starts.at_or_before(u32::MAX), None);
        starts.insert(50_000_000);
        assert_eq!(starts.at_or_before(49_999_999), None);
        assert_eq!(starts.at_or_before(u32::MAX), Some(50_000_000));
    }
}
