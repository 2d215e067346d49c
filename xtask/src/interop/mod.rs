//! `cargo xtask interop`: the AI wires, spoken by the real command with servers that others wrote.
//!
//! | part | what it is |
//! | --- | --- |
//! | `install` | the servers, of pinned versions, from the Python package index into `target/tools` |
//! | `server` | a server on loopback that does not outlive us |
//! | `command` | the `writemagic` command of this build, and the events that it tells |
//! | `check` | what is asked of an endpoint, and the report |
//! | `llama`, `litellm` | the servers, and what each of their endpoints must answer |
//!
//! What is not Rust lies in `xtask/interop`: the list of packages, a small model that says what it must, the
//! proxy's settings. Nothing is said to any address but loopback once the servers are installed.

mod check;
mod command;
mod install;
mod litellm;
mod llama;
mod server;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::{step, workspace};
use check::Report;
use command::Writemagic;

/// The key of both servers.
const KEY: &str = "sk-interop";
/// Where the command finds it.
const KEY_VARIABLE: &str = "WRITEMAGIC_INTEROP_KEY";

/// Installs the servers, builds the command, starts the servers and checks every endpoint.
pub(crate) fn run() -> Result<()> {
    if cfg!(not(unix)) {
        bail!("the servers' packages are listed for Unix: run this there");
    }
    let python = install::python()?;
    step::run("command", workspace::cargo()?.args(["build", "--package", "writemagic-cli"]))?;
    let desk = workspace::target()?.join("interop");
    if desk.exists() {
        fs::remove_dir_all(&desk).context("what an earlier run left")?;
    }
    fs::create_dir_all(&desk)?;
    let writemagic = Writemagic::new(&desk)?;

    let llama = llama::start(&python, &desk)?;
    let proxy = litellm::start(&python, &desk, &llama)?;
    step::announce("checks", &format!("logs of the servers in {}", desk.display()));
    let mut report = Report::default();
    llama::check(&writemagic, &llama, &mut report);
    litellm::check(&writemagic, &proxy, &llama, &mut report);
    report.conclude()
}

/// The files of these checks that are not Rust.
fn files() -> Result<PathBuf> {
    Ok(workspace::root()?.join("xtask/interop"))
}
