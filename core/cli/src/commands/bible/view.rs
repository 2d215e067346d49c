//! How entries, facts and mentions look in answers.

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;
use serde_json::{Value, json};
use writemagic::{
    BibleEntry, BibleEntryId, BibleFact, BibleFactId, DocumentId, FactBound, Library, Mention, NearEntry,
    Timestamp, Visibility,
};

use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Column, Page, counted, escaped, grouped};

/// How much of the text is shown on either side of a mention, in characters.
const AROUND: usize = 40;

#[derive(Serialize)]
pub(super) struct EntryView<'a> {
    id: BibleEntryId,
    kind: &'a str,
    name: &'a str,
    inflected: bool,
    aliases: Vec<AliasView<'a>>,
    notes: &'a str,
    visibility: &'static str,
    created: Timestamp,
    modified: Timestamp,
}

#[derive(Serialize)]
struct AliasView<'a> {
    name: &'a str,
    inflected: bool,
}

impl<'a> From<&'a BibleEntry> for EntryView<'a> {
    fn from(entry: &'a BibleEntry) -> Self {
        let alias =
            |alias: &'a writemagic::Alias| AliasView { name: &alias.name, inflected: alias.inflected };
        Self {
            id: entry.id,
            kind: entry.kind.word(),
            name: &entry.name,
            inflected: entry.inflected,
            aliases: entry.aliases.iter().map(alias).collect(),
            notes: &entry.notes,
            visibility: match entry.visibility {
                Visibility::Always => "always",
                Visibility::Never => "never",
                _ => "when-mentioned",
            },
            created: entry.created,
            modified: entry.modified,
        }
    }
}

impl EntryView<'_> {
    fn aliases(&self) -> String {
        self.aliases.iter().map(|alias| escaped(alias.name)).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Serialize)]
pub(super) struct Listed<'a> {
    pub(super) entries: Vec<EntryView<'a>>,
}

impl Answer for Listed<'_> {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.entries.is_empty() {
            return page.line("The bible is empty: `writemagic bible add KIND NAME` makes an entry.");
        }
        let row = |entry: &EntryView<'_>| {
            vec![escaped(entry.name), escaped(entry.kind), entry.aliases(), entry.visibility.to_owned()]
        };
        let columns = ["name", "kind", "aliases", "visible"].map(|name| (name, Column::Text));
        page.table(&columns, self.entries.iter().map(row));
    }
}

/// An entry, with its facts where they were asked for.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    pub(super) entry: EntryView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) facts: Option<Vec<FactView>>,
    /// What was done to it, in the past tense.
    #[serde(skip)]
    pub(super) done: Option<&'static str>,
}

impl<'a> Shown<'a> {
    pub(super) fn changed(done: &'static str, entry: &'a BibleEntry) -> Self {
        Self { entry: entry.into(), facts: None, done: Some(done) }
    }
}

impl Answer for Shown<'_> {
    fn render(&self, page: &mut Page) {
        let Self { entry, facts, done } = self;
        if !page.for_terminal() && done.is_some() {
            return page.line(entry.id.to_string());
        }
        let done = done.map(|done| format!("{done} ")).unwrap_or_default();
        let (name, kind) = (page.bold(&escaped(entry.name)), escaped(entry.kind));
        page.line(format!("{done}{name}, {kind}  {}", page.dim(&entry.id.to_string())));
        let Some(facts) = facts else { return };
        if !entry.aliases.is_empty() {
            page.paragraph("  ", &format!("also {}", entry.aliases()));
        }
        for line in entry.notes.lines() {
            page.paragraph("  ", &escaped(line));
        }
        for fact in facts {
            page.hanging("  - ", "    ", &escaped(&fact.text));
            let bounds = [("from", &fact.from), ("until", &fact.until)];
            let bounds =
                bounds.iter().filter_map(|(word, bound)| Some(format!("{word} {}", bound.as_ref()?.words())));
            let bounds = bounds.collect::<Vec<_>>().join(", ");
            page.line(page.dim(&format!("    {}  {}", fact.id, bounds)));
        }
    }
}

#[derive(Serialize)]
pub(super) struct FactView {
    id: BibleFactId,
    text: String,
    from: Option<BoundView>,
    until: Option<BoundView>,
    lost: bool,
}

/// `{"document","at"}`; both null for a place that is gone, `at` null for a whole document.
#[derive(Serialize)]
struct BoundView {
    document: Option<DocumentId>,
    at: Option<u64>,
    #[serde(skip)]
    title: String,
}

impl BoundView {
    fn words(&self) -> String {
        match (self.document, self.at) {
            (None, _) => "a place that is gone".to_owned(),
            (_, None) => escaped(&self.title),
            (_, Some(at)) => format!("{} at {at}", escaped(&self.title)),
        }
    }
}

impl FactView {
    pub(super) fn of(library: &Library, fact: &BibleFact) -> Self {
        let bound = |bound: FactBound| {
            let (document, at) = match bound {
                FactBound::Document(document) => (Some(document), None),
                FactBound::Place { document, at } => (Some(document), Some(at)),
                _ => (None, None),
            };
            let title =
                document.and_then(|document| library.document(document).ok()).map(|found| found.title);
            BoundView { document, at, title: title.unwrap_or_default() }
        };
        let (from, until) = (fact.from.map(bound), fact.until.map(bound));
        Self { id: fact.id, text: fact.text.clone(), from, until, lost: fact.lost_its_place() }
    }
}

#[derive(Serialize)]
pub(super) struct Mentioned {
    mentions: Vec<MentionView>,
    total: u64,
    documents: u64,
}

#[derive(Serialize)]
struct MentionView {
    document: DocumentId,
    title: String,
    range: [u64; 2],
    /// As the bible has it.
    name: String,
    /// As the document has it.
    text: String,
    entries: Vec<BibleEntryId>,
    #[serde(skip)]
    around: (String, Range<u64>),
}

impl Mentioned {
    pub(super) fn new(
        library: &Library,
        mentions: &[Mention],
        (total, documents): (u64, u64),
    ) -> CliResult<Self> {
        let mut texts: HashMap<DocumentId, (String, Vec<u16>)> = HashMap::new();
        let mut views = Vec::with_capacity(mentions.len());
        for mention in mentions {
            if !texts.contains_key(&mention.document) {
                // One text at a time: mentions come document by document.
                texts.clear();
                let text = library.text(mention.document)?.encode_utf16().collect();
                texts.insert(mention.document, (library.document(mention.document)?.title, text));
            }
            let Some((title, text)) = texts.get(&mention.document) else { continue };
            views.push(MentionView::of(mention, title, text));
        }
        Ok(Self { mentions: views, total, documents })
    }
}

impl MentionView {
    fn of(mention: &Mention, title: &str, text: &[u16]) -> Self {
        let place = |unit: u64| usize::try_from(unit).unwrap_or(usize::MAX).min(text.len());
        let (start, end) = (place(mention.range.start), place(mention.range.end));
        let said = |range: Range<usize>| String::from_utf16_lossy(text.get(range).unwrap_or_default());
        // Half of a pair at an edge goes.
        let edge = |text: String| text.trim_matches('\u{FFFD}').to_owned();
        let (before, after) = (
            edge(said(start.saturating_sub(AROUND)..start)),
            edge(said(end..place(mention.range.end + AROUND as u64))),
        );
        let name = said(start..end);
        let at = before.encode_utf16().count() as u64;
        let around = (format!("{before}{name}{after}"), at..at + (end - start) as u64);
        Self {
            document: mention.document,
            title: title.to_owned(),
            range: [mention.range.start, mention.range.end],
            name: mention.name.to_string(),
            text: name,
            entries: mention.entries.to_vec(),
            around,
        }
    }
}

impl Answer for Mentioned {
    fn render(&self, page: &mut Page) {
        let mut last = None;
        for mention in &self.mentions {
            let (text, range) = &mention.around;
            let shown = page.highlighted(text, std::slice::from_ref(range));
            if !page.for_terminal() {
                let [start, end] = mention.range;
                page.line(format!("{}\t{start}-{end}\t{}", mention.document, escaped(&mention.text)));
                continue;
            }
            if last != Some(mention.document) {
                page.line(format!(
                    "{}  {}",
                    page.bold(&escaped(&mention.title)),
                    page.dim(&mention.document.to_string())
                ));
                last = Some(mention.document);
            }
            page.paragraph("    ", &shown);
        }
        if page.for_terminal() {
            let shown = self.mentions.len() as u64;
            page.line(match self.total {
                0 => "It is mentioned nowhere.".to_owned(),
                total if total == shown => {
                    page.dim(&counted(&[(total, "mentions"), (self.documents, "documents")]))
                }
                total => page.dim(&format!("{} of {} mentions", grouped(shown), grouped(total))),
            });
        }
    }
}

/// What a passage concerns.
#[derive(Serialize)]
pub(super) struct Near {
    entries: Vec<Value>,
    #[serde(skip)]
    rows: Vec<Vec<String>>,
}

impl Near {
    pub(super) fn new(near: &[NearEntry]) -> Self {
        let ranges = |near: &NearEntry| -> Vec<[u64; 2]> {
            near.ranges.iter().map(|range| [range.start, range.end]).collect()
        };
        let entries = near
            .iter()
            .map(|near| json!({"entry": EntryView::from(&near.entry), "ranges": ranges(near)}))
            .collect();
        let row = |near: &NearEntry| {
            let entry = &near.entry;
            vec![escaped(&entry.name), escaped(entry.kind.word()), grouped(near.ranges.len() as u64)]
        };
        Self { entries, rows: near.iter().map(row).collect() }
    }
}

impl Answer for Near {
    fn render(&self, page: &mut Page) {
        if page.for_terminal() && self.rows.is_empty() {
            return page.line("No entry concerns this passage.");
        }
        let columns = [("name", Column::Text), ("kind", Column::Text), ("mentions", Column::Number)];
        page.table(&columns, self.rows.iter().cloned());
    }
}
