//! The rules, which of them apply, and the languages that some of them know.

/// What a finding is of. The numbers never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Rule {
    /// The same word twice with nothing but space between; quiet for those that a language doubles (`had had`).
    DoubledWord = 0,
    /// Several spaces in a row inside a line; quiet after a sentence where the text has two there as a rule.
    DoubledSpace = 1,
    /// A space before `, . ; : ! ? )` and the like; in French only before those that have none there.
    SpaceBeforePunctuation = 2,
    /// No space behind `, ; ! ?`, or between a full stop and a capital.
    MissingSpace = 3,
    /// A mark of punctuation twice that is never meant twice: `,,` `;;` `..`.
    RepeatedPunctuation = 4,
    /// French alone: no space before `; : ! ?` in a text that has one as a rule.
    FrenchSpacing = 5,
    /// A straight quotation mark among curly ones and angle ones, or the reverse.
    MixedQuotes = 6,
    /// A straight apostrophe among curly ones, or the reverse.
    MixedApostrophes = 7,
    /// A dash unlike nearly all others: ` - `, `--`, ` – `, `—`.
    MixedDashes = 8,
    /// Three dots among ellipses, or the reverse.
    MixedEllipses = 9,
    /// A bracket without its partner in the paragraph.
    UnbalancedBrackets = 10,
    /// A word with letters of two alphabets that look alike: Latin and Cyrillic, or Greek.
    MixedScripts = 11,
    /// A matter of style: a sentence of very many words.
    LongSentence = 12,
    /// A matter of style: four sentences in a row that begin with the same word.
    RepeatedOpening = 13,
    /// A word in the spelling that the text has less often: `color` beside `colour`. By tables, for English, German,
    /// French, Spanish and Russian.
    MixedSpelling = 14,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 15] = [
        Self::DoubledWord,
        Self::DoubledSpace,
        Self::SpaceBeforePunctuation,
        Self::MissingSpace,
        Self::RepeatedPunctuation,
        Self::FrenchSpacing,
        Self::MixedQuotes,
        Self::MixedApostrophes,
        Self::MixedDashes,
        Self::MixedEllipses,
        Self::UnbalancedBrackets,
        Self::MixedScripts,
        Self::LongSentence,
        Self::RepeatedOpening,
        Self::MixedSpelling,
    ];

    /// The stable snake_case word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoubledWord => "doubled_word",
            Self::DoubledSpace => "doubled_space",
            Self::SpaceBeforePunctuation => "space_before_punctuation",
            Self::MissingSpace => "missing_space",
            Self::RepeatedPunctuation => "repeated_punctuation",
            Self::FrenchSpacing => "french_spacing",
            Self::MixedQuotes => "mixed_quotes",
            Self::MixedApostrophes => "mixed_apostrophes",
            Self::MixedDashes => "mixed_dashes",
            Self::MixedEllipses => "mixed_ellipses",
            Self::UnbalancedBrackets => "unbalanced_brackets",
            Self::MixedScripts => "mixed_scripts",
            Self::LongSentence => "long_sentence",
            Self::RepeatedOpening => "repeated_opening",
            Self::MixedSpelling => "mixed_spelling",
        }
    }
}

/// A set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules(u32);

impl Rules {
    /// Every rule.
    pub const fn all() -> Self {
        Self(u32::MAX)
    }

    /// No rule.
    pub const fn none() -> Self {
        Self(0)
    }

    /// The same and this one.
    #[must_use]
    pub const fn with(self, rule: Rule) -> Self {
        Self(self.0 | 1 << rule as u8)
    }

    /// The same but this one.
    #[must_use]
    pub const fn without(self, rule: Rule) -> Self {
        Self(self.0 & !(1 << rule as u8))
    }

    /// Whether this one is among them.
    pub const fn has(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u8) != 0
    }
}

/// A language that rules know something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Russian.
    Russian,
    /// Any other: the rules that need no tables.
    Other,
}

impl Language {
    /// The language of a BCP 47 tag: `en`, `en-GB`, `fr-CA`.
    pub fn of_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let known = [
            ("en", Self::English),
            ("de", Self::German),
            ("fr", Self::French),
            ("es", Self::Spanish),
            ("ru", Self::Russian),
        ];
        let found = known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(primary));
        found.map_or(Self::Other, |(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in() {
        let set = Rules::none().with(Rule::MixedDashes).with(Rule::DoubledWord).without(Rule::DoubledWord);
        let has: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| set.has(*rule)).collect();
        assert_eq!(has, [Rule::MixedDashes]);
        assert!(Rule::ALL.into_iter().all(|rule| Rules::all().has(rule)));
    }

    #[test]
    fn a_tag_names_its_language() {
        use Language::*;
        assert_eq!(
            ["en-GB", "DE", "fr_CA", "es-419", "ru", "it", ""].map(Language::of_tag),
            [English, German, French, Spanish, Russian, Other, Other]
        );
    }
}
