//! A process that keeps the answer of a model and what it costs, and is killed without warning.

use std::path::Path;
use std::time::Duration;

use writemagic_shared::id::RunId;
use writemagic_shared::runtime::{Progress, Timestamp};
use writemagic_storage::Library;
use writemagic_storage::assistant::{Expense, ExpenseState};
use writemagic_storage::library::OpenOptions;

use crate::again::{self, Other};
use crate::random::Random;

/// Kills in the ordinary run; `cargo xtask kill` asks for more.
const KILLS: usize = 12;
/// Pieces of the answer, if nobody kills.
const PIECES: usize = 2_000;

fn run() -> RunId {
    RunId::from_bytes([7; 16])
}

/// A piece of the answer: no two are equal.
fn piece(number: usize) -> String {
    format!("{number} 語 ")
}

fn call(state: ExpenseState) -> Expense {
    Expense {
        at: Timestamp::from_millis(1),
        state,
        provider: "p".to_owned(),
        model: "m".to_owned(),
        input_tokens: 1,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        output_tokens: 1,
        reasoning_tokens: 0,
        estimated: true,
        cost: Some(5),
    }
}

/// Keeps a run piece by piece until it is killed, and says what is kept.
#[test]
fn asker() {
    let Some(folder) = again::folder() else { return };
    let library = Library::open(&folder, OpenOptions::new()).unwrap();
    library.put_run_head(run(), b"head").unwrap();
    let number = library.add_expense(&call(ExpenseState::Reserved)).unwrap();
    again::say("0");
    let mut offset = 0;
    for count in 1..=PIECES {
        let text = piece(count);
        library.append_run_text(run(), offset, &text).unwrap();
        offset += text.len() as u64;
        again::say(&count.to_string());
    }
    library.put_run_tail(run(), b"tail").unwrap();
    library.replace_expense(number, &call(ExpenseState::Settled)).unwrap();
}

/// Gives how many pieces were kept when the process was killed.
fn kill_one(folder: &Path, random: &mut Random) -> usize {
    Library::open(folder, OpenOptions::new().create(true)).unwrap().close().unwrap();
    let mut asker = Other::start(&mut again::command("kept_run::asker", folder));
    let mut kept: usize = asker.next().unwrap().parse().unwrap();
    for _ in 0..random.below(200) {
        let Some(line) = asker.next() else { break };
        kept = line.parse().unwrap();
    }
    std::thread::sleep(Duration::from_micros(random.below(2_000) as u64)); // deliberate: the random moment of the kill
    asker.kill();
    // What it had said before it died was promised.
    std::iter::from_fn(|| asker.next()).for_each(|line| kept = line.parse().unwrap());
    let library = Library::open(folder, OpenOptions::new()).unwrap();
    let stored = library.stored_run(run()).unwrap().unwrap();
    assert_eq!(stored.head, b"head");
    let mut text = String::new();
    let mut pieces = 0;
    while text.len() < stored.text.len() {
        pieces += 1;
        text += &piece(pieces);
    }
    // All of it that was promised, and whole pieces.
    assert!(text == stored.text && pieces >= kept, "{pieces} pieces, {kept} promised");
    if stored.tail.is_none() {
        assert_eq!(library.reserved_expenses().unwrap().len(), 1);
    }
    assert_eq!(library.expense_sums(Timestamp::from_millis(0)).unwrap().cost, 5);
    assert!(library.check(false, &Progress::new()).unwrap().is_ok());
    kept
}

#[test]
fn killed_while_an_answer_comes_in_a_process_loses_none_of_what_was_kept() {
    let kills = std::env::var("WRITEMAGIC_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut random = Random::announced();
    let mut kept = 0;
    for _ in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        kept += kill_one(folder.path(), &mut random);
    }
    println!("{kills} kills, {kept} pieces of answers kept, none lost");
}
