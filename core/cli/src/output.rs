//! Standard output: the one place that writes to it.
//!
//! A command builds an [`Answer`]; here it becomes one line of JSON, or a page for people. Lines of a stream
//! are flushed one by one. A reader who has gone away ends the command quietly.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use serde::Serialize;

use crate::errors::{CliError, CliResult};
use crate::page::Page;

/// What a command answers with: JSON through `Serialize`, and the same for a person's eyes.
pub(crate) trait Answer: Serialize {
    /// Writes the answer for a person; [`Page::for_terminal`] tells whether one is looking or a script reads.
    fn render(&self, page: &mut Page);
}

/// Where answers go and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
    colour: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { json, terminal, colour: terminal && !set("NO_COLOR") && !dumb }
    }

    /// Whether a person looks at it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal && !self.json
    }

    /// Writes the whole answer of a command.
    pub(crate) fn answer(&self, answer: &impl Answer) -> CliResult<()> {
        if self.json {
            return self.json_line(answer);
        }
        let mut page = self.page();
        answer.render(&mut page);
        self.write(page.text().as_bytes())
    }

    /// Writes one line of a stream of JSON values.
    pub(crate) fn json_line(&self, value: &impl Serialize) -> CliResult<()> {
        let mut line = serde_json::to_vec(value)
            .map_err(|_| CliError::new(writemagic::Code::Internal, "an answer has no JSON form"))?;
        line.push(b'\n');
        self.write(&line)
    }

    /// Writes one event of a stream, with `--json`; a person is shown it otherwise.
    pub(crate) fn event(&self, value: &impl Serialize) -> CliResult<()> {
        if self.json { self.json_line(value) } else { Ok(()) }
    }

    /// Shows a part of a long answer to a person at once; nothing under `--json`.
    pub(crate) fn tell(&self, draw: impl FnOnce(&mut Page)) -> CliResult<()> {
        if self.json {
            return Ok(());
        }
        let mut page = self.page();
        draw(&mut page);
        self.write(page.text().as_bytes())
    }

    /// For an answer that is longer than memory should hold.
    pub(crate) fn stream(&self) -> Stream {
        Stream { json: self.json, out: BufWriter::with_capacity(STREAM_BYTES, io::stdout().lock()) }
    }

    fn page(&self) -> Page {
        Page::new(self.terminal, self.colour)
    }

    fn write(&self, bytes: &[u8]) -> CliResult<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).map_err(not_written)
    }
}

fn not_written(error: io::Error) -> CliError {
    match error.kind() {
        io::ErrorKind::BrokenPipe => CliError::OutputClosed,
        kind => {
            CliError::new(writemagic::Code::Io, format!("standard output could not be written ({kind:?})"))
        }
    }
}

/// Bytes of a stream that are written at a time.
const STREAM_BYTES: usize = 64 << 10;

/// A long answer on its way to standard output.
#[derive(Debug)]
pub(crate) struct Stream {
    json: bool,
    out: BufWriter<StdoutLock<'static>>,
}

impl Stream {
    /// Whether programs read it as JSON.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// Adds what `write` writes.
    pub(crate) fn put(
        &mut self,
        write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
    ) -> CliResult<()> {
        write(&mut self.out).map_err(not_written)
    }

    /// Says something that is no part of the answer, on standard error, in its place among what was put.
    pub(crate) fn aside(&mut self, text: &str) -> CliResult<()> {
        self.out.flush().map_err(not_written)?;
        // Nothing depends on whether it can be said.
        let _ = writeln!(io::stderr(), "{text}");
        Ok(())
    }

    /// Writes what is still held.
    pub(crate) fn finish(mut self) -> CliResult<()> {
        self.out.flush().map_err(not_written)
    }
}
