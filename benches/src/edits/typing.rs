//! What typing feels like: the caller's wait, counts that follow each keystroke, and how soon a keystroke is durable
//! while the engine has other things to do.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use unicode_segmentation::UnicodeSegmentation as _;
use writemagic::text::TextStats;
use writemagic::{Durability, EditSession, Library, NewDocument, OpenOptions, Ticket};

use crate::measure::{median, nanoseconds, percentile};
use crate::notes::Vocabulary;
use crate::report::{Table, aim, duration, ratio};

/// Bytes of the document whose counts are followed.
const COUNTED: usize = 1_000_000;
/// Bytes of the paste beside which somebody types.
const PASTE: usize = 10_000_000;
/// Keystrokes of each measurement that needs the clock's pauses, and of those that do not.
const SLOW: usize = 60;
const FAST: usize = 2_000;
/// How long the engine may take for what it is asked here.
const LONG: Duration = Duration::from_secs(60);

/// Gives the paragraphs.
pub(super) fn measure() -> Result<String> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    let library = Library::open(folder.path(), OpenOptions::new().create(true))?;
    let vocabulary = Vocabulary::new();
    let body = counts(&library, &vocabulary)? + durability(&library, &vocabulary)?.as_str();
    library.close()?;
    Ok(body)
}

fn open(library: &Library, text: &str) -> Result<EditSession> {
    let document = library.create_document(NewDocument::titled("Novel").text(text))?;
    Ok(library.edit(document.id)?)
}

/// A place in the text for a keystroke, far from the last one.
fn place(number: usize, length: usize) -> u64 {
    (number.wrapping_mul(7_919_111) % length) as u64
}

fn counts(library: &Library, vocabulary: &Vocabulary) -> Result<String> {
    let text = vocabulary.note(1, COUNTED).text;
    let session = open(library, &text)?;
    let length = text.len();
    let mut waits = Vec::with_capacity(FAST);
    for number in 0..FAST {
        let start = Instant::now();
        session.splice(place(number, length), 0, "e")?;
        black_box(session.stats());
        waits.push(nanoseconds(start.elapsed()));
        if number % 20 == 0 {
            session.flush(Durability::Committed)?;
        }
    }
    let timed = |work: &dyn Fn() -> u64| {
        median((0..9).map(|_| {
            let start = Instant::now();
            black_box(work());
            nanoseconds(start.elapsed())
        }))
    };
    let whole = timed(&|| TextStats::of(black_box(&text)).words);
    let peer = timed(&|| black_box(&text).unicode_words().count() as u64);
    session.close()?;
    let ours = median(waits.iter().copied());
    let mut table = Table::new(&["", "time", "against the first", "aim"]);
    let mut row = |name: &str, time: f64, aim: String| {
        table.row(&[name.into(), duration(time), ratio(time, ours), aim]);
    };
    row("one keystroke, then all counts: median", ours, aim(ours, 50_000.0, "< 50 µs"));
    row("the same, p99", percentile(waits.iter().copied(), 0.99), String::new());
    row("counting all of the text anew, all counts", whole, String::new());
    row("unicode-segmentation, words alone", peer, String::new());
    Ok(format!(
        "\nCounts in a text of {} MB, keystrokes all over it:\n\n{}",
        COUNTED / 1_000_000,
        table.finish()
    ))
}

/// How long a keystroke's ticket takes to be durable without anybody flushing, in ns.
fn until_durable(session: &EditSession, ticket: Ticket) -> Result<f64> {
    let start = Instant::now();
    while session.durable() < ticket {
        anyhow::ensure!(start.elapsed() < LONG, "a keystroke was not saved");
        thread::yield_now();
    }
    Ok(nanoseconds(start.elapsed()))
}

fn durability(library: &Library, vocabulary: &Vocabulary) -> Result<String> {
    let typed = open(library, &vocabulary.note(2, 10_000).text)?;
    let large = open(library, &vocabulary.note(3, COUNTED).text)?;
    let paste = vocabulary.note(4, PASTE).text;

    let (mut first, mut alone, mut beside, mut idle) = (vec![], vec![], vec![], vec![]);
    for number in 0..SLOW {
        // The writer sleeps: waking it is on the caller.
        thread::sleep(Duration::from_millis(3)); // deliberate: the pause between two keystrokes is what is measured
        let start = Instant::now();
        let ticket = typed.splice(place(number, 10_000), 0, "e")?;
        first.push(nanoseconds(start.elapsed()));
        alone.push(until_durable(&typed, ticket)?);
    }
    for number in 0..SLOW / 20 {
        let pasted = open(library, "")?;
        pasted.splice(0, 0, &paste)?;
        let ticket = typed.splice(place(number, 10_000), 0, "e")?;
        beside.push(until_durable(&typed, ticket)?);
        pasted.flush(Durability::Committed)?;
        drop(pasted);
    }
    for number in 0..SLOW / 5 {
        // Heads are refreshed half a second after the last keystroke: some of these meet that.
        large.splice(place(number, COUNTED), 0, "e")?;
        let wait = Duration::from_millis(495 + 2 * number as u64);
        thread::sleep(wait); // deliberate: typing goes on when idle work has begun
        let ticket = typed.splice(place(number, 10_000), 0, "e")?;
        idle.push(until_durable(&typed, ticket)?);
    }
    typed.close()?;
    large.close()?;

    let worst = |samples: &[f64]| samples.iter().copied().fold(0.0, f64::max);
    let mut table = Table::new(&["", "median", "worst"]);
    for (name, samples) in [
        ("`splice` after a pause, the caller wakes the writer", &first),
        ("from that keystroke to durable, 1 ms of it spent waiting for others", &alone),
        ("the same while 10 MB are pasted into another document", &beside),
        ("the same when the heads of a 1 MB document are being refreshed", &idle),
    ] {
        let median = median(samples.iter().copied());
        table.row(&[name.into(), duration(median), duration(worst(samples))]);
    }
    let pipeline = library.pipeline();
    let longest = Duration::from_micros(pipeline.longest_commit_microseconds);
    let failed = pipeline.commits_failed;
    (failed == 0).then_some(()).context("a commit failed")?;
    Ok(format!(
        "\nFrom keystroke to durable, nobody flushing, wall:\n\n{}\nThe longest transaction in between took {}.\n",
        table.finish(),
        duration(nanoseconds(longest))
    ))
}
