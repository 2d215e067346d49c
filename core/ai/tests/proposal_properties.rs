//! Random answers and random typing: nothing that a writer typed is lost, and nothing but hunks changes.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/memory.rs"]
mod memory;

use std::sync::Arc;

use memory::{Memory, Table};
use proptest::prelude::*;
use proptest::sample::Index;
use writemagic_ai::proposal::{Author, Draft, Place, Proposal, Proposals, Which};
use writemagic_shared::id::{DocumentId, RunId};
use writemagic_shared::runtime::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(0);

/// Few words, so that they come again and again.
fn texts() -> impl Strategy<Value = String> {
    let words =
        prop::sample::select(vec!["a", "the", "night", "😀", "é", "二", ".", ",", "\n", "\r\n", "walked"]);
    let spaced = prop::collection::vec((words, prop::bool::weighted(0.8)), 0..40);
    spaced.prop_map(|words| {
        words.into_iter().map(|(word, space)| word.to_owned() + if space { " " } else { "" }).collect()
    })
}

/// An answer: the text with some stretches replaced.
fn answers() -> impl Strategy<Value = (String, String)> {
    let changes = prop::collection::vec((any::<Index>(), 0..12_usize, texts()), 0..5);
    (texts(), changes).prop_map(|(text, changes)| {
        let mut answer: Vec<char> = text.chars().collect();
        for (at, delete, insert) in changes {
            let at = at.index(answer.len() + 1);
            let end = (at + delete).min(answer.len());
            answer.splice(at..end, insert.chars().take(8));
        }
        (text, answer.into_iter().collect())
    })
}

fn proposed(text: &Memory, answer: &str) -> (Proposals, Option<Proposal>) {
    let proposals = Proposals::new(Arc::new(text.clone()), Arc::new(Table::default()));
    let draft = Draft {
        place: Place { document: DocumentId::from_bytes([7; 16]), branch: None },
        base: text.state().name(),
        passage: 0..u64::MAX,
        answer: answer.into(),
        author: Author { run: RunId::from_bytes([9; 16]), model: String::new() },
        task: "rewrite".into(),
    };
    let proposal = proposals.propose(draft, NOW).unwrap();
    (proposals, proposal)
}

/// A letter that no answer has.
const TYPED: char = '§';

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn accepting_all_at_once_or_one_by_one_gives_exactly_the_answer(
        (text, answer) in answers(),
        order in any::<prop::sample::Selector>(),
        anchors in any::<bool>(),
    ) {
        let all = Memory::new(&text);
        all.state().without_anchors = !anchors;
        let (proposals, proposal) = proposed(&all, &answer);
        prop_assert_eq!(proposal.is_none(), text == answer);
        let Some(proposal) = proposal else { return Ok(()) };
        proposals.accept(proposal.id, &Which::All).unwrap();
        prop_assert_eq!(all.state().text(), answer.clone());
        prop_assert_eq!(all.state().changes.len(), 1);

        let single = Memory::new(&text);
        let (proposals, proposal) = proposed(&single, &answer);
        let proposal = proposal.unwrap();
        let mut left: Vec<u64> = (0..proposal.hunks.len() as u64).collect();
        while !left.is_empty() {
            let number = *order.select(&left);
            left.retain(|other| *other != number);
            let outcome = proposals.accept(proposal.id, &Which::These(vec![number])).unwrap();
            prop_assert_eq!(outcome.decided, vec![number]);
        }
        prop_assert_eq!(single.state().text(), answer);
    }

    #[test]
    fn rejecting_changes_nothing((text, answer) in answers()) {
        let memory = Memory::new(&text);
        let (proposals, proposal) = proposed(&memory, &answer);
        if let Some(proposal) = proposal {
            proposals.reject(proposal.id, &Which::All).unwrap();
        }
        prop_assert_eq!(memory.state().text(), text);
        prop_assert!(memory.state().changes.is_empty());
    }

    #[test]
    fn what_a_writer_typed_is_never_lost_and_only_hunks_change(
        (text, answer) in answers(),
        typing in prop::collection::vec((any::<Index>(), 0..6_u64, 0..4_usize), 0..6),
        chosen in prop::collection::vec(any::<Index>(), 0..4),
        anchors in any::<bool>(),
    ) {
        let memory = Memory::new(&text);
        memory.state().without_anchors = !anchors;
        let (proposals, proposal) = proposed(&memory, &answer);
        let Some(proposal) = proposal else { return Ok(()) };
        for (at, delete, insert) in typing {
            let mut state = memory.state();
            let units = state.text().encode_utf16().count();
            state.edit(at.index(units + 1) as u64, delete, &TYPED.to_string().repeat(insert));
        }
        let before = memory.state().text();
        let which = chosen.iter().map(|index| index.index(proposal.hunks.len()) as u64).collect();
        let placed = proposals.placed(proposal.id).unwrap();
        let outcome = proposals.accept(proposal.id, &Which::These(which)).unwrap();
        let after = memory.state().text();
        let typed = |text: &str| text.chars().filter(|c| *c == TYPED).count();
        prop_assert_eq!(typed(&before), typed(&after));

        // By hand: each decided hunk replaces its old words where they were shown, and nothing else.
        let mut units: Vec<u16> = before.encode_utf16().collect();
        for number in outcome.decided.iter().rev() {
            let hunk = &proposal.hunks[*number as usize];
            let range = placed.ranges[*number as usize].clone().unwrap();
            let range = range.start as usize..range.end as usize;
            let old: Vec<u16> = units.splice(range, hunk.new.encode_utf16()).collect();
            prop_assert_eq!(String::from_utf16(&old).unwrap(), hunk.old.clone());
        }
        prop_assert_eq!(String::from_utf16(&units).unwrap(), after);
    }
}
