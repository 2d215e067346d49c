//! Proposals over real documents: from an answer to a text that is changed where the writer agreed, and nowhere else.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::ops::Range;

use proptest::prelude::*;
use tempfile::TempDir;
use writemagic::ai::proposal::{
    Author, Draft, Filter, HunkState, Outcome, Place, Proposal, VersionName, Which,
};
use writemagic::{
    Code, Coded, CompactOptions, DocumentId, Durability, Library, MAIN_BRANCH, NewDocument, OpenOptions,
    OriginKind, ProposalId, RunId, Timestamp,
};

struct Desk {
    _folder: TempDir,
    library: Library,
    document: DocumentId,
}

const TEXT: &str = "It was a dark and stormy night. The rain fell in torrents. A wind swept up the streets.";
const ANSWER: &str =
    "It was a bright and stormy night. The rain fell in sheets. A gale swept up the streets.";

impl Desk {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let document = library.create_document(NewDocument::titled("Night").text(text)).unwrap().id;
        Self { _folder: folder, library, document }
    }

    fn text(&self) -> String {
        self.library.text(self.document).unwrap()
    }

    fn base(&self) -> VersionName {
        VersionName::new(self.library.version(self.document, MAIN_BRANCH).unwrap().to_string()).unwrap()
    }

    fn propose(&self, passage: Range<u64>, answer: &str) -> Proposal {
        let draft = Draft {
            place: Place { document: self.document, branch: None },
            base: self.base(),
            passage,
            answer: answer.to_owned(),
            author: Author { run: run(), model: "model-1".to_owned() },
            task: "rewrite".to_owned(),
        };
        self.library.assistant().proposals().propose(draft, Timestamp::from_millis(9)).unwrap().unwrap()
    }

    fn accept(&self, id: ProposalId, which: Which) -> Outcome {
        self.library.assistant().proposals().accept(id, &which).unwrap()
    }

    fn states(&self, id: ProposalId) -> Vec<HunkState> {
        let placed = self.library.assistant().proposals().placed(id).unwrap();
        placed.proposal.hunks.iter().map(|hunk| hunk.state).collect()
    }

    fn type_in(&self, at: u64, delete: u64, insert: &str) {
        let session = self.library.edit(self.document).unwrap();
        session.splice(at, delete, insert).unwrap();
        session.close().unwrap();
    }

    fn undo(&self) {
        let session = self.library.edit(self.document).unwrap();
        session.undo().unwrap();
        session.close().unwrap();
    }

    /// What the library would be if the process died now.
    fn died(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(self.library.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "writemagic.lock" {
                fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        let library = Library::open(folder.path(), OpenOptions::new()).unwrap();
        Self { _folder: folder, library, document: self.document }
    }
}

fn run() -> RunId {
    RunId::from_bytes([7; 16])
}

use HunkState::{Accepted, Applying, Pending, Rejected, Unplaceable};

#[test]
fn one_hunk_is_accepted_the_rest_rejected_and_undo_is_one_step() {
    let desk = Desk::with(TEXT);
    let id = desk.propose(0..TEXT.len() as u64, ANSWER).id;
    // Meanwhile the writer typed elsewhere.
    desk.type_in(31, 0, " And cold.");
    assert_eq!(desk.states(id), [Pending, Pending, Pending]);
    let outcome = desk.accept(id, Which::These(vec![1]));
    assert_eq!((outcome.decided, outcome.waiting), (vec![1], false));
    let wanted = TEXT.replace("night.", "night. And cold.").replace("torrents", "sheets");
    assert_eq!(desk.text(), wanted);
    let proposals = desk.library.assistant().proposals();
    proposals.reject(id, &Which::All).unwrap();
    assert_eq!(desk.states(id), [Rejected, Accepted, Rejected]);
    assert_eq!(desk.text(), wanted);

    let blame = desk.library.blame(desk.document, MAIN_BRANCH).unwrap();
    let by_run: Vec<_> = blame.iter().filter(|by| by.run == Some(run())).collect();
    let at = wanted.find("sheets").unwrap() as u64;
    assert_eq!(by_run.len(), 1);
    assert_eq!((by_run[0].range.clone(), by_run[0].author.as_str()), (at..at + 6, "model-1"));
    assert_eq!(by_run[0].kind, OriginKind::Ai);
    desk.undo();
    assert_eq!(desk.text(), TEXT.replace("night.", "night. And cold."));
}

#[test]
fn all_hunks_together_are_one_step_of_undo() {
    let desk = Desk::with(TEXT);
    let id = desk.propose(0..TEXT.len() as u64, ANSWER).id;
    assert_eq!(desk.accept(id, Which::All).decided, [0, 1, 2]);
    assert_eq!(desk.text(), ANSWER);
    desk.undo();
    assert_eq!(desk.text(), TEXT);
}

#[test]
fn words_that_the_writer_changed_are_never_overwritten() {
    let desk = Desk::with(TEXT);
    let id = desk.propose(0..TEXT.len() as u64, ANSWER).id;
    desk.type_in(9, 4, "black");
    assert_eq!(desk.states(id), [Unplaceable, Pending, Pending]);
    let outcome = desk.accept(id, Which::All);
    assert_eq!((outcome.decided, outcome.unplaceable), (vec![1, 2], vec![0]));
    assert_eq!(desk.text(), ANSWER.replace("bright", "black"));
    let refused = desk.accept(id, Which::These(vec![0]));
    assert_eq!((refused.decided, refused.unplaceable), (vec![], vec![0]));
    // The writer takes the change back: the hunk has its place again.
    desk.type_in(9, 5, "dark");
    assert_eq!(desk.states(id), [Pending, Accepted, Accepted]);
    desk.accept(id, Which::All);
    assert_eq!(desk.text(), ANSWER);
}

#[test]
fn beside_an_open_editor_hunks_wait_for_its_rebase() {
    let desk = Desk::with(TEXT);
    let session = desk.library.edit(desk.document).unwrap();
    session.splice(0, 0, "😀 ").unwrap();
    let id = desk.propose(3..TEXT.len() as u64 + 3, ANSWER).id;
    session.splice(0, 0, "Once. ").unwrap();
    assert!(desk.accept(id, Which::These(vec![0, 2])).waiting);
    assert_eq!(desk.states(id), [Applying, Pending, Applying]);
    session.splice(0, 6, "").unwrap();
    // Twice is not twice in the text.
    assert_eq!(desk.accept(id, Which::These(vec![0])).decided, Vec::<u64>::new());
    assert_eq!(session.rebase().len(), 2);
    let wanted = format!("😀 {}", ANSWER.replace("sheets", "torrents"));
    assert_eq!(session.text(), wanted);
    assert_eq!(desk.states(id), [Accepted, Pending, Accepted]);
    session.undo().unwrap();
    assert_eq!(session.text(), format!("😀 {TEXT}"));
    session.close().unwrap();
}

#[test]
fn hunks_that_waited_when_the_process_died_are_undecided_again() {
    let desk = Desk::with(TEXT);
    let session = desk.library.edit(desk.document).unwrap();
    let id = desk.propose(0..TEXT.len() as u64, ANSWER).id;
    assert!(desk.accept(id, Which::All).waiting);
    let after = desk.died();
    assert_eq!(after.text(), TEXT);
    assert_eq!(after.states(id), [Pending, Pending, Pending]);
    after.accept(id, Which::All);
    assert_eq!(after.text(), ANSWER);
    // Here the editor takes them in, and the process dies before the next look.
    session.rebase();
    session.flush(Durability::Committed).unwrap();
    let after = desk.died();
    assert_eq!(after.states(id), [Accepted, Accepted, Accepted]);
    assert_eq!(after.text(), ANSWER);
}

#[test]
fn a_session_that_ends_takes_what_waits_along() {
    let desk = Desk::with(TEXT);
    let session = desk.library.edit(desk.document).unwrap();
    let id = desk.propose(0..TEXT.len() as u64, ANSWER).id;
    assert!(desk.accept(id, Which::All).waiting);
    session.close().unwrap();
    assert_eq!(desk.text(), ANSWER);
    assert_eq!(desk.states(id), [Accepted, Accepted, Accepted]);
}

#[test]
fn proposals_live_on_branches_and_go_with_their_document() {
    let desk = Desk::with(TEXT);
    let (library, document) = (&desk.library, desk.document);
    let branch = library.create_branch(document, "side", None).unwrap();
    let proposals = library.assistant().proposals();
    let draft = Draft {
        place: Place { document, branch: branch.id },
        base: VersionName::new(branch.version.to_string()).unwrap(),
        passage: 0..2,
        answer: "That".to_owned(),
        author: Author { run: run(), model: String::new() },
        task: "rewrite".to_owned(),
    };
    let id = proposals.propose(draft, Timestamp::from_millis(9)).unwrap().unwrap().id;
    proposals.accept(id, &Which::All).unwrap();
    assert_eq!(library.branch_text(document, "side").unwrap(), TEXT.replace("It", "That"));
    assert_eq!(desk.text(), TEXT);
    let other = desk.propose(0..2, "This").id;
    let filter = Filter { document: Some(document), limit: 10, ..Filter::default() };
    let listed = |open| -> Vec<ProposalId> {
        let (all, damaged) = proposals.list(&Filter { open, ..filter }).unwrap();
        assert_eq!(damaged, 0);
        all.iter().map(|proposal| proposal.id).collect()
    };
    let mut both = [id, other];
    both.sort_by(|a, b| b.cmp(a));
    assert_eq!((listed(false), listed(true)), (both.to_vec(), vec![other]));
    library.delete_branch(document, "side").unwrap();
    assert_eq!(proposals.placed(id).unwrap_err().code(), Code::BranchNotFound);
    library.purge(document, true).unwrap();
    assert_eq!(proposals.get(id).unwrap_err().code(), Code::ProposalNotFound);
    assert_eq!(proposals.list(&Filter { limit: 10, ..Filter::default() }).unwrap(), (vec![], 0));
}

#[test]
fn a_proposal_outlives_the_version_that_it_was_made_on() {
    let desk = Desk::with(TEXT);
    desk.type_in(0, 0, "Forgotten. ");
    let id = desk.propose(11..TEXT.len() as u64 + 11, ANSWER).id;
    desk.type_in(0, 11, "");
    desk.type_in(9, 4, "black");
    let before = Timestamp::from_millis(i64::MAX);
    desk.library.compact(CompactOptions::before(before)).wait().unwrap();
    // The history cannot tell any more where the words are: the hunks are shown and not forced.
    let placed = desk.library.assistant().proposals().placed(id).unwrap();
    assert_eq!(placed.ranges, [None, None, None]);
    desk.accept(id, Which::All);
    assert_eq!(desk.text(), TEXT.replace("dark", "black"));
}

#[test]
fn a_version_that_the_history_does_not_have_is_no_base() {
    let desk = Desk::with(TEXT);
    let elsewhere = Desk::with("other");
    for base in [elsewhere.base(), VersionName::new("nonsense").unwrap()] {
        let draft = Draft {
            place: Place { document: desk.document, branch: None },
            base,
            passage: 0..2,
            answer: "That".to_owned(),
            author: Author { run: run(), model: String::new() },
            task: "rewrite".to_owned(),
        };
        let error =
            desk.library.assistant().proposals().propose(draft, Timestamp::from_millis(9)).unwrap_err();
        assert_eq!(error.code(), Code::ProposalBaseLost);
    }
}

#[test]
fn who_only_reads_sees_proposals_and_changes_nothing() {
    let desk = Desk::with(TEXT);
    let id = desk.propose(0..TEXT.len() as u64, ANSWER).id;
    let reader = Library::open(desk.library.path(), OpenOptions::new().read_only(true)).unwrap();
    let proposals = reader.assistant().proposals();
    assert_eq!(proposals.placed(id).unwrap().ranges.len(), 3);
    assert_eq!(proposals.accept(id, &Which::All).unwrap_err().code(), Code::LibraryReadOnly);
    assert_eq!(proposals.reject(id, &Which::All).unwrap_err().code(), Code::LibraryReadOnly);
    assert_eq!(desk.states(id), [Pending, Pending, Pending]);
}

/// A text with ranges of UTF-16 units replaced.
fn replaced(text: &str, edits: &[(Range<u64>, &str)]) -> String {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    for (range, new) in edits.iter().rev() {
        units.splice(range.start as usize..range.end as usize, new.encode_utf16());
    }
    String::from_utf16(&units).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn accepting_changes_only_the_words_of_the_hunks(
        words in prop::collection::vec("[a-c]{1,3}|😀|é", 4..30),
        answers in prop::collection::vec(prop::option::of("[a-d]{1,3}"), 30),
        typed in prop::collection::vec((any::<prop::sample::Index>(), 0..6_u64, "[a-c ]{0,4}"), 0..6),
        chosen in prop::collection::vec(any::<bool>(), 40),
        in_editor in any::<bool>(),
    ) {
        let text = words.join(" ");
        let answer: Vec<&str> =
            words.iter().zip(&answers).map(|(word, new)| new.as_deref().unwrap_or(word)).collect();
        let answer = answer.join(" ");
        prop_assume!(text != answer);
        let desk = Desk::with(&text);
        let id = desk.propose(0..text.encode_utf16().count() as u64, &answer).id;
        for (at, delete, insert) in &typed {
            let length = desk.text().encode_utf16().count();
            desk.type_in(at.index(length + 1) as u64, *delete, insert);
        }
        let session = in_editor.then(|| desk.library.edit(desk.document).unwrap());
        let before = desk.text();
        let placed = desk.library.assistant().proposals().placed(id).unwrap();
        let mut edits = Vec::new();
        let mut numbers = Vec::new();
        for (number, (hunk, range)) in placed.proposal.hunks.iter().zip(&placed.ranges).enumerate() {
            if chosen[number % chosen.len()] {
                numbers.push(number as u64);
                if let Some(range) = range {
                    prop_assert_eq!(replaced(&before, &[(range.clone(), &hunk.old)]), before.clone());
                    edits.push((range.clone(), hunk.new.as_str()));
                }
            }
        }
        let outcome = desk.accept(id, Which::These(numbers));
        prop_assert_eq!(outcome.decided.len(), edits.len());
        if let Some(session) = &session {
            session.rebase();
            session.flush(Durability::Committed).unwrap();
        }
        prop_assert_eq!(desk.text(), replaced(&before, &edits));
        if !edits.is_empty() {
            let taken = desk.states(id).iter().filter(|state| **state == Accepted).count();
            // Beside an editor it is found out afterwards, from words that repeat here at every turn.
            prop_assert!(in_editor || taken == edits.len());
            drop(session);
            desk.undo();
            prop_assert_eq!(desk.text(), before);
        }
    }
}
