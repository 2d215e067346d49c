//! Where a part of a prompt or an answer is from, as commands tell it.

use std::ops::Range;

use serde::Serialize;
use serde_json::{Value, json};
use writemagic::Library;
use writemagic::ai::task::{Quoted, Source};

use crate::page::{Page, escaped};

/// A source, numbered as the prompt has it.
pub(crate) struct SourceLine {
    pub(crate) number: usize,
    pub(crate) quoted: Quoted,
    /// Where it stands now; where it stood when it was read for `None`.
    pub(crate) place: Option<Range<u64>>,
}

impl Serialize for SourceLine {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = source(&self.quoted.source);
        if let (Some(place), Source::Document { .. }) = (&self.place, &self.quoted.source) {
            value["range"] = json!([place.start, place.end]);
        }
        value["number"] = json!(self.number);
        value["title"] = json!(self.quoted.title);
        value["tokens"] = json!(self.quoted.tokens);
        value["kind"] = json!(self.quoted.kind.map_or("text", |kind| kind.name()));
        if let Some(because) = &self.quoted.because {
            value["because"] = source(because);
        }
        value.serialize(serializer)
    }
}

impl SourceLine {
    /// For a person.
    pub(crate) fn line(&self, page: &Page) -> String {
        let title = escaped(&self.quoted.title);
        let place = match (&self.quoted.source, &self.place) {
            (Source::Document { document, range, .. }, place) => {
                let range = place.as_ref().unwrap_or(range);
                format!("{document}  {}-{}", range.start, range.end)
            }
            (Source::BibleEntry(entry), _) => format!("story bible {entry}"),
            (Source::Memory(key), _) => format!("memory {}", escaped(key)),
            _ => String::new(),
        };
        format!("[{}] {}  {}", self.number, page.bold(&title), page.dim(&place))
    }
}

fn source(source: &Source) -> Value {
    match source {
        Source::Document { document, version, range } => json!({
            "document": document, "range": [range.start, range.end],
            "version": version.as_ref().map(|version| version.as_str()),
        }),
        Source::BibleEntry(entry) => json!({"entry": entry}),
        Source::Memory(key) => json!({"memory": key}),
        _ => json!({}),
    }
}

/// All sources of a prompt. Where the text itself comes first, it has the number 0.
pub(crate) fn all(sources: &[Quoted]) -> Vec<SourceLine> {
    let first = usize::from(sources.first().is_none_or(|first| first.kind.is_some()));
    let line =
        |(number, quoted): (usize, &Quoted)| SourceLine { number, quoted: quoted.clone(), place: None };
    (first..).zip(sources).map(line).collect()
}

/// What of an answer's sources is there to be told: those that it names, as they stand now.
pub(crate) fn cited(
    library: &Library,
    question: &writemagic::ai::Question,
    answer: &str,
) -> writemagic::Result<Vec<SourceLine>> {
    let citations = library.assistant().citations(question, answer)?;
    let line = |citation: writemagic::ai::Citation| SourceLine {
        number: citation.number,
        quoted: citation.quoted,
        place: citation.place,
    };
    Ok(citations.into_iter().map(line).collect())
}
