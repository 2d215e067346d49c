//! What Unicode says of a character, as far as segments, counts and search tokens ask.
//!
//! One generated table gives every code point a class of one byte, another gives each class all its properties, so
//! that one look-up answers every question of one character. Case folding and decomposition live with `fold`.

mod tables;

pub(crate) use self::tables::VERSION;
use self::tables::{CLASSES, GROUPS, PAGES, PROPERTIES};

/// Everything that is known of one character.
///
/// Bits 0 to 4 hold its class for word boundaries, 5 to 9 for grapheme boundaries, 10 to 14 for sentence boundaries;
/// the classes are numbers that only the automata of `segment` and `stats` understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Properties(u32);

impl Properties {
    /// Two or three table look-ups.
    pub(crate) const fn of(character: char) -> Self {
        properties_of_class(class_of(character))
    }

    pub(crate) const fn word_class(self) -> usize {
        self.0 as usize & 31
    }

    pub(crate) fn grapheme_class(self) -> usize {
        self.0 as usize >> 5 & 31
    }

    pub(crate) fn sentence_class(self) -> usize {
        self.0 as usize >> 10 & 31
    }

    /// Alphabetic or a Number: what makes a segment a word.
    pub(crate) const fn is_alphanumeric(self) -> bool {
        self.0 & 1 << 15 != 0
    }

    /// What search takes one by one; see `script`.
    pub(crate) fn is_scalar_script(self) -> bool {
        self.0 & 1 << 16 != 0
    }
}

/// The properties of all characters of a class that [`class_of`] or [`class_at`] gave.
#[inline]
pub(crate) const fn properties_of_class(class: u8) -> Properties {
    Properties(PROPERTIES[class as usize])
}

/// The class of `character`, below 256: characters of one class have the same properties.
pub(crate) const fn class_of(character: char) -> u8 {
    class_on_page(character as usize >> 6, character as usize & 63)
}

/// The class of character `64 * page + place`, one of Unicode.
#[inline]
pub(crate) const fn class_on_page(page: usize, place: usize) -> u8 {
    let basic = page < 0x1_0000 >> 6;
    let number = if basic { PAGES[page] } else { high_page(page) };
    CLASSES[(number as usize) << 6 | place]
}

/// Beyond the Basic Multilingual Plane, whose pages alone stand in order.
const fn high_page(page: usize) -> u16 {
    let group = GROUPS[page >> 6] as usize;
    PAGES[group << 6 | page & 63]
}

/// The properties of the character that starts at `at`, and its length in bytes.
///
/// `text` is valid UTF-8 and `at` a character boundary before its end: anything else gives properties of some other
/// character or panics.
#[inline]
pub(crate) fn properties_at(text: &[u8], at: usize) -> (Properties, usize) {
    let (class, len) = class_at(text, at);
    (properties_of_class(class), len)
}

/// The class of the character that starts at `at`, and its length in bytes; asks of `text` what
/// [`properties_at`] does.
#[inline]
pub(crate) const fn class_at(text: &[u8], at: usize) -> (u8, usize) {
    const fn trail(text: &[u8], at: usize) -> usize {
        text[at] as usize & 63
    }
    let lead = text[at] as usize;
    match lead {
        // The first two pages are those of ASCII.
        0..0x80 => (CLASSES[lead], 1),
        0x80..0xE0 => (CLASSES[(PAGES[lead & 31] as usize) << 6 | trail(text, at + 1)], 2),
        0xE0..0xF0 => {
            let page = PAGES[(lead & 15) << 6 | trail(text, at + 1)] as usize;
            (CLASSES[page << 6 | trail(text, at + 2)], 3)
        }
        _ => {
            let page = high_page((lead & 7) << 12 | trail(text, at + 1) << 6 | trail(text, at + 2));
            (CLASSES[(page as usize) << 6 | trail(text, at + 3)], 4)
        }
    }
}

/// The page of the characters that begin with a byte below 0xE0; bytes inside characters have some page.
static SHORT_PAGES: [u16; 256] = {
    let mut pages = [0; 256];
    let mut lead = 0;
    while lead < 0xE0 {
        pages[lead] = if lead < 0x80 { PAGES[lead >> 6] } else { PAGES[lead & 31] };
        lead += 1;
    }
    pages
};

/// The class of a character of one or two bytes, that begins with `lead`, before whatever byte follows it. No branch
/// depends on its length.
#[inline]
pub(crate) fn class_of_short(lead: u8, next: u8) -> u8 {
    let low = if lead < 0x80 { lead } else { next };
    CLASSES[usize::from(SHORT_PAGES[usize::from(lead)]) << 6 | usize::from(low & 63)]
}

/// The start of the character that ends at `at`; asks of `text` what [`properties_at`] does, and `at > 0`.
#[inline]
pub(crate) fn char_before(text: &[u8], at: usize) -> usize {
    let mut start = at - 1;
    while text[start] & 0xC0 == 0x80 {
        start -= 1;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_character() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    #[test]
    fn letters_and_numbers_are_those_of_the_standard_library() {
        for character in every_character() {
            let properties = Properties::of(character);
            let code_point = u32::from(character);
            assert_eq!(properties.is_alphanumeric(), character.is_alphanumeric(), "U+{code_point:04X}");
        }
    }

    #[test]
    fn a_character_has_the_same_class_in_a_text_as_alone() {
        let mut text = [0; 8];
        for character in every_character() {
            let len = character.encode_utf8(&mut text[2..]).len();
            assert_eq!(class_at(&text, 2), (class_of(character), len), "U+{:04X}", u32::from(character));
            assert_eq!(properties_at(&text, 2), (Properties::of(character), len));
            if len < 3 {
                assert_eq!(class_of_short(text[2], text[3]), class_of(character));
            }
            assert_eq!(char_before(&text, 2 + len), 2);
        }
    }
}
