//! The Kotlin layer beside UniFFI's: both libraries and the classes are built here, JMH measures them.
//!
//! It needs a JDK (17 or later) and Maven, whose repository is the user's own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::MANIFEST;
use crate::jvm::missing_tool;
use crate::{step, workspace};

const NAME: &str = "Kotlin calls";
const LIBRARIES: [&str; 2] = ["libwritemagic_jni.so", "libwritemagic_peer.so"];

/// Measures, or says in a line why not.
pub(super) fn run_where_it_can() -> Result<()> {
    match missing_tool() {
        Some(tool) => step::announce(NAME, &format!("skipped: {tool} cannot be run")),
        None => run()?,
    }
    Ok(())
}

/// Builds all that is measured, and has it measured.
pub(super) fn run() -> Result<()> {
    if let Some(tool) = missing_tool() {
        bail!("{NAME}: {tool} cannot be run");
    }
    let build = ["build", "--release", "--package"];
    step::run("JVM library", workspace::cargo()?.args(build).arg("writemagic-android"))?;
    let peer = ["jvm-peer", "--manifest-path", MANIFEST];
    step::run("UniFFI library", workspace::cargo()?.args(build).args(peer))?;
    let [ours, theirs] = LIBRARIES;
    let ours = workspace::target()?.join("release").join(ours);
    let theirs = super::target()?.join("release").join(theirs);

    let project = workspace::root()?.join("benches").join("jvm");
    let built = project.join("target");
    // Classes and benches whose sources are gone would stay.
    for left in ["bindings", "classes", "libraries"] {
        let left = built.join(left);
        if left.exists() {
            fs::remove_dir_all(&left).with_context(|| left.display().to_string())?;
        }
    }
    generate(&project, &theirs, &built.join("bindings"))?;
    let libraries = built.join("libraries");
    fs::create_dir_all(&libraries)?;
    for library in [ours, theirs] {
        let name = library.file_name().context("a library without a name")?;
        fs::copy(&library, libraries.join(name)).with_context(|| library.display().to_string())?;
    }

    let mut maven = Command::new("mvn");
    maven.current_dir(&project).args(["--batch-mode", "--no-transfer-progress", "process-classes"]);
    step::run("classes", &mut maven)?;
    let results = ["run", "--manifest-path", MANIFEST, "--package", "jvm-results"];
    step::run(NAME, workspace::cargo()?.args(results))
}

/// Has UniFFI write its Kotlin.
fn generate(project: &Path, library: &Path, folder: &Path) -> Result<()> {
    let mut generator = workspace::cargo()?;
    // It finds the settings of the library's package through cargo, from where it is started.
    generator.current_dir(project.join("peer"));
    generator.args(["run", "--quiet", "--package", "jvm-bindgen", "--", "generate"]).arg(library);
    generator.args(["--language", "kotlin", "--no-format", "--out-dir"]).arg(folder);
    step::run("UniFFI's Kotlin", &mut generator)
}
