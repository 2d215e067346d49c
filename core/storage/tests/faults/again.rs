//! This test program as another process, which runs one test: the half that is to be killed, or alone, or elsewhere.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Tells the other process where to work; without it the test is run by a person or by `cargo test`, and does nothing.
const FOLDER: &str = "WRITEMAGIC_TEST_FOLDER";
/// Begins each line that the other process says. The test harness writes lines too.
const SAYS: &str = "says: ";

/// The command line of a process that runs `test`.
pub(crate) fn command(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--include-ignored"]).env(FOLDER, folder);
    command
}

/// Where this process is to work, if it is the other one.
pub(crate) fn folder() -> Option<std::path::PathBuf> {
    std::env::var_os(FOLDER).map(Into::into)
}

/// Says a line to the process that started this one.
pub(crate) fn say(line: &str) {
    // The harness may have begun a line.
    println!("\n{SAYS}{line}");
}

/// Waits for a line from the process that started this one; `None` when it says no more.
pub(crate) fn hear() -> Option<String> {
    let mut line = String::new();
    let length = std::io::stdin().read_line(&mut line).unwrap();
    (length > 0).then_some(line)
}

/// What the other process said in `output`.
pub(crate) fn said(output: &[u8]) -> Vec<String> {
    let output = String::from_utf8_lossy(output);
    output.lines().filter_map(|line| line.strip_prefix(SAYS)).map(str::to_owned).collect()
}

/// The other process, listening and speaking.
pub(crate) struct Other {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Other {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// The next line that it says; `None` once it has ended.
    pub(crate) fn next(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // A line without an end was cut by a kill.
            if let Some(said) = line.strip_prefix(SAYS).and_then(|line| line.strip_suffix('\n')) {
                return Some(said.to_owned());
            }
        }
    }

    /// Kills it without warning.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Says no more to it, and waits until it has ended well.
    pub(crate) fn end(self) {
        let Self { mut child, input, output } = self;
        drop(input);
        // It may say something still.
        std::io::copy(&mut { output }, &mut std::io::sink()).unwrap();
        assert!(child.wait().unwrap().success());
    }
}
