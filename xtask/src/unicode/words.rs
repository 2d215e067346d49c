//! The word boundary rules of Unicode Annex #29 as an automaton.

use anyhow::{Result, bail};

use super::automaton::{Rules, Step};
use super::ucd::Ucd;

/// What the rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    Other,
    Letter,
    Space,
    Numeric,
    Ignored,
    MidLetter,
    MidNum,
    MidNumLet,
    SingleQuote,
    DoubleQuote,
    ExtendNumLet,
    HebrewLetter,
    Katakana,
    Cr,
    Lf,
    Newline,
    Zwj,
    RegionalIndicator,
    Pictograph,
    PictographLetter,
}

use Class as C;

impl Class {
    /// The class of a code point: its Word_Break, Extend and Format taken together, pictographs apart.
    pub(crate) fn of(ucd: &Ucd, code_point: u32) -> Result<Self> {
        let pictograph = ucd.extended_pictographic[code_point as usize];
        Ok(match (ucd.word_break.get(code_point), pictograph) {
            ("Other", false) => C::Other,
            ("Other", true) => C::Pictograph,
            ("ALetter", false) => C::Letter,
            ("ALetter", true) => C::PictographLetter,
            ("WSegSpace", false) => C::Space,
            ("Numeric", false) => C::Numeric,
            ("Extend" | "Format", false) => C::Ignored,
            ("MidLetter", false) => C::MidLetter,
            ("MidNum", false) => C::MidNum,
            ("MidNumLet", false) => C::MidNumLet,
            ("Single_Quote", false) => C::SingleQuote,
            ("Double_Quote", false) => C::DoubleQuote,
            ("ExtendNumLet", false) => C::ExtendNumLet,
            ("Hebrew_Letter", false) => C::HebrewLetter,
            ("Katakana", false) => C::Katakana,
            ("CR", false) => C::Cr,
            ("LF", false) => C::Lf,
            ("Newline", false) => C::Newline,
            ("ZWJ", false) => C::Zwj,
            ("Regional_Indicator", false) => C::RegionalIndicator,
            (name, _) => bail!("no word class for {name} of U+{code_point:04X}"),
        })
    }
}

/// The last character that is not ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Last {
    /// None: a boundary, or a line end, after which nothing is ignored.
    Boundary,
    Cr,
    Other,
    Space,
    Letter,
    HebrewLetter,
    Numeric,
    Katakana,
    ExtendNumLet,
    /// A regional indicator that waits for its partner.
    Indicator,
    /// A letter and what may stand inside a word; whether a boundary stands between them is open.
    LetterMid,
    /// A Hebrew letter and an apostrophe, which always belongs to it.
    HebrewApostrophe,
    /// A Hebrew letter and a double quote; open.
    HebrewQuote,
    /// A number and what may stand inside one; open.
    NumericMid,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    last: Last,
    /// The last character of all, ignored ones included, is a zero width joiner.
    joiner: bool,
}

pub(crate) struct Words;

impl Rules for Words {
    type State = State;
    type Class = Class;

    const CLASSES: &'static [Class] = &[
        C::Other,
        C::Letter,
        C::Space,
        C::Numeric,
        C::Ignored,
        C::MidLetter,
        C::MidNum,
        C::MidNumLet,
        C::SingleQuote,
        C::DoubleQuote,
        C::ExtendNumLet,
        C::HebrewLetter,
        C::Katakana,
        C::Cr,
        C::Lf,
        C::Newline,
        C::Zwj,
        C::RegionalIndicator,
        C::Pictograph,
        C::PictographLetter,
    ];
    const START: State = State { last: Last::Boundary, joiner: false };

    fn step(state: State, class: Class) -> Step<State> {
        let to = |last| State { last, joiner: class == C::Zwj };
        let step = match (state.last, class) {
            // WB3
            (Last::Cr, C::Lf) => return Step::join(to(Last::Boundary)),
            // WB3a; what is ignored elsewhere is a character of its own here.
            (Last::Boundary | Last::Cr, _) => return Step::split(to(alone(class))),
            // WB4; a space that is extended joins no other space (WB3d).
            (Last::Space, C::Ignored | C::Zwj) => return Step::join(to(Last::Other)),
            (last, C::Ignored | C::Zwj) => return Step::join(to(last)),
            // WB3d
            (Last::Space, C::Space) => Step::join(to(Last::Space)),
            // WB15, WB16
            (Last::Indicator, C::RegionalIndicator) => Step::join(to(Last::Other)),
            // WB6, WB7a, WB7b, WB12
            (Last::HebrewLetter, C::SingleQuote) => Step::join(to(Last::HebrewApostrophe)),
            (Last::HebrewLetter, C::DoubleQuote) => Step::hold(to(Last::HebrewQuote)),
            (Last::Letter | Last::HebrewLetter, C::MidLetter | C::MidNumLet | C::SingleQuote) => {
                Step::hold(to(Last::LetterMid))
            }
            (Last::Numeric, C::MidNum | C::MidNumLet | C::SingleQuote) => Step::hold(to(Last::NumericMid)),
            (last, _) if joins(last, class) => Step::join(to(alone(class))),
            // WB999
            (last, _) => {
                let step = Step::split(to(alone(class)));
                if open(last) { step.settled() } else { step }
            }
        };
        // WB3c
        let emoji = state.joiner && matches!(class, C::Pictograph | C::PictographLetter);
        Step { here: step.here && !emoji, ..step }
    }

    fn holds(state: State) -> bool {
        open(state.last)
    }
}

/// WB5, WB7, WB7c to WB11, WB13 to WB13b.
fn joins(last: Last, class: Class) -> bool {
    match class {
        C::Letter | C::PictographLetter | C::HebrewLetter => {
            let letter = matches!(
                last,
                Last::Letter
                    | Last::HebrewLetter
                    | Last::LetterMid
                    | Last::HebrewApostrophe
                    | Last::Numeric
                    | Last::ExtendNumLet
            );
            letter || (last == Last::HebrewQuote && class == C::HebrewLetter)
        }
        C::Numeric => {
            matches!(
                last,
                Last::Numeric | Last::Letter | Last::HebrewLetter | Last::NumericMid | Last::ExtendNumLet
            )
        }
        C::Katakana => matches!(last, Last::Katakana | Last::ExtendNumLet),
        C::ExtendNumLet => {
            matches!(
                last,
                Last::Letter | Last::HebrewLetter | Last::Numeric | Last::Katakana | Last::ExtendNumLet
            )
        }
        _ => false,
    }
}

fn alone(class: Class) -> Last {
    match class {
        C::Letter | C::PictographLetter => Last::Letter,
        C::HebrewLetter => Last::HebrewLetter,
        C::Numeric => Last::Numeric,
        C::Katakana => Last::Katakana,
        C::ExtendNumLet => Last::ExtendNumLet,
        C::Space => Last::Space,
        C::RegionalIndicator => Last::Indicator,
        C::Cr => Last::Cr,
        // WB3a
        C::Lf | C::Newline => Last::Boundary,
        _ => Last::Other,
    }
}

fn open(last: Last) -> bool {
    matches!(last, Last::LetterMid | Last::HebrewQuote | Last::NumericMid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::automaton::tests::starts_afresh_at_every_boundary;

    #[test]
    fn what_lies_before_a_boundary_never_matters_behind_it() {
        starts_afresh_at_every_boundary::<Words>(Words::CLASSES, 4);
    }
}
