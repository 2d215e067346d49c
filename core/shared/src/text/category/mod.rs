//! General categories, as far as something asks for them: punctuation, marks that take no room, controls.
//!
//! What decides on segments, counts and search stands in [`super::segment`] and [`super::fold`]; this is for formats and
//! models that are defined by general categories.

mod tables;

/// The general categories that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// A mark that takes no room of its own (Mn): most accents, many vowel signs.
    NonspacingMark,
    /// Punctuation of any kind (Pc, Pd, Ps, Pe, Pi, Pf, Po). `$`, `+` and `^` are symbols, and not among it.
    Punctuation,
    /// A control, a format character, or one for private use (Cc, Cf, Co).
    Control,
    /// Everything else: letters, numbers, symbols, separators, other marks, and what is not assigned.
    Other,
}

impl Category {
    /// The category of `character`. Three table look-ups.
    #[inline]
    pub fn of(character: char) -> Self {
        let code_point = character as usize;
        let group = usize::from(tables::GROUPS[code_point >> 12]);
        let page = usize::from(tables::PAGES[group << 6 | code_point >> 6 & 63]);
        let four = tables::CATEGORIES[page << 4 | code_point >> 2 & 15];
        match four >> (2 * (code_point & 3)) & 3 {
            1 => Category::NonspacingMark,
            2 => Category::Punctuation,
            3 => Category::Control,
            _ => Category::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::char::is_combining_mark;

    use super::*;

    #[test]
    fn characters_have_their_categories() {
        let all = |text: &str, category| {
            for character in text.chars() {
                assert_eq!(Category::of(character), category, "U+{:04X}", u32::from(character));
            }
        };
        all(
            "\u{300}\u{36F}\u{5B0}\u{64B}\u{94D}\u{E31}\u{3099}\u{FE0F}\u{1E94A}\u{E0100}",
            Category::NonspacingMark,
        );
        all("!\"#%&'()*,-./:;?@[\\]_{}¡«»¿—“”…。、「」\u{10FB}\u{1E95E}", Category::Punctuation);
        all(
            "\0\t\n\r\u{7F}\u{85}\u{AD}\u{200B}\u{200D}\u{FEFF}\u{E000}\u{E0001}\u{10FFFD}",
            Category::Control,
        );
        all("aZ0é漢한ا \u{A0}\u{3000}$+<=>^`|~©€\u{903}\u{20DD}\u{378}\u{FFFF}\u{10FFFF}🙂", Category::Other);
    }

    #[test]
    fn the_standard_library_and_the_normaliser_agree_where_they_know() {
        for character in '\0'..=char::MAX {
            let category = Category::of(character);
            let code_point = u32::from(character);
            assert!(!character.is_control() || category == Category::Control, "U+{code_point:04X}");
            assert!(
                category != Category::NonspacingMark || is_combining_mark(character),
                "U+{code_point:04X}"
            );
            let ascii = character.is_ascii() && !"$+<=>^`|~".contains(character);
            assert!(!ascii || character.is_ascii_punctuation() == (category == Category::Punctuation));
        }
    }
}
