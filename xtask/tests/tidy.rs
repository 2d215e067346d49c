//! What no compiler checks and every file keeps to. Runs as a test.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use std::fs;
use std::path::{Path, PathBuf};

/// The longest source file, in lines; a file that says it was generated is exempt.
const LINES: usize = 499;
/// Comment lines above an `unsafe` in which its reason may stand.
const REASON_LINES: usize = 8;
/// The one room that names the crate it wraps.
const TELEMETRY: &str = "core/shared/src/telemetry";
/// A test that listens to what dependencies log too.
const LISTENER: &str = "core/ai/tests/driver/canary.rs";
/// The one file that may look beside the repository.
const CI: &str = ".ci/run";

/// A file of the repository, by its path from the root with `/` between folders.
struct Source {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every text file that people write here. Test data and what builds leave behind are not among them.
fn sources() -> Vec<Source> {
    let root = root();
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", ".git", "data", "corpus", "artifacts"].contains(&name.as_str()) {
                    folders.push(path);
                }
                continue;
            }
            let written = [".rs", ".toml", ".yml", ".md", ".sh", ".kt", ".kts", ".swift"];
            let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            if relative == CI || written.iter().any(|end| name.ends_with(end)) {
                found.push(Source { path: relative, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(found.iter().any(|source| source.path == "xtask/tests/tidy.rs"), "the walk finds this file");
    found
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn is_generated(&self) -> bool {
        self.text.lines().take(3).any(|line| line.contains("@generated"))
    }

    /// `path:line` of the lines that `wrong` picks.
    fn places(&self, wrong: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self.text.lines().enumerate();
        lines.filter(|(_, line)| wrong(line)).map(|(n, _)| format!("{}:{}", self.path, n + 1)).collect()
    }
}

fn assert_none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Whether `word` stands in `line` with no letter, digit or `_` beside it.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_word) && !line[at + word.len()..].starts_with(part_of_word)
    })
}

/// Whether a path that begins with `start` stands in `line`, and not the middle of another path.
fn has_path(line: &str, start: &str) -> bool {
    let part_of_path = |c: char| c.is_alphanumeric() || "_-./}$".contains(c);
    line.match_indices(start).any(|(at, _)| !line[..at].ends_with(part_of_path))
}

/// Whether `line` names an item of a crate, or uses the crate as a whole.
fn names_crate(line: &str, name: &str) -> bool {
    let part_of_path = |c: char| c.is_alphanumeric() || "_:\"".contains(c);
    line.match_indices(name).any(|(at, _)| {
        let after = &line[at + name.len()..];
        !line[..at].ends_with(part_of_path)
            && (after.starts_with("::") || line.trim_start().starts_with("use "))
    })
}

/// The code of a line, without a comment at its end.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// Lines with `unsafe` whose reason is not written above them.
fn unexplained_unsafe(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let explained = |n: usize| {
        let above = lines[..n].iter().rev().take(REASON_LINES);
        let mut comment = above.take_while(|line| {
            let line = line.trim_start();
            line.starts_with("//") || line.starts_with("#[") || line.ends_with('=') || line.ends_with('(')
        });
        lines[n].contains("SAFETY:")
            || comment.any(|line| line.contains("SAFETY:") || line.contains("# Safety"))
    };
    // The methods of an unsafe trait have its contract, and the reason above the `impl`.
    let of_trait = |n: usize| {
        lines[n].starts_with("    unsafe fn")
            && lines[..n]
                .iter()
                .rev()
                .find(|line| line.starts_with(|c: char| c.is_alphabetic()))
                .is_some_and(|item| item.starts_with("unsafe impl"))
    };
    let is_use = |line: &str| has_word(code(line), "unsafe") && !line.starts_with("#![allow(unsafe_code");
    let uses = lines.iter().enumerate().filter(|(_, line)| is_use(line));
    uses.filter(|(n, _)| !explained(*n) && !of_trait(*n))
        .map(|(n, _)| format!("{}:{}", source.path, n + 1))
        .collect()
}

#[test]
fn files_are_short() {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > LINES).then(|| format!("{} has {lines} lines", source.path))
    };
    let code = [".rs", ".kt", ".swift"];
    let sources = sources();
    let written = sources.iter().filter(|source| code.iter().any(|end| source.path.ends_with(end)));
    assert_none(
        written.filter(|source| !source.is_generated()).filter_map(long).collect(),
        "files have under 500 lines",
    );
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let words = ["TO", "FIX", "XX"].into_iter().zip(["DO", "ME", "X"]).map(|(a, b)| format!("{a}{b}"));
    let words: Vec<String> = words.collect();
    let found = sources();
    // What a generator of others says of itself is not ours to do.
    let written = found.iter().filter(|source| !source.is_generated());
    let found =
        written.flat_map(|source| source.places(|line| words.iter().any(|word| has_word(line, word))));
    assert_none(found.collect(), "work is done or filed as an issue, not noted in the code");
}

#[test]
fn nothing_is_tied_to_one_machine() {
    let roots = ["work", "tmp", "root", "home", "Users"].map(|folder| format!("/{folder}/"));
    let found = sources();
    let found = found.iter().flat_map(|source| {
        source.places(|line| {
            let beside = source.path != CI && line.contains(concat!("../", "shared/"));
            beside || roots.iter().any(|root| has_path(line, root))
        })
    });
    assert_none(found.collect(), "paths of one machine do not belong in the repository");
}

#[test]
fn every_unsafe_has_its_reason() {
    let found = sources();
    // This file speaks of unsafe code and has none.
    let found = found.iter().filter(|source| source.is_rust() && source.path != "xtask/tests/tidy.rs");
    let found = found.flat_map(unexplained_unsafe);
    assert_none(
        found.collect(),
        "an unsafe has its reason above it, after SAFETY: (or # Safety in a doc comment)",
    );
}

#[test]
fn events_go_through_telemetry_alone() {
    let found = sources();
    let speaks = |path: &str| path.starts_with(TELEMETRY) || path == LISTENER;
    let found = found.iter().filter(|source| source.is_rust() && !speaks(&source.path));
    let found = found.flat_map(|source| source.places(|line| names_crate(code(line), "tracing")));
    assert_none(
        found.collect(),
        "events are reported with writemagic_shared::event!, whose fields are typed",
    );
}

#[test]
fn the_rules_find_what_they_forbid() {
    let source = |text: &str| Source { path: "x.rs".into(), text: text.into() };
    assert_eq!(unexplained_unsafe(&source("let x = unsafe { f() };\n")), ["x.rs:1"]);
    assert_eq!(
        unexplained_unsafe(&source("// SAFETY: checked above\nlet x =\n    unsafe { f() };\n")),
        [""; 0]
    );
    assert_eq!(
        unexplained_unsafe(&source("/// # Safety\n/// Index in range.\n#[inline]\nunsafe fn f() {}\n")),
        [""; 0]
    );
    assert_eq!(
        unexplained_unsafe(&source("// SAFETY: of another\nlet y = 1;\nunsafe { f() }\n")),
        ["x.rs:3"]
    );
    assert!(has_word("x // LATER: y", "LATER") && !has_word("LATERAL", "LATER"));
    assert!(names_crate("    logging::info!(x)", "logging") && names_crate("use logging;", "logging"));
    assert!(!names_crate("let logging = 1;", "logging") && !names_crate("crate::logging::x", "logging"));
    assert!(has_path("open(\"/opt/x\")", "/opt/") && !has_path("docs/opt/x", "/opt/"));
}
