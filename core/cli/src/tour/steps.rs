//! The steps of the tour that need one process only.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use writemagic::text::TextStats;
use writemagic::{
    Change, DocumentFilter, Durability, ExportOptions, ImportOptions, NewDocument, SearchRequest,
    Subscription,
};

use super::texts::{self, TYPED};
use super::{Outcome, Tour};
use crate::errors::{CliError, CliResult};
use crate::page::{Column, escaped, grouped};

pub(super) fn import(tour: &Tour) -> CliResult<Outcome> {
    texts::write_files(&tour.texts_folder())?;
    let library = tour.library()?;
    let started = Instant::now();
    let report = library.import(vec![tour.texts_folder()], ImportOptions::default()).wait()?;
    let took = started.elapsed();
    let again = library.import(vec![tour.texts_folder()], ImportOptions::default()).wait()?;
    tour.output.tell(|page| {
        for done in &report.imported {
            page.line(format!("   {}  {}", page.bold(&escaped(&done.title)), page.dim(done.encoding)));
        }
    })?;
    Ok(Outcome::new(
        report.imported.len() == texts::files().count()
            && report.skipped.is_empty()
            && again.imported.is_empty(),
    )
    .figure("documents", report.imported.len())
    .figure("milliseconds", millis(took))
    .figure("imported_again", again.imported.len()))
}

/// How long the counting is repeated to be measured.
const MEASURED: Duration = Duration::from_millis(200);

pub(super) fn count(tour: &Tour) -> CliResult<Outcome> {
    let library = tour.library()?;
    let listed = library.documents(&DocumentFilter::default(), None, 100)?.documents;
    let mut stored = TextStats::default();
    let mut counted = TextStats::default();
    let mut texts = Vec::with_capacity(listed.len());
    for document in &listed {
        let text = library.text(document.id)?;
        stored += document.stats;
        counted += TextStats::of(&text);
        texts.push(text);
    }
    let started = Instant::now();
    let mut bytes = 0_u64;
    while started.elapsed() < MEASURED {
        for text in &texts {
            bytes += std::hint::black_box(TextStats::of(text)).bytes;
        }
    }
    let speed = bytes as f64 / started.elapsed().as_secs_f64() / 1e6;
    tour.output.tell(|page| {
        let rows = listed.iter().map(|document| {
            let stats = &document.stats;
            let title = format!("   {}", escaped(&document.title));
            vec![
                title,
                grouped(stats.words),
                grouped(stats.sentences),
                grouped(stats.graphemes),
                grouped(stats.bytes),
            ]
        });
        let columns = [
            ("   title", Column::Text),
            ("words", Column::Number),
            ("sentences", Column::Number),
            ("characters", Column::Number),
            ("bytes", Column::Number),
        ];
        page.table(&columns, rows);
    })?;
    Ok(Outcome::new(stored == counted && counted.words > 0)
        .figure("words", counted.words)
        .figure("sentences", counted.sentences)
        .figure("graphemes", counted.graphemes)
        .figure("megabytes_per_second", (speed * 10.0).round() / 10.0))
}

pub(super) fn type_text(tour: &Tour) -> CliResult<Outcome> {
    let library = tour.library()?;
    let document = library.create_document(NewDocument::titled("Typed in the tour"))?.id;
    let session = library.edit(document)?;
    let changes = session.subscribe();
    let mut latencies = Vec::with_capacity(TYPED.len());
    let mut at = 0;
    let (mut letter, mut shown, mut slowest_flush) = ([0; 4], 0, Duration::ZERO);
    for character in TYPED.chars() {
        let typed = &*character.encode_utf8(&mut letter);
        let started = Instant::now();
        session.splice(at, 0, typed)?;
        latencies.push(started.elapsed());
        at += character.len_utf16() as u64;
        if character != '\n' {
            continue;
        }
        // At the end of each line, wait for the disk and look what the events say.
        let started = Instant::now();
        session.flush(Durability::Committed)?;
        slowest_flush = slowest_flush.max(started.elapsed());
        if let Some(change) = newest(&changes)
            && change.counts.words > shown
        {
            shown = change.counts.words;
            tour.output.tell(|page| {
                let counts = change.counts;
                page.line(format!(
                    "   … {} words, {} sentences, {} characters so far",
                    grouped(counts.words),
                    grouped(counts.sentences),
                    grouped(counts.graphemes)
                ));
            })?;
        }
    }
    let (text, counts) = (session.text(), session.stats());
    session.close()?;
    latencies.sort_unstable();
    let quantile = |per_mille: usize| {
        let index = (latencies.len() * per_mille / 1000).min(latencies.len().saturating_sub(1));
        latencies.get(index).map_or(0, |latency| nanos(*latency))
    };
    Ok(Outcome::new(text == TYPED && counts == TextStats::of(TYPED) && library.text(document)? == TYPED)
        .figure("keystrokes", latencies.len())
        .figure("median_ns_per_keystroke", quantile(500))
        .figure("p99_ns_per_keystroke", quantile(990))
        .figure("slowest_flush_microseconds", micros(slowest_flush)))
}

/// How long the tour waits for a change to be told. Typing itself waits for nothing.
const TOLD: Duration = Duration::from_secs(1);

/// The newest change; waits for the first one.
fn newest(changes: &Subscription) -> Option<Change> {
    let mut newest = changes.next_timeout(TOLD)?;
    while let Some(change) = changes.next_timeout(Duration::ZERO) {
        newest = change;
    }
    Some(newest)
}

/// What is searched, in which script.
const QUERIES: [(&str, &str); 4] =
    [("latin", "RABBIT waistcoat"), ("cyrillic", "счастливые"), ("han", "明月"), ("thai", "มนุษย์")];
/// Searches per query that are timed.
const SEARCHES: usize = 20;

pub(super) fn search(tour: &Tour) -> CliResult<Outcome> {
    let library = tour.library()?;
    let mut all_found = true;
    let mut total = 0;
    let mut slowest = Duration::ZERO;
    for (script, query) in QUERIES {
        let request = SearchRequest { query: query.to_owned(), folder: None, limit: 3 };
        let mut times = Vec::with_capacity(SEARCHES);
        for _ in 0..SEARCHES {
            let started = Instant::now();
            library.search(&request)?;
            times.push(started.elapsed());
        }
        times.sort_unstable();
        let median = times.get(SEARCHES / 2).copied().unwrap_or_default();
        slowest = slowest.max(median);
        let found = library.search(&request)?;
        let best = found.hits.first();
        all_found &= best.is_some_and(|hit| !hit.ranges.is_empty());
        total += found.total;
        tour.output.tell(|page| {
            page.line(format!("   {} ({script}, {} µs)", page.bold(query), micros(median)));
            if let Some(hit) = best {
                let snippet = page.highlighted(&hit.snippet, &hit.ranges);
                page.paragraph("     ", &format!("{}: {snippet}", escaped(&hit.title)));
            }
        })?;
    }
    Ok(Outcome::new(all_found)
        .figure("queries", QUERIES.len())
        .figure("found", total)
        .figure("slowest_median_microseconds", micros(slowest)))
}

pub(super) fn export(tour: &Tour) -> CliResult<Outcome> {
    let library = tour.library()?;
    let target = tour.folder.path().join("export");
    let started = Instant::now();
    let report = library.export(None, target, ExportOptions::default()).wait()?;
    let took = started.elapsed();
    let read = |path: &PathBuf| fs::read(path).map_err(|error| CliError::file(path, &error));
    let exported: Vec<Vec<u8>> =
        report.exported.iter().map(|file| read(&file.path)).collect::<CliResult<_>>()?;
    let imported = texts::files().count();
    let came_back = |text: &str| exported.iter().any(|file| file == text.as_bytes());
    let identical = texts::files().filter(|(_, text)| came_back(text)).count();
    let listed = library.documents(&DocumentFilter::default(), None, 0)?.total;
    let all = report.exported.len() as u64 == listed && report.skipped.is_empty();
    Ok(Outcome::new(all && identical == imported)
        .figure("files", exported.len())
        .figure("imported_before", imported)
        .figure("of_these_byte_identical", identical)
        .figure("milliseconds", millis(took)))
}

pub(super) fn back_up(tour: &Tour) -> CliResult<Outcome> {
    let library = tour.library()?;
    let file = tour.folder.path().join("backups").join("library.db");
    let started = Instant::now();
    let bytes = library.back_up(file.clone()).wait()?;
    let took = started.elapsed();
    let written = fs::metadata(&file).map_err(|error| CliError::file(&file, &error))?.len();
    let report = library.check(false).wait()?;
    Ok(Outcome::new(report.is_ok() && written == bytes && bytes > 0)
        .figure("bytes", bytes)
        .figure("milliseconds", millis(took))
        .figure("documents_checked", report.documents)
        .figure("problems", report.problems.len()))
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
