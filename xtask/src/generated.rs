//! Files that are made of other files and committed: writing them, and finding those that differ.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// A file as it should be.
pub(crate) struct Generated {
    /// From the workspace's root.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Writes every file, and says so.
pub(crate) fn write(files: &[Generated], root: &Path) -> Result<()> {
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

/// Fails with the names of the files that are not what `command` writes.
pub(crate) fn compare(files: &[Generated], root: &Path, command: &str) -> Result<()> {
    let differs =
        |file: &&Generated| fs::read_to_string(root.join(&file.path)).ok().as_ref() != Some(&file.text);
    let differing: Vec<_> = files.iter().filter(differs).map(|file| file.path.as_str()).collect();
    if !differing.is_empty() {
        bail!("not what `{command}` writes:\n  {}", differing.join("\n  "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_or_edited_by_hand_is_named() {
        let files = [("tables.rs", "1\n"), ("text/tables.rs", "2\n")]
            .map(|(path, text)| Generated { path: path.into(), text: text.into() });
        let root = tempfile::tempdir().unwrap();
        let error = || compare(&files, root.path(), "cargo xtask x").unwrap_err().to_string();
        assert_eq!(error(), "not what `cargo xtask x` writes:\n  tables.rs\n  text/tables.rs");
        write(&files, root.path()).unwrap();
        compare(&files, root.path(), "cargo xtask x").unwrap();
        fs::write(root.path().join("text/tables.rs"), "3\n").unwrap();
        assert_eq!(error(), "not what `cargo xtask x` writes:\n  text/tables.rs");
    }
}
