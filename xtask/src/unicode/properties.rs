//! Character properties for segmentation, counts and search tokens: one class a code point, and the table of them.

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

/// What the kernels ask of one character. Each property is read from the database here and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Properties {
    pub(crate) word: words::Class,
    pub(crate) grapheme: graphemes::Class,
    pub(crate) sentence: sentences::Class,
    /// Alphabetic or a Number: what makes a segment a word.
    pub(crate) alphanumeric: bool,
    scalar_script: bool,
    /// A Han or Kana character, which is read at a pace of its own; no mark.
    pub(crate) han_or_kana: bool,
}

impl Properties {
    fn of(ucd: &Ucd, code_point: u32) -> Result<Self> {
        let word = words::Class::of(ucd, code_point)?;
        let alphanumeric = ucd.is_alphanumeric(code_point);
        let script = matches!(ucd.script.get(code_point), "Han" | "Hiragana" | "Katakana");
        Ok(Self {
            word,
            grapheme: graphemes::Class::of(ucd, code_point)?,
            sentence: sentences::Class::of(ucd, code_point)?,
            alphanumeric,
            scalar_script: is_scalar_script(ucd, code_point),
            han_or_kana: alphanumeric && script && word != words::Class::Ignored,
        })
    }

    /// As `unicode/mod.rs` reads them.
    fn bits(&self) -> Result<u32> {
        let word = place::<Words>(self.word)?;
        let grapheme = place::<Graphemes>(self.grapheme)?;
        let sentence = place::<Sentences>(self.sentence)?;
        let flags = u32::from(self.alphanumeric) << 15 | u32::from(self.scalar_script) << 16;
        Ok(word | grapheme << 5 | sentence << 10 | flags)
    }
}

fn place<R: Rules>(class: R::Class) -> Result<u32> {
    let place = R::CLASSES.iter().position(|listed| *listed == class).context("every class is listed")?;
    Ok(u32::try_from(place)?)
}

/// All characters, those with the same properties in one class.
pub(crate) struct Classes {
    /// For each code point, the number of its class.
    pub(crate) numbers: Vec<u8>,
    /// For each class, the properties.
    pub(crate) properties: Vec<Properties>,
}

impl Classes {
    pub(crate) fn of(ucd: &Ucd) -> Result<Self> {
        let mut known = HashMap::new();
        let mut classes = Self { numbers: Vec::with_capacity(CODE_POINTS), properties: Vec::new() };
        for code_point in 0..CODE_POINTS as u32 {
            let properties = Properties::of(ucd, code_point)?;
            let number = *known.entry(properties).or_insert_with(|| {
                classes.properties.push(properties);
                classes.properties.len() - 1
            });
            classes.numbers.push(u8::try_from(number).context("a class is one byte")?);
        }
        Ok(classes)
    }
}

pub(crate) fn write(ucd: &Ucd) -> Result<Source> {
    let classes = Classes::of(ucd)?;
    let pages = Stages::of(&classes.numbers, PAGE);
    let basic = &pages.index[..BASIC_GROUPS * GROUP];
    let high = Stages::of(&pages.index[BASIC_GROUPS * GROUP..], GROUP);
    let groups: Vec<usize> = (0..BASIC_GROUPS).chain(high.index.iter().map(|n| n + BASIC_GROUPS)).collect();
    let page_numbers: Vec<usize> = basic.iter().chain(&high.blocks).copied().collect();
    ensure!(pages.blocks.len() / PAGE <= 1 << 16 && groups.iter().all(|group| *group < 256));
    let mut properties = classes.properties.iter().map(Properties::bits).collect::<Result<Vec<_>>>()?;
    properties.resize(256, 0);

    let mut source = Source::new(
        "Properties of every code point: group, page, class, properties.\n\nThe first pages are those of the Basic \
         Multilingual Plane in order; `mod.rs` beside this file\nsays where each property stands.",
    );
    source.constant("The version of Unicode.", "VERSION", "&str", format_args!("{VERSION:?}"));
    source.table("For each 4096 code points, their group of 64 pages.", "GROUPS", "u8", &groups);
    source.table("For each 64 code points of a group, their page.", "PAGES", "u16", &page_numbers);
    source.table("For each code point of a page, its class.", "CLASSES", "u8", &pages.blocks);
    source.table("For each class, the properties.", "PROPERTIES", "u32", &properties);
    Ok(source)
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
