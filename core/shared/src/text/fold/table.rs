//! Look-ups in the generated tables: what one character is made of and what it folds to, part by part.
//!
//! A [`Part`] is a code point of a decomposed, folded character together with what composing and searching must
//! know about it. Which words are equal is decided in the generator; [`super`] has it in words.

use super::tables;

const SYLLABLES: u32 = 0xAC00;
const SYLLABLE_COUNT: u32 = 11_172;
const LEADS: u32 = 0x1100;
const LEAD_COUNT: u32 = 19;
const VOWELS: u32 = 0x1161;
const VOWEL_COUNT: u32 = 21;
/// One before the first: syllables without a final count as the first of their group.
const FINALS: u32 = 0x11A7;
const FINAL_COUNT: u32 = 28;

const FOLDS_TO_ITSELF: u16 = 1;
const MADE_OF_ITSELF: u16 = 1 << 1;
const IGNORABLE: u16 = 1 << 2;
const IGNORED_MARK: u16 = 1 << 3;
const EXTENDS: u16 = 1 << 4;
const PICTOGRAPH: u16 = 1 << 5;
const MODIFIER: u16 = 1 << 6;
const REGIONAL: u16 = 1 << 7;

/// Which differences count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Distinct {
    pub(crate) case: bool,
    pub(crate) diacritics: bool,
}

/// A code point of a decomposed, folded character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part(u32);

impl Part {
    /// The only part of a plain character that is no syllable.
    pub(crate) const fn plain(code_point: u32) -> Self {
        Self(code_point)
    }

    /// What equal characters have in common.
    #[inline]
    pub(crate) fn code_point(self) -> u32 {
        self.0 & 0x1F_FFFF
    }

    /// Its canonical combining class: the order of marks behind one letter.
    #[inline]
    pub(crate) fn class(self) -> u8 {
        (self.0 >> 21) as u8
    }

    /// Whether it changes the letter before it, whatever that is: a diacritic, a voicing mark, an iota below.
    #[inline]
    pub(crate) fn joins(self) -> bool {
        self.0 & 1 << 29 != 0
    }

    /// Whether it is one character together with some of the parts that can stand before it.
    #[inline]
    pub(crate) fn is_second(self) -> bool {
        self.0 & 1 << 30 != 0
    }

    fn is_ignored_mark(self) -> bool {
        self.0 & 1 << 31 != 0
    }

    /// Whether `self` and `next` are neighbours inside one character of Unicode: a vowel in two halves, a Hangul
    /// vowel and its final.
    pub(crate) fn makes_one_with(self, next: Part) -> bool {
        if !next.is_second() {
            return false;
        }
        let (first, second) = (self.code_point(), next.code_point());
        if (VOWELS..VOWELS + VOWEL_COUNT).contains(&second) {
            return (LEADS..LEADS + LEAD_COUNT).contains(&first);
        }
        if (FINALS + 1..FINALS + FINAL_COUNT).contains(&second) {
            return (VOWELS..VOWELS + VOWEL_COUNT).contains(&first);
        }
        tables::ADJACENT.chunks_exact(2).any(|pair| pair == [first, second])
    }
}

/// The parts of one character, at most [`Parts::CAPACITY`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts {
    parts: [Part; Self::CAPACITY],
    len: usize,
}

impl Parts {
    /// The longest there is: a Greek vowel with breathing, accent and iota.
    pub(crate) const CAPACITY: usize = 4;

    fn push(&mut self, part: Part) {
        if let Some(place) = self.parts.get_mut(self.len) {
            *place = part;
            self.len += 1;
        }
    }

    fn extend(&mut self, parts: &[Part]) {
        parts.iter().for_each(|part| self.push(*part));
    }

    pub(crate) fn as_slice(&self) -> &[Part] {
        &self.parts[..self.len]
    }
}

/// What the tables know of a character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Character {
    code_point: u32,
    record: u16,
}

impl Character {
    #[inline]
    pub(crate) fn of(character: char) -> Self {
        let code_point = u32::from(character);
        let place = match code_point {
            ..tables::LIMIT => code_point,
            0xE_0000..=0xE_0FFF => code_point - 0xE_0000 + tables::LIMIT,
            _ => return Self { code_point, record: 0 },
        };
        let block = usize::from(tables::INDEX[(place >> 6) as usize]);
        Self { code_point, record: tables::BLOCKS[block << 6 | (place & 63) as usize] }
    }

    /// Whether it is a letter or symbol that folds to itself and changes nothing around it. So are Hangul syllables,
    /// though they are made of parts.
    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        self.record == 0
    }

    fn has(self, flag: u16) -> bool {
        self.record != 0 && tables::FLAGS[usize::from(self.record)] & flag != 0
    }

    /// Whether it shows nothing of its own: Default_Ignorable_Code_Point, and the tatweel.
    pub(crate) fn is_dropped(self) -> bool {
        self.has(IGNORABLE)
    }

    /// Whether it is a mark that folding drops.
    pub(crate) fn is_ignored_mark(self) -> bool {
        self.has(IGNORED_MARK)
    }

    /// Whether it folds to nothing and belongs to the character before it: an ignored mark, a variation selector, a
    /// joiner. A soft hyphen belongs to neither side.
    pub(crate) fn extends(self) -> bool {
        self.has(EXTENDS)
    }

    /// Whether a zero-width joiner glues it to an emoji before it.
    pub(crate) fn is_pictograph(self) -> bool {
        self.has(PICTOGRAPH)
    }

    /// Whether it gives an emoji before it a colour of skin.
    pub(crate) fn is_modifier(self) -> bool {
        self.has(MODIFIER)
    }

    /// Whether two of it are a flag.
    pub(crate) fn is_regional(self) -> bool {
        self.has(REGIONAL)
    }

    fn own_part(self) -> Part {
        let number = tables::OWN_NUMBER[usize::from(self.record)];
        Part(self.code_point | tables::OWN[usize::from(number)])
    }

    /// What it folds to where `distinct` counts, in canonical order; nothing if it is dropped.
    #[inline]
    pub(crate) fn parts(self, distinct: Distinct) -> Parts {
        let mut parts = Parts::default();
        if self.record == 0 {
            self.plain_parts(&mut parts);
        } else if !distinct.case && !distinct.diacritics {
            self.folded(&mut parts);
        } else {
            self.distinct_parts(distinct, &mut parts);
        }
        parts
    }

    #[inline]
    fn plain_parts(self, parts: &mut Parts) {
        let syllable = self.code_point.wrapping_sub(SYLLABLES);
        if syllable >= SYLLABLE_COUNT {
            return parts.push(Part::plain(self.code_point));
        }
        let end = syllable % FINAL_COUNT;
        parts.push(Part::plain(LEADS + syllable / (VOWEL_COUNT * FINAL_COUNT)));
        parts.push(Part::plain(VOWELS + syllable / FINAL_COUNT % VOWEL_COUNT));
        if end != 0 {
            parts.push(Part::plain(FINALS + end));
        }
    }

    /// The fold with case and diacritics ignored, of a character that is not plain.
    fn folded(self, parts: &mut Parts) {
        if self.has(FOLDS_TO_ITSELF) {
            parts.push(self.own_part());
        } else {
            listed(tables::FOLDED[usize::from(self.record)], |part| parts.push(part));
        }
    }

    fn distinct_parts(self, distinct: Distinct, parts: &mut Parts) {
        let mut each = |part: Part| {
            if !distinct.diacritics && part.is_ignored_mark() {
                return;
            }
            let part = if distinct.diacritics { part } else { without_stroke(part) };
            if distinct.case || part.is_ignored_mark() {
                return parts.push(part);
            }
            if let Some(small) = with_stroke(part) {
                return parts.push(small);
            }
            let mut folded = Parts::default();
            match char::from_u32(part.code_point()).map(Character::of) {
                Some(character) if !character.is_plain() => character.folded(&mut folded),
                _ => folded.push(part),
            }
            parts.extend(folded.as_slice());
        };
        if self.has(MADE_OF_ITSELF) {
            each(self.own_part());
        } else {
            listed(tables::MADE_OF[usize::from(self.record)], each);
        }
    }
}

fn listed(place: u16, each: impl FnMut(Part)) {
    let (start, len) = (usize::from(place >> 3), usize::from(place & 7));
    tables::PARTS[start..start + len].iter().copied().map(Part).for_each(each);
}

/// The letter under a stroke, or with its dot: those that the database does not take apart.
fn without_stroke(part: Part) -> Part {
    let letter = match char::from_u32(part.code_point()) {
        Some('Ø') => 'O',
        Some('ø') => 'o',
        Some('Đ') => 'D',
        Some('đ') => 'd',
        Some('Ħ') => 'H',
        Some('ħ') => 'h',
        Some('ı') => 'i',
        Some('Ł') => 'L',
        Some('ł') => 'l',
        Some('Ŧ') => 'T',
        Some('ŧ') => 't',
        _ => return part,
    };
    Part::plain(u32::from(letter))
}

/// The small letter of one with a stroke, for where strokes count and case does not.
fn with_stroke(part: Part) -> Option<Part> {
    let letter = match char::from_u32(part.code_point())? {
        'Ø' | 'ø' => 'ø',
        'Đ' | 'đ' => 'đ',
        'Ħ' | 'ħ' => 'ħ',
        'ı' => 'ı',
        'Ł' | 'ł' => 'ł',
        'Ŧ' | 'ŧ' => 'ŧ',
        _ => return None,
    };
    Some(Part::plain(u32::from(letter)))
}

/// The fold of one of the first characters (through Hebrew's accents) that is one letter in any company.
#[inline]
pub(crate) fn single(character: char) -> Option<char> {
    let folded = *tables::SINGLES.get(character as usize)?;
    // U+0000 folds to itself and takes the longer way.
    if folded == 0 { None } else { char::from_u32(u32::from(folded)) }
}

/// The one character that `first` and `second` make, of parts that folding keeps.
pub(crate) fn compose(first: char, second: char) -> Option<char> {
    let (a, b) = (u32::from(first), u32::from(second));
    if (LEADS..LEADS + LEAD_COUNT).contains(&a) && (VOWELS..VOWELS + VOWEL_COUNT).contains(&b) {
        return char::from_u32(SYLLABLES + ((a - LEADS) * VOWEL_COUNT + b - VOWELS) * FINAL_COUNT);
    }
    let is_open =
        (SYLLABLES..SYLLABLES + SYLLABLE_COUNT).contains(&a) && (a - SYLLABLES).is_multiple_of(FINAL_COUNT);
    if is_open && (FINALS + 1..FINALS + FINAL_COUNT).contains(&b) {
        return char::from_u32(a + b - FINALS);
    }
    let (rows, _) = tables::COMPOSITIONS.as_chunks::<3>();
    let found = rows.binary_search_by_key(&(a, b), |[first, second, _]| (*first, *second)).ok()?;
    char::from_u32(rows[found][2])
}

/// The Hangul syllables whose parts are the first ones of `parts`.
pub(crate) fn syllables(parts: &[u32]) -> impl Iterator<Item = char> {
    let letter = |at: usize| parts.get(at).copied().and_then(char::from_u32);
    let open = letter(0).zip(letter(1)).and_then(|(lead, vowel)| compose(lead, vowel));
    let open = open.filter(|syllable| u32::from(*syllable) >= SYLLABLES);
    let closed = open.zip(letter(2)).and_then(|(open, end)| compose(open, end));
    open.into_iter().chain(closed)
}

/// Characters other than `folded` itself and Hangul syllables whose fold, case and diacritics ignored, begins with it.
pub(crate) fn folding_to(folded: u32) -> impl Iterator<Item = char> {
    let key = |code_point: &u32| {
        let parts =
            char::from_u32(*code_point).map(|character| Character::of(character).parts(Distinct::default()));
        parts.and_then(|parts| parts.as_slice().first().map(|part| part.code_point())).unwrap_or(0)
    };
    let start = tables::REVERSE.partition_point(|code_point| key(code_point) < folded);
    let same = tables::REVERSE[start..].iter().take_while(move |code_point| key(code_point) == folded);
    same.filter_map(|code_point| char::from_u32(*code_point))
}

/// Characters other than Hangul syllables that fold to several letters.
pub(crate) fn folding_to_several() -> impl Iterator<Item = char> {
    tables::SEVERAL.iter().filter_map(|code_point| char::from_u32(*code_point))
}

/// The first bytes in UTF-8 of some characters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beginning {
    pub(crate) lead: u8,
    /// The second byte of characters of more than two.
    pub(crate) second: Option<u8>,
    /// The byte behind these: a bit for each value of its low six bits.
    pub(crate) ends: u64,
}

fn beginnings(starts: &'static [u16], ends: &'static [u64]) -> impl Iterator<Item = Beginning> {
    starts.iter().zip(ends).map(|(start, ends)| {
        let [lead, second] = start.to_be_bytes();
        Beginning { lead, second: Some(second).filter(|second| *second != 0), ends: *ends }
    })
}

/// What folds to nothing where `distinct` counts.
pub(crate) fn dropped(distinct: Distinct) -> impl Iterator<Item = Beginning> {
    if distinct.diacritics {
        beginnings(&tables::IGNORABLE_STARTS, &tables::IGNORABLE_ENDS)
    } else {
        beginnings(&tables::DROPPED_STARTS, &tables::DROPPED_ENDS)
    }
}

/// Characters that begin with a mark of a combining class.
pub(crate) fn marks() -> impl Iterator<Item = Beginning> {
    beginnings(&tables::MARKS_STARTS, &tables::MARKS_ENDS)
}
