//! The search itself: candidates of the filter are compared element by element, and what fails goes on where it can
//! (Knuth, Morris and Pratt), so that no part of a text is compared twice whatever text and pattern are.

use std::ops::Range;

use super::elements::{Context, Element, Elements, before, decode};
use super::filter::{BLOCK, Hits};
use super::pattern::{Compared, Pattern};
use super::simple::Simple;
use super::words::is_whole;
use crate::limits;
use crate::text::dispatch::Path;
use crate::text::fold::table::Character;

/// The longest match, in bytes of the text.
const MOST: usize = limits::FIND_MATCH_BYTES as usize;

/// A search in one stretch of text.
pub(super) struct Search<'t> {
    path: Path,
    pattern: &'t Pattern,
    text: &'t [u8],
    /// Whether the text ends here; else more is to come.
    is_last: bool,
    /// Every match that begins before this has been found.
    from: usize,
    /// Up to here a match may begin whatever stands there: nothing that is compared stands before it.
    head: usize,
    /// Candidates of the filter: a block, a bit for each that is left, the next blocks, and where no block has been
    /// looked at from.
    block: usize,
    candidates: u64,
    hits: Hits,
    next_block: usize,
    /// The comparison that is under way, if one is.
    is_comparing: bool,
    /// It may stop where nothing matches from this place on.
    until: usize,
    elements: Elements<'t>,
    /// The element behind a match that has been given out.
    again: Option<Element>,
    /// How many elements match, where the first of them stands, and where the last of a full match ends.
    matched: usize,
    start: usize,
    end: usize,
    /// What to know for reading again from the start.
    context: Context,
    /// Finds later starts.
    starts: Elements<'t>,
}

/// How a search goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Match(Range<usize>),
    /// The text is at its end; matches that begin from here on need more of it.
    End(usize, Context),
}

/// Whether a full match is one.
enum Verdict {
    Accepted(Range<usize>),
    Rejected,
    /// What decides stands behind the end of the text.
    Later,
}

impl<'t> Search<'t> {
    /// Looks for matches that begin at `from` or later.
    pub(super) fn new(
        path: Path,
        pattern: &'t Pattern,
        text: &'t [u8],
        is_last: bool,
        from: usize,
        context: Context,
    ) -> Self {
        let distinct = pattern.options.distinct();
        let elements = |context| Elements::new(text, from, is_last, distinct, context);
        let mut head = from;
        while context.is_at_start()
            && let Some((Some(character), len)) = decode(text, head)
            && Character::of(character).parts(distinct).as_slice().is_empty()
        {
            head += len;
        }
        Self {
            path,
            pattern,
            text,
            is_last,
            from,
            head: if context.is_at_start() { head } else { 0 },
            block: 0,
            candidates: 0,
            hits: Hits::new(),
            next_block: from,
            // Without a filter the comparison runs through the whole text.
            is_comparing: pattern.filter.is_none(),
            until: usize::MAX,
            elements: elements(context),
            again: None,
            matched: 0,
            start: from,
            end: from,
            context,
            starts: elements(context),
        }
    }

    pub(super) fn next(&mut self) -> Step {
        loop {
            if self.is_comparing {
                if let Some(step) = self.compare() {
                    return step;
                }
                continue;
            }
            match self.candidate() {
                // A character that is found by its second byte is none of the pattern's.
                Some(candidate) if candidate < self.from || self.text[candidate] & 0xC0 == 0x80 => {}
                Some(candidate) => {
                    if let Some(found) = self.compare_letters(candidate) {
                        return Step::Match(found);
                    }
                }
                None if self.is_last => return Step::End(self.text.len(), Context::default()),
                None => {
                    // What the last bytes begin is compared whatever it is.
                    self.start_before(self.next_block.max(self.from).min(self.text.len()));
                    self.until = usize::MAX;
                }
            }
        }
    }

    /// The next candidate; none if the rest of the text has none, as far as the filter sees.
    #[inline]
    fn candidate(&mut self) -> Option<usize> {
        while self.candidates == 0 {
            (self.block, self.candidates) = match self.hits.take() {
                Some(found) => found,
                None => self.scan()?,
            };
        }
        let at = self.block + self.candidates.trailing_zeros() as usize;
        self.candidates &= self.candidates - 1;
        Some(at)
    }

    /// The next block that has candidates.
    fn scan(&mut self) -> Option<(usize, u64)> {
        let filter = self.pattern.filter.as_ref()?;
        self.next_block = self.next_block.max(self.from);
        loop {
            self.hits.clear();
            let from = self.next_block;
            self.next_block = filter.scan(self.path, self.text, from, &mut self.hits);
            if let Some(found) = self.hits.take() {
                return Some(found);
            }
            if self.next_block > from {
                continue;
            }
            if !self.is_last || from >= self.text.len() {
                return None;
            }
            self.next_block += BLOCK;
            return Some((from, filter.scan_end(self.text, from)));
        }
    }

    /// Compares the pattern at a candidate with what stands there, if that are characters of one letter each. Else a
    /// comparison by elements begins.
    #[inline]
    fn compare_letters(&mut self, candidate: usize) -> Option<Range<usize>> {
        let anchor = self.pattern.filter.as_ref().map_or(0, |filter| filter.anchor);
        let ascii = self.pattern.letters.as_ref().zip(candidate.checked_sub(anchor));
        let (compared, range) = match ascii.filter(|(_, start)| *start >= self.from) {
            Some((letters, start)) => {
                let range = start..start + letters.len();
                match letters.compare(self.text, start) {
                    // A mark or what is ignored may stand behind, but no ASCII is any.
                    Compared::Equal if !self.text.get(range.end).is_some_and(u8::is_ascii) => {
                        (Compared::Unknown, range)
                    }
                    known => (known, range),
                }
            }
            None => (Compared::Unknown, 0..0),
        };
        let (compared, range) = match compared {
            Compared::Unknown => self.simple().compare(candidate, anchor),
            known => (known, range),
        };
        if compared == Compared::Differs {
            return None;
        }
        if compared == Compared::Equal {
            match self.verdict(range) {
                Verdict::Accepted(found) => {
                    self.from = found.end;
                    return Some(found);
                }
                Verdict::Rejected => return None,
                Verdict::Later => {}
            }
        }
        self.start_before(candidate);
        None
    }

    fn simple(&self) -> Simple<'_> {
        Simple { text: self.text, from: self.from, is_last: self.is_last, pattern: self.pattern }
    }

    /// Begins a comparison so far before `candidate` that every match that has its anchor there is seen.
    fn start_before(&mut self, candidate: usize) {
        let distinct = self.pattern.options.distinct();
        let mut missing = self.pattern.filter.as_ref().map_or(0, |filter| filter.anchor);
        let mut start = candidate;
        while start > self.from && self.text.get(start).is_some_and(|byte| byte & 0xC0 == 0x80) {
            start -= 1;
        }
        let least = self.from.max(start.saturating_sub(MOST));
        while missing > 0 && start > least {
            let Some(place) = before(self.text, start) else { break };
            start = place.max(least);
            let character = decode(self.text, start).and_then(|(character, _)| character);
            let parts =
                character.map_or(1, |character| Character::of(character).parts(distinct).as_slice().len());
            missing = missing.saturating_sub(parts);
        }
        let context = if start <= self.head { Context::default() } else { Context::nearby(self.text, start) };
        self.elements.restart(start, context);
        (self.is_comparing, self.until, self.matched) = (true, candidate, 0);
    }

    /// Compares on until a match is certain or nothing matches from the candidate on.
    fn compare(&mut self) -> Option<Step> {
        let code_points = &self.pattern.code_points[..];
        while let Some(element) = self.again.take().or_else(|| self.elements.next()) {
            if self.matched == code_points.len() {
                match self.verdict(self.start..self.end) {
                    Verdict::Accepted(found) if element.begins => {
                        self.again = Some(element).filter(|_| self.pattern.filter.is_none());
                        return Some(self.found(found));
                    }
                    Verdict::Later if element.begins => return Some(Step::End(self.start, self.context)),
                    _ => self.fall_back(),
                }
            }
            while self.matched > 0 && code_points[self.matched] != element.code_point() {
                self.fall_back();
            }
            if code_points[self.matched] != element.code_point() {
                if element.start >= self.until
                    && let Some((place, _)) = self.elements.place()
                {
                    (self.is_comparing, self.from) = (false, place);
                    return None;
                }
            } else if self.matched > 0 || element.begins {
                if self.matched == 0 {
                    (self.start, self.context) = (element.start, element.context());
                }
                self.matched += 1;
                self.end = element.end;
            }
        }
        self.compared_all()
    }

    /// Where the text is at its end while a comparison is under way.
    fn compared_all(&mut self) -> Option<Step> {
        if self.is_last {
            if self.matched == self.pattern.code_points.len()
                && let Verdict::Accepted(found) = self.verdict(self.start..self.end)
            {
                return Some(self.found(found));
            }
            return Some(Step::End(self.text.len(), Context::default()));
        }
        // What began too long ago can no longer be a match.
        while self.matched > 0 && self.text.len() - self.start > MOST {
            self.fall_back();
        }
        if self.matched > 0 {
            return Some(Step::End(self.start, self.context));
        }
        let (place, context) = self.elements.waiting(MOST);
        Some(Step::End(place, context))
    }

    fn found(&mut self, found: Range<usize>) -> Step {
        self.matched = 0;
        self.from = found.end;
        self.is_comparing = self.pattern.filter.is_none();
        Step::Match(found)
    }

    /// Takes as much of what matches as the beginning of a later match as can be.
    fn fall_back(&mut self) {
        let borders = &self.pattern.borders;
        let mut border = borders[self.matched] as usize;
        if border > 0 {
            self.starts.restart(self.start, self.context);
        }
        while border > 0 {
            let mut first = None;
            for _ in 0..=self.matched - border {
                first = self.starts.next();
            }
            match first {
                Some(first) if first.begins => {
                    (self.matched, self.start, self.context) = (border, first.start, first.context());
                    return;
                }
                _ => {
                    // One element further has been read.
                    self.matched = border - 1;
                    border = borders[border] as usize;
                }
            }
        }
        self.matched = 0;
    }

    /// Whether the elements in `range`, a full match that may end there, are one; with the marks behind them that
    /// fold to nothing.
    fn verdict(&self, range: Range<usize>) -> Verdict {
        let mut end = range.end;
        while let Some((Some(character), len)) = decode(self.text, end)
            && !character.is_ascii()
            && self.extends(character)
        {
            end += len;
        }
        if end - range.start > MOST {
            return Verdict::Rejected;
        }
        let found = range.start..end;
        if !self.pattern.options.whole_word {
            return Verdict::Accepted(found);
        }
        match is_whole(self.text, &found, self.is_last) {
            Some(true) => Verdict::Accepted(found),
            Some(false) => Verdict::Rejected,
            None => Verdict::Later,
        }
    }

    /// Whether the character folds to nothing and belongs to what is before it.
    fn extends(&self, character: char) -> bool {
        let known = Character::of(character);
        known.extends() && known.parts(self.pattern.options.distinct()).as_slice().is_empty()
    }
}
