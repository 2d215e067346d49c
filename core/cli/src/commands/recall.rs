//! `recall`: the memories that answer a question.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use writemagic::{Library, MemoryFilter, MemoryHit, RecallPage, RecallRequest, Timestamp};

use super::memories::{Filter, MemoryView, moment};
use super::remember::{json_lines, whole_file};
use crate::context::{Context, find};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, escaped, grouped};

#[derive(Debug, Args)]
#[command(after_help = "\
A line of a file of questions is {\"id\",\"query\"}; the answer to each is a line {\"id\",\"hits\":[{\"key\",\"score\"}]}.

Examples:
  writemagic recall what colour are her eyes
  writemagic recall --kind person --limit 3 who lost a ring
  writemagic recall --place 'Chapter 3' who is dead
  writemagic recall --from questions.jsonl --limit 50")]
pub(crate) struct Recall {
    /// The question
    #[arg(required_unless_present = "from", allow_hyphen_values = true)]
    query: Option<String>,
    /// More words of the question
    #[arg(value_name = "QUERY")]
    more: Vec<String>,
    /// Answer every line of a file, or of standard input: `-`
    #[arg(long, value_name = "FILE.jsonl", conflicts_with = "query")]
    from: Option<PathBuf>,
    /// The most hits, at most 10,000
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// Only what holds at this moment (RFC 3339, or a date) [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
    /// Only what holds in this document of the manuscript
    #[arg(long, value_name = "DOC")]
    place: Option<String>,
    #[command(flatten)]
    filter: Filter,
}

#[derive(Debug, Deserialize)]
struct Question {
    id: Value,
    query: String,
}

impl Recall {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let questions = match &self.from {
            Some(path) => Some((path, whole_file(path)?)),
            None => None,
        };
        let questions = match &questions {
            Some((path, text)) => Some(json_lines::<Question>(path, text)?),
            None => None,
        };
        let library = context.by_meaning()?;
        let place = self.place.as_deref().map(|name| find(&library, name)).transpose()?;
        let request = |query: String| RecallRequest {
            query,
            limit: self.limit,
            at: self.at,
            place: place.as_ref().map(|document| document.id),
            filter: MemoryFilter::from(self.filter.clone()),
        };
        match questions {
            Some(questions) => {
                for (number, question) in questions {
                    answer_one(context, &library, &request(question.query), &question.id)
                        .map_err(|error| error.about(format!("line {number}")))?;
                }
                Ok(())
            }
            None => {
                let words: Vec<String> = self.query.clone().into_iter().chain(self.more.clone()).collect();
                let page = library.recall(&request(words.join(" ")))?;
                context.output.answer(&Recalled(&page))
            }
        }
    }
}

fn answer_one(context: &Context, library: &Library, request: &RecallRequest, id: &Value) -> CliResult<()> {
    let page = library.recall(request).map_err(CliError::from)?;
    let hit = |hit: &MemoryHit| json!({ "key": hit.memory.key, "score": hit.score });
    context.output.json_line(&json!({ "id": id, "hits": page.hits.iter().map(hit).collect::<Vec<_>>() }))
}

struct Recalled<'a>(&'a RecallPage);

impl Serialize for Recalled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hit = |hit: &MemoryHit| {
            let why = json!({
                "words": hit.words, "nearby_words": hit.nearby_words, "similarity": hit.similarity,
            });
            json!({ "key": hit.memory.key, "text": hit.memory.text, "score": hit.score, "why": why })
        };
        let hits: Vec<Value> = self.0.hits.iter().map(hit).collect();
        json!({ "hits": hits, "by_meaning": self.0.by_meaning }).serialize(serializer)
    }
}

impl Answer for Recalled<'_> {
    fn render(&self, page: &mut Page) {
        for hit in &self.0.hits {
            let memory = MemoryView::from(&hit.memory);
            let (key, text) = (escaped(memory.key), page.highlighted(memory.text, &hit.ranges));
            if page.for_terminal() {
                let why = format!("similarity {:.2}", hit.similarity);
                let why = [memory.said(), why].into_iter().filter(|part| !part.is_empty());
                let why = why.collect::<Vec<_>>().join(", ");
                page.line(format!("{}  {}", page.bold(&key), page.dim(&why)));
                page.paragraph("    ", &text);
            } else {
                page.line(format!("{key}\t{:.4}\t{text}", hit.score));
            }
        }
        if page.for_terminal() {
            page.line(match self.0.memories {
                0 => "Nothing is remembered yet.".to_owned(),
                memories => page.dim(&format!("the best of {} memories", grouped(memories))),
            });
        }
    }
}
