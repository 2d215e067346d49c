//! `show`: a document's text; on a terminal a page that is pleasant to read.

use clap::Args;
use serde::Serialize;
use writemagic::text::TextStats;
use writemagic::{Document, DocumentKind, MAIN_BRANCH};

use crate::context::{Context, OnBranch, find, find_version};
use crate::errors::{CliError, CliResult};
use crate::output::Answer;
use crate::page::{Page, escaped, grouped, reading_time};
use crate::view::DocumentView;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  writemagic show 'Chapter 1'\n  writemagic show 'Chapter 1' > chapter.md   \
    the exact text\n  \
    writemagic show 'Chapter 1' --at 'first draft'"
)]
pub(crate) struct Show {
    /// The document: id, exact title, or the start of an id
    doc: String,
    /// The text at a version: an id or the start of one, or a label
    #[arg(long, value_name = "VERSION")]
    at: Option<String>,
    #[command(flatten)]
    on: OnBranch,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> CliResult<()> {
        let library = context.read()?;
        let mut document = find(&library, &self.doc)?;
        let text = match &self.at {
            Some(version) => {
                let version = find_version(&library, document.id, &self.on.branch, version)?;
                library.text_at(document.id, &version)?
            }
            None if self.on.branch == MAIN_BRANCH => library.text(document.id)?,
            None => library
                .branch_text(document.id, &self.on.branch)
                .map_err(|error| CliError::from(error).about(&self.on.branch))?,
        };
        if self.at.is_some() || self.on.branch != MAIN_BRANCH {
            document.stats = TextStats::of(&text);
        }
        context.output.answer(&Shown { document: &document, text: &text })
    }
}

struct Shown<'a> {
    document: &'a Document,
    text: &'a str,
}

impl Serialize for Shown<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct View<'a> {
            document: DocumentView<'a>,
            text: &'a str,
        }
        View { document: self.document.into(), text: self.text }.serialize(serializer)
    }
}

impl Answer for Shown<'_> {
    fn render(&self, page: &mut Page) {
        if !page.for_terminal() {
            return page.verbatim(self.text);
        }
        page.line(page.bold(&escaped(&self.document.title)));
        page.line(page.dim(&self.facts()));
        page.line("");
        match self.document.kind {
            DocumentKind::Markdown => markdown(page, self.text),
            _ => self.text.lines().for_each(|line| page.paragraph("", &escaped_but_tabs(line))),
        }
    }
}

impl Shown<'_> {
    /// What there is to know about the document, on one line.
    fn facts(&self) -> String {
        let Document { folder, language, targets, stats, .. } = self.document;
        let mut facts = Vec::new();
        if !folder.is_empty() {
            facts.push(escaped(folder));
        }
        facts.push(match targets.words {
            Some(target) => format!("{} of {} words", grouped(stats.words), grouped(target)),
            None => format!("{} words", grouped(stats.words)),
        });
        if let Some(target) = targets.chars {
            facts.push(format!("{} of {} characters", grouped(stats.chars), grouped(target)));
        }
        facts.push(format!("{} to read", reading_time(stats.reading_seconds())));
        facts.extend(language.as_deref().map(escaped));
        facts.push(format!("changed {}", self.document.modified));
        if self.document.trashed {
            facts.push("in the trash".to_owned());
        }
        facts.join(" · ")
    }
}

/// Wraps paragraphs, sets headings bold, hangs list items, and leaves code as it stands.
fn markdown(page: &mut Page, text: &str) {
    let mut in_code = false;
    for line in text.lines() {
        let shown = escaped_but_tabs(line);
        let body = shown.trim_start();
        let indent = &shown[..shown.len() - body.len()];
        if body.starts_with("```") || body.starts_with("~~~") {
            in_code = !in_code;
            page.line(page.dim(&shown));
        } else if in_code || indent.len() >= 4 && list_marker(body) == 0 {
            page.line(&shown);
        } else if is_heading(body) {
            page.line(page.bold(&shown));
        } else {
            let hang = " ".repeat((indent.len() + list_marker(body)).min(32));
            page.hanging(indent, &hang, body);
        }
    }
}

fn is_heading(line: &str) -> bool {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    (1..=6).contains(&level) && (text.is_empty() || text.starts_with(' '))
}

/// How many characters the list marker or quote mark of a line takes, with the space behind it; 0 without one.
fn list_marker(line: &str) -> usize {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &line[digits..];
    let marked = match digits {
        0 => ["- ", "* ", "+ ", "> "].iter().any(|marker| rest.starts_with(marker)),
        1..=9 => rest.starts_with(". ") || rest.starts_with(") "),
        _ => false,
    };
    if marked { digits + 2 } else { 0 }
}

fn escaped_but_tabs(line: &str) -> String {
    escaped(&line.replace('\t', "    "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(text: &str) -> String {
        let mut page = Page::new(true, true);
        markdown(&mut page, text);
        page.text().to_owned()
    }

    #[test]
    fn headings_are_bold_and_control_characters_visible() {
        assert_eq!(page_of("# One\n\n#no\u{7}\n"), "\x1b[1m# One\x1b[0m\n\n#no\\u{7}\n");
    }

    #[test]
    fn paragraphs_wrap_and_list_items_hang() {
        let shown = page_of(&format!("- {}\n", "word ".repeat(60)));
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines.len() > 2 && lines[0].starts_with("- word"));
        assert!(lines[1..].iter().all(|line| line.starts_with("  word")));
    }

    #[test]
    fn code_is_not_wrapped() {
        let code = format!("```\n{}\n```\n", "x ".repeat(90));
        assert!(page_of(&code).contains(&"x ".repeat(90)));
    }
}
