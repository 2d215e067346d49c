//! `cargo xtask bindings`: what other languages share with the engine, as source text of theirs. The files are committed;
//! `--verify` compares them with what the engine gives.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{step, workspace};

/// Which language's table of error codes stands in which file, from the workspace's root.
const ERROR_CODES: &[(&str, &str)] =
    &[("kotlin", "ffi/android/kotlin/src/main/kotlin/dev/writemagic/ErrorCode.kt")];

/// A file as the engine gives it.
struct Generated {
    path: &'static str,
    text: String,
}

/// Writes every file, or fails with the names of those that differ.
pub(crate) fn run(verify: bool) -> Result<()> {
    let files = generate()?;
    let root = workspace::root()?;
    if verify { compare(&files, &root) } else { write(&files, &root) }
}

fn generate() -> Result<Vec<Generated>> {
    let generated = |(language, path): &(&'static str, &'static str)| {
        let mut command = workspace::cargo()?;
        let example =
            ["run", "--quiet", "--package", "writemagic-boundary", "--example", "error-codes", "--"];
        Ok(Generated { path, text: printed(command.args(example).arg(language))? })
    };
    ERROR_CODES.iter().map(generated).collect()
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

fn write(files: &[Generated], root: &Path) -> Result<()> {
    for Generated { path, text } in files {
        let file = root.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        fs::write(&file, text).with_context(|| file.display().to_string())?;
        eprintln!("    {path}: {} lines", text.lines().count());
    }
    Ok(())
}

fn compare(files: &[Generated], root: &Path) -> Result<()> {
    let differs =
        |file: &&Generated| fs::read_to_string(root.join(file.path)).ok().as_ref() != Some(&file.text);
    let differing: Vec<_> = files.iter().filter(differs).map(|file| file.path).collect();
    if !differing.is_empty() {
        bail!("not what `cargo xtask bindings` writes:\n  {}", differing.join("\n  "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_or_edited_by_hand_is_named() {
        let files = [("Code.kt", "enum\n"), ("swift/Code.swift", "enum\n")]
            .map(|(path, text)| Generated { path, text: text.into() });
        let root = tempfile::tempdir().unwrap();
        let error = compare(&files, root.path()).unwrap_err().to_string();
        assert!(error.ends_with("\n  Code.kt\n  swift/Code.swift"));
        write(&files, root.path()).unwrap();
        compare(&files, root.path()).unwrap();
        fs::write(root.path().join("swift/Code.swift"), "struct\n").unwrap();
        let error = compare(&files, root.path()).unwrap_err().to_string();
        assert!(error.ends_with("writes:\n  swift/Code.swift"));
    }

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
