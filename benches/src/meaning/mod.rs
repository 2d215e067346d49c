//! Remembering and recalling, against an index of vectors, an extension of SQLite, and a full-text index with vectors.

mod items;
mod peers;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use writemagic::embedding::Table as Embeddings;
use writemagic::{Library, NewMemory, OpenOptions, RecallRequest};

use self::items::Items;
use self::peers::{SqliteVec, Tantivy, Usearch, hybrid};
use crate::child::{self, Outcome, Task};
use crate::measure::{Cost, cost_of, percentile};
use crate::plan::Plan;
use crate::report::{Table, aim, count, digits, duration, ratio, size};

const DIMENSIONS: usize = 128;
const HITS: usize = 10;
/// Items that are handed over at once.
const BATCH: usize = 10_000;

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    let items = Items::read()?;
    let mut body = HEAD.to_owned();
    for number in plan.items {
        plan.say(&format!("meaning: {} items", count(*number as u64)));
        body += &format!("\n### {} items\n\n", count(*number as u64));
        body += &collection(&items, *number, plan.questions)?;
    }
    Ok(body + NOTES)
}

const HEAD: &str = "Processor time of the whole process; questions are asked one by one, contenders in turns. Sentences of a novel put \
together from halves; a question is six words of one of them, shuffled. 10 hits. The same vectors of 128 dimensions for everybody; turning \
the question into one is part of each question. *Found*: the part of the questions whose sentence is among the hits.\n";

const NOTES: &str = "
- WriteMagic: `remember_all` and `index_meaning`, durable in SQLite, recalled with text, key and reasons. *Opened*: from opening the library in \
a process of its own to the first answer. *Bytes* of WriteMagic are those of the snapshot, which is mapped; the texts are in the database.
- usearch: HNSW with its default options, 8-bit vectors, saved as a file, built on all processors; it keeps vectors alone. sqlite-vec: a table of 8-bit \
vectors, scanned. tantivy + usearch: the 50 best of each, joined by reciprocal ranks. None of them keeps the texts.
- Where WriteMagic is not first: it compares every item with a question, by words, meaning, neighbours and session, and then reads ten texts with \
all that is known of them from the database, some 0.1 ms; an HNSW graph looks at some hundreds of vectors, and finds less. The words of these \
questions occur in thousands of items each, since the items are made of the same 3,138 sentences again and again: the time goes with that. Beyond 300,000 items \
vectors are sifted by their signs, and of what words find only what may still be among the best by its signs is compared whole.
- Aims: half of all questions at 100,000 items under 1 ms, 99 of 100 under 1.5 ms; 15 µs an item; opened in 50 ms; 250 bytes an item.
";

/// What is known of a contender.
struct Figures {
    name: &'static str,
    built: Cost,
    bytes: f64,
    waits: Vec<f64>,
    found: usize,
}

fn collection(items: &Items, number: usize, questions: usize) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let place = |name: &str| -> Result<std::path::PathBuf> {
        let path = folder.path().join(name);
        std::fs::create_dir(&path)?;
        Ok(path)
    };
    let table = Embeddings::linked()?;
    let ours = place("writemagic")?;
    let ((), built) = cost_of(|| remember(&ours, items, number))?;
    let opened = child::run(Task::Recall, Path::new("."), &ours)?;
    let empty = child::run(Task::Nothing, Path::new("."), &ours)?;
    let library = open(&ours)?;
    let bytes_in = |folder: &Path, end: &str| -> Result<f64> {
        let mut bytes = 0;
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().ends_with(end) {
                bytes += entry.metadata()?.len();
            }
        }
        Ok(bytes as f64)
    };
    let ours_bytes = bytes_in(&ours, ".index")?;

    let (vectors, encoded) =
        cost_of(|| Ok((0..number).map(|item| table.encode(&items.text(item)).vector).collect::<Vec<_>>()))?;
    let with_encoding = |cost: Cost| Cost { cpu: cost.cpu + encoded.cpu, wall: cost.wall + encoded.wall };
    let (usearch, usearch_built) = cost_of(|| Usearch::build(&vectors))?;
    let usearch_folder = place("usearch")?;
    usearch.save(&usearch_folder.join("vectors.usearch"))?;
    let sqlite_folder = place("sqlite-vec")?;
    let (sqlite, sqlite_built) = cost_of(|| SqliteVec::build(&sqlite_folder, &vectors))?;
    let tantivy_folder = place("tantivy")?;
    let (tantivy, tantivy_built) =
        cost_of(|| Tantivy::build(&tantivy_folder, (0..number).map(|item| items.text(item))))?;
    drop(vectors);
    let usearch_bytes = bytes_in(&usearch_folder, "")?;
    let both =
        Cost { cpu: usearch_built.cpu + tantivy_built.cpu, wall: usearch_built.wall + tantivy_built.wall };

    let figures = |name, built, bytes| Figures { name, built, bytes, waits: Vec::new(), found: 0 };
    let mut all = [
        figures("WriteMagic", built, ours_bytes),
        figures("usearch", with_encoding(usearch_built), usearch_bytes),
        figures("sqlite-vec", with_encoding(sqlite_built), bytes_in(&sqlite_folder, "")?),
        figures("tantivy + usearch", with_encoding(both), usearch_bytes + bytes_in(&tantivy_folder, "")?),
    ];
    for question in 0..questions {
        let target = question.wrapping_mul(7_919) % number;
        let query = items.question(target);
        for (contender, figures) in all.iter_mut().enumerate() {
            let (found, cost) = cost_of(|| {
                if contender == 0 {
                    return recall(&library, &query);
                }
                let vector = table.encode(&query).vector;
                match contender {
                    1 => usearch.nearest(&vector, HITS),
                    2 => sqlite.nearest(&vector, HITS),
                    _ => hybrid(&tantivy, &usearch, &query, &vector, HITS),
                }
            })?;
            figures.waits.push(cost.cpu);
            let text = items.text(target);
            figures.found +=
                usize::from(found.iter().any(|item| *item == target || items.text(*item) == text));
        }
    }
    Ok(rows(&all, number, questions, &opened, &empty))
}

fn rows(all: &[Figures], number: usize, questions: usize, opened: &Outcome, empty: &Outcome) -> String {
    let mut table = Table::new(&[
        "",
        "p50",
        "p99",
        "against WriteMagic, p50",
        "found",
        "built, an item",
        "bytes an item",
    ]);
    let ours = percentile(all[0].waits.iter().copied(), 0.5);
    for figures in all {
        let at = |part| percentile(figures.waits.iter().copied(), part);
        table.row(&[
            figures.name.to_owned(),
            duration(at(0.5)),
            duration(at(0.99)),
            ratio(at(0.5), ours),
            digits(figures.found as f64 / questions as f64),
            duration(figures.built.cpu / number as f64),
            size(figures.bytes / number as f64),
        ]);
    }
    let mut text = table.finish();
    text += &format!(
        "\nOpened in {} on the wall, {} of processor time.",
        duration(opened.cost.wall),
        duration(opened.cost.cpu)
    );
    if let (Some(peak), Some(nothing)) = (opened.peak, empty.peak) {
        let resident = peak.saturating_sub(nothing) as f64;
        text += &format!(" Resident at most {}, mapped pages included.", size(resident));
    }
    if number == 100_000 {
        let at = |part| percentile(all[0].waits.iter().copied(), part);
        let verdicts = [
            format!("p50 {}", aim(at(0.5), 1e6, "< 1 ms")),
            format!("p99 {}", aim(at(0.99), 1.5e6, "< 1.5 ms")),
            format!("an item {}", aim(all[0].built.cpu / number as f64, 15e3, "< 15 µs")),
            format!("opened {}", aim(opened.cost.wall, 50e6, "< 50 ms")),
            format!("bytes {}", aim(all[0].bytes / number as f64, 250.0, "< 250 B")),
        ];
        text += &format!(" Aims: {}.", verdicts.join(", "));
    }
    text + "\n"
}

/// What an app does first: opens the library, and is asked something.
pub(crate) fn open_and_ask(folder: &Path) -> Result<u64> {
    let library = open(folder)?;
    Ok(recall(&library, "the weather at the mill")?.len() as u64)
}

fn open(folder: &Path) -> Result<Library> {
    let table = Arc::new(Embeddings::linked()?);
    Ok(Library::open(folder, OpenOptions::new().create(true).embedder(table))?)
}

fn remember(folder: &Path, items: &Items, number: usize) -> Result<()> {
    let library = open(folder)?;
    for first in (0..number).step_by(BATCH) {
        let memory =
            |item: usize| NewMemory { key: Some(item.to_string()), ..NewMemory::new(items.text(item)) };
        let batch: Vec<NewMemory> = (first..(first + BATCH).min(number)).map(memory).collect();
        library.remember_all(batch).wait()?;
    }
    library.index_meaning().wait()?;
    library.close()?;
    Ok(())
}

fn recall(library: &Library, query: &str) -> Result<Vec<usize>> {
    let page = library.recall(&RecallRequest {
        query: query.to_owned(),
        limit: HITS,
        ..RecallRequest::default()
    })?;
    page.hits.iter().map(|hit| hit.memory.key.parse().context("a key that is no number")).collect()
}
