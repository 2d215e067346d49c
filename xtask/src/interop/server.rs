//! A server of somebody else's, on loopback, for as long as it is held.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::files;
use crate::step;

/// How long a server may take until it listens: the proxy reads a large library first.
const START: Duration = Duration::from_secs(240);
/// What both servers, which stand on uvicorn, say when they listen.
const READY: &str = "Uvicorn running on";

/// A server, stopped when this is dropped. When this process dies without that, its end of the server's standard input
/// closes, which ends the server too.
pub(super) struct Server {
    /// Its root, `http://127.0.0.1:PORT`.
    pub(super) url: String,
    name: &'static str,
    process: Child,
    log: PathBuf,
    /// What it says, a line each.
    said: Receiver<String>,
}

impl Server {
    /// Starts `python -m MODULE` with these arguments and variables, and waits until it listens. What it says goes to
    /// `NAME.log` in the desk, too.
    pub(super) fn start(
        name: &'static str,
        python: &Path,
        desk: &Path,
        port: u16,
        module: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        let log = desk.join(format!("{name}.log"));
        let written = File::create(&log)?;
        let mut command = Command::new(python);
        command
            .arg(files()?.join("serve.py"))
            .args(module)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .envs(variables.iter().copied())
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(desk);
        step::announce(name, &step::command_line(&command));
        let start = Instant::now();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("{name} could not be started"))?;
        let (listener, said) = mpsc::channel();
        if let Some(output) = process.stdout.take() {
            pass_on(output, written.try_clone()?, listener.clone());
        }
        if let Some(output) = process.stderr.take() {
            pass_on(output, written, listener);
        }
        let server = Self { url: format!("http://127.0.0.1:{port}"), name, process, log, said };
        server.hear(READY, START)?;
        eprintln!("    {name}: listens after {:.1} s", start.elapsed().as_secs_f64());
        Ok(server)
    }

    /// Waits until the server says something with these words, from where it was heard last.
    pub(super) fn hear(&self, words: &str, within: Duration) -> Result<()> {
        let end = Instant::now() + within;
        let (name, log) = (self.name, self.log.display());
        loop {
            match self.said.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(words) => return Ok(()),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    bail!("expected {name} to say {words:?} within {} s; see {log}", within.as_secs())
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{name} ended, and was expected to say {words:?}; see {log}")
                }
            }
        }
    }

    /// What it said until now does not count any more.
    pub(super) fn forget(&self) {
        while self.said.try_recv().is_ok() {}
    }
}

/// Writes what a server says into its log and tells it, until it ends.
fn pass_on(output: impl Read + Send + 'static, mut log: File, listener: Sender<String>) {
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            // A log that cannot be written is no reason to let the server wait; nor is that nobody listens.
            let _ = log.write_all(&line);
            let _ = listener.send(String::from_utf8_lossy(&line).into_owned());
            line.clear();
        }
    });
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that is free now.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free on loopback")?;
    Ok(listener.local_addr()?.port())
}
