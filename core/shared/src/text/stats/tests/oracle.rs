//! The counts as the Unicode annex words them: every rule in its order, looking as far as it says, over the
//! files of the Unicode Character Database. Slow, and written without a look at the counters.

use std::sync::LazyLock;

use crate::text::TextStats;

/// The value of each code point in a file of the Unicode Character Database.
struct Property {
    values: Vec<u8>,
    names: Vec<&'static str>,
}

impl Property {
    /// Reads lines like `0041..005A;ALetter`, those with `only` if there is one.
    fn parse(text: &'static str, only: Option<&str>) -> Self {
        let mut property = Self { values: vec![0; 0x11_0000], names: vec!["Other"] };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (range, name) = line.split_once(';').unwrap();
            if only.is_some_and(|only| only != name) {
                continue;
            }
            let value = property.names.iter().position(|known| *known == name).unwrap_or_else(|| {
                property.names.push(name);
                property.names.len() - 1
            });
            let (first, last) = range.split_once("..").unwrap_or((range, range));
            let [first, last] = [first, last].map(|point| usize::from_str_radix(point, 16).unwrap());
            property.values[first..=last].fill(value as u8);
        }
        property
    }

    fn of(&self, c: char) -> &'static str {
        self.names[usize::from(self.values[c as usize])]
    }
}

macro_rules! property {
    ($name:ident, $file:literal, $only:expr) => {
        static $name: LazyLock<Property> = LazyLock::new(|| {
            const TEXT: &str =
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../xtask/unicode-17.0.0/", $file));
            Property::parse(TEXT, $only)
        });
    };
}

property!(WORD_BREAK, "WordBreak.txt", None);
property!(SENTENCE_BREAK, "SentenceBreak.txt", None);
property!(GRAPHEME_BREAK, "GraphemeBreak.txt", None);
property!(CONJUNCT_BREAK, "IndicConjunctBreak.txt", None);
property!(SCRIPT, "Scripts.txt", None);
property!(PICTOGRAPHIC, "BinaryProperties.txt", Some("Extended_Pictographic"));

/// Alphabetic or a number.
fn alphanumeric(c: char) -> bool {
    c.is_alphanumeric()
}

fn pictographic(c: char) -> bool {
    PICTOGRAPHIC.of(c) != "Other"
}

/// All counts of `text`.
pub(super) fn stats(text: &str) -> TextStats {
    let chars: Vec<char> = text.chars().collect();
    let words: Vec<&[char]> = segments(&chars, word_boundaries(&chars));
    let words = || words.iter().filter(|word| word.iter().copied().any(alphanumeric));
    let sentences = segments(&chars, sentence_boundaries(&chars));
    let han_or_kana = |c: char| {
        let mark = matches!(c, '\u{16FF0}' | '\u{16FF1}');
        c >= '\u{2E80}' && !mark && matches!(SCRIPT.of(c), "Han" | "Hiragana" | "Katakana")
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
    let class: Vec<&'static str> = chars.iter().map(|c| WORD_BREAK.of(*c)).collect();
    let ignored = |w: &str| matches!(w, "Extend" | "Format" | "ZWJ");
    let newline = |w: &str| matches!(w, "Newline" | "CR" | "LF");
    // The character that the marks at or before `index` belong to.
    let base = |mut index: usize| {
        while index > 0 && ignored(class[index]) && !newline(class[index - 1]) {
            index -= 1;
        }
        index
    };
    let before = |index: usize| index.checked_sub(1).map(base);
    let after = |index: usize| (index + 1..chars.len()).find(|next| !ignored(class[*next]));
    let letter = |w: Option<&'static str>| matches!(w, Some("ALetter" | "Hebrew_Letter"));
    let mid_letter = |w: &str| matches!(w, "MidLetter" | "MidNumLet" | "Single_Quote");
    let mid_number = |w: &str| matches!(w, "MidNum" | "MidNumLet" | "Single_Quote");
    (0..chars.len())
        .map(|i| {
            if i == 0 {
                return true;
            }
            let (a, b) = (class[i - 1], class[i]);
            if a == "CR" && b == "LF" {
                return false;
            }
            if newline(a) || newline(b) {
                return true;
            }
            if a == "ZWJ" && pictographic(chars[i]) {
                return false;
            }
            if a == "WSegSpace" && b == "WSegSpace" || ignored(b) {
                return false;
            }
            let first = base(i - 1);
            let a = class[first];
            // Before a mark that has no base, the mark is the base; it has no letter's class.
            let earlier = at(&class, before(first));
            let later = at(&class, after(i));
            let (l, r) = (letter(Some(a)), letter(Some(b)));
            let hebrew = Some("Hebrew_Letter");
            let joined = l && r
                || l && mid_letter(b) && letter(later)
                || letter(earlier) && mid_letter(a) && r
                || Some(a) == hebrew && b == "Single_Quote"
                || Some(a) == hebrew && b == "Double_Quote" && later == hebrew
                || earlier == hebrew && a == "Double_Quote" && Some(b) == hebrew
                || a == "Numeric" && b == "Numeric"
                || l && b == "Numeric"
                || a == "Numeric" && r
                || earlier == Some("Numeric") && mid_number(a) && b == "Numeric"
                || a == "Numeric" && mid_number(b) && later == Some("Numeric")
                || a == "Katakana" && b == "Katakana"
                || (l || matches!(a, "Numeric" | "Katakana" | "ExtendNumLet")) && b == "ExtendNumLet"
                || a == "ExtendNumLet" && (r || matches!(b, "Numeric" | "Katakana"));
            if joined {
                return false;
            }
            if a == "Regional_Indicator" && b == "Regional_Indicator" {
                let mut run = 0;
                let mut index = Some(first);
                while at(&class, index) == Some("Regional_Indicator") {
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
    let class: Vec<&'static str> = chars.iter().map(|c| SENTENCE_BREAK.of(*c)).collect();
    let ignored = |s: &str| matches!(s, "Extend" | "Format");
    let paragraph = |s: &str| matches!(s, "Sep" | "CR" | "LF");
    let terminator = |s: &str| matches!(s, "ATerm" | "STerm");
    (0..chars.len())
        .map(|i| {
            if i == 0 {
                return true;
            }
            if class[i - 1] == "CR" && class[i] == "LF" {
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
            let left: Vec<&'static str> = (paragraph_start..i)
                .filter(|at| *at == paragraph_start || !ignored(class[*at]))
                .map(|at| class[at])
                .collect();
            let right: Vec<&'static str> = class[i..].iter().copied().filter(|s| !ignored(s)).collect();
            let b = right[0];
            let back = |mut n: usize, s: &str| {
                while n > 0 && left[n - 1] == s {
                    n -= 1;
                }
                n
            };
            let spaces = back(left.len(), "Sp");
            let closes = back(spaces, "Close");
            let direct = left.last().copied();
            let two = left.len().checked_sub(2).map(|n| left[n]);
            if direct == Some("ATerm") && b == "Numeric" {
                return false;
            }
            if matches!(two, Some("Upper" | "Lower")) && direct == Some("ATerm") && b == "Upper" {
                return false;
            }
            let Some(term) = closes.checked_sub(1).map(|n| left[n]).filter(|s| terminator(s)) else {
                return false;
            };
            let stops =
                |s: &&str| matches!(*s, "OLetter" | "Upper" | "Lower") || paragraph(s) || terminator(s);
            if term == "ATerm" && right.iter().copied().find(|s| stops(s)) == Some("Lower") {
                return false;
            }
            if b == "SContinue" || terminator(b) {
                return false;
            }
            if spaces == left.len() && (b == "Close" || b == "Sp" || paragraph(b)) {
                return false;
            }
            !(b == "Sp" || paragraph(b))
        })
        .collect()
}

pub(super) fn grapheme_boundaries(chars: &[char]) -> Vec<bool> {
    let class: Vec<&'static str> = chars.iter().map(|c| GRAPHEME_BREAK.of(*c)).collect();
    let conjunct: Vec<&'static str> = chars.iter().map(|c| CONJUNCT_BREAK.of(*c)).collect();
    let control = |g: &str| matches!(g, "Control" | "CR" | "LF");
    (0..chars.len())
        .map(|i| {
            if i == 0 {
                return true;
            }
            let (a, b) = (class[i - 1], class[i]);
            if a == "CR" && b == "LF" {
                return false;
            }
            if control(a) || control(b) {
                return true;
            }
            if a == "L" && matches!(b, "L" | "V" | "LV" | "LVT")
                || matches!(a, "LV" | "V") && matches!(b, "V" | "T")
                || matches!(a, "LVT" | "T") && b == "T"
                || matches!(b, "Extend" | "ZWJ" | "SpacingMark")
                || a == "Prepend"
            {
                return false;
            }
            if conjunct[i] == "Consonant" {
                let mut linked = false;
                let mut at = i;
                while at > 0 && matches!(conjunct[at - 1], "Extend" | "Linker") {
                    at -= 1;
                    linked |= conjunct[at] == "Linker";
                }
                if linked && at > 0 && conjunct[at - 1] == "Consonant" {
                    return false;
                }
            }
            if pictographic(chars[i]) && a == "ZWJ" {
                let mut at = i - 1;
                while at > 0 && class[at - 1] == "Extend" {
                    at -= 1;
                }
                if at > 0 && pictographic(chars[at - 1]) {
                    return false;
                }
            }
            if a == "Regional_Indicator" && b == "Regional_Indicator" {
                let run = class[..i].iter().rev().take_while(|g| **g == "Regional_Indicator").count();
                return run % 2 == 0;
            }
            true
        })
        .collect()
}
