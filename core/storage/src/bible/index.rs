//! Where entries are mentioned, over all documents: in memory, made by the first question of a process and kept up to date after that.
//!
//! Of a document the places are kept with the version of its text. Of one that is being edited the text is kept too, so that the next
//! question reads again what changed and no more. A document that is open in a session is read as the session has it.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use ropey::Rope;
use rusqlite::{Connection, Row};
use writemagic_shared::id::{BibleEntryId, DocumentId};
use writemagic_shared::limits::{KEPT_MENTION_BYTES, KEPT_MENTIONS, PAGE_ROWS};

use super::entries::{entry, entry_number, names_version, without_notes};
use super::entry::{Alias, BibleEntry, Visibility};
use super::matcher::{Hashes, Matcher, Name, Owner};
use super::places::{Found, places, update};
use crate::Library;
use crate::document::{Language, Manuscript, check_language_tag, document_number};
use crate::error::{Error, Result};
use crate::journal;
use crate::library::lock;
use crate::schema::MAIN;

/// A place where a text names entries.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mention {
    /// The document.
    pub document: DocumentId,
    /// Where the name stands, in UTF-16 units; a possessive at its end is left out.
    pub range: Range<u64>,
    /// The name or alias, as the bible has it; mentions of one name share it.
    pub name: Arc<str>,
    /// Whose name it is, in the order in which the entries were made: several where they share it.
    pub entries: Arc<[BibleEntryId]>,
}

impl fmt::Debug for Mention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mention")
            .field("document", &self.document)
            .field("range", &self.range)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// The first mentions of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MentionPage {
    /// In the order of the manuscript.
    pub mentions: Vec<Mention>,
    /// How many there are in all.
    pub total: u64,
    /// In how many documents.
    pub documents: u64,
}

/// An entry that matters for a passage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NearEntry {
    /// The entry.
    pub entry: BibleEntry,
    /// Where the passage mentions it, in UTF-16 units of the text, ascending; empty for one that is always visible.
    pub ranges: Vec<Range<u64>>,
}

/// What of the mentions is kept in memory.
#[derive(Default)]
pub(crate) struct Mentions(Mutex<Option<State>>);

impl fmt::Debug for Mentions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mentions").finish_non_exhaustive()
    }
}

impl Mentions {
    /// Gives all memory back, unless a question is being answered; the next one reads the texts again.
    pub(crate) fn forget(&self) {
        if let Ok(mut state) = self.0.try_lock() {
            *state = None;
        }
    }
}

/// What is found of an entry.
pub(super) struct Names {
    pub(super) n: i64,
    pub(super) id: BibleEntryId,
    visibility: Visibility,
    /// Its name, then its aliases.
    pub(super) names: Vec<Alias>,
}

impl Names {
    pub(super) fn of(n: i64, entry: BibleEntry) -> Self {
        let name = Alias { name: entry.name, inflected: entry.inflected };
        let names = std::iter::once(name).chain(entry.aliases).collect();
        Self { n, id: entry.id, visibility: entry.visibility, names }
    }
}

/// Finds the names of these entries, each by its place in the list, in texts of a language.
pub(super) fn matcher(entries: &[Names], language: Language) -> Matcher {
    let names = (0_u32..).zip(entries).flat_map(|(entry, names)| {
        (0_u32..).zip(&names.names).map(move |(name, alias)| Name {
            text: &alias.name,
            inflected: alias.inflected,
            owner: Owner { entry, name },
        })
    });
    Matcher::new(names, language)
}

/// A document and the version of its stored text.
pub(super) struct Stored {
    pub(super) n: i64,
    pub(super) id: DocumentId,
    pub(super) language: Language,
    head: (i64, i64),
    /// The stored text lacks what was written last.
    ahead: bool,
}

const STORED: &str = "SELECT documents.n, documents.id, language, lv, crc,
        EXISTS (SELECT 1 FROM ahead WHERE ahead.head = heads.n)
     FROM documents JOIN heads ON heads.n = documents.n << 12 WHERE";

fn stored_of(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        n: row.get(0)?,
        id: DocumentId::from_bytes(row.get(1)?),
        language: Language::of(row.get::<_, Option<String>>(2)?.as_deref()),
        head: (row.get(3)?, row.get(4)?),
        ahead: row.get(5)?,
    })
}

/// All documents outside the trash.
pub(super) fn stored_documents(sql: &Connection) -> Result<Vec<Stored>> {
    let mut statement = sql.prepare_cached(&format!("{STORED} trashed = 0 ORDER BY documents.n"))?;
    Ok(statement.query_map([], stored_of)?.collect::<rusqlite::Result<_>>()?)
}

fn stored_document(sql: &Connection, n: i64) -> Result<Stored> {
    Ok(sql.prepare_cached(&format!("{STORED} documents.n = ?1"))?.query_row([n], stored_of)?)
}

/// The present texts of documents that are open in sessions.
pub(super) type Live = HashMap<DocumentId, Rope>;

/// The text of a document as it is now, every acknowledged edit included, and all that a session has.
pub(super) fn present(sql: &Connection, stored: &Stored, live: &Live) -> Result<String> {
    match live.get(&stored.id) {
        Some(text) => Ok(text.to_string()),
        None if stored.ahead => Ok(journal::current(sql, stored.n, MAIN)?.text.rope().to_string()),
        None => journal::head_text(sql, stored.n, MAIN),
    }
}

struct State {
    /// Which names these are.
    version: i64,
    entries: Arc<Vec<Names>>,
    matchers: Vec<(Language, Arc<Matcher>)>,
    documents: HashMap<i64, Kept>,
    /// Of all documents together.
    mentions: u64,
    bytes: u64,
    most_mentions: u64,
    most_bytes: u64,
}

struct Kept {
    matcher: Arc<Matcher>,
    /// The version of the stored text that was read, if it was that.
    head: Option<(i64, i64)>,
    found: Vec<Found>,
    text: Option<Rope>,
}

impl State {
    fn load(sql: &Connection, version: i64) -> Result<Self> {
        let entries = without_notes(sql)?.into_iter().map(|(n, entry)| Names::of(n, entry)).collect();
        Ok(Self {
            version,
            entries: Arc::new(entries),
            matchers: Vec::new(),
            documents: HashMap::new(),
            mentions: 0,
            bytes: 0,
            most_mentions: KEPT_MENTIONS,
            most_bytes: KEPT_MENTION_BYTES,
        })
    }

    fn matcher(&mut self, language: Language) -> Arc<Matcher> {
        if let Some((_, matcher)) = self.matchers.iter().find(|(of, _)| *of == language) {
            return Arc::clone(matcher);
        }
        let matcher = Arc::new(matcher(&self.entries, language));
        self.matchers.push((language, Arc::clone(&matcher)));
        matcher
    }

    fn take(&mut self, n: i64) -> Option<Kept> {
        let kept = self.documents.remove(&n)?;
        self.mentions -= kept.found.len() as u64;
        self.bytes -= kept.text_bytes();
        Some(kept)
    }

    /// Where a document names entries, as it is now.
    fn kept(&mut self, sql: &Connection, stored: &Stored, live: &Live) -> Result<&Kept> {
        let matcher = self.matcher(stored.language);
        let live_text = live.get(&stored.id);
        let before = self.take(stored.n).filter(|kept| Arc::ptr_eq(&kept.matcher, &matcher));
        let is_current = live_text.is_none() && !stored.ahead;
        let kept = match before {
            Some(kept) if is_current && kept.head == Some(stored.head) => kept,
            before => Kept::read(sql, stored, live, matcher, before)?,
        };
        self.make_room();
        self.mentions += kept.found.len() as u64;
        self.bytes += kept.text_bytes();
        Ok(self.documents.entry(stored.n).or_insert(kept))
    }

    /// Forgets what was kept where that has become too much.
    fn make_room(&mut self) {
        if self.mentions > self.most_mentions {
            self.documents.clear();
            (self.mentions, self.bytes) = (0, 0);
        }
        if self.bytes > self.most_bytes {
            self.documents.values_mut().for_each(|kept| kept.text = None);
            self.bytes = 0;
        }
    }
}

/// Makes mentions of what is found. Those of one name share what they say of it.
struct Telling<'a> {
    entries: &'a [Names],
    told: HashMap<(*const Matcher, u32), Told, Hashes>,
}

type Told = (Arc<str>, Arc<[BibleEntryId]>);

impl<'a> Telling<'a> {
    fn of(entries: &'a [Names]) -> Self {
        Self { entries, told: HashMap::default() }
    }

    fn mention(&mut self, document: DocumentId, matcher: &Arc<Matcher>, found: &Found) -> Mention {
        let entries = self.entries;
        let told = self.told.entry((Arc::as_ptr(matcher), found.pattern));
        let (name, entries) = told.or_insert_with(|| {
            let owners = matcher.owners(found.pattern);
            let entry = |owner: &Owner| entries.get(owner.entry as usize);
            let name = owners.first().and_then(|owner| entry(owner)?.names.get(owner.name as usize));
            let mut ids: Vec<BibleEntryId> = owners.iter().filter_map(entry).map(|names| names.id).collect();
            ids.dedup();
            (name.map_or("", |alias| alias.name.as_str()).into(), ids.into())
        });
        Mention { document, range: found.range(), name: Arc::clone(name), entries: Arc::clone(entries) }
    }
}

impl Kept {
    fn text_bytes(&self) -> u64 {
        self.text.as_ref().map_or(0, |text| text.len_bytes() as u64)
    }

    /// Reads a text again: what changed since `before`, or all of it.
    fn read(
        sql: &Connection,
        stored: &Stored,
        live: &Live,
        matcher: Arc<Matcher>,
        before: Option<Self>,
    ) -> Result<Self> {
        let live_text = live.get(&stored.id);
        let head = (live_text.is_none() && !stored.ahead).then_some(stored.head);
        if before.is_none() && live_text.is_none() {
            let found = places(&matcher, &present(sql, stored, live)?);
            return Ok(Self { matcher, head, found, text: None });
        }
        let text = match live_text {
            Some(text) => text.clone(),
            None => Rope::from(present(sql, stored, live)?),
        };
        let found = match before {
            Some(Self { mut found, text: Some(old), .. }) => {
                update(&matcher, &old, &text, &mut found);
                found
            }
            _ => places(&matcher, &text.to_string()),
        };
        Ok(Self { matcher, head, found, text: Some(text) })
    }
}

impl Found {
    pub(super) fn range(&self) -> Range<u64> {
        self.start.into()..self.end.into()
    }
}

/// Every method touches the disk. The first one of a process reads the texts that it asks about, at some hundred megabytes a second; after an
/// edit the lines around it are read again. Texts are taken as open sessions have them, unsaved typing included.
///
/// A name is found as whole words, whatever its case, its diacritics and its width; in scripts that are written without spaces in any run
/// of characters. It may go over one line end. Where names overlap the leftmost counts, and of those the longest.
impl Library {
    /// The first `limit` mentions of an entry in the documents outside the trash, in the order of the manuscript (as for
    /// [`Library::facts_at`]); `limit` is clamped to [`PAGE_ROWS`].
    ///
    /// # Errors
    /// `bible_entry_not_found`.
    pub fn mentions(&self, entry: BibleEntryId, limit: usize) -> Result<MentionPage> {
        let limit = limit.min(PAGE_ROWS as usize);
        self.with_mentions(None, |sql, state, live| {
            let wanted = entry_number(sql, entry)?;
            let entries = Arc::clone(&state.entries);
            let owns =
                |owner: &Owner| entries.get(owner.entry as usize).is_some_and(|names| names.n == wanted);
            let mut manuscript = Manuscript::default();
            let mut found = Vec::new();
            for stored in stored_documents(sql)? {
                let kept = match state.kept(sql, &stored, live) {
                    // `check` tells of it; the others answer.
                    Err(Error::LibraryCorrupt { .. }) => continue,
                    kept => kept?,
                };
                let mut patterns: HashMap<u32, bool> = HashMap::new();
                let mut is_wanted = |found: &&Found| {
                    let owners = || kept.matcher.owners(found.pattern).iter().any(owns);
                    *patterns.entry(found.pattern).or_insert_with(owners)
                };
                let places: Vec<Found> = kept.found.iter().filter(&mut is_wanted).copied().collect();
                if !places.is_empty()
                    && let Some(place) = manuscript.place(sql, stored.n)?
                {
                    found.push((place, stored.id, Arc::clone(&kept.matcher), places));
                }
            }
            found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
            let total = found.iter().map(|(.., places)| places.len() as u64).sum();
            let documents = found.len() as u64;
            let each = found.iter().flat_map(|(_, document, matcher, places)| {
                places.iter().map(move |place| (*document, matcher, place))
            });
            let mut telling = Telling::of(&entries);
            let mention = |(document, matcher, place)| telling.mention(document, matcher, place);
            Ok(MentionPage { mentions: each.take(limit).map(mention).collect(), total, documents })
        })
    }

    /// Every mention in a document, in the trash or not, in order.
    ///
    /// # Errors
    /// `document_not_found`.
    pub fn mentions_in(&self, document: DocumentId) -> Result<Vec<Mention>> {
        self.with_mentions(Some(document), |sql, state, live| {
            let stored = stored_document(sql, document_number(sql, document)?)?;
            let entries = Arc::clone(&state.entries);
            let mut telling = Telling::of(&entries);
            let kept = state.kept(sql, &stored, live)?;
            Ok(kept.found.iter().map(|found| telling.mention(document, &kept.matcher, found)).collect())
        })
    }

    /// The entries that a model should know for a passage, a range of a document in UTF-16 units: those that it mentions, in
    /// order, then those that are always visible. Entries that are never visible are left out.
    ///
    /// # Errors
    /// `document_not_found`.
    pub fn entries_near(&self, document: DocumentId, range: Range<u64>) -> Result<Vec<NearEntry>> {
        self.with_mentions(Some(document), |sql, state, live| {
            let stored = stored_document(sql, document_number(sql, document)?)?;
            let entries = Arc::clone(&state.entries);
            let kept = state.kept(sql, &stored, live)?;
            let first = kept.found.partition_point(|found| u64::from(found.end) <= range.start);
            let inside = kept.found.get(first..).unwrap_or_default().iter();
            let inside = inside.take_while(|found| u64::from(found.start) < range.end);
            near(sql, &entries, &kept.matcher, inside)
        })
    }

    /// The entries that a model should know for a text that is of no document, a question: as [`Library::entries_near`], with ranges of
    /// the text, which is taken to be in a language (its BCP 47 tag).
    ///
    /// # Errors
    /// `invalid_language_tag`.
    pub fn entries_named(&self, text: &str, language: Option<&str>) -> Result<Vec<NearEntry>> {
        language.map_or(Ok(()), check_language_tag)?;
        self.with_mentions(None, |sql, state, _| {
            let matcher = state.matcher(Language::of(language));
            near(sql, &state.entries, &matcher, places(&matcher, text).iter())
        })
    }

    /// The texts of open sessions: all, or that on one document.
    pub(super) fn live_texts(&self, only: Option<DocumentId>) -> Live {
        let sessions = &self.inner.sessions;
        let cores: Vec<_> = {
            let open = sessions.lock_open();
            let of_main = open
                .keys()
                .filter(|(document, branch)| *branch == MAIN && only.is_none_or(|only| only == *document));
            of_main.filter_map(|key| Some((key.0, sessions.core_of(&open, *key)?))).collect()
        };
        let now = self.inner.now();
        cores.into_iter().map(|(document, core)| (document, core.present(now))).collect()
    }

    fn with_mentions<T>(
        &self,
        only: Option<DocumentId>,
        work: impl FnOnce(&Connection, &mut State, &Live) -> Result<T>,
    ) -> Result<T> {
        let live = self.live_texts(only);
        let mut kept = lock(&self.inner.mentions.0);
        self.read(|sql| {
            let version = names_version(sql)?;
            let state = match kept.take().filter(|state| state.version == version) {
                Some(state) => state,
                None => State::load(sql, version)?,
            };
            work(sql, kept.insert(state), &live)
        })
    }
}

/// The entries that are mentioned, in order, then those that are always visible; without those that never are.
fn near<'a>(
    sql: &Connection,
    entries: &[Names],
    matcher: &Matcher,
    mentioned: impl Iterator<Item = &'a Found>,
) -> Result<Vec<NearEntry>> {
    let mut near: Vec<(u32, Vec<Range<u64>>)> = Vec::new();
    let mut at: HashMap<u32, usize> = HashMap::new();
    for found in mentioned {
        for owner in matcher.owners(found.pattern) {
            let i = *at.entry(owner.entry).or_insert(near.len());
            if i == near.len() {
                near.push((owner.entry, Vec::new()));
            }
            if let Some((_, ranges)) = near.get_mut(i)
                && ranges.last() != Some(&found.range())
            {
                ranges.push(found.range());
            }
        }
    }
    let always = (0_u32..).zip(entries);
    let always = always.filter(|(i, names)| names.visibility == Visibility::Always && !at.contains_key(i));
    near.extend(always.map(|(i, _)| (i, Vec::new())));
    let mut known = Vec::new();
    for (i, ranges) in near {
        let names = entries.get(i as usize).filter(|names| names.visibility != Visibility::Never);
        if let Some(names) = names {
            known.push(NearEntry { entry: entry(sql, names.n)?, ranges });
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests;
