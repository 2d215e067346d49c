//! The byte that tells vector kernels what a character is to the rules of grapheme clusters.

use super::super::graphemes::Class;
use super::super::properties::Properties;

/// Written above the table.
pub(super) const DOC: &str = "Grapheme_Cluster_Break in bits: 1 joins the character before (Extend, SpacingMark, \
ZWJ), 2 control, 4 consonant, 8 linker, 16 extends a conjunct, 32 pictograph (with 1: ZWJ), 64 Extend. Alone: \
128 L, 132 V, 136 T, 140 LV, 144 LVT, 148 regional indicator, 152 Prepend.";

const JOINS: u8 = 1;
const CONJUNCT_EXTEND: u8 = 16;
const PICTOGRAPH: u8 = 32;
const EXTEND: u8 = 64 | JOINS;
/// Hangul syllables without a trailing consonant.
pub(super) const LV: u8 = 140;
/// Hangul syllables with one.
pub(super) const LVT: u8 = 144;

pub(super) fn byte(character: &Properties) -> u8 {
    match character.grapheme {
        Class::Other => 0,
        Class::SpacingMark => JOINS,
        // CR LF is told by itself.
        Class::Control | Class::Cr | Class::Lf => 2,
        Class::ConjunctConsonant => 4,
        Class::Extend => EXTEND,
        Class::ConjunctLinker => EXTEND | 8,
        Class::ConjunctExtend => EXTEND | CONJUNCT_EXTEND,
        Class::Zwj => JOINS | CONJUNCT_EXTEND | PICTOGRAPH,
        Class::Pictograph => PICTOGRAPH,
        Class::L => 128,
        Class::V => 132,
        Class::T => 136,
        Class::Lv => LV,
        Class::Lvt => LVT,
        Class::RegionalIndicator => 148,
        Class::Prepend => 152,
    }
}
