//! The block of YAML between `---` lines at the start of a file: a title and a language are read from it.
//!
//! Only what a line says by itself is understood: plain, 'single' and "double" quoted scalars at the top level.
//! Anything else (lists, blocks, anchors) means no value, never an error. The block stays part of the text.

use super::lines::lines;
use crate::document::check_language_tag;

/// How long the block may be, in bytes; a longer one is ordinary text.
const FRONT_MATTER_BYTES: usize = 64 << 10;

/// What the block says about the document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FrontMatter {
    /// Its `title`, trimmed and not empty.
    pub(super) title: Option<String>,
    /// Its `lang` or `language`, if it has the form of a BCP 47 tag.
    pub(super) language: Option<String>,
    /// Where the text behind it starts, in bytes; 0 without a block.
    pub(super) end: usize,
}

/// Reads the block at the start of `text`, if there is one.
pub(super) fn read(text: &str) -> FrontMatter {
    let mut found = FrontMatter::default();
    for (number, (start, line)) in lines(text).enumerate() {
        let marker = line.trim_end();
        match number {
            0 if marker == "---" => {}
            0 => break,
            _ if start > FRONT_MATTER_BYTES => break,
            _ if marker == "---" || marker == "..." => {
                found.end = start + line.len();
                return found;
            }
            _ => found.take(line),
        }
    }
    // Never opened or never closed: a thematic break and ordinary text.
    FrontMatter::default()
}

impl FrontMatter {
    fn take(&mut self, line: &str) {
        let Some((key, value)) = line.split_once(':') else { return };
        if !(value.is_empty() || value.starts_with([' ', '\t'])) {
            return;
        }
        let (slot, is_language) = match key {
            "title" | "Title" => (&mut self.title, false),
            "lang" | "language" | "Lang" | "Language" => (&mut self.language, true),
            _ => return,
        };
        if slot.is_none() {
            let value = scalar(value).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
            *slot = if is_language { value.and_then(|tag| language_tag(&tag)) } else { value };
        }
    }
}

/// The value of a one-line YAML scalar.
fn scalar(value: &str) -> Option<String> {
    let value = value.trim();
    match value.chars().next()? {
        '"' => double_quoted(&value[1..]),
        '\'' => single_quoted(&value[1..]),
        // Indicators of what is not a plain scalar.
        '|' | '>' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '%' | '@' | '`' | ',' | '#' => None,
        _ => {
            let end = [" #", "\t#"].iter().filter_map(|comment| value.find(comment)).min();
            let plain = value[..end.unwrap_or(value.len())].trim_end();
            let is_null = matches!(plain, "~" | "null" | "Null" | "NULL");
            (!is_null).then(|| plain.to_owned())
        }
    }
}

fn single_quoted(inside: &str) -> Option<String> {
    let mut value = String::new();
    let mut rest = inside;
    loop {
        let (before, behind) = rest.split_once('\'')?;
        value.push_str(before);
        match behind.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return ends_here(behind).then_some(value),
        }
    }
}

fn double_quoted(inside: &str) -> Option<String> {
    let mut value = String::new();
    let mut chars = inside.chars();
    loop {
        match chars.next()? {
            '"' => return ends_here(chars.as_str()).then_some(value),
            '\\' => {
                let hex_digits = match chars.next()? {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    simple => {
                        value.push(escaped(simple)?);
                        continue;
                    }
                };
                let digits = chars.as_str().get(..hex_digits)?;
                chars = chars.as_str()[hex_digits..].chars();
                value.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
            }
            other => value.push(other),
        }
    }
}

/// What a backslash and this character stand for in a double-quoted scalar.
fn escaped(letter: char) -> Option<char> {
    Some(match letter {
        '"' | '\\' | '/' | ' ' | '\t' => letter,
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1B}',
        'f' => '\u{C}',
        'v' => '\u{B}',
        '0' => '\0',
        'N' => '\u{85}',
        '_' => '\u{A0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}

/// Behind a closing quote stands nothing, or a comment.
fn ends_here(behind: &str) -> bool {
    let rest = behind.trim_start();
    rest.is_empty() || (rest.len() < behind.len() && rest.starts_with('#'))
}

/// A tag of BCP 47's form; `en_US`, as locales are often written, becomes `en-US`.
fn language_tag(value: &str) -> Option<String> {
    let tag = value.replace('_', "-");
    check_language_tag(&tag).is_ok().then_some(tag)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn title(line: &str) -> Option<String> {
        read(&format!("---\n{line}\n---\ntext")).title
    }

    #[test]
    fn scalars_of_every_style_are_read() {
        for (line, expected) in [
            ("title: Plain words", "Plain words"),
            ("title:   spaced  ", "spaced"),
            ("title: Part 1: the start", "Part 1: the start"),
            ("title: C# in a day # a comment", "C# in a day"),
            ("title: 'It''s: # here'", "It's: # here"),
            ("title: 'quoted' # a comment", "quoted"),
            (r#"title: "tab \t, \"quotes\", \u00e9, \x41, \U0001F389""#, "tab \t, \"quotes\", é, A, 🎉"),
            ("title: 1984", "1984"),
            ("Title: Capital", "Capital"),
            ("title: -3 degrees", "-3 degrees"),
        ] {
            assert_eq!(title(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn what_is_no_scalar_of_one_line_gives_no_title() {
        for line in [
            "title:",
            "title: ~",
            "title: null",
            "title: |",
            "title: [a, b]",
            "title: {a: b}",
            "title: &x y",
            "title:x",
            "title: \"open",
            "title: 'open",
            "title: 'a' b",
            "title: \"\\q\"",
            "title: \"\\ud800\"",
            "title: \"\\x4é\"",
            "  title: nested",
            "subtitle: other",
            "title: \"  \"",
            "title: # comment",
        ] {
            assert_eq!(title(line), None, "{line}");
        }
    }

    #[test]
    fn the_first_of_two_values_counts() {
        assert_eq!(title("title: one\ntitle: two").as_deref(), Some("one"));
    }

    #[test]
    fn the_block_ends_at_its_closing_line_with_any_line_end() {
        for text in
            ["---\ntitle: x\n---\nrest", "---\r\ntitle: x\r\n...\r\nrest", "--- \rtitle: x\r---\rrest"]
        {
            let found = read(text);
            assert_eq!(found.title.as_deref(), Some("x"));
            assert_eq!(text[found.end..].trim_start(), "rest");
        }
        assert_eq!(read("---\ntitle: x\n---").end, "---\ntitle: x\n---".len());
    }

    #[test]
    fn a_block_that_is_not_at_the_start_or_never_closed_is_text() {
        for text in ["", "---", "---\ntitle: x", "\n---\ntitle: x\n---\n", "----\ntitle: x\n---\n", "text"] {
            assert_eq!(read(text), FrontMatter::default(), "{text}");
        }
        let long = format!("---\ntitle: x\n{}---\n", "filler: y\n".repeat(FRONT_MATTER_BYTES / 10));
        assert_eq!(read(&long), FrontMatter::default());
    }

    #[test]
    fn languages_have_the_form_of_a_tag() {
        let language = |line: &str| read(&format!("---\n{line}\n---\n")).language;
        for (line, expected) in [
            ("lang: de", Some("de")),
            ("language: zh-Hant-TW", Some("zh-Hant-TW")),
            ("lang: \"en_US\"", Some("en-US")),
            ("lang: English (British)", None),
            ("lang: x", None),
            ("lang: de-", None),
            ("lang: [en, de]", None),
        ] {
            assert_eq!(language(line).as_deref(), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_block_is_read_without_a_fault(body in "(title|lang|x)?:? ?[\"'\\\\\\PC\n]{0,40}") {
            let text = format!("---\n{body}\n---\n");
            let found = read(&text);
            prop_assert!(text.is_char_boundary(found.end));
        }

        #[test]
        fn a_quoted_title_is_read_back(value in "[^\n\r\\p{Cc}]{1,40}") {
            prop_assume!(!value.trim().is_empty());
            let single = format!("title: '{}'", value.replace('\'', "''"));
            prop_assert_eq!(title(&single), Some(value.trim().to_owned()));
            let double = format!("title: \"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
            prop_assert_eq!(title(&double), Some(value.trim().to_owned()));
        }
    }
}
