//! `runs`: what models were asked for and answered, as it was kept.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use writemagic::ai::model::Usage;
use writemagic::ai::run::RunRecord;
use writemagic::limits::RUN_PAGE;
use writemagic::{Code, Coded as _, Library, RunId, Timestamp};

use crate::answering::{Asking, Made, Whom};
use crate::context::{Context, find_id};
use crate::errors::CliResult;
use crate::money::{Dollars, shown};
use crate::output::Answer;
use crate::page::{Column, Page, escaped, grouped};

#[derive(Debug, Args)]
#[command(
    after_help = "A run whose process died is interrupted; its text is as far as it came. A run is named by its id or the \
    first 6 or more characters of it.\n\nExamples:\n  writemagic runs\n  writemagic runs 0199a2c4-7d1e\n  \
    writemagic runs continue 0199a2c4-7d1e\n  writemagic --json runs --limit 1000"
)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Runs {
    #[command(subcommand)]
    action: Option<Action>,
    /// Show this run
    run: Option<String>,
    /// Show at most this many runs, the newest
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "run")]
    limit: u64,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Go on where an answer broke off: a new run, which says nothing twice
    #[command(after_help = "Examples:\n  writemagic runs continue 0199a2c4-7d1e")]
    Continue {
        /// The run
        run: String,
        #[command(flatten)]
        whom: Whom,
    },
}

impl Runs {
    pub(crate) fn run(self, context: &Context) -> CliResult<ExitCode> {
        match self.action {
            Some(Action::Continue { run, whom }) => {
                let library = context.write()?;
                let run = find_run(&library, &run)?;
                let asking = Asking::new(context, &library, &whom)?;
                let going_on = asking.runs().go_on(run, asking.terms())?;
                asking.show(going_on, |_, _, _| Ok(Made::Nothing))
            }
            None => self.list(context).map(|()| ExitCode::SUCCESS),
        }
    }

    fn list(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        if let Some(name) = &self.run {
            let run = find_run(&library, name)?;
            let record = library.assistant().run(run)?;
            return context.output.answer(&Kept { runs: vec![View::of(run, record)], is_list: false });
        }
        let mut runs = Vec::new();
        for run in library.assistant().runs(None, self.limit)? {
            match library.assistant().run(run) {
                Ok(record) => runs.push(View::of(run, record)),
                // Removed just now, to make room.
                Err(error) if error.code() == Code::RunNotFound => {}
                Err(error) if error.code() == Code::RunDamaged => runs.push(View::damaged(run)),
                Err(error) => return Err(error.into()),
            }
        }
        context.output.answer(&Kept { runs, is_list: true })
    }
}

/// The run that a command line names by its id or the start of one.
pub(crate) fn find_run(library: &Library, name: &str) -> CliResult<RunId> {
    find_id(name, Code::RunNotFound, || Ok(library.assistant().runs(None, RUN_PAGE)?))
}

#[derive(Serialize)]
struct Kept {
    runs: Vec<View>,
    #[serde(skip)]
    is_list: bool,
}

#[derive(Serialize)]
struct View {
    run: RunId,
    state: &'static str,
    provider: String,
    model: String,
    started: Option<Timestamp>,
    text: String,
    error: Option<Failure>,
    usage: Option<Usage>,
    cost: Option<Dollars>,
}

#[derive(Serialize)]
struct Failure {
    code: Code,
}

impl View {
    fn of(run: RunId, record: RunRecord) -> Self {
        let state = record.state().name();
        let RunRecord { head, text, tail } = record;
        Self {
            run,
            state,
            provider: head.provider,
            model: head.model,
            started: Some(head.started),
            text,
            error: tail.and_then(|tail| tail.error).map(|code| Failure { code }),
            usage: tail.and_then(|tail| tail.usage),
            cost: tail.and_then(|tail| tail.cost).map(Dollars),
        }
    }

    /// Of a run that this version cannot read there is nothing to say but that it is there.
    fn damaged(run: RunId) -> Self {
        Self {
            run,
            state: "damaged",
            provider: String::new(),
            model: String::new(),
            started: None,
            text: String::new(),
            error: Some(Failure { code: Code::RunDamaged }),
            usage: None,
            cost: None,
        }
    }

    fn state(&self) -> String {
        match &self.error {
            Some(error) => format!("{} ({})", self.state, error.code.name().replace('_', " ")),
            None => self.state.to_owned(),
        }
    }
}

impl Answer for Kept {
    fn render(&self, page: &mut Page) {
        if let ([run], false) = (self.runs.as_slice(), self.is_list) {
            if !page.for_terminal() {
                return page.verbatim(&run.text);
            }
            let cost = run.cost.map_or_else(String::new, |cost| format!(" · {}", shown(cost.0)));
            page.line(page.dim(&format!(
                "{} · {} · {}{cost}",
                escaped(&run.provider),
                escaped(&run.model),
                run.state()
            )));
            return run.text.lines().for_each(|line| page.paragraph("", &escaped(line)));
        }
        if page.for_terminal() && self.runs.is_empty() {
            return page.line("No model was asked yet.");
        }
        let rows = self.runs.iter().map(|run| {
            vec![
                run.run.to_string(),
                run.started.map_or_else(|| "-".to_owned(), |time| time.to_string()),
                run.state(),
                escaped(&run.provider),
                escaped(&run.model),
                grouped(run.text.chars().count() as u64),
                run.cost.map_or_else(|| "-".to_owned(), |cost| shown(cost.0)),
            ]
        });
        let columns = [
            ("run", Column::Fixed),
            ("started", Column::Fixed),
            ("state", Column::Text),
            ("provider", Column::Text),
            ("model", Column::Text),
            ("characters", Column::Number),
            ("cost", Column::Number),
        ];
        page.table(&columns, rows);
    }
}
