//! The tests of the Kotlin API, with the engine as a debug build, on a JVM that checks how native methods use it.
//!
//! They need a JDK (17 or later) and Maven, whose repository is the user's own: the first run fills it, later ones need no network.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{step, transcript, workspace};

const NAME: &str = "JVM tests";
/// What the JVM prints of a native method that breaks its rules. It fails no test by itself.
const COMPLAINTS: &[&str] = &["WARNING in native method", "FATAL ERROR in native method"];
/// All that may leave the library by name.
const EXPORTS: &[&str] = &["JNI_OnLoad", "JNI_OnUnload"];

/// Runs the tests, or says in a line why not; where `WRITEMAGIC_REQUIRE` names `jvm`, fails then.
pub(crate) fn tests() -> Result<()> {
    if let Some(tool) = missing_tool() {
        if is_required(&std::env::var("WRITEMAGIC_REQUIRE").unwrap_or_default()) {
            bail!("{NAME}: {tool} cannot be run, and WRITEMAGIC_REQUIRE has jvm in it");
        }
        step::announce(NAME, &format!("skipped: {tool} cannot be run"));
        return Ok(());
    }
    step::run("JVM library", workspace::cargo()?.args(["build", "--package", "writemagic-android"]))?;
    let libraries = workspace::target()?.join("debug");
    check_exports(&libraries.join("libwritemagic_jni.so"))?;

    let project = workspace::root()?.join("ffi").join("android").join("kotlin");
    let output = workspace::target()?.join("jvm-output.log");
    let warm = workspace::target()?.join("jvm-pom.xml");
    let pom = fs::read(project.join("pom.xml"))?;
    let is_warm = fs::read(&warm).is_ok_and(|last| last == pom);
    let tested = maven(&project, &libraries, &output, is_warm).or_else(|error| {
        // What an earlier run had fetched may be gone.
        let said = fs::read_to_string(&output).unwrap_or_default();
        if is_warm && said.contains("offline mode") {
            maven(&project, &libraries, &output, false)
        } else {
            Err(error)
        }
    });
    let complaints = complaints(&output, &project)?;
    tested?;
    if !complaints.is_empty() {
        bail!("{NAME}: the JVM complains of native methods:\n  {}", complaints.join("\n  "));
    }
    fs::write(warm, pom)?;
    Ok(())
}

fn maven(project: &Path, libraries: &Path, output: &Path, offline: bool) -> Result<()> {
    // Classes whose sources are gone would be tested for ever, and old reports read again.
    for left in ["classes", "test-classes", "surefire-reports"] {
        match fs::remove_dir_all(project.join("target").join(left)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let mut command = Command::new("mvn");
    command.current_dir(project).args(["--batch-mode", "--no-transfer-progress"]);
    if offline {
        command.arg("--offline");
    }
    command.arg(format!("-Dwritemagic.native={}", libraries.display())).arg("test");
    // Many of the tests panic on purpose.
    command.env("RUST_BACKTRACE", "0");
    step::run_with(NAME, &mut command, |command| transcript::run(command, output))
}

/// The first tool of those that a JVM's sources need which cannot be run here.
pub(crate) fn missing_tool() -> Option<&'static str> {
    ["java", "mvn"].into_iter().find(|tool| !runs(tool))
}

/// Whether a tool is there and can say its version.
fn runs(tool: &str) -> bool {
    let mut command = Command::new(tool);
    command.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_required(required: &str) -> bool {
    required.split([',', ' ']).any(|word| word == "jvm")
}

/// The lines in which the JVM complains, in what was printed and in what surefire could not tell from its own messages.
fn complaints(output: &Path, project: &Path) -> Result<Vec<String>> {
    let mut files = vec![output.to_owned()];
    if let Ok(reports) = fs::read_dir(project.join("target").join("surefire-reports")) {
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

/// Fails where the library shows more than it must, as far as this system's `nm` can tell.
fn check_exports(library: &Path) -> Result<()> {
    let mut command = Command::new("nm");
    command.args(["--dynamic", "--defined-only"]).arg(library).stderr(Stdio::null());
    let Ok(listed) = command.output() else { return Ok(()) };
    if !listed.status.success() {
        return Ok(());
    }
    let names = String::from_utf8_lossy(&listed.stdout);
    let others = others(&names);
    if others.is_empty() {
        Ok(())
    } else {
        bail!("{NAME}: {} exports more than it must: {}", library.display(), others.join(" "))
    }
}

/// What `nm` lists besides the names that must be there: `address type name` a line.
fn others(listed: &str) -> Vec<&str> {
    let names = listed.lines().filter_map(|line| line.split_whitespace().nth(2));
    names.filter(|name| !EXPORTS.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_whether_they_must_run() {
        assert!(is_required("jvm") && is_required("swift,jvm") && is_required("swift jvm"));
        assert!(!is_required("") && !is_required("jvms"));
    }

    #[test]
    fn what_the_jvm_complains_of_is_found_in_output_and_dumps() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("output.log");
        let reports = folder.path().join("target").join("surefire-reports");
        fs::create_dir_all(&reports).unwrap();
        fs::write(&output, "Tests run: 3\nWARNING in native method: JNI call made with exception pending\n")
            .unwrap();
        fs::write(reports.join("1.dumpstream"), b"\xFF FATAL ERROR in native method: bad reference\nmore")
            .unwrap();
        fs::write(reports.join("Test.txt"), "FATAL ERROR in native method, in a report of a test").unwrap();
        assert_eq!(complaints(&output, folder.path()).unwrap().len(), 2);
        fs::remove_dir_all(folder.path().join("target")).unwrap();
        assert_eq!(complaints(&output, folder.path()).unwrap().len(), 1);
    }

    #[test]
    fn names_that_leave_the_library_are_told_from_those_that_must() {
        let listed =
            "000000000030b5e0 T JNI_OnLoad\n000000000030b6c0 T JNI_OnUnload\n00000000 T sqlite3_open\n";
        assert_eq!(others(listed), ["sqlite3_open"]);
    }
}
