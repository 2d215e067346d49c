//! Proposals from draft to decision, over a text with a history.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/memory.rs"]
mod memory;

use std::sync::Arc;

use memory::{Memory, Table};
use writemagic_ai::proposal::{
    Author, Draft, Error, Filter, HunkState, Outcome, Place, Proposal, Proposals, VersionName, Which,
};
use writemagic_shared::id::{DocumentId, ProposalId, RunId};
use writemagic_shared::limits::PROPOSAL_TASK_BYTES;
use writemagic_shared::runtime::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const PLACE: Place = Place { document: DocumentId::from_bytes([7; 16]), branch: None };

fn author() -> Author {
    Author { run: RunId::from_bytes([9; 16]), model: "a model".into() }
}

struct Scene {
    text: Memory,
    table: Table,
    proposals: Proposals,
}

impl Scene {
    fn new(text: &str) -> Self {
        let (text, table) = (Memory::new(text), Table::default());
        let proposals = Proposals::new(Arc::new(text.clone()), Arc::new(table.clone()));
        Self { text, table, proposals }
    }

    fn draft(&self, answer: &str) -> Draft {
        let state = self.text.state();
        Draft {
            place: PLACE,
            base: state.name(),
            passage: 0..u64::MAX,
            answer: answer.into(),
            author: author(),
            task: "rewrite".into(),
        }
    }

    fn propose(&self, answer: &str) -> Proposal {
        self.proposals.propose(self.draft(answer), NOW).unwrap().unwrap()
    }

    fn accept(&self, proposal: &Proposal, which: &Which) -> Outcome {
        self.proposals.accept(proposal.id, which).unwrap()
    }

    fn states(&self, proposal: &Proposal) -> Vec<HunkState> {
        let placed = self.proposals.placed(proposal.id).unwrap();
        placed.proposal.hunks.iter().map(|hunk| hunk.state).collect()
    }

    fn now(&self) -> String {
        self.text.state().text()
    }

    /// A replacement of the first `old` by what a person types.
    fn types(&self, old: &str, new: &str) {
        let mut state = self.text.state();
        let text = state.text();
        let at = text[..text.find(old).unwrap()].encode_utf16().count() as u64;
        state.edit(at, old.encode_utf16().count() as u64, new);
    }
}

const OLD: &str = "It was a dark night. She walked home. The end came 😀 soon.";
const NEW: &str = "It was a black night. She ran home. The end came 😀 very soon.";

#[test]
fn accepting_everything_gives_the_answer_in_one_change_by_the_run() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    assert_eq!(proposal.hunks.len(), 3);
    let outcome = scene.accept(&proposal, &Which::All);
    assert_eq!(scene.now(), NEW);
    assert_eq!((outcome.decided, outcome.unplaceable, outcome.waiting), (vec![0, 1, 2], vec![], false));
    assert_eq!(scene.text.state().changes, [author()]);
    assert!(!scene.proposals.get(proposal.id).unwrap().is_open());
}

#[test]
fn accepting_one_hunk_changes_its_own_words_only_and_rejecting_the_rest_changes_nothing() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    scene.types("It was", "It had been");
    scene.types("soon.", "soon. He slept.");
    let outcome = scene.accept(&proposal, &Which::These(vec![1]));
    let text = "It had been a dark night. She ran home. The end came 😀 soon. He slept.";
    assert_eq!((scene.now().as_str(), outcome.decided), (text, vec![1]));
    let outcome = scene.proposals.reject(proposal.id, &Which::All).unwrap();
    assert_eq!((scene.now().as_str(), outcome.decided), (text, vec![0, 2]));
    assert_eq!(scene.text.state().changes.len(), 1);
    assert!(
        scene.proposals.list(&Filter { open: true, limit: 9, ..Filter::default() }).unwrap().0.is_empty()
    );
}

#[test]
fn a_hunk_whose_words_changed_is_shown_and_never_forced_and_is_pending_again_when_they_are_back() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    scene.types("walked", "crawled");
    use HunkState::{Accepted, Pending, Unplaceable};
    assert_eq!(scene.states(&proposal), [Pending, Unplaceable, Pending]);
    let outcome = scene.accept(&proposal, &Which::All);
    assert_eq!((outcome.decided, outcome.unplaceable), (vec![0, 2], vec![1]));
    assert_eq!(scene.now(), NEW.replace("ran", "crawled"));
    scene.types("crawled", "walked");
    assert_eq!(scene.states(&proposal), [Accepted, Pending, Accepted]);
    scene.accept(&proposal, &Which::These(vec![1]));
    assert_eq!(scene.now(), NEW);
}

#[test]
fn without_anchors_a_diff_finds_the_words_and_without_history_nothing_is_placed() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    scene.text.state().without_anchors = true;
    scene.types("It was", "Listen: it was");
    scene.accept(&proposal, &Which::These(vec![2]));
    assert_eq!(scene.now(), "Listen: it was a dark night. She walked home. The end came 😀 very soon.");
    scene.text.state().without_history = true;
    let outcome = scene.accept(&proposal, &Which::All);
    assert_eq!((outcome.decided, outcome.unplaceable), (vec![], vec![0, 1]));
    assert!(matches!(
        scene.proposals.propose(Draft { base: VersionName::new("1").unwrap(), ..scene.draft(NEW) }, NOW),
        Err(Error::BaseLost)
    ));
}

#[test]
fn what_is_put_in_stays_beside_the_words_it_was_made_for() {
    let text = "First line.\n\nLast line.";
    for (typed, expected) in [
        (("First", "The first"), "The first line.\n\nNEW Last line."),
        (("Last", "The very last"), "First line.\n\nNEW The very last line."),
        (("Last", "More. Last"), "First line.\n\nNEW More. Last line."),
        (("line.\n\n", ""), "First NEW Last line."),
    ] {
        let scene = Scene::new(text);
        let draft = Draft { passage: 13..13, ..scene.draft("NEW ") };
        let proposal = scene.proposals.propose(draft, NOW).unwrap().unwrap();
        scene.types(typed.0, typed.1);
        scene.accept(&proposal, &Which::All);
        assert_eq!(scene.now(), expected, "{typed:?}");
    }
    let scene = Scene::new("");
    let proposal = scene.propose("A beginning.");
    assert_eq!(scene.accept(&proposal, &Which::All).decided, [0]);
    assert_eq!(scene.now(), "A beginning.");
}

#[test]
fn a_continuation_goes_behind_the_last_word_whatever_was_typed_after_it() {
    let scene = Scene::new("One.");
    let draft = Draft { passage: 4..4, ..scene.draft(" Two.") };
    let proposal = scene.proposals.propose(draft, NOW).unwrap().unwrap();
    scene.text.state().edit(4, 0, " Mine.");
    scene.accept(&proposal, &Which::All);
    assert_eq!(scene.now(), "One. Two. Mine.");
}

#[test]
fn typing_just_before_a_change_is_kept() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    scene.text.state().interruptions = vec![(0, 0, "So. ".into()), (0, 0, "And ".into())];
    scene.accept(&proposal, &Which::All);
    assert_eq!(scene.now(), format!("So. And {NEW}"));
}

#[test]
fn a_text_that_never_rests_is_left_alone() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    scene.text.state().interruptions = vec![(0, 0, "x".into()); 16];
    assert!(matches!(scene.proposals.accept(proposal.id, &Which::All), Err(Error::TextMoving)));
    assert_eq!(scene.now(), format!("{}{OLD}", "x".repeat(16)));
    assert_eq!(scene.states(&proposal), [HunkState::Pending; 3]);
    scene.accept(&proposal, &Which::All);
    assert_eq!(scene.now(), format!("{}{NEW}", "x".repeat(16)));
}

#[test]
fn hunks_that_wait_beside_an_editor_are_settled_when_it_takes_them_or_ends() {
    for killed in [false, true] {
        let scene = Scene::new(OLD);
        let proposal = scene.propose(NEW);
        scene.text.state().editor = true;
        let outcome = scene.accept(&proposal, &Which::These(vec![0]));
        assert!(outcome.waiting && scene.now() == OLD);
        use HunkState::{Accepted, Applying, Pending};
        assert_eq!(scene.states(&proposal), [Applying, Pending, Pending]);
        assert_eq!(scene.accept(&proposal, &Which::These(vec![0])).decided, [] as [u64; 0]);
        if killed {
            scene.text.state().kill();
            assert_eq!(scene.states(&proposal), [Pending, Pending, Pending]);
        } else {
            scene.text.state().rebase();
            assert_eq!(scene.states(&proposal), [Accepted, Pending, Pending]);
            assert_eq!(scene.now(), OLD.replace("dark", "black"));
        }
    }
}

#[test]
fn an_end_between_the_note_and_the_change_or_after_it_puts_nothing_in_twice() {
    for anchors in [true, false] {
        for (answer, changes) in
            [(NEW, true), (NEW, false), ("It was a dark night. She home. The end came 😀 soon.", true)]
        {
            let scene = Scene::new(OLD);
            scene.text.state().without_anchors = !anchors;
            let proposal = scene.propose(answer);
            let before = scene.table.rows()[0].clone();
            scene.accept(&proposal, &Which::All);
            // What was kept when the engine ended: all hunks on their way.
            let mut noted = Proposal::decode(&before.bytes).unwrap();
            noted.hunks.iter_mut().for_each(|hunk| hunk.state = HunkState::Applying);
            scene.table.rows()[0].bytes = noted.encode().unwrap();
            scene.table.rows()[0].revision = noted.revision;
            if !changes {
                scene.types(NEW, OLD);
            }
            let outcome = scene.accept(&proposal, &Which::All);
            assert_eq!(scene.now(), answer);
            assert_eq!(outcome.decided.is_empty(), changes, "{anchors}");
        }
    }
}

#[test]
fn calls_that_mean_nothing_say_so() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    let missing = ProposalId::from_bytes([0; 16]);
    assert!(matches!(scene.proposals.get(missing), Err(Error::NotFound { .. })));
    for call in [Proposals::accept, Proposals::reject] {
        let error = call(&scene.proposals, proposal.id, &Which::These(vec![0, 3])).unwrap_err();
        assert!(matches!(error, Error::HunkNotFound { hunk: 3, count: 3 }));
    }
    assert_eq!(scene.proposals.propose(scene.draft(OLD), NOW).unwrap(), None);
    let task = |bytes: u64| Draft { task: "t".repeat(bytes as usize), ..scene.draft(NEW) };
    assert!(scene.proposals.propose(task(PROPOSAL_TASK_BYTES), NOW).is_ok());
    assert!(matches!(
        scene.proposals.propose(task(PROPOSAL_TASK_BYTES + 1), NOW),
        Err(Error::LimitExceeded { .. })
    ));
}

#[test]
fn a_rejected_hunk_can_be_accepted_by_its_number_and_an_accepted_one_stays() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    scene.proposals.reject(proposal.id, &Which::All).unwrap();
    assert_eq!(scene.accept(&proposal, &Which::All).decided, [] as [u64; 0]);
    assert_eq!(scene.accept(&proposal, &Which::These(vec![0, 1, 2])).decided, [0, 1, 2]);
    assert_eq!(scene.proposals.reject(proposal.id, &Which::These(vec![0])).unwrap().decided, [] as [u64; 0]);
    assert_eq!(scene.now(), NEW);
}

#[test]
fn a_damaged_proposal_hides_no_other() {
    let scene = Scene::new(OLD);
    scene.propose(NEW);
    let second = scene.propose("Something else.");
    scene.table.rows()[0].bytes[20] ^= 1;
    let (listed, damaged) = scene.proposals.list(&Filter { limit: 10, ..Filter::default() }).unwrap();
    assert_eq!((listed.len(), listed[0].id, damaged), (1, second.id, 1));
}

#[test]
fn ends_inside_a_pair_or_past_the_text_are_moved() {
    let scene = Scene::new("a 😀 b");
    let draft = Draft { passage: 3..99, ..scene.draft("c") };
    let proposal = scene.proposals.propose(draft, NOW).unwrap().unwrap();
    assert_eq!(proposal.passage, 2..6);
    scene.accept(&proposal, &Which::All);
    assert_eq!(scene.now(), "a c");
}

#[test]
fn no_text_is_in_debug_output() {
    let scene = Scene::new(OLD);
    let proposal = scene.propose(NEW);
    let placed = scene.proposals.placed(proposal.id).unwrap();
    let outcome = scene.accept(&proposal, &Which::All);
    let shown = format!("{proposal:?} {placed:?} {outcome:?} {:?}", scene.table.rows());
    for word in ["walked", "dark", "black", "very"] {
        assert!(!shown.contains(word), "{word}");
    }
}
