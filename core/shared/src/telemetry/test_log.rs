//! The log of a test run, in debug builds only: with `WRITEMAGIC_TEST_LOG` naming a folder, every process
//! writes every event of every level to a file of its own there, whatever sinks it has. `cargo xtask test` sets
//! it and searches the files for words that stand for user text.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::OnceLock;

use super::Record;

static LOG: OnceLock<Option<File>> = OnceLock::new();

fn log() -> Option<&'static File> {
    LOG.get_or_init(|| open(std::env::var_os("WRITEMAGIC_TEST_LOG")?.into()).ok()).as_ref()
}

fn open(folder: PathBuf) -> io::Result<File> {
    fs::create_dir_all(&folder)?;
    OpenOptions::new().append(true).create(true).open(folder.join(format!("{}.log", std::process::id())))
}

pub(super) fn is_on() -> bool {
    log().is_some()
}

pub(super) fn write(record: &Record<'_>) {
    if let Some(mut file) = log() {
        // A test log that cannot be written says nothing; the run notices when all of them are empty.
        let _ = file.write_all(format!("{record}\n").as_bytes());
    }
}
