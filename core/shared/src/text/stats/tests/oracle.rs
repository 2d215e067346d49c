//! The counts as the Unicode annex words them: every rule in its order, looking as far as it says, over properties
//! that ICU publishes. Slow, and written without a look at the counters.

use icu_properties::CodePointMapData;
use icu_properties::props::{
    GraphemeClusterBreak as G, IndicConjunctBreak as I, Script, SentenceBreak as S, WordBreak as W,
};

use crate::text::TextStats;
use crate::text::stats::page::page_number;
use crate::text::stats::tables::GRAPHEME_PAGES;

/// Alphabetic or a number.
fn alphanumeric(c: char) -> bool {
    c.is_alphanumeric()
}

/// Extended_Pictographic. ICU4X 2.2 does not have the set of Unicode 17 (nor Alphabetic), so this is our table's.
fn pictographic(c: char) -> bool {
    let byte = GRAPHEME_PAGES[page_number(c as usize >> 6)].0[c as usize & 0x3F];
    byte < 0x80 && byte & 0x21 == 0x20
}

/// All counts of `text`.
pub(super) fn stats(text: &str) -> TextStats {
    let chars: Vec<char> = text.chars().collect();
    let words: Vec<&[char]> = segments(&chars, word_boundaries(&chars));
    let words = || words.iter().filter(|word| word.iter().copied().any(alphanumeric));
    let sentences = segments(&chars, sentence_boundaries(&chars));
    let han_or_kana = |c: char| {
        let script = CodePointMapData::<Script>::new().get(c);
        let mark = matches!(c, '\u{16FF0}' | '\u{16FF1}');
        c >= '\u{2E80}' && !mark && matches!(script, Script::Han | Script::Hiragana | Script::Katakana)
    };
    TextStats {
        bytes: text.len() as u64,
        chars: chars.len() as u64,
        utf16_units: text.encode_utf16().count() as u64,
        graphemes: segments(&chars, grapheme_boundaries(&chars)).len() as u64,
        words: words().count() as u64,
        ideographs: words().filter(|word| word.len() == 1 && han_or_kana(word[0])).count() as u64,
        sentences: sentences.iter().filter(|s| s.iter().copied().any(alphanumeric)).count() as u64,
        lines: text.lines().count() as u64,
        paragraphs: text.lines().filter(|line| !line.trim().is_empty()).count() as u64,
    }
}

/// `boundaries` says for each character whether a segment begins with it.
fn segments(chars: &[char], boundaries: Vec<bool>) -> Vec<&[char]> {
    let mut starts: Vec<usize> = (0..chars.len()).filter(|at| boundaries[*at]).collect();
    starts.push(chars.len());
    starts.windows(2).map(|pair| &chars[pair[0]..pair[1]]).collect()
}

fn at<T: Copy>(classes: &[T], index: Option<usize>) -> Option<T> {
    index.and_then(|index| classes.get(index).copied())
}

pub(super) fn word_boundaries(chars: &[char]) -> Vec<bool> {
    let map = CodePointMapData::<W>::new();
    let class: Vec<W> = chars.iter().map(|c| map.get(*c)).collect();
    let ignored = |w: W| matches!(w, W::Extend | W::Format | W::ZWJ);
    let newline = |w: W| matches!(w, W::Newline | W::CR | W::LF);
    // The character that the marks at or before `index` belong to.
    let base = |mut index: usize| {
        while index > 0 && ignored(class[index]) && !newline(class[index - 1]) {
            index -= 1;
        }
        index
    };
    let before = |index: usize| index.checked_sub(1).map(base);
    let after = |index: usize| (index + 1..chars.len()).find(|next| !ignored(class[*next]));
    let letter = |w: Option<W>| matches!(w, Some(W::ALetter | W::HebrewLetter));
    let mid_letter = |w: W| matches!(w, W::MidLetter | W::MidNumLet | W::SingleQuote);
    let mid_number = |w: W| matches!(w, W::MidNum | W::MidNumLet | W::SingleQuote);
    (0..chars.len())
        .map(|i| {
            if i == 0 {
                return true;
            }
            let (a, b) = (class[i - 1], class[i]);
            if a == W::CR && b == W::LF {
                return false;
            }
            if newline(a) || newline(b) {
                return true;
            }
            if a == W::ZWJ && pictographic(chars[i]) {
                return false;
            }
            if a == W::WSegSpace && b == W::WSegSpace || ignored(b) {
                return false;
            }
            let first = base(i - 1);
            let a = class[first];
            // Before a mark that has no base, the mark is the base; it has no letter's class.
            let earlier = at(&class, before(first));
            let later = at(&class, after(i));
            let (l, r) = (letter(Some(a)), letter(Some(b)));
            let hebrew = Some(W::HebrewLetter);
            let joined = l && r
                || l && mid_letter(b) && letter(later)
                || letter(earlier) && mid_letter(a) && r
                || Some(a) == hebrew && b == W::SingleQuote
                || Some(a) == hebrew && b == W::DoubleQuote && later == hebrew
                || earlier == hebrew && a == W::DoubleQuote && Some(b) == hebrew
                || a == W::Numeric && b == W::Numeric
                || l && b == W::Numeric
                || a == W::Numeric && r
                || earlier == Some(W::Numeric) && mid_number(a) && b == W::Numeric
                || a == W::Numeric && mid_number(b) && later == Some(W::Numeric)
                || a == W::Katakana && b == W::Katakana
                || (l || matches!(a, W::Numeric | W::Katakana | W::ExtendNumLet)) && b == W::ExtendNumLet
                || a == W::ExtendNumLet && (r || matches!(b, W::Numeric | W::Katakana));
            if joined {
                return false;
            }
            if a == W::RegionalIndicator && b == W::RegionalIndicator {
                let mut run = 0;
                let mut index = Some(first);
                while at(&class, index) == Some(W::RegionalIndicator) {
                    run += 1;
                    index = index.and_then(before);
                }
                return run % 2 == 0;
            }
            true
        })
        .collect()
}

pub(super) fn sentence_boundaries(chars: &[char]) -> Vec<bool> {
    let map = CodePointMapData::<S>::new();
    let class: Vec<S> = chars.iter().map(|c| map.get(*c)).collect();
    let ignored = |s: S| matches!(s, S::Extend | S::Format);
    let paragraph = |s: S| matches!(s, S::Sep | S::CR | S::LF);
    let terminator = |s: S| matches!(s, S::ATerm | S::STerm);
    (0..chars.len())
        .map(|i| {
            if i == 0 {
                return true;
            }
            if class[i - 1] == S::CR && class[i] == S::LF {
                return false;
            }
            if paragraph(class[i - 1]) {
                return true;
            }
            if ignored(class[i]) {
                return false;
            }
            // What stands before and after without its marks (SB5).
            let paragraph_start = (0..i).rev().find(|at| paragraph(class[*at])).map_or(0, |at| at + 1);
            let left: Vec<S> = (paragraph_start..i)
                .filter(|at| *at == paragraph_start || !ignored(class[*at]))
                .map(|at| class[at])
                .collect();
            let right: Vec<S> = class[i..].iter().copied().filter(|s| !ignored(*s)).collect();
            let b = right[0];
            let back = |mut n: usize, s: S| {
                while n > 0 && left[n - 1] == s {
                    n -= 1;
                }
                n
            };
            let spaces = back(left.len(), S::Sp);
            let closes = back(spaces, S::Close);
            let direct = left.last().copied();
            let two = left.len().checked_sub(2).map(|n| left[n]);
            if direct == Some(S::ATerm) && b == S::Numeric {
                return false;
            }
            if matches!(two, Some(S::Upper | S::Lower)) && direct == Some(S::ATerm) && b == S::Upper {
                return false;
            }
            let Some(term) = closes.checked_sub(1).map(|n| left[n]).filter(|s| terminator(*s)) else {
                return false;
            };
            let stops =
                |s: &S| matches!(*s, S::OLetter | S::Upper | S::Lower) || paragraph(*s) || terminator(*s);
            if term == S::ATerm && right.iter().copied().find(|s| stops(s)) == Some(S::Lower) {
                return false;
            }
            if b == S::SContinue || terminator(b) {
                return false;
            }
            if spaces == left.len() && (b == S::Close || b == S::Sp || paragraph(b)) {
                return false;
            }
            !(b == S::Sp || paragraph(b))
        })
        .collect()
}

pub(super) fn grapheme_boundaries(chars: &[char]) -> Vec<bool> {
    let map = CodePointMapData::<G>::new();
    let conjuncts = CodePointMapData::<I>::new();
    let class: Vec<G> = chars.iter().map(|c| map.get(*c)).collect();
    let conjunct: Vec<I> = chars.iter().map(|c| conjuncts.get(*c)).collect();
    let control = |g: G| matches!(g, G::Control | G::CR | G::LF);
    (0..chars.len())
        .map(|i| {
            if i == 0 {
                return true;
            }
            let (a, b) = (class[i - 1], class[i]);
            if a == G::CR && b == G::LF {
                return false;
            }
            if control(a) || control(b) {
                return true;
            }
            if a == G::L && matches!(b, G::L | G::V | G::LV | G::LVT)
                || matches!(a, G::LV | G::V) && matches!(b, G::V | G::T)
                || matches!(a, G::LVT | G::T) && b == G::T
                || matches!(b, G::Extend | G::ZWJ | G::SpacingMark)
                || a == G::Prepend
            {
                return false;
            }
            if conjunct[i] == I::Consonant {
                let mut linked = false;
                let mut at = i;
                while at > 0 && matches!(conjunct[at - 1], I::Extend | I::Linker) {
                    at -= 1;
                    linked |= conjunct[at] == I::Linker;
                }
                if linked && at > 0 && conjunct[at - 1] == I::Consonant {
                    return false;
                }
            }
            if pictographic(chars[i]) && a == G::ZWJ {
                let mut at = i - 1;
                while at > 0 && class[at - 1] == G::Extend {
                    at -= 1;
                }
                if at > 0 && pictographic(chars[at - 1]) {
                    return false;
                }
            }
            if a == G::RegionalIndicator && b == G::RegionalIndicator {
                let run = class[..i].iter().rev().take_while(|g| **g == G::RegionalIndicator).count();
                return run % 2 == 0;
            }
            true
        })
        .collect()
}
