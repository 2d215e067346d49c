//! English grammar and spelling, by `harper-core`.
//!
//! It is heavy: the rules and the dictionary take most of a second to load and some 150 MB, and a paragraph takes
//! milliseconds. So nothing is loaded before the first paragraph is checked, one paragraph is checked at a time, on a
//! thread of the caller's that may wait, and what was found is kept for the paragraphs that are looked at again.
//! [`Grammar::memory_warning`] drops the rules and what was kept. The dictionary stays: the library that has it cannot let it
//! go.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use harper_core::Document;
use harper_core::linting::{LintGroup, Suggestion};
use harper_core::parsers::PlainEnglish;
use harper_core::spell::FstDictionary;
use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::limits::{GRAMMAR_PARAGRAPHS, PROOF_PARAGRAPH_BYTES, PROOF_PARAGRAPH_FINDINGS};

/// The suggestions of one finding that are kept.
const SUGGESTIONS: usize = 5;

/// Which English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Of the United States.
    American,
    /// Of Britain.
    British,
    /// Of Canada.
    Canadian,
    /// Of Australia.
    Australian,
    /// Of India.
    Indian,
}

impl Dialect {
    /// The dialect of a BCP 47 tag; American where it names no other; `None` for other languages.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let mut parts = tag.split(['-', '_']);
        if !parts.next()?.eq_ignore_ascii_case("en") {
            return None;
        }
        let region = parts.next_back().unwrap_or_default().to_ascii_uppercase();
        Some(match region.as_str() {
            "GB" | "IE" | "NZ" | "ZA" => Self::British,
            "CA" => Self::Canadian,
            "AU" => Self::Australian,
            "IN" => Self::Indian,
            _ => Self::American,
        })
    }

    fn of_harper(self) -> harper_core::Dialect {
        match self {
            Self::American => harper_core::Dialect::American,
            Self::British => harper_core::Dialect::British,
            Self::Canadian => harper_core::Dialect::Canadian,
            Self::Australian => harper_core::Dialect::Australian,
            Self::Indian => harper_core::Dialect::Indian,
        }
    }
}

/// Something that a writer may want to look at. Message and suggestions may repeat the writer's words: both are left out of
/// debug output.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrammarFinding {
    /// The name of the rule, to turn it off by.
    pub rule: String,
    /// Where, in UTF-16 units of the paragraph.
    pub range: Range<u64>,
    /// What is wrong, in English.
    pub message: String,
    /// What could stand there instead, best first; at most 5.
    pub suggestions: Vec<String>,
}

impl fmt::Debug for GrammarFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrammarFinding")
            .field("rule", &self.rule)
            .field("range", &self.range)
            .field("suggestions", &self.suggestions.len())
            .finish()
    }
}

/// Why a paragraph was not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the grammar checker does not run: {reason}")]
pub struct GrammarError {
    reason: &'static str,
}

impl Coded for GrammarError {
    fn code(&self) -> Code {
        Code::GrammarUnavailable
    }

    fn details(&self) -> Details {
        Details::none().with("reason", self.reason)
    }
}

/// Checks paragraphs of one dialect. Shared by threads, which take turns.
pub struct Grammar {
    dialect: Dialect,
    off: Vec<String>,
    state: Mutex<State>,
}

/// What takes memory.
#[derive(Default)]
struct State {
    rules: Option<LintGroup>,
    kept: HashMap<String, Arc<[GrammarFinding]>>,
    /// The kept paragraphs, the one that was checked longest ago first.
    order: VecDeque<String>,
}

impl Grammar {
    /// A checker that has loaded nothing yet; rules of these names are off.
    pub fn new(dialect: Dialect, off: Vec<String>) -> Self {
        Self { dialect, off, state: Mutex::default() }
    }

    /// What there is to say of a paragraph, in its order; at most [`PROOF_PARAGRAPH_FINDINGS`]. The first call loads the rules
    /// and takes most of a second; others take milliseconds, and nothing when the same paragraph is among the last
    /// [`GRAMMAR_PARAGRAPHS`].
    ///
    /// # Errors
    /// `grammar_unavailable` for a paragraph over [`PROOF_PARAGRAPH_BYTES`].
    pub fn paragraph(&self, paragraph: &str) -> Result<Arc<[GrammarFinding]>, GrammarError> {
        if paragraph.len() as u64 > PROOF_PARAGRAPH_BYTES {
            return Err(GrammarError { reason: "the paragraph is too long" });
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = state.kept.get(paragraph) {
            return Ok(Arc::clone(known));
        }
        let rules = state.rules.get_or_insert_with(|| {
            LintGroup::new_curated(FstDictionary::curated(), self.dialect.of_harper())
        });
        let findings: Arc<[GrammarFinding]> = check(rules, paragraph, &self.off).into();
        state.keep(paragraph, &findings);
        Ok(findings)
    }

    /// Drops the rules and what was kept; the next paragraph loads the rules again. The dictionary stays.
    pub fn memory_warning(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }
}

impl fmt::Debug for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grammar").field("dialect", &self.dialect).field("off", &self.off.len()).finish()
    }
}

impl State {
    fn keep(&mut self, paragraph: &str, findings: &Arc<[GrammarFinding]>) {
        if self.order.len() as u64 >= GRAMMAR_PARAGRAPHS
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept.remove(&oldest);
        }
        self.kept.insert(paragraph.to_owned(), Arc::clone(findings));
        self.order.push_back(paragraph.to_owned());
    }
}

fn check(rules: &mut LintGroup, paragraph: &str, off: &[String]) -> Vec<GrammarFinding> {
    let document = Document::new_curated(paragraph, &PlainEnglish);
    // UTF-16 units before each character, and before the end.
    let mut units = vec![0_u64];
    let mut before = 0;
    let chars: Vec<char> = paragraph.chars().collect();
    units.extend(chars.iter().map(|character| {
        before += character.len_utf16() as u64;
        before
    }));
    let mut findings = Vec::new();
    for (rule, lints) in rules.organized_lints(&document) {
        if off.contains(&rule) {
            continue;
        }
        for lint in lints {
            let (Some(start), Some(end)) = (units.get(lint.span.start), units.get(lint.span.end)) else {
                continue;
            };
            let old = chars.get(lint.span.start..lint.span.end).unwrap_or_default();
            let suggestions = lint.suggestions.iter().take(SUGGESTIONS).map(|suggestion| match suggestion {
                Suggestion::ReplaceWith(new) => new.iter().collect(),
                Suggestion::InsertAfter(more) => old.iter().chain(more).collect(),
                Suggestion::Remove => String::new(),
            });
            findings.push(GrammarFinding {
                rule: rule.clone(),
                range: *start..*end,
                suggestions: suggestions.collect(),
                message: lint.message,
            });
        }
    }
    findings
        .sort_by(|a, b| (a.range.start, a.range.end, &a.rule).cmp(&(b.range.start, b.range.end, &b.rule)));
    findings.truncate(PROOF_PARAGRAPH_FINDINGS as usize);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_in_utf16_units_and_are_kept_until_memory_is_short() {
        let grammar = Grammar::new(Dialect::of_tag("en-GB").unwrap(), Vec::new());
        let text = "😀 This is an test.";
        let found = grammar.paragraph(text).unwrap();
        let article = found.iter().find(|finding| finding.suggestions.contains(&"a".to_owned())).unwrap();
        assert_eq!(article.range, 11..13);
        assert!(Arc::ptr_eq(&found, &grammar.paragraph(text).unwrap()));
        grammar.memory_warning();
        let again = grammar.paragraph(text).unwrap();
        assert!(!Arc::ptr_eq(&found, &again) && found == again);
        let off = Grammar::new(Dialect::British, vec![article.rule.clone()]);
        assert!(off.paragraph(text).unwrap().iter().all(|finding| finding.rule != article.rule));
        assert!(!format!("{found:?} {grammar:?}").contains("test"));
    }

    #[test]
    fn so_many_paragraphs_are_kept_and_longer_ones_are_refused() {
        let mut state = State::default();
        let none: Arc<[GrammarFinding]> = Vec::new().into();
        for number in 0..=GRAMMAR_PARAGRAPHS {
            state.keep(&number.to_string(), &none);
        }
        assert_eq!(
            (state.kept.len() as u64, state.order.len() as u64),
            (GRAMMAR_PARAGRAPHS, GRAMMAR_PARAGRAPHS)
        );
        assert!(!state.kept.contains_key("0") && state.kept.contains_key("1"));
        let grammar = Grammar::new(Dialect::American, Vec::new());
        let long = "x".repeat(PROOF_PARAGRAPH_BYTES as usize + 1);
        assert_eq!(grammar.paragraph(&long).unwrap_err().code(), Code::GrammarUnavailable);
    }

    #[test]
    fn a_tag_names_its_dialect() {
        assert_eq!(Dialect::of_tag("en"), Some(Dialect::American));
        assert_eq!(Dialect::of_tag("en-Latn-AU"), Some(Dialect::Australian));
        assert_eq!(Dialect::of_tag("de"), None);
    }
}
