//! What an imported document is called: by its front matter, else by its first heading, else by its file's name.
//!
//! Headings are found as CommonMark places them (ATX and setext, not in fenced or indented code, quotes, lists or
//! comments); their text is taken as it stands, without inline Markdown being rendered.

use std::ffi::OsStr;
use std::path::Path;

use writemagic_shared::limits;

use super::front_matter;
use super::lines::lines;
use crate::document::DocumentKind;

/// What a text says about itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct About {
    /// Its title, within [`limits::TITLE_BYTES`], not empty.
    pub(super) title: String,
    /// Its language, if it names one.
    pub(super) language: Option<String>,
}

/// Reads title and language of a text that came from a file of this name. Linear up to the first heading.
pub(super) fn about(text: &str, kind: DocumentKind, file_name: &OsStr) -> About {
    let front = front_matter::read(text);
    let heading = || match kind {
        DocumentKind::Markdown => first_heading(&text[front.end..]),
        DocumentKind::Text => None,
    };
    let title = front.title.or_else(heading).unwrap_or_else(|| from_file_name(file_name));
    About { title: fit(&title), language: front.language }
}

fn from_file_name(name: &OsStr) -> String {
    let stem = Path::new(name).file_stem().unwrap_or(name).to_string_lossy();
    // A stem of nothing but spaces is no title.
    if stem.trim().is_empty() { name.to_string_lossy().into_owned() } else { stem.into_owned() }
}

/// Trims a title and cuts it to the limit.
fn fit(title: &str) -> String {
    let title = title.trim();
    title[..title.floor_char_boundary(limits::TITLE_BYTES as usize)].trim_end().to_owned()
}

/// Where the lines of a Markdown text stand.
#[derive(Default)]
struct Scan {
    /// The open code fence: its character and length.
    fence: Option<(u8, usize)>,
    /// Inside an HTML comment.
    comment: bool,
    /// Inside a quote, list or table, whose lines make no setext heading; ends with a blank line.
    container: bool,
    /// The paragraph so far, as much of it as a title can hold.
    paragraph: String,
}

fn first_heading(markdown: &str) -> Option<String> {
    let mut scan = Scan::default();
    lines(markdown).find_map(|(_, line)| scan.line(line))
}

impl Scan {
    /// Takes a line in; gives the heading that it is or completes.
    fn line(&mut self, line: &str) -> Option<String> {
        let content = line.trim_start_matches(' ');
        let indented = line.len() - content.len() > 3 || content.starts_with('\t');
        let content = content.trim_end();
        if let Some((mark, length)) = self.fence {
            let run = run_of(content, mark);
            if !indented && run >= length && run == content.len() {
                self.fence = None;
            }
        } else if self.comment {
            self.comment = !content.contains("-->");
        } else if content.is_empty() {
            self.paragraph.clear();
            self.container = false;
        } else if indented {
            // Code, or a paragraph that goes on.
            if !self.paragraph.is_empty() {
                self.extend(content.trim_start());
            }
        } else if let Some(fence) = opening_fence(content) {
            *self = Self { fence: Some(fence), ..Self::default() };
        } else if content.starts_with("<!--") {
            *self = Self { comment: !content.contains("-->"), ..Self::default() };
        } else if let Some(heading) = atx(content) {
            *self = Self::default();
            return Some(heading.to_owned()).filter(|heading| !heading.is_empty());
        } else if !self.paragraph.is_empty() && is_underline(content) {
            return Some(std::mem::take(&mut self.paragraph));
        } else if self.container || opens_container(content) || is_thematic_break(content) {
            self.paragraph.clear();
            self.container = !is_thematic_break(content);
        } else {
            self.extend(content);
        }
        None
    }

    fn extend(&mut self, content: &str) {
        if self.paragraph.len() as u64 <= limits::TITLE_BYTES {
            if !self.paragraph.is_empty() {
                self.paragraph.push(' ');
            }
            self.paragraph
                .push_str(&content[..content.floor_char_boundary(limits::TITLE_BYTES as usize + 1)]);
        }
    }
}

/// How many bytes `mark` `content` begins with.
fn run_of(content: &str, mark: u8) -> usize {
    content.bytes().take_while(|&byte| byte == mark).count()
}

fn opening_fence(content: &str) -> Option<(u8, usize)> {
    let mark = content.bytes().next().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = run_of(content, mark);
    let is_inline_code = mark == b'`' && content[length..].contains('`');
    (length >= 3 && !is_inline_code).then_some((mark, length))
}

/// The text of an ATX heading (`## Text ##`).
fn atx(content: &str) -> Option<&str> {
    let level = run_of(content, b'#');
    let behind = &content[level..];
    if !(1..=6).contains(&level) || !(behind.is_empty() || behind.starts_with([' ', '\t'])) {
        return None;
    }
    let open = behind.trim_end_matches('#');
    let closed = open.is_empty() || open.ends_with([' ', '\t']);
    Some(if closed { open.trim() } else { behind.trim() })
}

/// Whether a line under a paragraph makes a setext heading of it.
fn is_underline(content: &str) -> bool {
    content.bytes().all(|byte| byte == b'=') || content.bytes().all(|byte| byte == b'-')
}

fn is_thematic_break(content: &str) -> bool {
    let marks = content.bytes().filter(|byte| !matches!(byte, b' ' | b'\t'));
    let Some(first) = content.bytes().next().filter(|byte| matches!(byte, b'-' | b'*' | b'_')) else {
        return false;
    };
    marks.clone().all(|byte| byte == first) && marks.count() >= 3
}

/// Whether a line begins a quote, a list item or a table row.
fn opens_container(content: &str) -> bool {
    let item = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    if content.starts_with(['>', '|']) {
        return true;
    }
    if let Some(rest) = content.strip_prefix(['-', '*', '+']) {
        return item(rest);
    }
    let rest = content.trim_start_matches(|c: char| c.is_ascii_digit());
    (1..=9).contains(&(content.len() - rest.len())) && rest.strip_prefix(['.', ')']).is_some_and(item)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn title(text: &str) -> String {
        about(text, DocumentKind::Markdown, OsStr::new("the file.md")).title
    }

    #[test]
    fn front_matter_goes_before_heading_and_heading_before_file_name() {
        assert_eq!(title("---\ntitle: Front\n---\n# Heading"), "Front");
        assert_eq!(title("---\nauthor: Me\n---\n# Heading"), "Heading");
        assert_eq!(title("Some words."), "the file");
        assert_eq!(title(""), "the file");
    }

    #[test]
    fn plain_text_has_front_matter_but_no_headings() {
        let text = |text| about(text, DocumentKind::Text, OsStr::new("notes.txt")).title;
        assert_eq!(text("# not a heading"), "notes");
        assert_eq!(text("---\ntitle: Front\n---\n"), "Front");
    }

    #[test]
    fn the_language_comes_with_the_title() {
        let found = about("---\nlang: pt-BR\n---\n", DocumentKind::Markdown, OsStr::new("a.md"));
        assert_eq!(found, About { title: "a".into(), language: Some("pt-BR".into()) });
    }

    #[test]
    fn headings_of_both_kinds_are_found() {
        for (text, expected) in [
            ("# One", "One"),
            ("text\n\n## Two ##\n", "Two"),
            ("   ### Three", "Three"),
            ("#\tTab", "Tab"),
            ("# C#", "C#"),
            ("# C# ##", "C#"),
            ("#\n# Next", "Next"),
            ("# #\n# Next", "Next"),
            ("Setext\n===", "Setext"),
            ("Two\nlines\n---", "Two lines"),
            ("One\r\n===\r\n", "One"),
            ("One\r===\r", "One"),
            ("text\n# In a paragraph", "In a paragraph"),
            ("```\n# code\n```\n# After", "After"),
            ("~~~~ rust\n# code\n~~~\n# code\n~~~~\n# After", "After"),
            ("``` a`b\n# Inline code", "Inline code"),
            ("<!-- # no\n# no -->\n# Yes", "Yes"),
            ("> quote\nlazy\n---\n# Yes", "Yes"),
            ("- item\n---\n# Yes", "Yes"),
            ("2. item\n---\n# Yes", "Yes"),
            ("---\n\n# Yes", "Yes"),
            ("a\n\n---\n\n# Yes", "Yes"),
            ("    # code\n\n# Yes", "Yes"),
            ("\t# code\n# Yes", "Yes"),
            ("#hashtag\n\n# Yes", "Yes"),
            ("####### seven\n\n# Yes", "Yes"),
            ("*emphasis*\n===", "*emphasis*"),
            ("# 世界 🎉", "世界 🎉"),
        ] {
            assert_eq!(title(text), expected, "{text:?}");
        }
    }

    #[test]
    fn without_a_heading_the_file_names_the_document() {
        for text in [
            "```\n# code",
            "    # code",
            "#hashtag",
            "> # quoted",
            "- # item",
            "***",
            "===",
            "# ",
            "<!--\n# x",
        ] {
            assert_eq!(title(text), "the file", "{text:?}");
        }
        let named = |name: &str| about("", DocumentKind::Markdown, OsStr::new(name)).title;
        assert_eq!(named("v1.2.md"), "v1.2");
        assert_eq!(named("LICENSE"), "LICENSE");
        assert_eq!(named(".notes"), ".notes");
        assert_eq!(named(" .md"), ".md");
    }

    #[test]
    fn a_long_title_is_cut_at_a_character_within_the_limit() {
        let limit = limits::TITLE_BYTES as usize;
        assert_eq!(title(&format!("# {}", "a".repeat(limit))).len(), limit);
        assert_eq!(title(&format!("# {}", "a".repeat(limit + 1))).len(), limit);
        assert_eq!(title(&format!("# a{}", "é".repeat(limit))).len(), limit - 1);
        assert_eq!(title(&format!("{}===", "a é\n".repeat(limit))).len(), limit);
    }

    proptest! {
        #[test]
        fn any_text_has_a_title_within_the_limit(text in "([#>`~=<!\\- \t\r\na-c]|\\PC){0,80}") {
            let found = title(&text);
            prop_assert!(!found.is_empty() && found.len() as u64 <= limits::TITLE_BYTES);
            prop_assert_eq!(found.trim(), &found);
        }
    }
}
