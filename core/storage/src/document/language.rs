//! Language tags: their form, and how the words of a language are led back to their stems.

use rust_stemmers::{Algorithm, Stemmer};
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

/// How the words of a text are led back to their stems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// Snowball's stemmer for English; search knows its stop words and irregular forms too.
    #[default]
    English,
    /// Snowball's stemmer for another language.
    Other(Algorithm),
    /// Words as they are, folded.
    Unknown,
}

impl Language {
    /// The language of a BCP 47 tag; English where there is none.
    pub(crate) fn of(tag: Option<&str>) -> Self {
        let Some(tag) = tag else { return Self::English };
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "" | "en" => Self::English,
            "ar" => Self::Other(Algorithm::Arabic),
            "da" => Self::Other(Algorithm::Danish),
            "de" => Self::Other(Algorithm::German),
            "el" => Self::Other(Algorithm::Greek),
            "es" => Self::Other(Algorithm::Spanish),
            "fi" => Self::Other(Algorithm::Finnish),
            "fr" => Self::Other(Algorithm::French),
            "hu" => Self::Other(Algorithm::Hungarian),
            "it" => Self::Other(Algorithm::Italian),
            "nb" | "nn" | "no" => Self::Other(Algorithm::Norwegian),
            "nl" => Self::Other(Algorithm::Dutch),
            "pt" => Self::Other(Algorithm::Portuguese),
            "ro" => Self::Other(Algorithm::Romanian),
            "ru" => Self::Other(Algorithm::Russian),
            "sv" => Self::Other(Algorithm::Swedish),
            "ta" => Self::Other(Algorithm::Tamil),
            "tr" => Self::Other(Algorithm::Turkish),
            _ => Self::Unknown,
        }
    }

    pub(crate) fn stemmer(self) -> Option<Stemmer> {
        match self {
            Self::English => Some(Stemmer::create(Algorithm::English)),
            Self::Other(algorithm) => Some(Stemmer::create(algorithm)),
            Self::Unknown => None,
        }
    }
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
