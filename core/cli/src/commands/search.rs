//! `search`: the documents that match, best first, with the matching passage.

use std::ops::Range;

use clap::{Args, ValueEnum};
use serde::{Serialize, Serializer};
use serde_json::json;
use writemagic::{DocumentId, PassageMode, PassagePage, PassageRequest, SearchHit, SearchRequest};

use crate::context::Context;
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Page, escaped, grouped};

#[derive(Debug, Args)]
#[command(after_help = "\
Query language of the mode `words`: words (all of them), \"phrases\", prefix*, -excluded, in:folder. Case and accents do not matter.

Examples:
  writemagic search dark night
  writemagic search '\"stormy night\" weath* -rain in:Novel'
  writemagic search 明月
  writemagic search --mode hybrid where did she lose the ring
  writemagic search -- --dashes            a query that looks like an option")]
pub(crate) struct Search {
    /// The query
    #[arg(required_unless_present = "literal", allow_hyphen_values = true, value_parser = query)]
    query: Option<String>,
    /// More words of the query
    #[arg(value_name = "QUERY")]
    more: Vec<String>,
    /// Query words that look like options, behind `--`
    #[arg(last = true, hide = true)]
    literal: Vec<String>,
    /// How to search
    #[arg(long, value_enum, default_value_t = Mode::Words)]
    mode: Mode,
    /// Only documents in this folder and below it
    #[arg(long, value_name = "FOLDER")]
    folder: Option<String>,
    /// The most hits, at most 10,000
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    /// By words, phrases and prefixes, in any script
    Words,
    /// Passages that mean what the query means, in other words too
    Meaning,
    /// Passages by words and meaning, and by what stands around them
    Hybrid,
}

/// Takes `-excluded` as a query and refuses `--option`, which is a slip more often than a query.
fn query(text: &str) -> Result<String, String> {
    if text.len() > 2 && text.starts_with("--") && !text.contains(char::is_whitespace) {
        return Err("unexpected option; to search for it, write it behind `--`".to_owned());
    }
    Ok(text.to_owned())
}

impl Search {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let words: Vec<String> = self.query.into_iter().chain(self.more).chain(self.literal).collect();
        let query = words.join(" ");
        let mode = match self.mode {
            Mode::Words => None,
            Mode::Meaning => Some(PassageMode::Meaning),
            Mode::Hybrid => Some(PassageMode::Hybrid),
        };
        if let Some(mode) = mode {
            let request = PassageRequest { query, mode, folder: self.folder, limit: self.limit };
            let page = context.by_meaning()?.search_passages(&request)?;
            return context.output.answer(&Passages(&page));
        }
        let request = SearchRequest { query, folder: self.folder, limit: self.limit };
        let found = context.read()?.search(&request)?;
        context.output.answer(&Found { hits: found.hits.iter().map(Hit::from).collect(), total: found.total })
    }
}

#[derive(Serialize)]
struct Found<'a> {
    hits: Vec<Hit<'a>>,
    total: u64,
}

#[derive(Serialize)]
struct Hit<'a> {
    document: DocumentId,
    title: &'a str,
    score: f64,
    snippet: &'a str,
    ranges: Vec<[u64; 2]>,
    #[serde(skip)]
    hit: &'a SearchHit,
}

fn pairs(ranges: &[Range<u64>]) -> Vec<[u64; 2]> {
    ranges.iter().map(|range| [range.start, range.end]).collect()
}

impl<'a> From<&'a SearchHit> for Hit<'a> {
    fn from(hit: &'a SearchHit) -> Self {
        Self {
            document: hit.document,
            title: &hit.title,
            score: hit.score,
            snippet: &hit.snippet,
            ranges: pairs(&hit.ranges),
            hit,
        }
    }
}

impl Answer for Found<'_> {
    fn render(&self, page: &mut Page) {
        for hit in &self.hits {
            let title = escaped(hit.title);
            let snippet = page.highlighted(hit.snippet, &hit.hit.ranges);
            if page.for_terminal() {
                page.line(format!("{}  {}", page.bold(&title), page.dim(&hit.document.to_string())));
                page.paragraph("    ", &snippet);
            } else {
                page.line(format!("{}\t{title}\t{snippet}", hit.document));
            }
        }
        if page.for_terminal() {
            let shown = self.hits.len() as u64;
            page.line(match self.total {
                0 => "Nothing matches.".to_owned(),
                total if total == shown => page.dim(&format!("{} found", grouped(total))),
                total => page.dim(&format!("{} of {} found", grouped(shown), grouped(total))),
            });
        }
    }
}

/// Passages, a hit each.
struct Passages<'a>(&'a PassagePage);

impl Serialize for Passages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hits: Vec<_> = self
            .0
            .hits
            .iter()
            .map(|hit| {
                json!({
                    "document": hit.document, "title": hit.title, "score": hit.score, "snippet": hit.text,
                    "ranges": pairs(&hit.ranges), "range": [hit.range.start, hit.range.end], "words": hit.words,
                    "nearby_words": hit.nearby_words, "similarity": hit.similarity,
                })
            })
            .collect();
        json!({"hits": hits, "total": hits.len(), "by_meaning": self.0.by_meaning}).serialize(serializer)
    }
}

impl Answer for Passages<'_> {
    fn render(&self, page: &mut Page) {
        for hit in &self.0.hits {
            let title = escaped(&hit.title);
            let passage = page.highlighted(&hit.text, &hit.ranges);
            if page.for_terminal() {
                let why = format!("similarity {:.2}", hit.similarity);
                page.line(format!(
                    "{}  {}  {}",
                    page.bold(&title),
                    page.dim(&hit.document.to_string()),
                    page.dim(&why)
                ));
                page.paragraph("    ", &passage);
            } else {
                page.line(format!("{}\t{title}\t{passage}", hit.document));
            }
        }
        if page.for_terminal() {
            let compared = grouped(self.0.passages);
            page.line(match self.0.by_meaning {
                _ if self.0.passages == 0 => "There is nothing to search in.".to_owned(),
                true => page.dim(&format!("the best of {compared} passages")),
                false => page.dim(&format!(
                    "the best of {compared} passages, by words alone: the table knows nothing of the query"
                )),
            });
        }
    }
}
