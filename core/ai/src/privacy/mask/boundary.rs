//! Where a word may end.

use writemagic_shared::text::script::is_scalar_script;
use writemagic_shared::text::segment::{self, Unit};

/// Whether a word, or a number, may end between two characters: where one of them is no letter or digit (the number of
/// a footnote is none), or belongs to a script that is written without spaces or with endings that stick to names; and
/// where Unicode parts the two.
pub(super) fn is_boundary(left: char, right: char) -> bool {
    let goes_on = |character: char| {
        (character.is_alphabetic() || character.is_ascii_digit()) && !is_scalar_script(character)
    };
    !goes_on(left)
        || !goes_on(right)
        || segment::is_boundary(&String::from_iter([left, right]), Unit::Word, left.len_utf8())
}
