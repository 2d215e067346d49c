//! Whole runs over a library on disk, with a transport that has the answer at hand.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use eventsource_stream::Eventsource as _;
use futures_executor::block_on;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use tempfile::TempDir;
use writemagic::ai::driver::{RunHandle, Runs, Terms, Told};
use writemagic::ai::key::{Key, KeyError};
use writemagic::ai::model::{Message, Provider, Request, Role};
use writemagic::ai::run::{RunEnd, RunEvent};
use writemagic::ai::stream::Failure;
use writemagic::ai::transport::{HttpRequest, Response, ResponseBody, ResponseHead, Sending, Transport};
use writemagic::ai::wire::Wire;
use writemagic::limits::OPEN_RUNS;
use writemagic::{Library, OpenOptions};

use super::streams::{self, Streamed};
use crate::child::{self, Task};
use crate::measure::{cost_of, median, percentile, resident_bytes};
use crate::plan::Plan;
use crate::report::{Table, aim, duration, ratio, size};

/// No run here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes that come at a time: a record of TLS.
const CHUNK: usize = 16 << 10;
/// Pieces that an answer begins with whose end never comes.
const BEGUN: usize = 200;
/// Runs of which the first words are waited for, by round.
const FIRSTS: usize = 20;

/// Answers everything with the same bytes, and ends there or stays open.
struct Canned {
    chunks: Vec<Bytes>,
    ends: bool,
}

struct Body {
    chunks: VecDeque<Bytes>,
    ends: bool,
}

impl Canned {
    fn new(bytes: &[u8], ends: bool) -> Self {
        Self { chunks: bytes.chunks(CHUNK).map(Bytes::copy_from_slice).collect(), ends }
    }
}

impl Transport for Canned {
    fn send(&self, _: HttpRequest) -> Sending {
        let body = Body { chunks: self.chunks.iter().cloned().collect(), ends: self.ends };
        let head = ResponseHead::new(200, [("content-type", "text/event-stream")]);
        Box::pin(async move { Ok(Response::new(head, body)) })
    }

    fn forget_connections(&self) {}
}

impl ResponseBody for Body {
    fn poll_chunk(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        match self.chunks.pop_front() {
            Some(chunk) => Poll::Ready(Some(Ok(chunk))),
            None if self.ends => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// A new library's runs over this transport.
struct Desk {
    runs: Runs,
    _library: Library,
    _folder: Option<TempDir>,
}

impl Desk {
    fn new(transport: Canned) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let desk = Self::at(folder.path(), transport)?;
        Ok(Self { _folder: Some(folder), ..desk })
    }

    fn at(folder: &Path, transport: Canned) -> Result<Self> {
        let library = Library::open(folder, OpenOptions::new().create(true))?;
        let keys = Arc::new(|_: &str| Key::new("sk-bench".to_owned()).map_err(|_| KeyError::Missing));
        let runs = library.assistant().runs_with(keys, Some(Arc::new(transport)))?;
        Ok(Self { runs, _library: library, _folder: None })
    }

    fn start(&self, provider: &str) -> Result<RunHandle> {
        let request = Request {
            system: None,
            messages: vec![Message { role: Role::User, text: "How was the weather?".to_owned() }],
            max_output_tokens: 1_000,
            temperature: None,
            stop: Vec::new(),
        };
        let url = format!("https://{provider}.example/v1");
        let model = Provider::new(provider, Wire::OpenAi, &url, "model-1")?;
        Ok(self.runs.start(request, Terms::new([model]))?)
    }
}

/// The next piece of text; `None` at the end of a run that completes.
fn next_text(run: &mut RunHandle) -> Result<Option<String>> {
    loop {
        match run.next_timeout(PATIENCE).context("a run that stands still")? {
            Told::Event(RunEvent::Text(text)) => return Ok(Some(text)),
            Told::Event(_) => {}
            Told::End(outcome) => match outcome.end {
                RunEnd::Completed { .. } => return Ok(None),
                end => bail!("a run that ends otherwise: {end:?}"),
            },
        }
    }
}

pub(super) fn measure(plan: &Plan) -> Result<String> {
    let streamed = streams::openai(plan.answer_pieces);
    let desk = Desk::new(Canned::new(&streamed.bytes, true))?;
    let begun = Desk::new(Canned::new(&streams::openai(BEGUN).bytes, false))?;
    let (mut ours, mut bare, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.answer_rounds {
        ours.push(cost_of(|| whole_run(&desk, &streamed))?.1);
        bare.push(cost_of(|| stream_alone(&streamed))?.1);
        for _ in 0..FIRSTS {
            firsts.push(first_words(&begun)?);
        }
    }
    let per_event = |costs: &[crate::measure::Cost], of: fn(&crate::measure::Cost) -> f64| {
        median(costs.iter().map(of)) / streamed.events as f64
    };
    let mut table = Table::new(&["", "CPU per event", "wall per event", "events a second", "against a run"]);
    let run = per_event(&ours, |cost| cost.cpu);
    for (name, costs) in [("a run", &ours), ("the stream alone", &bare)] {
        let (cpu, wall) = (per_event(costs, |cost| cost.cpu), per_event(costs, |cost| cost.wall));
        table.row(&[
            name.into(),
            duration(cpu),
            duration(wall),
            crate::report::count((1e9 / wall) as u64),
            ratio(cpu, run),
        ]);
    }
    let mut body = table.finish();
    let mut table = Table::new(&["", "figure", "aim"]);
    let (middle, slow) = (median(firsts.iter().copied()), percentile(firsts.iter().copied(), 0.99));
    table.row(&["To the first words, CPU: median".into(), duration(middle), aim(middle, 200e3, "< 200 µs")]);
    table.row(&["the same, p99".into(), duration(slow), String::new()]);
    let folder = tempfile::tempdir()?;
    let open = child::run(Task::OpenRuns, folder.path(), folder.path())?.count as f64;
    table.row(&["Memory of an open run".into(), size(open), aim(open, 65_536.0, "< 64 KiB")]);
    body += "\n";
    body += &table.finish();
    Ok(body)
}

fn whole_run(desk: &Desk, streamed: &Streamed) -> Result<()> {
    let mut run = desk.start("far")?;
    let mut text = String::new();
    while let Some(piece) = next_text(&mut run)? {
        text += &piece;
    }
    ensure!(text == streamed.text, "an answer that is not what was sent");
    Ok(())
}

#[derive(Deserialize)]
struct Chunk {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Delta,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}

/// What a small client does with a stream.
fn stream_alone(streamed: &Streamed) -> Result<()> {
    let chunks = streamed
        .bytes
        .chunks(CHUNK)
        .map(|chunk| Ok::<_, std::convert::Infallible>(Bytes::copy_from_slice(chunk)));
    let mut events = stream::iter(chunks).eventsource();
    let mut text = String::new();
    while let Some(event) = block_on(events.next()) {
        let event = event?;
        if event.data == "[DONE]" {
            break;
        }
        let chunk: Chunk = serde_json::from_str(&event.data)?;
        let delta = chunk.choices.into_iter().next().and_then(|choice| choice.delta.content);
        text += delta.as_deref().unwrap_or_default();
    }
    ensure!(text == streamed.text, "an answer that is not what was sent");
    Ok(())
}

/// Processor time of the process from asking to the first text, in ns.
fn first_words(desk: &Desk) -> Result<f64> {
    let (mut run, cost) = cost_of(|| {
        let mut run = desk.start("near")?;
        next_text(&mut run)?.context("an answer without text")?;
        Ok(run)
    })?;
    run.cancel();
    while run.next_timeout(PATIENCE).is_some() {}
    Ok(cost.cpu)
}

/// The child's side of the memory of an open run: opens as many as may be open, and gives the bytes of each; 0 where the
/// system does not tell.
pub(crate) fn hold_open(folder: &Path) -> Result<u64> {
    let desk = Desk::at(folder, Canned::new(&streams::openai(BEGUN).bytes, false))?;
    // One run beforehand brings threads, caches and the tables of the library.
    first_words(&desk)?;
    let Some(before) = resident_bytes() else { return Ok(0) };
    let mut open = Vec::new();
    for number in 0..OPEN_RUNS {
        let mut run = desk.start(&format!("far-{number}"))?;
        next_text(&mut run)?.context("an answer without text")?;
        open.push(run);
    }
    let after = resident_bytes().unwrap_or(before);
    Ok(after.saturating_sub(before) / OPEN_RUNS)
}
