//! A text as the elements that are compared: folded parts in canonical order, each with its place in the source.
//!
//! An element says whether a match may begin at it, and so whether a match may end before it: not inside the fold of
//! one character, not before a mark or a half that changes the letter, not inside an emoji or a flag.

use crate::text::fold::table::{Character, Distinct, Part, Parts};

/// The marks of one letter that are brought into canonical order; behind them no match begins or ends until the next
/// letter.
const MARKS: usize = 32;
const CAPACITY: usize = MARKS + Parts::CAPACITY + 1;
const ZERO_WIDTH_JOINER: char = '\u{200D}';
/// What a byte that is no UTF-8 is compared as: no pattern holds it.
const NO_CHARACTER: u32 = 0x11_0000;

/// One folded part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    part: Part,
    /// Whether a match may begin here.
    pub(super) begins: bool,
    /// The source character, in bytes of the text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it is not the first part of its character.
    is_inside: bool,
    /// How many marks stand between its letter and it.
    marks: u8,
}

impl Element {
    fn new(part: Part, begins: bool, start: usize, end: usize) -> Self {
        Self { part, begins, start, end, ..Self::default() }
    }

    /// What is compared.
    #[inline]
    pub(super) fn code_point(self) -> u32 {
        self.part.code_point()
    }

    /// What to know for reading again from this element, where a match may begin.
    pub(super) fn context(self) -> Context {
        Context { marks: self.marks, ..Context::default() }
    }
}

/// What has to be known of the text before a place to read on from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Context {
    /// The last part, if anything stands before that is not dropped.
    last: Option<Part>,
    after_joiner: bool,
    /// Whether the last character is the first half of a flag.
    in_flag: bool,
    /// How many marks of one letter came last, up to [`MARKS`].
    marks: u8,
}

impl Context {
    /// Whether nothing stands before that is not dropped, or a match may begin whatever does.
    pub(super) fn is_at_start(self) -> bool {
        self.last.is_none()
    }

    /// The context of `at` as far as the character before tells it: enough for patterns whose first letter neither
    /// joins what is before it nor is half a flag.
    pub(super) fn nearby(text: &[u8], at: usize) -> Self {
        let after_joiner = text[..at].ends_with("\u{200D}".as_bytes());
        Self { last: Some(Part::default()), after_joiner, ..Self::default() }
    }
}

/// Walks the elements of a text.
pub(super) struct Elements<'t> {
    text: &'t [u8],
    /// Where the next character is read.
    at: usize,
    distinct: Distinct,
    context: Context,
    /// `queue[head..ready]` is in order; `queue[ready..len]` are marks that wait for the letter behind them.
    queue: [Element; CAPACITY],
    head: usize,
    ready: usize,
    len: usize,
    /// The last letter, if there is one since the start of the text.
    letter: Option<Part>,
    /// Where the last character stands that is not plain, and what is known before it.
    before: (usize, Context),
    /// The same for the character of the first waiting mark.
    waiting: (usize, Context),
    /// Whether nothing comes behind the text, so that marks at its end need not wait.
    is_last: bool,
}

impl<'t> Elements<'t> {
    pub(super) fn new(
        text: &'t [u8],
        at: usize,
        is_last: bool,
        distinct: Distinct,
        context: Context,
    ) -> Self {
        Self {
            text,
            at,
            distinct,
            context,
            queue: [Element::default(); CAPACITY],
            head: 0,
            ready: 0,
            len: 0,
            letter: context.last,
            before: (at, context),
            waiting: (at, context),
            is_last,
        }
    }

    /// Goes on at another place.
    pub(super) fn restart(&mut self, at: usize, context: Context) {
        (self.at, self.context) = (at, context);
        (self.head, self.ready, self.len) = (0, 0, 0);
        (self.letter, self.waiting) = (context.last, (at, context));
    }

    /// Where the next character is read, if every element before it has been given out, and what is known there.
    #[inline]
    pub(super) fn place(&self) -> Option<(usize, Context)> {
        (self.head == self.len).then_some((self.at, self.context))
    }

    /// Where to read on when more text has come: the next character, or that of the first mark that waits. Marks do
    /// not wait behind more than `most` bytes of what is ignored.
    pub(super) fn waiting(&self, most: usize) -> (usize, Context) {
        let is_far = self.at - self.waiting.0 > most;
        if is_far || self.head == self.len { (self.at, self.context) } else { self.waiting }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<Element> {
        loop {
            if self.head < self.ready {
                self.head += 1;
                return Some(self.queue[self.head - 1]);
            }
            let Some((character, len)) = decode(self.text, self.at) else {
                if self.head == self.len || !self.is_last {
                    return None;
                }
                self.order_marks();
                continue;
            };
            let start = self.at;
            self.at += len;
            let Some(character) = character else {
                self.make_room();
                let part = Part::plain(NO_CHARACTER);
                self.context = Context { last: Some(part), ..Context::default() };
                self.push(Element::new(part, true, start, self.at));
                continue;
            };
            // Most characters are one letter that has nothing to do with its neighbours.
            let known = Character::of(character);
            if known.is_plain() && self.head == self.len && !is_syllable(character) {
                let part = Part::plain(u32::from(character));
                self.context = Context { last: Some(part), ..Context::default() };
                self.letter = Some(part);
                return Some(Element::new(part, true, start, self.at));
            }
            self.make_room();
            self.push_character(known, character == ZERO_WIDTH_JOINER, start);
        }
    }

    /// Moves the marks that wait to the front, where everything in order has been given out.
    fn make_room(&mut self) {
        self.queue.copy_within(self.head..self.len, 0);
        (self.head, self.ready, self.len) = (0, 0, self.len - self.head);
    }

    fn push_character(&mut self, known: Character, is_joiner: bool, start: usize) {
        let parts = known.parts(self.distinct);
        let before = self.context;
        self.before = (start, before);
        self.context.after_joiner = is_joiner;
        self.context.in_flag = known.is_regional() && !before.in_flag;
        for (index, part) in parts.as_slice().iter().enumerate() {
            let begins = index == 0 && before.may_end_before(known, *part);
            self.push(Element { is_inside: index > 0, ..Element::new(*part, begins, start, self.at) });
            self.context.last = Some(*part);
        }
    }

    fn push(&mut self, mut element: Element) {
        let marks = &mut self.context.marks;
        element.marks = *marks;
        if element.part.class() == 0 {
            (element.marks, *marks) = (0, 0);
        } else if usize::from(*marks) < MARKS {
            *marks += 1;
        } else {
            element.begins = false;
        }
        // Marks wait for those behind them, up to a number.
        let waits = element.part.class() != 0 && usize::from(element.marks) < MARKS;
        if !waits {
            self.order_marks();
        } else if self.ready == self.len {
            self.waiting = self.before;
        }
        let Some(place) = self.queue.get_mut(self.len) else { return };
        *place = element;
        self.len += 1;
        if !waits {
            self.ready = self.len;
            self.letter = Some(element.part);
        }
    }

    /// Sorts the waiting marks. Those that changed places are one stretch of source that no match divides.
    fn order_marks(&mut self) {
        let marks = &mut self.queue[self.ready..self.len];
        self.ready = self.len;
        let Some(first) = marks.first().map(|mark| mark.marks) else { return };
        let mut sorted = true;
        for end in 1..marks.len() {
            let mut at = end;
            while at > 0 && marks[at - 1].part.class() > marks[at].part.class() {
                marks.swap(at - 1, at);
                (at, sorted) = (at - 1, false);
            }
        }
        if sorted {
            return;
        }
        // Where the first of each mark and those behind it stands in the source.
        let mut firsts = [usize::MAX; CAPACITY + 1];
        for (index, mark) in marks.iter().enumerate().rev() {
            firsts[index] = firsts[index + 1].min(mark.start);
        }
        let mut last = self.letter;
        let mut from = 0;
        while from < marks.len() {
            let mut latest = marks[from].start;
            let mut behind = from + 1;
            while firsts[behind] <= latest {
                latest = latest.max(marks[behind].start);
                behind += 1;
            }
            let here = &mut marks[from..behind];
            let start = firsts[from];
            let end = here.iter().map(|mark| mark.end).max().unwrap_or_default();
            let is_inside = here.iter().any(|mark| mark.start == start && mark.is_inside);
            // At the start of the text there is nothing to change.
            let changes = last.is_some_and(|last| here[0].part.joins() || last.makes_one_with(here[0].part));
            last = here.last().map(|mark| mark.part);
            for (index, mark) in here.iter_mut().enumerate() {
                (mark.start, mark.end) = (start, end);
                mark.begins = index == 0 && !is_inside && !changes;
                // All marks before a stretch stand before it in the source too.
                mark.marks = first + from as u8;
            }
            from = behind;
        }
    }
}

impl Context {
    /// Whether a match may end, and another begin, before the character `next` whose first part is `part`.
    fn may_end_before(self, next: Character, part: Part) -> bool {
        let Some(last) = self.last else { return true };
        let in_emoji = next.is_modifier() || (self.after_joiner && next.is_pictograph());
        let in_flag = self.in_flag && next.is_regional();
        !(part.joins() || last.makes_one_with(part) || in_emoji || in_flag)
    }
}

/// Hangul syllables are plain, but made of parts.
pub(super) fn is_syllable(character: char) -> bool {
    matches!(character, '\u{AC00}'..='\u{D7A3}')
}

/// The character at `at` and its bytes; one byte and none where the text is no UTF-8; none at its end.
#[inline]
pub(super) fn decode(text: &[u8], at: usize) -> Option<(Option<char>, usize)> {
    let first = *text.get(at)?;
    if first < 0x80 {
        return Some((Some(char::from(first)), 1));
    }
    let (len, bits) = match first {
        0xC2..=0xDF => (2, first & 0x1F),
        0xE0..=0xEF => (3, first & 0x0F),
        0xF0..=0xF4 => (4, first & 0x07),
        _ => return Some((None, 1)),
    };
    let Some(rest) = text.get(at + 1..at + len) else { return Some((None, 1)) };
    if rest.iter().any(|byte| byte & 0xC0 != 0x80) {
        return Some((None, 1));
    }
    let code_point = rest.iter().fold(u32::from(bits), |bits, byte| bits << 6 | u32::from(byte & 0x3F));
    let least = [0x80, 0x800, 0x1_0000][len - 2];
    match char::from_u32(code_point).filter(|_| code_point >= least) {
        Some(character) => Some((Some(character), len)),
        None => Some((None, 1)),
    }
}

/// Where the character before `at` starts; none at the start of the text.
pub(super) fn before(text: &[u8], at: usize) -> Option<usize> {
    let least = at.saturating_sub(4);
    let lead = (least..at).rev().find(|place| text[*place] & 0xC0 != 0x80);
    let last = at.checked_sub(1)?;
    // A place inside what is no UTF-8 is a character of its own.
    Some(lead.filter(|lead| decode(text, *lead).is_some_and(|(_, len)| lead + len == at)).unwrap_or(last))
}

/// How many bytes at the end of `text` are the beginning of a character that is not all there.
pub(super) fn unfinished(text: &[u8]) -> usize {
    let tail = &text[text.len().saturating_sub(3)..];
    let Some(lead) = tail.iter().rposition(|byte| *byte >= 0xC0) else { return 0 };
    let rest = &tail[lead..];
    let len = match rest[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    let continues = rest[1..].iter().all(|byte| byte & 0xC0 == 0x80);
    if rest.len() < len && continues { rest.len() } else { 0 }
}
