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

/// Languages with a stemmer of Snowball's, by their tags. Snapshots name a language by its place here: new ones go to the end.
const STEMMED: [(&str, Algorithm); 19] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nb", Algorithm::Norwegian),
    ("nn", Algorithm::Norwegian),
    ("no", Algorithm::Norwegian),
    ("nl", Algorithm::Dutch),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

impl Language {
    /// The language of a BCP 47 tag; English where there is none.
    pub(crate) fn of(tag: Option<&str>) -> Self {
        let Some(tag) = tag else { return Self::English };
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        if matches!(primary.as_str(), "" | "en") {
            return Self::English;
        }
        let stemmed = STEMMED.iter().find(|(tag, _)| *tag == primary);
        stemmed.map_or(Self::Unknown, |(_, algorithm)| Self::Other(*algorithm))
    }

    /// A number for keeping.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::English => 0,
            Self::Unknown => 1,
            Self::Other(algorithm) => {
                let place = STEMMED.iter().position(|(_, other)| *other == algorithm);
                place.map_or(1, |place| place as u8 + 2)
            }
        }
    }

    /// The language of a number; `None` for one that none has.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::English),
            1 => Some(Self::Unknown),
            _ => STEMMED.get(usize::from(code) - 2).map(|(_, algorithm)| Self::Other(*algorithm)),
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

    #[test]
    fn every_language_has_a_number_of_its_own() {
        for tag in STEMMED.iter().map(|(tag, _)| *tag).chain(["en", "xx"]) {
            let language = Language::of(Some(tag));
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
        assert_eq!(Language::from_code(99), None);
    }
}
