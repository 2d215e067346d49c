//! `consolidate`: memories that say the same, that contradict each other, and sessions that could be summed up.

use clap::Args;
use serde::Serialize;
use writemagic::{ConsolidateOptions, ConsolidateReport, Disagreement, Timestamp};

use super::memories::moment;
use crate::answering::{Asking, Whom};
use crate::context::Context;
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Page, escaped, size};
use crate::progress::{self, Unit};

#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is lost: who is merged is kept behind the other one, contradictions are only shown, and\n\
    `writemagic memories --undo` takes all of it back.\n\n\
    Examples:\n  writemagic consolidate --dry-run\n  writemagic consolidate --older-than 2026-01-01   \
    name long sessions of last year too\n  \
    writemagic consolidate --older-than 2026-01-01 --summarize --provider near   and have a model sum them up"
)]
pub(crate) struct Consolidate {
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Name sessions whose last memory came before this moment (RFC 3339, or a date)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    older_than: Option<Timestamp>,
    /// And only those of so many bytes of text or more
    #[arg(long, value_name = "N", default_value_t = ConsolidateOptions::default().least_bytes)]
    least_bytes: u64,
    /// Have a model sum up the sessions that are named, each in one memory that stands for the others
    #[arg(long, requires = "older_than", conflicts_with = "dry_run")]
    summarize: bool,
    #[command(flatten)]
    whom: Whom,
}

impl Consolidate {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = if self.dry_run { context.read()? } else { context.write()? };
        let options = ConsolidateOptions {
            rehearsal: self.dry_run,
            older_than: self.older_than,
            least_bytes: self.least_bytes,
        };
        let report = progress::wait(library.consolidate_memories(options), "comparing", Unit::Memories)?;
        let mut answer = Consolidated::from(&report);
        if self.summarize && !report.groups.is_empty() {
            let asking = Asking::new(context, &library, &self.whom)?;
            let assistant = library.assistant();
            for group in &report.groups {
                let summary = assistant.prepare_summary(group, &asking.room)?;
                let run = asking.runs().start(summary.request().clone(), asking.terms())?;
                let said = asking.whole(run)?;
                answer.summaries.push(assistant.keep_summary(&summary, &said)?.key);
            }
        }
        context.output.answer(&answer)
    }
}

#[derive(Serialize)]
struct Consolidated<'a> {
    merged: Vec<Merged<'a>>,
    contradictions: Vec<Contradictory<'a>>,
    groups: Vec<Group<'a>>,
    /// The keys of the summaries that were made of the groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    summaries: Vec<String>,
}

#[derive(Serialize)]
struct Merged<'a> {
    kept: &'a str,
    absorbed: &'a [String],
}

#[derive(Serialize)]
struct Contradictory<'a> {
    keys: &'a [String; 2],
    why: Disagreement,
}

#[derive(Serialize)]
struct Group<'a> {
    session: &'a str,
    keys: &'a [String],
    bytes: u64,
}

impl<'a> From<&'a ConsolidateReport> for Consolidated<'a> {
    fn from(report: &'a ConsolidateReport) -> Self {
        let merged = |one: &'a writemagic::Merged| Merged { kept: &one.kept, absorbed: &one.absorbed };
        let pair = |pair: &'a writemagic::Contradictory| Contradictory { keys: &pair.keys, why: pair.why };
        let group = |group: &'a writemagic::MemoryGroup| Group {
            session: &group.session,
            keys: &group.keys,
            bytes: group.bytes,
        };
        Self {
            merged: report.merged.iter().map(merged).collect(),
            contradictions: report.contradictions.iter().map(pair).collect(),
            groups: report.groups.iter().map(group).collect(),
            summaries: Vec::new(),
        }
    }
}

impl Answer for Consolidated<'_> {
    fn render(&self, page: &mut Page) {
        let keys = |keys: &[String]| keys.iter().map(|key| escaped(key)).collect::<Vec<_>>();
        if !page.for_terminal() {
            for one in &self.merged {
                page.line(format!("merged\t{}\t{}", escaped(one.kept), keys(one.absorbed).join("\t")));
            }
            for pair in &self.contradictions {
                page.line(format!("contradiction\t{}", keys(pair.keys).join("\t")));
            }
            return self
                .groups
                .iter()
                .for_each(|group| page.line(format!("group\t{}\t{}", escaped(group.session), group.bytes)));
        }
        for one in &self.merged {
            page.line(format!(
                "{} stands for {}",
                page.bold(&escaped(one.kept)),
                keys(one.absorbed).join(", ")
            ));
        }
        for pair in &self.contradictions {
            page.line(
                page.verdict(false, &format!("{} contradict each other", keys(pair.keys).join(" and "))),
            );
        }
        for key in &self.summaries {
            page.line(format!("{} sums up a session", page.bold(&escaped(key))));
        }
        for group in self.groups.iter().skip(self.summaries.len()) {
            let what = format!("{} memories, {}", group.keys.len(), size(group.bytes));
            page.line(format!(
                "{} could be summed up  {}",
                page.bold(&escaped(group.session)),
                page.dim(&what)
            ));
        }
        if self.merged.is_empty() && self.contradictions.is_empty() && self.groups.is_empty() {
            page.line("Nothing says the same, and nothing contradicts another.");
        }
    }
}
