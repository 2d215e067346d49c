//! The Unicode Character Database as far as the text kernels need it: one value a code point for each property.
//!
//! Parsed from the files under `xtask/unicode-17.0.0`, which are part of this program. Nothing here knows a
//! table of ours: a module beside this one turns properties into one.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use anyhow::{Context as _, Result, bail, ensure};

/// The version of Unicode whose files these are.
pub(crate) const VERSION: &str = "17.0.0";
/// How many code points there are, surrogates and unassigned ones included.
pub(crate) const CODE_POINTS: usize = 0x11_0000;

const HANGUL: RangeInclusive<u32> = 0xAC00..=0xD7A3;
const LEADS: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TRAILS: u32 = 0x11A7;
const VOWEL_COUNT: u32 = 21;
const TRAIL_COUNT: u32 = 28;

/// All properties of all code points. Values have the long names of the database, general categories the short ones.
pub(crate) struct Ucd {
    /// `Lu`, `Nd`, …; `Cn` where nothing is assigned.
    pub(crate) general_category: Enumerated,
    pub(crate) word_break: Enumerated,
    pub(crate) sentence_break: Enumerated,
    pub(crate) grapheme_break: Enumerated,
    pub(crate) indic_conjunct_break: Enumerated,
    pub(crate) script: Enumerated,
    pub(crate) combining_class: Vec<u8>,
    pub(crate) alphabetic: Vec<bool>,
    pub(crate) white_space: Vec<bool>,
    pub(crate) default_ignorable: Vec<bool>,
    pub(crate) extended_pictographic: Vec<bool>,
    pub(crate) full_composition_exclusion: Vec<bool>,
    /// Where they are not the script alone: the scripts with spaces between, empty elsewhere.
    script_extensions: Enumerated,
    /// By status, `C`, `F`, `S` or `T`.
    case_folding: BTreeMap<(u32, char), Vec<u32>>,
    decompositions: BTreeMap<u32, Decomposition>,
}

/// One step of a decomposition.
pub(crate) struct Decomposition {
    /// `Wide`, `Narrow`, `Compat`, …; none for a canonical one.
    pub(crate) kind: Option<&'static str>,
    pub(crate) mapping: Vec<u32>,
}

/// A property with named values.
pub(crate) struct Enumerated {
    names: Vec<&'static str>,
    values: Vec<u8>,
}

impl Enumerated {
    /// The value's name.
    pub(crate) fn get(&self, code_point: u32) -> &'static str {
        self.names[usize::from(self.values[code_point as usize])]
    }

    fn parse(text: &'static str, unlisted: &'static str) -> Result<Self> {
        let mut names = vec![unlisted];
        let mut values = vec![0; CODE_POINTS];
        for row in rows(text) {
            let row = row?;
            let index = names.iter().position(|name| *name == row.fields[0]).unwrap_or_else(|| {
                names.push(row.fields[0]);
                names.len() - 1
            });
            values[row.range()].fill(u8::try_from(index)?);
        }
        Ok(Self { names, values })
    }
}

impl Ucd {
    /// Reads the committed files.
    pub(crate) fn load() -> Result<Self> {
        let binary = |name| parse_binary(file("BinaryProperties.txt")?, name);
        Ok(Self {
            general_category: Enumerated::parse(file("GeneralCategory.txt")?, "Cn")?,
            word_break: Enumerated::parse(file("WordBreak.txt")?, "Other")?,
            sentence_break: Enumerated::parse(file("SentenceBreak.txt")?, "Other")?,
            grapheme_break: Enumerated::parse(file("GraphemeBreak.txt")?, "Other")?,
            indic_conjunct_break: Enumerated::parse(file("IndicConjunctBreak.txt")?, "None")?,
            script: Enumerated::parse(file("Scripts.txt")?, "Unknown")?,
            script_extensions: Enumerated::parse(file("ScriptExtensions.txt")?, "")?,
            combining_class: parse_combining_classes(file("CombiningClass.txt")?)?,
            alphabetic: binary("Alphabetic")?,
            white_space: binary("White_Space")?,
            default_ignorable: binary("Default_Ignorable_Code_Point")?,
            extended_pictographic: binary("Extended_Pictographic")?,
            full_composition_exclusion: binary("Full_Composition_Exclusion")?,
            case_folding: parse_case_folding(file("CaseFolding.txt")?)?,
            decompositions: parse_decompositions(file("Decompositions.txt")?)?,
        })
    }

    /// Whether it is Alphabetic or a Number (general categories Nd, Nl, No): what makes a segment a word.
    pub(crate) fn is_alphanumeric(&self, code_point: u32) -> bool {
        self.alphabetic[code_point as usize] || self.is_numeric(code_point)
    }

    /// Whether its general category is Nd, Nl or No.
    pub(crate) fn is_numeric(&self, code_point: u32) -> bool {
        self.general_category.get(code_point).starts_with('N')
    }

    /// Whether its general category is Mn, Mc or Me.
    pub(crate) fn is_mark(&self, code_point: u32) -> bool {
        self.general_category.get(code_point).starts_with('M')
    }

    /// The scripts that use it: its Script_Extensions, or its Script where those are not listed.
    pub(crate) fn script_extensions(&self, code_point: u32) -> impl Iterator<Item = &'static str> {
        let listed = self.script_extensions.get(code_point);
        let names = if listed.is_empty() { self.script.get(code_point) } else { listed };
        names.split(' ')
    }

    /// Its full case folding (statuses C and F), itself if it has none.
    pub(crate) fn full_folding(&self, code_point: u32) -> Vec<u32> {
        let listed = |status| self.case_folding.get(&(code_point, status)).cloned();
        listed('F').or_else(|| listed('C')).unwrap_or_else(|| vec![code_point])
    }

    /// One step of its decomposition as the database has it; none for Hangul syllables, which are computed.
    pub(crate) fn decomposition(&self, code_point: u32) -> Option<&Decomposition> {
        self.decompositions.get(&code_point)
    }

    /// Its full canonical decomposition (NFD), itself if it has none.
    pub(crate) fn canonical_decomposition(&self, code_point: u32) -> Vec<u32> {
        let mut code_points = Vec::new();
        self.decompose_into(&mut code_points, code_point);
        self.order_canonically(&mut code_points);
        code_points
    }

    fn decompose_into(&self, to: &mut Vec<u32>, code_point: u32) {
        if HANGUL.contains(&code_point) {
            let syllable = code_point - HANGUL.start();
            to.push(LEADS + syllable / (VOWEL_COUNT * TRAIL_COUNT));
            to.push(VOWELS + syllable % (VOWEL_COUNT * TRAIL_COUNT) / TRAIL_COUNT);
            to.extend((!syllable.is_multiple_of(TRAIL_COUNT)).then_some(TRAILS + syllable % TRAIL_COUNT));
            return;
        }
        match self.decomposition(code_point).filter(|step| step.kind.is_none()) {
            Some(step) => step.mapping.iter().for_each(|part| self.decompose_into(to, *part)),
            None => to.push(code_point),
        }
    }

    /// Sorts each run of marks by combining class, marks of one class in their order.
    fn order_canonically(&self, code_points: &mut [u32]) {
        let class = |code_point: &u32| self.combining_class[*code_point as usize];
        for run in code_points.split_mut(|code_point| class(code_point) == 0) {
            run.sort_by_key(class);
        }
    }
}

/// A line of a file: the code points and the fields behind them.
struct Row {
    first: usize,
    last: usize,
    fields: Vec<&'static str>,
}

impl Row {
    fn range(&self) -> RangeInclusive<usize> {
        self.first..=self.last
    }

    /// The one code point of a line that may not have a range.
    fn single(&self) -> Result<u32> {
        ensure!(self.first == self.last, "a range where one code point should be: {:04X}", self.first);
        Ok(u32::try_from(self.first)?)
    }
}

fn rows(text: &'static str) -> impl Iterator<Item = Result<Row>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    lines.map(|(n, line)| row(line).with_context(|| format!("line {}: {line}", n + 1)))
}

fn row(line: &'static str) -> Result<Row> {
    let mut fields = line.split(';');
    let points = fields.next().context("no code points")?;
    let (first, last) = points.split_once("..").unwrap_or((points, points));
    let (first, last) = (usize::from_str_radix(first, 16)?, usize::from_str_radix(last, 16)?);
    ensure!(first <= last && last < CODE_POINTS, "no range of code points");
    let fields: Vec<_> = fields.collect();
    ensure!(!fields.is_empty(), "no value");
    Ok(Row { first, last, fields })
}

fn code_points(field: &str) -> Result<Vec<u32>> {
    field.split(' ').map(|part| Ok(u32::from_str_radix(part, 16)?)).collect()
}

fn parse_binary(text: &'static str, name: &str) -> Result<Vec<bool>> {
    let mut values = vec![false; CODE_POINTS];
    for row in rows(text) {
        let row = row?;
        if row.fields[0] == name {
            values[row.range()].fill(true);
        }
    }
    ensure!(values.contains(&true), "no code point is {name}");
    Ok(values)
}

fn parse_combining_classes(text: &'static str) -> Result<Vec<u8>> {
    let mut classes = vec![0; CODE_POINTS];
    for row in rows(text) {
        let row = row?;
        classes[row.range()].fill(row.fields[0].parse()?);
    }
    Ok(classes)
}

fn parse_case_folding(text: &'static str) -> Result<BTreeMap<(u32, char), Vec<u32>>> {
    let mut folding = BTreeMap::new();
    for row in rows(text) {
        let row = row?;
        let [status @ ("C" | "F" | "S" | "T"), mapping] = row.fields[..] else {
            bail!("no status and mapping: {:?}", row.fields);
        };
        folding.insert((row.single()?, status.chars().next().context("a status")?), code_points(mapping)?);
    }
    Ok(folding)
}

fn parse_decompositions(text: &'static str) -> Result<BTreeMap<u32, Decomposition>> {
    let mut decompositions = BTreeMap::new();
    for row in rows(text) {
        let row = row?;
        let [kind, mapping] = row.fields[..] else { bail!("no kind and mapping: {:?}", row.fields) };
        let kind = Some(kind).filter(|kind| !kind.is_empty());
        decompositions.insert(row.single()?, Decomposition { kind, mapping: code_points(mapping)? });
    }
    Ok(decompositions)
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../unicode-17.0.0/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = files![
    "BinaryProperties.txt",
    "CaseFolding.txt",
    "CombiningClass.txt",
    "Decompositions.txt",
    "GeneralCategory.txt",
    "GraphemeBreak.txt",
    "IndicConjunctBreak.txt",
    "ScriptExtensions.txt",
    "Scripts.txt",
    "SentenceBreak.txt",
    "WordBreak.txt",
];

/// The committed file `name`, which must be of our version.
fn file(name: &str) -> Result<&'static str> {
    let (_, text) =
        FILES.iter().find(|(file, _)| *file == name).with_context(|| format!("no file {name}"))?;
    let title = text.lines().next().unwrap_or_default();
    ensure!(title.ends_with(VERSION), "{name} is not of Unicode {VERSION}: {title}");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(character: char) -> u32 {
        u32::from(character)
    }

    #[test]
    fn every_property_has_the_values_of_the_database() {
        let ucd = Ucd::load().unwrap();
        assert_eq!(ucd.general_category.get(point('ß')), "Ll");
        assert_eq!(ucd.general_category.get(0x378), "Cn");
        assert_eq!(ucd.word_break.get(point('א')), "Hebrew_Letter");
        assert_eq!(ucd.word_break.get(point('漢')), "Other");
        assert_eq!(ucd.sentence_break.get(point('.')), "ATerm");
        assert_eq!(ucd.grapheme_break.get(0x200D), "ZWJ");
        assert_eq!(ucd.indic_conjunct_break.get(0x94D), "Linker");
        assert_eq!(ucd.script.get(point('漢')), "Han");
        assert_eq!(ucd.script_extensions(0x30FC).collect::<Vec<_>>(), ["Hiragana", "Katakana"]);
        assert_eq!(ucd.script_extensions(point('a')).collect::<Vec<_>>(), ["Latin"]);
        assert_eq!(ucd.combining_class[0x301], 230);
        assert!(ucd.is_alphanumeric(point('½')) && ucd.is_alphanumeric(0x345) && !ucd.is_alphanumeric(0x301));
        assert!(ucd.is_mark(0x903) && !ucd.is_mark(point('a')));
        let listed = |set: &[bool], yes: u32, no: u32| set[yes as usize] && !set[no as usize];
        assert!(listed(&ucd.white_space, 0x3000, 0x200B));
        assert!(listed(&ucd.default_ignorable, 0xAD, 0x20));
        assert!(listed(&ucd.extended_pictographic, 0x1F600, 0x1F1E6));
        assert!(listed(&ucd.full_composition_exclusion, 0x340, 0xC0));
    }

    #[test]
    fn foldings_are_full_and_never_turkic() {
        let ucd = Ucd::load().unwrap();
        assert_eq!(ucd.full_folding(point('ẞ')), [0x73, 0x73]);
        assert_eq!(ucd.full_folding(point('İ')), [0x69, 0x307]);
        assert_eq!(ucd.full_folding(point('I')), [0x69]);
        assert_eq!(ucd.full_folding(point('漢')), [point('漢')]);
    }

    #[test]
    fn decompositions_are_full_and_in_canonical_order() {
        let ucd = Ucd::load().unwrap();
        assert_eq!(ucd.canonical_decomposition(0x1EAD), [0x61, 0x323, 0x302]);
        assert_eq!(ucd.canonical_decomposition(0xFB01), [0xFB01]);
        assert_eq!(ucd.decomposition(0xFB01).unwrap().mapping, [0x66, 0x69]);
        assert_eq!(ucd.decomposition(0xFF21).unwrap().kind, Some("Wide"));
        assert_eq!(ucd.canonical_decomposition(0xAC00), [0x1100, 0x1161]);
        assert_eq!(ucd.canonical_decomposition(0xD7A3), [0x1112, 0x1175, 0x11C2]);
        let mut marks = [0x61, 0x301, 0x323, 0x62];
        ucd.order_canonically(&mut marks);
        assert_eq!(marks, [0x61, 0x323, 0x301, 0x62]);
    }

    #[test]
    fn a_broken_line_is_refused() {
        for line in ["", "0041", "0041..", "XYZ;a", "0042..0041;a", "110000;a"] {
            assert!(row(line).is_err(), "{line}");
        }
        assert!(parse_case_folding("0041..0042;C;0061").is_err());
        assert!(parse_case_folding("0041;X;0061").is_err());
        assert!(parse_decompositions("00C0;0041").is_err());
        assert!(parse_binary("0041;A", "B").is_err());
    }
}
