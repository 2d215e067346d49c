//! The form of language tags.

use writemagic_shared::limits::LANGUAGE_TAG_BYTES;

use crate::error::{Error, Result};

/// Checks the form of a BCP 47 (RFC 5646) tag: subtags of 1 to 8 letters and digits joined by `-`, the first of 2 to 8
/// letters, or `x` or `i` with more behind it. Whether the subtags are registered is not checked.
pub(crate) fn check_language_tag(tag: &str) -> Result<()> {
    Error::check_limit("language_tag_bytes", tag.len() as u64, LANGUAGE_TAG_BYTES)?;
    let mut subtags = tag.split('-');
    let first = subtags.next().unwrap_or_default();
    let private = matches!(first, "x" | "X" | "i" | "I") && tag.len() > 2;
    let language = (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let rest =
        |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric());
    if (private || language) && subtags.all(rest) { Ok(()) } else { Err(Error::InvalidLanguageTag) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_the_right_form_are_taken_and_others_refused() {
        for tag in
            ["en", "de-CH", "zh-Hant-TW", "sr-Latn-RS", "ca-valencia", "x-klingon", "sl-rozaj-biske-1994"]
        {
            assert!(check_language_tag(tag).is_ok(), "{tag}");
        }
        for tag in ["", "e", "x", "x-", "en_US", "en-", "-en", "en--US", "123", "englishlong", "en US", "é"]
        {
            assert!(matches!(check_language_tag(tag), Err(Error::InvalidLanguageTag)), "{tag}");
        }
        let long = format!("en-{}", "abcdefgh-".repeat(8));
        assert!(matches!(check_language_tag(&long), Err(Error::LimitExceeded { .. })));
    }
}
