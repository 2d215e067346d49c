//! Documents, folders, listing and naming, through the public API.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use std::sync::Arc;

use tempfile::TempDir;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::limits::{FOLDER_DEPTH, FOLDER_NAME_BYTES, PAGE_ROWS, TARGET, TITLE_BYTES};
use writemagic_shared::runtime::{ManualClock, Timestamp};
use writemagic_storage::Library;
use writemagic_storage::document::{
    Cursor, Document, DocumentFilter, DocumentKind, FolderPosition, NewDocument, Targets,
};
use writemagic_storage::library::OpenOptions;

fn library() -> (TempDir, Library, Arc<ManualClock>) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_700_000_000_000)));
    let options = OpenOptions::new().create(true).clock(clock.clone());
    let library = Library::open(folder.path(), options).unwrap();
    (folder, library, clock)
}

fn add(library: &Library, title: &str, folder: &str) -> Document {
    library.create_document(NewDocument::titled(title).folder(folder)).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, writemagic_storage::Error>) -> Code {
    result.unwrap_err().code()
}

fn paths(library: &Library) -> Vec<String> {
    library.folders().unwrap().into_iter().map(|folder| folder.path).collect()
}

#[test]
fn a_document_keeps_what_it_was_given() {
    let (_folder, library, _) = library();
    let text = "\u{301}line\r\nNUL \0 and 😀\u{2028}no end";
    let title = "canary-b7e1f0 \0 \u{1b}[31m 題";
    let new = NewDocument::titled(title)
        .kind(DocumentKind::Text)
        .folder("Novel/Draft")
        .language("zh-Hant-TW")
        .byte_order_mark(true)
        .text(text)
        .times(Timestamp::from_millis(1000), Timestamp::from_millis(2000));
    let made = library.create_document(new).unwrap();
    let found = library.document(made.id).unwrap();
    assert_eq!(found, made);
    assert_eq!(
        (found.title.as_str(), found.kind, found.folder.as_str()),
        (title, DocumentKind::Text, "Novel/Draft")
    );
    assert_eq!((found.language.as_deref(), found.byte_order_mark), (Some("zh-Hant-TW"), true));
    assert_eq!((found.created.as_millis(), found.modified.as_millis()), (1000, 2000));
    assert_eq!(library.text(made.id).unwrap(), text);
    assert_eq!(found.stats.bytes, text.len() as u64);
}

#[test]
fn limits_hold_at_their_edges_and_name_value_and_limit() {
    let (_folder, library, _) = library();
    let longest = "é".repeat(TITLE_BYTES as usize / 2);
    let document = add(&library, &longest, "");
    let refused = library.rename(document.id, &format!("{longest}x")).unwrap_err();
    assert_eq!(refused.code(), Code::LimitExceeded);
    assert_eq!(refused.details().get("value"), Some((TITLE_BYTES + 1).into()));
    assert_eq!(refused.details().get("limit"), Some(TITLE_BYTES.into()));
    assert_eq!(
        code(library.create_document(NewDocument::titled(format!("{longest}x")))),
        Code::LimitExceeded
    );

    let deepest = vec!["d"; FOLDER_DEPTH as usize].join("/");
    assert_eq!(u64::from(library.create_folder(&deepest).unwrap().depth), FOLDER_DEPTH);
    assert_eq!(code(library.create_folder(&format!("{deepest}/d"))), Code::LimitExceeded);
    library.create_folder("x/y").unwrap();
    let almost = vec!["d"; FOLDER_DEPTH as usize - 1].join("/");
    assert_eq!(code(library.move_folder("x", &almost)), Code::LimitExceeded, "the folder below counts too");
    library.move_folder("x/y", &almost).unwrap();

    let name = "n".repeat(FOLDER_NAME_BYTES as usize);
    library.create_folder(&name).unwrap();
    assert_eq!(code(library.create_folder(&format!("{name}n"))), Code::LimitExceeded);

    let targets = |words| Targets { words: Some(words), chars: None };
    assert_eq!(library.set_targets(document.id, targets(TARGET)).unwrap().targets, targets(TARGET));
    assert_eq!(code(library.set_targets(document.id, targets(TARGET + 1))), Code::LimitExceeded);
    assert_eq!(library.set_targets(document.id, Targets::default()).unwrap().targets, Targets::default());
    assert_eq!(code(library.set_language(document.id, Some("not a tag"))), Code::InvalidLanguageTag);
    assert_eq!(library.set_language(document.id, Some("de-CH")).unwrap().language.as_deref(), Some("de-CH"));
    assert_eq!(library.set_language(document.id, None).unwrap().language, None);
}

#[test]
fn documents_are_found_by_id_title_and_prefix_in_this_order() {
    let (_folder, library, clock) = library();
    let first = add(&library, "Chapter 1", "");
    clock.advance(60_000);
    let second = add(&library, "Chapter 2", "");
    let id = first.id.to_string();
    assert_eq!(library.find_document(&id).unwrap().id, first.id);
    assert_eq!(library.find_document("Chapter 2").unwrap().id, second.id);
    assert_eq!(library.find_document(&id[..13]).unwrap().id, first.id);
    assert_eq!(library.find_document(&id[..13].replace('-', "").to_uppercase()).unwrap().id, first.id);
    assert_eq!(code(library.find_document(&id[..5])), Code::DocumentNotFound);
    assert_eq!(code(library.find_document("chapter 2")), Code::DocumentNotFound, "titles are exact");
    assert_eq!(code(library.find_document(&id[..6])), Code::AmbiguousDocument, "both ids begin alike");
    // A title that looks like a prefix wins over the prefix.
    let decoy = add(&library, &id[..13], "");
    assert_eq!(library.find_document(&id[..13]).unwrap().id, decoy.id);

    let twin = add(&library, "Chapter 1", "elsewhere");
    let refused = library.find_document("Chapter 1").unwrap_err();
    assert_eq!(
        (refused.code(), refused.details().get("count")),
        (Code::AmbiguousDocument, Some(2_u64.into()))
    );
    library.trash(first.id).unwrap();
    assert_eq!(library.find_document("Chapter 1").unwrap().id, twin.id, "outside the trash first");
    library.trash(twin.id).unwrap();
    assert_eq!(code(library.find_document("Chapter 1")), Code::AmbiguousDocument);
}

#[test]
fn the_trash_keeps_documents_until_they_are_purged() {
    let (_folder, library, _) = library();
    let document = library.create_document(NewDocument::titled("t").folder("f").text("one")).unwrap();
    let trashed = DocumentFilter { trashed: true, ..DocumentFilter::default() };
    for _ in 0..2 {
        assert!(library.trash(document.id).unwrap().trashed);
    }
    assert_eq!(library.documents(&DocumentFilter::default(), None, 10).unwrap().total, 0);
    assert_eq!(library.documents(&trashed, None, 10).unwrap().documents[0].id, document.id);
    // Everything still works in there.
    let session = library.edit(document.id).unwrap();
    session.splice(3, 0, " two").unwrap();
    session.close().unwrap();
    library.rename(document.id, "u").unwrap();
    assert!(library.move_document(document.id, "g").unwrap().trashed);
    for _ in 0..2 {
        let back = library.untrash(document.id).unwrap();
        assert_eq!((back.trashed, back.folder.as_str(), back.title.as_str()), (false, "g", "u"));
    }
    assert_eq!(library.text(document.id).unwrap(), "one two");

    assert_eq!(code(library.purge(document.id, false)), Code::ConfirmationRequired);
    let session = library.edit(document.id).unwrap();
    session.splice(0, 0, "unsaved ").unwrap();
    assert_eq!(library.purge(document.id, true).unwrap().id, document.id);
    assert_eq!(code(session.splice(0, 0, "x")), Code::SessionClosed);
    drop(session);
    assert_eq!(code(library.text(document.id)), Code::DocumentNotFound);
    assert_eq!(code(library.purge(document.id, true)), Code::DocumentNotFound);
    assert_eq!(library.statistics().unwrap().events, 0);
    assert!(library.check(false, &Default::default()).unwrap().problems.is_empty());
}

#[test]
fn listing_pages_by_change_and_misses_nothing() {
    let (_folder, library, clock) = library();
    let mut made: Vec<_> = (0..25)
        .map(|i| {
            clock.advance(i64::from(i % 3 == 0));
            add(&library, &format!("{i}"), if i % 2 == 0 { "even/deep" } else { "odd" }).id
        })
        .collect();
    made.reverse();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = library.documents(&DocumentFilter::default(), after, 7).unwrap();
        assert_eq!(page.total, 25);
        seen.extend(page.documents.iter().map(|document| document.id));
        after = page.next.map(|next| next.to_string().parse::<Cursor>().unwrap());
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, made);
    assert_eq!(code("zzz".parse::<Cursor>()), Code::InvalidArgument);

    let inside = |folder: &str| {
        let filter = DocumentFilter { folder: Some(folder.into()), ..DocumentFilter::default() };
        library.documents(&filter, None, PAGE_ROWS as usize * 2).unwrap()
    };
    assert_eq!((inside("even").total, inside("even/deep").documents.len()), (13, 13));
    assert_eq!((inside("").total, inside("none").total), (25, 0));
    clock.advance(10);
    library.rename(made[20], "renamed").unwrap();
    let first = &library.documents(&DocumentFilter::default(), None, 1).unwrap().documents[0];
    assert_eq!(first.id, made[0], "a new title is no change of the text");
    let session = library.edit(made[20]).unwrap();
    session.splice(0, 0, "text").unwrap();
    session.close().unwrap();
    assert_eq!(library.documents(&DocumentFilter::default(), None, 1).unwrap().documents[0].id, made[20]);
    assert_eq!(library.documents(&DocumentFilter::default(), None, 0).unwrap().total, 25);
}

#[test]
fn folders_nest_and_keep_the_order_that_they_are_given() {
    let (_folder, library, _) = library();
    for path in ["b", "a", "c/x", "c/y"] {
        library.create_folder(path).unwrap();
    }
    assert_eq!(paths(&library), ["b", "a", "c", "c/x", "c/y"]);
    library.order_folder("a", FolderPosition::First).unwrap();
    library.order_folder("b", FolderPosition::After("c".into())).unwrap();
    library.order_folder("c/y", FolderPosition::Before("x".into())).unwrap();
    assert_eq!(paths(&library), ["a", "c", "c/y", "c/x", "b"]);
    for i in 0..100 {
        library.order_folder(if i % 2 == 0 { "b" } else { "c" }, FolderPosition::After("a".into())).unwrap();
    }
    assert_eq!(paths(&library), ["a", "c", "c/y", "c/x", "b"]);
    assert_eq!(code(library.order_folder("a", FolderPosition::Before("x".into()))), Code::FolderNotFound);

    let document = add(&library, "d", "c/y");
    library.rename_folder("c/y", "why").unwrap();
    library.move_folder("c", "a").unwrap();
    assert_eq!(library.document(document.id).unwrap().folder, "a/c/why");
    assert_eq!(paths(&library), ["a", "a/c", "a/c/why", "a/c/x", "b"]);
    library.move_folder("a/c", "a").unwrap();
    library.move_folder("a/c", "").unwrap();
    assert_eq!(paths(&library), ["a", "b", "c", "c/why", "c/x"]);

    assert_eq!(code(library.move_folder("c", "c/x")), Code::FolderCycle);
    assert_eq!(code(library.move_folder("c", "c")), Code::FolderCycle);
    library.create_folder("b/c").unwrap();
    assert_eq!(code(library.move_folder("c", "b")), Code::FolderExists);
    assert_eq!(code(library.rename_folder("a", "b")), Code::FolderExists);
    assert_eq!(code(library.create_folder("c/x")), Code::FolderExists);
    for bad in ["", ".", "..", "a//b", "a/./b", "/"] {
        assert_eq!(code(library.create_folder(bad)), Code::InvalidFolderName, "{bad:?}");
    }
    assert_eq!(code(library.rename_folder("a", "x/y")), Code::InvalidFolderName);
    assert_eq!(code(library.rename_folder("none", "x")), Code::FolderNotFound);
    assert_eq!(code(library.move_folder("a", "none")), Code::FolderNotFound);

    library.trash(document.id).unwrap();
    let refused = library.delete_folder("c").unwrap_err();
    assert_eq!(refused.details().get("folders"), Some(2_u64.into()));
    assert_eq!(library.delete_folder("c/why").unwrap_err().details().get("documents"), Some(1_u64.into()));
    library.delete_folder("/c/x/").unwrap();
    assert_eq!(paths(&library), ["a", "b", "b/c", "c", "c/why"]);
}

#[test]
fn moving_makes_the_folders_it_names_and_doing_it_again_changes_nothing() {
    let (_folder, library, _) = library();
    let document = add(&library, "d", "");
    for _ in 0..2 {
        assert_eq!(library.move_document(document.id, "new/place").unwrap().folder, "new/place");
    }
    assert_eq!(paths(&library), ["new", "new/place"]);
    assert_eq!(library.move_document(document.id, "").unwrap().folder, "");
    assert_eq!(code(library.move_document(document.id, "a/../b")), Code::InvalidFolderName);
}
