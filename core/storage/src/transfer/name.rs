//! Names of exported files and folders: safe as one component of a path, portable, unique among their siblings.
//!
//! Nothing here touches the disk. A name that a file really had is kept as it was wherever the system can hold it;
//! a name made of a title is made portable, so that the files can travel.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

/// The longest name made of a title, extension included, in bytes.
const MADE_NAME_BYTES: usize = 200;
/// The longest name that file systems take, in bytes.
const NAME_BYTES: usize = 255;
/// What a title is called that has no character a file name can have.
const UNTITLED: &str = "untitled";

/// The name of the file of a title; `extension` has no dot.
pub(super) fn from_title(title: &str, extension: &str) -> String {
    let stem = portable(title, MADE_NAME_BYTES - extension.len() - 1);
    format!("{stem}.{extension}")
}

/// A name that a file or folder has or had: as it is where this system can hold it, else made portable.
pub(super) fn kept(name: &str) -> String {
    if is_component(name) && (!cfg!(windows) || portable(name, NAME_BYTES) == name) {
        return name.to_owned();
    }
    match split_extension(name) {
        // The extension says what the file is, so it outlives a cut.
        Some((stem, extension)) if extension.len() <= 16 && portable(extension, 16) == extension => {
            from_title(stem, extension)
        }
        _ => portable(name, MADE_NAME_BYTES),
    }
}

/// Whether a name is one component of a path on Unix.
fn is_component(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= NAME_BYTES && !name.contains(['/', '\0'])
}

/// A name of at most `limit` bytes that every file system takes: NFC, without separators, control characters and
/// the characters and device names of Windows, without a dot, space or hyphen that a system or a shell would
/// misunderstand; never empty.
fn portable(title: &str, limit: usize) -> String {
    let replaced: String = title
        .nfc()
        .map(|c| match c {
            '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '_',
            c if c.is_control() || c.is_whitespace() => ' ',
            c => c,
        })
        .nfc()
        .collect();
    let mut name = replaced.trim_matches([' ', '.']).to_owned();
    if name.starts_with('-') {
        name.replace_range(..1, "_");
    }
    let cut = |name: &mut String| {
        name.truncate(name.floor_char_boundary(limit));
        name.truncate(name.trim_end_matches([' ', '.']).len());
    };
    cut(&mut name);
    // Behind the cut, which may lay a device's name bare.
    if is_device(&name) {
        name.insert(0, '_');
        cut(&mut name);
    }
    if name.is_empty() { UNTITLED.to_owned() } else { name }
}

/// Whether Windows takes this name, with any extension and trailing spaces, for a device.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    port.is_some_and(|port| {
        matches!(port, "¹" | "²" | "³") || (port.len() == 1 && port.as_bytes()[0].is_ascii_digit())
    })
}

/// The names given out in one folder. Two names are the same when case-folding and NFC make them equal, as on file
/// systems that ignore case.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    /// For each folded name, the number that its next bearer tries first.
    taken: HashMap<String, u32>,
}

impl Siblings {
    /// `name`, or if it is taken `name (2)`, `name (3)`... with the number before a file's extension.
    pub(super) fn unique(&mut self, name: &str, is_file: bool) -> String {
        let key = folded(name);
        let Some(&first) = self.taken.get(&key) else {
            self.taken.insert(key, 2);
            return name.to_owned();
        };
        let (stem, extension) = split_extension(name).filter(|_| is_file).unwrap_or((name, ""));
        let dot = if extension.is_empty() { "" } else { "." };
        let mut number = first;
        loop {
            let suffix = format!(" ({number}){dot}{extension}");
            // Only a name of a single over-long extension leaves no room, and such a name has no stem to keep.
            let room = NAME_BYTES.saturating_sub(suffix.len());
            let numbered = format!("{}{suffix}", stem[..stem.floor_char_boundary(room)].trim_end());
            number += 1;
            let numbered_key = folded(&numbered);
            if !self.taken.contains_key(&numbered_key) {
                self.taken.insert(key, number);
                self.taken.insert(numbered_key, 2);
                return numbered;
            }
        }
    }
}

/// A file name without and with its extension; `None` without one. A leading dot begins no extension.
fn split_extension(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('.').filter(|(stem, extension)| !stem.is_empty() && !extension.is_empty())
}

/// The same for names that differ only in case or in normal form.
fn folded(name: &str) -> String {
    // Upper case first unites ß with SS and σ with ς. Character by character: case-folding knows no context.
    name.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_titles_become_harmless_names() {
        for (title, expected) in [
            ("../../etc/passwd", "_.._etc_passwd.md"),
            ("..", "untitled.md"),
            (".", "untitled.md"),
            ("", "untitled.md"),
            (" \t\n\0 ", "untitled.md"),
            ("a/b\\c", "a_b_c.md"),
            ("/root", "_root.md"),
            ("C:\\x", "C__x.md"),
            (".hidden", "hidden.md"),
            ("trailing dot.", "trailing dot.md"),
            ("trailing space ", "trailing space.md"),
            ("line\nbreak\u{7}", "line break.md"),
            ("-rf", "_rf.md"),
            ("Was? *Das* \"hier\" <|>", "Was_ _Das_ _hier_ ___.md"),
            ("CON", "_CON.md"),
            ("con", "_con.md"),
            ("Nul.txt", "_Nul.txt.md"),
            ("aux .c", "_aux .c.md"),
            ("COM1", "_COM1.md"),
            ("lpt9.x", "_lpt9.x.md"),
            ("COM²", "_COM².md"),
            ("COM10", "COM10.md"),
            ("CONSOLE", "CONSOLE.md"),
            ("e\u{301}te\u{301}", "été.md"),
            ("🏳️‍🌈 家族", "🏳️‍🌈 家族.md"),
        ] {
            assert_eq!(from_title(title, "md"), expected, "{title:?}");
        }
    }

    #[test]
    fn a_device_name_that_a_cut_would_lay_bare_is_still_guarded() {
        let title = format!("CON{}x", " ".repeat(300));
        assert_eq!(from_title(&title, "md"), "_CON.md");
        let title = format!("CON.{}", "x".repeat(300));
        assert_eq!(from_title(&title, "md"), format!("_CON.{}.md", "x".repeat(192)));
    }

    #[test]
    fn long_titles_are_cut_at_a_character_within_200_bytes() {
        assert_eq!(from_title(&"a".repeat(197), "md").len(), 200);
        assert_eq!(from_title(&"a".repeat(300), "txt").len(), 200);
        let cut = from_title(&"世".repeat(100), "md");
        assert_eq!(cut, format!("{}.md", "世".repeat(65)));
    }

    #[test]
    fn names_that_files_had_are_kept_where_the_system_can_hold_them() {
        assert_eq!(kept("Ünï🎉.markdown"), "Ünï🎉.markdown");
        assert_eq!(kept("e\u{301}.md"), "e\u{301}.md");
        if !cfg!(windows) {
            assert_eq!(kept("what? a:b .md "), "what? a:b .md ");
            assert_eq!(kept("CON"), "CON");
        }
        assert_eq!(kept(".."), "untitled");
        assert_eq!(kept("../x.md"), "_x.md");
        assert_eq!(kept("a\0b"), "a b");
        assert_eq!(kept(&format!("{}.md", "\u{FFFD}".repeat(100))), format!("{}.md", "\u{FFFD}".repeat(65)));
    }

    #[test]
    fn names_that_differ_only_in_case_or_form_get_numbers_before_the_extension() {
        let mut siblings = Siblings::default();
        let mut unique = |name| siblings.unique(name, true);
        assert_eq!(unique("Été.md"), "Été.md");
        assert_eq!(unique("été.md"), "été (2).md");
        assert_eq!(unique("E\u{301}te\u{301}.MD"), "E\u{301}te\u{301} (3).MD");
        assert_eq!(unique("Straße.md"), "Straße.md");
        assert_eq!(unique("STRASSE.md"), "STRASSE (2).md");
        assert_eq!(unique("ὈΔΥΣΣΕΎΣ"), "ὈΔΥΣΣΕΎΣ");
        assert_eq!(unique("ὀδυσσεύς"), "ὀδυσσεύς (2)");
        assert_eq!(unique("a.md"), "a.md");
        assert_eq!(unique("a (2).md"), "a (2).md");
        assert_eq!(unique("a.md"), "a (3).md");
        assert_eq!(unique(".rc"), ".rc");
        assert_eq!(unique(".rc"), ".rc (2)");
        assert_eq!(siblings.unique("v1.2", false), "v1.2");
        assert_eq!(siblings.unique("V1.2", false), "V1.2 (2)");
    }

    #[test]
    fn a_number_makes_room_for_itself() {
        let mut siblings = Siblings::default();
        let name = format!("{}.md", "é".repeat(126));
        assert_eq!(siblings.unique(&name, true), name);
        let second = siblings.unique(&name, true);
        assert!(second.len() <= NAME_BYTES && second.ends_with("é (2).md"));
    }

    #[test]
    fn a_hundred_thousand_documents_of_one_title_get_names_without_searching() {
        let mut siblings = Siblings::default();
        let last = (0..100_000).map(|_| siblings.unique("Untitled.md", true)).last();
        assert_eq!(last.as_deref(), Some("Untitled (100000).md"));
    }

    fn odd_text() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            "/", "\\", "..", ".", " ", "\0", "\n", "-", "CON", "nul", "COM1", ":", "é", "e\u{301}",
            "\u{344}", "🎉", "\u{958}", "ß", "\u{202E}", "a", "Z", "\u{FFFD}", "\u{2028}",
        ]);
        prop::collection::vec(odd, 0..150).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn every_name_is_one_portable_component(title in prop_oneof![odd_text(), ".{0,300}".boxed()]) {
            let name = from_title(&title, "md");
            prop_assert!(is_component(&name) && name.len() <= MADE_NAME_BYTES && name.ends_with(".md"));
            prop_assert!(!name.contains(['<', '>', ':', '"', '/', '\\', '|', '?', '*']));
            prop_assert!(!name.chars().any(char::is_control));
            prop_assert!(!name.starts_with(['.', ' ', '-']) && !is_device(&name));
            prop_assert!(!name.trim_end_matches(".md").is_empty());
            prop_assert_eq!(name.nfc().collect::<String>(), name);
            prop_assert!(is_component(&kept(&title)));
        }

        #[test]
        fn siblings_never_share_a_name(names in prop::collection::vec("[aAbB]{1,2}( \\(2\\))?(\\.md)?", 1..40)) {
            let mut siblings = Siblings::default();
            let mut given: Vec<_> = names.iter().map(|name| folded(&siblings.unique(name, true))).collect();
            given.sort();
            given.dedup();
            prop_assert_eq!(given.len(), names.len());
        }
    }
}
