//! Words: the classes of Word_Break with what makes a segment a word, and the rules of Unicode Annex #29 over them.

use anyhow::{Result, ensure};

use super::super::ucd::Ucd;
use super::automaton::{Automaton, Counts};

/// Written above the table.
pub(super) const DOC: &str = "Word_Break in bits: 1 letter, 2 number, 4 mid-letter (or, with 128, one Han or Kana \
character), 8 mid-number, 16 joins (`_`), 32 Katakana, 33 Hebrew letter, 48 pictograph, 50 regional indicator, \
64 ignored (Extend, Format; 80 is ZWJ), 128 alphabetic or a number.";

const NUMBER: u8 = 2;
const MID_LETTER: u8 = 4;
const MID_NUMBER: u8 = 8;
const EXTEND_NUM_LET: u8 = 16;
const KATAKANA: u8 = 32;
const HEBREW: u8 = 33;
const PICTOGRAPH: u8 = 48;
const REGIONAL: u8 = 50;
const IGNORED: u8 = 64;
const ZWJ: u8 = 80;
const ALPHANUMERIC: u8 = 128;
const HAN_OR_KANA: u8 = 4 | ALPHANUMERIC;
/// An ordinary letter: Hangul syllables have this byte.
pub(super) const LETTER: u8 = 1 | ALPHANUMERIC;
/// Han ideographs have this byte.
pub(super) const IDEOGRAPH: u8 = HAN_OR_KANA;

/// The byte of a code point.
pub(super) fn class(ucd: &Ucd, c: u32) -> u8 {
    let pictograph = ucd.extended_pictographic[c as usize];
    let word_break = ucd.word_break.get(c);
    let byte = match word_break {
        "ALetter" => 1,
        "Hebrew_Letter" => HEBREW,
        "Numeric" => NUMBER,
        "Katakana" => KATAKANA,
        "ExtendNumLet" => EXTEND_NUM_LET,
        "MidLetter" => MID_LETTER,
        "MidNum" => MID_NUMBER,
        "MidNumLet" | "Single_Quote" => MID_LETTER | MID_NUMBER,
        "Regional_Indicator" => REGIONAL,
        "Extend" | "Format" => IGNORED,
        "ZWJ" => ZWJ,
        _ => 0,
    };
    let byte = byte | if pictograph { PICTOGRAPH } else { 0 };
    let alphanumeric = ucd.is_alphanumeric(c);
    let script = matches!(ucd.script.get(c), "Han" | "Hiragana" | "Katakana");
    let single = matches!(word_break, "Other" | "Katakana" | "ALetter") && c >= 0x2E80 && script;
    match (alphanumeric, single) {
        (true, true) => byte | HAN_OR_KANA,
        (true, false) => byte | ALPHANUMERIC,
        _ => byte,
    }
}

/// Whether the rarer rules are about characters of this byte.
pub(super) fn is_special(byte: u8) -> bool {
    byte & (EXTEND_NUM_LET | KATAKANA) != 0
}

/// What the rules tell apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Symbol {
    kind: Kind,
    pictograph: bool,
    alphanumeric: bool,
    single: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Other,
    Letter,
    Hebrew,
    Number,
    Katakana,
    ExtendNumLet,
    MidLetter,
    MidNumber,
    MidBoth,
    SingleQuote,
    DoubleQuote,
    Regional,
    Ignored,
    Zwj,
}

fn symbol(byte: u8, ascii: Option<u8>) -> Symbol {
    let alphanumeric = byte & ALPHANUMERIC != 0;
    let single = alphanumeric && byte & HAN_OR_KANA == HAN_OR_KANA;
    let low = byte & 0x7F & if alphanumeric { !4 } else { !0 };
    let pictograph = low & PICTOGRAPH == PICTOGRAPH && low != REGIONAL;
    let kind = match if pictograph { low & !PICTOGRAPH } else { low } {
        1 => Kind::Letter,
        HEBREW => Kind::Hebrew,
        NUMBER => Kind::Number,
        KATAKANA => Kind::Katakana,
        EXTEND_NUM_LET => Kind::ExtendNumLet,
        MID_LETTER => Kind::MidLetter,
        MID_NUMBER => Kind::MidNumber,
        12 if ascii == Some(b'\'') => Kind::SingleQuote,
        12 => Kind::MidBoth,
        REGIONAL => Kind::Regional,
        IGNORED => Kind::Ignored,
        ZWJ => Kind::Zwj,
        _ if ascii == Some(b'"') => Kind::DoubleQuote,
        _ => Kind::Other,
    };
    Symbol { kind, pictograph, alphanumeric, single }
}

/// What came before: the last character that is not ignored, and what its segment has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    last: Kind,
    /// The segment has been counted: it has a letter or number.
    counted: bool,
    /// `last` stands between a character that it may bind to the next one and that one.
    bridge: Option<Bridge>,
    /// The character before is a ZWJ.
    zwj: bool,
    /// The segment is one Han or Kana character, counted as such.
    single: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Bridge {
    to: Kind,
    /// The segment before the bridge has been counted.
    counted: bool,
    /// It is one Han or Kana character, counted as such (`々`, which is a letter).
    single: bool,
}

const START: State = State { last: Kind::Other, counted: false, bridge: None, zwj: false, single: false };

fn is_letter(kind: Kind) -> bool {
    matches!(kind, Kind::Letter | Kind::Hebrew)
}

/// WB3c to WB16 for two characters that follow each other, without the rules that look further.
fn joins(before: State, next: Symbol) -> bool {
    let word = |kind| is_letter(kind) || kind == Kind::Number;
    (before.zwj && next.pictograph)
        || match (before.last, next.kind) {
            (Kind::Hebrew, Kind::SingleQuote) | (Kind::Katakana, Kind::Katakana) => true,
            (a, Kind::ExtendNumLet) => word(a) || matches!(a, Kind::Katakana | Kind::ExtendNumLet),
            (Kind::ExtendNumLet, b) => word(b) || b == Kind::Katakana,
            // The second of a pair leaves `Other`, so that a third starts the next pair.
            (Kind::Regional, Kind::Regional) => true,
            (a, b) => word(a) && word(b),
        }
}

/// Which characters `middle` binds to one like `before` (WB6, WB7b, WB12).
fn bridge_to(before: Kind, middle: Kind) -> Option<Kind> {
    match middle {
        Kind::MidLetter | Kind::MidBoth | Kind::SingleQuote if is_letter(before) => Some(Kind::Letter),
        Kind::MidNumber | Kind::MidBoth | Kind::SingleQuote if before == Kind::Number => Some(Kind::Number),
        Kind::DoubleQuote if before == Kind::Hebrew => Some(Kind::Hebrew),
        _ => None,
    }
}

fn step(state: State, next: Symbol) -> (State, Counts) {
    let broken_single = -i8::from(state.single);
    if matches!(next.kind, Kind::Ignored | Kind::Zwj) {
        let news = next.alphanumeric && !state.counted;
        let counted = state.counted || news;
        let state = State { counted, zwj: next.kind == Kind::Zwj, single: false, ..state };
        return (state, (i8::from(news), broken_single));
    }
    let joined = joins(state, next);
    let bridged = state
        .bridge
        .filter(|bridge| next.kind == bridge.to || bridge.to == Kind::Letter && next.kind == Kind::Hebrew);
    let before = (joined && state.counted) || bridged.is_some_and(|bridge| bridge.counted || state.counted);
    // The middle of a bridge was counted as a word of its own, because of a letter among its marks.
    let twice = bridged.is_some_and(|bridge| bridge.counted && state.counted);
    let news = next.alphanumeric && !before;
    let counted = before || news;
    let bridge = bridge_to(state.last, next.kind).map(|to| Bridge {
        to,
        counted: state.counted && !joined,
        single: state.single,
    });
    let pair = state.last == Kind::Regional && next.kind == Kind::Regional;
    let single = next.single && !joined && bridged.is_none();
    let last = if pair { Kind::Other } else { next.kind };
    let words = i8::from(news) - i8::from(twice);
    let singles = i8::from(single) + if joined { broken_single } else { 0 }
        - i8::from(bridged.is_some_and(|bridge| bridge.single));
    (State { last, counted, bridge, zwj: false, single }, (words, singles))
}

/// The automaton that counts words, and those that are one Han or Kana character.
pub(super) fn automaton(ucd: &Ucd, bytes: &[u8]) -> Result<Automaton> {
    for c in (0_u32..).take(bytes.len()) {
        let word_break = ucd.word_break.get(c);
        let pictograph = !ucd.extended_pictographic[c as usize] || matches!(word_break, "Other" | "ALetter");
        let middle = !(word_break.starts_with("Mid") && ucd.is_alphanumeric(c));
        ensure!(pictograph && middle, "U+{c:04X} has properties that its byte cannot hold");
    }
    Automaton::walk(bytes, symbol, START, step, |_| false)
}
