//! Grammar and spelling of English texts, by the rules and the dictionary of Harper (`harper-core`), behind the feature
//! `grammar`. Everything happens here: nothing is sent.
//!
//! The version of Harper is the newest whose packages are all under licences without copyleft.
//!
//! ```
//! use writemagic_ai::proof::grammar::{English, Grammar};
//!
//! let mut grammar = Grammar::new(English::American);
//! let found = grammar.paragraph("She seen an dog.");
//! assert!(found.iter().any(|finding| finding.range == (9..11) && finding.suggestions == ["a"]));
//! ```

use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use harper_core::linting::{LintGroup, Linter as _, Suggestion};
use harper_core::spell::FstDictionary;
use harper_core::{Dialect, Document};
use writemagic_shared::limits::PROOF_PARAGRAPH_FINDINGS;
use writemagic_shared::text::utf16;

use super::Paragraph;

/// Whose English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum English {
    /// Of the United States.
    American,
    /// Of Australia.
    Australian,
    /// Of the United Kingdom.
    British,
    /// Of Canada.
    Canadian,
}

/// Something that a writer may want to look at. What it says of the text is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct GrammarFinding {
    /// Where, in UTF-16 units of the text that was given.
    pub range: Range<u64>,
    /// What is the matter, in English, for people.
    pub message: String,
    /// What could stand there instead, the best first; an empty one takes it out.
    pub suggestions: Vec<String>,
}

impl fmt::Debug for GrammarFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrammarFinding")
            .field("range", &self.range)
            .field("suggestions", &self.suggestions.len())
            .finish_non_exhaustive()
    }
}

/// Rules and dictionary, ready for use: some megabytes.
pub struct Grammar {
    rules: LintGroup,
    english: English,
}

impl fmt::Debug for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grammar").field("english", &self.english).finish_non_exhaustive()
    }
}

impl Grammar {
    /// The rules for one kind of English. Takes tenths of a second: keep it.
    pub fn new(english: English) -> Self {
        Self { rules: rules(english), english }
    }

    /// What there is to say of one paragraph, in its order; at most
    /// [`PROOF_PARAGRAPH_FINDINGS`]. Of a paragraph over
    /// [`PROOF_PARAGRAPH_BYTES`](writemagic_shared::limits::PROOF_PARAGRAPH_BYTES) the start is read. Milliseconds for most.
    pub fn paragraph(&mut self, paragraph: &str) -> Vec<GrammarFinding> {
        let paragraph = Paragraph::new(paragraph);
        if paragraph.is_code() {
            return Vec::new();
        }
        // Rules of others over any text: whatever they do with it, the caller goes on, and the rules begin anew.
        let found = catch_unwind(AssertUnwindSafe(|| {
            self.rules.lint(&Document::new_plain_english_curated(paragraph.text))
        }));
        let Ok(mut found) = found else {
            self.rules = rules(self.english);
            return Vec::new();
        };
        found.sort_by_key(|lint| (lint.span.start, lint.span.end, lint.priority));
        found.truncate(PROOF_PARAGRAPH_FINDINGS as usize);
        let places = Places::new(paragraph.text);
        let findings = found.into_iter().map(|lint| {
            let (start, end) = (places.byte(lint.span.start), places.byte(lint.span.end));
            let words = paragraph.get(start..end);
            let from = utf16::len(paragraph.get(0..start));
            let suggestions = lint.suggestions.iter().map(|suggestion| match suggestion {
                Suggestion::ReplaceWith(chars) => chars.iter().collect(),
                Suggestion::InsertAfter(chars) => words.chars().chain(chars.iter().copied()).collect(),
                Suggestion::Remove => String::new(),
            });
            GrammarFinding {
                range: from..from + utf16::len(words),
                suggestions: suggestions.collect(),
                message: lint.message,
            }
        });
        findings.collect()
    }

    /// What there is to say of all of a text, in its order. Ranges count from its start.
    pub fn text(&mut self, text: &str) -> Vec<GrammarFinding> {
        let (mut findings, mut units) = (Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            let found = self.paragraph(line).into_iter();
            findings.extend(found.map(|finding| GrammarFinding {
                range: finding.range.start + units..finding.range.end + units,
                ..finding
            }));
            units += utf16::len(line);
        }
        findings
    }
}

fn rules(english: English) -> LintGroup {
    let dialect = match english {
        English::American => Dialect::American,
        English::Australian => Dialect::Australian,
        English::British => Dialect::British,
        English::Canadian => Dialect::Canadian,
    };
    LintGroup::new_curated(FstDictionary::curated(), dialect)
}

/// Where each character begins.
struct Places {
    starts: Vec<usize>,
    end: usize,
}

impl Places {
    fn new(text: &str) -> Self {
        Self { starts: text.char_indices().map(|(at, _)| at).collect(), end: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        self.starts.get(character).copied().unwrap_or(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_utf16_units_and_suggestions_replace_them() {
        let mut grammar = Grammar::new(English::British);
        let text = "Fine.\n😀 This is an test.\n";
        let found = grammar.text(text);
        let article = found.iter().find(|finding| finding.suggestions.contains(&"a".to_owned())).unwrap();
        let units: Vec<u16> = text.encode_utf16().collect();
        let range = article.range.start as usize..article.range.end as usize;
        assert_eq!(String::from_utf16(&units[range]).unwrap(), "an");
        assert!(!article.message.is_empty());
        assert!(!format!("{article:?} {grammar:?}").contains(&article.message));
    }

    #[test]
    fn any_text_is_read() {
        let mut grammar = Grammar::new(English::American);
        for text in [
            "",
            "\n\n",
            "\0",
            "    code an test",
            "二月。",
            "👩\u{200D}👩\u{200D}👧",
            "a a a a",
            "—",
            "''\"\"",
        ] {
            grammar.text(text);
        }
        let long = "teh ".repeat(50_000);
        assert!(grammar.paragraph(&long).len() <= PROOF_PARAGRAPH_FINDINGS as usize);
    }
}
