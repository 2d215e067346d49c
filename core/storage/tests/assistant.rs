//! What an assistant keeps, each part against a model in memory, over closings and openings of the library.
#![allow(clippy::unwrap_used, reason = "a test says with a panic what is wrong")]

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use proptest::prelude::*;
use tempfile::TempDir;
use writemagic_shared::error::{Code, Coded};
use writemagic_shared::id::{DocumentId, ProposalId, RunId};
use writemagic_shared::limits::{SETTING_BYTES, SETTING_NAME_BYTES, SETTINGS};
use writemagic_shared::runtime::{Progress, Timestamp};
use writemagic_storage::Library;
use writemagic_storage::assistant::{
    Expense, ExpenseState, ExpenseSums, ProposalFilter, StoredProposal, StoredRun,
};
use writemagic_storage::document::NewDocument;
use writemagic_storage::exchange::BundleOptions;
use writemagic_storage::library::OpenOptions;

/// A library that is closed and opened again when a test wants.
struct Shelf {
    folder: TempDir,
    library: Library,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        Self { folder, library }
    }

    fn reopen(&mut self) {
        self.library.close().unwrap();
        self.library = Library::open(self.folder.path(), OpenOptions::new()).unwrap();
    }

    fn reader(&self) -> Library {
        Library::open(self.folder.path(), OpenOptions::new().read_only(true)).unwrap()
    }
}

fn run(number: u8) -> RunId {
    RunId::from_bytes([number; 16])
}

#[derive(Clone, Debug)]
enum RunStep {
    Head(u8, Vec<u8>),
    /// Text behind so many bytes, counted from the end of what there is.
    Append(u8, usize, String),
    Tail(u8, Vec<u8>),
    Remove(u8),
    Reopen,
}

fn run_step() -> impl Strategy<Value = RunStep> {
    let number = 0..4_u8;
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        3 => (number.clone(), bytes()).prop_map(|(run, head)| RunStep::Head(run, head)),
        8 => (number.clone(), prop_oneof![3 => Just(0_usize), 1 => 0..12_usize], "[a-zé😀 ]{0,6}")
            .prop_map(|(run, back, text)| RunStep::Append(run, back, text)),
        2 => (number.clone(), bytes()).prop_map(|(run, tail)| RunStep::Tail(run, tail)),
        1 => number.prop_map(RunStep::Remove),
        1 => Just(RunStep::Reopen),
    ]
}

type RunModel = BTreeMap<u8, (Vec<u8>, String, Option<Vec<u8>>)>;

fn assert_runs(library: &Library, model: &RunModel) {
    for number in 0..4 {
        let kept = library.stored_run(run(number)).unwrap();
        let kept = kept.map(|StoredRun { head, text, tail, .. }| (head, text, tail));
        assert_eq!(kept.as_ref(), model.get(&number));
    }
    let newest_first: Vec<_> = model.keys().rev().map(|number| run(*number)).collect();
    assert_eq!(library.stored_runs(None, 10).unwrap(), newest_first);
    assert_eq!(library.stored_runs(None, 2).unwrap(), newest_first[..newest_first.len().min(2)]);
    if let Some((first, rest)) = newest_first.split_first() {
        assert_eq!(library.stored_runs(Some(*first), 10).unwrap(), rest);
    }
}

fn code<T>(result: writemagic_storage::Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn runs_are_what_was_written_last(steps in prop::collection::vec(run_step(), 1..40)) {
        let (mut shelf, mut model) = (Shelf::new(), RunModel::new());
        for step in steps {
            let library = &shelf.library;
            match step {
                RunStep::Head(number, head) => {
                    library.put_run_head(run(number), &head).unwrap();
                    model.entry(number).or_default().0 = head;
                }
                RunStep::Append(number, back, more) => {
                    let Some((_, text, _)) = model.get_mut(&number) else {
                        prop_assert_eq!(code(library.append_run_text(run(number), 0, &more)), Some(Code::RunNotFound));
                        continue;
                    };
                    let offset = text.len().saturating_sub(back);
                    let appended = library.append_run_text(run(number), offset as u64, &more);
                    if text.is_char_boundary(offset) {
                        appended.unwrap();
                        // The same call again changes nothing.
                        library.append_run_text(run(number), offset as u64, &more).unwrap();
                        text.truncate(offset);
                        text.push_str(&more);
                    } else {
                        prop_assert_eq!(code(appended), Some(Code::InvalidArgument));
                    }
                    let beyond = library.append_run_text(run(number), text.len() as u64 + 1, "x");
                    prop_assert_eq!(code(beyond), Some(Code::InvalidArgument));
                }
                RunStep::Tail(number, tail) => match model.get_mut(&number) {
                    Some(kept) => {
                        library.put_run_tail(run(number), &tail).unwrap();
                        kept.2 = Some(tail);
                    }
                    None => {
                        prop_assert_eq!(code(library.put_run_tail(run(number), &tail)), Some(Code::RunNotFound));
                    }
                },
                RunStep::Remove(number) => {
                    prop_assert_eq!(library.remove_run(run(number)).unwrap(), model.remove(&number).is_some());
                }
                RunStep::Reopen => shelf.reopen(),
            }
            assert_runs(&shelf.library, &model);
        }
        assert_runs(&shelf.reader(), &model);
    }
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..1_000_000_u64, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

fn expense() -> impl Strategy<Value = Expense> {
    let state =
        prop_oneof![Just(ExpenseState::Reserved), Just(ExpenseState::Settled), Just(ExpenseState::Released)];
    (
        0..5_i64,
        state,
        "[a-z]{0,5}",
        [number(), number(), number(), number(), number()],
        prop::option::of(number()),
    )
        .prop_map(|(at, state, provider, tokens, cost)| Expense {
            at: Timestamp::from_millis(at),
            state,
            model: format!("{provider}-large"),
            provider,
            input_tokens: tokens[0],
            cache_read_tokens: tokens[1],
            cache_write_tokens: tokens[2],
            output_tokens: tokens[3],
            reasoning_tokens: tokens[4],
            estimated: tokens[0] % 2 == 0,
            cost,
        })
}

#[derive(Clone, Debug)]
enum CallStep {
    Add(Expense),
    Replace(usize, Expense),
    Reopen,
}

fn call_step() -> impl Strategy<Value = CallStep> {
    prop_oneof![
        4 => expense().prop_map(CallStep::Add),
        4 => (any::<usize>(), expense()).prop_map(|(which, call)| CallStep::Replace(which, call)),
        1 => Just(CallStep::Reopen),
    ]
}

fn sums(calls: &BTreeMap<u64, Expense>, from: i64) -> (u64, u64) {
    let counted =
        calls.values().filter(|call| call.at.as_millis() >= from && call.state != ExpenseState::Released);
    counted.fold((0, 0), |(cost, tokens), call| match call.cost {
        Some(more) => (cost.saturating_add(more), tokens),
        None => (cost, tokens.saturating_add(call.input_tokens).saturating_add(call.output_tokens)),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn calls_add_up_to_what_they_came_to(steps in prop::collection::vec(call_step(), 1..30)) {
        let (mut shelf, mut model) = (Shelf::new(), BTreeMap::<u64, Expense>::new());
        for step in steps {
            match step {
                CallStep::Add(call) => {
                    let number = shelf.library.add_expense(&call).unwrap();
                    prop_assert!(model.last_key_value().is_none_or(|(last, _)| *last < number));
                    model.insert(number, call);
                }
                CallStep::Replace(which, call) => {
                    let number = model.keys().nth(which % model.len().max(1)).copied();
                    match number {
                        Some(number) => {
                            shelf.library.replace_expense(number, &call).unwrap();
                            model.insert(number, call);
                        }
                        None => {
                            let replaced = shelf.library.replace_expense(7, &call);
                            prop_assert_eq!(code(replaced), Some(Code::InvalidArgument));
                        }
                    }
                }
                CallStep::Reopen => shelf.reopen(),
            }
            for from in [i64::MIN, 0, 1, 3, 5] {
                let ExpenseSums { cost, unpriced_tokens, .. } =
                    shelf.library.expense_sums(Timestamp::from_millis(from)).unwrap();
                prop_assert_eq!((cost, unpriced_tokens), sums(&model, from));
            }
            let all: Vec<_> = model.iter().rev().map(|(number, call)| (*number, call.clone())).collect();
            prop_assert_eq!(shelf.library.expenses(None, 100).unwrap(), all);
            let reserved: Vec<_> = model
                .iter()
                .filter(|(_, call)| call.state == ExpenseState::Reserved)
                .map(|(number, call)| (*number, call.clone()))
                .collect();
            prop_assert_eq!(shelf.library.reserved_expenses().unwrap(), reserved);
        }
    }
}

#[derive(Clone, Debug)]
enum ProposalStep {
    Put { number: u8, document: usize, open: bool },
    Update { number: u8, from: u64, open: bool },
    Purge(usize),
    Reopen,
}

fn proposal_step() -> impl Strategy<Value = ProposalStep> {
    prop_oneof![
        4 => (0..6_u8, 0..3_usize, any::<bool>())
            .prop_map(|(number, document, open)| ProposalStep::Put { number, document, open }),
        4 => (0..6_u8, 0..3_u64, any::<bool>())
            .prop_map(|(number, from, open)| ProposalStep::Update { number, from, open }),
        1 => (0..3_usize).prop_map(ProposalStep::Purge),
        1 => Just(ProposalStep::Reopen),
    ]
}

fn proposal(number: u8, document: DocumentId, open: bool, revision: u64) -> StoredProposal {
    let bytes = vec![number, revision as u8, u8::from(open)];
    StoredProposal { id: ProposalId::from_bytes([number; 16]), document, open, revision, bytes }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn proposals_are_found_by_document_and_state_and_go_with_their_document(
        steps in prop::collection::vec(proposal_step(), 1..30),
    ) {
        let (mut shelf, mut model) = (Shelf::new(), BTreeMap::<u8, StoredProposal>::new());
        let documents: Vec<DocumentId> =
            (0..3).map(|_| shelf.library.create_document(NewDocument::titled("t")).unwrap().id).collect();
        let mut purged = [false; 3];
        for step in steps {
            let library = &shelf.library;
            match step {
                ProposalStep::Put { number, document, open } => {
                    let new = proposal(number, documents[document], open, 0);
                    let put = code(library.put_proposal(&new));
                    match model.entry(number) {
                        _ if purged[document] => prop_assert_eq!(put, Some(Code::DocumentNotFound)),
                        Entry::Occupied(_) => prop_assert_eq!(put, Some(Code::AlreadyExists)),
                        Entry::Vacant(place) => {
                            prop_assert_eq!(put, None);
                            place.insert(new);
                        }
                    }
                }
                ProposalStep::Update { number, from, open } => {
                    let document = model.get(&number).map_or(documents[0], |kept| kept.document);
                    let new = proposal(number, document, open, from + 1);
                    let fits = model.get(&number).is_some_and(|kept| kept.revision == from);
                    prop_assert_eq!(library.update_proposal(&new, from).unwrap(), fits);
                    if fits {
                        model.insert(number, new);
                    }
                }
                ProposalStep::Purge(document) => {
                    if !purged[document] {
                        library.purge(documents[document], true).unwrap();
                        purged[document] = true;
                        model.retain(|_, kept| kept.document != documents[document]);
                    }
                }
                ProposalStep::Reopen => shelf.reopen(),
            }
            for number in 0..6 {
                let kept = shelf.library.stored_proposal(ProposalId::from_bytes([number; 16])).unwrap();
                prop_assert_eq!(kept.as_ref(), model.get(&number).map(|kept| &kept.bytes));
            }
            for document in [None, Some(documents[0]), Some(documents[2])] {
                for open in [false, true] {
                    for (before, limit) in [(None, 100), (Some(4), 100), (None, 2), (Some(3), 1)] {
                        let before_id = before.map(|number: u8| ProposalId::from_bytes([number; 16]));
                        let filter = ProposalFilter { document, open, before: before_id, limit };
                        let passes = |(number, kept): &(&u8, &StoredProposal)| {
                            document.is_none_or(|document| document == kept.document)
                                && (kept.open || !open)
                                && before.is_none_or(|before| **number < before)
                        };
                        let expected: Vec<_> = model
                            .iter()
                            .rev()
                            .filter(passes)
                            .take(limit as usize)
                            .map(|(_, kept)| kept.bytes.clone())
                            .collect();
                        prop_assert_eq!(shelf.library.stored_proposals(&filter).unwrap(), expected);
                    }
                }
            }
        }
    }
}

#[test]
fn settings_are_named_values_of_a_part() {
    let mut shelf = Shelf::new();
    assert!(!shelf.library.set_setting("a", "x", b"1").unwrap());
    assert!(!shelf.library.set_setting("a", "b", b"2").unwrap());
    assert!(!shelf.library.set_setting("b", "x", b"3").unwrap());
    assert!(shelf.library.set_setting("a", "x", b"4").unwrap());
    shelf.reopen();
    let listed = shelf.library.settings("a").unwrap();
    assert_eq!(listed, [("b".to_owned(), b"2".to_vec()), ("x".to_owned(), b"4".to_vec())]);
    assert_eq!(shelf.library.setting("b", "x").unwrap().as_deref(), Some(&b"3"[..]));
    assert!(shelf.library.remove_setting("a", "x").unwrap());
    assert!(!shelf.library.remove_setting("a", "x").unwrap());
    assert_eq!(shelf.library.setting("a", "x").unwrap(), None);
}

#[test]
fn settings_have_limits() {
    let shelf = Shelf::new();
    let set = |name: &str, value: &[u8]| code(shelf.library.set_setting("part", name, value));
    let longest = "n".repeat(SETTING_NAME_BYTES as usize);
    assert_eq!(set(&longest, &vec![0; SETTING_BYTES as usize]), None);
    assert_eq!(set(&format!("{longest}n"), b""), Some(Code::LimitExceeded));
    assert_eq!(set("long", &vec![0; SETTING_BYTES as usize + 1]), Some(Code::LimitExceeded));
    assert_eq!(set("", b""), Some(Code::InvalidArgument));
    for number in 1..SETTINGS {
        assert_eq!(set(&number.to_string(), b""), None);
    }
    assert_eq!(set("one more", b""), Some(Code::LimitExceeded));
    assert_eq!(set("1", b"another value"), None);
}

#[test]
fn a_library_that_is_open_for_reading_shows_all_and_takes_nothing() {
    let shelf = Shelf::new();
    let document = shelf.library.create_document(NewDocument::titled("t")).unwrap().id;
    shelf.library.put_run_head(run(1), b"head").unwrap();
    shelf.library.append_run_text(run(1), 0, "text").unwrap();
    shelf.library.add_send(Timestamp::from_millis(1), b"sent").unwrap();
    shelf.library.put_proposal(&proposal(1, document, true, 0)).unwrap();
    shelf.library.set_setting("a", "b", b"c").unwrap();
    let call = Expense {
        at: Timestamp::from_millis(1),
        state: ExpenseState::Reserved,
        provider: String::new(),
        model: String::new(),
        input_tokens: 1,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        output_tokens: 1,
        reasoning_tokens: 0,
        estimated: true,
        cost: None,
    };
    let number = shelf.library.add_expense(&call).unwrap();
    let reader = shelf.reader();
    assert_eq!(reader.stored_run(run(1)).unwrap().unwrap().text, "text");
    assert_eq!(reader.sends(None, 10).unwrap()[0].record, b"sent");
    assert_eq!(reader.reserved_expenses().unwrap(), [(number, call.clone())]);
    assert_eq!(reader.settings("a").unwrap().len(), 1);
    let refused = [
        code(reader.put_run_head(run(2), b"")),
        code(reader.append_run_text(run(1), 4, "")),
        code(reader.put_run_tail(run(1), b"")),
        code(reader.remove_run(run(1))),
        code(reader.add_send(Timestamp::from_millis(1), b"")),
        code(reader.add_expense(&call)),
        code(reader.replace_expense(number, &call)),
        code(reader.put_proposal(&proposal(2, document, true, 0))),
        code(reader.update_proposal(&proposal(1, document, true, 1), 0)),
        code(reader.set_setting("a", "b", b"")),
        code(reader.remove_setting("a", "b")),
    ];
    assert_eq!(refused, [Some(Code::LibraryReadOnly); 11]);
}

#[test]
fn libraries_do_not_exchange_it_and_back_ups_have_it() {
    let shelf = Shelf::new();
    let document = shelf.library.create_document(NewDocument::titled("t").text("a")).unwrap().id;
    shelf.library.put_run_head(run(1), b"canary-run").unwrap();
    shelf.library.put_proposal(&proposal(1, document, true, 0)).unwrap();
    shelf.library.set_setting("a", "b", b"canary-setting").unwrap();
    let mut bundle = Vec::new();
    shelf.library.bundle(&BundleOptions::default(), &mut bundle, &Progress::new()).unwrap();
    assert!(!bundle.windows(6).any(|window| window == b"canary"));
    let other = Shelf::new();
    other.library.pull_library(shelf.folder.path(), &Progress::new()).unwrap();
    assert_eq!(other.library.text(document).unwrap(), "a");
    assert_eq!(other.library.stored_runs(None, 10).unwrap(), []);
    assert_eq!(other.library.settings("a").unwrap(), []);
    let filter = ProposalFilter { limit: 10, ..ProposalFilter::default() };
    assert!(other.library.stored_proposals(&filter).unwrap().is_empty());

    let copy = tempfile::tempdir().unwrap();
    shelf.library.back_up(&copy.path().join("writemagic.db"), &Progress::new()).unwrap();
    let copy = Library::open(copy.path(), OpenOptions::new()).unwrap();
    assert_eq!(copy.stored_runs(None, 10).unwrap(), [run(1)]);
    // A proposal goes with its document when another library purged that, too.
    other.library.purge(document, true).unwrap();
    shelf.library.pull_library(other.folder.path(), &Progress::new()).unwrap();
    assert!(shelf.library.stored_proposals(&filter).unwrap().is_empty());
}
