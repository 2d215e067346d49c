//! `rewrite`, `continue`, `summarize` and `critique`: what models can do with a document.

use std::ops::Range;
use std::process::ExitCode;

use clap::Args;
use writemagic::ai::task::{Task, TaskKind};

use crate::answering::{Asking, Made, Whom};
use crate::context::{Context, OnBranch, find};
use crate::errors::CliResult;

/// What these commands have in common.
#[derive(Debug, Args)]
struct Of {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The passage, in UTF-16 units [default: all of the text]
    #[arg(long, value_name = "A-B", value_parser = range)]
    range: Option<Range<u64>>,
    /// What the answer should keep to
    #[arg(long, value_name = "TEXT", default_value = "")]
    wish: String,
    #[command(flatten)]
    on: OnBranch,
    #[command(flatten)]
    whom: Whom,
}

impl Of {
    fn run(self, context: &Context, kind: TaskKind, words: Option<u64>) -> CliResult<ExitCode> {
        let library = context.by_meaning()?;
        let document = find(&library, &self.doc)?.id;
        let asking = Asking::new(context, &library, &self.whom)?;
        let mut task = Task::new(kind);
        task.instruction = self.wish;
        task.words = words.unwrap_or(task.words);
        let assistant = library.assistant();
        let branch = Some(self.on.branch.as_str());
        let writing = assistant.prepare(document, branch, self.range, &task, &asking.room)?;
        let run = asking.runs().start(writing.request().clone(), asking.terms())?;
        asking.show(run, |run, model, answer| {
            let proposal = assistant.propose(&writing, run, model, answer)?;
            Ok(Made::Proposal(proposal.map(|proposal| proposal.id)))
        })
    }
}

pub(super) fn range(text: &str) -> Result<Range<u64>, String> {
    let wrong = || "a range is two numbers with a hyphen between them, such as 120-480".to_owned();
    let (start, end) = text.split_once('-').ok_or_else(wrong)?;
    let (start, end): (u64, u64) = (start.parse().map_err(|_| wrong())?, end.parse().map_err(|_| wrong())?);
    if start > end { Err("the range ends before it begins".to_owned()) } else { Ok(start..end) }
}

#[derive(Debug, Args)]
#[command(
    after_help = "The answer becomes a proposal: nothing in the text changes until it is accepted.\n\n\
    Examples:\n  writemagic rewrite 'Chapter 1' --range 120-480 --wish 'shorter, in the past tense'\n  \
    writemagic proposals accept 0199a2c4-7d1e"
)]
pub(crate) struct Rewrite {
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
#[command(after_help = "Goes on at the end of the text, or of the range. The answer becomes a proposal.\n\n\
    Examples:\n  writemagic continue 'Chapter 1' --words 150\n  writemagic continue 'Chapter 1' --wish 'she finds the ring'")]
pub(crate) struct Continue {
    #[command(flatten)]
    of: Of,
    /// About how many words
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    words: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic summarize 'Chapter 1'\n  \
    writemagic summarize 'Chapter 1' --words 60 --provider near")]
pub(crate) struct Summarize {
    #[command(flatten)]
    of: Of,
    /// About how many words
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    words: Option<u64>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  writemagic critique 'Chapter 1'\n  \
    writemagic critique 'Chapter 1' --range 0-4000 --wish 'look at the dialogue'")]
pub(crate) struct Critique {
    #[command(flatten)]
    of: Of,
}

impl Rewrite {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        self.of.run(context, TaskKind::Rewrite, None)
    }
}

impl Continue {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        self.of.run(context, TaskKind::Continue, self.words)
    }
}

impl Summarize {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        self.of.run(context, TaskKind::Summarise, self.words)
    }
}

impl Critique {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        self.of.run(context, TaskKind::Critique, None)
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_two_numbers() {
        assert_eq!(range("120-480"), Ok(120..480));
        assert_eq!(range("0-0"), Ok(0..0));
        for wrong in ["", "-", "1", "1-", "-1", "2-1", "a-b", "1-2-3", "1..2"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
