//! The tables of `text::fold`: what each character folds to, what it is made of, and which characters fold to it.
//!
//! The definition stands in the documentation of `text::fold`; here it is spelled out over the database. A folded
//! or decomposed character is a *part*: a code point with what matching must know about it, in one `u32`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Result, ensure};

use super::source::Source;
use super::stages::Stages;
use super::ucd::Ucd;

/// Code points of the table. Nothing between it and [`TAGS`] folds, and the tags stand behind it.
const LIMIT: u32 = 0x3_0000;
/// Tags and the second set of variation selectors.
const TAGS: std::ops::Range<u32> = 0xE_0000..0xE_1000;
/// Below this each character that folds to one letter in any company has it in a table of its own.
const SINGLE: u32 = 0x590;
const BLOCK: usize = 64;

const CLASS_SHIFT: u32 = 21;
const JOINS: u32 = 1 << 29;
const SECOND: u32 = 1 << 30;
const IGNORED: u32 = 1 << 31;

const FOLDS_TO_ITSELF: u16 = 1;
const MADE_OF_ITSELF: u16 = 1 << 1;
const IGNORABLE: u16 = 1 << 2;
const IGNORED_MARK: u16 = 1 << 3;
const EXTENDS: u16 = 1 << 4;
const PICTOGRAPH: u16 = 1 << 5;
const MODIFIER: u16 = 1 << 6;
const REGIONAL: u16 = 1 << 7;

/// Scripts whose words are read without their marks.
const WITH_DIACRITICS: [&str; 11] = [
    "Inherited",
    "Common",
    "Latin",
    "Greek",
    "Cyrillic",
    "Coptic",
    "Glagolitic",
    "Armenian",
    "Hebrew",
    "Arabic",
    "Syriac",
];

/// What is known of a character that is not plain.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Record {
    flags: u16,
    /// Of the character as a part of itself, without its code point.
    own: u32,
    folded: Vec<u32>,
    made_of: Vec<u32>,
}

pub(super) fn write(ucd: &Ucd) -> Result<Source> {
    let folding = Folding { ucd, seconds: seconds(ucd) };
    let mut records = vec![Record::default()];
    let mut numbers = HashMap::from([(folding.plain(), 0)]);
    let mut entries = Vec::new();
    for code_point in (0..LIMIT).chain(TAGS) {
        let record = folding.record(code_point);
        let next = u16::try_from(records.len())?;
        let number = *numbers.entry(record.clone()).or_insert(next);
        if number == next {
            records.push(record);
        }
        entries.push(number);
    }
    // Unassigned code points have nothing to fold.
    let listed = |c: &u32| ucd.general_category.get(*c) != "Cn" || ucd.default_ignorable[*c as usize];
    for code_point in (LIMIT..TAGS.start).chain(TAGS.end..0x11_0000).filter(listed) {
        ensure!(folding.record(code_point) == folding.plain(), "U+{code_point:04X} is outside the table");
    }

    let mut source =
        Source::new("What each character folds to and what it is made of; [`super::table`] reads it.");
    source.constant("Code points below it have an entry each.", "LIMIT", "u32", LIMIT);
    write_entries(&mut source, &entries)?;
    write_records(&mut source, &records)?;
    folding.write_singles(&mut source);
    folding.write_compositions(&mut source);
    folding.write_reverse(&mut source)?;
    Ok(source)
}

fn write_entries(source: &mut Source, entries: &[u16]) -> Result<()> {
    let stages = Stages::of(entries, BLOCK);
    let index = stages.index.iter().map(|block| Ok(u16::try_from(*block)?)).collect::<Result<Vec<_>>>()?;
    source.table("For each 64 code points the number of their block.", "INDEX", "u16", &index);
    source.table("Blocks of 64 record numbers; record 0 is plain.", "BLOCKS", "u16", &stages.blocks);
    Ok(())
}

fn write_records(source: &mut Source, records: &[Record]) -> Result<()> {
    let mut pool: Vec<u32> = Vec::new();
    let mut place = |parts: &[u32]| -> Result<u16> {
        let at = (0..pool.len()).find(|at| pool[*at..].starts_with(parts)).unwrap_or_else(|| {
            pool.extend(parts);
            pool.len() - parts.len()
        });
        ensure!(at < 1 << 13 && parts.len() < 8, "the pool of parts outgrows its index");
        Ok(u16::try_from(at << 3 | parts.len())?)
    };
    let folded = records.iter().map(|record| place(&record.folded)).collect::<Result<Vec<_>>>()?;
    let made_of = records.iter().map(|record| place(&record.made_of)).collect::<Result<Vec<_>>>()?;
    let flags: Vec<_> = records.iter().map(|record| record.flags).collect();
    let own: Vec<_> = records.iter().map(|record| record.own).collect();
    let mut kinds: Vec<u32> = own.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let kind = |own: &u32| kinds.iter().position(|kind| kind == own).map(u8::try_from);
    let own = own.iter().map(|own| Ok(kind(own).unwrap_or(Ok(0))?)).collect::<Result<Vec<u8>>>()?;
    source.table("What holds for the characters of a record.", "FLAGS", "u16", &flags);
    source.table("The number of a record's own part in `OWN`.", "OWN_NUMBER", "u8", &own);
    source.table("A character as a part of itself, without its code point.", "OWN", "u32", &kinds);
    source.table("Where the fold stands in `PARTS`: start times 8 plus length.", "FOLDED", "u16", &folded);
    source.table("Where the decomposition stands in `PARTS`, in the same form.", "MADE_OF", "u16", &made_of);
    source.table("Parts: code point, combining class from bit 21, flags from bit 29.", "PARTS", "u32", &pool);
    Ok(())
}

struct Folding<'a> {
    ucd: &'a Ucd,
    /// What stands second in a canonical decomposition and is not dropped.
    seconds: BTreeSet<u32>,
}

/// Everything that stands behind another character in a canonical decomposition.
fn seconds(ucd: &Ucd) -> BTreeSet<u32> {
    (0..0x11_0000).flat_map(|point| ucd.canonical_decomposition(point).into_iter().skip(1)).collect()
}

impl Folding<'_> {
    fn plain(&self) -> Record {
        Record { flags: FOLDS_TO_ITSELF | MADE_OF_ITSELF, ..Record::default() }
    }

    fn record(&self, code_point: u32) -> Record {
        // Syllables are taken apart by arithmetic.
        if (0xAC00..=0xD7A3).contains(&code_point) {
            return self.plain();
        }
        let itself = [code_point | self.own(code_point)];
        let mut record = Record { own: self.own(code_point), ..Record::default() };
        if self.is_dropped(code_point) {
            record.flags |= IGNORABLE;
        } else {
            record.made_of = self.parts(code_point);
            record.folded = self.folded(code_point);
        }
        let mut flag = |flag: u16, set: bool| record.flags |= if set { flag } else { 0 };
        let grapheme_break = self.ucd.grapheme_break.get(code_point);
        let joined = matches!(grapheme_break, "Extend" | "ZWJ");
        let modifier = (0x1_F3FB..=0x1_F3FF).contains(&code_point);
        flag(IGNORED_MARK, self.is_ignored_mark(code_point));
        flag(PICTOGRAPH, self.ucd.extended_pictographic[code_point as usize]);
        flag(MODIFIER, modifier);
        flag(REGIONAL, grapheme_break == "Regional_Indicator");
        flag(EXTENDS, joined && record.folded.is_empty());
        if record.folded == itself {
            record.flags |= FOLDS_TO_ITSELF;
            record.folded.clear();
        }
        if record.made_of == itself {
            record.flags |= MADE_OF_ITSELF;
            record.made_of.clear();
        }
        record
    }

    /// Dropped whatever is asked for: what shows nothing of its own, and the tatweel, which only stretches a word.
    fn is_dropped(&self, code_point: u32) -> bool {
        code_point == 0x640 || self.ucd.default_ignorable[code_point as usize]
    }

    /// Whether it is a diacritic, a point, a nukta, an enclosing mark.
    fn is_ignored_mark(&self, code_point: u32) -> bool {
        match self.ucd.combining_class[code_point as usize] {
            0 => matches!(code_point, 0x488..=0x489 | 0x1ABE | 0x20DD..=0x20E4 | 0xA670..=0xA672),
            // Voicing marks of kana, virama, and the iota below, which folds to a letter.
            8 | 9 | 240 => false,
            // Nukta.
            7 => true,
            // Tone marks of Han are letters of their own.
            _ => {
                !(0x302A..=0x302F).contains(&code_point)
                    && WITH_DIACRITICS.contains(&self.ucd.script.get(code_point))
            }
        }
    }

    /// The code point's part without the code point itself.
    fn own(&self, code_point: u32) -> u32 {
        let class = self.ucd.combining_class[code_point as usize];
        let ignored = self.is_ignored_mark(code_point);
        let joins = ignored || matches!(code_point, 0x3099..=0x309A | 0x345);
        let second = self.seconds.contains(&code_point) && !joins;
        let flag = |flag: u32, set: bool| if set { flag } else { 0 };
        u32::from(class) << CLASS_SHIFT | flag(JOINS, joins) | flag(SECOND, second) | flag(IGNORED, ignored)
    }

    fn part(&self, code_point: u32) -> u32 {
        code_point | self.own(code_point)
    }

    /// The canonical decomposition of the character in its usual width.
    fn parts(&self, code_point: u32) -> Vec<u32> {
        self.decomposed(code_point).into_iter().map(|part| self.part(part)).collect()
    }

    fn decomposed(&self, code_point: u32) -> Vec<u32> {
        let usual = match code_point {
            0x2019 => 0x27,
            0xFF01..=0xFFEE => self.ucd.decomposition(code_point).map_or(code_point, |step| step.mapping[0]),
            _ => code_point,
        };
        self.ucd.canonical_decomposition(usual)
    }

    /// What is left with diacritics and case ignored. What an iota below folds to keeps its place among the marks.
    fn folded(&self, code_point: u32) -> Vec<u32> {
        let mut folded = Vec::new();
        for part in self.decomposed(code_point).into_iter().filter(|part| !self.is_ignored_mark(*part)) {
            let joining = if self.own(part) & JOINS != 0 { self.own(part) } else { 0 };
            folded.extend(self.fold_case(part).into_iter().map(|letter| self.part(letter) | joining));
        }
        folded
    }

    fn fold_case(&self, part: u32) -> Vec<u32> {
        let lower = |letter: u32| match letter {
            // The database folds Cherokee to capitals; in search as elsewhere small letters stand for both.
            0x13A0..=0x13EF => letter - 0x13A0 + 0xAB70,
            0x13F0..=0x13F5 => letter + 8,
            0xF8 => 0x6F,
            0x111 => 0x64,
            0x127 => 0x68,
            0x131 => 0x69,
            0x142 => 0x6C,
            0x167 => 0x74,
            letter => letter,
        };
        self.ucd.full_folding(part).into_iter().map(lower).collect()
    }

    /// Below U+0590: the letter that a character folds to whatever stands beside it.
    fn write_singles(&self, source: &mut Source) {
        let single = |code_point: u32| match self.folded(code_point)[..] {
            [part] if !self.is_dropped(code_point) && part >> CLASS_SHIFT == 0 => part,
            _ => 0,
        };
        let singles: Vec<u32> = (0..SINGLE).map(single).collect();
        source.table(
            "Folds of the first characters that are one letter in any company; else 0.",
            "SINGLES",
            "u16",
            &singles,
        );
    }

    /// Pairs that make one character, of parts that folding keeps.
    fn write_compositions(&self, source: &mut Source) {
        let mut composed = BTreeMap::new();
        let mut adjacent = BTreeSet::new();
        for code_point in (0..0x11_0000).filter(|point| !(0xAC00..=0xD7A3).contains(point)) {
            let step = self.ucd.decomposition(code_point).filter(|step| step.kind.is_none());
            let Some([first, second]) = step.map(|step| &step.mapping[..]) else { continue };
            if self.is_ignored_mark(*second) || *second == 0x345 {
                continue;
            }
            if !self.ucd.full_composition_exclusion[code_point as usize] {
                composed.insert((*first, *second), code_point);
            }
            let parts = self.ucd.canonical_decomposition(code_point);
            adjacent.extend(parts.windows(2).map(|pair| (pair[0], pair[1])));
        }
        // Voicing marks and the iota below join whatever they follow.
        adjacent.retain(|(_, second)| self.own(*second) & SECOND != 0);
        let flat: Vec<u32> = composed.iter().flat_map(|((a, b), c)| [*a, *b, *c]).collect();
        source.table("First, second and what they make, by first and second.", "COMPOSITIONS", "u32", &flat);
        let flat: Vec<u32> = adjacent.iter().flat_map(|(a, b)| [*a, *b]).collect();
        source.table(
            "Neighbours inside one character, marks that always join left out.",
            "ADJACENT",
            "u32",
            &flat,
        );
    }

    /// Characters by the first part of their fold, those that fold to several letters, and the first bytes of what may
    /// stand between two letters.
    fn write_reverse(&self, source: &mut Source) -> Result<()> {
        let mut reverse = Vec::new();
        let mut several = Vec::new();
        let mut dropped = Beginnings::default();
        let mut ignorable = Beginnings::default();
        let mut marks = Beginnings::default();
        for point in (0..LIMIT).chain(TAGS).filter(|point| !(0xAC00..=0xD7A3).contains(point)) {
            let Some(character) = char::from_u32(point) else { continue };
            let folded = if self.is_dropped(point) { Vec::new() } else { self.folded(point) };
            if folded.is_empty() {
                dropped.insert(character);
                if self.is_dropped(point) {
                    ignorable.insert(character);
                }
            } else if folded != [self.part(point)] {
                reverse.push((folded[0] & 0x1F_FFFF, point));
            }
            let first = self.ucd.canonical_decomposition(point).first().copied().unwrap_or(point);
            if self.ucd.combining_class[first as usize] != 0 {
                marks.insert(character);
            }
            let is_letter = |part: &u32| self.ucd.combining_class[(part & 0x1F_FFFF) as usize] == 0;
            if folded.iter().skip(1).any(is_letter) {
                several.push(point);
            }
            for part in folded.iter().map(|part| part & 0x1F_FFFF) {
                ensure!(
                    self.ucd.canonical_decomposition(part) == [part],
                    "U+{point:04X} folds to what comes apart"
                );
            }
        }
        reverse.sort_unstable();
        let reverse: Vec<u32> = reverse.into_iter().map(|(_, point)| point).collect();
        source.table(
            "What folds to something else, by the first letter of its fold.",
            "REVERSE",
            "u32",
            &reverse,
        );
        source.table("What folds to several letters.", "SEVERAL", "u32", &several);
        dropped.write(source, "DROPPED", "whatever folding drops");
        ignorable.write(source, "IGNORABLE", "what is dropped with diacritics kept");
        marks.write(source, "MARKS", "what begins with a mark that has an order among marks");
        Ok(())
    }
}

/// Characters by their first three bytes in UTF-8, or two if that is all: for all but the last of these, a bit for each
/// value of the last one's low six bits.
#[derive(Default)]
struct Beginnings(BTreeMap<[u8; 2], u64>);

impl Beginnings {
    fn insert(&mut self, character: char) {
        let mut bytes = [0; 4];
        let (start, end) = match character.encode_utf8(&mut bytes).as_bytes() {
            [first, second] => ([*first, 0], *second),
            [first, second, third, ..] => ([*first, *second], *third),
            // No ASCII is a mark or dropped.
            _ => return,
        };
        *self.0.entry(start).or_default() |= 1 << (end & 0x3F);
    }

    fn write(&self, source: &mut Source, name: &str, what: &str) {
        let starts: Vec<u16> = self.0.keys().copied().map(u16::from_be_bytes).collect();
        let ends: Vec<u64> = self.0.values().copied().collect();
        let doc = format!("The first byte times 256, plus the second of more than two, of {what}.");
        source.table(&doc, &format!("{name}_STARTS"), "u16", &starts);
        let doc = "The next byte: a bit for each value of its low six bits.";
        source.table(doc, &format!("{name}_ENDS"), "u64", &ends);
    }
}
