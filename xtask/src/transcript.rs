//! A command whose output is shown and kept, line by line.
//!
//! Tests run with `--show-output`, so that the transcript has what passing tests print; on the terminal those
//! sections are left out.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, anyhow};

/// Runs `command`; its standard output and error go to ours, and both to `file`.
pub(crate) fn run(command: &mut Command, file: &Path) -> Result<ExitStatus> {
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let kept = Mutex::new(File::create(file).context("the transcript")?);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("standard output")?;
    let errors = child.stderr.take().context("standard error")?;
    thread::scope(|scope| {
        let errors = scope.spawn(|| copy(errors, io::stderr(), &kept));
        let output = copy(output, io::stdout(), &kept);
        let errors = errors.join().map_err(|_| anyhow!("the copying thread panicked"))?;
        output.and(errors)
    })
    .context("copying the output")?;
    Ok(child.wait()?)
}

fn copy(from: impl Read, mut to: impl Write, kept: &Mutex<File>) -> Result<()> {
    let mut from = BufReader::new(from);
    let mut filter = Filter::default();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        kept.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)?;
        if filter.shows(&line) {
            to.write_all(&line)?;
            to.flush()?;
        }
        line.clear();
    }
    Ok(())
}

/// Leaves out the sections in which a test binary prints what its passing tests said.
#[derive(Default)]
struct Filter {
    inside: bool,
}

impl Filter {
    fn shows(&mut self, line: &[u8]) -> bool {
        match line.trim_ascii_end() {
            b"successes:" => self.inside = true,
            b"failures:" => self.inside = false,
            line if line.starts_with(b"test result: ") => self.inside = false,
            _ => {}
        }
        !self.inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_shows_failures_and_results_but_not_what_passing_tests_say() {
        let printed = "\
running 2 tests
test good ... ok
test bad ... FAILED

successes:

---- good stdout ----
hello

successes:
    good

failures:

---- bad stdout ----
what went wrong

test result: FAILED. 1 passed; 1 failed
running 1 test
";
        let mut filter = Filter::default();
        let shown: String =
            printed.split_inclusive('\n').filter(|line| filter.shows(line.as_bytes())).collect();
        let expected = "\
running 2 tests
test good ... ok
test bad ... FAILED

failures:

---- bad stdout ----
what went wrong

test result: FAILED. 1 passed; 1 failed
running 1 test
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn output_that_is_not_utf_8_is_kept_and_shown_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kept");
        let kept = Mutex::new(File::create(&file).unwrap());
        let mut shown = Vec::new();
        copy(&b"one\n\xFF\xFE two\nno end"[..], &mut shown, &kept).unwrap();
        assert_eq!(shown, b"one\n\xFF\xFE two\nno end");
        assert_eq!(std::fs::read(&file).unwrap(), shown);
    }
}
