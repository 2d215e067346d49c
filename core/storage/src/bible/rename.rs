//! Another name for an entry, in the bible and in all documents: one step, which is taken back as one.
//!
//! What is to be done is written down first, with the entry's new name, in one transaction; then each document changes by
//! itself, as one step of its own undo that carries the id of the whole. What a kill, a full disk or the caller cuts short
//! is known from that, and is finished or taken back later. A document that is open in a session waits for its `rebase`.

use std::fmt;
use std::ops::Range;

use writemagic_shared::event;
use writemagic_shared::id::{BibleEntryId, BibleRenameId, DocumentId};
use writemagic_shared::limits::{PAGE_ROWS, PENDING_EDITS};
use writemagic_shared::runtime::{Progress, Timestamp};

use super::entries::without_notes;
use super::entry::{Alias, check_name};
use super::index::{Live, Names, Stored, matcher, present, stored_documents};
use super::matcher::{Matcher, Owner};
use super::rename_rows::{Row, begin, load, rows, take_back_name};
use super::respell::{Respelled, respelled};
use crate::Library;
use crate::document::{Language, document_number, load_document};
use crate::error::{Error, Result};
use crate::graph::Origin;
use crate::history::{StepPart, step_part};
use crate::schema::MAIN;
use crate::session::{GroupKind, NewGroup, Patch, load_core};

/// What a renaming would change.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenamePreview {
    /// The documents, in the order in which they were made, at most [`PAGE_ROWS`] places in all.
    pub documents: Vec<RenamedDocument>,
    /// Places that would get the new name, listed or not.
    pub replaced: u64,
    /// Places with a form of the old name that the new one cannot be given: `cities`, where `city` becomes `town`. They stay.
    pub left: u64,
    /// Of the places that would change those whose name is another entry's too.
    pub shared: u64,
}

/// What a renaming would change in a document.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenamedDocument {
    /// The document.
    pub document: DocumentId,
    /// Its title, which stays.
    pub title: String,
    /// The places, ascending.
    pub changes: Vec<RenameChange>,
}

/// A place that a renaming concerns.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenameChange {
    /// Where the old name stands, in UTF-16 units.
    pub range: Range<u64>,
    /// What stands there.
    pub before: String,
    /// What comes instead; `None` where nothing does.
    pub after: Option<String>,
    /// Whether the old name is another entry's too.
    pub shared: bool,
}

/// A renaming as it is now. The names are left out of debug output.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BibleRename {
    /// Its name for ever.
    pub id: BibleRenameId,
    /// The entry.
    pub entry: BibleEntryId,
    /// What it was called.
    pub old: String,
    /// What it is called since, unless the renaming was taken back.
    pub new: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was taken back.
    pub undone: bool,
    /// The documents that it concerns and that are still there.
    pub documents: Vec<(DocumentId, RenameState)>,
}

/// How far a renaming is in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenameState {
    /// Its text does not have the new name yet: it waits for an open session's `rebase`, or was cut short.
    Waiting,
    /// Its text has the new name.
    Done,
    /// Its text has the old name again, or was never given the new one before the whole was taken back.
    TakenBack,
}

impl BibleRename {
    /// Whether nothing is left to be done, in the direction that was asked for last.
    pub fn is_complete(&self) -> bool {
        let left = if self.undone { RenameState::Done } else { RenameState::Waiting };
        self.documents.iter().all(|(_, state)| *state != left)
    }
}

impl fmt::Debug for BibleRename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BibleRename")
            .field("id", &self.id)
            .field("entry", &self.entry)
            .field("undone", &self.undone)
            .field("documents", &self.documents)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RenamedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenamedDocument")
            .field("document", &self.document)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RenameChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenameChange")
            .field("range", &self.range)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RenamePreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenamePreview")
            .field("documents", &self.documents.len())
            .field("replaced", &self.replaced)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// Names on their way from old to new: where the old one is found although the bible has the new one already.
struct Renaming<'a> {
    entries: Vec<Names>,
    owner: Owner,
    names: (&'a str, &'a str),
    matchers: Vec<(Language, Matcher)>,
}

impl<'a> Renaming<'a> {
    fn load(sql: &rusqlite::Connection, entry: BibleEntryId, old: &'a str, new: &'a str) -> Result<Self> {
        let mut entries: Vec<Names> =
            without_notes(sql)?.into_iter().map(|(n, entry)| Names::of(n, entry)).collect();
        let at = entries.iter().position(|names| names.id == entry).ok_or(Error::BibleEntryNotFound)?;
        if let Some(own) = entries.get_mut(at) {
            let inflected = own.names.first().is_some_and(|name| name.inflected);
            let aliases = own.names.split_off(own.names.len().min(1));
            // The new name too: what has it already keeps it, where it begins with the old one.
            let both = [(old, inflected), (new, false)]
                .map(|(name, inflected)| Alias { name: name.into(), inflected });
            own.names = both.into_iter().chain(aliases).collect();
        }
        let owner = Owner { entry: at as u32, name: 0 };
        Ok(Self { entries, owner, names: (old, new), matchers: Vec::new() })
    }

    fn places(&mut self, text: &str, language: Language) -> Vec<Respelled> {
        if !self.matchers.iter().any(|(of, _)| *of == language) {
            self.matchers.push((language, matcher(&self.entries, language)));
        }
        let matcher = self.matchers.iter().find(|(of, _)| *of == language);
        matcher.map(|(_, matcher)| respelled(matcher, text, self.owner, self.names)).unwrap_or_default()
    }
}

/// Every method touches the disk and reads the texts of all documents outside the trash, or of those that it changes. Progress is in
/// documents.
impl Library {
    /// What [`Library::rename_bible_entry`] would change now. Nothing changes.
    ///
    /// # Errors
    /// `bible_entry_not_found`; `invalid_argument` and `limit_exceeded` for the name; `cancelled`.
    pub fn preview_bible_rename(
        &self,
        entry: BibleEntryId,
        name: &str,
        progress: &Progress,
    ) -> Result<RenamePreview> {
        check_name(name)?;
        let live = self.live_texts(None);
        self.read(|sql| {
            let mut preview = RenamePreview::default();
            let mut room = PAGE_ROWS as usize;
            let old = self::entry_name(sql, entry)?;
            each_place(sql, &live, (entry, &old, name), progress, |stored, text, places| {
                let change = |place: &Respelled| RenameChange {
                    range: place.units.clone(),
                    before: text.get(place.bytes.clone()).unwrap_or_default().to_owned(),
                    after: place.after.clone(),
                    shared: place.shared,
                };
                for place in &places {
                    let counter =
                        if place.after.is_some() { &mut preview.replaced } else { &mut preview.left };
                    *counter += 1;
                    preview.shared += u64::from(place.shared && place.after.is_some());
                }
                let changes: Vec<RenameChange> = places.iter().take(room).map(change).collect();
                room -= changes.len();
                if !changes.is_empty() {
                    let title = load_document(sql, stored.n)?.title;
                    preview.documents.push(RenamedDocument { document: stored.id, title, changes });
                }
                Ok(())
            })?;
            Ok(preview)
        })
    }

    /// Gives an entry another name, in the bible and in every document outside the trash but those in `leave`: as whole words,
    /// whatever their case, which stays, as do a possessive and the ending of a form. Aliases, titles, notes and facts stay as they
    /// are; an alias that is the new name becomes the name.
    ///
    /// Each document is one step of its own undo, and [`Library::undo_bible_rename`] takes all of them back. In an open session
    /// the change waits for the `rebase`. Cut short (`cancelled`, a full disk, a kill) it is finished by
    /// [`Library::finish_bible_rename`]. A document that can only be read, or that would become too long, keeps waiting.
    ///
    /// # Errors
    /// `bible_entry_not_found`; `invalid_argument` and `limit_exceeded` for the name, or for more changes in an open session than
    /// [`PENDING_EDITS`]: nothing has changed then. `cancelled`, and those of a write.
    pub fn rename_bible_entry(
        &self,
        entry: BibleEntryId,
        name: &str,
        leave: &[DocumentId],
        progress: &Progress,
    ) -> Result<BibleRename> {
        check_name(name)?;
        let live = self.live_texts(None);
        let documents = self.read(|sql| {
            let mut documents = Vec::new();
            let old = self::entry_name(sql, entry)?;
            each_place(sql, &live, (entry, &old, name), progress, |stored, _, places| {
                let changes = places.iter().filter(|place| place.after.is_some()).count() as u64;
                if changes > 0 && !leave.contains(&stored.id) {
                    documents.push((stored.id, changes));
                }
                Ok(())
            })?;
            Ok(documents)
        })?;
        // Outside of the read: sessions are locked before the database is.
        documents.iter().try_for_each(|(document, changes)| self.check_room(*document, *changes))?;
        let documents: Vec<DocumentId> = documents.into_iter().map(|(document, _)| document).collect();
        let id = self.write(|sql, context| begin(sql, context, entry, name, &documents))?;
        event!(Info, "an entry was renamed", documents = documents.len());
        self.finish_bible_rename(id, progress)
    }

    /// Finishes a renaming, or taking one back, that was cut short. One that is complete stays as it is.
    ///
    /// # Errors
    /// `bible_rename_not_found`; `cancelled`; those of a write.
    pub fn finish_bible_rename(&self, rename: BibleRenameId, progress: &Progress) -> Result<BibleRename> {
        let row = self.read(|sql| load(sql, rename))?;
        progress.expect_more(row.documents.len() as u64);
        for document in &row.documents {
            progress.check()?;
            let done = match row.undone {
                true => self.take_back_step(*document, rename.as_bytes()),
                false => self.rename_in(&row, *document),
            };
            match done {
                Ok(())
                // It waits; what can be done for it is not done here.
                | Err(
                    Error::DocumentNotFound
                    | Error::HistoryDamaged { .. }
                    | Error::LibraryCorrupt { .. }
                    | Error::VersionForgotten
                    | Error::LimitExceeded { .. }
                    | Error::MergeRefused { .. },
                ) => {}
                Err(error) => return Err(error),
            }
            progress.advance(1);
        }
        self.bible_rename(rename)
    }

    /// Takes a renaming back, in the bible and in every document, and nothing that was written since: where the new name was
    /// written over, that stays. The entry gets its old name again unless
    /// [`Library::set_bible_entry`] gave it another one meanwhile. Taking it back twice changes nothing.
    ///
    /// # Errors
    /// `bible_rename_superseded` if the entry was renamed again, and that was not taken back; as
    /// [`Library::finish_bible_rename`].
    pub fn undo_bible_rename(&self, rename: BibleRenameId, progress: &Progress) -> Result<BibleRename> {
        self.write(|sql, context| take_back_name(sql, context, rename))?;
        self.finish_bible_rename(rename, progress)
    }

    /// A renaming as it is now.
    ///
    /// # Errors
    /// `bible_rename_not_found`.
    pub fn bible_rename(&self, rename: BibleRenameId) -> Result<BibleRename> {
        self.read(|sql| state_of(sql, load(sql, rename)?))
    }

    /// The renamings that can be taken back or finished, the newest first; of one entry, or all.
    pub fn bible_renames(&self, entry: Option<BibleEntryId>) -> Result<Vec<BibleRename>> {
        self.read(|sql| {
            let rows = rows(sql)?.into_iter().filter(|row| entry.is_none_or(|entry| entry == row.entry));
            rows.map(|row| state_of(sql, row)).collect()
        })
    }

    /// Refuses more changes than may wait beside an open session.
    fn check_room(&self, document: DocumentId, changes: u64) -> Result<()> {
        let sessions = &self.inner.sessions;
        let core = sessions.core_of(&sessions.lock_open(), (document, MAIN));
        let room = core.map_or(u64::MAX, |core| core.room_to_wait());
        if changes <= room {
            return Ok(());
        }
        Err(Error::LimitExceeded {
            what: "pending_edits",
            value: changes + (PENDING_EDITS - room),
            limit: PENDING_EDITS,
        })
    }

    /// Renames in one document, unless that was done before.
    fn rename_in(&self, row: &Row, document: DocumentId) -> Result<()> {
        let (inner, now, step) = (&self.inner, self.inner.now(), row.id.as_bytes());
        let sessions = &inner.sessions;
        // Holding the set of sessions: none opens or closes on this document meanwhile.
        let open = sessions.lock_open();
        let in_session = sessions.core_of(&open, (document, MAIN));
        if let Some(core) = &in_session {
            if core.waits_for(step, GroupKind::Rename) {
                return Ok(());
            }
            sessions.save(inner, std::slice::from_ref(core), false)?;
        }
        let (language, mut renaming) = match self.read(|sql| {
            let n = document_number(sql, document)?;
            if step_part(sql, n, step)?.is_some() {
                return Ok(None);
            }
            let language = Language::of(load_document(sql, n)?.language.as_deref());
            Ok(Some((language, Renaming::load(sql, row.entry, &row.old, &row.new)?)))
        })? {
            Some(found) => found,
            None => return Ok(()),
        };
        let group = NewGroup { step: Some(*step), ..NewGroup::of(GroupKind::Rename) };
        let mut patches = |text: &str| -> Vec<Patch> {
            let places = renaming.places(text, language).into_iter();
            let patch = |place: Respelled| {
                let (at, delete) = (place.units.start, place.units.end - place.units.start);
                place.after.map(|insert| Patch { at, delete, insert })
            };
            places.filter_map(patch).collect()
        };
        if let Some(core) = in_session {
            let mut found = 0;
            core.let_wait(&Origin::person(), Some(group.clone()), now, |text| {
                let patches = patches(text);
                found = patches.len();
                Ok(patches)
            })?;
            // Where nothing is left to change, that is noted at once; not if somebody types just now.
            if found > 0 || core.apply_group(&core.state_heads(), Vec::new(), group, now).is_none() {
                return Ok(());
            }
            return sessions.save(inner, &[core], false);
        }
        let core = load_core(self, (document, MAIN), &open)?;
        let rope = core.state_text();
        let (mut edits, mut longer) = (Vec::new(), 0_i64);
        let (mut bytes, mut events) = (0, 0);
        for Patch { at, delete, insert } in patches(&rope.to_string()) {
            let chars = |unit: u64| rope.utf16_cu_to_char((unit as usize).min(rope.len_utf16_cu()));
            let (start, end) = (chars(at), chars(at + delete));
            let inserted = insert.chars().count();
            let now = |char: usize| usize::try_from(char as i64 + longer).unwrap_or_default();
            bytes += insert.len() as u64;
            events += (end - start + inserted) as u64;
            edits.push((now(start), now(end), insert));
            longer += inserted as i64 - (end - start) as i64;
        }
        core.check_growth(bytes, events)?;
        let Some((_, backlog)) = core.apply_group(&core.state_heads(), edits, group, now) else {
            return Err(Error::internal("a text that nobody edits has changed"));
        };
        sessions.add_backlog(backlog);
        let saved = sessions.save(inner, &[core], true);
        if saved.is_err() {
            sessions.drop_backlog(backlog);
        }
        saved
    }
}

fn entry_name(sql: &rusqlite::Connection, entry: BibleEntryId) -> Result<String> {
    let n = super::entries::entry_number(sql, entry)?;
    Ok(super::entries::entry(sql, n)?.name)
}

/// Calls `visit` with each document outside the trash that has the old name, and the places.
fn each_place(
    sql: &rusqlite::Connection,
    live: &Live,
    (entry, old, new): (BibleEntryId, &str, &str),
    progress: &Progress,
    mut visit: impl FnMut(&Stored, &str, Vec<Respelled>) -> Result<()>,
) -> Result<()> {
    let mut renaming = Renaming::load(sql, entry, old, new)?;
    let documents = stored_documents(sql)?;
    progress.expect_more(documents.len() as u64);
    for stored in documents {
        progress.check()?;
        let text = match present(sql, &stored, live) {
            // `check` tells of it; what cannot be read cannot be renamed in.
            Err(Error::LibraryCorrupt { .. }) => continue,
            text => text?,
        };
        let places = renaming.places(&text, stored.language);
        if !places.is_empty() {
            visit(&stored, &text, places)?;
        }
        progress.advance(1);
    }
    Ok(())
}

fn state_of(sql: &rusqlite::Connection, row: Row) -> Result<BibleRename> {
    let mut documents = Vec::with_capacity(row.documents.len());
    for document in row.documents {
        let n = match document_number(sql, document) {
            Err(Error::DocumentNotFound) => continue,
            found => found?,
        };
        let state = match step_part(sql, n, row.id.as_bytes())? {
            Some((_, StepPart::Done)) => RenameState::Done,
            Some((_, StepPart::TakenBack)) => RenameState::TakenBack,
            None if row.undone => RenameState::TakenBack,
            None => RenameState::Waiting,
        };
        documents.push((document, state));
    }
    let Row { id, entry, old, new, at, undone, .. } = row;
    Ok(BibleRename { id, entry, old, new, at, undone, documents })
}
