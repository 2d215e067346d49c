//! `ask`: questions about the writer's texts, with a model or without; `context`: what a model would be shown.

use std::process::ExitCode;

use clap::Args;
use serde::{Serialize, Serializer};
use serde_json::json;
use writemagic::ai::task::{Room, Task, TaskKind};
use writemagic::{ContextOrigin, ContextPiece, ContextReason, ContextRequest};

use crate::answering::{Asking, Made, Whom};
use crate::context::{Context, OnBranch, find};
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Page, escaped, grouped};
use crate::sources::{self, SourceLine};

#[derive(Debug, Args)]
#[command(
    after_help = "The answer names its sources by number; they are listed behind it, as ranges in UTF-16 units.\n\n\
    Examples:\n  writemagic ask 'Where did she lose the ring?'\n  \
    writemagic ask 'Who knows about the letter?' --doc 'Chapter 3' --provider near\n  \
    writemagic ask --offline 'Where did she lose the ring?'     the passages that answer, without a model"
)]
pub(crate) struct Ask {
    /// The question
    question: String,
    /// Only from this document: id, exact title, or the start of an id
    #[arg(long, value_name = "DOC")]
    doc: Option<String>,
    /// Ask no model: show the passages, memories and entries that answer
    #[arg(long)]
    offline: bool,
    /// The most passages to show with --offline
    #[arg(long, value_name = "N", default_value_t = 10, requires = "offline")]
    limit: usize,
    #[command(flatten)]
    whom: Whom,
}

impl Ask {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        let library = context.by_meaning()?;
        let only =
            self.doc.as_deref().map(|name| find(&library, name)).transpose()?.map(|document| document.id);
        if self.offline {
            let request = ContextRequest { about: self.question, only, ..ContextRequest::default() };
            let mut pieces = library.context(&request)?;
            pieces.truncate(self.limit);
            context.output.answer(&Pieces(pieces))?;
            return Ok(ExitCode::SUCCESS);
        }
        let asking = Asking::new(context, &library, &self.whom)?;
        let question = library.assistant().prepare_question(&self.question, only, &asking.room)?;
        let run = asking.runs().start(question.request().clone(), asking.terms())?;
        asking.show(run, |_, _, answer| Ok(Made::Sources(sources::cited(&library, &question, answer)?)))
    }
}

struct Pieces(Vec<ContextPiece>);

impl Serialize for Pieces {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hit = |piece: &ContextPiece| {
            let mut value = match &piece.origin {
                ContextOrigin::Passage { document, version, range } => json!({
                    "document": document, "version": version.to_string(), "range": [range.start, range.end],
                }),
                ContextOrigin::BibleEntry(entry) => json!({"entry": entry}),
                ContextOrigin::Memory(key) => json!({"memory": key}),
            };
            match &piece.reason {
                ContextReason::Found { score } => value["score"] = json!(score),
                ContextReason::Mentioned { range } => value["mentioned"] = json!([range.start, range.end]),
                ContextReason::Always => value["always"] = json!(true),
            }
            value["title"] = json!(piece.title);
            value["text"] = json!(piece.text);
            value
        };
        json!({"hits": self.0.iter().map(hit).collect::<Vec<_>>()}).serialize(serializer)
    }
}

impl Answer for Pieces {
    fn render(&self, page: &mut Page) {
        for piece in &self.0 {
            let place = match &piece.origin {
                ContextOrigin::Passage { document, range, .. } => {
                    format!("{document}  {}-{}", range.start, range.end)
                }
                ContextOrigin::BibleEntry(entry) => format!("story bible {entry}"),
                ContextOrigin::Memory(key) => format!("memory {}", escaped(key)),
            };
            page.line(format!("{}  {}", page.bold(&escaped(&piece.title)), page.dim(&place)));
            page.paragraph("    ", &escaped(&piece.text));
        }
        if self.0.is_empty() && page.for_terminal() {
            page.line("Nothing answers that.");
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "What `continue` would send at this place: every source with its range, and why it is there.\n\n\
    Examples:\n  writemagic context 'Chapter 3' --at 12000 --budget 4096\n  \
    writemagic --json context 'Chapter 3' --budget 8192"
)]
pub(crate) struct ShowContext {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The caret, in UTF-16 units [default: the end of the text]
    #[arg(long, value_name = "N")]
    at: Option<u64>,
    /// What the model holds, prompt and answer together
    #[arg(long, value_name = "TOKENS", default_value_t = 4_096, value_parser = clap::value_parser!(u64).range(512..))]
    budget: u64,
    #[command(flatten)]
    on: OnBranch,
}

impl ShowContext {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.by_meaning()?;
        let document = find(&library, &self.doc)?.id;
        let room = Room {
            context: self.budget,
            output: self.budget / 4,
            passages: self.budget / 2,
            per_mille: 1_000,
        };
        let range = self.at.map(|at| 0..at);
        let branch = Some(self.on.branch.as_str());
        let task = Task::new(TaskKind::Continue);
        let writing = library.assistant().prepare(document, branch, range, &task, &room)?;
        let prompt = writing.prompt();
        let request = &prompt.request;
        context.output.answer(&Shown {
            tokens: prompt.tokens,
            max_output_tokens: request.max_output_tokens,
            sources: sources::all(&prompt.sources),
            left_out: prompt.left_out,
            system: request.system.as_deref().unwrap_or_default(),
            prompt: request.messages.first().map_or("", |message| &message.text),
        })
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    tokens: u64,
    max_output_tokens: u64,
    sources: Vec<SourceLine>,
    left_out: u64,
    system: &'a str,
    prompt: &'a str,
}

impl Answer for Shown<'_> {
    fn render(&self, page: &mut Page) {
        page.line(escaped(self.prompt));
        page.line("");
        for source in &self.sources {
            page.line(source.line(page));
        }
        if page.for_terminal() {
            let (tokens, answer) = (grouped(self.tokens), grouped(self.max_output_tokens));
            let left_out = match self.left_out {
                0 => String::new(),
                count => format!("; {} found no room", grouped(count)),
            };
            page.line(page.dim(&format!("about {tokens} tokens, and {answer} for the answer{left_out}")));
        }
    }
}
