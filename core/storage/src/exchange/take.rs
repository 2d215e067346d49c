//! Taking in a document of another library: its fields, its events, what its branches are now.

use ropey::Rope;
use rusqlite::{Connection, OptionalExtension, params};
use smallvec::SmallVec;
use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::DOCUMENT_BRANCHES;
use writemagic_shared::runtime::{Cancelled, Progress};

use super::collect::document_state;
use super::field::{Field, Ticks};
use super::record::{Anchor, Branch, DocumentState, Label, MAIN_ID, PurgedKind};
use super::shelve::folder_number;
use crate::error::{Error, Result};
use crate::graph::{Budget, ForeignError, Frontier, Log, Lv, MergeError, Version, chunk, merge};
use crate::history::{self, Loaded, branch_of_id, free_number, load, store_chunk, stored_version};
use crate::journal::{self, End, heads_bytes};
use crate::library::{WriteContext, write_search_row};
use crate::schema::{MAIN, head_key};

/// A document as a bundle brings it.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) state: DocumentState,
    pub(super) chunks: Vec<Vec<u8>>,
    pub(super) branches: Vec<Branch>,
    pub(super) labels: Vec<Label>,
    pub(super) anchors: Vec<Anchor>,
    /// Where it stands in the bundle, in bytes.
    pub(super) offset: u64,
}

/// Its history with what is new, checked.
struct Checked {
    loaded: Loaded,
    new: std::ops::Range<Lv>,
}

/// A value that another library's takes the place of, or that is not taken for ours, both written since the last pull.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldConflict {
    pub(super) field: &'static str,
    pub(super) lost: Option<String>,
    pub(super) clock: Ticks,
}

/// What taking in a document did.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) events: u64,
    pub(super) changed: bool,
    pub(super) conflicts: Vec<FieldConflict>,
    /// Branches left out, since they show text that was forgotten here.
    pub(super) forgotten: u64,
    /// What its branches are to take in.
    pub(super) branches: Vec<(i64, Version)>,
    /// Where its history ends now.
    pub(super) end: End,
}

impl Arrived {
    pub(super) fn id(&self) -> DocumentId {
        self.state.id
    }

    fn invalid(&self, reason: &'static str) -> Error {
        Error::BundleInvalid { reason, offset: self.offset }
    }

    /// Checks everything that can be known before anything is written: rules 1 to 9 of validation.
    pub(super) fn check(&self, sql: &Connection, progress: &Progress) -> Result<()> {
        if is_purged(sql, self.id().as_bytes())? {
            return Ok(());
        }
        let n = number(sql, self.id())?;
        let mut new = 0;
        for branch in self.branches.iter().filter(|branch| branch.id != MAIN_ID) {
            match branch_of_id(sql, &branch.id)? {
                Some((document, _)) if Some(document) != n => {
                    return Err(self.invalid("a branch is another document's"));
                }
                known => new += u64::from(known.is_none()),
            }
        }
        let known = n.map_or(Ok(0), |n| history::count_branches(sql, n))?;
        if known + new > DOCUMENT_BRANCHES {
            return Err(self.invalid("a document has too many branches"));
        }
        self.checked(sql, n, &mut || progress.check()).map(|_| ())
    }

    fn checked(
        &self,
        sql: &Connection,
        n: Option<i64>,
        go_on: &mut dyn FnMut() -> Result<(), Cancelled>,
    ) -> Result<Checked> {
        // A document that is not here has no rows under a number that no document has.
        let mut loaded = load(sql, n.unwrap_or(-1), 0)?;
        if loaded.damaged {
            return Err(Error::HistoryDamaged { document: self.id(), good_events: loaded.end.lv.into() });
        }
        let first = loaded.log().end();
        for bytes in &self.chunks {
            let chunk = chunk::decode(bytes).map_err(|_| self.invalid("a chunk of history is damaged"))?;
            loaded.history.append_chunk(&chunk).map_err(|error| match error {
                ForeignError::Unknown(_) => Error::BundleIncomplete,
                ForeignError::Conflict(_) => Error::ClonedWriter { document: self.id() },
                ForeignError::Repeated(_) => self.invalid("an event stands twice"),
                ForeignError::Parents => self.invalid("an event's parents are not sound"),
                ForeignError::Full => self.invalid("there are more events than a history holds"),
                ForeignError::NotLoaded(_) => Error::internal("a pull lacks events"),
            })?;
        }
        let log = loaded.log();
        let known = |version: &Version| -> Result<Frontier> {
            let heads = log.find_heads(version).map_err(|_| Error::BundleIncomplete)?;
            log.reduce(&heads).map_err(|_| self.invalid("a version has too many heads"))
        };
        let mut walked: Vec<Frontier> = Vec::new();
        for branch in &self.branches {
            let version = known(&branch.version)?;
            if !walked.contains(&version) {
                walked.push(version);
            }
        }
        self.marks().try_for_each(|version| known(version).map(|_| ()))?;
        // No event is believed that was not walked: on its branch, or, where no branch has it, by itself.
        let lost: SmallVec<[Lv; 4]> = log
            .heads()
            .filter(|head| !walked.iter().any(|version| log.contains(version, *head).unwrap_or(false)))
            .collect();
        walked.extend(lost.into_iter().map(Frontier::at));
        for version in walked.iter().filter(|version| version.iter().any(|head| *head >= first)) {
            let mut budget = Budget::default().checked_by(go_on);
            let walk = merge(log, &Frontier::root(), version, 0, &mut (), &mut budget);
            walk.map_err(|error| match error {
                MergeError::Position { .. } => self.invalid("an event is outside of its text"),
                MergeError::Steps => self.invalid("its history takes too many steps to read"),
                MergeError::TooLarge => self.invalid("a text is too long"),
                error => error.into(),
            })?;
        }
        let new = first..log.end();
        Ok(Checked { loaded, new })
    }

    /// The versions that its labels and anchors name.
    fn marks(&self) -> impl Iterator<Item = &Version> {
        let labels = self.labels.iter().filter_map(|label| label.version.as_ref());
        let anchors =
            self.anchors.iter().filter_map(|anchor| anchor.place.as_ref().map(|(version, _)| version));
        labels.chain(anchors)
    }

    /// Takes it in. `since`: what the library's clock said when this one last pulled from it.
    pub(super) fn take(
        &self,
        sql: &Connection,
        context: &mut WriteContext,
        since: Ticks,
    ) -> Result<Option<Taken>> {
        if is_purged(sql, self.id().as_bytes())? {
            return Ok(None);
        }
        let known = number(sql, self.id())?;
        let Checked { mut loaded, new } = self.checked(sql, known, &mut || Ok(()))?;
        let mut taken = Taken { events: (new.end - new.start).into(), ..Taken::default() };
        let n = match known {
            Some(n) => n,
            None => {
                taken.changed = true;
                self.insert(sql)?
            }
        };
        let now = context.now().as_millis();
        taken.end = loaded.end;
        if !new.is_empty() {
            taken.changed = true;
            taken.end = store_chunk(sql, n, &mut loaded, new, now)?;
        }
        if known.is_some() {
            taken.changed |= self.take_fields(sql, context, n, since, &mut taken.conflicts)?;
        } else {
            self.state.clocks().into_iter().for_each(|clock| context.hear(clock));
        }
        self.take_branches(sql, context, n, &loaded, &mut taken)?;
        taken.changed |= self.take_labels(sql, context, n, now)?;
        taken.changed |= self.take_anchors(sql, context, n, now)?;
        Ok(Some(taken))
    }

    /// A document of these fields, empty: what its branches are comes afterwards.
    fn insert(&self, sql: &Connection) -> Result<i64> {
        let DocumentState { id, title, kind, bom, folder, language, targets, trashed, created, modified } =
            &self.state;
        let signed = |number: Option<u64>| number.map(|number| number as i64);
        sql.prepare_cached(
            "INSERT INTO documents (id, title, title_clock, kind, bom, folder, folder_clock, language, language_clock,
                                    words_target, chars_target, target_clock, trashed, trashed_clock, created, modified)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            id.as_bytes(), title.value, title.clock, kind, bom, folder_number(sql, folder.value)?, folder.clock,
            language.value, language.clock, signed(targets.value[0]), signed(targets.value[1]), targets.clock,
            trashed.value, trashed.clock, created.as_millis(), modified.as_millis(),
        ])?;
        let n = sql.last_insert_rowid();
        journal::write_head(sql, n, MAIN, &journal::Tail::default(), "", &Default::default())?;
        write_search_row(sql, n, "")?;
        Ok(n)
    }

    fn take_fields(
        &self,
        sql: &Connection,
        context: &mut WriteContext,
        n: i64,
        since: Ticks,
        conflicts: &mut Vec<FieldConflict>,
    ) -> Result<bool> {
        let ours = document_state(sql, n)?;
        let theirs = &self.state;
        theirs.clocks().into_iter().for_each(|clock| context.hear(clock));
        let signed = |number: Option<u64>| number.map(|number| number as i64);
        let mut changed = false;
        let mut decide = Decide { since, conflicts };
        if let Some(title) = decide.field("title", &ours.title, &theirs.title, |title| Some(title.clone())) {
            sql.prepare_cached("UPDATE documents SET title = ?2, title_clock = ?3 WHERE n = ?1")?
                .execute(params![n, title.value, title.clock])?;
            write_search_row(sql, n, &journal::head_text(sql, n, MAIN)?)?;
            changed = true;
        }
        let place =
            |folder: &Option<writemagic_shared::id::FolderId>| folder.map(|folder| folder.to_string());
        if let Some(folder) = decide.field("folder", &ours.folder, &theirs.folder, place) {
            sql.prepare_cached("UPDATE documents SET folder = ?2, folder_clock = ?3 WHERE n = ?1")?
                .execute(params![n, folder_number(sql, folder.value)?, folder.clock])?;
            changed = true;
        }
        if let Some(language) = decide.field("language", &ours.language, &theirs.language, Clone::clone) {
            sql.prepare_cached("UPDATE documents SET language = ?2, language_clock = ?3 WHERE n = ?1")?
                .execute(params![n, language.value, language.clock])?;
            changed = true;
        }
        let targets = |targets: &[Option<u64>; 2]| Some(format!("{targets:?}"));
        if let Some(targets) = decide.field("target", &ours.targets, &theirs.targets, targets) {
            sql.prepare_cached(
                "UPDATE documents SET words_target = ?2, chars_target = ?3, target_clock = ?4 WHERE n = ?1",
            )?
            .execute(params![
                n,
                signed(targets.value[0]),
                signed(targets.value[1]),
                targets.clock
            ])?;
            changed = true;
        }
        let trashed = |trashed: &bool| Some(trashed.to_string());
        if let Some(trashed) = decide.field("trashed", &ours.trashed, &theirs.trashed, trashed) {
            sql.prepare_cached("UPDATE documents SET trashed = ?2, trashed_clock = ?3 WHERE n = ?1")?
                .execute(params![n, trashed.value, trashed.clock])?;
            write_search_row(sql, n, &journal::head_text(sql, n, MAIN)?)?;
            changed = true;
        }
        sql.prepare_cached("UPDATE documents SET modified = max(modified, ?2) WHERE n = ?1")?
            .execute(params![n, theirs.modified.as_millis()])?;
        for conflict in conflicts.iter() {
            sql.prepare_cached(
                "INSERT INTO superseded (document, field, value, clock, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                n,
                conflict.field,
                conflict.lost,
                conflict.clock,
                context.now().as_millis()
            ])?;
        }
        Ok(changed)
    }

    fn take_branches(
        &self,
        sql: &Connection,
        context: &mut WriteContext,
        n: i64,
        loaded: &Loaded,
        taken: &mut Taken,
    ) -> Result<()> {
        let now = context.now().as_millis();
        for branch in &self.branches {
            let number = if branch.id == MAIN_ID {
                MAIN
            } else {
                if is_purged(sql, &branch.id)? {
                    continue;
                }
                context.hear(branch.name.clock);
                match branch_of_id(sql, &branch.id)? {
                    Some((document, number)) if document == n => {
                        let ours: (String, i64) = sql
                            .prepare_cached("SELECT name, name_clock FROM branches WHERE n = ?1")?
                            .query_row([head_key(n, number)], |row| Ok((row.get(0)?, row.get(1)?)))?;
                        let ours = Field { value: ours.0, clock: ours.1 };
                        if branch.name.is_newer_than(&ours) {
                            sql.prepare_cached(
                                "UPDATE branches SET name = ?2, name_clock = ?3 WHERE n = ?1",
                            )?
                            .execute(params![
                                head_key(n, number),
                                branch.name.value,
                                branch.name.clock
                            ])?;
                            taken.changed = true;
                        }
                        number
                    }
                    Some(_) => return Err(self.invalid("a branch is another document's")),
                    None if shows_forgotten(loaded.log(), &branch.version)? => {
                        // Nothing is lost: the other library keeps it.
                        taken.forgotten += 1;
                        continue;
                    }
                    None => {
                        let number = free_number(sql, n)?;
                        sql.prepare_cached(
                            "INSERT INTO branches (n, id, name, name_clock, created) VALUES (?1, ?2, ?3, ?4, ?5)",
                        )?
                        .execute(params![
                            head_key(n, number), branch.id, branch.name.value, branch.name.clock,
                            branch.created.as_millis()
                        ])?;
                        let tail = journal::Tail { end: taken.end, ..journal::Tail::default() };
                        journal::write_head(sql, n, number, &tail, "", &Default::default())?;
                        taken.changed = true;
                        number
                    }
                }
            };
            let heads = loaded.log().find_heads(&branch.version).map_err(|_| Error::BundleIncomplete)?;
            let wanted = loaded.log().reduce(&heads).map_err(MergeError::from)?;
            let wanted =
                loaded.log().version(&wanted).map_err(|_| Error::internal("a head without an id"))?;
            let stored = heads_bytes(&stored_version(sql, &wanted, now)?);
            if wanted.heads().is_empty() || history::includes_version(sql, n, number, loaded, &wanted)? {
                continue;
            }
            taken.changed = true;
            // Should the process end before the branch has taken it in, the next one does.
            sql.prepare_cached("INSERT OR REPLACE INTO incoming (head, frontier) VALUES (?1, ?2)")?
                .execute(params![head_key(n, number), stored])?;
            taken.branches.push((number, wanted));
        }
        Ok(())
    }

    fn take_labels(&self, sql: &Connection, context: &mut WriteContext, n: i64, now: i64) -> Result<bool> {
        let mut changed = false;
        for label in &self.labels {
            context.hear(label.clock);
            let ours: Option<(Option<Vec<u8>>, i64, i64)> = sql
                .prepare_cached("SELECT frontier, at, clock FROM labels WHERE document = ?1 AND name = ?2")?
                .query_row(params![n, label.name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            if let Some((heads, at, clock)) = ours {
                let version = heads.map(|heads| version(sql, &heads)).transpose()?;
                let at = writemagic_shared::runtime::Timestamp::from_millis(at);
                let ours = Label { name: label.name.clone(), version, at, clock };
                if !label.is_newer_than(&ours) {
                    continue;
                }
            }
            let heads =
                label.version.as_ref().map(|version| stored_version(sql, version, now)).transpose()?;
            sql.prepare_cached(
                "INSERT OR REPLACE INTO labels (document, name, frontier, at, clock) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                n, label.name, heads.map(|heads| heads_bytes(&heads)), label.at.as_millis(), label.clock
            ])?;
            changed = true;
        }
        Ok(changed)
    }

    fn take_anchors(&self, sql: &Connection, context: &mut WriteContext, n: i64, now: i64) -> Result<bool> {
        let mut changed = false;
        for anchor in &self.anchors {
            context.hear(anchor.clock);
            let ours = sql
                .prepare_cached(
                    "SELECT kind, frontier, at, side, clock FROM anchors WHERE document = ?1 AND id = ?2",
                )?
                .query_row(params![n, anchor.id], |row| {
                    let (heads, at): (Option<Vec<u8>>, u32) = (row.get(1)?, row.get(2)?);
                    let (side, clock): (i64, i64) = (row.get(3)?, row.get(4)?);
                    let kind: String = row.get(0)?;
                    let ours = Anchor { id: anchor.id, kind, place: None, side: u8::from(side != 0), clock };
                    Ok((ours, heads, at))
                })
                .optional()?;
            if let Some((ours, heads, at)) = ours {
                let place = heads.map(|heads| Ok::<_, Error>((version(sql, &heads)?, at))).transpose()?;
                let ours = Anchor { place, ..ours };
                if !anchor.is_newer_than(&ours) {
                    continue;
                }
            }
            let (heads, at) = match &anchor.place {
                Some((version, at)) => (Some(heads_bytes(&stored_version(sql, version, now)?)), *at),
                None => (None, 0),
            };
            sql.prepare_cached(
                "INSERT OR REPLACE INTO anchors (document, id, kind, frontier, at, side, clock)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                n,
                anchor.id,
                anchor.kind,
                heads,
                at,
                anchor.side,
                anchor.clock
            ])?;
            changed = true;
        }
        Ok(changed)
    }
}

fn version(sql: &Connection, heads: &[u8]) -> Result<Version> {
    let heads = journal::parse_heads(heads).ok_or(Error::LibraryCorrupt { found: "a version" })?;
    history::version_of(sql, &heads)
}

/// Decides fields, and notes what both libraries wrote since they last met.
struct Decide<'a> {
    since: Ticks,
    conflicts: &'a mut Vec<FieldConflict>,
}

impl Decide<'_> {
    /// The field to take over, if it is theirs.
    fn field<'f, T: Ord>(
        &mut self,
        name: &'static str,
        ours: &Field<T>,
        theirs: &'f Field<T>,
        shown: impl Fn(&T) -> Option<String>,
    ) -> Option<&'f Field<T>> {
        let take = theirs.is_newer_than(ours);
        if ours.value != theirs.value && ours.clock.min(theirs.clock) > self.since {
            let lost = if take { ours } else { theirs };
            self.conflicts.push(FieldConflict { field: name, lost: shown(&lost.value), clock: lost.clock });
        }
        take.then_some(theirs)
    }
}

/// Whether a version shows characters that were forgotten here.
fn shows_forgotten(log: &Log, version: &Version) -> Result<bool> {
    if !log.forgets() {
        return Ok(false);
    }
    let heads = log.find_heads(version).map_err(|_| Error::BundleIncomplete)?;
    let text = history::bring(log, &Frontier::root(), &heads, Rope::new())?;
    Ok(history::lacks_text(log, &text))
}

impl DocumentState {
    fn clocks(&self) -> [Ticks; 5] {
        [self.title.clock, self.folder.clock, self.language.clock, self.targets.clock, self.trashed.clock]
    }
}

/// The row of a document.
pub(super) fn number(sql: &Connection, id: DocumentId) -> Result<Option<i64>> {
    Ok(sql
        .prepare_cached("SELECT n FROM documents WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Whether a document or a branch was purged.
fn is_purged(sql: &Connection, id: &[u8; 16]) -> Result<bool> {
    Ok(sql
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM purged WHERE id = ?1 AND kind <> ?2)")?
        .query_row(params![id, PurgedKind::Folder as i64], |row| row.get(0))?)
}
