//! The engine: a library on disk; what is merged and taken in is durable.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use tempfile::TempDir;
use writemagic::{
    Applied, BundleOptions, DocumentFilter, DocumentId, Durability, EditSession, Library, MAIN_BRANCH,
    ManualClock, NewDocument, OpenOptions, RecordedHistory, Timestamp, Version,
};

use super::merging::{Fork, Merging};
use super::peer::step_by_step;
use super::recorded::Replay;
use super::typed::{Exchange, Opened, Subject};
use super::{BURST, DELTA, Holder};
use crate::child::Task;
use crate::measure::{Cost, cost_of};
use crate::report::count;
use crate::trace::{Authored, Concurrent, Edit};

pub(super) const NAME: &str = "WriteMagic";

/// The branch of the merges.
const BRANCH: &str = "branch";

/// A library in a folder of its own, with one document, and a clock that goes on as if somebody typed.
struct Desk {
    folder: TempDir,
    library: Library,
    document: DocumentId,
    clock: Arc<ManualClock>,
    rng: Rng,
}

impl Desk {
    fn new() -> Result<Self> {
        let folder = TempDir::with_prefix("writemagic-bench-")?;
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_600_000_000_000)));
        let library = Library::open(folder.path(), OpenOptions::new().create(true).clock(clock.clone()))?;
        let document = library.create_document(NewDocument::titled("Trace"))?.id;
        Ok(Self { folder, library, document, clock, rng: Rng::with_seed(1) })
    }

    /// Types a burst and waits until it is durable: some seconds of a writer's time, now and then a pause.
    fn type_burst(&mut self, session: &EditSession, burst: &[Edit]) -> Result<()> {
        let pause = if self.rng.u32(..200) == 0 { 3_600_000 } else { 0 };
        self.clock.advance(self.rng.i64(2_000..8_000) + pause);
        for edit in burst {
            session.splice(edit.at as u64, edit.delete as u64, &edit.insert)?;
        }
        session.flush(Durability::Committed)?;
        Ok(())
    }

    fn type_all(&mut self, session: &EditSession, edits: &[Edit]) -> Result<()> {
        edits.chunks(BURST).try_for_each(|burst| self.type_burst(session, burst))
    }
}

/// A copy of a closed library, in a folder of its own.
fn copy(library: &Path) -> Result<TempDir> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    for entry in std::fs::read_dir(library)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name()))?;
        }
    }
    Ok(folder)
}

fn open(folder: &Path) -> Result<Library> {
    Ok(Library::open(folder, OpenOptions::new())?)
}

/// A library with a trace typed into it.
struct Typed {
    /// Open for old texts.
    library: Library,
    folder: TempDir,
    document: DocumentId,
    versions: Vec<Version>,
    bytes: u64,
    remark: String,
    /// What a library knows that lacks the end of the trace, and that library, closed.
    summary: String,
    receiver: TempDir,
}

/// Types a trace; versions are those after the edits that `stops` counts.
pub(super) fn typed(edits: &[Edit], stops: &[usize]) -> Result<Box<dyn Subject>> {
    let mut desk = Desk::new()?;
    let (library, document) = (desk.library.clone(), desk.document);
    let session = library.edit(document)?;
    let (mut versions, mut before) = (Vec::new(), None);
    let delta_start = edits.len().saturating_sub(DELTA) / BURST * BURST;
    for (number, burst) in edits.chunks(BURST).enumerate() {
        if number * BURST == delta_start {
            before = Some((library.summary()?, receiver(&library)?));
        }
        desk.type_burst(&session, burst)?;
        if stops.binary_search(&((number + 1) * BURST)).is_ok() {
            versions.push(library.version(document, MAIN_BRANCH)?);
        }
    }
    let (summary, receiver) = before.context("a trace without edits")?;
    session.close()?;
    library.close()?;
    let folder = desk.folder;
    let library = open(folder.path())?;
    let statistics = library.statistics()?;
    let remark = format!(
        "WriteMagic's lies in {} chunks, folded while it was typed; the database with text, search rows and checkpoints takes \
         {} bytes.",
        statistics.chunks,
        count(statistics.disk_bytes)
    );
    Ok(Box::new(Typed {
        library,
        folder,
        document,
        versions,
        bytes: statistics.history_bytes,
        remark,
        summary,
        receiver,
    }))
}

/// A closed library that has all that another one has.
fn receiver(library: &Library) -> Result<TempDir> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    let bundle = folder.path().join("bundle");
    library.bundle(bundle.clone(), BundleOptions::default()).wait()?;
    let receiver = Library::open(folder.path(), OpenOptions::new().create(true))?;
    receiver.pull_bundle(bundle.clone()).wait()?;
    receiver.close()?;
    std::fs::remove_file(bundle)?;
    Ok(folder)
}

impl Subject for Typed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn history_bytes(&self) -> u64 {
        self.bytes
    }

    fn remark(&self) -> Option<String> {
        Some(self.remark.clone())
    }

    fn open(&mut self) -> Result<Opened> {
        let folder = copy(self.folder.path())?;
        let document = self.document;
        let (library, open) = cost_of(|| {
            let library = open(folder.path())?;
            std::hint::black_box(library.text(document)?);
            Ok(library)
        })?;
        let (text, text_alone) = cost_of(|| Ok(library.text(document)?))?;
        let ((session, splice), first_edit) = cost_of(|| {
            let session = library.edit(document)?;
            let (_, splice) = cost_of(|| Ok(session.splice(text.len() as u64 / 2, 0, "e")?))?;
            session.flush(Durability::Committed)?;
            Ok((session, splice))
        })?;
        session.close()?;
        library.close()?;
        Ok(Opened { text, open, text_alone, splice: Some(splice), first_edit })
    }

    fn text_at(&mut self, version: usize) -> Result<(String, Cost)> {
        cost_of(|| Ok(self.library.text_at(self.document, &self.versions[version])?))
    }

    fn exchange(&mut self) -> Result<Exchange> {
        let folder = TempDir::with_prefix("writemagic-bench-")?;
        let (all, delta) = (folder.path().join("all"), folder.path().join("delta"));
        let send = |file: &Path, summary: Option<String>| {
            let mut options = BundleOptions::default();
            options.summary = summary;
            let (_, cost) = cost_of(|| Ok(self.library.bundle(file.to_owned(), options).wait()?))?;
            Ok::<_, anyhow::Error>((File::open(file)?.metadata()?.len(), cost))
        };
        let (all_bytes, send_all) = send(&all, None)?;
        let (delta_bytes, send_delta) = send(&delta, Some(self.summary.clone()))?;
        let whole = Library::open(folder.path(), OpenOptions::new().create(true))?;
        let (text, take_all) = cost_of(|| {
            whole.pull_bundle(all).wait()?;
            Ok(whole.text(self.document)?)
        })?;
        whole.close()?;
        let receiver = copy(self.receiver.path())?;
        let library = open(receiver.path())?;
        library.text(self.document)?;
        let (_, take_delta) = cost_of(|| Ok(library.pull_bundle(delta).wait()?))?;
        ensure!(library.text(self.document)? == text, "the changes do not give the text");
        library.close()?;
        Ok(Exchange { text, all_bytes, delta_bytes, send_all, send_delta, take_all, take_delta })
    }

    fn store(&self, place: &Path) -> Result<(Task, PathBuf)> {
        std::fs::rename(copy(self.folder.path())?.keep(), place)?;
        Ok((Task::Hold(Holder::WriteMagic), place.to_owned()))
    }
}

/// The closed library of a fork.
fn forked(fork: &Fork<'_>) -> Result<(TempDir, DocumentId)> {
    let mut desk = Desk::new()?;
    let (library, document) = (desk.library.clone(), desk.document);
    let session = library.edit(document)?;
    desk.type_all(&session, fork.common)?;
    library.create_branch(document, BRANCH, None)?;
    desk.type_all(&session, fork.trunk)?;
    let branch = library.edit_branch(document, BRANCH)?;
    desk.type_all(&branch, &fork.branch)?;
    session.close()?;
    branch.close()?;
    library.close()?;
    Ok((desk.folder, document))
}

/// Merges into a document that no session has open, of which only the text was read.
pub(super) fn merging(fork: &Fork<'_>) -> Result<Merging> {
    merging_after(fork, |library, document| {
        library.text(document)?;
        Ok(())
    })
}

/// Merges into a document whose history is in memory, as the peers' is: somebody looked who wrote what.
pub(super) fn merging_in_memory(fork: &Fork<'_>) -> Result<Merging> {
    merging_after(fork, |library, document| {
        library.blame(document, MAIN_BRANCH)?;
        Ok(())
    })
}

fn merging_after(fork: &Fork<'_>, look: fn(&Library, DocumentId) -> Result<()>) -> Result<Merging> {
    let (stored, document) = forked(fork)?;
    Ok(Box::new(move || {
        let folder = copy(stored.path())?;
        let library = open(folder.path())?;
        look(&library, document)?;
        let (report, cost) = cost_of(|| Ok(library.merge(document, BRANCH, MAIN_BRANCH)?))?;
        ensure!(report.applied == Applied::Durable, "a merge waits for nobody");
        let text = library.text(document)?;
        library.close()?;
        Ok((text, cost))
    }))
}

/// Merges into a document that an editor has open, which takes it in at once.
pub(super) fn merging_in_session(fork: &Fork<'_>) -> Result<Merging> {
    let (stored, document) = forked(fork)?;
    Ok(Box::new(move || {
        let folder = copy(stored.path())?;
        let library = open(folder.path())?;
        let session = library.edit(document)?;
        let (patches, cost) = cost_of(|| {
            library.merge(document, BRANCH, MAIN_BRANCH)?;
            let patches = session.rebase();
            session.flush(Durability::Committed)?;
            Ok(patches)
        })?;
        ensure!(!patches.is_empty(), "a merge changed nothing");
        let text = session.text();
        session.close()?;
        library.close()?;
        Ok((text, cost))
    }))
}

fn add(recorded: &mut RecordedHistory, transaction: &Authored) -> Result<()> {
    let Authored { writer, parents, edits } = transaction;
    let patch = |edit: &Edit| (edit.at as u64, edit.delete as u64, edit.insert.clone());
    let patches: Vec<(u64, u64, String)> = edits.iter().map(patch).collect();
    let patches: Vec<(u64, u64, &str)> =
        patches.iter().map(|(at, delete, insert)| (*at, *delete, insert.as_str())).collect();
    recorded.add(*writer, parents, &patches)?;
    Ok(())
}

/// A history of several writers.
pub(super) fn replay(concurrent: &Concurrent) -> Result<Option<Replay<'_>>> {
    let record = move || -> Result<RecordedHistory> {
        let mut recorded = RecordedHistory::new();
        concurrent.transactions.iter().try_for_each(|transaction| add(&mut recorded, transaction))?;
        Ok(recorded)
    };
    let desk = Desk::new()?;
    let document = desk.library.create_recorded(NewDocument::titled("Recorded"), record()?)?.id;
    let text = desk.library.text(document)?;
    let bytes = desk.library.statistics()?.history_bytes;
    desk.library.close()?;
    let again = move || {
        let (text, cost) = cost_of(|| Ok(record()?.text()?))?;
        Ok((text, cost, bytes))
    };
    let steps = move || {
        let mut recorded = RecordedHistory::new();
        step_by_step(&concurrent.transactions, |transaction| {
            add(&mut recorded, transaction)?;
            recorded.merge()?;
            Ok(())
        })
    };
    Ok(Some(Replay { text, again: Box::new(again), steps: Box::new(steps) }))
}

/// What [`crate::child`] does to see the memory that an open document needs; gives its bytes.
pub(super) fn hold(folder: &Path) -> Result<u64> {
    let library = open(folder)?;
    let page = library.documents(&DocumentFilter::default(), None, 1)?;
    let document = page.documents.first().context("the library has no document")?.id;
    let text = library.text(document)?;
    let session = library.edit(document)?;
    session.splice(text.len() as u64 / 2, 0, "e")?;
    session.flush(Durability::Committed)?;
    let bytes = session.text().len() as u64;
    std::hint::black_box(&session);
    Ok(bytes)
}
