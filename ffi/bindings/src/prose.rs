//! From a Rust doc comment to one of Kotlin or Swift.

use crate::declared::{is_constant, last};

/// A comment as paragraphs: links are their words, names are those of the other language. Examples are left out, and tables, which
/// name modules. `name` gives a name with its backticks, if it has any.
pub(crate) fn paragraphs(docs: &str, name: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut is_open = false;
    let mut in_example = false;
    for line in docs.lines() {
        let line = line.trim_end();
        if line.trim_start().starts_with("```") {
            in_example = !in_example;
            is_open = false;
            continue;
        }
        if in_example || line.starts_with('|') {
            continue;
        }
        if line.is_empty() {
            is_open = false;
        } else if let Some(title) = line.strip_prefix("# ") {
            paragraphs.push(format!("{title}:"));
            // What follows it stands on the same line.
            is_open = true;
        } else if line.starts_with("- ") {
            paragraphs.push(line.to_owned());
            is_open = true;
        } else if is_open && let Some(last) = paragraphs.last_mut() {
            last.push(' ');
            last.push_str(line.trim_start());
        } else {
            paragraphs.push(line.trim_start().to_owned());
            is_open = true;
        }
    }
    paragraphs.iter().map(|paragraph| named(&unlinked(&shown(paragraph)), name)).collect()
}

/// Without what holds of Rust alone: what its debug output tells and leaves out.
fn shown(paragraph: &str) -> String {
    let sentences = paragraph.split_inclusive(". ");
    let sentences = sentences.filter(|sentence| !sentence.to_lowercase().contains("debug output"));
    sentences.collect::<String>().trim_end().to_owned()
}

/// Links to items become what they show; those to the web stay.
fn unlinked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let (before, link) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = closing(link) else {
            out.push_str(link);
            return out;
        };
        let (shown, after) = (&link[1..end], &link[end + 1..]);
        if let Some(target) = after.strip_prefix('(').and_then(|after| after.split_once(')')) {
            if target.0.starts_with("http") {
                out.push_str(&link[..end + 1]);
                out.push_str(&after[..target.0.len() + 2]);
            } else {
                out.push_str(own(shown, target.0).as_deref().unwrap_or(shown));
            }
            rest = target.1;
        } else if shown.starts_with('`') {
            out.push_str(shown);
            rest = after;
        } else {
            out.push_str(&link[..end + 1]);
            rest = after;
        }
    }
    out + rest
}

/// A member of the type that a comment belongs to, where a link to it shows its name alone.
fn own(shown: &str, target: &str) -> Option<String> {
    let name = target.strip_prefix("Self::")?;
    (shown == format!("`{name}`")).then(|| format!("`{target}`"))
}

/// Where the bracket that a text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Names in backticks as the other language has them. A constant in brackets is left out: its value stands before it.
fn named(text: &str, name: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut parts = text.split('`').enumerate().peekable();
    while let Some((place, part)) = parts.next() {
        if place % 2 == 0 {
            out.push_str(part);
            continue;
        }
        if is_constant(last(part))
            && out.ends_with(" (")
            && let Some((_, rest)) = parts.next_if(|(_, rest)| rest.starts_with(')'))
        {
            out.truncate(out.len() - " (".len());
            out.push_str(&rest[1..]);
            continue;
        }
        match name(part) {
            Some(other) => out.push_str(&other),
            None if parts.peek().is_none() => out.push_str(&format!("`{part}")),
            None => out.push_str(&format!("`{part}`")),
        }
    }
    out
}

/// The words of a `snake_case` or `PascalCase` name, in small letters.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && letter != '_'
        {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

/// A word with a capital letter first.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `snake_case` as `camelCase`.
pub(crate) fn camel(name: &str) -> String {
    let (first, rest) = name.split_once('_').unwrap_or((name, ""));
    rest.split('_').fold(first.to_owned(), |name, word| name + &capital(word))
}

/// `PascalCase` with a small letter first.
pub(crate) fn small(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// `PascalCase` as `UPPER_CASE`.
pub(crate) fn upper(name: &str) -> String {
    words(name).join("_").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_lose_their_links_their_examples_and_their_lines() {
        let docs = "Reads [`Library::text`] of a\n[document](Self::document), see [RFC 1](https://rfc).\n\n```\nlet x;\n```\n\n\
                    # Errors\n`no_such_thing` or `find_it`; a list: [0, 1].";
        let name = |name: &str| match name {
            "find_it" => Some("`findIt`".to_owned()),
            "Library::text" => Some("`Library.text`".to_owned()),
            _ => None,
        };
        assert_eq!(
            paragraphs(docs, &name),
            [
                "Reads `Library.text` of a document, see [RFC 1](https://rfc).",
                "Errors: `no_such_thing` or `findIt`; a list: [0, 1].",
            ]
        );
    }

    #[test]
    fn names_are_those_of_the_other_language() {
        let name = |name: &str| match name {
            "Self::undo" => Some("``Library/undo()``".to_owned()),
            "PAGE_ROWS" => Some("10,000".to_owned()),
            _ => None,
        };
        let docs = "| [`a`] | a table |\n\nAs [`undo`](Self::undo), over [`PAGE_ROWS`]; 90 s ([`OF_RUST`](crate::OF_RUST)). Not `(` nor\n\
                    `OF_RUST`.";
        let said = "As ``Library/undo()``, over 10,000; 90 s. Not `(` nor `OF_RUST`.";
        assert_eq!(paragraphs(docs, &name), [said]);
        assert_eq!(paragraphs("no end of `it", &name), ["no end of `it"]);
    }

    #[test]
    fn what_holds_of_rust_alone_is_not_said() {
        let docs = "An entry. What it says is left out of debug output.";
        assert_eq!(paragraphs(docs, &|_| None), ["An entry."]);
        let docs = "Names are left out of debug output. They are kept. Of two: `a. b`.";
        assert_eq!(paragraphs(docs, &|_| None), ["They are kept. Of two: `a. b`."]);
        let docs = "A piece. Debug output tells\nits length: nothing else.";
        assert_eq!(paragraphs(docs, &|_| None), ["A piece."]);
    }

    #[test]
    fn names_change_their_case() {
        assert_eq!((camel("utf16_units"), small("DocumentId")), ("utf16Units".into(), "documentId".into()));
        assert_eq!((upper("WhenMentioned"), upper("Ai")), ("WHEN_MENTIONED".into(), "AI".into()));
    }
}
