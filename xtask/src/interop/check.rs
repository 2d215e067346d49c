//! What is asked of an endpoint, and what came of all of it.

use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use super::KEY;
use super::command::{Provider, Told, Writemagic};
use super::server::Server;

/// How long a server may take to notice that nobody listens any more.
const HEARD: Duration = Duration::from_secs(60);

/// An endpoint of a server.
pub(super) struct Endpoint<'a> {
    pub(super) server: &'static str,
    /// As the server's documentation names it.
    pub(super) path: &'a str,
    pub(super) wire: &'a str,
    pub(super) base_url: &'a str,
}

/// What to ask of one model there.
pub(super) struct Asking<'a> {
    writemagic: &'a Writemagic,
    provider: String,
}

/// A whole answer, as it must come.
pub(super) struct Whole {
    pub(super) text: String,
    /// Why the model stopped, in our word.
    pub(super) stop: &'static str,
    /// Whether the endpoint tells how many tokens were used; if not, the figures are our estimates.
    pub(super) is_counted: bool,
}

/// What was checked.
#[derive(Default)]
pub(super) struct Report {
    passed: usize,
    failures: Vec<String>,
}

impl Report {
    /// Makes one check of one model and says how it went; those after it are made anyway.
    pub(super) fn check(
        &mut self,
        writemagic: &Writemagic,
        endpoint: &Endpoint<'_>,
        model: &str,
        what: &str,
        check: impl FnOnce(&Asking<'_>) -> Result<()>,
    ) {
        let name = format!("{} {}, model {model}: {what}", endpoint.server, endpoint.path);
        match Asking::new(writemagic, endpoint, model).and_then(|asking| check(&asking)) {
            Ok(()) => {
                eprintln!("    ok      {name}");
                self.passed += 1;
            }
            Err(error) => {
                eprintln!("    FAILED  {name}\n            {error:#}");
                self.failures.push(format!("{name}: {error:#}"));
            }
        }
    }

    /// # Errors
    /// If a check failed, with all that did.
    pub(super) fn conclude(self) -> Result<()> {
        let Self { passed, failures } = self;
        ensure!(
            failures.is_empty(),
            "{} of {} checks failed:\n  {}",
            failures.len(),
            passed + failures.len(),
            failures.join("\n  ")
        );
        eprintln!("\n{passed} checks passed.");
        Ok(())
    }
}

impl<'a> Asking<'a> {
    fn new(writemagic: &'a Writemagic, endpoint: &Endpoint<'_>, model: &str) -> Result<Self> {
        let Endpoint { server, wire, base_url, .. } = endpoint;
        let provider = format!("{server}-{wire}-{model}");
        writemagic.add(&Provider { name: &provider, wire, base_url, model })?;
        Ok(Self { writemagic, provider })
    }

    /// An answer streams in, whole.
    pub(super) fn answers(&self, limit: u64, prompt: &str, whole: &Whole) -> Result<()> {
        let told = self.writemagic.ask(&self.provider, KEY, limit, prompt)?;
        ended(&told, "completed", 0)?;
        same("text", whole.text.as_str(), told.text().as_str())?;
        same("text of the end", &json!(whole.text), &told.end["text"])?;
        same("reason to stop", &json!(whole.stop), &told.end["stop"])?;
        let started = told.of_kind("started").collect::<Vec<_>>();
        ensure!(started.len() == 1, "expected one event `started`, and came {started:?}");
        let usage = &told.end["usage"];
        same("whether usage is estimated", &json!(!whole.is_counted), &usage["estimated"])?;
        for tokens in ["input_tokens", "output_tokens"] {
            ensure!(usage[tokens].as_u64() > Some(0), "expected {tokens} of the answer, and came {usage}");
        }
        Ok(())
    }

    /// Nothing comes but a failure with this code.
    pub(super) fn fails(&self, key: &str, prompt: &str, code: &str) -> Result<Told> {
        let told = self.writemagic.ask(&self.provider, key, 64, prompt)?;
        ended(&told, "failed", 1)?;
        same("cause", &json!(code), &told.end["error"]["code"])?;
        same("text", "", told.text().as_str())?;
        Ok(told)
    }

    /// As [`fails`](Self::fails), after it was tried again.
    pub(super) fn fails_again_and_again(&self, prompt: &str, code: &str) -> Result<()> {
        let told = self.fails(KEY, prompt, code)?;
        let retries: Vec<&Value> = told.of_kind("retry").map(|retry| &retry["error"]["code"]).collect();
        same("causes of two retries", &vec![&json!(code); 2], &retries)
    }

    /// An answer without end stops at Ctrl-C, what came of it is kept, and the model behind it, at llama.cpp's server,
    /// learns of it.
    pub(super) fn stops_when_interrupted(&self, limit: u64, prompt: &str, model: &Server) -> Result<()> {
        model.forget();
        let told = self.writemagic.ask_and_interrupt(&self.provider, limit, prompt)?;
        ended(&told, "cancelled", 130)?;
        same("text that is kept", &json!(told.text()), &told.end["partial"])?;
        model.hear("Disconnected from client", HEARD)
    }

    /// `provider test` says that it works.
    pub(super) fn passes_the_test(&self) -> Result<()> {
        let tested = self.writemagic.test(&self.provider)?;
        ensure!(tested["ok"] == json!(true), "expected ok from provider test, and came {tested}");
        same("provider", &json!(self.provider), &tested["provider"])
    }
}

fn ended(told: &Told, how: &str, exit: i32) -> Result<()> {
    ensure!(told.end["type"] == how, "end: expected {how}, and came {}", told.end);
    same("exit code", &Some(exit), &told.exit)
}

fn same<T: PartialEq + Debug + ?Sized>(what: &str, expected: &T, came: &T) -> Result<()> {
    if expected != came {
        bail!("{what}: expected {expected:?}, and came {came:?}");
    }
    Ok(())
}
