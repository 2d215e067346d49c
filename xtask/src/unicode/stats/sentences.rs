//! Sentences: the classes of Sentence_Break with what makes a sentence count, and the rules of Unicode Annex #29.

use anyhow::{Result, ensure};

use super::super::ucd::Ucd;
use super::automaton::{Automaton, Counts};

/// Written above the table.
pub(super) const DOC: &str = "Sentence_Break in bits: 1 upper case, 2 lower case, 3 other letter, 4 number, 8 full \
terminator, 12 ATerm, 16 closing, 32 space, 40 end of a paragraph, 48 continues, 64 ignored (Extend, Format), \
128 alphabetic or a number.";

const UPPER: u8 = 1;
const LOWER: u8 = 2;
const LETTER: u8 = 3;
const NUMBER: u8 = 4;
const TERMINATOR: u8 = 8;
const ATERM: u8 = 12;
const CLOSE: u8 = 16;
const SPACE: u8 = 32;
const PARAGRAPH: u8 = 40;
const CONTINUES: u8 = 48;
const IGNORED: u8 = 64;
const ALPHANUMERIC: u8 = 128;
/// Han ideographs and Hangul syllables have this byte.
pub(super) const OTHER_LETTER: u8 = LETTER | ALPHANUMERIC;

/// The byte of a code point.
pub(super) fn class(ucd: &Ucd, c: u32) -> u8 {
    let byte = match ucd.sentence_break.get(c) {
        "Upper" => UPPER,
        "Lower" => LOWER,
        "OLetter" => LETTER,
        "Numeric" => NUMBER,
        "STerm" => TERMINATOR,
        "ATerm" => ATERM,
        "Close" => CLOSE,
        "Sp" => SPACE,
        "Sep" | "CR" | "LF" => PARAGRAPH,
        "SContinue" => CONTINUES,
        "Extend" | "Format" => IGNORED,
        _ => 0,
    };
    byte | if ucd.is_alphanumeric(c) { ALPHANUMERIC } else { 0 }
}

/// Where the text stands: SB5 leaves the marks out, so `last` is about the last other character.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    at: At,
    /// The sentence has been counted: it has a letter or number.
    counted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum At {
    /// Nowhere special.
    Inside,
    /// Behind an upper or lower case letter.
    Cased,
    /// Behind a full stop; whether a cased letter stood before it.
    FullStop { cased: bool },
    /// Behind a full stop and closing characters.
    FullStopClosed,
    /// Behind a full stop, closing characters and spaces.
    FullStopSpaced,
    /// Behind another terminator and closing characters.
    Ended,
    /// Behind another terminator, closing characters and spaces.
    EndedSpaced,
    /// Behind the end of a paragraph.
    Paragraph,
    /// Behind a full stop and more: a lower case letter would show that the sentence goes on (SB8). Whether the
    /// characters since have a letter or number.
    Undecided { news: bool },
}

fn step(state: State, byte: u8) -> (State, Counts) {
    let alphanumeric = byte & ALPHANUMERIC != 0;
    let class = byte & !ALPHANUMERIC;
    let inside = |at, counted: bool| {
        let news = alphanumeric && !counted;
        (State { at, counted: counted || news }, (i8::from(news), 0))
    };
    if class == IGNORED {
        return match state.at {
            At::Undecided { news } => {
                (State { at: At::Undecided { news: news || alphanumeric }, ..state }, (0, 0))
            }
            At::Paragraph => inside(At::Inside, false),
            at => inside(at, state.counted),
        };
    }
    let after = |cased: bool| match class {
        UPPER | LOWER => At::Cased,
        ATERM => At::FullStop { cased },
        TERMINATOR => At::Ended,
        PARAGRAPH => At::Paragraph,
        _ => At::Inside,
    };
    let open = matches!(class, CONTINUES | TERMINATOR | ATERM);
    let spaced = matches!(class, SPACE | PARAGRAPH);
    match state.at {
        At::Inside => inside(after(false), state.counted),
        At::Cased => inside(after(true), state.counted),
        At::Paragraph => inside(after(false), false),
        At::Undecided { news } => match class {
            LOWER => {
                // The sentence has gone on all the time.
                let counts = i8::from(!state.counted);
                (State { at: At::Cased, counted: true }, (counts, 0))
            }
            UPPER | LETTER | PARAGRAPH | TERMINATOR | ATERM => {
                let counts = i8::from(news || alphanumeric);
                (State { at: after(false), counted: news || alphanumeric }, (counts, 0))
            }
            _ => (State { at: At::Undecided { news: news || alphanumeric }, ..state }, (0, 0)),
        },
        // A terminator goes on with what may follow it, whatever else would begin a sentence.
        _ if open || class == PARAGRAPH => inside(after(false), state.counted),
        At::Ended if class == CLOSE => inside(At::Ended, state.counted),
        At::Ended | At::EndedSpaced if spaced => inside(At::EndedSpaced, state.counted),
        At::Ended | At::EndedSpaced => inside(after(false), false),
        At::FullStop { .. } | At::FullStopClosed if class == CLOSE => {
            inside(At::FullStopClosed, state.counted)
        }
        _ if spaced => inside(At::FullStopSpaced, state.counted),
        At::FullStop { cased: true } if class == UPPER => inside(At::Cased, state.counted),
        At::FullStop { .. } if class == NUMBER => inside(At::Inside, state.counted),
        _ => match class {
            LOWER => inside(At::Cased, state.counted),
            UPPER | LETTER => inside(after(false), false),
            _ => (State { at: At::Undecided { news: alphanumeric }, ..state }, (0, 0)),
        },
    }
}

/// The automaton that counts sentences with a letter or number.
pub(super) fn automaton(ucd: &Ucd, bytes: &[u8]) -> Result<Automaton> {
    for (c, byte) in bytes.iter().enumerate() {
        ensure!(byte & 0x7F != LOWER || byte & ALPHANUMERIC != 0, "U+{c:04X} is lower case and no letter");
        let space = matches!(byte & 0x7F, SPACE | PARAGRAPH);
        ensure!(space == ucd.white_space[c], "U+{c:04X} is a space or none");
    }
    let start = State { at: At::Inside, counted: false };
    let end = |state: State| matches!(state.at, At::Undecided { news: true });
    Automaton::walk(bytes, |byte, _| byte, start, step, end)
}
