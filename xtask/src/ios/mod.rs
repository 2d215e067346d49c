//! `cargo xtask ios`: the engine for Apple's systems, as an XCFramework of dynamic frameworks under `target/ios`, and the `Package.swift`
//! that names it by its checksum.
//!
//! Frameworks, as only those carry a privacy manifest and a module map of their own, and can be told from other libraries that UniFFI
//! made. They need a Mac with Xcode. Elsewhere the Rust code is checked for the targets whose standard library is installed. In
//! both cases it is measured what the static library adds to a program.

mod contribution;
mod framework;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::size::{self, History, STATIC, Sizes};
use crate::{step, workspace};
use framework::{PLATFORMS, Platform};

const NAME: &str = "iOS";
const PROFILE: &str = "release-min";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const PACKAGE: &str = "writemagic-ios";

/// Builds, or checks, what can be built here; `arguments` go to cargo. Where `record` says what changed, the size is written down with it.
pub(crate) fn run(record: Option<&str>, arguments: &[&str]) -> Result<()> {
    if cfg!(target_os = "macos") {
        xcframework(arguments)?;
    } else {
        check(arguments)?;
    }
    let sizes = Sizes::from([(STATIC, contribution::measure(PROFILE)?)]);
    step::announce("size", "what the static library adds to a program, in bytes");
    let history = History::read()?;
    history.compare(&sizes);
    size::check(&sizes)?;
    match record {
        Some(what) => history.record(what, &contribution::linked(), &sizes),
        None => Ok(()),
    }
}

/// Checks the Rust code for each of Apple's targets that cargo can build for.
fn check(arguments: &[&str]) -> Result<()> {
    for target in PLATFORMS.iter().flat_map(|platform| platform.targets) {
        let target: &str = target;
        if arguments.is_empty() && !has_standard_library(target)? {
            step::announce(target, "left out: its standard library is not installed (rustup target add)");
            continue;
        }
        let mut command = workspace::cargo()?;
        command.args(["check", "--package", PACKAGE, "--target", target]);
        step::run(target, command.args(arguments))?;
    }
    step::announce(NAME, "no XCFramework: that needs a Mac with Xcode");
    Ok(())
}

fn has_standard_library(target: &str) -> Result<bool> {
    let mut compiler = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    compiler.current_dir(workspace::root()?).args(["--print", "target-libdir", "--target", target]);
    let output = compiler.output()?;
    let folder = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}

fn xcframework(arguments: &[&str]) -> Result<()> {
    let output = workspace::target()?.join("ios");
    match fs::remove_dir_all(&output) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&output)?,
    }
    let whole = output.join("WriteMagicFFI.xcframework");
    let mut create = Command::new("xcodebuild");
    create.arg("-create-xcframework");
    for platform in PLATFORMS {
        let folder = output.join(platform.name);
        let library = library(platform, arguments, &folder)?;
        let (framework, symbols) = framework::assemble(platform, VERSION, &library, &folder)?;
        create.arg("-framework").arg(framework).arg("-debug-symbols").arg(symbols);
    }
    step::run(NAME, create.arg("-output").arg(&whole))?;

    let archive = output.join("WriteMagicFFI.xcframework.zip");
    // With the symbolic links of the framework for macOS.
    step::run(NAME, Command::new("ditto").args(["-c", "-k", "--keepParent"]).args([&whole, &archive]))?;
    let package = workspace::root()?.join("ffi").join("ios").join("swift");
    let mut compute = Command::new("swift");
    compute.args(["package", "--package-path"]).arg(&package).arg("compute-checksum").arg(&archive);
    let computed = compute.output()?;
    ensure!(computed.status.success(), "no checksum: {}", String::from_utf8_lossy(&computed.stderr));
    let checksum = String::from_utf8(computed.stdout)?;
    let manifest = fs::read_to_string(package.join("Package.swift"))?;
    let manifest = manifest_of_release(&manifest, VERSION, checksum.trim())?;
    fs::write(output.join("Package.swift"), manifest)?;
    step::announce(NAME, &format!("{} {}", archive.display(), checksum.trim()));
    Ok(())
}

/// One library for all processors of a platform.
fn library(platform: &Platform, arguments: &[&str], folder: &Path) -> Result<std::path::PathBuf> {
    fs::create_dir_all(folder)?;
    let library = folder.join("libwritemagic_ffi.dylib");
    let mut join = Command::new("lipo");
    join.arg("-create");
    for target in platform.targets {
        let mut command = workspace::cargo()?;
        command
            .args(["build", "--package", PACKAGE, "--profile", PROFILE, "--target", target])
            .args(arguments);
        step::run(target, command.env(platform.oldest.0, platform.oldest.1))?;
        join.arg(workspace::target()?.join(target).join(PROFILE).join("libwritemagic_ffi.dylib"));
    }
    step::run(platform.name, join.arg("-output").arg(&library))?;
    Ok(library)
}

/// The package's manifest with the version and checksum of a release.
fn manifest_of_release(manifest: &str, version: &str, checksum: &str) -> Result<String> {
    if checksum.len() != 64 || !checksum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("a checksum that is none: {checksum}");
    }
    let lines: Vec<String> = manifest
        .lines()
        .map(|line| match line.split_once(" = \"") {
            Some(("let checksum", _)) => format!("let checksum = \"{checksum}\""),
            Some(("let release", url)) => {
                format!("let release = \"{}\"", url.replace("0.1.0", version).trim_end_matches('"'))
            }
            _ => line.to_owned(),
        })
        .collect();
    let made = lines.join("\n") + "\n";
    ensure!(
        made.contains(checksum) && made.contains(&format!("/{version}/")),
        "a manifest without a place for them"
    );
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_named_by_its_version_and_checksum() {
        let package = workspace::root().unwrap().join("ffi/ios/swift/Package.swift");
        let manifest = fs::read_to_string(package).unwrap();
        let checksum = "0123456789abcdef".repeat(4);
        let made = manifest_of_release(&manifest, "2.3.4", &checksum).unwrap();
        assert!(made.contains("/releases/download/2.3.4/WriteMagicFFI.xcframework.zip\"\n"));
        assert!(made.contains(&format!("let checksum = \"{checksum}\"\n")));
        assert_eq!(made.lines().count(), manifest.lines().count());
        assert!(manifest_of_release(&manifest, "2.3.4", "abc").is_err());
        assert!(manifest_of_release("nothing\n", "2.3.4", &checksum).is_err());
    }

    #[test]
    fn a_target_without_a_standard_library_is_told_from_one_that_has_it() {
        assert!(!has_standard_library("no-such-target").unwrap());
    }
}
