//! The rules of light proofing, one by one, and on published texts.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::Path;

use proptest::prelude::*;
use writemagic_ai::proof::{Language, Proof, Rule, Rules};
use writemagic_shared::limits::{PROOF_PARAGRAPH_BYTES, PROOF_PARAGRAPH_FINDINGS};
use writemagic_shared::text::{segment, utf16};

/// The text with each finding of one rule as `[old|new]`, or `[old]` without a suggestion.
fn marked(language: Language, rule: Rule, text: &str) -> String {
    let proof = Proof::new(language).with_rules(Rules::none().with(rule));
    let units: Vec<u16> = text.encode_utf16().collect();
    let spell = |from: u64, to: u64| String::from_utf16(&units[from as usize..to as usize]).unwrap();
    let (mut out, mut at) = (String::new(), 0);
    for finding in proof.text(text) {
        assert_eq!(finding.rule, rule);
        let old = spell(finding.range.start, finding.range.end);
        let new = finding.suggestion.map_or(String::new(), |new| format!("|{new}"));
        out += &format!("{}[{old}{new}]", spell(at, finding.range.start));
        at = finding.range.end;
    }
    out + &spell(at, units.len() as u64)
}

fn english(rule: Rule, text: &str) -> String {
    marked(Language::English, rule, text)
}

fn assert_quiet(language: Language, rule: Rule, texts: &[&str]) {
    for text in texts {
        assert_eq!(marked(language, rule, text), *text);
    }
}

#[test]
fn doubled_words_are_found_but_those_that_a_language_doubles() {
    assert_eq!(english(Rule::DoubledWord, "😀 The the door of of it."), "😀 The[ the|] door of[ of|] it.");
    assert_eq!(
        marked(Language::German, Rule::DoubledWord, "Er ging und und kam."),
        "Er ging und[ und|] kam."
    );
    assert_quiet(
        Language::English,
        Rule::DoubledWord,
        &["He had had it, it seemed. Duran Duran sang.", "10 10", "of. Of"],
    );
    assert_quiet(Language::French, Rule::DoubledWord, &["Nous nous levons."]);
}

#[test]
fn doubled_spaces_are_found_inside_a_line_only() {
    assert_eq!(english(Rule::DoubledSpace, "One  two   three."), "One[  | ]two[   | ]three.");
    assert_quiet(
        Language::English,
        Rule::DoubledSpace,
        &["  indented", "a break  \nbehind", "| a  | table |", "    code  here"],
    );
    assert_quiet(Language::English, Rule::DoubledSpace, &["One.  Two.  Three.  Four."]);
    assert_eq!(english(Rule::DoubledSpace, "One.  Two. Three. Four."), "One.[  | ]Two. Three. Four.");
}

#[test]
fn spaces_before_punctuation_are_found_but_those_of_the_french() {
    assert_eq!(english(Rule::SpaceBeforePunctuation, "Well , no !"), "Well[ |], no[ |]!");
    assert_eq!(marked(Language::French, Rule::SpaceBeforePunctuation, "Oui , non !"), "Oui[ |], non !");
    assert_quiet(
        Language::English,
        Rule::SpaceBeforePunctuation,
        &["And . . . so", "a .txt file", "fun :) fun", ", then"],
    );
}

#[test]
fn missing_spaces_are_found_but_in_names_and_numbers() {
    assert_eq!(english(Rule::MissingSpace, "One,two and three.Four"), "One[,|, ]two and three[.|. ]Four");
    assert_quiet(
        Language::English,
        Rule::MissingSpace,
        &["3,000 in the U.S.A. e.g. https://a.b/?c,d;e example.com Ph.D. a@b.c,d", "一,二"],
    );
}

#[test]
fn punctuation_that_is_never_doubled_is_found() {
    assert_eq!(english(Rule::RepeatedPunctuation, "One,, two.. Three;;"), "One[,,|,] two[..|.] Three[;;|;]");
    assert_quiet(Language::English, Rule::RepeatedPunctuation, &["One... etc., ../up 1..2 !!"]);
}

#[test]
fn a_form_of_a_mark_is_found_where_another_is_the_rule() {
    let among = |usual: &str, slip: &str| format!("{}\n{slip}\n", usual.repeat(12));
    for (rule, usual, slip, found) in [
        (Rule::MixedQuotes, "“Yes.” ", "\"No.", "[\"]No."),
        (Rule::MixedQuotes, "\"Yes.\" ", "“No.", "[“|\"]No."),
        (Rule::MixedApostrophes, "don’t ", "can't", "can['|’]t"),
        (Rule::MixedDashes, "one – two. ", "one - two", "one [-|–] two"),
        (Rule::MixedDashes, "one—two. ", "one--two", "one[--|—]two"),
        (Rule::MixedEllipses, "And… ", "so...", "so[...|…]"),
    ] {
        let expected = format!("{}\n{found}\n", usual.repeat(12));
        assert_eq!(english(rule, &among(usual, slip)), expected);
        let few = format!("{}\n{slip}\n", usual.repeat(4));
        assert_eq!(english(rule, &few), few, "four times make no rule");
    }
}

#[test]
fn brackets_without_a_partner_are_found_but_those_of_lists_and_faces() {
    assert_eq!(english(Rule::UnbalancedBrackets, "One (two [three) four."), "One [(]two [[]three[)] four.");
    assert_quiet(Language::English, Rule::UnbalancedBrackets, &["a) one (two)\n12) three :) :("]);
}

#[test]
fn letters_of_another_alphabet_are_found() {
    assert_eq!(marked(Language::Russian, Rule::MixedScripts, "мoре и sea"), "[мoре] и sea");
    assert_quiet(Language::English, Rule::MixedScripts, &["5 μm in the море"]);
}

#[test]
fn long_sentences_are_found_whole() {
    let long = format!("{}end. ", "word ".repeat(60));
    assert_eq!(
        english(Rule::LongSentence, &format!("{long}Short.")),
        format!("[{}] Short.", long.trim_end())
    );
    assert_quiet(
        Language::English,
        Rule::LongSentence,
        &[&format!("{}end.", "word ".repeat(59)), &"字".repeat(120)],
    );
}

#[test]
fn openings_that_come_four_times_are_found() {
    assert_eq!(
        english(Rule::RepeatedOpening, "“She ran. She sat. She ate. She slept. She"),
        "“She ran. She sat. She ate. [She] slept. She"
    );
    assert_quiet(
        Language::English,
        Rule::RepeatedOpening,
        &["She ran. She sat. He ate. She slept. She left."],
    );
}

#[test]
fn of_two_spellings_the_rarer_is_found() {
    for (language, text) in [
        (Language::English, "colour colour [Coloring|Colouring] [COLOR|COLOUR]"),
        (Language::English, "gray gray [grey|gray] travel"),
        (Language::German, "daß daß [dass|daß] groß"),
        (Language::French, "clef clef [clé|clef]"),
        (Language::Spanish, "solo solo [sólo|solo]"),
        (Language::Russian, "ещё ещё [Еще|Ещё]"),
    ] {
        let plain: String = text
            .split('[')
            .map(|part| match part.split_once(']') {
                Some((found, rest)) => format!("{}{rest}", found.split('|').next().unwrap()),
                None => part.to_owned(),
            })
            .collect();
        assert_eq!(marked(language, Rule::MixedSpelling, &plain), text);
    }
    assert_quiet(Language::Other, Rule::MixedSpelling, &["colour color"]);
}

#[test]
fn french_spaces_are_missed_where_they_are_the_rule() {
    let text = format!("{}Non!", "Oui ! ".repeat(12));
    assert_eq!(
        marked(Language::French, Rule::FrenchSpacing, &text),
        format!("{}Non[!|\u{202F}!]", "Oui ! ".repeat(12))
    );
    assert_quiet(Language::French, Rule::FrenchSpacing, &["Oui! Non! 12:30"]);
}

#[test]
fn a_profile_follows_its_paragraphs() {
    let proof = Proof::new(Language::English);
    let (first, second) = ("“One,” don’t colour – …\n", "\"Two\" can't color -- ...");
    let both = proof.profile(&format!("{first}{second}"));
    let mut sum = proof.profile_of_paragraph(first);
    sum.add(&proof.profile_of_paragraph(second));
    assert_eq!(sum, both);
    sum.subtract(&proof.profile_of_paragraph(second));
    assert_eq!(sum, proof.profile_of_paragraph(first));
}

#[test]
fn a_paragraph_is_read_and_has_findings_up_to_their_limits() {
    let proof = Proof::new(Language::English).with_rules(Rules::none().with(Rule::DoubledSpace));
    let profile = proof.profile("");
    let found = |text: &str| proof.paragraph(text, &profile).len() as u64;
    let most = PROOF_PARAGRAPH_FINDINGS;
    assert_eq!([most, most + 1].map(|n| found(&format!("{}a", "a  ".repeat(n as usize)))), [most, most]);
    let read = PROOF_PARAGRAPH_BYTES as usize;
    assert_eq!([0, 1].map(|more| found(&format!("{}a  b", "é".repeat((read - 4) / 2 + more)))), [1, 0]);
}

proptest! {
    #[test]
    fn every_text_is_proofed_with_ranges_inside_it(text in "[a-zA-Zé😀二 .,;:!?'\"“”()\\-—…\n]{0,120}|\\PC{0,60}") {
        let end = utf16::len(&text);
        for language in [Language::English, Language::French, Language::Other] {
            for finding in Proof::new(language).text(&text) {
                prop_assert!(finding.range.start < finding.range.end && finding.range.end <= end);
                let units: Vec<u16> = text.encode_utf16().collect();
                let range = finding.range.start as usize..finding.range.end as usize;
                prop_assert!(String::from_utf16(&units[range]).is_ok());
            }
        }
    }
}

/// Findings in 100,000 words of published texts, by rule. Printed with `--nocapture`.
#[test]
fn published_texts_have_few_findings() {
    let Some(folder) = std::env::var_os("WRITEMAGIC_TEST_DATA") else {
        println!("WRITEMAGIC_TEST_DATA names no folder: published texts are not proofed");
        return;
    };
    let folder = Path::new(&folder).join("text");
    for (language, name) in [
        (Language::English, "prose_en.txt"),
        (Language::German, "prose_de.txt"),
        (Language::French, "prose_fr.txt"),
        (Language::Russian, "prose_ru.txt"),
    ] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let proof = Proof::new(language);
        let words = segment::words(&text).filter(|word| word.is_word).count();
        let findings = proof.text(&text);
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut slips = 0;
        for rule in Rule::ALL {
            let found: Vec<_> = findings.iter().filter(|finding| finding.rule == rule).collect();
            let is_style = matches!(rule, Rule::LongSentence | Rule::RepeatedOpening);
            slips += if is_style { 0 } else { found.len() };
            println!(
                "{name} {:26} {:6} {:8.1} in 100,000 words",
                rule.name(),
                found.len(),
                found.len() as f64 * 1e5 / words as f64
            );
            if std::env::var_os("WRITEMAGIC_SHOW_FINDINGS").is_some() && !is_style {
                for finding in found.iter().take(6) {
                    let (from, to) = (
                        finding.range.start.saturating_sub(25) as usize,
                        (finding.range.end as usize + 15).min(units.len()),
                    );
                    println!("      {:?}", String::from_utf16_lossy(&units[from..to]));
                }
            }
        }
        assert!(slips * 5_000 < words, "{name}: {slips} in {words} words");
    }
}
