//! The tour's hardest step: a child process types, is killed without warning, and nothing acknowledged is lost.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use writemagic::{Code, DocumentId, NewDocument};

use super::texts::Typing;
use super::{Outcome, Tour};
use crate::errors::{CliError, CliResult};
use crate::page::grouped;

/// After how many acknowledgements the child is killed, one child after the other.
const KILL_AFTER: [usize; 5] = [1, 7, 40, 110, 230];
/// Patches between two acknowledgements.
const BATCH: usize = 5;
/// Patches that a child would type if it lived; more than it gets to.
const TYPED: usize = 20_000;

/// How the titles of its documents begin.
pub(super) const TITLE: &str = "Typing";

pub(super) fn survive_kills(tour: &Tour) -> CliResult<Outcome> {
    let (mut acknowledged, mut found, mut lost) = (0, 0, 0);
    for (seed, after) in (1..).zip(KILL_AFTER) {
        tour.interruptible.check()?;
        let typing = Typing::new(TYPED, seed);
        let trace = tour.folder.path().join("typing.json");
        typing.write(&trace)?;
        // The parent lets go of the library: one process writes at a time.
        let document = tour.library()?.create_document(NewDocument::titled(format!("{TITLE} {seed}")))?.id;
        let safe = type_and_kill(tour, &trace, document, after)?;
        let text = tour.library()?.text(document)?;
        let state = typing.state_of(&text, safe);
        tour.output.tell(|page| {
            let (safe, all) = (grouped(safe as u64), grouped(typing.len() as u64));
            let outcome = match state {
                Some(count) => format!("reopened with {} edits", grouped(count as u64)),
                None => page.verdict(false, "reopened with a text that was never typed"),
            };
            page.line(format!("   killed with {safe} of {all} edits acknowledged; {outcome}"));
        })?;
        acknowledged += safe;
        match state {
            Some(count) => found += count,
            None => lost += 1,
        }
    }
    let report = tour.library()?.check(false).wait()?;
    Ok(Outcome::new(lost == 0 && report.is_ok())
        .figure("kills", KILL_AFTER.len())
        .figure("edits_acknowledged", acknowledged)
        .figure("edits_found", found)
        .figure("documents_with_losses", lost)
        .figure("problems", report.problems.len()))
}

/// Starts this program as a typist and kills it after so many acknowledgements; gives how many patches it had
/// acknowledged by then.
fn type_and_kill(tour: &Tour, trace: &Path, document: DocumentId, after: usize) -> CliResult<usize> {
    let unstarted = |error: &std::io::Error| CliError::file("writemagic".as_ref(), error);
    let program = std::env::current_exe().map_err(|error| unstarted(&error))?;
    let child = Command::new(program)
        .arg("--library")
        .arg(tour.library_folder())
        .arg("replay")
        .arg(trace)
        .args(["--acks", "--doc", &document.to_string(), "--batch", &BATCH.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| unstarted(&error))?;
    let mut typist = Typist(child);
    let Some(output) = typist.0.stdout.take() else { return Ok(0) };
    let mut safe = 0;
    let mut seen = 0;
    // What it had written before it died was acknowledged too: read to the end.
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Ok(Acknowledged { durable }) = serde_json::from_str(&line) {
            safe = durable;
        }
        seen += 1;
        if seen == after {
            typist.kill();
        }
    }
    if seen < after {
        return Err(CliError::new(Code::Internal, "the child process ended before it was killed"));
    }
    Ok(safe)
}

#[derive(Deserialize)]
struct Acknowledged {
    durable: usize,
}

/// A child that does not outlive the step.
struct Typist(Child);

impl Typist {
    /// Ends it without warning (SIGKILL, TerminateProcess) and waits until it is gone.
    fn kill(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        self.kill();
    }
}
