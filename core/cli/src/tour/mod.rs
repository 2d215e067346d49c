//! `tour`: everything the engine does so far, on a bundled text in a temporary library, with measured figures.
//!
//! Each step works, checks what it did, and says so; nothing is shown that was not done. Here is the frame: the
//! temporary folder, the list of steps, the report. The steps are in [`steps`] and [`kill`].

mod history;
mod kill;
mod meaning;
mod steps;
mod texts;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use tempfile::TempDir;
use writemagic::embedding::Table;
use writemagic::{Library, OpenOptions};

use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::interrupt::Interruptible;
use crate::output::{Answer, Output};
use crate::page::Page;

/// Runs the tour; the exit code is 1 when a step found something wrong.
pub(crate) fn run(context: &Context) -> CliResult<ExitCode> {
    let folder = tempfile::Builder::new()
        .prefix("writemagic-tour-")
        .tempdir()
        .map_err(|error| CliError::file(&std::env::temp_dir(), &error))?;
    let tour = Tour { output: context.output, folder, interruptible: Interruptible::own() };
    let report = tour.walk()?;
    context.output.answer(&report)?;
    Ok(if report.ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What every step works with.
struct Tour {
    output: Output,
    /// Removed with everything in it when the tour ends.
    folder: TempDir,
    interruptible: Interruptible,
}

/// A step as its function describes it: what it found, and whether all was well.
struct Outcome {
    ok: bool,
    figures: Vec<(&'static str, Value)>,
}

impl Outcome {
    fn new(ok: bool) -> Self {
        Self { ok, figures: Vec::new() }
    }

    fn figure(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.figures.push((name, value.into()));
        self
    }
}

/// A step: its name, what it is about, and its work.
type Step = (&'static str, &'static str, fn(&Tour) -> CliResult<Outcome>);

const STEPS: &[Step] = &[
    (
        "import",
        "Taking in a folder of Markdown and text in five scripts. Folders stay folders; every byte is kept.",
        steps::import,
    ),
    (
        "count",
        "Counting by the Unicode rules: words and sentences in any script, characters as people see them.",
        steps::count,
    ),
    (
        "type",
        "Typing into a document. A keystroke is handed over without waiting for the disk; counts follow as you type.",
        steps::type_text,
    ),
    (
        "kill",
        "Killing a program in the middle of typing, again and again: what was acknowledged must be there.",
        kill::survive_kills,
    ),
    (
        "history",
        "Going back to what was, trying another ending, and bringing both together. Nothing is ever overwritten.",
        history::go_back,
    ),
    (
        "exchange",
        "Three libraries that are written to at once and then tell each other: all are the same, and nothing is lost.",
        history::become_one,
    ),
    ("search", "Finding by words, whatever the script, the case or the accents.", steps::search),
    (
        "question",
        "Finding what answers a question, though they have no word in common. No network, no model but a table of words.",
        meaning::question,
    ),
    (
        "bible",
        "A person of the story bible: where she is mentioned, and her new name in every text, as one step that is taken back.",
        meaning::bible,
    ),
    ("export", "Writing everything out again and comparing it with the files that came in.", steps::export),
    (
        "backup",
        "Writing a back-up of the library while it is in use, and checking all of it.",
        steps::back_up,
    ),
];

impl Tour {
    fn walk(&self) -> CliResult<Report> {
        let mut steps = Vec::with_capacity(STEPS.len());
        for (number, (name, about, work)) in (1..).zip(STEPS) {
            self.interruptible.check()?;
            self.output.tell(|page| {
                page.line(page.bold(&format!("{number}. {name}")));
                page.paragraph("   ", about);
            })?;
            let outcome = work(self);
            self.interruptible.check()?;
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(error) => match error.code() {
                    Some(code) => Outcome::new(false).figure("error", code.name()),
                    None => return Err(error),
                },
            };
            self.output.tell(|page| {
                let verdict = page.verdict(outcome.ok, if outcome.ok { "✓" } else { "✗" });
                let figure = |(name, value): &(&str, Value)| format!("{} {value}", name.replace('_', " "));
                let figures: Vec<String> = outcome.figures.iter().map(figure).collect();
                page.hanging(&format!("   {verdict} "), "     ", &figures.join(", "));
                page.line("");
            })?;
            let ok = outcome.ok;
            steps.push(Done {
                name,
                ok,
                figures: outcome.figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            });
            if !ok {
                // The steps after it stand on this one.
                break;
            }
        }
        Ok(Report { steps })
    }

    /// Opens the temporary library. Each step opens it anew, as a program that is started again would.
    fn library(&self) -> CliResult<Library> {
        let table = Table::linked().map_err(|error| CliError::coded(&error))?;
        let options = OpenOptions::new().create(true).embedder(Arc::new(table));
        Ok(Library::open(self.library_folder(), options)?)
    }

    fn library_folder(&self) -> PathBuf {
        self.folder.path().join("library")
    }

    /// Where the texts lie before they are imported.
    fn texts_folder(&self) -> PathBuf {
        self.folder.path().join("texts")
    }
}

#[derive(Serialize)]
struct Report {
    steps: Vec<Done>,
}

#[derive(Serialize)]
struct Done {
    name: &'static str,
    ok: bool,
    figures: Map<String, Value>,
}

impl Report {
    fn ok(&self) -> bool {
        self.steps.len() == STEPS.len() && self.steps.iter().all(|step| step.ok)
    }
}

impl Answer for Report {
    fn render(&self, page: &mut Page) {
        if self.ok() {
            page.line(page.verdict(true, "Everything is well. The temporary library is gone."));
            page.line("Now yours: `writemagic import PATH`, `writemagic new TITLE`, `writemagic help`.");
        } else {
            page.line(page.verdict(false, "Something went wrong: see the step marked with ✗."));
        }
    }
}
