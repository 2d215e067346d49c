//! Where a novel names its people and places: all of it, and again after one edit, against an automaton over the same names.

use std::collections::{BTreeMap, HashSet};
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use anyhow::{Context as _, Result, ensure};
use writemagic::{
    Alias, DocumentId, EditSession, EntryKind, Library, NewBibleEntry, NewDocument, OpenOptions,
};

use crate::measure::{median, nanoseconds};
use crate::notes::Vocabulary;
use crate::plan::Plan;
use crate::report::{Table, count, duration, ratio};

const WORDS: usize = 150_000;
const NAMES: usize = 1_000;
/// Names of one entry.
const OF_ENTRY: usize = 100;
/// Edits of one sample: each is timed.
const EDITS: usize = 20;

/// Measures and gives the section's body.
pub(crate) fn measure(plan: &Plan) -> Result<String> {
    plan.say("mentions: a novel");
    let novel = novel()?;
    let names = names(&novel);
    let folder = tempfile::TempDir::with_prefix("writemagic-bench-")?;
    let library = Library::open(folder.path(), OpenOptions::new().create(true))?;
    let document = library.create_document(NewDocument::titled("Novel").text(&novel))?.id;
    for names in names.chunks(OF_ENTRY) {
        let [name, aliases @ ..] = names else { continue };
        let mut entry = NewBibleEntry::named(EntryKind::Person, name);
        let alias = |name: &String| Alias { name: name.clone(), inflected: false };
        entry.aliases = aliases.iter().map(alias).collect();
        library.add_bible_entry(&entry)?;
    }
    let ours = library.mentions_in(document)?.len() as u64;
    let theirs = found(&automaton(&names)?, &novel);
    ensure!(ours > 0 && theirs.len() as u64 * 10 > ours * 9, "{} and {ours} mentions", theirs.len());
    let mut table = Table::new(&["", "mentions", "WriteMagic", "aho-corasick 1.1", "against WriteMagic"]);
    let (whole, edited) =
        (whole(plan, &library, document, &names, &novel)?, edited(plan, &library, document, &names, &novel)?);
    for (what, (mine, peer)) in [("from nothing", whole), ("after one edit", edited)] {
        let both = format!("{} / {}", count(ours), count(theirs.len() as u64));
        table.row(&[what.to_owned(), both, duration(mine), duration(peer), ratio(peer, mine)]);
    }
    let words = novel.split_whitespace().count() as u64;
    let head = format!("{} words of {}, {} names.\n\n", count(words), source(), count(names.len() as u64));
    Ok(head + table.finish().as_str() + NOTES)
}

const NOTES: &str = "
- Wall time of one thread, medians of interleaved rounds. *From nothing*: names and text are read from the library (by the peer from memory), the
automaton or the tries are made, the whole novel is read. *After one edit*: a word goes in at some place or comes out, and every mention
of the novel is asked for again; the peer has its automaton and reads the text again.
- The peer ignores the case of ASCII alone, takes the leftmost and longest match, and a match with a letter or digit beside it is left out. It does not know
diacritics, line ends within a name, or offsets in UTF-16, which is why the numbers of mentions differ.
";

fn source() -> &'static str {
    if std::env::var_os("WRITEMAGIC_TEST_DATA").is_some() { "English prose" } else { "generated prose" }
}

/// Prose of so many words.
fn novel() -> Result<String> {
    let text = match std::env::var_os("WRITEMAGIC_TEST_DATA") {
        Some(folder) => {
            let file = PathBuf::from(folder).join("text/prose_en.txt");
            std::fs::read_to_string(&file).context("prose_en.txt")?
        }
        None => generated(),
    };
    let mut words = 0;
    let mut inside = false;
    let end = text.find(|character: char| {
        let starts = !character.is_whitespace() && !inside;
        inside = !character.is_whitespace();
        words += usize::from(starts);
        words > WORDS
    });
    Ok(text[..end.unwrap_or(text.len())].to_owned())
}

/// Paragraphs of words that are as frequent as in prose, every tenth of them a name.
fn generated() -> String {
    let vocabulary = Vocabulary::new();
    let mut rng = fastrand::Rng::with_seed(5);
    let mut text = String::new();
    for number in 0..WORDS + WORDS / 10 {
        let rank = (500.0 * rng.f64().powi(3)) as usize;
        let word = vocabulary.word(rank);
        if rng.u8(..10) == 0 {
            let mut letters = word.chars();
            text.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
        } else {
            text.push_str(word);
        }
        text.push_str(if number % 80 == 79 { ".\n\n" } else { " " });
    }
    text
}

/// The most frequent words and pairs of words that begin with a capital, half of each, and some that occur nowhere.
fn names(novel: &str) -> Vec<String> {
    let is_name = |word: &&str| {
        word.len() > 3
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let mut words: BTreeMap<String, u32> = BTreeMap::new();
    let mut pairs: BTreeMap<String, u32> = BTreeMap::new();
    for line in novel.lines() {
        let line: Vec<&str> = line.split(' ').collect();
        line.iter().copied().filter(is_name).for_each(|word| *words.entry(word.to_owned()).or_default() += 1);
        for pair in line.windows(2).filter(|pair| pair.iter().all(|word| is_name(word))) {
            *pairs.entry(pair.join(" ")).or_default() += 1;
        }
    }
    let most_frequent = |counts: BTreeMap<String, u32>| {
        let mut counts: Vec<(String, u32)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.into_iter().take(NAMES / 2).map(|(name, _)| name)
    };
    let unknown = (0..NAMES).map(|number| format!("Nobody{number}"));
    let mut seen = HashSet::new();
    let all = most_frequent(pairs).chain(most_frequent(words)).chain(unknown);
    all.filter(|name| seen.insert(name.to_ascii_lowercase())).take(NAMES).collect()
}

fn automaton(names: &[String]) -> Result<AhoCorasick> {
    let mut builder = AhoCorasickBuilder::new();
    Ok(builder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).build(names)?)
}

/// The matches that are whole words.
fn found(automaton: &AhoCorasick, text: &str) -> Vec<(usize, usize, usize)> {
    let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let whole = |start: usize, end: usize| {
        !is_letter(text[..start].chars().next_back()) && !is_letter(text[end..].chars().next())
    };
    let matches = automaton.find_iter(text).filter(|found| whole(found.start(), found.end()));
    matches.map(|found| (found.start(), found.end(), found.pattern().as_usize())).collect()
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<f64> {
    let start = Instant::now();
    black_box(work()?);
    Ok(nanoseconds(start.elapsed()))
}

fn whole(
    plan: &Plan,
    library: &Library,
    document: DocumentId,
    names: &[String],
    novel: &str,
) -> Result<(f64, f64)> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..plan.text_rounds.max(2) {
        library.release_memory();
        ours.push(timed(|| Ok(library.mentions_in(document)?))?);
        theirs.push(timed(|| Ok(found(&automaton(names)?, novel)))?);
    }
    Ok((median(ours), median(theirs)))
}

fn edited(
    plan: &Plan,
    library: &Library,
    document: DocumentId,
    names: &[String],
    novel: &str,
) -> Result<(f64, f64)> {
    let session = library.edit(document)?;
    let (automaton, mut text) = (automaton(names)?, novel.to_owned());
    let mut rng = fastrand::Rng::with_seed(7);
    let word = " and so on";
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // What a session edits is read once as a whole.
    library.mentions_in(document)?;
    for _ in 0..plan.text_rounds.max(2) * EDITS {
        let at = (0..=rng.usize(..text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let unit = text[..at].encode_utf16().count() as u64;
        ours.push(edit(&session, library, document, (unit, 0, word))?);
        theirs.push(timed(|| {
            text.insert_str(at, word);
            Ok(found(&automaton, &text))
        })?);
        ours.push(edit(&session, library, document, (unit, word.len() as u64, ""))?);
        theirs.push(timed(|| {
            text.replace_range(at..at + word.len(), "");
            Ok(found(&automaton, &text))
        })?);
    }
    ensure!(session.text() == text, "the texts went different ways");
    session.close()?;
    Ok((median(ours), median(theirs)))
}

fn edit(
    session: &EditSession,
    library: &Library,
    document: DocumentId,
    (at, delete, insert): (u64, u64, &str),
) -> Result<f64> {
    timed(|| {
        session.splice(at, delete, insert)?;
        Ok(library.mentions_in(document)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_novel_is_as_long_as_it_says_and_has_its_names() {
        let novel = generated();
        assert!(novel.split_whitespace().count() >= WORDS);
        let names = names(&novel);
        assert_eq!(names.len(), NAMES);
        assert!(found(&automaton(&names).unwrap(), &novel).len() > 1_000);
    }

    #[test]
    fn parts_of_words_are_no_matches() {
        let automaton = automaton(&["Ruth".to_owned()]).unwrap();
        assert_eq!(found(&automaton, "RUTH, truth, Ruthless Ruth's"), [(0, 4, 0), (22, 26, 0)]);
    }
}
