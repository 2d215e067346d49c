//! Light proofing: what can be said of a text without a model and without a dictionary.
//!
//! Fifteen [`Rule`]s look for slips of the hand: doubled words, spaces, punctuation, marks and spellings that differ from how the
//! rest of the text has them. What the rest of the text does is its [`Profile`]: counts that are additive over paragraphs, so
//! that an app adds and subtracts what changes and proofs one paragraph at a time: some ten microseconds for most, under a
//! millisecond for several thousand characters.
//!
//! ```
//! use writemagic_ai::proof::{Language, Proof, Rule};
//!
//! let proof = Proof::new(Language::English);
//! let found = proof.text("She walked to the the window , and waited.");
//! let found: Vec<_> = found.iter().map(|finding| (finding.rule, finding.range.clone())).collect();
//! assert_eq!(found, [(Rule::DoubledWord, 17..21), (Rule::SpaceBeforePunctuation, 28..29)]);
//! ```
//!
//! A rule is right more often than not, not always. On published novels (4.8 MB, 700,000 words of English, German, French and
//! Russian, misprints of the editions included) all rules but the two of style find at most 10 things in 100,000 words; the
//! two of style find 50 to 140. Each rule says when it is quiet.

#[cfg(feature = "grammar")]
pub mod grammar;
mod marks;
mod profile;
mod rule;
mod sentences;
mod spacing;
mod spelling;
mod words;

use std::fmt;
use std::ops::Range;

use writemagic_shared::limits::{PROOF_PARAGRAPH_BYTES, PROOF_PARAGRAPH_FINDINGS};
use writemagic_shared::text::segment::{self, WordSegment};
use writemagic_shared::text::utf16;

pub use profile::Profile;
pub use rule::{Language, Rule, Rules};
use spelling::Spellings;

/// Something that a writer may want to look at. Its suggestion is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub rule: Rule,
    /// Where, in UTF-16 units of the text that was given.
    pub range: Range<u64>,
    /// What would stand there instead; `None` where only the writer knows.
    pub suggestion: Option<String>,
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finding")
            .field("rule", &self.rule)
            .field("range", &self.range)
            .field("has_suggestion", &self.suggestion.is_some())
            .finish()
    }
}

/// A finding in bytes of its paragraph.
struct Found {
    rule: Rule,
    range: Range<usize>,
    suggestion: Option<String>,
}

/// A paragraph, and its words.
struct Paragraph<'t> {
    text: &'t str,
    words: Vec<WordSegment>,
}

impl<'t> Paragraph<'t> {
    /// Without its line end; at most so much as is read.
    fn new(text: &'t str) -> Self {
        let text = text.trim_end_matches(['\n', '\r']);
        let text = text.get(..text.floor_char_boundary(PROOF_PARAGRAPH_BYTES as usize)).unwrap_or_default();
        Self { text, words: segment::words(text).filter(|segment| segment.is_word).collect() }
    }

    fn get(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    fn before(&self, at: usize) -> Option<char> {
        self.get(0..at).chars().next_back()
    }

    fn after(&self, at: usize) -> Option<char> {
        self.get(at..self.text.len()).chars().next()
    }

    /// What stands there without white space in it.
    fn token_at(&self, at: usize) -> &'t str {
        let start = self.get(0..at).rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let rest = self.text.get(start..).unwrap_or_else(|| self.get(at..self.text.len()));
        rest.split(char::is_whitespace).next().unwrap_or_default()
    }

    /// Code and tables of Markdown have rules of their own.
    fn is_code(&self) -> bool {
        self.text.starts_with(['\t', '|']) || self.text.starts_with("    ") || self.text.starts_with("```")
    }
}

/// The rules for texts of one language.
#[derive(Clone, Debug)]
pub struct Proof {
    language: Language,
    rules: Rules,
    long_sentence: u32,
    spellings: Spellings,
}

impl Proof {
    /// All rules, with sentences of more than 60 words taken for long.
    pub fn new(language: Language) -> Self {
        Self { language, rules: Rules::all(), long_sentence: 60, spellings: Spellings::of(language) }
    }

    /// The same with these rules only.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The same with sentences of more words than this taken for long.
    #[must_use]
    pub fn with_long_sentence(self, words: u32) -> Self {
        Self { long_sentence: words, ..self }
    }

    /// What a text does: the sum of its paragraphs. Linear in the text.
    pub fn profile(&self, text: &str) -> Profile {
        let mut profile = Profile::default();
        for line in text.split_inclusive('\n') {
            profile.add(&self.profile_of_paragraph(line));
        }
        profile
    }

    /// What one paragraph does: to be added to the profile of its text, or subtracted from it when it goes.
    pub fn profile_of_paragraph(&self, paragraph: &str) -> Profile {
        let paragraph = Paragraph::new(paragraph);
        let mut profile = Profile::default();
        profile.count_marks(&paragraph);
        profile.count_spellings(&paragraph, &self.spellings);
        profile
    }

    /// What there is to say of one paragraph of a text that does what `profile` says, in the order of the paragraph; at most
    /// [`PROOF_PARAGRAPH_FINDINGS`]. Ranges count from its start. Of a paragraph over [`PROOF_PARAGRAPH_BYTES`] the start
    /// is read. Linear in the paragraph.
    pub fn paragraph(&self, paragraph: &str, profile: &Profile) -> Vec<Finding> {
        let paragraph = Paragraph::new(paragraph);
        let mut found: Vec<Found> = Vec::new();
        if !paragraph.is_code() {
            let found = &mut found;
            spacing::check(&paragraph, self.language, profile, found);
            marks::check(&paragraph, profile, found);
            words::check(&paragraph, self.language, found);
            sentences::check(&paragraph, self.long_sentence, found);
            self.spellings.check(&paragraph, profile, found);
        }
        found.retain(|found| self.rules.has(found.rule));
        found.sort_by_key(|found| (found.range.start, found.range.end, found.rule));
        found.truncate(PROOF_PARAGRAPH_FINDINGS as usize);
        let (mut bytes, mut units) = (0, 0);
        let findings = found.into_iter().map(|found| {
            units += utf16::len(paragraph.get(bytes..found.range.start));
            bytes = found.range.start;
            let length = utf16::len(paragraph.get(found.range));
            Finding { rule: found.rule, range: units..units + length, suggestion: found.suggestion }
        });
        findings.collect()
    }

    /// What there is to say of all of a text, in its order. Ranges count from its start. Linear in the text.
    pub fn text(&self, text: &str) -> Vec<Finding> {
        let profile = self.profile(text);
        let (mut findings, mut units) = (Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            findings.extend(self.paragraph(line, &profile).into_iter().map(|mut finding| {
                finding.range = finding.range.start + units..finding.range.end + units;
                finding
            }));
            units += utf16::len(line);
        }
        findings
    }
}
