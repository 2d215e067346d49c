//! What a document was: the bytes that its history takes, how soon it is readable, its old texts, merging, and exchange.
//!
//! `typed` plays the sequential traces to every contender and asks each the same; `merging` parts the main one and brings it
//! together again; `recorded` replays histories of several writers. `ours` is the engine, `peer` all that the peers have in
//! common, and one file each the peers. All texts are compared: with the trace's, with a rope's, with each other's.

mod automerge;
mod diamond;
mod loro;
mod merging;
mod ours;
mod peer;
mod recorded;
mod typed;
mod yrs;

use std::path::Path;

use anyhow::Result;

use crate::plan::Plan;
use crate::report::count;
use crate::sizes;
use crate::trace::{self, Trace};

/// Edits that are one change, and durable together.
const BURST: usize = 20;
/// Edits that a receiver lacks who is nearly up to date.
const DELTA: usize = 1_000;

/// Who opens a document in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    WriteMagic,
    Loro,
    Automerge,
    Yrs,
    Diamond,
}

/// Opens the document that is stored at `stored` and edits it; gives the bytes of its text.
pub(crate) fn hold(holder: Holder, stored: &Path) -> Result<u64> {
    match holder {
        Holder::WriteMagic => ours::hold(stored),
        Holder::Loro => peer::hold::<loro::Loro>(stored),
        Holder::Automerge => peer::hold::<automerge::Automerge>(stored),
        Holder::Yrs => peer::hold::<yrs::Yrs>(stored),
        Holder::Diamond => peer::hold::<diamond::Diamond>(stored),
    }
}

/// What somebody gave. A peer that fails is left out of the table, with a word on standard error; where the engine does,
/// nothing is measured.
fn unless_left_out<T>(plan: &Plan, name: &str, result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if !name.starts_with(ours::NAME) => {
            plan.say(&format!("history: {name} is left out: {error:#}"));
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// What is compared by the bytes that it adds to a program; its programs are in `sizes/`.
const PROGRAMS: [(&str, &str); 5] = [
    ("WriteMagic", "size-writemagic"),
    ("loro", "size-loro"),
    ("automerge", "size-automerge"),
    ("yrs", "size-yrs"),
    ("diamond-types", "size-diamond-types"),
];

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let traces = trace::all(plan.edits)?;
    let mut rows = Vec::new();
    for (place, trace) in traces.iter().enumerate() {
        rows.push((trace.name.clone(), typed::measure(plan, trace, place == 0)?));
    }
    let mut bytes: Vec<_> = traces.iter().zip(&rows).map(|(trace, (_, all))| bytes_of(trace, all)).collect();
    let main = &traces[0];
    let merges = merging::measure(plan, main)?;
    let mut replays = String::new();
    for concurrent in trace::concurrent(plan.edits)? {
        let measured = recorded::measure(plan, &concurrent)?;
        let transactions = count(concurrent.transactions.len() as u64);
        replays += &format!("\n`{}`, {transactions} transactions:\n\n{}", concurrent.name, measured.table);
        bytes.push((concurrent.name, count(measured.edits), measured.bytes));
    }
    let names: Vec<&str> = rows[0].1.iter().map(|figures| figures.name).collect();
    let mut body = format!(
        "Trace `{}`: {} edits, {} bytes of text at the end; processor time, medians of {} rounds.\n",
        main.name,
        count(main.edits.len() as u64),
        count(main.end.len() as u64),
        plan.history_rounds
    );
    body += "\nThe whole history, bytes:\n\n";
    body += &typed::bytes_table(&bytes, &names);
    body += &typed::bytes_remark(&rows[0].1);
    body += "\nOpening what is stored, and the first edit after that:\n\n";
    body += &typed::open_table(&rows[0].1);
    if rows.len() > 1 {
        body += "\nThe other traces, open to the text / first edit:\n\n";
        body += &typed::open_rows(&rows[1..]);
    }
    body += "\nThe text at random versions, mean / worst:\n\n";
    body += &typed::version_table(&rows);
    body += "\nMerging a branch of 1,000 edits:\n\n";
    body += &merges;
    body += "\nSent to another device, and taken in there:\n\n";
    body += &typed::exchange_table(&rows[0].1);
    if !replays.is_empty() {
        body += "\nHistories of several writers, replayed:\n";
        body += &replays;
    }
    body += "\nWhat each adds to a program that opens a document, edits it and reads its text:\n\n";
    body += &sizes::added(&PROGRAMS)?;
    Ok(body + NOTES)
}

fn bytes_of(trace: &Trace, all: &[typed::Figures]) -> (String, String, Vec<Option<u64>>) {
    (
        trace.name.clone(),
        count(trace.edits.len() as u64),
        all.iter().map(|figures| Some(figures.bytes)).collect(),
    )
}

const NOTES: &str = "
- WriteMagic works on a library on disk: what it edits, merges and takes in is durable when its time ends, and its first edit \
and its merges write to SQLite. The peers work in memory, on bytes that were read before.
- *Bytes*: WriteMagic's hold who wrote what and when, to the second, of every burst of 20 (the recorded histories of several \
writers come without times); the text is stored beside them. loro's are a snapshot, automerge's `save`, yrs's a v2 update with \
garbage collection off (else it forgets what was deleted), diamond-types's `ENCODE_FULL`; all four with one change for each \
burst and without times, and the text is in them or follows from them.
- *Open*: the peers' `load` and their text. *First edit* is one character in the middle: WriteMagic opens a session, splices and \
waits until that is durable. *Resident* is the peak of a process that does both, less that of one that does nothing.
- *Random versions* are those after random bursts, in random order, the same for all; each text is compared with a rope's. loro \
checks out from the present and returns to it, which is not counted; automerge reads at heads; yrs encodes the state of a \
snapshot and loads it, which 0.28.1 cannot where a snapshot ends within a run of typing (it writes that an item has a right \
origin, and not which); diamond-types checks out; WriteMagic reads from disk.
- *Merging*: typing in runs of 25 at random places, a fourth of it taken back. The peers' trunk is loaded, read and edited once \
before, so that it has built what its first edit needs; they take in the branch's bytes. All merge to the same text.
- *Sent*: WriteMagic's bundles are files and carry title, fields and checksums too. The receiver of 1,000 edits has the rest \
already. yrs sends its whole delete set each time.
- *Replayed*: the peers load the whole history from bytes; WriteMagic, whose history of several writers is a recording to be \
imported, takes each transaction from memory, and so does diamond-types transaction by transaction. loro, automerge and yrs \
take in what each writer's own copy sent. A part is shown where all of it takes too long.
- No library gives git-makefile's recorded text, whose order of writers the file does not tell; where a peer's text is another, \
later offsets that lie outside of it are moved to its end; WriteMagic and diamond-types give the \
same one.
- *What each adds*: bytes of loaded segments of small programs, linked as the engine is shipped, less those of a program that \
only reads a file. WriteMagic's has SQLite with full-text search, the text kernels and all of a library in it; the peers' have a \
document in memory and no storage.
- A peer that cannot do what is asked, or gives another text, is left out there (–).

Where WriteMagic is not first, and why:

- *Open*: it opens a database (files, lock, schema, settings: some 1.2 ms) and then reads one row of text with its checksum. An app opens its \
library once; what it pays for each document is *the text alone*, where loro and diamond-types hand out a text that `load` has \
built in memory.
- *First edit*: a session is opened on a text read from disk, and the edit is committed to SQLite. What the caller waits for is \
`splice`, below the aim. Only loro, automerge and yrs could be asked for the same by storing their update after each edit; section \
`edits` does.
- *Random versions*: the first ones are walked from the nearest checkpoint on disk, up to 105,000 events (one for each \
character of the text, so that checkpoints stay smaller than the history's texts); what was walked is kept in memory and shortens the next. The worst is the \
very first, which also unpacks the history.
- *Merging*: the closed document is read from disk, with all of its history where that is one chunk (it was typed in one \
go), and the merged text of 105 KB is written with its counts and checksum, in one commit. With the history in memory, as the peers have it, the second \
row remains: text and commit. The aim of 0.3 ms is that of the merge alone.
- *Taken in*: every event is checked by a walk of its own before anything is written, then walked again to be merged; a file is \
read and a database is written. The peers believe what they get.
- *Replayed, whole*: loro and yrs load what they have already merged; WriteMagic merges 23,000 recorded transactions from nothing. \
*Transaction by transaction* yrs is ahead: it never has to give an old version again, and keeps one tracker for ever.
- *Code size*: see there.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_contenders_agree_on_a_small_trace() {
        let plan = Plan::QUICK;
        let trace = trace::all(plan.edits).unwrap().swap_remove(0);
        let all = typed::measure(&plan, &trace, false).unwrap();
        assert_eq!(all.len(), 5);
        assert!(all.iter().all(|figures| figures.bytes > 0));
        assert!(merging::measure(&plan, &trace).unwrap().contains("parted 1,000 edits ago"));
    }
}
