//! The steps of the tour about history: versions, alternatives, and three libraries that become one.

use std::path::PathBuf;
use std::time::Instant;

use writemagic::text::diff::By;
use writemagic::{
    BundleOptions, DocumentFilter, DocumentId, Durability, Library, MAIN_BRANCH, NewDocument, OpenOptions,
};

use super::steps::millis;
use super::{Outcome, Tour};
use crate::commands::diff::coloured;
use crate::errors::CliResult;
use crate::page::grouped;

/// Documents of the three libraries.
const DOCUMENTS: usize = 50;

/// Writes in a session of its own: one change, for undo.
fn write(
    library: &Library,
    document: DocumentId,
    branch: &str,
    at: u64,
    delete: u64,
    insert: &str,
) -> CliResult<()> {
    let session = library.edit_branch(document, branch)?;
    session.splice(at, delete, insert)?;
    session.flush(Durability::Committed)?;
    session.close()?;
    Ok(())
}

pub(super) fn go_back(tour: &Tour) -> CliResult<Outcome> {
    let library = tour.library()?;
    let text = "It was a dark night. Nobody came.\n";
    let document = library.create_document(NewDocument::titled("A story").text(text))?.id;
    let first = library.version(document, MAIN_BRANCH)?;
    library.label(document, "first draft", &first)?;
    write(&library, document, MAIN_BRANCH, 9, 4, "bright and windy")?;
    let second = library.version(document, MAIN_BRANCH)?;
    let changes = library.diff(document, &first, &second, By::Words)?;
    tour.output.tell(|page| coloured(page, &changes))?;
    library.restore(document, MAIN_BRANCH, &first)?;
    let restored = library.text(document)? == text;
    let session = library.edit(document)?;
    session.undo()?;
    session.close()?;
    let undone = library.text(document)? == "It was a bright and windy night. Nobody came.\n";

    library.create_branch(document, "another ending", Some(&first))?;
    write(&library, document, "another ending", 21, 12, "She came.")?;
    let report = library.merge(document, "another ending", MAIN_BRANCH)?;
    let merged = library.text(document)?;
    tour.output.tell(|page| page.paragraph("   ", &format!("merged: {}", merged.trim_end())))?;
    let versions = library.history(document, MAIN_BRANCH.to_owned(), true).wait()?;
    let reachable = library.text_at(document, &first)? == text;
    let labelled = library.find_version(document, MAIN_BRANCH, "first draft")? == first;
    let authors = library.blame(document, MAIN_BRANCH)?;
    let merged = merged == "It was a bright and windy night. She came.\n";
    Ok(Outcome::new(restored && undone && merged && reachable && labelled && !authors.is_empty())
        .figure("versions", versions.len())
        .figure("changes_shown", changes.hunks.len())
        .figure("touched_on_both_sides", report.overlaps.len()))
}

/// One of the libraries.
struct Device {
    library: Library,
    folder: PathBuf,
}

pub(super) fn become_one(tour: &Tour) -> CliResult<Outcome> {
    let mut devices = Vec::new();
    for name in ["phone", "tablet", "desk"] {
        let folder = tour.folder.path().join(name);
        let library = Library::open(&folder, OpenOptions::new().create(true))?;
        devices.push(Device { library, folder });
    }
    let [phone, tablet, desk] = devices.as_slice() else { return Ok(Outcome::new(false)) };
    let mut ids = Vec::with_capacity(DOCUMENTS);
    for number in 0..DOCUMENTS {
        let new = NewDocument::titled(format!("Note {number}"))
            .folder(format!("Notebook {}", number % 5))
            .text(format!("This is note {number}.\n"));
        ids.push(phone.library.create_document(new)?.id);
    }
    let started = Instant::now();
    // One over a file, as if by mail, with what the other had said that it knows.
    let bundle = tour.folder.path().join("news");
    let mut options = BundleOptions::default();
    options.summary = Some(tablet.library.summary()?);
    phone.library.bundle(bundle.clone(), options).wait()?;
    tablet.library.pull_bundle(bundle).wait()?;
    desk.library.pull_library(tablet.folder.clone()).wait()?;
    // All three write at once, on the same documents too.
    for (number, id) in ids.iter().enumerate() {
        let (library, at) = match number % 3 {
            0 => (&phone.library, 0),
            1 => (&tablet.library, 5),
            _ => (&desk.library, 8),
        };
        write(library, *id, MAIN_BRANCH, at, 0, "now ")?;
        if number % 4 == 0 {
            write(&desk.library, *id, MAIN_BRANCH, 1_000, 0, "And so on.\n")?;
        }
    }
    phone.library.rename_folder("Notebook 0", "Notebook zero")?;
    tablet.library.trash(ids[1])?;
    desk.library.rename(ids[2], "Renamed at the desk")?;
    let mut conflicts = 0;
    for _ in 0..2 {
        for (a, b) in [(phone, desk), (tablet, phone), (desk, tablet), (phone, tablet)] {
            conflicts += a.library.pull_library(b.folder.clone()).wait()?.conflicts.len();
        }
    }
    let took = started.elapsed();
    let seen = [seen(&phone.library)?, seen(&tablet.library)?, seen(&desk.library)?];
    let same = seen[0] == seen[1] && seen[1] == seen[2] && seen[0].len() > DOCUMENTS;
    tour.output.tell(|page| {
        page.line(format!(
            "   three libraries, {} documents, the same everywhere",
            grouped(DOCUMENTS as u64)
        ));
    })?;
    Ok(Outcome::new(same)
        .figure("documents", DOCUMENTS)
        .figure("conflicts", conflicts)
        .figure("milliseconds", millis(took)))
}

/// What a library shows: folders, titles, texts.
fn seen(library: &Library) -> CliResult<Vec<String>> {
    let mut seen: Vec<String> = library.folders()?.into_iter().map(|folder| folder.path).collect();
    for trashed in [false, true] {
        let filter = DocumentFilter { trashed, ..DocumentFilter::default() };
        let mut documents = library.documents(&filter, None, 1000)?.documents;
        documents.sort_by_key(|document| document.id);
        for document in documents {
            let text = library.text(document.id)?;
            seen.push(format!("{} {} {} {trashed} {text}", document.id, document.title, document.folder));
        }
    }
    Ok(seen)
}
