//! Single calls of the facade, with criterion's statistics. Nothing here has a peer in the same sense: these
//! figures are for comparing the engine with itself (`cargo bench` says what changed since the last run).

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use criterion::Criterion;
use serde::Deserialize;
use tempfile::TempDir;
use writemagic::{DocumentFilter, Durability, Library, NewDocument, OpenOptions, SearchRequest};

use crate::notes::Vocabulary;
use crate::report::{Table, duration};

const GROUP: &str = "calls";
/// Notes in the small library.
const NOTES: u64 = 1_000;
/// Bytes of the one long text in it.
const LONG_TEXT: usize = 100_000;
/// Splices between two waits for the disk, so that no backlog builds up.
const BURST: u64 = 20;

/// Runs every bench of this group.
///
/// # Errors
/// When the small library that the calls need cannot be made.
///
/// # Panics
/// When a call under test fails.
#[expect(
    clippy::expect_used,
    reason = "criterion's closures return no errors, and a failed call has no time"
)]
pub fn bench(criterion: &mut Criterion) -> Result<()> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    let vocabulary = Vocabulary::new();
    let library = Library::open(folder.path(), OpenOptions::new().create(true))?;
    for number in 0..NOTES {
        let note = vocabulary.note(number, 1_000);
        library.create_document(NewDocument::titled(note.title).text(note.text))?;
    }
    let long = vocabulary.note(NOTES, LONG_TEXT);
    let document = library.create_document(NewDocument::titled(long.title).text(long.text))?.id;

    let mut group = criterion.benchmark_group(GROUP);
    group.bench_function("first page of 50", |bencher| {
        bencher.iter(|| library.documents(&DocumentFilter::default(), None, 50).expect("listed"));
    });
    group.bench_function("search for one word", |bencher| {
        let request =
            SearchRequest { query: vocabulary.word(300).to_owned(), limit: 20, ..SearchRequest::default() };
        bencher.iter(|| library.search(&request).expect("searched"));
    });
    group.bench_function("text of 100 kB", |bencher| {
        bencher.iter(|| library.text(document).expect("read"));
    });
    let session = library.edit(document)?;
    group.bench_function("splice of one character", |bencher| {
        bencher.iter_custom(|count| {
            let (mut elapsed, mut left) = (Duration::ZERO, count);
            while left > 0 {
                let burst = left.min(BURST);
                let start = Instant::now();
                for _ in 0..burst {
                    session.splice(1_000, 0, "x").expect("spliced");
                }
                elapsed += start.elapsed();
                session.flush(Durability::Committed).expect("flushed");
                left -= burst;
            }
            elapsed
        });
    });
    group.finish();
    session.close()?;
    library.close()?;
    Ok(())
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// Runs [`bench`] and gives criterion's medians as the section's body.
pub(crate) fn measure() -> Result<String> {
    let folder = TempDir::with_prefix("writemagic-bench-")?;
    let mut criterion = Criterion::default().output_directory(folder.path()).without_plots();
    bench(&mut criterion)?;
    let mut table = Table::new(&["", "median", "95 % of resampled medians"]);
    for name in ["splice of one character", "first page of 50", "search for one word", "text of 100 kB"] {
        let Estimate { point_estimate, confidence_interval } = median(&folder.path().join(GROUP).join(name))?;
        let Interval { lower_bound, upper_bound } = confidence_interval;
        table.row(&[
            name.into(),
            duration(point_estimate),
            format!("{} to {}", duration(lower_bound), duration(upper_bound)),
        ]);
    }
    Ok(format!(
        "Wall time of the calling thread by criterion, in an open library of {NOTES} notes and one text of 100 kB. \
         Splices come in bursts of {BURST}; the wait for the disk after each is not counted.\n\n{}",
        table.finish()
    ))
}

fn median(bench: &Path) -> Result<Estimate> {
    let json = std::fs::read(bench.join("new/estimates.json")).context("criterion's estimates")?;
    Ok(serde_json::from_slice::<Estimates>(&json)?.median)
}
