//! Where documents go as files, under which names, and what is left alone.

use proptest::prelude::*;
use writemagic_shared::error::{Code, Coded};
use writemagic_storage::document::{DocumentKind, NewDocument};

use super::*;

impl Desk {
    fn new_document(&self, title: &str, folder: &str, text: &str) -> DocumentId {
        self.library.create_document(NewDocument::titled(title).folder(folder).text(text)).unwrap().id
    }
}

#[test]
fn documents_go_to_the_folders_they_stand_in_under_their_titles() {
    let desk = Desk::new();
    desk.new_document("Chapter 1", "Novel/Draft", "one");
    desk.new_document("Ideas", "", "two");
    let plain = NewDocument::titled("List").kind(DocumentKind::Text).byte_order_mark(true).text("three");
    desk.library.create_document(plain).unwrap();
    let report = desk.export(None, "deep/target", false);
    let expected = ["Ideas.md", "List.txt", "Novel/Draft/Chapter 1.md"];
    assert_eq!(names(&desk.at("deep/target")), expected);
    assert_eq!(fs::read(desk.at("deep/target/List.txt")).unwrap(), "\u{FEFF}three".as_bytes());
    assert_eq!(report.exported[0].path, desk.at("deep/target/Novel/Draft/Chapter 1.md"));
    assert_eq!(fs::read(&report.exported[0].path).unwrap(), b"one");
}

#[test]
fn hostile_titles_never_leave_the_target() {
    let desk = Desk::new();
    let long = "long ".repeat(60);
    let titles = [
        "../x",
        "../../x",
        "CON",
        "a/b",
        "..",
        ".",
        "/etc/passwd",
        "C:\\x",
        "con.md",
        "nul",
        "trailing dot.",
        "~/x",
        "-rf",
        "line\nbreak\u{7}",
        "",
        "   ",
        &long,
        "\u{202E}gnp.exe",
        "a\0b",
        ".hidden",
        "..\\..\\x",
    ];
    for title in titles {
        desk.new_document(title, "", title);
    }
    let before = tree(desk.top.path()).len();
    let report = desk.export(None, "out", false);
    assert_eq!((report.exported.len(), report.skipped.as_slice()), (titles.len(), &[][..]));
    let files = tree(&desk.at("out"));
    assert_eq!(files.len(), titles.len());
    assert_eq!(tree(desk.top.path()).len(), before + titles.len());
    for (title, exported) in titles.iter().zip(&report.exported) {
        assert_eq!(exported.path.parent(), Some(desk.at("out").as_path()), "{title:?}");
        let name = exported.path.file_name().unwrap().to_str().unwrap();
        assert!(name.len() <= 200 && name.ends_with(".md") && !name.starts_with(['.', '-', ' ']), "{name}");
        assert_eq!(fs::read(&exported.path).unwrap(), title.as_bytes());
    }
}

#[test]
fn a_file_keeps_its_name_while_the_title_is_unchanged() {
    let desk = Desk::new();
    desk.write("v/01 draft.markdown", "# The Beginning\n");
    let document = desk.import(&["v"]).imported[0].document;
    desk.library.move_document(document, "Novel").unwrap();
    desk.export(None, "one", false);
    assert_eq!(names(&desk.at("one")), ["Novel/01 draft.markdown"]);
    desk.library.rename(document, "The Middle").unwrap();
    desk.export(None, "two", false);
    assert_eq!(names(&desk.at("two")), ["Novel/The Middle.md"]);
}

#[test]
fn an_existing_file_is_kept_unless_forced() {
    let desk = Desk::new();
    let document = desk.new_document("Note", "", "new");
    desk.new_document("Other", "", "other");
    desk.write("out/Note.md", "mine");
    let report = desk.export(None, "out", false);
    assert_eq!(report.exported.len(), 1);
    let skipped = &report.skipped[0];
    assert_eq!(
        (skipped.document, &skipped.path, skipped.reason),
        (document, &desk.at("out/Note.md"), "exists")
    );
    assert_eq!(fs::read(desk.at("out/Note.md")).unwrap(), b"mine");
    assert!(desk.export(None, "out", false).exported.is_empty());
    assert!(desk.export(None, "out", true).skipped.is_empty());
    assert_eq!(fs::read(desk.at("out/Note.md")).unwrap(), b"new");
    assert_eq!(names(&desk.at("out")), ["Note.md", "Other.md"]);
}

#[test]
fn names_that_collide_are_numbered_with_force_too() {
    let desk = Desk::new();
    for (title, text) in
        [("Note", "1"), ("NOTE", "2"), ("note", "3"), ("Note (2)", "4"), ("e\u{301}", "5"), ("É", "6")]
    {
        desk.new_document(title, "", text);
    }
    desk.new_document("Note", "Sub", "7");
    for force in [false, true, true] {
        let report = desk.export(None, "out", force);
        assert_eq!(report.exported.len(), 7);
        let texts: Vec<_> =
            report.exported.iter().map(|exported| fs::read_to_string(&exported.path).unwrap()).collect();
        assert_eq!(texts, ["1", "2", "3", "4", "5", "6", "7"]);
    }
    let expected =
        ["NOTE (2).md", "Note (2) (2).md", "Note.md", "Sub/Note.md", "note (3).md", "É (2).md", "é.md"];
    assert_eq!(names(&desk.at("out")), expected);
}

#[test]
fn all_leaves_the_trash_out_and_a_named_document_is_taken_from_it() {
    let desk = Desk::new();
    let kept = desk.new_document("Kept", "", "kept");
    let trashed = desk.new_document("Trashed", "", "trashed");
    desk.library.trash(trashed).unwrap();
    desk.export(None, "all", false);
    assert_eq!(names(&desk.at("all")), ["Kept.md"]);
    let report = desk.export(Some(&[trashed, kept, trashed]), "named", false);
    assert_eq!(report.exported.iter().map(|exported| exported.document).collect::<Vec<_>>(), [trashed, kept]);
    assert_eq!(names(&desk.at("named")), ["Kept.md", "Trashed.md"]);
}

#[test]
fn a_document_that_does_not_exist_fails_before_anything_is_written() {
    let desk = Desk::new();
    let known = desk.new_document("Note", "", "x");
    let unknown = DocumentId::from_bytes([7; 16]);
    let ids = [known, unknown];
    let refused = desk
        .library
        .export(Some(&ids), &desk.at("out"), &ExportOptions::default(), &Progress::new())
        .unwrap_err();
    assert_eq!(refused.code(), Code::DocumentNotFound);
    assert!(!desk.at("out").exists());
}

#[test]
fn what_stands_in_the_way_is_left_alone() {
    let desk = Desk::new();
    for (title, folder) in [("Free", "Open"), ("A", "Blocked"), ("B", "Blocked/Below"), ("Folder", "")] {
        desk.new_document(title, folder, "text");
    }
    desk.write("out/Blocked", "a file");
    desk.write("out/Folder.md/x", "x");
    let report = desk.export(None, "out", true);
    let reasons: Vec<_> = report.skipped.iter().map(|skipped| skipped.reason).collect();
    assert_eq!(reasons, ["not_a_folder", "not_a_folder", "not_a_file"]);
    assert_eq!(names(&desk.at("out")), ["Blocked", "Folder.md/x", "Open/Free.md"]);
    let options = ExportOptions::default();
    let refused = desk.library.export(None, &desk.at("out/Blocked"), &options, &Progress::new()).unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    use std::os::unix::fs::symlink;
    let desk = Desk::new();
    desk.new_document("Linked", "", "new");
    desk.new_document("Dangling", "", "new");
    desk.new_document("Inside", "Folder", "new");
    desk.write("outside/real.md", "real");
    fs::create_dir(desk.at("out")).unwrap();
    symlink(desk.at("outside/real.md"), desk.at("out/Linked.md")).unwrap();
    symlink(desk.at("outside/made.md"), desk.at("out/Dangling.md")).unwrap();
    symlink(desk.at("outside"), desk.at("out/Folder")).unwrap();
    for (force, expected) in [
        (false, ["exists", "exists", "symbolic_link"]),
        (true, ["symbolic_link", "symbolic_link", "symbolic_link"]),
    ] {
        let report = desk.export(None, "out", force);
        assert!(report.exported.is_empty());
        assert_eq!(report.skipped.iter().map(|skipped| skipped.reason).collect::<Vec<_>>(), expected);
    }
    assert_eq!(names(&desk.at("outside")), ["real.md"]);
    assert_eq!(fs::read(desk.at("outside/real.md")).unwrap(), b"real");
}

#[test]
fn a_cancelled_export_stops() {
    let desk = Desk::new();
    desk.new_document("Note", "", "x");
    let progress = Progress::new();
    progress.cancel();
    let refused =
        desk.library.export(None, &desk.at("out"), &ExportOptions::default(), &progress).unwrap_err();
    assert_eq!(refused.code(), Code::Cancelled);
}

#[test]
fn a_library_that_is_only_read_can_be_exported() {
    let desk = Desk::new();
    desk.new_document("Note", "", "x");
    let folder = desk.library.path().to_owned();
    desk.library.close().unwrap();
    let library = Library::open(folder, OpenOptions::new().read_only(true)).unwrap();
    library.export(None, &desk.at("out"), &ExportOptions::default(), &Progress::new()).unwrap();
    assert_eq!(names(&desk.at("out")), ["Note.md"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_document_gets_a_file_of_its_own_inside_the_target(
        titles in prop::collection::vec("([./\\\\ :\0\n-]|CON|nul|[aA]|é|e\u{301}|🎉|\\PC){0,12}", 1..30),
    ) {
        let desk = Desk::new();
        for (i, title) in titles.iter().enumerate() {
            desk.new_document(title, ["", "F", "f/g"][i % 3], &i.to_string());
        }
        let report = desk.export(None, "out", false);
        prop_assert_eq!((report.exported.len(), report.skipped.len()), (titles.len(), 0));
        let texts: Vec<_> =
            report.exported.iter().map(|exported| fs::read_to_string(&exported.path).unwrap()).collect();
        prop_assert_eq!(texts, (0..titles.len()).map(|i| i.to_string()).collect::<Vec<_>>());
        prop_assert_eq!(tree(&desk.at("out")).len(), titles.len());
        let in_target: Vec<_> = fs::read_dir(desk.at("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        prop_assert_eq!(in_target, ["out"]);
    }
}
