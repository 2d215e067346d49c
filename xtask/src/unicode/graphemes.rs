//! The grapheme cluster boundary rules of Unicode Annex #29 (extended clusters) as an automaton.

use anyhow::{Result, bail};

use super::automaton::{Rules, Step};
use super::ucd::Ucd;

/// What the rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    Other,
    Extend,
    /// An Extend that may stand in an Indic conjunct.
    ConjunctExtend,
    /// An Extend that links the consonants of one.
    ConjunctLinker,
    ConjunctConsonant,
    Zwj,
    SpacingMark,
    Prepend,
    Control,
    Cr,
    Lf,
    Pictograph,
    RegionalIndicator,
    /// Hangul jamo and syllables.
    L,
    V,
    T,
    Lv,
    Lvt,
}

use Class as C;

impl Class {
    /// The class of a code point: its Grapheme_Cluster_Break, with pictographs and Indic conjuncts told apart.
    pub(crate) fn of(ucd: &Ucd, code_point: u32) -> Result<Self> {
        let pictograph = ucd.extended_pictographic[code_point as usize];
        let properties =
            (ucd.grapheme_break.get(code_point), ucd.indic_conjunct_break.get(code_point), pictograph);
        Ok(match properties {
            ("Other", "None", false) => C::Other,
            ("Other", "None", true) => C::Pictograph,
            ("Other", "Consonant", false) => C::ConjunctConsonant,
            ("Extend", "None", false) => C::Extend,
            ("Extend", "Extend", false) => C::ConjunctExtend,
            ("Extend", "Linker", false) => C::ConjunctLinker,
            ("ZWJ", "Extend", false) => C::Zwj,
            ("SpacingMark", "None", false) => C::SpacingMark,
            ("Prepend", "None", false) => C::Prepend,
            ("Control", "None", false) => C::Control,
            ("CR", "None", false) => C::Cr,
            ("LF", "None", false) => C::Lf,
            ("Regional_Indicator", "None", false) => C::RegionalIndicator,
            ("L", "None", false) => C::L,
            ("V", "None", false) => C::V,
            ("T", "None", false) => C::T,
            ("LV", "None", false) => C::Lv,
            ("LVT", "None", false) => C::Lvt,
            _ => bail!("no grapheme class for {properties:?} of U+{code_point:04X}"),
        })
    }
}

/// How the cluster that is being read ends so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// At a boundary, or behind a control character.
    Boundary,
    Cr,
    Other,
    Prepend,
    /// With a leading consonant, a vowel, a trailing consonant of Hangul.
    Lead,
    Vowel,
    Trail,
    /// With a regional indicator that waits for its partner.
    Indicator,
    /// With a pictograph and what extends it.
    Pictograph,
    /// With a pictograph, what extends it, and a joiner.
    PictographJoiner,
    /// With a consonant and what may stand in a conjunct.
    Consonant,
    /// The same with a linker.
    LinkedConsonant,
}

pub(crate) struct Graphemes;

impl Rules for Graphemes {
    type State = State;
    type Class = Class;

    const CLASSES: &'static [Class] = &[
        C::Other,
        C::Extend,
        C::ConjunctExtend,
        C::ConjunctLinker,
        C::ConjunctConsonant,
        C::Zwj,
        C::SpacingMark,
        C::Prepend,
        C::Control,
        C::Cr,
        C::Lf,
        C::Pictograph,
        C::RegionalIndicator,
        C::L,
        C::V,
        C::T,
        C::Lv,
        C::Lvt,
    ];
    const START: State = State::Boundary;

    fn step(state: State, class: Class) -> Step<State> {
        let joined = match (state, class) {
            // GB3
            (State::Cr, C::Lf) => return Step::join(State::Boundary),
            // GB4, GB5
            (State::Boundary | State::Cr, _) | (_, C::Control | C::Cr | C::Lf) => false,
            // GB9, with what GB9c and GB11 remember
            (_, C::Extend | C::ConjunctExtend | C::ConjunctLinker | C::Zwj) => {
                return Step::join(extended(state, class));
            }
            // GB9a
            (_, C::SpacingMark) => return Step::join(State::Other),
            // GB9b
            (State::Prepend, _) => true,
            // GB6 to GB8
            (State::Lead, C::L | C::V | C::Lv | C::Lvt) => true,
            (State::Vowel, C::V | C::T) => true,
            (State::Trail, C::T) => true,
            // GB9c
            (State::LinkedConsonant, C::ConjunctConsonant) => true,
            // GB11
            (State::PictographJoiner, C::Pictograph) => true,
            // GB12, GB13
            (State::Indicator, C::RegionalIndicator) => return Step::join(State::Other),
            // GB999
            _ => false,
        };
        if joined { Step::join(alone(class)) } else { Step::split(alone(class)) }
    }

    fn holds(_: State) -> bool {
        false
    }
}

fn extended(state: State, class: Class) -> State {
    match (state, class) {
        (State::Pictograph, C::Zwj) => State::PictographJoiner,
        (State::Pictograph, _) => State::Pictograph,
        (State::Consonant | State::LinkedConsonant, C::ConjunctLinker) => State::LinkedConsonant,
        (State::Consonant | State::LinkedConsonant, C::ConjunctExtend | C::Zwj) => state,
        _ => State::Other,
    }
}

fn alone(class: Class) -> State {
    match class {
        C::Control | C::Lf => State::Boundary,
        C::Cr => State::Cr,
        C::Prepend => State::Prepend,
        C::Pictograph => State::Pictograph,
        C::RegionalIndicator => State::Indicator,
        C::ConjunctConsonant => State::Consonant,
        C::L => State::Lead,
        C::V | C::Lv => State::Vowel,
        C::T | C::Lvt => State::Trail,
        _ => State::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::automaton::tests::starts_afresh_at_every_boundary;

    #[test]
    fn what_lies_before_a_boundary_never_matters_behind_it() {
        starts_afresh_at_every_boundary::<Graphemes>(Graphemes::CLASSES, 4);
    }
}
