//! A process that makes history in every way there is (types on branches, folds, restores, merges, labels, pulls, suspends and resumes), and is
//! killed without warning: every version that it had said to be safe can be read again, and is part of what is there.

use std::path::Path;
use std::time::Duration;

use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;
use writemagic_storage::Library;
use writemagic_storage::document::NewDocument;
use writemagic_storage::history::{MAIN_BRANCH, Version};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::session::Durability;

use crate::again::{self, Other};
use crate::random::Random;

/// Kills in the ordinary run; `cargo xtask kill` asks for more.
const KILLS: usize = 12;
/// Kills that one library lives through; then the next one starts.
const KILLS_PER_LIBRARY: usize = 12;
/// Things done, if nobody kills.
const DEEDS: usize = 400;
const SIDE: &str = "side";

/// Makes history until it is killed, and says which versions are safe, with a checksum of their texts.
#[test]
fn historian() {
    let Some(folder) = again::folder() else { return };
    let library = Library::open(folder.join("library"), OpenOptions::new()).unwrap();
    again::say("ready");
    let orders = again::hear().unwrap();
    let [document, seed]: [&str; 2] = orders.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
    let document: DocumentId = document.parse().unwrap();
    let mut random = Random::new(seed.parse().unwrap());
    let mut past: Vec<Version> = Vec::new();
    for _ in 0..DEEDS {
        let branch = do_something(&library, &folder.join("other"), document, &mut random, &past);
        let version = library.version(document, branch).unwrap();
        let text = library.branch_text(document, branch).unwrap();
        again::say(&format!("{branch} {version} {}", crc32c::crc32c(text.as_bytes())));
        past.push(version);
    }
}

/// Gives the branch that was worked on.
fn do_something(
    library: &Library,
    other: &Path,
    document: DocumentId,
    random: &mut Random,
    past: &[Version],
) -> &'static str {
    let has_side = library.branches(document).unwrap().len() > 1;
    let branch = if has_side && random.below(2) == 0 { SIDE } else { MAIN_BRANCH };
    match random.below(12) {
        0 if !past.is_empty() => {
            library.restore(document, branch, &past[random.below(past.len())]).unwrap();
        }
        1 if !has_side => drop(library.create_branch(document, SIDE, past.last()).unwrap()),
        1 | 2 if has_side => {
            let (from, into) = if branch == SIDE { (MAIN_BRANCH, SIDE) } else { (SIDE, MAIN_BRANCH) };
            library.merge(document, from, into).unwrap();
        }
        3 if has_side && random.below(4) == 0 => {
            library.delete_branch(document, SIDE).unwrap();
            return MAIN_BRANCH;
        }
        4 => {
            library.pull_library(other, &Progress::new()).unwrap();
            return MAIN_BRANCH;
        }
        5 => {
            library.suspend().unwrap();
            library.resume().unwrap();
        }
        6 => {
            let version = library.version(document, branch).unwrap();
            library.label(document, "label", &version).unwrap();
        }
        7 => {
            // Enough to be folded when the session ends.
            let session = library.edit_branch(document, branch).unwrap();
            session.splice(random.below(50) as u64, 20, &"Many words. ".repeat(400)).unwrap();
            session.splice(10, 4700, "").unwrap();
            session.close().unwrap();
        }
        8 => {
            let session = library.edit_branch(document, branch).unwrap();
            // Nothing may be left.
            let _ = session.undo();
            session.close().unwrap();
        }
        _ => {
            let session = library.edit_branch(document, branch).unwrap();
            for _ in 0..=random.below(6) {
                let (at, delete) = (random.below(200) as u64, random.below(5) as u64);
                session.splice(at, delete, ["a", " word", "\n", "題", "😀"][random.below(5)]).unwrap();
            }
            session.flush(Durability::Committed).unwrap();
            // Dropped with its head behind, now and then.
            if random.below(2) == 0 {
                session.close().unwrap();
            }
        }
    }
    branch
}

/// Gives how many versions were safe when the process was killed.
fn kill_one(folder: &Path, document: DocumentId, random: &mut Random, kill: usize) -> usize {
    let (lines, micros) = (random.below(60), random.below(3_000) as u64);
    let at = format!("kill {kill}, {micros} µs after {lines} versions");
    let mut historian = Other::start(&mut again::command("historian::historian", folder));
    assert_eq!(historian.next().as_deref(), Some("ready"), "{at}");
    historian.tell(&format!("{document} {}", random.next()));
    let mut safe: Vec<String> = (0..lines).map_while(|_| historian.next()).collect();
    std::thread::sleep(Duration::from_micros(micros)); // deliberate: the random moment of the kill
    historian.kill();
    safe.extend(std::iter::from_fn(|| historian.next()));
    let library = Library::open(folder.join("library"), OpenOptions::new()).unwrap();
    assert_eq!(library.check(false, &Progress::new()).unwrap().problems, [], "{at}");
    for line in &safe {
        let [_, version, crc]: [&str; 3] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let text = library.text_at(document, &version.parse().unwrap());
        let text = text.unwrap_or_else(|error| panic!("{error:?}, {at}"));
        assert_eq!(crc32c::crc32c(text.as_bytes()).to_string(), crc, "{at}");
    }
    // The last one of main is part of what main is now.
    if let Some(line) = safe.iter().rev().find(|line| line.starts_with(MAIN_BRANCH)) {
        let version: Version = line.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(library.has_version(document, MAIN_BRANCH, &version).unwrap(), "{at}");
    }
    library.close().unwrap();
    safe.len()
}

#[test]
fn killed_while_it_makes_history_a_process_loses_nothing() {
    let kills = std::env::var("WRITEMAGIC_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut random = Random::announced();
    let (mut folder, mut document) = prepare();
    let mut safe = 0;
    for kill in 0..kills {
        if kill % KILLS_PER_LIBRARY == 0 {
            (folder, document) = prepare();
        }
        safe += kill_one(folder.path(), document, &mut random, kill);
        if kill % 100 == 99 {
            println!("{} kills of {kills}", kill + 1);
        }
    }
    println!("{kills} kills, {safe} versions acknowledged, none lost");
    assert!(safe > kills);
}

/// A library, and another one in which the same document was written on.
fn prepare() -> (tempfile::TempDir, DocumentId) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(folder.path().join("library"), OpenOptions::new().create(true)).unwrap();
    let text = "It was a dark and stormy night. ".repeat(8);
    let document = library.create_document(NewDocument::titled("t").text(text)).unwrap().id;
    let other = Library::open(folder.path().join("other"), OpenOptions::new().create(true)).unwrap();
    other.pull_library(&folder.path().join("library"), &Progress::new()).unwrap();
    let session = other.edit(document).unwrap();
    session.splice(9, 4, "bright").unwrap();
    session.close().unwrap();
    (folder, document)
}
