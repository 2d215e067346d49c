//! The canary: a word that tests put wherever user text goes (titles, texts, queries, names of files), and that
//! must never be seen in what the test run logs or prints.
//!
//! Read are the output of every test, passing ones included (so every panic message), and the log that every
//! process of a debug build writes of its events (`shared::telemetry`). What a test expects a command to print
//! is not among them: tests read that themselves.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Tests write this word where user text goes.
const CANARY: &[u8] = b"canary-b7e1f0";

/// Looks for the canary in the output of the tests and in each of their logs.
pub(crate) fn check(output: &Path, logs: &Path) -> Result<()> {
    let mut found = search(output)?;
    let mut events = 0;
    let mut processes = 0;
    for entry in fs::read_dir(logs).context("the logs of the tests")? {
        let log = search(&entry?.path())?;
        events += log.lines;
        processes += 1;
        found.places.extend(log.places);
    }
    if !found.places.is_empty() {
        bail!("the canary stands for user text and was seen in:\n  {}", found.places.join("\n  "));
    }
    if events == 0 || found.lines == 0 {
        bail!("the canary check read nothing: {} lines of output, {events} events", found.lines);
    }
    eprintln!(
        "    canary: not in {} lines of output and {events} events of {processes} processes",
        found.lines
    );
    Ok(())
}

#[derive(Debug, Default)]
struct Found {
    lines: usize,
    places: Vec<String>,
}

fn search(path: &Path) -> Result<Found> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut found = Found::default();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        found.lines += 1;
        if line.windows(CANARY.len()).any(|window| window == CANARY) {
            found.places.push(format!("{}:{}", path.display(), found.lines));
        }
        line.clear();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(output: &str, log: &str) -> Result<()> {
        let run = tempfile::tempdir().unwrap();
        let logs = run.path().join("logs");
        fs::create_dir(&logs).unwrap();
        fs::write(run.path().join("output"), output).unwrap();
        fs::write(logs.join("1.log"), log).unwrap();
        check(&run.path().join("output"), &logs)
    }

    fn leak() -> String {
        format!("first\nrenamed to {}!\n", String::from_utf8_lossy(CANARY))
    }

    #[test]
    fn a_clean_run_passes() {
        checked("test result: ok\n", "library opened\n").unwrap();
    }

    #[test]
    fn user_text_in_output_or_log_fails_the_run_and_names_the_line() {
        let error = checked(&leak(), "event\n").unwrap_err().to_string();
        assert!(error.contains("output:2"));
        let error = checked("fine\n", &leak()).unwrap_err().to_string();
        assert!(error.contains("1.log:2"));
    }

    #[test]
    fn a_run_that_logged_nothing_proves_nothing() {
        let error = checked("fine\n", "").unwrap_err().to_string();
        assert!(error.contains("read nothing"));
    }
}
