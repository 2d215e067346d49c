//! `cargo xtask bindings`: what other languages share with the engine, as source text of theirs. The files are committed;
//! `--verify` compares them with what the engine gives.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::generated::{self, Generated};
use crate::{step, uniffi, workspace};

/// The languages that there are sources in, and the page of what they have.
const LANGUAGES: &[&str] = &["kotlin", "swift", "parity"];

/// Writes every file, or fails with the names of those that differ.
pub(crate) fn run(verify: bool) -> Result<()> {
    let files = generate()?;
    let root = workspace::root()?;
    if verify {
        generated::compare(&files, &root, "cargo xtask bindings")
    } else {
        generated::write(&files, &root)
    }
}

fn generate() -> Result<Vec<Generated>> {
    let root = workspace::root()?;
    let mut generated = Vec::new();
    for language in LANGUAGES {
        generated.extend(made(&[language.as_ref(), root.as_os_str()])?);
    }
    generated.extend(uniffi::swift(&uniffi::library()?)?);
    Ok(generated)
}

/// What the generator makes with these arguments.
pub(crate) fn made(arguments: &[&OsStr]) -> Result<Vec<Generated>> {
    let mut command = workspace::cargo()?;
    command.args(["run", "--quiet", "--package", "writemagic-bindings", "--"]).args(arguments);
    let files: BTreeMap<String, String> = serde_json::from_str(&printed(&mut command)?)?;
    Ok(files.into_iter().map(|(path, text)| Generated { path, text }).collect())
}

/// What a command prints.
fn printed(command: &mut Command) -> Result<String> {
    let line = step::command_line(command);
    step::announce("bindings", &line);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| line.clone())?;
    if !output.status.success() {
        bail!("bindings failed ({}): {line}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_prints_nothing_that_could_be_taken_for_a_file() {
        let mut command = workspace::cargo().unwrap();
        let error = printed(command.args(["no-such-command", "--quiet"])).unwrap_err().to_string();
        assert!(
            error.starts_with("bindings failed") && error.ends_with("no-such-command --quiet"),
            "{error}"
        );
    }
}
