//! The table of the automata that find segment boundaries.

use anyhow::Result;

use super::automaton::Automaton;
use super::graphemes::Graphemes;
use super::sentences::Sentences;
use super::source::Source;
use super::ucd::Ucd;
use super::words::Words;

pub(crate) fn write(_: &Ucd) -> Result<Source> {
    let mut source = Source::new(
        "Automata of the boundary rules of Unicode Annex #29; `automaton.rs` beside this file reads them.",
    );
    Automaton::<Words>::explore().write(&mut source, "WORD")?;
    Automaton::<Sentences>::explore().write(&mut source, "SENTENCE")?;
    Automaton::<Graphemes>::explore().write(&mut source, "GRAPHEME")?;
    Ok(source)
}
