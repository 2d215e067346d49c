//! The steps of the tour about what texts mean, and about whom.

use std::time::Instant;

use writemagic::{DocumentFilter, EntryKind, Library, NewBibleEntry, PassageRequest};

use super::kill::TITLE;
use super::steps::millis;
use super::{Outcome, Tour};
use crate::errors::CliResult;
use crate::page::escaped;

/// A question, and words of the passage that answers it: none is in both.
const QUESTION: &str = "the wealthy unmarried neighbour";
const ANSWER: &str = "a single man in possession of a good fortune";

pub(super) fn question(tour: &Tour) -> CliResult<Outcome> {
    let library = tour.library()?;
    let started = Instant::now();
    library.index_meaning().wait()?;
    let read = started.elapsed();
    let request = PassageRequest { query: QUESTION.to_owned(), limit: 1, ..PassageRequest::default() };
    let started = Instant::now();
    let page = library.search_passages(&request)?;
    let answered = started.elapsed();
    let Some(best) = page.hits.first() else { return Ok(Outcome::new(false)) };
    tour.output.tell(|page| {
        page.line(format!("   “{QUESTION}” – {}", page.bold(&escaped(&best.title))));
        page.paragraph("     ", &escaped(&best.text));
    })?;
    Ok(Outcome::new(best.text.contains(ANSWER) && best.words.is_empty() && page.by_meaning)
        .figure("passages", page.passages)
        .figure("milliseconds_to_read_them", millis(read))
        .figure("milliseconds_to_answer", millis(answered))
        .figure("words_in_common", best.words.len()))
}

pub(super) fn bible(tour: &Tour) -> CliResult<Outcome> {
    let library = tour.library()?;
    let alice = NewBibleEntry::named(EntryKind::Person, "Alice").notes("Follows a rabbit.");
    let alice = library.add_bible_entry(&alice)?.id;
    let before = texts(&library)?;
    let mentions = library.mentions(alice, 1)?.total;
    let preview = library.preview_bible_rename(alice, "Edith".to_owned()).wait()?;
    let rename = library.rename_bible_entry(alice, "Edith".to_owned(), Vec::new()).wait()?;
    let after = texts(&library)?;
    let follows = library.mentions(alice, 1)?.total;
    tour.output.tell(|page| {
        for change in preview.documents.iter().flat_map(|document| &document.changes).take(3) {
            let after = change.after.as_deref().unwrap_or_default();
            page.line(format!("   {} → {}", escaped(&change.before), page.bold(&escaped(after))));
        }
    })?;
    let renamed: String = before.replace("Alice", "Edith");
    library.undo_bible_rename(rename.id).wait()?;
    let back = texts(&library)? == before && library.bible_entry(alice)?.name == "Alice";
    Ok(Outcome::new(mentions > 0 && follows == mentions && after == renamed && back)
        .figure("mentions", mentions)
        .figure("renamed", preview.replaced)
        .figure("still_mentioned", follows)
        .figure("taken_back", back))
}

/// All texts, one behind the other, but those of the killed program: what it typed is cut anywhere, so that a name may stand in them
/// as a part of a word, which no mention is.
fn texts(library: &Library) -> CliResult<String> {
    let listed = library.documents(&DocumentFilter::default(), None, 100)?.documents;
    let whole = listed.iter().filter(|document| !document.title.starts_with(TITLE));
    let mut ids: Vec<_> = whole.map(|document| document.id).collect();
    ids.sort();
    ids.into_iter().map(|id| Ok(library.text(id)?)).collect()
}
