//! Asking models and showing what they say: on a terminal as it comes, with `--json` one event a line.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use writemagic::ai::driver::{Model, RunHandle, Runs, Terms, Told};
use writemagic::ai::key::{EnvironmentKey, KeyError, KeySource};
use writemagic::ai::model::{Locality, Provider, Usage};
use writemagic::ai::privacy::{Ceiling, Mask};
use writemagic::ai::run::{Cause, Outcome, RunEnd, RunEvent};
use writemagic::ai::task::Room;
use writemagic::ai::transport::Transport;
use writemagic::ai::transport::net::{Net, Trust};
use writemagic::{Code, Coded as _, Library, ProposalId, RunId, Timestamp};

use crate::context::Context;
use crate::errors::{CliError, CliResult};
use crate::interrupt::Interruptible;
use crate::money::Dollars;
use crate::output::Output;
use crate::page::escaped;
use crate::sources::SourceLine;
use crate::text_file::whole;

/// How long a silence lasts before a look at whether Ctrl-C was pressed.
const LOOK: Duration = Duration::from_millis(50);
/// What a model is taken to hold of which nothing is known, in tokens: what small servers give by default.
const UNKNOWN_CONTEXT: u64 = 8_192;
/// The longest answer of such a model, in tokens.
const UNKNOWN_OUTPUT: u64 = 2_048;
/// The longest file of phrases to mask, in bytes; there are narrower limits on what is in it.
const MASK_FILE_BYTES: u64 = 1 << 20;

/// Whom to ask, and under what rules.
#[derive(Debug, Args)]
pub(crate) struct Whom {
    /// The providers to ask, the next one where one fails [default: all, the nearest first]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    provider: Vec<String>,
    /// The longest answer, in tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_tokens: Option<u64>,
    /// The most tokens of the writer's other texts that are sent along: passages, memories, the story bible
    #[arg(long, value_name = "N", default_value_t = 1_024)]
    context: u64,
    /// Refuse every model that is not on this device
    #[arg(long)]
    on_device_only: bool,
    /// Take the phrases of this file (one a line), and all that looks like an address, a phone, account or card number, out of what
    /// is sent; the answer gets them back
    #[arg(long, value_name = "FILE")]
    mask: Option<PathBuf>,
}

impl Whom {
    /// One provider, for a short answer.
    pub(crate) fn only(provider: &str, max_tokens: u64) -> Self {
        let provider = vec![provider.to_owned()];
        Self { provider, max_tokens: Some(max_tokens), context: 0, on_device_only: false, mask: None }
    }
}

/// Models that can be asked, and how.
pub(crate) struct Asking {
    runs: Runs,
    terms: Terms,
    names: Vec<String>,
    /// What the first one holds.
    pub(crate) room: Room,
    output: Output,
}

/// The keys of providers: in the environment, each under its own name.
struct Keys(Vec<Provider>);

impl KeySource for Keys {
    fn key(&self, provider: &str) -> Result<writemagic::ai::key::Key, KeyError> {
        let found = self.0.iter().find(|known| known.name() == provider);
        match found.and_then(|known| known.key_variable()) {
            Some(variable) => EnvironmentKey::new(variable).key(provider),
            None => Err(KeyError::Missing),
        }
    }
}

impl Asking {
    pub(crate) fn new(context: &Context, library: &Library, whom: &Whom) -> CliResult<Self> {
        let assistant = library.assistant();
        let mut providers: Vec<Provider> = if whom.provider.is_empty() {
            let mut all = assistant.providers()?;
            all.sort_by_key(Provider::locality);
            all
        } else {
            let named = whom
                .provider
                .iter()
                .map(|name| assistant.provider(name).map_err(|error| CliError::from(error).about(name)));
            named.collect::<CliResult<_>>()?
        };
        providers.dedup_by(|a, b| a.name() == b.name());
        // Without one every run fails as `transport_unavailable`, in its own stream.
        let transport = Net::new(Trust::System).ok().map(|net| Arc::new(net) as Arc<dyn Transport>);
        let runs = assistant.runs_with(Arc::new(Keys(providers.clone())), transport)?;
        let records = runs.records();
        let known = providers.first().map(|provider| records.capabilities(provider));
        let context_tokens = known.as_ref().and_then(|known| known.context_tokens);
        let output_tokens = known.as_ref().and_then(|known| known.max_output_tokens);
        let model = providers.first().map_or("", Provider::model);
        let room = Room {
            context: context_tokens.unwrap_or(UNKNOWN_CONTEXT),
            output: whom.max_tokens.unwrap_or_else(|| output_tokens.unwrap_or(UNKNOWN_OUTPUT)),
            passages: whom.context,
            per_mille: runs.token_ratios().per_mille(model),
        };
        let names = providers.iter().map(|provider| provider.name().to_owned()).collect();
        let mut terms = Terms::new(providers.into_iter().map(Model::Provider));
        if whom.on_device_only {
            terms.ceiling = Ceiling::nearest([Locality::Device]);
        }
        if let Some(file) = &whom.mask {
            terms.mask = Some(read_mask(file)?);
        }
        Ok(Self { runs, terms, names, room, output: context.output })
    }

    pub(crate) fn runs(&self) -> &Runs {
        &self.runs
    }

    /// Whom it asks, in order, and the rules.
    pub(crate) fn terms(&self) -> Terms {
        self.terms.clone()
    }

    /// Waits for the end of a run without showing it.
    pub(crate) fn wait(mut run: RunHandle) -> Outcome {
        let interruptible = Interruptible::own();
        loop {
            if interruptible.check().is_err() {
                run.cancel();
            }
            if let Some(Told::End(outcome)) = run.next_timeout(LOOK) {
                return *outcome;
            }
        }
    }

    /// The whole answer of a run that is not shown; anything less is an error.
    pub(crate) fn whole(&self, run: RunHandle) -> CliResult<String> {
        let outcome = Self::wait(run);
        match &outcome.end {
            RunEnd::Completed { .. } => Ok(outcome.text),
            RunEnd::Cancelled => Err(CliError::interrupted()),
            RunEnd::Interrupted { cause, .. } => Err(as_error(cause, None)),
            RunEnd::Failed { cause, retry_at } => {
                Err(as_error(cause, retry_at.map(|moment| self.runs.time_of(moment))))
            }
        }
    }

    /// Shows a run to its end. `completed` may make something of the whole answer before the end is told.
    pub(crate) fn show(
        &self,
        mut run: RunHandle,
        completed: impl FnOnce(RunId, &str, &str) -> CliResult<Made>,
    ) -> CliResult<ExitCode> {
        let interruptible = Interruptible::own();
        let mut shown = Shown { output: self.output, line_is_open: false };
        let mut model = String::new();
        loop {
            if interruptible.check().is_err() {
                run.cancel();
            }
            match run.next_timeout(LOOK) {
                Some(Told::Event(event)) => {
                    if let RunEvent::Started { model: Some(named), .. } = &event {
                        model.clone_from(named);
                    }
                    if let Err(error) = shown.event(&event, &self.names, run.run()) {
                        run.cancel();
                        return Err(error);
                    }
                }
                Some(Told::End(outcome)) => {
                    let asked = outcome.candidate.and_then(|number| self.terms.models.get(number));
                    if let (true, Some(Model::Provider(provider))) = (model.is_empty(), asked) {
                        model = provider.model().to_owned();
                    }
                    let made = match outcome.end {
                        RunEnd::Completed { .. } => completed(run.run(), &model, &outcome.text),
                        _ => Ok(Made::Nothing),
                    };
                    return shown.end(run.run(), &outcome, made, |moment| self.runs.time_of(moment));
                }
                None => {}
            }
        }
    }
}

fn read_mask(file: &Path) -> CliResult<Mask> {
    let source = fs::File::open(file).map_err(|error| CliError::file(file, &error))?;
    let text = whole(source, file, "mask_file_bytes", MASK_FILE_BYTES)?;
    let phrases = text.lines().map(str::trim).filter(|phrase| !phrase.is_empty());
    Mask::new(phrases).map_err(|error| CliError::coded(&error).about(file.display()))
}

/// What is told of a run, one object a line.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Started { run: RunId, provider: Option<&'a str>, model: Option<&'a str> },
    Text { text: &'a str },
    Reasoning { text: &'a str },
    Usage { usage: Usage },
    Retry { provider: Option<&'a str>, after_ms: u64, error: Failure },
    Fallback { provider: Option<&'a str>, error: Failure },
    Completed(End<'a>),
    Interrupted(End<'a>),
    Cancelled(End<'a>),
    Failed(End<'a>),
}

#[derive(Serialize)]
struct End<'a> {
    run: RunId,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// Why a whole answer ends where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resumable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Dollars>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<SourceLine>>,
}

/// What is made of an answer.
pub(crate) enum Made {
    Nothing,
    Proposal(Option<ProposalId>),
    Sources(Vec<SourceLine>),
}

#[derive(Serialize)]
struct Failure {
    code: Code,
    message: String,
    retry_at: Option<Timestamp>,
}

impl Failure {
    fn of(cause: &Cause, retry_at: Option<Timestamp>) -> Self {
        Self { code: cause.code(), message: cause.to_string(), retry_at }
    }
}

/// What was shown so far.
struct Shown {
    output: Output,
    /// Text stands in the present line of the terminal.
    line_is_open: bool,
}

impl Shown {
    fn event(&mut self, event: &RunEvent, names: &[String], run: RunId) -> CliResult<()> {
        let name = |candidate: usize| names.get(candidate).map(String::as_str);
        let line = match event {
            RunEvent::Started { candidate, model } => {
                Line::Started { run, provider: name(*candidate), model: model.as_deref() }
            }
            RunEvent::Text(text) => {
                self.line_is_open = !text.ends_with('\n');
                self.output.tell(|page| page.verbatim(text))?;
                Line::Text { text }
            }
            RunEvent::Reasoning(text) => Line::Reasoning { text },
            RunEvent::Usage(usage) => Line::Usage { usage: *usage },
            RunEvent::Retry { candidate, after, cause } => {
                self.aside(&format!("{cause}: asking again in {:.1} s", after.as_secs_f64()));
                Line::Retry {
                    provider: name(*candidate),
                    after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
                    error: Failure::of(cause, None),
                }
            }
            RunEvent::Fallback { candidate, cause } => {
                self.aside(&format!("{cause}: asking {} instead", name(*candidate).unwrap_or_default()));
                Line::Fallback { provider: name(*candidate), error: Failure::of(cause, None) }
            }
            // Calls of tools, which nothing here offers, and signs of life.
            _ => return Ok(()),
        };
        self.output.event(&line)
    }

    /// Says something that is no part of the answer, to a person who looks.
    fn aside(&mut self, text: &str) {
        if self.output.is_terminal() {
            let end = if std::mem::take(&mut self.line_is_open) { "\n" } else { "" };
            // Nothing depends on whether it can be said.
            let _ = writeln!(io::stderr(), "{end}{}", escaped(text));
        }
    }

    fn end(
        mut self,
        run: RunId,
        outcome: &Outcome,
        made: CliResult<Made>,
        time_of: impl Fn(writemagic::ai::resilience::Moment) -> Timestamp,
    ) -> CliResult<ExitCode> {
        if self.line_is_open {
            self.output.tell(|page| page.line(""))?;
            self.line_is_open = false;
        }
        let (proposal, sources, failed) = match made {
            Ok(Made::Nothing) => (None, None, None),
            Ok(Made::Proposal(proposal)) => (proposal, None, None),
            Ok(Made::Sources(sources)) => (None, Some(sources), None),
            Err(error) => (None, None, Some(error)),
        };
        let partial = (!outcome.text.is_empty()).then_some(outcome.text.as_str());
        let end = |text, partial, resumable, error| End {
            run,
            text,
            stop: None,
            partial,
            resumable,
            error,
            usage: outcome.usage,
            cost: outcome.cost.map(Dollars),
            proposal,
            sources: None,
        };
        let (line, error) = match &outcome.end {
            RunEnd::Completed { reason } => {
                if let Some(proposal) = proposal {
                    self.aside(&format!("`writemagic proposals accept {proposal}` puts it into the text"));
                }
                for source in sources.iter().flatten() {
                    self.output.tell(|page| page.line(source.line(page)))?;
                }
                let whole = end(Some(&outcome.text), None, None, None);
                (Line::Completed(End { stop: Some(reason.name()), sources, ..whole }), failed)
            }
            RunEnd::Interrupted { cause, resumable } => {
                if *resumable {
                    self.aside(&format!("`writemagic runs continue {run}` goes on from here"));
                }
                let error = Failure::of(cause, None);
                (
                    Line::Interrupted(end(None, partial, Some(*resumable), Some(error))),
                    Some(as_error(cause, None)),
                )
            }
            RunEnd::Cancelled => {
                (Line::Cancelled(end(None, partial, None, None)), Some(CliError::interrupted()))
            }
            RunEnd::Failed { cause, retry_at } => {
                let at = retry_at.map(time_of);
                (
                    Line::Failed(end(None, partial, None, Some(Failure::of(cause, at)))),
                    Some(as_error(cause, at)),
                )
            }
        };
        self.output.event(&line)?;
        error.map_or(Ok(ExitCode::SUCCESS), Err)
    }
}

fn as_error(cause: &Cause, retry_at: Option<Timestamp>) -> CliError {
    let error = CliError::coded(cause);
    match retry_at {
        Some(at) => error.with("retry_at", at.to_string()),
        None => error,
    }
}
