//! From parts back to text: marks in canonical order, and parts that have one character composed to it (NFC).

use super::table::{Part, compose};

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
