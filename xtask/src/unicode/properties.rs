//! The table of character properties for segmentation, counts and search tokens: one class a code point.

use std::collections::HashMap;

use anyhow::{Context as _, Result, ensure};

use super::automaton::Rules;
use super::graphemes::{self, Graphemes};
use super::sentences::{self, Sentences};
use super::source::Source;
use super::stages::Stages;
use super::ucd::{CODE_POINTS, Ucd, VERSION};
use super::words::{self, Words};

/// Code points of a page.
const PAGE: usize = 64;
/// Pages of a group.
const GROUP: usize = 64;
/// Groups of the Basic Multilingual Plane, whose pages are found in one step.
const BASIC_GROUPS: usize = 0x1_0000 / PAGE / GROUP;

const SCALAR_SCRIPTS: [&str; 9] =
    ["Han", "Hiragana", "Katakana", "Bopomofo", "Hangul", "Thai", "Lao", "Khmer", "Myanmar"];

pub(crate) fn write(ucd: &Ucd) -> Result<Source> {
    let mut numbers = HashMap::new();
    let mut classes: Vec<u32> = Vec::new();
    let mut values: Vec<u8> = Vec::with_capacity(CODE_POINTS);
    for code_point in 0..CODE_POINTS as u32 {
        let bits = bits(ucd, code_point)?;
        let number = *numbers.entry(bits).or_insert_with(|| {
            classes.push(bits);
            classes.len() - 1
        });
        values.push(u8::try_from(number).context("a class is one byte")?);
    }
    let pages = Stages::of(&values, PAGE);
    let basic = &pages.index[..BASIC_GROUPS * GROUP];
    let high = Stages::of(&pages.index[BASIC_GROUPS * GROUP..], GROUP);
    let groups: Vec<usize> = (0..BASIC_GROUPS).chain(high.index.iter().map(|n| n + BASIC_GROUPS)).collect();
    let page_numbers: Vec<usize> = basic.iter().chain(&high.blocks).copied().collect();
    ensure!(pages.blocks.len() / PAGE <= 1 << 16 && groups.iter().all(|group| *group < 256));

    let mut source = Source::new(
        "Properties of every code point: group, page, class, properties.\n\nThe first pages are those of the Basic \
         Multilingual Plane in order; `mod.rs` beside this file\nsays where each property stands.",
    );
    source.constant("The version of Unicode.", "VERSION", "&str", format_args!("{VERSION:?}"));
    source.table("For each 4096 code points, their group of 64 pages.", "GROUPS", "u8", &groups);
    source.table("For each 64 code points of a group, their page.", "PAGES", "u16", &page_numbers);
    source.table("For each code point of a page, its class.", "CLASSES", "u8", &pages.blocks);
    classes.resize(256, 0);
    source.table("For each class, the properties.", "PROPERTIES", "u32", &classes);
    Ok(source)
}

/// The properties of one code point, as `unicode/mod.rs` reads them.
fn bits(ucd: &Ucd, code_point: u32) -> Result<u32> {
    let word = place::<Words>(words::Class::of(ucd, code_point)?)?;
    let grapheme = place::<Graphemes>(graphemes::Class::of(ucd, code_point)?)?;
    let sentence = place::<Sentences>(sentences::Class::of(ucd, code_point)?)?;
    let flags =
        [ucd.is_alphanumeric(code_point), is_han_or_kana(ucd, code_point), is_scalar_script(ucd, code_point)];
    let flags = flags.iter().enumerate().map(|(n, flag)| u32::from(*flag) << (15 + n)).sum::<u32>();
    Ok(word | grapheme << 5 | sentence << 10 | flags)
}

fn place<R: Rules>(class: R::Class) -> Result<u32> {
    let place = R::CLASSES.iter().position(|listed| *listed == class).context("every class is listed")?;
    Ok(u32::try_from(place)?)
}

/// One Han or Kana character, the unit of reading speed in Chinese and Japanese.
fn is_han_or_kana(ucd: &Ucd, code_point: u32) -> bool {
    code_point >= 0x2E80 && matches!(ucd.script.get(code_point), "Han" | "Hiragana" | "Katakana")
}

/// What search takes one by one. `text/script.rs` says what belongs.
fn is_scalar_script(ucd: &Ucd, code_point: u32) -> bool {
    let script = ucd.script.get(code_point);
    // Latin to Sinhala share letters and marks with Bopomofo that stay with their alphabets.
    let shared = !(code_point < 0xE00 || (0x2000..0x2E80).contains(&code_point));
    match script {
        "Common" | "Inherited" => {
            shared
                && ucd.script_extensions(code_point).any(|script| SCALAR_SCRIPTS.contains(&script))
                && (ucd.alphabetic[code_point as usize] || ucd.is_mark(code_point))
        }
        script => SCALAR_SCRIPTS.contains(&script),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_letters_belong_to_scalar_scripts_and_shared_punctuation_does_not() {
        let ucd = Ucd::load().unwrap();
        let belongs = |character: char| is_scalar_script(&ucd, u32::from(character));
        assert!("漢々ー\u{3099}\u{302A}ไ한\u{2EA}".chars().all(belongs));
        assert!(!"a\u{2BC}。・«\u{300}".chars().any(belongs));
    }
}
