//! Search by words in the large library: how long, and how much of what matches is found.

mod queries;

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use writemagic::{Library, OpenOptions, SearchRequest};

use crate::library::Libraries;
use crate::measure::{median, nanoseconds, percentile};
use crate::notes::Vocabulary;
use crate::plan::Plan;
use crate::report::{Table, aim, count, digits, duration, ratio};
use crate::sqlite;
use crate::tantivy_index::Searching;
use queries::{Form, Kind, Query};

/// Hits of one page.
const HITS: usize = 20;

/// Answers a query with its best hits and, where it counts them, the number of all.
type Ask = Box<dyn Fn(Form, &str) -> Result<Option<u64>>>;

struct Contender {
    name: &'static str,
    ask: Ask,
}

/// What one contender did for one kind of query.
#[derive(Clone, Default)]
struct Figures {
    /// Wall ns of every asking.
    waits: Vec<f64>,
    /// Notes found, summed over the queries; `None` when it does not count.
    found: Option<u64>,
}

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan, vocabulary: &Vocabulary, libraries: &Libraries) -> Result<String> {
    plan.say("search: counting true matches");
    let kinds = queries::all(vocabulary, plan.notes);
    let contenders = contenders(&libraries.writemagic(), &libraries.sqlite(), &libraries.tantivy())?;
    let mut figures = vec![vec![Figures::default(); contenders.len()]; kinds.len()];
    for (kind, figures) in kinds.iter().zip(&mut figures) {
        for (contender, figures) in contenders.iter().zip(figures) {
            for query in &kind.queries {
                if let Some(found) = (contender.ask)(kind.form, &query.text)? {
                    *figures.found.get_or_insert(0) += found;
                }
            }
        }
    }
    for round in 0..plan.askings {
        plan.say(&format!("search: round {}", round + 1));
        for (kind, figures) in kinds.iter().zip(&mut figures) {
            for Query { text, .. } in &kind.queries {
                for (contender, figures) in contenders.iter().zip(figures.iter_mut()) {
                    let start = Instant::now();
                    (contender.ask)(kind.form, text)?;
                    figures.waits.push(nanoseconds(start.elapsed()));
                }
            }
        }
    }
    let head = format!(
        "{} notes; {} different queries of each kind, each asked {} times, the {HITS} best hits with title and \
         snippet.\n\n",
        count(plan.notes),
        kinds.first().map_or(0, |kind| kind.queries.len()),
        plan.askings
    );
    Ok(head
        + times(&contenders, &kinds, &figures).as_str()
        + "\n"
        + recall(&contenders, &kinds, &figures).as_str()
        + NOTES)
}

const NOTES: &str = "
- Wall time of one call in an open library, the file cache warm. The first figure is the median of all askings, the \
second the 99th percentile.
- WriteMagic and tantivy always give the exact number of matches; FTS5 is shown without (hits alone) and with a \
`count(*)` for it. The ratio is to the one with it, whose answer is the same as WriteMagic's; there is none where a \
peer does not find what matches, for its time is then that of another question.
- The texts are generated: their words are independent of one another, so two words meet less often than in prose.
- tantivy's prefix query is unranked (a regular expression with a constant score).
";

fn contenders(writemagic: &Path, sqlite: &Path, tantivy: &Path) -> Result<Vec<Contender>> {
    let library = Library::open(writemagic, OpenOptions::new())?;
    let tantivy = Searching::open(tantivy)?;
    let fts5 = |with_total: bool| -> Result<Ask> {
        let sql = sqlite::open(sqlite)?;
        Ok(Box::new(move |form, text| Ok(sqlite::search(&sql, &fts5_query(form, text), HITS, with_total)?.1)))
    };
    let ours = move |form: Form, text: &str| {
        let request = SearchRequest { query: our_query(form, text), limit: HITS, ..SearchRequest::default() };
        Ok(Some(std::hint::black_box(library.search(&request)?).total))
    };
    let theirs = move |form: Form, text: &str| {
        let (_, total) = match form {
            Form::Prefix => tantivy.prefix(text, HITS)?,
            Form::Words => tantivy.words(text, HITS)?,
            Form::Phrase | Form::Substring => tantivy.words(&format!("\"{text}\""), HITS)?,
        };
        Ok(Some(total))
    };
    Ok(vec![
        Contender { name: "WriteMagic", ask: Box::new(ours) },
        Contender { name: "FTS5 with total", ask: fts5(true)? },
        Contender { name: "FTS5, hits alone", ask: fts5(false)? },
        Contender { name: "tantivy 0.27.0", ask: Box::new(theirs) },
    ])
}

fn our_query(form: Form, text: &str) -> String {
    match form {
        Form::Words | Form::Substring => text.to_owned(),
        Form::Prefix => format!("{text}*"),
        Form::Phrase => format!("\"{text}\""),
    }
}

/// In FTS5's language, every word quoted.
fn fts5_query(form: Form, text: &str) -> String {
    match form {
        Form::Words => text.split(' ').map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" "),
        Form::Prefix => format!("\"{text}\"*"),
        Form::Phrase | Form::Substring => format!("\"{text}\""),
    }
}

fn times(contenders: &[Contender], kinds: &[Kind], figures: &[Vec<Figures>]) -> String {
    let mut columns = vec!["query", "notes that match, median"];
    columns.extend(contenders.iter().map(|contender| contender.name));
    columns.extend(["FTS5 with total against WriteMagic", "tantivy against WriteMagic", "aim for p50"]);
    let mut table = Table::new(&columns);
    let mut row = |name: &str, matching: String, waits: &[Vec<f64>], peers_find_all: bool| {
        let at = |place: usize, part| percentile(waits.get(place).into_iter().flatten().copied(), part);
        let against = |place| if peers_find_all { ratio(at(place, 0.5), at(0, 0.5)) } else { "–".into() };
        let mut cells = vec![name.to_owned(), matching];
        cells.extend(
            (0..waits.len()).map(|n| format!("{} / {}", duration(at(n, 0.5)), duration(at(n, 0.99)))),
        );
        cells.extend([against(1), against(3), aim(at(0, 0.5), 2e6, "< 2 ms")]);
        table.row(&cells);
    };
    let mut found_by_all = vec![Vec::new(); contenders.len()];
    let mut together = found_by_all.clone();
    for (kind, figures) in kinds.iter().zip(figures) {
        let matching: u64 = kind.queries.iter().map(|query| query.matching).sum();
        let all_find = figures.iter().all(|figures| figures.found.is_none_or(|found| found == matching));
        let waits: Vec<Vec<f64>> = figures.iter().map(|figures| figures.waits.clone()).collect();
        for (place, waits) in waits.iter().enumerate() {
            together[place].extend_from_slice(waits);
            if all_find {
                found_by_all[place].extend_from_slice(waits);
            }
        }
        row(kind.name, matching_notes(kind), &waits, all_find);
    }
    row("all that every contender finds", String::new(), &found_by_all, true);
    row("all", String::new(), &together, false);
    table.finish()
}

fn matching_notes(kind: &Kind) -> String {
    count(median(kind.queries.iter().map(|query| query.matching as f64)) as u64)
}

/// The part of the matching notes that each contender finds.
fn recall(contenders: &[Contender], kinds: &[Kind], figures: &[Vec<Figures>]) -> String {
    let counting: Vec<usize> = (0..contenders.len()).filter(|n| figures[0][*n].found.is_some()).collect();
    let mut columns = vec!["notes found of those that match"];
    columns.extend(counting.iter().map(|n| contenders[*n].name));
    let mut table = Table::new(&columns);
    for (kind, figures) in kinds.iter().zip(figures) {
        let matching: u64 = kind.queries.iter().map(|query| query.matching).sum();
        let part = |n: &usize| digits(figures[*n].found.unwrap_or(0) as f64 / matching.max(1) as f64);
        let mut cells = vec![kind.name.to_owned()];
        cells.extend(counting.iter().map(part));
        table.row(&cells);
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{corpus, library, tantivy_index};

    #[test]
    fn everyone_finds_every_word_and_the_engine_every_run_of_characters() {
        const NOTES: u64 = 500;
        let (folder, vocabulary) = (tempfile::tempdir().unwrap(), Vocabulary::new());
        let [source, ours, sqlite, tantivy] =
            ["notes", "writemagic", "sqlite", "tantivy"].map(|name| folder.path().join(name));
        for folder in [&ours, &sqlite, &tantivy] {
            std::fs::create_dir(folder).unwrap();
        }
        corpus::write_notes(&source, &vocabulary, NOTES).unwrap();
        assert_eq!(library::import(&source, &ours).unwrap(), NOTES);
        assert_eq!(crate::sqlite::import(&source, &sqlite).unwrap(), NOTES);
        assert_eq!(tantivy_index::import(&source, &tantivy).unwrap(), NOTES);
        let contenders = contenders(&ours, &sqlite, &tantivy).unwrap();
        for kind in queries::all(&vocabulary, NOTES) {
            for Query { text, matching } in &kind.queries {
                for (place, contender) in contenders.iter().enumerate() {
                    let found = (contender.ask)(kind.form, text).unwrap();
                    if let Some(found) = found.filter(|_| kind.form != Form::Substring || place == 0) {
                        assert_eq!(found, *matching, "{}: {} {text}", contender.name, kind.name);
                    }
                }
            }
        }
    }

    #[test]
    fn queries_are_written_in_each_language() {
        assert_eq!(our_query(Form::Phrase, "a b"), "\"a b\"");
        assert_eq!(our_query(Form::Prefix, "ab"), "ab*");
        assert_eq!(fts5_query(Form::Words, "a b"), "\"a\" \"b\"");
        assert_eq!(fts5_query(Form::Prefix, "ab"), "\"ab\"*");
    }
}
