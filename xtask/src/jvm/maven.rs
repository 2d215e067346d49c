//! Maven, whose repository is the user's own: the first run fills it, later ones need no network.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{step, transcript, workspace};

/// A project that Maven builds.
pub(crate) struct Project {
    pub(crate) name: &'static str,
    pub(crate) folder: PathBuf,
    profile: Option<&'static str>,
}

impl Project {
    /// The project in a folder of `ffi/android`.
    pub(crate) fn new(name: &'static str, folder: &str) -> Result<Self> {
        Ok(Self { name, folder: workspace::root()?.join("ffi").join("android").join(folder), profile: None })
    }

    /// The project with what one of its profiles has besides.
    pub(crate) fn with_profile(self, profile: &'static str) -> Self {
        Self { profile: Some(profile), ..self }
    }

    /// Where Maven puts what it makes.
    pub(crate) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// What the last run printed.
    pub(crate) fn output(&self) -> Result<PathBuf> {
        Ok(workspace::target()?.join(format!("{}-output.log", self.file_name())))
    }

    /// Runs Maven up to a phase, without the network where an earlier run has fetched all that is needed.
    pub(crate) fn run(&self, phase: &str, properties: &[(&str, &Path)]) -> Result<()> {
        let warm = workspace::target()?.join(format!("{}-{phase}-pom.xml", self.file_name()));
        let pom = fs::read(self.folder.join("pom.xml"))?;
        let is_warm = fs::read(&warm).is_ok_and(|last| last == pom);
        self.start(phase, properties, is_warm).or_else(|error| {
            // What an earlier run had fetched may be gone.
            let said = fs::read_to_string(self.output()?).unwrap_or_default();
            if is_warm && said.contains("offline mode") {
                self.start(phase, properties, false)
            } else {
                Err(error)
            }
        })?;
        fs::write(warm, pom)?;
        Ok(())
    }

    fn start(&self, phase: &str, properties: &[(&str, &Path)], offline: bool) -> Result<()> {
        // Classes whose sources are gone would be tested for ever, and old reports read again.
        for left in ["classes", "test-classes", "surefire-reports"] {
            match fs::remove_dir_all(self.target().join(left)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let mut command = Command::new("mvn");
        command.current_dir(&self.folder).args(["--batch-mode", "--no-transfer-progress"]);
        if offline {
            command.arg("--offline");
        }
        if let Some(profile) = self.profile {
            command.args(["--activate-profiles", profile]);
        }
        for (name, value) in properties {
            command.arg(format!("-D{name}={}", value.display()));
        }
        // Many of the tests panic on purpose.
        command.arg(phase).env("RUST_BACKTRACE", "0");
        let output = self.output()?;
        step::run_with(self.name, &mut command, |command| transcript::run(command, &output))
    }

    fn file_name(&self) -> String {
        self.name.to_lowercase().replace(' ', "-")
    }
}
