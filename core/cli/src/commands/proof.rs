//! `proof`: slips of the hand in a document or a file, found without a model.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use clap::Args;
use serde::Serialize;
use writemagic::ai::proof::{Finding, Language, Proof as Proofing};
use writemagic::ai::task::detect;
use writemagic::limits::DOCUMENT_BYTES;
use writemagic::text::offsets::{Offset, Offsets};
use writemagic::{DocumentId, MAIN_BRANCH};

use crate::context::{Context, OnBranch, find};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, escaped, grouped};
use crate::text_file::whole;

/// Characters that are shown on each side of a finding.
const BESIDE: usize = 32;

#[derive(Debug, Args)]
#[command(
    after_help = "Doubled words, spaces, punctuation, marks and spellings unlike those of the rest, long sentences, repeated \
    openings. Nothing leaves this machine. A name that is a file's is the file; `-` is standard input. With --json the ranges \
    are in UTF-16 units of the text.\n\nExamples:\n  writemagic proof 'Chapter 1'\n  writemagic proof chapter.md --language de\n  \
    writemagic --json proof - < chapter.md"
)]
pub(crate) struct Proof {
    /// A document (id, exact title, or the start of an id), or a file
    #[arg(value_name = "DOC|FILE")]
    text: String,
    /// The language, as a BCP 47 tag [default: the document's, else that of its commonest words]
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Take sentences of more words than this for long
    #[arg(long, value_name = "N", default_value_t = 60)]
    long_sentence: u32,
    #[command(flatten)]
    on: OnBranch,
}

impl Proof {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let path = Path::new(&self.text);
        let (document, text, tag) = if self.text == "-" {
            (None, whole(io::stdin(), path, "document_bytes", DOCUMENT_BYTES)?, None)
        } else if path.is_file() {
            let file = fs::File::open(path).map_err(|error| CliError::file(path, &error))?;
            (None, whole(file, path, "document_bytes", DOCUMENT_BYTES)?, None)
        } else {
            let library = context.read()?;
            let document = find(&library, &self.text)?;
            let text = if self.on.branch == MAIN_BRANCH {
                library.text(document.id)?
            } else {
                let text = library.branch_text(document.id, &self.on.branch);
                text.map_err(|error| CliError::from(error).about(&self.on.branch))?
            };
            (Some(document.id), text, document.language)
        };
        let detected = || detect(&text).and_then(|detected| detected.language).map(str::to_owned);
        let tag = self.language.or(tag).or_else(detected);
        let language = tag.as_deref().map_or(Language::Other, Language::of_tag);
        let findings = Proofing::new(language).with_long_sentence(self.long_sentence).text(&text);
        context.output.answer(&Report::new(document, tag, &text, findings))
    }
}

#[derive(Serialize)]
struct Report<'a> {
    document: Option<DocumentId>,
    language: Option<String>,
    findings: Vec<View<'a>>,
    #[serde(skip)]
    whole: &'a str,
}

#[derive(Serialize)]
struct View<'a> {
    rule: &'static str,
    range: [u64; 2],
    text: &'a str,
    suggestion: Option<String>,
    #[serde(skip)]
    bytes: Range<usize>,
}

impl<'a> Report<'a> {
    fn new(
        document: Option<DocumentId>,
        language: Option<String>,
        whole: &'a str,
        findings: Vec<Finding>,
    ) -> Self {
        let offsets = Offsets::new(whole);
        let byte =
            |unit| offsets.locate(Offset::Utf16(unit)).map_or(whole.len(), |place| place.byte as usize);
        let findings = findings.into_iter().map(|Finding { rule, range, suggestion }| {
            let bytes = byte(range.start)..byte(range.end);
            View {
                rule: rule.name(),
                range: [range.start, range.end],
                text: whole.get(bytes.clone()).unwrap_or_default(),
                suggestion,
                bytes,
            }
        });
        Self { document, language, findings: findings.collect(), whole }
    }
}

impl Answer for Report<'_> {
    fn render(&self, page: &mut Page) {
        for finding in &self.findings {
            let View { rule, range: [start, end], text, suggestion, bytes } = finding;
            if !page.for_terminal() {
                let suggestion = suggestion.as_deref().map(escaped).unwrap_or_default();
                page.line(format!("{start}\t{end}\t{rule}\t{}\t{suggestion}", escaped(text)));
                continue;
            }
            let before = self.whole.get(..bytes.start).unwrap_or_default();
            let before = before.rsplit('\n').next().unwrap_or_default();
            let from = before.char_indices().rev().nth(BESIDE - 1).map_or(0, |(at, _)| at);
            let before = before.get(from..).unwrap_or_default();
            let after = self.whole.get(bytes.end..).unwrap_or_default().lines().next().unwrap_or_default();
            let after: String = after.chars().take(BESIDE).collect();
            let units = |text: &str| writemagic::text::utf16::len(text);
            let marked = units(before)..units(before) + units(text);
            let passage = page.highlighted(&[before, text, &after].concat(), &[marked]);
            let instead = match suggestion {
                Some(instead) if !instead.is_empty() => page.dim(&format!("  {}", escaped(instead))),
                _ => String::new(),
            };
            let rule = page.dim(&format!("{:<26}", rule.replace('_', " ")));
            page.line(format!("{rule}{passage}{instead}"));
        }
        if page.for_terminal() {
            page.line(match self.findings.len() {
                0 => "nothing was found".to_owned(),
                1 => "1 place to look at".to_owned(),
                many => format!("{} places to look at", grouped(many as u64)),
            });
        }
    }
}
