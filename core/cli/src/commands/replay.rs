//! `replay`: plays a recorded editing trace through an edit session, as an editor would.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use writemagic::{Code, DocumentId, Durability, EditSession, Library, MAIN_BRANCH, NewDocument};

use crate::context::{Context, OnBranch, find};
use crate::cpu_time::process_cpu_time;
use crate::errors::{CliError, CliResult};
use crate::interrupt::Interruptible;
use crate::output::{Answer, Output};
use crate::page::{Page, grouped};
use crate::trace::{Splice, Trace};

#[derive(Debug, Args)]
#[command(
    after_help = "A trace is JSON, gzip or not: {\"startContent\",\"endContent\",\"txns\":[{\"patches\":\
    [[position,deleted,\"inserted\"]]}]}, positions in code points.\n\n\
    Examples:\n  writemagic replay automerge-paper.json.gz\n  \
    writemagic replay typing.json --doc Draft --rate 20 --acks"
)]
pub(crate) struct Replay {
    /// The trace file
    trace: PathBuf,
    /// The document to play into: id, exact title, or the start of an id [default: a new one]
    #[arg(long, value_name = "DOC")]
    doc: Option<String>,
    /// The title of the new document [default: the file name]
    #[arg(long, value_name = "TITLE", conflicts_with = "doc", allow_hyphen_values = true)]
    title: Option<String>,
    /// Wait until everything is durable after every N patches
    #[arg(long, value_name = "N", default_value = "20")]
    batch: NonZeroU64,
    /// Play this many patches a second [default: as fast as possible]
    #[arg(long, value_name = "N")]
    rate: Option<NonZeroU64>,
    /// Play the first N patches only
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// After every batch print {"durable":N}: the first N patches are safe. Answers in JSON
    #[arg(long)]
    acks: bool,
    #[command(flatten)]
    on: OnBranch,
}

impl Replay {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let interruptible = Interruptible::own();
        let trace = Trace::read(&self.trace)?;
        interruptible.check()?;
        if trace.is_concurrent() {
            return self.play_together(context, &trace);
        }
        let stage = self.stage(context, &trace)?;
        let session = stage.library.edit_branch(stage.document, &self.on.branch)?;
        if !stage.first.is_empty() {
            session.splice(0, 0, stage.first)?;
            session.flush(Durability::Committed)?;
        }
        let played = self.play(&session, &stage.splices, &interruptible, context.output);
        // Whatever ended the play, what was typed is refreshed for readers and search.
        let closed = session.close();
        let (durable, cpu) = played?;
        closed?;
        let text_matches_end = match (&trace.end, self.limit) {
            (Some(end), None) => Some(*end == stage.library.branch_text(stage.document, &self.on.branch)?),
            _ => None,
        };
        let edits = stage.splices.len() as u64;
        let played = Played {
            document: stage.document,
            edits,
            durable,
            ns_per_edit: u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX).checked_div(edits).unwrap_or(0),
            text_matches_end,
        };
        // A stream of acknowledgements is for programs: its last line is JSON as well.
        if self.acks { context.output.json_line(&played) } else { context.output.answer(&played) }
    }

    /// Plays what several writers did at once: all of it becomes the history of a new document.
    fn play_together(&self, context: &Context, trace: &Trace) -> CliResult<()> {
        if self.doc.is_some() || self.on.branch != MAIN_BRANCH {
            return Err(CliError::usage(
                "a recording of several writers becomes a new document: leave out --doc and --branch",
            ));
        }
        let cpu = process_cpu_time();
        let limit = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let (recorded, edits) = trace.recorded(limit).map_err(|error| error.about(self.trace.display()))?;
        let library = context.write_or_create()?;
        let title = self.title.clone().unwrap_or_else(|| file_name(&self.trace));
        let document = library.create_recorded(NewDocument::titled(title), recorded);
        let document = document.map_err(|error| {
            let error = CliError::from(error);
            match error.code() {
                Some(Code::InvalidArgument) => {
                    CliError::new(Code::InvalidTrace, "an edit lies outside of its text")
                        .about(self.trace.display())
                }
                _ => error,
            }
        })?;
        if self.acks {
            context.output.json_line(&Acknowledged { durable: edits })?;
        }
        let cpu = process_cpu_time().saturating_sub(cpu);
        let text_matches_end = match (&trace.end, self.limit) {
            (Some(end), None) => Some(*end == library.text(document.id)?),
            _ => None,
        };
        let ns_per_edit = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX).checked_div(edits).unwrap_or(0);
        let played = Played { document: document.id, edits, durable: edits, ns_per_edit, text_matches_end };
        if self.acks { context.output.json_line(&played) } else { context.output.answer(&played) }
    }

    /// Checks the trace against the text it will meet, then finds or creates the document.
    fn stage<'t>(&self, context: &Context, trace: &'t Trace) -> CliResult<Stage<'t>> {
        let mut stage = match &self.doc {
            Some(name) => {
                let library = context.write()?;
                let document = find(&library, name)?.id;
                let text = library
                    .branch_text(document, &self.on.branch)
                    .map_err(|error| CliError::from(error).about(&self.on.branch))?;
                // An empty document is a place to start from, whatever the trace starts from.
                let first = if text.is_empty() { trace.start.as_str() } else { "" };
                let splices = trace.splices(if text.is_empty() { first } else { &text })?;
                Stage { library, document, first, splices }
            }
            None if self.on.branch != MAIN_BRANCH => {
                return Err(CliError::usage("--branch goes with --doc"));
            }
            None => {
                let splices = trace.splices(&trace.start)?;
                let title = self.title.clone().unwrap_or_else(|| file_name(&self.trace));
                let library = context.write_or_create()?;
                let new = NewDocument::titled(title).text(trace.start.as_str());
                let document = library.create_document(new)?.id;
                Stage { library, document, first: "", splices }
            }
        };
        if let Some(limit) = self.limit {
            stage.splices.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(stage)
    }

    /// Plays the splices; gives how many are durable, and the processor time that they took.
    fn play(
        &self,
        session: &EditSession,
        splices: &[Splice<'_>],
        interruptible: &Interruptible,
        output: Output,
    ) -> CliResult<(u64, Duration)> {
        let batch = usize::try_from(self.batch.get()).unwrap_or(usize::MAX);
        let cpu = process_cpu_time();
        let started = Instant::now();
        let mut played = 0_u64;
        for batch in splices.chunks(batch) {
            for splice in batch {
                if let Some(rate) = self.rate {
                    let due = Duration::from_secs_f64(played as f64 / rate.get() as f64);
                    interruptible.wait_until(started + due)?;
                }
                type_one(session, splice)?;
                played += 1;
            }
            session.flush(Durability::Committed)?;
            if self.acks {
                output.json_line(&Acknowledged { durable: played })?;
            }
            interruptible.check()?;
        }
        Ok((played, process_cpu_time().saturating_sub(cpu)))
    }
}

/// What a play needs.
struct Stage<'t> {
    library: Library,
    document: DocumentId,
    /// Text that is typed before the splices and is none of them.
    first: &'t str,
    splices: Vec<Splice<'t>>,
}

/// Splices; when too much waits for the disk, waits for the disk once and tries again.
fn type_one(session: &EditSession, splice: &Splice<'_>) -> CliResult<()> {
    let typed = session.splice(splice.at, splice.delete, splice.insert).map_err(CliError::from);
    if matches!(&typed, Err(error) if error.code() == Some(Code::BacklogFull)) {
        session.flush(Durability::Committed)?;
        session.splice(splice.at, splice.delete, splice.insert)?;
        return Ok(());
    }
    typed.map(|_| ())
}

/// The last part of a path, as the title of the document that is played.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[derive(Serialize)]
struct Acknowledged {
    durable: u64,
}

#[derive(Serialize)]
struct Played {
    document: DocumentId,
    edits: u64,
    durable: u64,
    ns_per_edit: u64,
    text_matches_end: Option<bool>,
}

impl Answer for Played {
    fn render(&self, page: &mut Page) {
        page.line(format!(
            "played {} edits into {}, all of them durable, {} ns of processor time each",
            grouped(self.edits),
            self.document,
            grouped(self.ns_per_edit)
        ));
        if let Some(matches) = self.text_matches_end {
            let verdict =
                if matches { "the text is the recorded end" } else { "the text is not the recorded end" };
            page.line(page.verdict(matches, verdict));
        }
    }
}
