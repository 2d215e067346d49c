//! The library as a whole: where it is, `doctor`, `backup`, and what commands do without one.

use std::fs;

use crate::common::{Desk, assert_keys};

#[test]
fn commands_on_a_library_that_is_not_there_create_nothing() {
    let desk = Desk::new();
    desk.file("t.json", r#"{"txns":[]}"#);
    for line in [
        &["list"][..],
        &["show", "A"],
        &["rename", "A", "B"],
        &["move", "A", "B"],
        &["trash", "A"],
        &["untrash", "A"],
        &["purge", "A", "--yes"],
        &["target", "A", "--words", "1"],
        &["language", "A", "en"],
        &["edit", "A", "--insert", "x"],
        &["replay", "t.json", "--doc", "A"],
        &["search", "x"],
        &["export", "--all", "--to", "out"],
        &["export", "A", "--to", "out"],
        &["folder", "list"],
        &["folder", "rename", "A", "B"],
        &["folder", "delete", "A"],
        &["doctor"],
        &["doctor", "--repair"],
        &["backup", "out/file.db"],
    ] {
        assert_eq!(desk.error(line), "library_not_found", "{line:?}");
        assert!(!desk.library().exists() && !desk.path("out").exists(), "{line:?} created something");
    }
}

#[test]
fn commands_that_write_create_the_library_and_its_parents() {
    for line in [&["new", "A"][..], &["folder", "create", "A"], &["import", "a.md"], &["replay", "t.json"]] {
        let desk = Desk::new();
        desk.file("a.md", "text");
        desk.file("t.json", r#"{"txns":[]}"#);
        let nested = desk.path("deep/er");
        let output = desk.command().arg("--library").arg(&nested).args(line).output().unwrap();
        // Naming the option twice is a usage error: the command under test names it once.
        assert_eq!(output.status.code(), Some(2));
        let output = crate::common::bare_command()
            .current_dir(desk.path(""))
            .arg("--library")
            .arg(&nested)
            .args(line)
            .output()
            .unwrap();
        assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(nested.is_dir());
    }
}

#[test]
fn what_is_not_a_library_is_left_as_it_was() {
    let desk = Desk::new();
    desk.json(&["new", "A"]);
    let database = fs::read_dir(desk.library())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .unwrap();
    let noise = b"This is no database. ".repeat(100);
    fs::write(&database, &noise).unwrap();
    for line in [&["list"][..], &["new", "B"], &["doctor"], &["doctor", "--repair"]] {
        assert_eq!(desk.error(line), "not_a_library", "{line:?}");
    }
    assert_eq!(fs::read(&database).unwrap(), noise);
}

#[test]
fn a_sound_library_is_well_and_says_what_it_holds() {
    let desk = Desk::new();
    desk.document("A", "some text");
    let id = desk.document("B", "more");
    desk.json(&["trash", &id]);
    for line in [&["doctor"][..], &["doctor", "--repair"]] {
        let report = desk.json(line);
        assert_keys(&report, &["ok", "problems", "library", "limits", "versions", "cpu", "pipeline"]);
        assert_eq!((&report["ok"], &report["problems"]), (&true.into(), &serde_json::json!([])));
        assert_eq!((&report["library"]["documents"], &report["library"]["trashed"]), (&1.into(), &1.into()));
        assert_eq!(report["limits"]["title_bytes"], 1024);
        assert_eq!(report["versions"]["unicode"], "17.0.0");
        assert!(report["versions"]["sqlite"].is_string());
        assert!(report["cpu"].is_array());
        assert_eq!(
            (&report["pipeline"]["sessions"], &report["pipeline"]["commits_failed"]),
            (&0.into(), &0.into())
        );
    }
}

#[test]
fn a_damaged_library_is_not_well() {
    let desk = Desk::new();
    for n in 0..40 {
        desk.document(&format!("D{n}"), &"All work and no play. ".repeat(200));
    }
    let database = desk.library().join("writemagic.db");
    let mut bytes = fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55);
    fs::write(&database, bytes).unwrap();
    let output = desk.run(&["--json", "doctor"]);
    assert_eq!(output.status.code(), Some(1));
    if output.stdout.is_empty() {
        assert_eq!(crate::common::failure_of(&output)["code"], "library_corrupt");
    } else {
        let report = crate::common::one_line(&output.stdout);
        assert_eq!(report["ok"], false);
        let problem = &report["problems"][0];
        assert_keys(problem, &["kind", "document", "message", "repaired"]);
        assert_eq!(problem["repaired"], false);
    }
}

#[test]
fn a_back_up_is_a_library_of_its_own_and_overwrites_nothing() {
    let desk = Desk::new();
    let id = desk.document("A", "kept");
    let file = desk.path("new/folder/copy.db");
    let answer = desk.json(&["backup", file.to_str().unwrap()]);
    assert_keys(&answer, &["path", "bytes"]);
    assert_eq!(answer["path"], file.to_str().unwrap());
    assert_eq!(answer["bytes"], fs::metadata(&file).unwrap().len());
    let before = fs::read(&file).unwrap();
    assert_eq!(desk.error(&["backup", file.to_str().unwrap()]), "already_exists");
    assert_eq!(fs::read(&file).unwrap(), before);

    let restored = Desk::new();
    fs::create_dir_all(restored.library()).unwrap();
    fs::copy(&file, restored.library().join("writemagic.db")).unwrap();
    assert_eq!(restored.text(&id), "kept");
    restored.json(&["edit", &id, "--insert", "well "]);
    assert_eq!(restored.text(&id), "well kept");
}

#[cfg(unix)]
#[test]
fn one_process_writes_and_others_read_beside_it() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let desk = Desk::new();
    let id = desk.document("Reader", "read me");
    let mut writer = desk
        .command()
        .args(["replay", "--acks", "--batch", "1", "--rate", "50"])
        .arg(crate::common::own_trace())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(writer.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    // Now it holds the lock, and will for seconds.
    assert_eq!(desk.error(&["new", "B"]), "library_busy");
    assert_eq!(desk.text(&id), "read me");
    assert_eq!(desk.json(&["list"])["total"], 2);
    desk.json(&["backup", desk.path("copy.db").to_str().unwrap()]);
    writer.kill().unwrap();
    writer.wait().unwrap();
    desk.json(&["new", "B"]);
}
