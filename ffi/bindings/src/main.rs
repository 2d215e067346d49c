//! Prints the sources of one language as a JSON object, path by path: `bindings kotlin ROOT`, where ROOT is the workspace's folder.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for the build script")]

mod docs;
mod kotlin;
mod parity;
mod prose;
mod source;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(printed) => {
            println!("{printed}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bindings: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<String> {
    let [language, root] = arguments else { bail!("usage: bindings kotlin ROOT") };
    let root = PathBuf::from(root);
    let folders =
        ["core/engine/src", "core/storage/src", "core/ai/src", "core/shared/src", "ffi/operations/src"];
    let docs = docs::Docs::read(&folders.map(|folder| root.join(folder)))?;
    let mut files = match language.as_str() {
        "kotlin" => kotlin::files(&docs)?,
        _ => bail!("no such language: {language}"),
    };
    let rows = parity::rows(&docs);
    let gaps = parity::gaps(&rows);
    if !gaps.is_empty() {
        bail!("no platform has:\n  {}", gaps.join("\n  "));
    }
    files.push(("ffi/PARITY.md".to_owned(), parity::page(&rows)));
    let files: serde_json::Map<String, serde_json::Value> =
        files.into_iter().map(|(path, text)| (path, text.into())).collect();
    Ok(serde_json::to_string(&files)?)
}
