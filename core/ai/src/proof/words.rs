//! Words: doubled ones, and letters of two alphabets in one.

use super::{Found, Language, Paragraph, Rule};

/// Words that are written twice on purpose: verbs and pronouns that meet themselves, and what is said for emphasis.
fn is_doubled_by_right(language: Language, word: &str) -> bool {
    let words: &[&str] = match language {
        Language::English => &[
            "had", "that", "very", "no", "yes", "ha", "so", "now", "there", "never", "well", "oh", "bye",
            "hear", "her", "far", "long", "many",
        ],
        Language::German => &[
            "die", "der", "das", "den", "dem", "sie", "ihr", "ihnen", "nein", "ja", "so", "sehr", "ach",
            "in", "ei", "nun", "lange", "wo",
        ],
        Language::French => &[
            "nous", "vous", "non", "oui", "si", "ha", "ah", "oh", "très", "tout", "bien", "là", "la", "le",
            "les", "en", "hé", "elle",
        ],
        Language::Spanish => &["no", "sí", "que", "muy", "ya", "ja", "ay", "se", "la", "lo"],
        Language::Russian => &[
            "да",
            "нет",
            "ну",
            "что",
            "чуть",
            "едва",
            "еле",
            "так",
            "вот",
            "ха",
            "их",
            "его",
            "её",
            "ее",
            "все",
            "всё",
            "только",
            "как",
        ],
        Language::Other => &[],
    };
    words.contains(&word)
}

pub(super) fn check(paragraph: &Paragraph<'_>, language: Language, found: &mut Vec<Found>) {
    for pair in paragraph.words.windows(2) {
        let [first, second] = pair else { continue };
        let between = paragraph.get(first.range.end..second.range.start);
        if between.is_empty() || !between.chars().all(|c| matches!(c, ' ' | '\t' | '\u{A0}')) {
            continue;
        }
        let (one, two) = (paragraph.get(first.range.clone()), paragraph.get(second.range.clone()));
        if !two.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '’') || !equal(one, two) {
            continue;
        }
        // A part of a compound, or of a repetition of three and more that is meant.
        let joined = paragraph.before(first.range.start) == Some('-')
            || paragraph.after(second.range.end) == Some('-');
        let starts_upper = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
        // `Yu Yu`: a name may be so.
        let is_name = starts_upper(two);
        if joined || is_name || is_doubled_by_right(language, &two.to_lowercase()) {
            continue;
        }
        let range = first.range.end..second.range.end;
        found.push(Found { rule: Rule::DoubledWord, range, suggestion: Some(String::new()) });
    }
    for word in &paragraph.words {
        let text = paragraph.get(word.range.clone());
        if text.is_ascii() {
            continue;
        }
        let has = |script: fn(char) -> bool| text.chars().any(script);
        let scripts =
            [has(|c| c.is_ascii_alphabetic()), has(|c| matches!(c, '\u{400}'..='\u{52F}')), has(is_greek)];
        if scripts.into_iter().filter(|has| *has).count() > 1 {
            found.push(Found { rule: Rule::MixedScripts, range: word.range.clone(), suggestion: None });
        }
    }
}

/// Greek letters but those that are signs of measure.
fn is_greek(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{3FF}')
        && !matches!(character, 'μ' | 'Ω' | 'π' | 'α' | 'β' | 'γ' | 'δ' | 'Δ')
}

/// Whether two words are the same but for the case of their letters.
fn equal(one: &str, two: &str) -> bool {
    one == two || (one.chars().count() == two.chars().count() && one.to_lowercase() == two.to_lowercase())
}
