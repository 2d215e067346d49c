//! Another name in a text: the old one's case and ending stay.

use std::ops::Range;

use writemagic_shared::text::fold::fold_word;
use writemagic_shared::text::utf16;

use super::matcher::{Matcher, Owner};
use super::words::name_key;

/// A place where a text has the old name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Respelled {
    pub(super) bytes: Range<usize>,
    pub(super) units: Range<u64>,
    /// What comes instead; `None` where the old name has a form that the new one cannot be given.
    pub(super) after: Option<String>,
    /// Whether the old name is another entry's too.
    pub(super) shared: bool,
}

/// The places where a text has the name `old` of `owner`, and what they become; those that stay as they are are left out.
pub(super) fn respelled(
    matcher: &Matcher,
    text: &str,
    owner: Owner,
    (old, new): (&str, &str),
) -> Vec<Respelled> {
    let key = name_key(old);
    let mut all = Vec::new();
    let (mut byte, mut unit) = (0, 0);
    matcher.scan(text, |bytes, pattern| {
        let owners = matcher.owners(pattern);
        if !owners.contains(&owner) {
            return;
        }
        let before = text.get(bytes.clone()).unwrap_or_default();
        let after =
            if name_key(before) == key { Some(shaped(before, old, new)) } else { form(before, old, new) };
        if after.as_deref() == Some(before) {
            return;
        }
        let start = unit + utf16::len(text.get(byte..bytes.start).unwrap_or_default());
        let end = start + utf16::len(before);
        (byte, unit) = (bytes.end, end);
        let shared = owners.iter().any(|other| other.entry != owner.entry);
        all.push(Respelled { bytes, units: start..end, after, shared });
    });
    all
}

/// The new name in the case in which the old one is written: all capitals, all small, or as it is.
fn shaped(before: &str, old: &str, new: &str) -> String {
    let has_small = |text: &str| text.chars().any(char::is_lowercase);
    let has_capital = |text: &str| text.chars().any(char::is_uppercase);
    // One capital is how a name begins.
    let capitals = before.chars().filter(|character| character.is_uppercase()).count();
    if capitals > 1 && !has_small(before) && has_small(old) {
        return new.to_uppercase();
    }
    if has_small(before) && !has_capital(before) && has_capital(old) {
        return new.to_lowercase();
    }
    new.to_owned()
}

/// The new name with the ending that a form of the old one has behind it: `Annas` for `Ruths`.
fn form(before: &str, old: &str, new: &str) -> Option<String> {
    let folded = |text: &str| {
        let mut folded = String::new();
        fold_word(text, &mut folded);
        folded
    };
    let wanted = folded(old);
    // The shortest beginning that is the old name: what follows is the ending.
    let mut ends = before.char_indices().map(|(at, character)| at + character.len_utf8());
    let end = ends.find(|end| before.get(..*end).is_some_and(|stem| folded(stem) == wanted))?;
    let (stem, ending) = before.split_at_checked(end)?;
    (!ending.is_empty()).then(|| shaped(stem, old, new) + ending)
}

#[cfg(test)]
mod tests {
    use super::super::matcher::Name;
    use super::*;
    use crate::document::Language;

    const RUTH: Owner = Owner { entry: 0, name: 0 };

    fn renamed(text: &str, (old, new): (&str, &str), inflected: bool, language: Option<&str>) -> String {
        let name = |text, inflected, name| Name { text, inflected, owner: Owner { entry: 0, name } };
        let names = [name(old, inflected, 0), name(new, false, 1), name("Ruth Miller", false, 2)];
        let matcher = Matcher::new(names, Language::of(language));
        let mut out = text.to_owned();
        for place in respelled(&matcher, text, RUTH, (old, new)).into_iter().rev() {
            if let Some(after) = place.after {
                out.replace_range(place.bytes, &after);
            }
        }
        out
    }

    #[test]
    fn case_and_possessive_stay_and_other_names_are_left_alone() {
        let to_anna = |text: &str| renamed(text, ("Ruth", "Anna"), false, None);
        assert_eq!(to_anna("Ruth’s RUTH'S ruth, Rúth; truth"), "Anna’s ANNA'S anna, Anna; truth");
        assert_eq!(to_anna("Ruth Miller and _Ruth_"), "Ruth Miller and _Anna_");
        // What has the new name already is not given it again.
        assert_eq!(renamed("Ann Lee met Ann.", ("Ann", "Ann Lee"), false, None), "Ann Lee met Ann Lee.");
        assert_eq!(renamed("R and r", ("R", "Quinn"), false, None), "Quinn and quinn");
        assert_eq!(renamed("USA Usa", ("USA", "Oz"), false, None), "Oz Oz");
    }

    #[test]
    fn endings_stay_and_forms_without_one_are_left() {
        assert_eq!(renamed("Ruths Buch", ("Ruth", "Anna"), true, Some("de")), "Annas Buch");
        assert_eq!(renamed("ELVES, elfs", ("elf", "gnome"), true, None), "ELVES, gnomes");
        assert_eq!(renamed("two cities, one city", ("city", "town"), true, None), "two cities, one town");
    }

    #[test]
    fn a_new_spelling_of_the_same_name_changes_what_is_spelled_otherwise() {
        assert_eq!(renamed("Emile, Émile", ("Emile", "Émile"), false, None), "Émile, Émile");
    }
}
