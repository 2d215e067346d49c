//! The layers for Kotlin and for Swift beside UniFFI's: libraries and benches are built here.
//!
//! Kotlin's need a JDK (17 or later) and Maven, whose repository is the user's own; Swift's need Swift 6.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::MANIFEST;
use crate::jvm::missing_tool;
use crate::{step, swift, workspace};

const KOTLIN: &str = "Kotlin calls";
const SWIFT: &str = "Swift calls";

/// Measures what it can, and says in a line what it cannot.
pub(super) fn run_where_it_can() -> Result<()> {
    match missing_tool() {
        Some(tool) => step::announce(KOTLIN, &format!("skipped: {tool} cannot be run")),
        None => kotlin()?,
    }
    match swift::missing() {
        Some(tool) => step::announce(SWIFT, &format!("skipped: {tool} cannot be run")),
        None => swift()?,
    }
    Ok(())
}

/// Builds the benches in Kotlin, and has them measured.
pub(super) fn kotlin() -> Result<()> {
    if let Some(tool) = missing_tool() {
        bail!("{KOTLIN}: {tool} cannot be run");
    }
    build_kotlin()?;
    measure(KOTLIN, "kotlin")
}

/// Builds the benches in Swift, and has them measured, with those in Kotlin beside where there is a JVM.
pub(super) fn swift() -> Result<()> {
    if let Some(tool) = swift::missing() {
        bail!("{SWIFT}: {tool} cannot be run");
    }
    build_swift()?;
    match missing_tool() {
        Some(tool) => {
            step::announce(KOTLIN, &format!("left out beside Swift's: {tool} cannot be run"));
            measure(SWIFT, "swift-alone")
        }
        None => {
            build_kotlin()?;
            measure(SWIFT, "swift")
        }
    }
}

fn measure(name: &str, benches: &str) -> Result<()> {
    let results = ["run", "--manifest-path", MANIFEST, "--package", "bindings-results", "--", benches];
    step::run(name, workspace::cargo()?.args(results))
}

fn build_kotlin() -> Result<()> {
    let project = workspace::root()?.join("benches").join("bindings").join("from-kotlin");
    let built = project.join("target");
    // Classes and benches whose sources are gone would stay.
    empty(&[&built.join("bindings"), &built.join("classes"), &built.join("libraries")])?;
    let peer = libraries("writemagic-android", "libwritemagic_jni", &built.join("libraries"))?;
    generate("kotlin", &peer, &built.join("bindings"))?;
    let mut maven = Command::new("mvn");
    maven.current_dir(&project).args(["--batch-mode", "--no-transfer-progress", "process-classes"]);
    step::run("classes", &mut maven)
}

fn build_swift() -> Result<()> {
    let package = workspace::root()?.join("benches").join("bindings").join("from-swift");
    let generated = package.join("target");
    let [module, of_c, libraries_folder] = ["Peer", "PeerFFI", "libraries"].map(|name| generated.join(name));
    empty(&[&module, &of_c, &libraries_folder])?;
    let peer = libraries("writemagic-ios", "libwritemagic_ffi", &libraries_folder)?;
    generate("swift", &peer, &generated)?;
    // As the package manager looks for them: a folder for each module.
    for folder in [&module, &of_c] {
        fs::create_dir_all(folder)?;
    }
    for (from, to) in [
        ("Peer.swift", module.join("Peer.swift")),
        ("PeerFFI.h", of_c.join("PeerFFI.h")),
        ("PeerFFI.modulemap", of_c.join("module.modulemap")),
    ] {
        fs::rename(generated.join(from), to).context(from)?;
    }
    let map = of_c.join("module.modulemap");
    let linked = fs::read_to_string(&map)?.replacen("export *", "link \"writemagic_peer\"\n    export *", 1);
    fs::write(&map, linked)?;
    let mut build = swift::command();
    build.args(["build", "--configuration", "release", "--package-path"]).arg(&package);
    build.arg("--scratch-path").arg(generated.join("build"));
    step::run("benches in Swift", build.env("WRITEMAGIC_LIBRARY", &libraries_folder))
}

fn empty(folders: &[&Path]) -> Result<()> {
    for left in folders.iter().filter(|left| left.exists()) {
        fs::remove_dir_all(left).with_context(|| left.display().to_string())?;
    }
    Ok(())
}

/// Builds our library and the peer's, puts both into `folder`, and says where the peer's was.
fn libraries(package: &str, library: &str, folder: &Path) -> Result<PathBuf> {
    let build = ["build", "--release", "--package"];
    step::run("library", workspace::cargo()?.args(build).arg(package))?;
    let peer = ["bindings-peer", "--manifest-path", MANIFEST];
    step::run("UniFFI's library", workspace::cargo()?.args(build).args(peer))?;
    let file = |name: &str| format!("{name}{}", std::env::consts::DLL_SUFFIX);
    let ours = workspace::target()?.join("release").join(file(library));
    let theirs = super::target()?.join("release").join(file("libwritemagic_peer"));
    fs::create_dir_all(folder)?;
    for library in [&ours, &theirs] {
        let name = library.file_name().context("a library without a name")?;
        fs::copy(library, folder.join(name)).with_context(|| library.display().to_string())?;
    }
    Ok(theirs)
}

/// Has UniFFI write its sources in a language.
fn generate(language: &str, library: &Path, folder: &Path) -> Result<()> {
    let mut generator = workspace::cargo()?;
    // It finds the settings of the library's package through cargo, from where it is started.
    generator.current_dir(workspace::root()?.join("benches").join("bindings").join("peer"));
    generator.args(["run", "--quiet", "--package", "bindings-generator", "--", "generate"]).arg(library);
    generator.args(["--language", language, "--no-format", "--out-dir"]).arg(folder);
    step::run("UniFFI's sources", &mut generator)
}
