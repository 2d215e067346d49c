//! Pulling: taking in what another library knows.
//!
//! A bundle is read twice. First all of it is checked, without a change: framing, records, every chunk of history, and a walk of
//! every new event. Only then is it taken in, a document in a transaction each, so that no writer waits long; what the branches
//! are now follows, and is made up for at the next open if the process ends in between. Whatever came is the same in any
//! order, and again.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use rusqlite::{OptionalExtension, params};
use writemagic_shared::error::Coded;
use writemagic_shared::event;
use writemagic_shared::id::{DocumentId, FolderId};
use writemagic_shared::limits::{DOCUMENT_ANCHORS, DOCUMENT_BRANCHES, DOCUMENT_CHUNKS, DOCUMENT_LABELS};
use writemagic_shared::runtime::Progress;

use super::bundle::BundleReader;
use super::field::Ticks;
use super::record::{MAIN_ID, PurgedKind, Record};
use super::shelf::Skip;
use super::shelve::{FolderNews, take_shelf};
use super::take::{Arrived, FieldConflict, number};
use crate::Library;
use crate::document::purge_rows;
use crate::error::{Error, Result};
use crate::history::{Taking, delete_branch_of_id};
use crate::library::{OpenOptions, lock};
use crate::search::Collection;

/// Something that two libraries did each on its own, and that one of them will not find as it left it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PullConflict {
    /// What: `title`, `folder`, `language`, `target` or `trashed`: both wrote it, and the later stayed ([`Library::superseded`]
    /// gives the other); `folder_cycle` or `folder_depth`: a folder cannot stand where it was moved and stands at the top;
    /// `folders_joined`: two folders of one name are one now; `not_taken_in`: a branch could not take in what
    /// was written elsewhere, and has kept it for later; `text_forgotten`: a branch is left where it is, since it shows text that
    /// [`Library::compact`] forgot here; `history_damaged`: a document's history is damaged here, and it takes
    /// nothing in.
    pub kind: &'static str,
    /// The document, where it is about one.
    pub document: Option<DocumentId>,
    /// The folder, where it is about one.
    pub folder: Option<FolderId>,
}

/// What a pull did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PullReport {
    /// Documents that are new here, or not as they were.
    pub documents: u64,
    /// Events that are new here: characters inserted and deleted.
    pub events: u64,
    /// Branches that take in what came when their open session rebases.
    pub pending: u64,
    /// What is worth a look.
    pub conflicts: Vec<PullConflict>,
}

/// A field's value that another library's took the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Superseded {
    /// `title`, `folder` (an id), `language`, `target` or `trashed`.
    pub field: String,
    /// What it was.
    pub value: Option<String>,
}

/// The key in `meta` of another library's clock as of the last pull from it.
fn pulled_key(library: writemagic_shared::id::LibraryId) -> String {
    format!("pulled {library}")
}

/// Records of a bundle that belong together.
enum Part {
    Shelf(Vec<Record>),
    Document(Box<Arrived>),
}

/// Reads a bundle part by part, within the limits of what a document has.
struct Parts<R> {
    reader: BundleReader<R>,
    next: Option<Record>,
    started: bool,
}

/// Folders, joins and tombstones of one bundle, at most.
const SHELF_RECORDS: usize = 1 << 22;

impl<R: Read> Parts<R> {
    fn open(input: R) -> Result<Self> {
        Ok(Self { reader: BundleReader::open(input)?, next: None, started: false })
    }

    fn part(&mut self) -> Result<Option<Part>> {
        if !self.started {
            self.started = true;
            let mut shelf = Vec::new();
            loop {
                match self.reader.read()? {
                    Some(record @ Record::Document(_)) => {
                        self.next = Some(record);
                        return Ok(Some(Part::Shelf(shelf)));
                    }
                    Some(record) => shelf.push(record),
                    None => return Ok(Some(Part::Shelf(shelf))),
                }
                if shelf.len() > SHELF_RECORDS {
                    return Err(self.invalid("there are too many folders and tombstones"));
                }
            }
        }
        let Some(Record::Document(state)) = self.next.take() else { return Ok(None) };
        let offset = self.reader.offset();
        let mut document = Arrived {
            state: *state,
            chunks: Vec::new(),
            branches: Vec::new(),
            labels: Vec::new(),
            anchors: Vec::new(),
            offset,
        };
        loop {
            let (count, limit) = match self.reader.read()? {
                Some(record @ Record::Document(_)) => {
                    self.next = Some(record);
                    break;
                }
                None => break,
                Some(Record::Events(chunk)) => {
                    document.chunks.push(chunk);
                    (document.chunks.len(), DOCUMENT_CHUNKS)
                }
                Some(Record::Branch(branch)) => {
                    document.branches.push(branch);
                    // One that waits for its session stands twice.
                    (document.branches.len(), 2 * DOCUMENT_BRANCHES)
                }
                Some(Record::Label(label)) => {
                    document.labels.push(label);
                    (document.labels.len(), DOCUMENT_LABELS)
                }
                Some(Record::Anchor(anchor)) => {
                    document.anchors.push(anchor);
                    (document.anchors.len(), DOCUMENT_ANCHORS)
                }
                Some(_) => return Err(self.invalid("a record stands in the wrong place")),
            };
            if count as u64 > limit {
                return Err(self.invalid("a document has too many parts"));
            }
        }
        Ok(Some(Part::Document(Box::new(document))))
    }

    fn invalid(&self, reason: &'static str) -> Error {
        Error::BundleInvalid { reason, offset: self.reader.offset() }
    }
}

impl Library {
    /// Takes in a bundle that another library wrote. A bundle that is refused changes nothing. Progress is in documents, each
    /// counted twice: checked, and taken in. Touches the disk.
    ///
    /// # Errors
    /// `path_not_found`; `bundle_invalid` names where; `bundle_incomplete` if it builds on events that are not here: ask for
    /// one with this library's summary; `cloned_writer`; `cancelled`, which keeps the documents that were
    /// taken in; those of a write.
    pub fn pull_bundle(&self, file: &Path, progress: &Progress) -> Result<PullReport> {
        let file = File::open(file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::PathNotFound { index: 0 },
            _ => error.into(),
        })?;
        self.pull_from(file, progress)
    }

    /// Takes in what the library in folder `path` knows, beside whoever writes to it. Touches the disk.
    ///
    /// # Errors
    /// As [`Library::pull_bundle`]; those of opening the library for reading; `invalid_argument` for this library itself.
    pub fn pull_library(&self, path: &Path, progress: &Progress) -> Result<PullReport> {
        let other = Library::open(path, OpenOptions::new().read_only(true))?;
        if same_folder(path, self.path()) {
            return Err(Error::InvalidArgument {
                what: "library",
                reason: "a library cannot pull from itself",
            });
        }
        self.pull_open(&other, progress)
    }

    /// Takes in what another open library knows.
    pub(super) fn pull_open(&self, other: &Library, progress: &Progress) -> Result<PullReport> {
        if self.is_read_only() {
            return Err(Error::LibraryReadOnly);
        }
        let summary = self.known()?;
        let mut bundle = Scratch::new(self.path())?;
        other.bundle_for(Some(&summary), None, &mut bundle.file, &Progress::new())?;
        bundle.file.seek(SeekFrom::Start(0))?;
        let file = bundle.file.try_clone()?;
        self.pull_from(file, progress)
    }

    fn pull_from(&self, mut file: File, progress: &Progress) -> Result<PullReport> {
        if self.is_read_only() {
            return Err(Error::LibraryReadOnly);
        }
        self.inner.sessions.save_all(&self.inner)?;
        let mut report = PullReport::default();
        let damaged = self.check_parts(Parts::open(BufReader::new(&file))?, progress)?;
        file.seek(SeekFrom::Start(0))?;
        let mut parts = Parts::open(BufReader::new(&file))?;
        let header = *parts.reader.header();
        let since: Ticks = self.read(|sql| {
            let since: Option<i64> = sql
                .query_row("SELECT value FROM meta WHERE key = ?1", [pulled_key(header.library)], |row| {
                    row.get(0)
                })
                .optional()?;
            Ok(since.unwrap_or(0))
        })?;
        while let Some(part) = parts.part()? {
            progress.check()?;
            match part {
                Part::Shelf(records) => self.take_shelf(&records, &mut report)?,
                Part::Document(document) if damaged.contains(&document.id()) => {
                    let (kind, id) = ("history_damaged", document.id());
                    report.conflicts.push(PullConflict { kind, document: Some(id), folder: None });
                    progress.advance(1);
                }
                Part::Document(document) => {
                    self.take_document(&document, since, &mut report)?;
                    progress.advance(1);
                }
            }
        }
        self.write(|sql, context| {
            context.hear(header.clock);
            sql.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = max(value, ?2)",
                params![pulled_key(header.library), header.clock],
            )?;
            Ok(())
        })?;
        event!(
            Info,
            "pulled",
            library = header.library,
            documents = report.documents,
            events = report.events,
            conflicts = report.conflicts.len()
        );
        Ok(report)
    }

    /// Checks everything in a bundle against what is here, and that its parts do not contradict each other. Gives the documents
    /// whose history is damaged here, which take nothing in.
    fn check_parts<R: Read>(&self, mut parts: Parts<R>, progress: &Progress) -> Result<HashSet<DocumentId>> {
        let (mut documents, mut damaged) = (HashSet::new(), HashSet::new());
        let mut branches: HashMap<[u8; 16], DocumentId> = HashMap::new();
        while let Some(part) = parts.part()? {
            progress.check()?;
            let Part::Document(document) = part else { continue };
            let id = document.id();
            if !documents.insert(id) {
                return Err(parts.invalid("a document stands twice"));
            }
            for branch in document.branches.iter().filter(|branch| branch.id != MAIN_ID) {
                if branches.insert(branch.id, id).is_some_and(|other| other != id) {
                    return Err(parts.invalid("a branch is two documents'"));
                }
            }
            match self.read(|sql| document.check(sql, progress)) {
                Err(Error::HistoryDamaged { .. }) => drop(damaged.insert(id)),
                checked => checked?,
            }
            progress.expect_more(2);
            progress.advance(1);
        }
        Ok(damaged)
    }

    fn take_shelf(&self, records: &[Record], report: &mut PullReport) -> Result<()> {
        let news = self.write(|sql, context| take_shelf(sql, context, records))?;
        report.conflicts.extend(news.into_iter().map(|news| {
            let (kind, folder) = match news {
                FolderNews::Skipped(folder, Skip::Cycle) => ("folder_cycle", folder),
                FolderNews::Skipped(folder, Skip::Depth) => ("folder_depth", folder),
                FolderNews::Joined(folder) => ("folders_joined", folder),
            };
            PullConflict { kind, document: None, folder: Some(folder) }
        }));
        let mut purged = Vec::new();
        for record in records {
            match record {
                Record::Purged { id, kind: PurgedKind::Document, .. } => {
                    let document = DocumentId::from_bytes(*id);
                    if let Some(n) = self.read(|sql| number(sql, document))? {
                        self.inner.sessions.closing(document, None, || {
                            self.write(|sql, _| match number(sql, document)? {
                                Some(n) => purge_rows(sql, n),
                                None => Ok(()),
                            })
                        })?;
                        purged.push(n);
                        report.documents += 1;
                    }
                }
                Record::Purged { id, kind: PurgedKind::Branch, clock } => {
                    self.delete_purged_branch(id, *clock)?;
                }
                _ => {}
            }
        }
        if !purged.is_empty() {
            self.inner.erase_meaning(Collection::Passages, &purged);
            self.inner.leave_no_trace()?;
        }
        Ok(())
    }

    fn delete_purged_branch(&self, id: &[u8; 16], clock: Ticks) -> Result<()> {
        let found = self.read(|sql| {
            let Some((n, branch)) = crate::history::branch_of_id(sql, id)? else { return Ok(None) };
            Ok(Some((crate::document::document_id(sql, n)?, branch)))
        })?;
        let Some((document, branch)) = found else { return Ok(()) };
        self.settle(document)?;
        self.inner
            .sessions
            .closing(document, Some(branch), || self.write(|sql, _| delete_branch_of_id(sql, id, clock)))
    }

    fn take_document(&self, document: &Arrived, since: Ticks, report: &mut PullReport) -> Result<()> {
        let sessions = &self.inner.sessions;
        let id = document.id();
        // Saved first, and then kept from saving: its sessions must know where the history ends.
        let taken = {
            let open = sessions.lock_open();
            let cores = sessions.cores_of(&open, id);
            sessions.save(&self.inner, &cores, false)?;
            let _commit = lock(&sessions.commit);
            let taken = self.write(|sql, context| document.take(sql, context, since))?;
            if let Some(taken) = &taken {
                cores.iter().for_each(|core| core.set_end(taken.end));
            }
            taken
        };
        let Some(taken) = taken else { return Ok(()) };
        report.documents += u64::from(taken.changed);
        report.events += taken.events;
        let conflict = |kind| PullConflict { kind, document: Some(id), folder: None };
        report.conflicts.extend(taken.conflicts.iter().map(|FieldConflict { field, .. }| conflict(field)));
        report.conflicts.extend((0..taken.forgotten).map(|_| conflict("text_forgotten")));
        for (branch, target) in &taken.branches {
            let taking = Taking { document: id, branch: *branch, target, as_group: false, reports: false };
            match self.take_in(&taking) {
                Ok(merged) => {
                    report.pending += u64::from(merged.applied == crate::session::Applied::Pending);
                    if merged.applied == crate::session::Applied::Durable {
                        self.no_longer_waiting(id, *branch)?;
                    }
                }
                Err(error @ (Error::MergeRefused { .. } | Error::LimitExceeded { .. })) => {
                    event!(Warn, "a pulled version was not taken in", document = id, code = error.code());
                    report.conflicts.push(conflict("not_taken_in"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What a pull replaced of a document's fields while both libraries had written them, oldest first. Touches the disk.
    ///
    /// # Errors
    /// `document_not_found`.
    pub fn superseded(&self, document: DocumentId) -> Result<Vec<Superseded>> {
        self.read(|sql| {
            let n = crate::document::document_number(sql, document)?;
            let mut statement =
                sql.prepare_cached("SELECT field, value FROM superseded WHERE document = ?1 ORDER BY n")?;
            let rows =
                statement.query_map([n], |row| Ok(Superseded { field: row.get(0)?, value: row.get(1)? }))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn same_folder(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// A file that holds a bundle for as long as it is pulled, in the library's folder.
struct Scratch {
    file: File,
    path: std::path::PathBuf,
}

impl Scratch {
    fn new(folder: &Path) -> Result<Self> {
        let path = folder.join("writemagic.pull");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        Ok(Self { file, path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A file that stays is overwritten by the next pull.
        let _ = std::fs::remove_file(&self.path);
    }
}
