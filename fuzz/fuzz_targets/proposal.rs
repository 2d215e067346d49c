//! Proposals: from any bytes behind a checksum that is right, and over a text that is typed in while they wait.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use memory::{Memory, Table};
use writemagic_ai::proposal::{Author, Draft, Place, Proposal, Proposals, Which};
use writemagic_shared::codec::frame;
use writemagic_shared::id::{DocumentId, RunId};
use writemagic_shared::runtime::Timestamp;

#[path = "../../core/ai/tests/support/memory.rs"]
mod memory;

/// What texts are made of: few things, so that they come again and again.
const PIECES: [&str; 16] = [
    "a", "the ", "night", " ", "😀", "é", "二", ". ", ",", "\n", "\r\n", "walked ", "e\u{301}", "A", "\"",
    "- ",
];
/// What a person types, and no answer has.
const TYPED: char = '§';

fuzz_target!(|input: &[u8]| {
    let Some((choice, input)) = input.split_first() else { return };
    if choice % 4 == 0 {
        let mut bytes = Vec::new();
        frame::put(&mut bytes, 1, input).unwrap();
        if let Ok(proposal) = Proposal::decode(&bytes) {
            assert_eq!(Proposal::decode(&proposal.encode().unwrap()).unwrap(), proposal);
        }
        return;
    }
    let mut parts = input.splitn(3, |byte| *byte == 255);
    let mut part = || parts.next().unwrap_or_default();
    let (old, changes, steps) = (part(), part(), part());
    let old: String = old.iter().take(200).map(|byte| PIECES[usize::from(byte % 16)]).collect();
    let answer = changed(&old, changes);
    decide(&old, &answer, steps, choice % 4 == 1);
});

/// A text with other pieces here and there: triples of where, how much goes, and what comes.
fn changed(text: &str, changes: &[u8]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for [at, delete, insert] in changes.as_chunks::<3>().0.iter().take(20) {
        let at = usize::from(*at) * chars.len() / 255;
        let end = (at + usize::from(delete % 16)).min(chars.len());
        let insert = if delete & 16 == 0 { PIECES[usize::from(insert % 16)] } else { "" };
        chars.splice(at..end, insert.chars());
    }
    chars.into_iter().collect()
}

fn decide(old: &str, answer: &str, steps: &[u8], without_anchors: bool) {
    let memory = Memory::new(old);
    memory.state().without_anchors = without_anchors;
    let proposals = Proposals::new(Arc::new(memory.clone()), Arc::new(Table::default()));
    let draft = Draft {
        place: Place { document: DocumentId::from_bytes([7; 16]), branch: None },
        base: memory.state().name(),
        passage: 0..u64::MAX,
        answer: answer.to_owned(),
        author: Author { run: RunId::from_bytes([9; 16]), model: String::new() },
        task: "rewrite".to_owned(),
    };
    let Some(proposal) = proposals.propose(draft, Timestamp::from_millis(0)).unwrap() else {
        assert_eq!(old, answer);
        return;
    };
    let count = proposal.hunks.len();
    let mut untouched = true;
    for [what, at, much] in steps.as_chunks::<3>().0.iter().take(30) {
        let number = u64::from(*at) * count as u64 / 256;
        match what % 4 {
            0 => accept(&memory, &proposals, &proposal, Which::These(vec![number])),
            1 => accept(
                &memory,
                &proposals,
                &proposal,
                Which::These(vec![number, u64::from(*much) % count as u64]),
            ),
            2 => {
                let before = memory.state().text();
                proposals.reject(proposal.id, &Which::These(vec![number])).unwrap();
                assert_eq!(memory.state().text(), before);
            }
            _ => {
                untouched = false;
                let mut state = memory.state();
                let units = state.text().encode_utf16().count() as u64;
                state.edit(
                    u64::from(*at) * units / 255,
                    u64::from(much / 16),
                    &TYPED.to_string().repeat(usize::from(much % 4)),
                );
            }
        }
    }
    if untouched {
        accept(&memory, &proposals, &proposal, Which::These((0..count as u64).collect()));
        assert_eq!(memory.state().text(), answer);
    }
}

/// Accepts hunks, and does the same by hand.
fn accept(memory: &Memory, proposals: &Proposals, proposal: &Proposal, which: Which) {
    let before = memory.state().text();
    let placed = proposals.placed(proposal.id).unwrap();
    let outcome = proposals.accept(proposal.id, &which).unwrap();
    let mut units: Vec<u16> = before.encode_utf16().collect();
    for number in outcome.decided.iter().rev() {
        let hunk = &proposal.hunks[*number as usize];
        let range = placed.ranges[*number as usize].clone().unwrap();
        let old: Vec<u16> =
            units.splice(range.start as usize..range.end as usize, hunk.new.encode_utf16()).collect();
        assert_eq!(String::from_utf16(&old).unwrap(), hunk.old);
    }
    let after = memory.state().text();
    assert_eq!(String::from_utf16(&units).unwrap(), after);
    let typed = |text: &str| text.chars().filter(|character| *character == TYPED).count();
    assert_eq!(typed(&before), typed(&after));
}
