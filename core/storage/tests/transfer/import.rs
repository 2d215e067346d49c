//! What becomes a document, what does not, and what the report says of it.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use writemagic_shared::error::{Code, Coded};
use writemagic_shared::limits;
use writemagic_shared::runtime::{ManualClock, Timestamp};
use writemagic_storage::document::DocumentKind;

use super::*;

#[test]
fn importing_the_same_folder_twice_adds_nothing() {
    let desk = Desk::new();
    desk.write("v/a.md", "a");
    desk.write("v/sub/a.md", "a");
    let first = desk.import(&["v"]);
    assert_eq!(first.imported.len(), 2, "equal bytes at another path are another document");
    let second = desk.import(&["v", "v"]);
    assert!(second.imported.is_empty());
    assert_eq!(skipped(&second), vec![("a.md".to_owned(), "duplicate"); 4]);
    assert_eq!(desk.documents(), 2);
}

#[test]
fn a_duplicate_is_known_after_it_was_renamed_moved_and_trashed_but_not_purged() {
    let desk = Desk::new();
    desk.write("v/a.md", "a");
    let document = desk.import(&["v"]).imported[0].document;
    desk.library.rename(document, "Another").unwrap();
    desk.library.move_document(document, "Elsewhere").unwrap();
    desk.library.trash(document).unwrap();
    assert_eq!(skipped(&desk.import(&["v"])), [("a.md".to_owned(), "duplicate")]);
    desk.library.purge(document, true).unwrap();
    let again = desk.import(&["v"]);
    assert_eq!(again.imported.len(), 1);
    assert!(!again.imported[0].changed_source);
}

#[test]
fn the_same_folder_imported_into_another_one_is_another_import() {
    let desk = Desk::new();
    desk.write("v/a.md", "a");
    desk.import(&["v"]);
    let report = desk.import_into("Archive/2026", &["v"]);
    assert_eq!(report.imported.len(), 1);
    assert_eq!(desk.library.document(report.imported[0].document).unwrap().folder, "Archive/2026/v");
    assert!(desk.import_into("/Archive/2026/", &["v"]).imported.is_empty());
}

#[test]
fn two_folders_of_one_name_are_told_apart_only_by_what_they_hold() {
    let desk = Desk::new();
    desk.write("one/v/a.md", "a");
    desk.write("two/v/a.md", "a");
    desk.write("two/v/b.md", "b");
    desk.write("three/w/a.md", "a");
    assert_eq!(desk.import(&["one/v"]).imported.len(), 1);
    assert_eq!(skipped(&desk.import(&["two/v"])), [("a.md".to_owned(), "duplicate")]);
    assert_eq!(desk.import(&["three/w"]).imported.len(), 1, "another vault is not mixed with the first");
}

#[test]
fn changed_bytes_at_a_known_path_become_a_new_document() {
    let desk = Desk::new();
    desk.write("v/a.md", "one");
    let first = desk.import(&["v"]).imported.remove(0);
    assert!(!first.changed_source);
    desk.write("v/a.md", "two");
    let second = desk.import(&["v"]).imported.remove(0);
    assert!(second.changed_source);
    assert_eq!(desk.library.text(first.document).unwrap(), "one");
    assert_eq!(desk.library.text(second.document).unwrap(), "two");
    desk.write("v/a.md", "one");
    assert_eq!(skipped(&desk.import(&["v"])), [("a.md".to_owned(), "duplicate")]);
}

#[test]
fn files_of_one_name_named_together_are_all_taken_and_none_is_a_changed_one() {
    let desk = Desk::new();
    desk.write("x/a.md", "one");
    desk.write("y/a.md", "two");
    desk.write("z/a.md", "one");
    let paths = ["x/a.md", "y/a.md", "z/a.md"];
    let report = desk.import(&paths);
    assert_eq!(report.imported.len(), 2);
    assert!(report.imported.iter().all(|imported| !imported.changed_source));
    assert_eq!(report.skipped.len(), 1);
    assert_eq!((report.skipped[0].path.clone(), report.skipped[0].reason), (desk.at("z/a.md"), "duplicate"));
    assert!(desk.import(&paths).imported.is_empty());
}

#[test]
fn a_document_knows_where_it_comes_from() {
    let now = 1_800_000_000_000;
    let desk = Desk::with(OpenOptions::new().clock(Arc::new(ManualClock::new(Timestamp::from_millis(now)))));
    desk.write("v/sub/chapter.md", "\u{FEFF}---\ntitle: 'The Start'\nlang: en_GB\n---\n# Other\n");
    desk.write("v/plain.TXT", "# no heading");
    let date = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
    let set = |path: &str, time| {
        fs::File::options().write(true).open(desk.at(path)).unwrap().set_modified(time).unwrap();
    };
    set("v/sub/chapter.md", date(1_500_000_000_123));
    set("v/plain.TXT", date(now as u64 + 1_000));
    let report = desk.import(&["v"]);
    let [plain, chapter] = [0, 1].map(|i| desk.library.document(report.imported[i].document).unwrap());
    assert_eq!(chapter.title, "The Start");
    assert_eq!(report.imported[1].title, "The Start");
    assert_eq!(chapter.folder, "v/sub");
    assert_eq!(chapter.language.as_deref(), Some("en-GB"));
    assert_eq!((chapter.kind, chapter.byte_order_mark), (DocumentKind::Markdown, true));
    assert_eq!(chapter.modified.as_millis(), 1_500_000_000_123);
    assert!(chapter.created <= chapter.modified);
    assert!(
        desk.library.text(chapter.id).unwrap().starts_with("---\ntitle"),
        "front matter stays in the text"
    );
    assert_eq!((plain.kind, plain.title.as_str()), (DocumentKind::Text, "plain"));
    assert_eq!(plain.modified.as_millis(), now, "no document is younger than now");
}

#[test]
fn a_language_that_is_no_tag_does_not_keep_a_file_out() {
    let desk = Desk::new();
    desk.write("a.md", format!("---\nlang: {}\n---\n", "x".repeat(100)));
    assert_eq!(desk.import_one("a.md").language, None);
}

#[test]
fn every_encoding_is_read_and_named() {
    let desk = Desk::new();
    let russian = "Съешь же ещё этих мягких французских булок, да выпей чаю.";
    let japanese = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。";
    let french = "Le cœur déçu mais l'âme plutôt naïve, Louÿs rêva de crapaüter.";
    let wide = |unit: fn(u16) -> [u8; 2]| {
        [0xFEFF].into_iter().chain(japanese.encode_utf16()).flat_map(unit).collect()
    };
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("utf-8", french.into(), french),
        ("utf-16le", wide(u16::to_le_bytes), japanese),
        ("utf-16be", wide(u16::to_be_bytes), japanese),
        ("windows-1252", encoding_rs::WINDOWS_1252.encode(french).0.into(), french),
        ("windows-1251", encoding_rs::WINDOWS_1251.encode(russian).0.into(), russian),
        ("koi8-u", encoding_rs::KOI8_R.encode(russian).0.into(), russian),
        ("shift_jis", encoding_rs::SHIFT_JIS.encode(japanese).0.into(), japanese),
    ];
    for (encoding, bytes, text) in files {
        let name = format!("{encoding}.txt");
        desk.write(&name, bytes);
        let report = desk.import(&[&name]);
        assert_eq!((report.imported[0].encoding, report.imported[0].lossy), (encoding, false));
        assert_eq!(desk.library.text(report.imported[0].document).unwrap(), text, "{encoding}");
    }
}

#[test]
fn bytes_without_a_meaning_are_reported_as_a_loss() {
    let desk = Desk::new();
    desk.write("cut.txt", b"\xFF\xFEa\0b");
    let report = desk.import(&["cut.txt"]);
    assert!(report.imported[0].lossy);
    assert_eq!(desk.library.text(report.imported[0].document).unwrap(), "a\u{FFFD}");
}

#[test]
fn what_is_no_text_is_left_out_with_its_reason() {
    let desk = Desk::new();
    desk.write("v/binary.md", b"PNG\0\x01");
    desk.write("v/image.png", b"PNG");
    desk.write("v/.hidden.md", "x");
    desk.write("v/.git/config.txt", "x");
    desk.write("v/ok.md", "x");
    let report = desk.import(&["v"]);
    assert_eq!(report.imported.len(), 1);
    let expected = [(".hidden.md", "hidden"), ("binary.md", "binary"), ("image.png", "not_text")];
    assert_eq!(skipped(&report), expected.map(|(name, reason)| (name.to_owned(), reason)));
    let named = desk.import(&["v/image.png"]);
    assert_eq!(named.imported.len(), 1, "a file that is named is taken whatever it is called");
    assert_eq!(skipped(&desk.import(&["v/binary.md"])), [("binary.md".to_owned(), "binary")]);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_what_cannot_be_read_is_reported() {
    use std::os::unix::fs::symlink;
    let desk = Desk::new();
    desk.write("outside/secret.md", "secret");
    desk.write("v/folder.md/x.md", "in a folder that is called like a file");
    symlink(desk.at("outside"), desk.at("v/outside")).unwrap();
    symlink(desk.at("outside/secret.md"), desk.at("v/secret.md")).unwrap();
    symlink(desk.at("nowhere"), desk.at("v/dangling.md")).unwrap();
    symlink(desk.at("v"), desk.at("v/loop")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, desk.at("v/pipe.md"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let report = desk.import(&["v"]);
    assert_eq!(report.imported.len(), 1);
    let link = |name: &str| (name.to_owned(), "symbolic_link");
    let pipe = ("pipe.md".to_owned(), "not_a_file");
    assert_eq!(
        skipped(&report),
        [link("dangling.md"), link("loop"), link("outside"), pipe, link("secret.md")]
    );
    assert_eq!(skipped(&desk.import(&["v/secret.md"])), [link("secret.md")]);
}

#[test]
fn a_document_of_the_largest_size_is_taken_and_one_byte_more_is_not() {
    let desk = Desk::new();
    let mut bytes = vec![b' '; limits::DOCUMENT_BYTES as usize];
    desk.write("v/edge.txt", &bytes);
    bytes.push(b' ');
    desk.write("v/over.txt", &bytes);
    desk.write("v/small.txt", "x");
    let report = desk.import(&["v"]);
    assert_eq!(skipped(&report), [("over.txt".to_owned(), "too_large")]);
    assert_eq!(report.imported.len(), 2);
    let edge = desk.library.document(report.imported[0].document).unwrap();
    assert_eq!(edge.stats.bytes, limits::DOCUMENT_BYTES);
}

#[test]
fn a_path_that_does_not_exist_fails_before_anything_is_done() {
    let desk = Desk::new();
    desk.write("a.md", "a");
    let paths = [desk.at("a.md"), desk.at("missing.md")];
    let mut options = ImportOptions::default();
    options.folder = "New".to_owned();
    let refused = desk.library.import(&paths, &options, &Progress::new()).unwrap_err();
    assert_eq!(refused.code(), Code::PathNotFound);
    assert_eq!(desk.documents(), 0);
    assert!(desk.library.folders().unwrap().is_empty());
}

#[test]
fn a_folder_that_no_library_can_have_is_refused() {
    let desk = Desk::new();
    desk.write("a.md", "a");
    let mut options = ImportOptions::default();
    for (folder, code) in [("a/../b", Code::InvalidFolderName), (&"x/".repeat(65), Code::LimitExceeded)] {
        options.folder = folder.to_owned();
        let refused = desk.library.import(&[desk.at("a.md")], &options, &Progress::new()).unwrap_err();
        assert_eq!(refused.code(), code);
    }
    assert_eq!(desk.documents(), 0);
}

#[test]
fn a_library_that_is_only_read_takes_nothing() {
    let desk = Desk::new();
    desk.write("a.md", "a");
    let folder = desk.library.path().to_owned();
    desk.library.close().unwrap();
    let library = Library::open(folder, OpenOptions::new().read_only(true)).unwrap();
    let refused =
        library.import(&[desk.at("a.md")], &ImportOptions::default(), &Progress::new()).unwrap_err();
    assert_eq!(refused.code(), Code::LibraryReadOnly);
}

#[test]
fn the_report_is_in_the_order_of_the_given_paths_and_of_the_paths_below() {
    let desk = Desk::new();
    for path in ["b/2.md", "b/10.md", "b/1/z.md", "b/x.png", "b/a.png", "a.md"] {
        desk.write(path, path);
    }
    let report = desk.import(&["b", "a.md"]);
    let order: Vec<_> = report.imported.iter().map(|imported| imported.path.clone()).collect();
    assert_eq!(order, ["b/1/z.md", "b/10.md", "b/2.md", "a.md"].map(|path| desk.at(path)));
    assert_eq!(skipped(&report), [("a.png".to_owned(), "not_text"), ("x.png".to_owned(), "not_text")]);
}

#[test]
fn many_batches_are_written_whole_and_in_order() {
    let desk = Desk::new();
    for i in 0..1_500 {
        desk.write(&format!("v/{i:04}.md"), format!("# Note {i}"));
    }
    let report = desk.import(&["v"]);
    let titles: Vec<_> = report.imported.iter().map(|imported| imported.title.clone()).collect();
    assert_eq!(titles, (0..1_500).map(|i| format!("Note {i}")).collect::<Vec<_>>());
    let problems = desk.library.check(false, &Progress::new()).unwrap().problems;
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn a_cancelled_import_keeps_what_it_wrote_and_the_next_one_goes_on() {
    let desk = Desk::new();
    for i in 0..2_000 {
        desk.write(&format!("v/{i}.md"), i.to_string());
    }
    let stopped = Progress::new();
    stopped.cancel();
    let paths = [desk.at("v")];
    let refused = desk.library.import(&paths, &ImportOptions::default(), &stopped).unwrap_err();
    assert_eq!(refused.code(), Code::Cancelled);
    assert_eq!(desk.documents(), 0);

    let progress = Progress::new();
    let (library, counted) = (desk.library.clone(), progress.clone());
    let running = thread::spawn(move || library.import(&paths, &ImportOptions::default(), &counted));
    while progress.snapshot().done == 0 && !running.is_finished() {
        thread::yield_now();
    }
    progress.cancel();
    let code = running.join().unwrap().err().map(|error| error.code());
    assert!(code.is_none_or(|code| code == Code::Cancelled));
    let kept = desk.documents();
    let rest = desk.import(&["v"]);
    assert_eq!((rest.skipped.len() as u64, desk.documents()), (kept, 2_000));
}

#[test]
fn a_full_disk_ends_an_import_and_what_was_written_is_sound() {
    let desk = Desk::with(OpenOptions::new().max_bytes(2 << 20));
    for i in 0..1_200 {
        desk.write(&format!("v/{i:04}.md"), format!("{i} ").repeat(1_000));
    }
    let paths = [desk.at("v")];
    let refused = desk.library.import(&paths, &ImportOptions::default(), &Progress::new()).unwrap_err();
    assert_eq!(refused.code(), Code::DiskFull);
    assert!(desk.documents() < 1_200);
    assert!(desk.library.check(false, &Progress::new()).unwrap().is_ok());
}
