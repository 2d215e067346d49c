//! Grapheme clusters: the classes of Grapheme_Cluster_Break, Indic_Conjunct_Break and Extended_Pictographic in one
//! byte, and the rules of Unicode Annex #29 over them.

use anyhow::{Result, ensure};

use super::super::ucd::Ucd;
use super::automaton::{Automaton, Counts};

/// Written above the table.
pub(super) const DOC: &str = "Grapheme_Cluster_Break in bits: 1 joins the character before (Extend, SpacingMark, \
ZWJ), 2 control, 4 consonant, 8 linker, 16 extends a conjunct, 32 pictograph (with 1: ZWJ), 64 Extend. Alone: \
128 L, 132 V, 136 T, 140 LV, 144 LVT, 148 regional indicator, 152 Prepend.";

const JOINS: u8 = 1;
const CONTROL: u8 = 2;
const CONSONANT: u8 = 4;
const LINKER: u8 = 8;
const CONJUNCT_EXTEND: u8 = 16;
const PICTOGRAPH: u8 = 32;
const EXTEND: u8 = 64;
const L: u8 = 128;
const V: u8 = 132;
const T: u8 = 136;
/// Hangul syllables without a trailing consonant.
pub(super) const LV: u8 = 140;
/// Hangul syllables with one.
pub(super) const LVT: u8 = 144;
const REGIONAL: u8 = 148;
const PREPEND: u8 = 152;

/// The byte of a code point.
pub(super) fn class(ucd: &Ucd, c: u32) -> u8 {
    let byte = match ucd.grapheme_break.get(c) {
        "CR" | "LF" | "Control" => CONTROL,
        "Extend" => JOINS | EXTEND,
        "SpacingMark" => JOINS,
        "ZWJ" => JOINS | PICTOGRAPH,
        "L" => L,
        "V" => V,
        "T" => T,
        "LV" => LV,
        "LVT" => LVT,
        "Regional_Indicator" => REGIONAL,
        "Prepend" => PREPEND,
        _ => 0,
    };
    let conjunct = match ucd.indic_conjunct_break.get(c) {
        "Consonant" => CONSONANT,
        "Linker" => LINKER,
        "Extend" => CONJUNCT_EXTEND,
        _ => 0,
    };
    byte | conjunct | if ucd.extended_pictographic[c as usize] { PICTOGRAPH } else { 0 }
}

/// What the next character may join.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum State {
    /// Start of the text, a control or LF: nothing.
    Control,
    Cr,
    /// Anything that only marks join.
    Plain,
    Prepend,
    L,
    V,
    T,
    /// A regional indicator that waits for its second.
    Regional,
    /// A pictograph and Extend; whether a ZWJ follows it.
    Pictograph {
        zwj: bool,
    },
    /// A consonant and what extends a conjunct; whether a linker was among it.
    Consonant {
        linked: bool,
    },
}

fn is_consonant(byte: u8) -> bool {
    byte & 0x80 == 0 && byte & CONSONANT != 0
}

fn step(state: State, (byte, ascii): (u8, Option<u8>)) -> (State, Counts) {
    let joins = byte & JOINS != 0;
    let joined = match state {
        State::Control => false,
        State::Cr => ascii == Some(b'\n'),
        _ if byte == CONTROL => false,
        _ if joins => true,
        State::Plain => false,
        State::Prepend => true,
        State::L => matches!(byte, L | V | LV | LVT),
        State::V => matches!(byte, V | T),
        State::T => byte == T,
        State::Regional => byte == REGIONAL,
        State::Pictograph { zwj } => zwj && byte & PICTOGRAPH != 0,
        State::Consonant { linked } => linked && is_consonant(byte),
    };
    let next = match byte {
        CONTROL if ascii == Some(b'\r') => State::Cr,
        CONTROL => State::Control,
        PREPEND => State::Prepend,
        L => State::L,
        V | LV => State::V,
        T | LVT => State::T,
        REGIONAL if state == State::Regional => State::Plain,
        REGIONAL => State::Regional,
        _ if !joins && byte & PICTOGRAPH != 0 => State::Pictograph { zwj: false },
        _ if is_consonant(byte) => State::Consonant { linked: false },
        _ => match state {
            State::Pictograph { zwj: false } if byte & EXTEND != 0 => state,
            State::Pictograph { zwj: false } if joins && byte & PICTOGRAPH != 0 => {
                State::Pictograph { zwj: true }
            }
            State::Consonant { .. } if byte & LINKER != 0 => State::Consonant { linked: true },
            State::Consonant { .. } if byte & CONJUNCT_EXTEND != 0 => state,
            _ => State::Plain,
        },
    };
    (next, (i8::from(!joined), 0))
}

/// The automaton that counts grapheme clusters.
pub(super) fn automaton(ucd: &Ucd, bytes: &[u8]) -> Result<Automaton> {
    for (c, byte) in (0_u32..).zip(bytes) {
        let alone = !matches!(ucd.grapheme_break.get(c), "Other" | "Extend" | "SpacingMark" | "ZWJ");
        let others = ucd.indic_conjunct_break.get(c) != "None" || ucd.extended_pictographic[c as usize];
        let consonant = byte & CONSONANT != 0 && byte & JOINS != 0;
        let pictograph = ucd.extended_pictographic[c as usize] && byte & JOINS != 0;
        let linker = byte & 0x80 == 0 && byte & (LINKER | CONJUNCT_EXTEND) != 0 && byte & JOINS == 0;
        let unlike = alone && others || byte & 0x80 == 0 && (consonant || pictograph || linker);
        ensure!(!unlike, "U+{c:04X} has properties that its byte cannot hold");
    }
    Automaton::walk(
        bytes,
        |byte, ascii| (byte, ascii.filter(|c| matches!(c, b'\r' | b'\n'))),
        State::Control,
        step,
        |_| false,
    )
}
