//! `import` and `export`: files in, files out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::common::{Desk, assert_keys};

/// Every file below a folder, by its path there.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

fn reasons(answer: &Value) -> Vec<&str> {
    answer["skipped"].as_array().unwrap().iter().map(|entry| entry["reason"].as_str().unwrap()).collect()
}

#[test]
fn an_import_reports_documents_and_leaves_the_rest_out() {
    let desk = Desk::new();
    desk.file("in/One.md", "# The title\n\ntext");
    desk.file("in/sub/two.txt", "plain");
    desk.file("in/sub/picture.png", "x");
    desk.file("in/sub/binary.txt", b"a\0b");
    desk.file("in/.hidden.md", "x");
    let answer = desk.json(&["import", desk.path("in").to_str().unwrap()]);
    assert_keys(&answer, &["imported", "skipped"]);
    let imported = answer["imported"].as_array().unwrap();
    assert_eq!(imported.len(), 2);
    assert_keys(&imported[0], &["path", "document", "title", "encoding"]);
    assert_eq!((&imported[0]["title"], &imported[0]["encoding"]), (&json!("The title"), &json!("utf-8")));
    let shown = desk.json(&["show", imported[0]["document"].as_str().unwrap()]);
    assert_eq!(shown["text"], "# The title\n\ntext");
    assert!(reasons(&answer).contains(&"binary"));
    for skipped in answer["skipped"].as_array().unwrap() {
        assert_keys(skipped, &["path", "reason"]);
    }
}

#[test]
fn importing_twice_adds_nothing() {
    let desk = Desk::new();
    desk.file("in/a.md", "a");
    desk.file("in/b/c.txt", "c");
    let folder = desk.path("in");
    let folder = folder.to_str().unwrap();
    assert_eq!(desk.json(&["import", folder])["imported"].as_array().unwrap().len(), 2);
    let again = desk.json(&["import", folder]);
    assert_eq!(again["imported"], json!([]));
    assert_eq!(reasons(&again), ["duplicate", "duplicate"]);
    assert_eq!(desk.json(&["list"])["total"], 2);
}

#[test]
fn what_changed_and_what_was_lost_is_said() {
    let desk = Desk::new();
    let folder = desk.path("in");
    let folder = folder.to_str().unwrap();
    desk.file("in/a.md", "first");
    desk.json(&["import", folder]);
    desk.file("in/a.md", "second");
    desk.file("in/latin.txt", b"Caf\xe9 cr\xe8me br\xfbl\xe9e, d\xe9j\xe0 vu, na\xefve fa\xe7ade");
    desk.file("in/wide.txt", b"\xff\xfeh\0i\0\x00\xd8");
    let answer = desk.json(&["import", folder]);
    let imported = answer["imported"].as_array().unwrap();
    let names: Vec<&str> = imported.iter().map(|entry| entry["encoding"].as_str().unwrap()).collect();
    assert_eq!(names, ["utf-8", "windows-1252", "utf-16le"]);
    assert_keys(&imported[0], &["path", "document", "title", "encoding", "changed_source"]);
    assert_eq!(imported[0]["changed_source"], true);
    assert_keys(&imported[1], &["path", "document", "title", "encoding"]);
    assert_eq!(imported[2]["lossy"], true);
    assert_eq!(
        desk.text(imported[1]["document"].as_str().unwrap()),
        "Café crème brûlée, déjà vu, naïve façade"
    );
}

#[test]
fn a_path_that_does_not_exist_fails_before_anything_is_imported() {
    let desk = Desk::new();
    desk.file("a.md", "a");
    assert_eq!(desk.error(&["import", "a.md", "missing.md"]), "path_not_found");
    assert!(!desk.library().exists());
}

#[test]
fn an_import_goes_below_the_folder_that_is_named() {
    let desk = Desk::new();
    desk.file("in/sub/a.md", "a");
    desk.json(&["import", desk.path("in").to_str().unwrap(), "--folder", "Taken/In"]);
    let document = &desk.json(&["list", "--folder", "Taken/In"])["documents"][0];
    assert!(document["folder"].as_str().unwrap().starts_with("Taken/In"), "{document}");
}

#[test]
fn what_came_in_goes_out_byte_by_byte() {
    let desk = Desk::new();
    desk.file("in/plain.md", "# Plain\n\ntext\n");
    desk.file("in/odd & names/dos.txt", "\u{feff}one\r\ntwo\r\n");
    desk.file("in/odd & names/Cafe\u{301} 👩\u{200d}🚀.md", "Cafe\u{301} 👩\u{200d}🚀");
    desk.file("in/odd & names/empty.txt", "");
    desk.file("in/日本語/語.md", "---\ntitle: Front\n---\nbody\n");
    desk.json(&["import", desk.path("in").to_str().unwrap()]);
    let out = desk.path("deep/out");
    let answer = desk.json(&["export", "--all", "--to", out.to_str().unwrap()]);
    assert_keys(&answer, &["exported", "skipped"]);
    assert_eq!(answer["skipped"], json!([]));
    for exported in answer["exported"].as_array().unwrap() {
        assert_keys(exported, &["document", "path"]);
    }
    let contents = |files: BTreeMap<String, Vec<u8>>| {
        let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        files.into_iter().map(|(path, bytes)| (name(&path), bytes)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(contents(tree(&out)), contents(tree(&desk.path("in"))));
}

#[test]
fn an_export_keeps_files_that_exist_unless_forced() {
    let desk = Desk::new();
    let id = desk.document("A", "new");
    let out = desk.path("out");
    let out_name = out.to_str().unwrap();
    let answer = desk.json(&["export", &id, "--to", out_name]);
    let file = answer["exported"][0]["path"].as_str().unwrap().to_owned();
    let file = if Path::new(&file).is_absolute() { file.into() } else { out.join(file) };
    fs::write(&file, "mine").unwrap();
    let answer = desk.json(&["export", &id, "--to", out_name]);
    assert_eq!(answer["exported"], json!([]));
    assert_eq!(answer["skipped"].as_array().unwrap().len(), 1);
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    desk.json(&["export", &id, "--to", out_name, "--force"]);
    assert_eq!(fs::read(&file).unwrap(), b"new");
}

#[test]
fn no_title_leads_outside_the_target() {
    let desk = Desk::new();
    for title in ["../x", "a/b", "CON", "..", "", &"é".repeat(400), "/etc/x", "x\n", "C:\\x"] {
        desk.document(title, title);
    }
    let out = desk.path("here/out");
    let answer = desk.json(&["export", "--all", "--to", out.to_str().unwrap()]);
    assert_eq!(answer["exported"].as_array().unwrap().len(), 9);
    assert_eq!(tree(&desk.path("here")).len(), 9);
    assert_eq!(tree(&out).len(), 9);
}

#[test]
fn trashed_documents_stay_out_of_an_export_of_all() {
    let desk = Desk::new();
    desk.document("Kept", "x");
    let id = desk.document("Trashed", "x");
    desk.json(&["trash", &id]);
    let out = desk.path("out");
    let out = out.to_str().unwrap();
    assert_eq!(desk.json(&["export", "--all", "--to", out])["exported"].as_array().unwrap().len(), 1);
    assert_eq!(desk.json(&["export", &id, "--to", out])["exported"][0]["document"], id);
    assert_eq!(desk.error(&["export", "Kept", "Nobody", "--to", out]), "document_not_found");
}
