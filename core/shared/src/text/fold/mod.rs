//! Folding: which words a search takes for equal. Two words match if their folds are the same bytes.
//!
//! | Equal | Why |
//! | --- | --- |
//! | `Straße` `STRASSE` `strasse`, `ΟΔΟΣ` `οδος` `οδοσ`, `ﬁ` `fi`, `ᾳ` `αι` | full case folding |
//! | `İ` `I` `ı` `i` | case, and the dot is a diacritic |
//! | `café` `cafe`, `Å` `a`, `ё` `е`, `й` `и`, `ώ` `ω`, `Łódź` `lodz`, `ø` `o`, `đ` `d`, `ħ` `h`, `ŧ` `t` | diacritics, strokes through a letter included |
//! | `שָׁלוֹם` `שלום`, `مُحَمَّد` `محمد`, `أ` `آ` `ا`, `ـ` and nothing | points, harakat, hamza on a carrier, tatweel |
//! | `क़` `क`, `ড়` `ড` | nukta |
//! | `Ａ` `a`, `１` `1`, `ｶ` `カ`, `ｶﾞ` `ガ`, `ﾡ` `ㄱ` | width |
//! | `が` and `か` U+3099, `한` and its conjoining letters, `豈` U+F900 and U+8C48 | canonical equivalence |
//! | a word with and without soft hyphens, joiners, zero-width spaces, variation selectors, marks of direction, BOM | default-ignorable |
//! | `don’t` `don't`, `1` and the keycap of it | U+2019 is the apostrophe; enclosing marks |
//!
//! | Distinct | |
//! | --- | --- |
//! | `か` `が`, `は` `ぱ`, `か` `カ`, `つ` `っ` | voicing, syllabary and size of kana |
//! | `한` `하`, `ㄱ` U+1100 | Hangul syllables; letters that stand alone and those that join |
//! | `कि` `क`, `क्` `क`, `ก่` `ก` | vowel signs, virama, tone marks of the Brahmic scripts |
//! | `æ` `ae`, `œ` `oe`, `þ` `th`, `ə` `e`, `ъ` `ь`, `і` `и` | letters of their own |
//! | `²` `2`, `№` `no`, `Ⅷ` `viii`, `ﻻ` `لا` | other compatibility forms |
//!
//! Ranges in the original are not kept here: the library's search folds word by word, and each word knows its place;
//! [`super::find`] searches a text by the same tables and knows ranges.

mod compose;
pub(crate) mod table;
mod tables;

use self::compose::Composer;
pub use self::compose::first_composed;
use self::table::{Character, Distinct};

/// Appends the fold of `word` to `folded`. Folding what is folded changes nothing. Linear in the word; allocates for
/// nothing but the result, unless a letter carries more than 32 marks that folding keeps.
///
/// ```
/// use writemagic_shared::text::fold::fold_word;
///
/// let mut folded = String::new();
/// fold_word("Straßencafé", &mut folded);
/// assert_eq!(folded, "strassencafe");
/// ```
pub fn fold_word(word: &str, folded: &mut String) {
    if word.is_ascii() {
        let before = folded.len();
        folded.push_str(word);
        return folded[before..].make_ascii_lowercase();
    }
    let before = folded.len();
    for character in word.chars() {
        let Some(alone) = alone(character) else {
            folded.truncate(before);
            return fold_any(word, folded);
        };
        folded.push(alone);
    }
}

fn fold_any(word: &str, folded: &mut String) {
    let mut composer = Composer::new(folded);
    for character in word.chars() {
        let parts = Character::of(character).parts(Distinct::default());
        parts.as_slice().iter().for_each(|part| composer.push(*part));
    }
    composer.finish();
}

/// The fold of a character that folds to one letter whatever stands beside it, which is so for nearly all of what is
/// written.
#[inline]
fn alone(character: char) -> Option<char> {
    table::single(character)
        .or_else(|| (character >= '\u{590}' && Character::of(character).is_plain()).then_some(character))
        .or_else(|| (character == '\u{2019}').then_some('\''))
}

/// Whether the character shows nothing of its own (Default_Ignorable_Code_Point): joiners, soft hyphens, zero-width
/// spaces, variation selectors, marks of direction, byte order marks.
#[inline]
pub fn is_ignorable(character: char) -> bool {
    character >= '\u{AD}' && Character::of(character).is_dropped() && character != TATWEEL
}

/// Only stretches a word, and is dropped though it shows.
const TATWEEL: char = '\u{640}';

/// Whether the character is a mark that folding drops: a diacritic, a point, a nukta, an enclosing circle.
#[inline]
pub fn is_ignored_mark(character: char) -> bool {
    character >= '\u{300}' && Character::of(character).is_ignored_mark()
}

/// `character` in the width that is usual for its script: `a` for `Ａ`, `カ` for `ｶ`.
pub fn usual_width(character: char) -> char {
    if !matches!(character, '\u{FF01}'..='\u{FFEE}') {
        return character;
    }
    let everything = Distinct { case: true, diacritics: true };
    let parts = Character::of(character).parts(everything);
    parts.as_slice().first().and_then(|part| char::from_u32(part.code_point())).unwrap_or(character)
}

#[cfg(test)]
pub(crate) mod oracle;
#[cfg(test)]
mod tests;
