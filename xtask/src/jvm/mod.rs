//! The Kotlin API on a JVM: its tests, with the engine as a debug build and a JVM that checks how native methods use it; then the
//! classes as apps get them.
//!
//! They need a JDK (17 or later) and Maven.

pub(crate) mod framework;
mod maven;
mod published;
mod shrunken;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::android::elf::Elf;
use crate::{required, step, workspace};
use maven::Project;

const NAME: &str = "JVM tests";
/// What the JVM prints of a native method that breaks its rules. It fails no test by itself.
const COMPLAINTS: &[&str] = &["WARNING in native method", "FATAL ERROR in native method"];

/// Runs everything, or says in a line why not; where `WRITEMAGIC_REQUIRE` names `jvm`, fails then. With `write_api` the public
/// API is written down and not compared.
pub(crate) fn tests(write_api: bool) -> Result<()> {
    if !is_possible()? {
        return Ok(());
    }
    build_library()?;
    let kotlin = Project::new(NAME, "kotlin")?;
    test(&kotlin)?;
    published::check(&kotlin, write_api)
}

/// Builds the library that a JVM loads, for this machine.
fn build_library() -> Result<()> {
    step::run("JVM library", workspace::cargo()?.args(["build", "--package", "writemagic-android"]))?;
    if cfg!(target_os = "linux") {
        let library = fs::read(libraries()?.join("libwritemagic_jni.so"))?;
        Elf::read(&library)?.check_exports().context(NAME)?;
    }
    Ok(())
}

/// Where cargo has put it.
fn libraries() -> Result<PathBuf> {
    Ok(workspace::target()?.join("debug"))
}

/// Runs the tests of a project, which fail too where the JVM complains of a native method.
fn test(project: &Project) -> Result<()> {
    let tested = project.run("test", &[("writemagic.native", &libraries()?)]);
    let complaints = complaints(&project.output()?, &project.target())?;
    tested?;
    if !complaints.is_empty() {
        bail!("{}: the JVM complains of native methods:\n  {}", project.name, complaints.join("\n  "));
    }
    Ok(())
}

/// The jar of the Kotlin API, and of what follows an Android app's life, compiled and checked but not tested; nothing where there
/// is no JDK or Maven.
pub(crate) fn classes() -> Result<Option<Vec<u8>>> {
    if !is_possible()? {
        return Ok(None);
    }
    // It compiles the classes of the Kotlin API with its own.
    let framework = Project::new("JVM classes", "framework")?;
    framework.run("process-classes", &[])?;
    published::jar(&framework).map(Some)
}

/// Whether there are a JDK and Maven; says so where not, and fails where they are required.
fn is_possible() -> Result<bool> {
    let Some(tool) = missing_tool() else { return Ok(true) };
    if required::names("jvm") {
        bail!("{NAME}: {tool} cannot be run, and WRITEMAGIC_REQUIRE has jvm in it");
    }
    step::announce(NAME, &format!("skipped: {tool} cannot be run"));
    Ok(false)
}

/// The first tool of those that a JVM's sources need which cannot be run here.
pub(crate) fn missing_tool() -> Option<&'static str> {
    ["java", "mvn"].into_iter().find(|tool| !step::runs(tool, "-version"))
}

/// The lines in which the JVM complains, in what was printed and in what surefire could not tell from its own messages.
fn complaints(output: &Path, target: &Path) -> Result<Vec<String>> {
    let mut files = vec![output.to_owned()];
    if let Ok(reports) = fs::read_dir(target.join("surefire-reports")) {
        let reports: Vec<PathBuf> = reports.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.extend(reports.into_iter().filter(|file| {
            file.extension().is_some_and(|extension| extension == "dumpstream" || extension == "dump")
        }));
    }
    let mut found = Vec::new();
    for file in files {
        let text = fs::read(&file).with_context(|| file.display().to_string())?;
        let text = String::from_utf8_lossy(&text).into_owned();
        found.extend(text.lines().filter(|line| is_complaint(line)).map(str::to_owned));
    }
    Ok(found)
}

fn is_complaint(line: &str) -> bool {
    COMPLAINTS.iter().any(|complaint| line.contains(complaint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_jvm_complains_of_is_found_in_output_and_dumps() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("output.log");
        let reports = folder.path().join("surefire-reports");
        fs::create_dir_all(&reports).unwrap();
        fs::write(&output, "Tests run: 3\nWARNING in native method: JNI call made with exception pending\n")
            .unwrap();
        fs::write(reports.join("1.dumpstream"), b"\xFF FATAL ERROR in native method: bad reference\nmore")
            .unwrap();
        fs::write(reports.join("Test.txt"), "FATAL ERROR in native method, in a report of a test").unwrap();
        assert_eq!(complaints(&output, folder.path()).unwrap().len(), 2);
        fs::remove_dir_all(&reports).unwrap();
        assert_eq!(complaints(&output, folder.path()).unwrap().len(), 1);
    }
}
