//! The passage of a text that shows best why it matches, and where.
//!
//! The search table keeps no text, so the passage is found by reading the text as the table's rows were made. Reading
//! stops as soon as one window holds every term, and at the latest [`SNIPPET_SCAN_BYTES`] behind the first match.

use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};

use writemagic_shared::limits::{SNIPPET_CHARS, SNIPPET_SCAN_BYTES};
use writemagic_shared::text::segment::{self, Unit};
use writemagic_shared::text::utf16;

use super::query::Term;
use super::tokens::each_token;

const WIDTH: usize = SNIPPET_CHARS as usize;
/// Characters shown before the first match, at most.
const LEAD: usize = 40;
/// Characters that the matches of one passage span, at most: the passage may end a little early, at a whole grapheme.
const FIT: usize = WIDTH - 16;

/// A passage and the matches in it, in UTF-16 units.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    pub(super) text: String,
    /// Ascending and disjoint, each that of one term.
    pub(super) ranges: Vec<Range<u64>>,
}

/// The best passage of `text` for these terms: the earliest of those that hold most of them, at most
/// [`SNIPPET_CHARS`] characters and an ellipsis where it is cut. Without a match it is the beginning of the text.
pub(super) fn snippet(text: &str, terms: &[Term]) -> Snippet {
    let best = best_start(text, terms);
    let start = best.map_or(0, |best| best.start);
    let limit = cut(text, start);
    let mut end = limit;
    let mut matches: Vec<Range<usize>> = Vec::new();
    let mut matcher = Matcher::new(terms);
    let _ = each_token(&text[start..], |token, range| {
        let range = start + range.start..start + range.end;
        if range.start >= limit {
            return ControlFlow::Break(());
        }
        if range.end > limit {
            // The cut goes through this word. A single word that is longer than the snippet is cut all the same.
            if range.start > start {
                end = range.start;
            }
            return ControlFlow::Break(());
        }
        matcher.push(token, range, |_, found| add(&mut matches, found));
        ControlFlow::Continue(())
    });
    if best.is_some_and(|best| best.distinct == 0) {
        end = limit;
        matches.clear();
        matches.push(start..limit);
    }
    show(text, start..end, &matches)
}

/// Adds a match. Of matches that overlap the union stays, so that each character is marked once.
fn add(matches: &mut Vec<Range<usize>>, mut found: Range<usize>) {
    while let Some(last) = matches.last().filter(|last| last.end > found.start) {
        found = found.start.min(last.start)..found.end.max(last.end);
        matches.pop();
    }
    matches.push(found);
}

/// The passage that starts at the byte `start` and holds `distinct` terms; none if a single match fills it.
#[derive(Clone, Copy)]
struct Best {
    distinct: usize,
    start: usize,
}

/// The best passage; `None` without a match. Its start is a token some way before its first match.
fn best_start(text: &str, terms: &[Term]) -> Option<Best> {
    let mut finder = Finder {
        text,
        matcher: Matcher::new(terms),
        last: Position { byte: 0, chars: 0 },
        starts: VecDeque::new(),
        window: Vec::new(),
        best: None,
    };
    let mut first_match = None;
    let _ = each_token(text, |token, range| {
        if first_match.is_some_and(|first| range.end - first > SNIPPET_SCAN_BYTES as usize) {
            return ControlFlow::Break(());
        }
        let found = finder.push(token, range.clone());
        if found {
            first_match.get_or_insert(range.end);
        }
        match finder.best {
            Some(best) if best.distinct == terms.len() => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    finder.best
}

#[derive(Clone, Copy)]
struct Position {
    byte: usize,
    chars: usize,
}

struct Finder<'a> {
    text: &'a str,
    matcher: Matcher<'a>,
    /// How far characters are counted.
    last: Position,
    /// Where tokens start, as far back as a passage reaches.
    starts: VecDeque<Position>,
    /// The last matches that one passage could hold: term and start.
    window: Vec<(usize, Position)>,
    /// The first of the passages that hold most.
    best: Option<Best>,
}

impl Finder<'_> {
    /// Takes the next token; returns whether a match ends with it.
    fn push(&mut self, token: &str, range: Range<usize>) -> bool {
        let start = self.advance(range.start);
        let end = self.advance(range.end);
        self.starts.push_back(start);
        while self.starts.front().is_some_and(|first| end.chars - first.chars > WIDTH + LEAD) {
            self.starts.pop_front();
        }
        let mut ended = Vec::new();
        self.matcher.push(token, range, |term, found| ended.push((term, found.start)));
        for (term, byte) in &ended {
            let chars = end.chars - self.text[*byte..end.byte].chars().count();
            if end.chars - chars > FIT {
                self.best = self.best.or(Some(Best { distinct: 0, start: *byte }));
                continue;
            }
            self.window.retain(|(_, start)| end.chars - start.chars <= FIT);
            self.window.push((*term, Position { byte: *byte, chars }));
            let mut distinct: Vec<usize> = self.window.iter().map(|(term, _)| *term).collect();
            distinct.sort_unstable();
            distinct.dedup();
            let first = self.window.iter().map(|(_, start)| *start).min_by_key(|start| start.byte);
            if let Some(first) = first.filter(|_| self.best.is_none_or(|best| distinct.len() > best.distinct))
            {
                self.best = Some(Best { distinct: distinct.len(), start: self.lead_in(first, end) });
            }
        }
        !ended.is_empty()
    }

    /// The position of `byte`, which is not before the last one asked for.
    fn advance(&mut self, byte: usize) -> Position {
        let chars = self.last.chars + self.text[self.last.byte..byte].chars().count();
        self.last = Position { byte, chars };
        self.last
    }

    /// Where a passage with the matches from `first` to `end` starts: as early as there is room, at a token that starts
    /// what a reader takes for a character; the beginning of the text rather than a token near to it.
    fn lead_in(&self, first: Position, end: Position) -> usize {
        let earliest = first.chars.saturating_sub(LEAD).max(end.chars.saturating_sub(FIT));
        if earliest == 0 {
            return 0;
        }
        let fits = |start: &&Position| start.chars >= earliest && start.byte <= first.byte;
        let whole = |start: &&Position| segment::is_boundary(self.text, Unit::Grapheme, start.byte);
        self.starts.iter().filter(fits).find(whole).map_or(first.byte, |start| start.byte)
    }
}

/// The end of the last whole grapheme within a passage from `start`; of one that is longer, as much as fits.
fn cut(text: &str, start: usize) -> usize {
    let mut end = start;
    let mut room = WIDTH;
    for grapheme in segment::graphemes(&text[start..]) {
        let chars = text[start..][grapheme.clone()].chars().count();
        if chars > room {
            break;
        }
        room -= chars;
        end += grapheme.len();
    }
    if end == start {
        end = text[start..].char_indices().nth(WIDTH).map_or(text.len(), |(byte, _)| start + byte);
    }
    end
}

/// The passage as shown: each line break a space, an ellipsis at each cut, matches in UTF-16 units of it.
fn show(text: &str, shown: Range<usize>, matches: &[Range<usize>]) -> Snippet {
    let mut snippet = Snippet { text: String::with_capacity(shown.len() + 6), ranges: Vec::new() };
    if shown.start > 0 {
        snippet.text.push('…');
    }
    let mut at = shown.start;
    for found in matches {
        append(&mut snippet.text, &text[at..found.start]);
        let start = utf16::len(&snippet.text);
        append(&mut snippet.text, &text[found.clone()]);
        snippet.ranges.push(start..utf16::len(&snippet.text));
        at = found.end;
    }
    append(&mut snippet.text, &text[at..shown.end]);
    if shown.end < text.len() {
        snippet.text.truncate(snippet.text.trim_end().len());
        snippet.text.push('…');
    }
    snippet
}

fn append(shown: &mut String, text: &str) {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // The `\n` behind it is the space of both.
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => shown.push(' '),
            _ => shown.push(character),
        }
    }
}

/// Finds where terms occur in a stream of tokens.
struct Matcher<'a> {
    terms: &'a [Term],
    /// The last tokens, as many as the longest term has, and the bytes they were made of.
    recent: VecDeque<(String, Range<usize>)>,
    longest: usize,
}

impl<'a> Matcher<'a> {
    fn new(terms: &'a [Term]) -> Self {
        let longest = terms.iter().map(|term| term.tokens.len()).max().unwrap_or(0);
        Self { terms, recent: VecDeque::new(), longest }
    }

    /// Takes the next token and tells which terms end with it, by index, and where each occurrence stands.
    fn push(&mut self, token: &str, range: Range<usize>, mut found: impl FnMut(usize, Range<usize>)) {
        // The buffer of the token that leaves is used again.
        let mut kept = String::new();
        if self.recent.len() >= self.longest
            && let Some((oldest, _)) = self.recent.pop_front()
        {
            kept = oldest;
            kept.clear();
        }
        kept.push_str(token);
        self.recent.push_back((kept, range.clone()));
        for (index, term) in self.terms.iter().enumerate() {
            if let Some(start) = self.start_of(term) {
                found(index, start..range.end);
            }
        }
    }

    /// Where the occurrence of `term` starts that ends with the last token.
    fn start_of(&self, term: &Term) -> Option<usize> {
        let mut recent = self.recent.iter().rev();
        let mut start = None;
        for (behind, expected) in term.tokens.iter().rev().enumerate() {
            let (token, range) = recent.next()?;
            let matches =
                if behind == 0 && term.prefix { token.starts_with(expected) } else { token == expected };
            if !matches {
                return None;
            }
            start = Some(range.start);
        }
        start
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::query::Query;
    use super::*;

    /// The snippet with its matches in square brackets.
    fn marked(text: &str, query: &str) -> String {
        let found = snippet(text, &Query::parse(query).unwrap().terms);
        let units: Vec<u16> = found.text.encode_utf16().collect();
        let slice =
            |range: Range<u64>| String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap();
        let mut marked = String::new();
        let mut at = 0;
        for range in found.ranges {
            marked += &format!("{}[{}]", slice(at..range.start), slice(range.clone()));
            at = range.end;
        }
        marked + &slice(at..units.len() as u64)
    }

    #[test]
    fn matches_are_marked_where_they_stand() {
        assert_eq!(marked("One café, two CAFÉS.", "cafe caf*"), "One [café], two [CAFÉS].");
        assert_eq!(
            marked("😀 well-known; well\r\nknown\n\nend", "well-known"),
            "😀 [well-known]; [well known]  end"
        );
        assert_eq!(marked("日本語の日本", "日本"), "[日本]語の[日本]");
        assert_eq!(marked("你。好 你好", "你好 -吗"), "你。好 [你好]");
        assert_eq!(marked("人人人", "人人"), "[人人人]");
        assert_eq!(marked("か\u{3099}き", "が"), "[か\u{3099}]き");
    }

    #[test]
    fn without_a_match_the_beginning_is_shown() {
        assert_eq!(marked("Only the title says it.\nYes.", "night"), "Only the title says it. Yes.");
        assert_eq!(marked("", "night"), "");
        let long = "word ".repeat(100);
        let shown = marked(&long, "night");
        assert_eq!(shown, format!("{}…", "word ".repeat(32).trim_end()));
    }

    #[test]
    fn the_passage_with_most_terms_is_shown_cut_between_words() {
        let filler = "lorem ipsum dolor ".repeat(30);
        let text = format!("{filler}red {filler}a red and blue bird {filler}blue red");
        let shown = marked(&text, "red blue");
        assert!(shown.contains("a [red] and [blue] bird lorem"), "{shown}");
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(
            shown.trim_matches('…').split(' ').all(|word| text.contains(word.trim_matches(&['[', ']'][..])))
        );
        assert!(shown.chars().count() <= WIDTH + 2 + 4);
    }

    #[test]
    fn a_word_longer_than_a_snippet_is_cut_and_still_marked() {
        let long = "x".repeat(400);
        assert_eq!(marked(&format!("a {long} b"), &long), format!("…[{}]…", "x".repeat(WIDTH)));
        let shown = marked(&format!("a {long} b"), "b");
        assert!(shown.contains("[b]"), "{shown}");
    }

    #[test]
    fn reading_stops_a_mebibyte_behind_the_first_match() {
        let far = "- ".repeat(SNIPPET_SCAN_BYTES as usize / 2);
        assert!(marked(&format!("red {far} x blue red"), "red blue").starts_with("[red]"));
        let near = "- ".repeat(SNIPPET_SCAN_BYTES as usize / 2 - 10);
        assert!(marked(&format!("red {near} x blue red"), "red blue").ends_with("[blue] [red]"));
    }

    proptest! {
        #[test]
        fn every_range_is_a_match_and_what_matches_is_marked(
            words in prop::collection::vec(prop::sample::select(vec![
                "red", "Blue", "well-known", "naïve", "日本", "本", "。", "\n", "\r\n", " ", ", ", "กา", "\u{e49}", "か", "\u{3099}",
                "😀", "👨\u{200d}👩\u{200d}👧", "e\u{301}", "_", "lorem ipsum dolor sit amet", "\u{ad}", "x",
            ]), 0..120),
            query in prop::sample::select(vec![
                "red", "blue red", "known", "well-known", "naive x", "日本", "本日", "กา", "\u{e49}", "が", "lor* -x", "\"dolor sit\" e",
            ]),
        ) {
            let text = words.join("");
            let terms = Query::parse(query).unwrap().terms;
            let found = snippet(&text, &terms);
            let matches_in = |text: &str| {
                let mut count = 0;
                let mut matcher = Matcher::new(&terms);
                let _: ControlFlow<()> = each_token(text, |token, range| {
                    matcher.push(token, range, |_, _| count += 1);
                    ControlFlow::Continue(())
                });
                count
            };
            prop_assert!(found.text.chars().count() <= WIDTH + 2);
            prop_assert_eq!(found.ranges.is_empty(), matches_in(&text) == 0);
            let units: Vec<u16> = found.text.encode_utf16().collect();
            let mut end = 0;
            for range in &found.ranges {
                prop_assert!(range.start >= end && range.end > range.start && range.end <= units.len() as u64);
                end = range.end;
                let marked = String::from_utf16(&units[range.start as usize..range.end as usize]).unwrap();
                prop_assert!(matches_in(&marked) > 0, "{:?} in {:?}", marked, found.text);
            }
        }
    }
}
