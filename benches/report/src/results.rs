//! `RESULTS.md`, of which each section is replaced on its own.

use std::fs;
use std::io::ErrorKind;

use anyhow::{Context as _, Result};

use crate::machine;

const HEAD: &str = "# Results

Written by `cargo xtask bench`; [README.md](README.md) says how to run it and how to read this. Each section names the
machine, the commit and the command of its own run. A slower result stands here like a faster one.
";

/// Prints the section that `cargo xtask bench NAME` measures and, unless the run was a `quick` one, puts it into
/// `RESULTS.md`.
///
/// # Errors
/// A file that cannot be read or written.
pub fn record(name: &str, heading: &str, body: &str, quick: bool) -> Result<()> {
    let load = machine::load().map_or(String::new(), |load| format!(" Load average at the end: {load}."));
    let text = format!(
        "## {heading}\n\n{}, {}. {}.{load}\n`cargo xtask bench {name}`\n\n{body}",
        machine::date(),
        machine::revision(),
        machine::describe(),
    );
    println!("{text}");
    if quick {
        return Ok(());
    }
    let path = machine::benches().join("RESULTS.md");
    let results = match fs::read_to_string(&path) {
        Ok(results) => results,
        Err(error) if error.kind() == ErrorKind::NotFound => HEAD.to_owned(),
        Err(error) => return Err(error).context("RESULTS.md"),
    };
    fs::write(&path, replace_section(&results, &text)).context("RESULTS.md")
}

/// Puts `section` (its heading line first) in the place of the section of the same heading, or at the end.
fn replace_section(results: &str, section: &str) -> String {
    let heading = section.lines().next().unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    for line in results.lines() {
        if line.starts_with("## ") || parts.is_empty() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    match parts.iter_mut().find(|part| part.lines().next() == Some(heading)) {
        Some(part) => *part = section.to_owned(),
        None => parts.push(section.to_owned()),
    }
    let trimmed: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
    trimmed.join("\n\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_replaces_the_one_of_its_heading_and_leaves_the_others() {
        let first = replace_section("# Results\n\nIntro.\n", "## A\n\nold\n");
        let second = replace_section(&first, "## B\n\nother\n");
        assert_eq!(second, "# Results\n\nIntro.\n\n## A\n\nold\n\n## B\n\nother\n");
        let third = replace_section(&second, "## A\n\nnew\n\n- note");
        assert_eq!(third, "# Results\n\nIntro.\n\n## A\n\nnew\n\n- note\n\n## B\n\nother\n");
    }
}
