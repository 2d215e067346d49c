//! The `writemagic` command, as a person or a script uses it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{KEY, KEY_VARIABLE};
use crate::workspace;

/// The events that end a run.
const ENDS: [&str; 4] = ["completed", "interrupted", "cancelled", "failed"];

/// The command of this build, with a library of its own.
pub(super) struct Writemagic {
    program: PathBuf,
    library: PathBuf,
}

/// A provider to ask.
pub(super) struct Provider<'a> {
    /// What it is called in the library.
    pub(super) name: &'a str,
    pub(super) wire: &'a str,
    pub(super) base_url: &'a str,
    pub(super) model: &'a str,
}

/// What a run told.
#[derive(Debug)]
pub(super) struct Told {
    /// The events before the end.
    pub(super) events: Vec<Value>,
    pub(super) end: Value,
    pub(super) exit: Option<i32>,
}

impl Writemagic {
    pub(super) fn new(desk: &Path) -> Result<Self> {
        let program =
            workspace::target()?.join("debug/writemagic").with_extension(std::env::consts::EXE_EXTENSION);
        Ok(Self { program, library: desk.join("library") })
    }

    fn command(&self, arguments: &[&str], key: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--library").arg(&self.library).arg("--json").args(arguments);
        // Nobody's proxy stands between this machine and itself.
        command.env("NO_PROXY", "*").env(KEY_VARIABLE, key);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Makes a provider known, in the place of another of its name.
    pub(super) fn add(&self, provider: &Provider<'_>) -> Result<()> {
        let Provider { name, wire, base_url, model } = provider;
        let what = ["provider", "add", name, "--wire", wire, "--base-url", base_url, "--model", model];
        let how = ["--locality", "lan", "--key-env", KEY_VARIABLE];
        let output = self.command(&[&what[..], &how[..]].concat(), KEY).output()?;
        if !output.status.success() {
            bail!("provider add failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// The answer of `provider test`.
    pub(super) fn test(&self, provider: &str) -> Result<Value> {
        let output = self.command(&["provider", "test", provider], KEY).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).with_context(|| {
            format!("provider test said {text:?} and {:?}", String::from_utf8_lossy(&output.stderr))
        })
    }

    /// Asks with `complete`, to the end.
    pub(super) fn ask(&self, provider: &str, key: &str, limit: u64, prompt: &str) -> Result<Told> {
        Run::start(self, provider, key, limit, prompt)?.finish()
    }

    /// Asks, presses Ctrl-C when text has come twice, and hears the end.
    pub(super) fn ask_and_interrupt(&self, provider: &str, limit: u64, prompt: &str) -> Result<Told> {
        let mut run = Run::start(self, provider, KEY, limit, prompt)?;
        while run.events.iter().filter(|event| event["type"] == "text").count() < 2 {
            if !run.next()? {
                bail!("the answer ended before it could be interrupted: {:?}", run.events.last());
            }
        }
        let interrupted = Command::new("kill").args(["-INT", &run.process.id().to_string()]).status()?;
        if !interrupted.success() {
            bail!("the command could not be sent Ctrl-C");
        }
        run.finish()
    }
}

/// A run of `complete` as it goes on.
struct Run {
    process: Child,
    lines: BufReader<std::process::ChildStdout>,
    events: Vec<Value>,
}

impl Run {
    fn start(writemagic: &Writemagic, provider: &str, key: &str, limit: u64, prompt: &str) -> Result<Self> {
        let limit = limit.to_string();
        let arguments = ["complete", "--provider", provider, "--max-tokens", &limit, "--", prompt];
        let mut process = writemagic.command(&arguments, key).spawn()?;
        let lines = BufReader::new(process.stdout.take().context("no standard output")?);
        Ok(Self { process, lines, events: Vec::new() })
    }

    /// Hears one more event; false when there is none.
    fn next(&mut self) -> Result<bool> {
        let mut line = String::new();
        if self.lines.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        self.events.push(serde_json::from_str(&line).with_context(|| format!("no event: {line:?}"))?);
        Ok(true)
    }

    fn finish(mut self) -> Result<Told> {
        while self.next()? {}
        let mut errors = String::new();
        if let Some(mut stderr) = self.process.stderr.take() {
            stderr.read_to_string(&mut errors)?;
        }
        let exit = self.process.wait()?.code();
        Told::new(std::mem::take(&mut self.events), exit)
            .with_context(|| format!("the command said on standard error: {}", errors.trim()))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // It has ended, unless a check gave it up.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Told {
    /// # Errors
    /// If not exactly the last of the events is an end.
    fn new(mut events: Vec<Value>, exit: Option<i32>) -> Result<Self> {
        let ends = |event: &Value| event["type"].as_str().is_some_and(|kind| ENDS.contains(&kind));
        match events.pop() {
            Some(end) if ends(&end) && !events.iter().any(ends) => Ok(Self { events, end, exit }),
            last => {
                bail!("a run must tell one end, as its last event, and told {events:?} and then {last:?}")
            }
        }
    }

    /// The text of the deltas, put together.
    pub(super) fn text(&self) -> String {
        self.of_kind("text").filter_map(|event| event["text"].as_str()).collect()
    }

    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |event| event["type"] == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(text: &str) -> Value {
        json!({"type": "text", "text": text})
    }

    #[test]
    fn a_run_tells_one_end_and_tells_it_last() {
        let end = json!({"type": "completed", "text": "ab"});
        let told = Told::new(vec![text("a"), text("b"), end.clone()], Some(0)).unwrap();
        assert_eq!((told.text().as_str(), &told.end), ("ab", &end));
        assert_eq!(told.of_kind("usage").count(), 0);
        assert!(Told::new(vec![text("a")], Some(0)).is_err());
        assert!(Told::new(vec![end.clone(), text("a")], Some(0)).is_err());
        assert!(Told::new(vec![end.clone(), end], Some(0)).is_err());
        assert!(Told::new(Vec::new(), None).is_err());
    }
}
