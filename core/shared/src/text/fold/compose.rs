//! From parts back to text: marks in canonical order, and parts that have one character composed to it (NFC).

use super::table::{Character, Distinct, Part, compose};
use super::{is_ignorable, usual_width};

/// How many marks of one letter wait without allocating.
const MARKS: usize = 32;

/// Writes parts to a text as they come. What waits is the last letter and its marks.
pub(super) struct Composer<'a> {
    text: &'a mut String,
    letter: Option<char>,
    marks: [Part; MARKS],
    len: usize,
    /// All marks, where there are more than fit.
    more: Vec<Part>,
}

impl<'a> Composer<'a> {
    pub(super) fn new(text: &'a mut String) -> Self {
        Self { text, letter: None, marks: [Part::default(); MARKS], len: 0, more: Vec::new() }
    }

    pub(super) fn push(&mut self, part: Part) {
        if part.class() != 0 {
            return self.push_mark(part);
        }
        let Some(next) = char::from_u32(part.code_point()) else { return };
        let left = self.compose_marks();
        let made = self.letter.filter(|_| left == 0).and_then(|letter| compose(letter, next));
        if made.is_none() {
            self.write(left);
        }
        self.letter = made.or(Some(next));
    }

    pub(super) fn finish(mut self) {
        let left = self.compose_marks();
        self.write(left);
    }

    fn push_mark(&mut self, mark: Part) {
        if self.more.is_empty() {
            if let Some(place) = self.marks.get_mut(self.len) {
                *place = mark;
                self.len += 1;
                return;
            }
            self.more.extend(self.marks);
        }
        self.more.push(mark);
    }

    fn waiting(&mut self) -> &mut [Part] {
        if self.more.is_empty() { &mut self.marks[..self.len] } else { &mut self.more }
    }

    /// Brings the waiting marks into canonical order and joins to the letter those that make one character with it.
    /// The others are left in front; returns how many they are.
    fn compose_marks(&mut self) -> usize {
        let mut letter = self.letter;
        let marks = self.waiting();
        sort_by_class(marks);
        let mut left = 0;
        for at in 0..marks.len() {
            let mark = marks[at];
            // A mark of the same class in between stands in the way.
            let reachable = left == 0 || marks[left - 1].class() < mark.class();
            let made = letter
                .filter(|_| reachable)
                .and_then(|letter| compose(letter, char::from_u32(mark.code_point())?));
            if made.is_some() {
                letter = made;
            } else {
                marks[left] = mark;
                left += 1;
            }
        }
        self.letter = letter;
        left
    }

    fn write(&mut self, left: usize) {
        let letter = self.letter;
        self.text.extend(letter);
        let marks = if self.more.is_empty() { &self.marks[..left] } else { &self.more[..left] };
        self.text.extend(marks.iter().filter_map(|mark| char::from_u32(mark.code_point())));
        self.len = 0;
        self.more.clear();
    }
}

/// The character that `text` begins with, in its usual width, and how many bytes of `text` it takes: kana take their
/// voicing marks, Hangul letters make syllables, ignorable characters between them are passed over, one ideograph
/// stands for its compatibility forms. All else stays as it is written. `None` where `text` is empty.
///
/// ```
/// use writemagic_shared::text::fold::first_composed;
///
/// assert_eq!(first_composed("ｶﾞｽ"), Some(('ガ', 6)));
/// assert_eq!(first_composed("é"), Some(('é', 2)));
/// ```
pub fn first_composed(text: &str) -> Option<(char, usize)> {
    let mut rest = text.char_indices();
    let (_, first) = rest.next()?;
    let mut composed = canonical(first);
    let mut end = first.len_utf8();
    for (at, next) in rest.filter(|(_, next)| !is_ignorable(*next)) {
        let next_end = at + next.len_utf8();
        let mark = usual_width(next);
        let joins =
            matches!(mark, '\u{3099}'..='\u{309A}' | '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}');
        let Some(made) = compose(composed, mark).filter(|_| joins) else { break };
        (composed, end) = (made, next_end);
    }
    Some((composed, end))
}

/// What a character canonically is, if that is one character, in its usual width.
fn canonical(character: char) -> char {
    let usual = usual_width(character);
    let everything = Distinct { case: true, diacritics: true };
    match Character::of(usual).parts(everything).as_slice() {
        [part] => char::from_u32(part.code_point()).unwrap_or(usual),
        _ => usual,
    }
}

/// Sorts marks by combining class, those of one class in their order. Nearly all are sorted already.
fn sort_by_class(marks: &mut [Part]) {
    if marks.len() > MARKS {
        return marks.sort_by_key(|mark| mark.class());
    }
    for end in 1..marks.len() {
        let mut at = end;
        while at > 0 && marks[at - 1].class() > marks[at].class() {
            marks.swap(at - 1, at);
            at -= 1;
        }
    }
}
