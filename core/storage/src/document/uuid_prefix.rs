//! The range of ids that begin with what somebody typed.

use writemagic_shared::limits::ID_PREFIX_CHARS;

/// The first characters of an id as it is shown, hyphens in their places or left out.
pub(super) struct IdPrefix {
    nibbles: Vec<u8>,
}

impl IdPrefix {
    /// `None` for anything that no id begins with, and for less than the shortest prefix.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if (text.len() as u64) < ID_PREFIX_CHARS {
            return None;
        }
        let hyphened = text.contains('-');
        let mut nibbles = Vec::new();
        for (i, c) in text.chars().enumerate() {
            match c.to_digit(16) {
                Some(nibble) if !(hyphened && matches!(i, 8 | 13 | 18 | 23)) => nibbles.push(nibble as u8),
                None if c == '-' && matches!(i, 8 | 13 | 18 | 23) => {}
                _ => return None,
            }
        }
        (nibbles.len() <= 32).then_some(Self { nibbles })
    }

    fn filled(&self, with: u8) -> [u8; 16] {
        let nibble = |i: usize| self.nibbles.get(i).copied().unwrap_or(with);
        std::array::from_fn(|i| nibble(2 * i) << 4 | nibble(2 * i + 1))
    }

    /// The smallest id with this prefix.
    pub(super) fn first(&self) -> [u8; 16] {
        self.filled(0)
    }

    /// The largest id with this prefix.
    pub(super) fn last(&self) -> [u8; 16] {
        self.filled(0xF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_spans_the_ids_that_begin_with_it() {
        let prefix = IdPrefix::parse("0190a5b2-c").unwrap();
        assert_eq!(prefix.first()[..5], [0x01, 0x90, 0xa5, 0xb2, 0xc0]);
        assert_eq!(prefix.last()[..6], [0x01, 0x90, 0xa5, 0xb2, 0xcf, 0xff]);
        assert_eq!(IdPrefix::parse("0190A5B2C").unwrap().first(), prefix.first());
        for not in ["", "0190a", "0190a-b2", "0190a5b2c-", "notes-2024", "0190a5b2éc"] {
            assert!(IdPrefix::parse(not).is_none(), "{not}");
        }
    }
}
