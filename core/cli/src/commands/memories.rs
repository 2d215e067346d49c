//! `memories`: what is remembered, page by page; one memory with its sources; and the way back.

use clap::Args;
use serde::Serialize;
use serde_json::json;
use writemagic::{
    BadTimestamp, Contradiction, DocumentId, Memory, MemoryCursor, MemoryFilter, MemorySource, SourcePlace,
    Timestamp,
};

use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, escaped, grouped};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic memories --kind person\n  writemagic memories mary/eyes\n  \
    writemagic memories --contradictory\n  writemagic memories --undo      take the newest change back\n  \
    writemagic memories --expire    take away what does not hold any more")]
pub(crate) struct Memories {
    /// One memory, with where it was taken from
    #[arg(allow_hyphen_values = true, conflicts_with_all = ["Filter", "limit", "after", "undo", "expire"])]
    key: Option<String>,
    #[command(flatten)]
    filter: Filter,
    /// Only those that contradict another one
    #[arg(long)]
    contradictory: bool,
    /// The most memories of the page, at most 10,000
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Where the page before ended
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Take back the newest change of memories
    #[arg(long, conflicts_with = "expire")]
    undo: bool,
    /// Take away what does not hold any more
    #[arg(long)]
    expire: bool,
}

/// Which memories.
#[derive(Clone, Debug, Args)]
pub(super) struct Filter {
    /// Only of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only of this session
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// Only of this speaker
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,
    /// Only with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Only those that matter so much, from 0 to 1
    #[arg(long, value_name = "N")]
    least_importance: Option<f64>,
    /// Only those that are so sure, from 0 to 1
    #[arg(long, value_name = "N")]
    least_confidence: Option<f64>,
}

impl From<Filter> for MemoryFilter {
    fn from(filter: Filter) -> Self {
        let Filter { kind, session, speaker, tag, least_importance, least_confidence } = filter;
        Self { kind, session, speaker, tag, least_importance, least_confidence, contradictory: false }
    }
}

/// A moment on the command line.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error: BadTimestamp| error.to_string())
}

impl Memories {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        if self.undo {
            context.write()?.undo_memory_change()?;
            return context.output.answer(&Done { name: "undone", value: json!(true) });
        }
        if self.expire {
            let library = context.write()?;
            let expired = library.expire_memories(library.clock().now())?;
            return context.output.answer(&Done { name: "expired", value: json!(expired) });
        }
        if let Some(key) = &self.key {
            let library = context.read()?;
            let memory = library.memory(key).map_err(|error| CliError::from(error).about(key))?;
            let sources = library.memory_sources(key)?;
            return context.output.answer(&One::of(&memory, &sources));
        }
        let after = self.after.as_deref().map(str::parse::<MemoryCursor>).transpose()?;
        let filter = MemoryFilter { contradictory: self.contradictory, ..self.filter.into() };
        let page = context.read()?.memories(&filter, after, self.limit)?;
        context.output.answer(&Listing {
            memories: page.memories.iter().map(MemoryView::from).collect(),
            next: page.next.map(|cursor| cursor.to_string()),
            total: page.total,
        })
    }
}

/// The object `memory` of answers.
#[derive(Serialize)]
pub(super) struct MemoryView<'a> {
    pub(super) key: &'a str,
    pub(super) text: &'a str,
    kind: Option<&'a str>,
    pub(super) speaker: Option<&'a str>,
    pub(super) time: Option<&'a str>,
    session: Option<&'a str>,
    tags: &'a [String],
    importance: Option<f64>,
    confidence: Option<f64>,
    valid: Valid,
    created: Timestamp,
    changed: Timestamp,
    sources: &'a [DocumentId],
    parts: &'a [String],
    contradictions: &'a [Contradiction],
}

#[derive(Serialize)]
struct Valid {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    from_document: Option<DocumentId>,
}

impl<'a> From<&'a Memory> for MemoryView<'a> {
    fn from(memory: &'a Memory) -> Self {
        let validity = memory.validity;
        Self {
            key: &memory.key,
            text: &memory.text,
            kind: memory.kind.as_deref(),
            speaker: memory.speaker.as_deref(),
            time: memory.time.as_deref(),
            session: memory.session.as_deref(),
            tags: &memory.tags,
            importance: memory.importance,
            confidence: memory.confidence,
            valid: Valid {
                from: validity.from,
                until: validity.until,
                from_document: validity.from_document,
            },
            created: memory.created,
            changed: memory.changed,
            sources: &memory.sources,
            parts: &memory.parts,
            contradictions: &memory.contradictions,
        }
    }
}

impl MemoryView<'_> {
    /// Who said it, and when.
    pub(super) fn said(&self) -> String {
        let parts = [self.speaker, self.time, self.kind].into_iter().flatten().map(escaped);
        parts.collect::<Vec<_>>().join(", ")
    }

    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            return page.line(format!("{}\t{}\t{}", escaped(self.key), self.said(), escaped(self.text)));
        }
        page.line(format!("{}  {}", page.bold(&escaped(self.key)), page.dim(&self.said())));
        page.paragraph("    ", &escaped(self.text));
        for other in self.contradictions {
            let against = format!("contradicts {}", escaped(&other.key));
            page.line(format!("    {}", page.verdict(false, &against)));
        }
    }
}

#[derive(Serialize)]
struct Listing<'a> {
    memories: Vec<MemoryView<'a>>,
    next: Option<String>,
    total: u64,
}

impl Answer for Listing<'_> {
    fn render(&self, page: &mut Page) {
        self.memories.iter().for_each(|memory| memory.render(page));
        if !page.for_terminal() {
            return;
        }
        let shown = self.memories.len() as u64;
        match &self.next {
            _ if self.total == 0 => page.line("Nothing is remembered here."),
            Some(next) => {
                let more =
                    format!("{} of {}; next page: --after {next}", grouped(shown), grouped(self.total));
                page.line(page.dim(&more));
            }
            None => {}
        }
    }
}

#[derive(Serialize)]
struct One<'a> {
    memory: MemoryView<'a>,
    places: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    document: DocumentId,
    /// `None` where it is lost or the document is gone.
    range: Option<[u64; 2]>,
    gone: bool,
}

impl<'a> One<'a> {
    fn of(memory: &'a Memory, sources: &[MemorySource]) -> Self {
        let place = |source: &MemorySource| Place {
            document: source.document,
            range: match &source.place {
                SourcePlace::At(range) => Some([range.start, range.end]),
                SourcePlace::Lost | SourcePlace::Gone => None,
            },
            gone: source.place == SourcePlace::Gone,
        };
        Self { memory: MemoryView::from(memory), places: sources.iter().map(place).collect() }
    }
}

impl Answer for One<'_> {
    fn render(&self, page: &mut Page) {
        self.memory.render(page);
        if !page.for_terminal() {
            return;
        }
        for place in &self.places {
            let at = match place.range {
                Some([start, end]) => format!("from {}, {start}-{end}", place.document),
                None if place.gone => format!("from {}, which is gone", place.document),
                None => format!("from {}, where it is lost", place.document),
            };
            page.line(format!("    {}", page.dim(&at)));
        }
        for part in self.memory.parts {
            page.line(format!("    {}", page.dim(&format!("stands for {}", escaped(part)))));
        }
    }
}

/// What was done to memories, as one value.
struct Done {
    name: &'static str,
    value: serde_json::Value,
}

impl Serialize for Done {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({ self.name: self.value }).serialize(serializer)
    }
}

impl Answer for Done {
    fn render(&self, page: &mut Page) {
        match self.value.as_u64() {
            Some(count) => page.line(format!("{} {}", grouped(count), self.name)),
            None => page.line(self.name),
        }
    }
}
