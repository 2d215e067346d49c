//! How the command line is understood, and what happens when it is not.

use crate::common::{Desk, bare_command, failure_of, one_line};

#[test]
fn a_line_that_is_not_understood_is_a_usage_error_in_json() {
    let desk = Desk::new();
    for line in [
        &["nonsense"][..],
        &["list", "--bogus"],
        &["list", "--limit", "many"],
        &["list", "--limit", "-1"],
        &["new"],
        &["folder"],
        &["folder", "order", "A"],
        &["folder", "order", "A", "--first", "--last"],
        &["target", "A"],
        &["language", "A"],
        &["export", "--to", "x"],
        &["export", "A", "--all", "--to", "x"],
        &["export", "--all"],
        &["edit", "A", "--at", "-1"],
        &["replay", "x.json", "--batch", "0"],
        &["replay", "x.json", "--doc", "A", "--title", "B"],
        &["search"],
        &["search", "rain", "--mode", "telepathy"],
        &["search", "rain", "--limt", "3"],
        &["import"],
        &["stats"],
        &["completions", "abacus"],
    ] {
        let error = desk.failure(line);
        assert_eq!(error["code"], "usage", "{line:?}");
        assert!(!desk.library().exists(), "{line:?} created the library");
    }
}

#[test]
fn json_may_stand_anywhere() {
    let desk = Desk::new();
    for line in [&["--json", "stats", "-"][..], &["stats", "--json", "-"], &["stats", "-", "--json"]] {
        let output = bare_command().args(line).output().unwrap();
        assert!(one_line(&output.stdout)["files"].is_array());
        let output = bare_command().args(line).arg("--bogus").output().unwrap();
        assert_eq!(failure_of(&output)["code"], "usage");
    }
    // Behind `--` it is a word like any other.
    let output = desk.run(&["list", "--bogus", "--", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: "));
}

#[test]
fn without_json_an_error_is_a_sentence_and_a_hint() {
    let output = Desk::new().run(&["list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: ") && text.contains("\nhint: ") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn help_and_version_are_answers() {
    for line in
        [&["--help"][..], &["help"], &["help", "replay"], &["list", "--help", "--json"], &["--version"]]
    {
        let output = bare_command().args(line).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line:?}");
        assert!(output.stderr.is_empty() && !output.stdout.is_empty(), "{line:?}");
    }
    let help = bare_command().arg("help").arg("edit").output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("Examples:"));
}

#[test]
fn completions_are_scripts_and_json_too() {
    let output = bare_command().args(["completions", "bash"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("untrash"));
    let output = bare_command().args(["completions", "fish", "--json"]).output().unwrap();
    let answer = one_line(&output.stdout);
    assert_eq!(answer["shell"], "fish");
    assert!(answer["script"].as_str().unwrap().contains("untrash"));
}

#[test]
fn the_environment_names_the_library_and_the_option_wins() {
    let desk = Desk::new();
    let elsewhere = desk.path("elsewhere");
    let output = bare_command().env("WRITEMAGIC_LIBRARY", &elsewhere).args(["new", "A"]).output().unwrap();
    assert!(output.status.success() && elsewhere.is_dir());
    let output = desk.command().env("WRITEMAGIC_LIBRARY", &elsewhere).args(["new", "B"]).output().unwrap();
    assert!(output.status.success() && desk.library().is_dir());
    assert_eq!(desk.json(&["list"])["total"], 1);
}

#[test]
fn without_a_name_the_library_is_in_the_users_data_folder() {
    let desk = Desk::new();
    let home = desk.path("home");
    let mut command = bare_command();
    command.env("WRITEMAGIC_LIBRARY", "").env("HOME", &home).env_remove("XDG_DATA_HOME");
    if cfg!(windows) {
        // There the data folder is asked from the system and not from the environment.
        return;
    }
    assert!(command.args(["new", "A"]).output().unwrap().status.success());
    assert!(home.is_dir());
}

#[cfg(unix)]
#[test]
fn a_reader_who_goes_away_ends_the_command_quietly() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let desk = Desk::new();
    let trace = crate::common::own_trace();
    let mut child = desk
        .command()
        .args(["replay", "--acks", "--batch", "1", "--rate", "2000"])
        .arg(trace)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}
