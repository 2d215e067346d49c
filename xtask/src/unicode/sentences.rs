//! The sentence boundary rules of Unicode Annex #29 as an automaton.

use anyhow::{Result, bail};

use super::automaton::{Rules, Step};
use super::ucd::Ucd;

/// What the rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    Other,
    Lower,
    Upper,
    OtherLetter,
    Numeric,
    Space,
    Ignored,
    Close,
    Continue,
    AmbiguousTerminator,
    Terminator,
    Separator,
    Cr,
    Lf,
}

use Class as C;

impl Class {
    /// The class of a code point: its Sentence_Break, Extend and Format taken together.
    pub(crate) fn of(ucd: &Ucd, code_point: u32) -> Result<Self> {
        Ok(match ucd.sentence_break.get(code_point) {
            "Other" => C::Other,
            "Lower" => C::Lower,
            "Upper" => C::Upper,
            "OLetter" => C::OtherLetter,
            "Numeric" => C::Numeric,
            "Sp" => C::Space,
            "Extend" | "Format" => C::Ignored,
            "Close" => C::Close,
            "SContinue" => C::Continue,
            "ATerm" => C::AmbiguousTerminator,
            "STerm" => C::Terminator,
            "Sep" => C::Separator,
            "CR" => C::Cr,
            "LF" => C::Lf,
            name => bail!("no sentence class for {name} of U+{code_point:04X}"),
        })
    }
}

/// How the sentence that is being read ends so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// At a boundary, or behind a line end.
    Boundary,
    Cr,
    Plain,
    /// With an upper or lower case letter.
    Cased,
    /// With a full stop.
    FullStop,
    /// With a full stop right behind a cased letter.
    CasedFullStop,
    /// With a full stop and closing punctuation.
    FullStopClose,
    /// With a full stop, perhaps closing punctuation, and spaces.
    FullStopSpace,
    /// With a terminator and perhaps closing punctuation.
    Terminator,
    /// The same and spaces.
    TerminatorSpace,
    /// Behind a full stop, with something that does not tell: a lower case letter would continue the sentence.
    Open,
}

pub(crate) struct Sentences;

impl Rules for Sentences {
    type State = State;
    type Class = Class;

    const CLASSES: &'static [Class] = &[
        C::Other,
        C::Lower,
        C::Upper,
        C::OtherLetter,
        C::Numeric,
        C::Space,
        C::Ignored,
        C::Close,
        C::Continue,
        C::AmbiguousTerminator,
        C::Terminator,
        C::Separator,
        C::Cr,
        C::Lf,
    ];
    const START: State = State::Boundary;

    fn step(state: State, class: Class) -> Step<State> {
        let next = alone(state, class);
        match (state, class) {
            // SB3
            (State::Cr, C::Lf) => Step::join(next),
            // SB4; what is ignored elsewhere is a character of its own here.
            (State::Boundary | State::Cr, _) => Step::split(next),
            // SB5
            (_, C::Ignored) => Step::join(state),
            // SB998
            (State::Plain | State::Cased, _) => Step::join(next),
            // SB8
            (State::Open, C::Lower) => Step::join(next),
            (
                State::Open,
                C::Upper
                | C::OtherLetter
                | C::AmbiguousTerminator
                | C::Terminator
                | C::Separator
                | C::Cr
                | C::Lf,
            ) => Step::join(next).settled(),
            (State::Open, _) => Step::join(State::Open),
            // SB9, SB10 for line ends, SB8a
            (_, C::Separator | C::Cr | C::Lf | C::Continue | C::AmbiguousTerminator | C::Terminator) => {
                Step::join(next)
            }
            // SB9, SB10
            (State::FullStop | State::CasedFullStop | State::FullStopClose, C::Close) => {
                Step::join(State::FullStopClose)
            }
            (State::Terminator, C::Close) => Step::join(State::Terminator),
            (State::Terminator | State::TerminatorSpace, C::Space) => Step::join(State::TerminatorSpace),
            (_, C::Space) => Step::join(State::FullStopSpace),
            // SB11
            (State::Terminator | State::TerminatorSpace, _) => Step::split(next),
            // SB6
            (State::FullStop | State::CasedFullStop, C::Numeric) => Step::join(next),
            // SB7
            (State::CasedFullStop, C::Upper) => Step::join(next),
            // SB8
            (_, C::Lower) => Step::join(next),
            // SB11
            (_, C::Upper | C::OtherLetter) => Step::split(next),
            // SB8, if a lower case letter follows
            _ => Step::hold(State::Open),
        }
    }

    fn holds(state: State) -> bool {
        state == State::Open
    }
}

/// The state behind `class` that the rules for terminators do not decide.
fn alone(state: State, class: Class) -> State {
    match class {
        C::Separator | C::Lf => State::Boundary,
        C::Cr => State::Cr,
        C::Lower | C::Upper => State::Cased,
        C::AmbiguousTerminator if state == State::Cased => State::CasedFullStop,
        C::AmbiguousTerminator => State::FullStop,
        C::Terminator => State::Terminator,
        _ => State::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::automaton::tests::starts_afresh_at_every_boundary;

    #[test]
    fn what_lies_before_a_boundary_never_matters_behind_it() {
        starts_afresh_at_every_boundary::<Sentences>(Sentences::CLASSES, 4);
    }
}
