//! The pages that a text has used lately.
//!
//! Looking a page up for all of a block costs the same for one character of it as for thirty, and which pages a
//! block has is hard to foresee. So those in use are looked up in every block, which takes no decision, and the
//! characters of others are classified one by one. A page comes into use when a block has several characters that
//! no page in use covers, and all go out of use from time to time: a text that changes its script loses little.

use super::kernel::{HISTORY, Window};
use super::page::{Page, class_byte, page_number};
use super::tables::{CLASS_PAGES, PLAIN_PAGES};

/// Characters of a block without a page in use that bring one into use.
const ADOPT: u32 = 3;
/// Blocks after which all pages go out of use.
const TERM: u32 = 256;
/// The most pages of two-byte characters in use, and of three-byte ones.
const TWO: usize = 4;
const THREE: usize = 6;

/// A page in use.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    /// What stands before the last byte of its characters: for two-byte ones the second is not looked at.
    pub(super) lead: u8,
    pub(super) second: u8,
    pub(super) page: &'static Page,
    /// No character of the page is more than itself for clusters.
    pub(super) plain: bool,
}

impl Slot {
    const EMPTY: Self = Self { lead: 0, second: 0, page: &CLASS_PAGES[0], plain: true };

    fn new(lead: u8, second: u8, block: usize) -> Self {
        let number = page_number(block);
        Self { lead, second, page: &CLASS_PAGES[number], plain: number < PLAIN_PAGES }
    }
}

/// The pages in use.
#[derive(Clone)]
pub(super) struct Recent {
    two: [Slot; TWO],
    twos: usize,
    three: [Slot; THREE],
    threes: usize,
    /// Blocks since all pages went out of use.
    age: u32,
}

impl std::fmt::Debug for Recent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recent").field("twos", &self.twos).field("threes", &self.threes).finish()
    }
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { two: [Slot::EMPTY; TWO], twos: 0, three: [Slot::EMPTY; THREE], threes: 0, age: 0 }
    }

    /// Pages of two-byte characters.
    #[inline(always)]
    pub(super) fn twos(&self) -> &[Slot] {
        self.two.get(..self.twos).unwrap_or_default()
    }

    /// Pages of three-byte characters.
    #[inline(always)]
    pub(super) fn threes(&self) -> &[Slot] {
        self.three.get(..self.threes).unwrap_or_default()
    }

    /// Counts a block.
    #[inline(always)]
    pub(super) fn grow_older(&mut self) {
        self.age += 1;
        if self.age == TERM {
            (self.twos, self.threes, self.age) = (0, 0, 0);
        }
    }

    /// The class bytes of the characters that end at these places: of two, three and four bytes.
    pub(super) fn classify(&mut self, window: &Window, two: u64, three: u64, four: u64) -> [u8; 64] {
        let mut classes = [0; 64];
        let byte = |place: u32, back: usize| window[HISTORY + place as usize - back];
        let low = |place: u32, back: usize| usize::from(byte(place, back) & 0x3F);
        let mut rest = two;
        while rest != 0 {
            let place = rest.trailing_zeros();
            classes[place as usize] = class_byte(usize::from(byte(place, 1) & 0x1F), byte(place, 0));
            rest &= rest - 1;
        }
        rest = three;
        while rest != 0 {
            let place = rest.trailing_zeros();
            let block = usize::from(byte(place, 2) & 0x0F) << 6 | low(place, 1);
            classes[place as usize] = class_byte(block, byte(place, 0));
            rest &= rest - 1;
        }
        rest = four;
        while rest != 0 {
            let place = rest.trailing_zeros();
            let block = usize::from(byte(place, 3) & 7) << 12 | low(place, 2) << 6 | low(place, 1);
            classes[place as usize] = class_byte(block, byte(place, 0));
            rest &= rest - 1;
        }
        if two.count_ones() >= ADOPT {
            let lead = byte(two.trailing_zeros(), 1);
            adopt(&mut self.two, &mut self.twos, Slot::new(lead, 0, usize::from(lead & 0x1F)));
        }
        if three.count_ones() >= ADOPT {
            let place = three.trailing_zeros();
            let (lead, second) = (byte(place, 2), byte(place, 1));
            let block = usize::from(lead & 0x0F) << 6 | low(place, 1);
            adopt(&mut self.three, &mut self.threes, Slot::new(lead, second, block));
        }
        classes
    }
}

/// Adds a page, in place of the oldest one where there is no room.
fn adopt(slots: &mut [Slot], used: &mut usize, slot: Slot) {
    if *used == slots.len() {
        slots.rotate_left(1);
        *used -= 1;
    }
    slots[*used] = slot;
    *used += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A window whose block begins with `text`, and where its characters of two, three and four bytes end.
    fn window(text: &str) -> (Window, [u64; 3]) {
        let mut window = [0; HISTORY + 64];
        window[HISTORY..][..text.len()].copy_from_slice(text.as_bytes());
        let mut ends = [0; 3];
        for (start, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
            ends[c.len_utf8() - 2] |= 1 << (start + c.len_utf8() - 1);
        }
        (window, ends)
    }

    fn classify(recent: &mut Recent, text: &str) {
        let (window, [two, three, four]) = window(text);
        let classes = recent.classify(&window, two, three, four);
        let mut expected = [0; 64];
        for (start, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
            expected[start + c.len_utf8() - 1] = class_byte(c as usize >> 6, c as u8);
        }
        assert_eq!(classes, expected, "{text}");
    }

    #[test]
    fn characters_of_every_length_are_classified_one_by_one() {
        let mut recent = Recent::new();
        for text in ["é", "aя€𝒳b漢ñ", "👩🏽 क्", "\u{10FFFF}\u{301}\u{FFFD}"] {
            classify(&mut recent, text);
        }
        assert!(
            recent.twos().is_empty() && recent.threes().is_empty(),
            "single characters bring no page into use"
        );
    }

    #[test]
    fn pages_come_into_use_when_a_block_needs_them_and_go_in_the_order_in_which_they_came() {
        let mut recent = Recent::new();
        for text in ["ééé", "яяяя", "שששש", "ننن", "λλλ"] {
            classify(&mut recent, text);
        }
        let leads: Vec<u8> = recent.twos().iter().map(|slot| slot.lead).collect();
        assert_eq!(leads, [0xD1, 0xD7, 0xD9, 0xCE]);
        for text in ["ののの", "カカカ", "กกก", "ककक", "…––", "Ẁẁẃ", "ⲁⲁⲁ"]
        {
            classify(&mut recent, text);
        }
        let pages: Vec<[u8; 2]> = recent.threes().iter().map(|slot| [slot.lead, slot.second]).collect();
        assert_eq!(
            pages,
            [[0xE3, 0x82], [0xE0, 0xB8], [0xE0, 0xA4], [0xE2, 0x80], [0xE1, 0xBA], [0xE2, 0xB2]]
        );
    }

    #[test]
    fn all_pages_go_out_of_use_when_their_term_is_over() {
        let mut recent = Recent::new();
        classify(&mut recent, "яяя");
        for _ in 1..TERM {
            recent.grow_older();
        }
        assert_eq!(recent.twos().len(), 1);
        recent.grow_older();
        assert!(recent.twos().is_empty());
    }
}
