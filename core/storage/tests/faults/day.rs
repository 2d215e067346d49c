//! A writer's day: every kind of call that touches the disk, and a record of the texts that there were.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::{DocumentId, RunId};
use writemagic_shared::runtime::{Progress, Timestamp};
use writemagic_storage::document::NewDocument;
use writemagic_storage::exchange::BundleOptions;
use writemagic_storage::graph::Origin;
use writemagic_storage::history::{CompactOptions, MAIN_BRANCH, Version};
use writemagic_storage::library::OpenOptions;
use writemagic_storage::search::SearchRequest;
use writemagic_storage::session::{Applied, Durability, EditSession, Patch};
use writemagic_storage::{Library, Result};

use crate::disk::Disk;
use crate::model::Model;

/// One thing that a writer or the app does. Each can be done again when it failed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Open,
    Edit,
    Type,
    Paste,
    Commit,
    Synchronise,
    EndSession,
    Search,
    Rename,
    Suspend,
    Resume,
    /// Writes an alternative on a branch.
    Branch,
    Merge,
    /// Takes in what was written elsewhere.
    Pull,
    /// Goes back to the text before the branch was merged.
    Restore,
    /// Keeps the answer of a model, and accepts what it would change.
    Accept,
    /// Forgets the texts in between, and writes the database anew.
    Compact,
    Close,
}

/// The day, in order.
pub(crate) const DAY: &[Step] = &[
    Step::Open,
    Step::Edit,
    Step::Type,
    Step::Commit,
    Step::Type,
    Step::Synchronise,
    Step::EndSession,
    Step::Search,
    Step::Edit,
    Step::Type,
    Step::Commit,
    Step::Rename,
    Step::Suspend,
    Step::Type,
    Step::Resume,
    Step::Commit,
    Step::Paste,
    Step::Synchronise,
    Step::Type,
    Step::EndSession,
    Step::Branch,
    Step::Merge,
    Step::Pull,
    Step::Restore,
    Step::Accept,
    Step::Compact,
    Step::Edit,
    Step::Type,
    Step::EndSession,
    Step::Close,
];

/// Every text that there was, and how much of them was promised.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) texts: Vec<String>,
    /// The text that survives the death of the process, or a later one does.
    pub(crate) committed: usize,
    /// The text that survives loss of power, or a later one does.
    pub(crate) synchronised: usize,
}

/// A closed library of one document, for days to begin with.
pub(crate) struct Morning {
    folder: TempDir,
    document: DocumentId,
    /// Holds a bundle of what was written elsewhere.
    elsewhere: TempDir,
}

/// What was written at the start of the text elsewhere.
const ELSEWHERE: &str = "> ";
/// What is written at the end of the text on the branch.
const SIDE: &str = " On the side.";

/// What a model wrote at the start of the text.
const ANSWER: &str = "# Noon\n";

const FIRST_TEXT: &str = "A wombat 😀 wakes up.\n";

impl Morning {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let document = library.create_document(NewDocument::titled("Morning").text(FIRST_TEXT)).unwrap().id;
        library.close().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let other = Library::open(elsewhere.path(), OpenOptions::new().create(true)).unwrap();
        other.pull_library(folder.path(), &Progress::new()).unwrap();
        let session = other.edit(document).unwrap();
        session.splice(0, 0, ELSEWHERE).unwrap();
        session.close().unwrap();
        let bundle = File::create(elsewhere.path().join("bundle")).unwrap();
        other.bundle(&BundleOptions::default(), bundle, &Progress::new()).unwrap();
        other.close().unwrap();
        Self { folder, document, elsewhere }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Begins a day in `folder`, which holds a copy of this library.
    pub(crate) fn begin(&self, folder: &Path) -> Writer {
        let record = Record { texts: vec![FIRST_TEXT.to_owned()], ..Record::default() };
        Writer {
            folder: folder.to_owned(),
            document: self.document,
            library: None,
            session: None,
            model: Model::new(FIRST_TEXT),
            bundle: self.elsewhere.path().join("bundle"),
            kept: None,
            record: Arc::new(Mutex::new(record)),
        }
    }

    /// Opens the library in `folder` and asserts that it is sound and that its text is one of `texts`.
    pub(crate) fn assert_sound(&self, folder: &Path, texts: &[String], at: &str) {
        // Only so that nothing waits for the device.
        let _disk = Disk::of(folder);
        let library =
            Library::open(folder, OpenOptions::new()).unwrap_or_else(|error| panic!("{error:?}, {at}"));
        let text = library.text(self.document).unwrap_or_else(|error| panic!("{error:?}, {at}"));
        assert!(texts.contains(&text), "lost or foreign text, {at}");
        let report = library.check(false, &Progress::new()).unwrap();
        assert_eq!((report.documents, report.problems), (1, vec![]), "{at}");
        library.close().unwrap();
    }
}

/// Somebody at work in a library.
pub(crate) struct Writer {
    folder: PathBuf,
    document: DocumentId,
    library: Option<Library>,
    session: Option<EditSession>,
    model: Model,
    bundle: PathBuf,
    /// A version to go back to, and its text.
    kept: Option<(Version, String)>,
    record: Arc<Mutex<Record>>,
}

impl Writer {
    pub(crate) fn record(&self) -> Arc<Mutex<Record>> {
        Arc::clone(&self.record)
    }

    /// Does one thing. A failed one can be tried again.
    pub(crate) fn perform(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Open => self.library = Some(Library::open(&self.folder, OpenOptions::new())?),
            Step::Edit => self.session = Some(self.library().edit(self.document)?),
            Step::Type => (0..24).for_each(|key| self.press(key)),
            Step::Paste => self.paste(),
            Step::Commit => {
                self.session().flush(Durability::Committed)?;
                self.promise(false);
            }
            Step::Synchronise => {
                self.session().flush(Durability::Strict)?;
                self.promise(true);
            }
            Step::EndSession => {
                self.session().close()?;
                self.promise(false);
                self.session = None;
            }
            Step::Search => {
                let query = SearchRequest { query: "wombat".into(), folder: None, limit: 10 };
                assert_eq!(self.library().search(&query)?.total, 1);
            }
            Step::Rename => self.library().rename(self.document, "Noon").map(|_| ())?,
            Step::Suspend => {
                self.library().suspend()?;
                self.promise(false);
            }
            Step::Resume => self.library().resume()?,
            Step::Branch => {
                let version = self.library().version(self.document, MAIN_BRANCH)?;
                self.kept = Some((version, self.model.text()));
                match self.library().create_branch(self.document, "side", None) {
                    Err(error) if error.code() != Code::BranchExists => return Err(error),
                    _ => {}
                }
                let session = self.library().edit_branch(self.document, "side")?;
                if !session.text().ends_with(SIDE) {
                    session.splice(u64::MAX, 0, SIDE)?;
                }
                session.close()?;
            }
            Step::Merge => {
                self.expect(format!("{}{SIDE}", self.kept.as_ref().unwrap().1));
                self.library().merge(self.document, "side", MAIN_BRANCH)?;
                self.promise(false);
            }
            Step::Pull => {
                self.expect(format!("{ELSEWHERE}{}{SIDE}", self.kept.as_ref().unwrap().1));
                self.library().pull_bundle(&self.bundle, &Progress::new())?;
                self.promise(false);
            }
            Step::Restore => {
                let (version, text) = self.kept.clone().unwrap();
                self.expect(text);
                self.library().restore(self.document, MAIN_BRANCH, &version)?;
                self.promise(false);
            }
            Step::Accept => {
                let run = RunId::from_bytes([7; 16]);
                self.library().put_run_head(run, b"head")?;
                self.library().append_run_text(run, 0, ANSWER)?;
                let present = self.library().present_text(self.document, None)?;
                if !present.text.starts_with(ANSWER) {
                    self.expect(format!("{ANSWER}{}", present.text));
                    let patch = Patch { at: 0, delete: 0, insert: ANSWER.to_owned() };
                    let (on, origin) = (&present.version, Origin::ai("m", run));
                    let applied =
                        self.library().apply_proposal(self.document, None, on, &[patch], &origin)?;
                    assert_eq!(applied, Some(Applied::Durable));
                }
                self.promise(false);
                self.library().put_run_tail(run, b"tail")?;
                assert_eq!(self.library().stored_run(run)?.unwrap().text, ANSWER);
            }
            Step::Compact => {
                let options = CompactOptions::before(Timestamp::from_millis(i64::MAX));
                self.library().compact(&options, &Progress::new())?;
                let session = self.library().edit_branch(self.document, "side")?;
                assert!(session.text().ends_with(SIDE));
                session.close()?;
            }
            Step::Close => {
                self.library().close()?;
                self.promise(false);
                self.library = None;
            }
        }
        Ok(())
    }

    /// The text is about to be this one.
    fn expect(&mut self, text: String) {
        if self.model.text() != text {
            self.model = Model::new(&text);
            self.record.lock().unwrap().texts.push(text);
        }
    }

    /// Whatever failed, the editor's text is the one that was typed.
    pub(crate) fn assert_text_in_memory(&self, at: &str) {
        if let Some(session) = &self.session {
            assert_eq!(session.text(), self.model.text(), "{at}");
        }
    }

    fn library(&self) -> &Library {
        self.library.as_ref().unwrap()
    }

    fn session(&self) -> &EditSession {
        self.session.as_ref().unwrap()
    }

    fn splice(&mut self, at: u64, delete: u64, insert: &str) {
        self.session().splice(at, delete, insert).unwrap();
        self.model.splice(at, delete, insert);
        self.record.lock().unwrap().texts.push(self.model.text());
    }

    /// No two texts of a day are the same: each key press leaves a number that grows, or takes part of one away.
    fn press(&mut self, key: u64) {
        let number = self.record.lock().unwrap().texts.len();
        match key % 8 {
            3 => self.splice(9, 2, &format!("😀{number}")),
            6 => self.splice(5 + key, 1, ""),
            7 => self.splice(u64::MAX, 0, "\r\n題"),
            _ => self.splice(12, 0, &format!(" {number}")),
        }
    }

    fn paste(&mut self) {
        let lines: String =
            (0..700_u32).map(|line| format!("{:08x}\n", line.wrapping_mul(0x9E37_79B9))).collect();
        self.splice(20, 3, &lines);
    }

    fn promise(&self, synchronised: bool) {
        let mut record = self.record.lock().unwrap();
        record.committed = record.texts.len() - 1;
        if synchronised {
            record.synchronised = record.committed;
        }
    }
}
