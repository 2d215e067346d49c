//! `search`: the documents that match, best first, with the matching passage.

use clap::{Args, ValueEnum};
use serde::Serialize;
use writemagic::{DocumentId, SearchHit, SearchRequest};

use crate::context::Context;
use crate::errors::CliResult;
use crate::output::Answer;
use crate::page::{Page, escaped, grouped};

#[derive(Debug, Args)]
#[command(after_help = "\
Query language: words (all of them), \"phrases\", prefix*, -excluded, in:folder. Case and accents do not matter.

Examples:
  writemagic search dark night
  writemagic search '\"stormy night\" weath* -rain in:Novel'
  writemagic search 明月
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
        let Mode::Words = self.mode;
        let request = SearchRequest { query: words.join(" "), folder: self.folder, limit: self.limit };
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

impl<'a> From<&'a SearchHit> for Hit<'a> {
    fn from(hit: &'a SearchHit) -> Self {
        Self {
            document: hit.document,
            title: &hit.title,
            score: hit.score,
            snippet: &hit.snippet,
            ranges: hit.ranges.iter().map(|range| [range.start, range.end]).collect(),
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
