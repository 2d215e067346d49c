//! The servers' packages: listed to the last one, so that they are the same next year.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::files;
use crate::{step, workspace};

/// What is asked for a Python, one after the other.
const PYTHONS: [&str; 4] = ["python3", "python3.13", "python3.12", "python3.11"];
/// What the list of packages is made for.
const VERSIONS: std::ops::RangeInclusive<u32> = 11..=13;

/// Builds llama.cpp in minutes rather than as fast code: the model is tiny.
const LLAMA_BUILD: &str = "-DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DGGML_LLAMAFILE=OFF \
    -DLLAMA_OPENSSL=OFF -DCMAKE_C_FLAGS_RELEASE=-O1 -DCMAKE_CXX_FLAGS_RELEASE=-O1";

/// The Python that has the servers; they are installed first if they are missing or others are listed now.
pub(super) fn python() -> Result<PathBuf> {
    let folder = workspace::target()?.join("tools/interop");
    let python = folder.join("bin/python");
    let listed = files()?.join("requirements.txt");
    // Written last: what was interrupted is begun anew.
    let installed = folder.join("installed.txt");
    if fs::read(&installed).is_ok_and(|then| fs::read(&listed).is_ok_and(|now| now == then)) {
        return Ok(python);
    }
    step::run("environment", Command::new(system_python()?).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--quiet"])
        .arg("--cache-dir")
        .arg(folder.join("cache"))
        .arg("--requirement")
        .arg(&listed)
        .env("CMAKE_ARGS", LLAMA_BUILD)
        .env("CMAKE_BUILD_PARALLEL_LEVEL", "2");
    eprintln!(
        "\nllama.cpp is compiled here: this takes some minutes, once, and needs CMake and a C++ compiler."
    );
    step::run("servers", &mut install)?;
    fs::copy(listed, installed)?;
    Ok(python)
}

fn system_python() -> Result<&'static str> {
    let known =
        |python: &&&str| minor_version(Path::new(python)).is_some_and(|minor| VERSIONS.contains(&minor));
    match PYTHONS.iter().find(known) {
        Some(python) => Ok(python),
        None => {
            bail!("this needs Python 3.{} to 3.{} with its venv module", VERSIONS.start(), VERSIONS.end())
        }
    }
}

/// The N of Python 3.N, if that is what runs.
fn minor_version(python: &Path) -> Option<u32> {
    let output =
        Command::new(python).args(["-c", "import sys; print(*sys.version_info[:2])"]).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.trim().strip_prefix("3 ")?.parse().ok()
}
