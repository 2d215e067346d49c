//! Entries in the database: made, found, changed, removed.

use rusqlite::{Connection, OptionalExtension, Row, params};
use writemagic_shared::id::BibleEntryId;
use writemagic_shared::limits::{BIBLE_ENTRIES, BIBLE_ENTRY_ALIASES, ID_PREFIX_CHARS};
use writemagic_shared::runtime::Timestamp;

use super::entry::{
    Alias, BibleEntry, BibleEntryChange, EntryKind, NewBibleEntry, REPEATED, Visibility, check_name,
    check_notes,
};
use super::facts::remove_facts;
use super::words::name_key;
use crate::Library;
use crate::document::natural;
use crate::error::{Error, Result};
use crate::library::WriteContext;

/// The key in `meta` of a number that grows whenever names change.
const NAMES: &str = "bible_names";
const COLUMNS: &str = "n, id, kind, name, inflected, visibility, notes, created, modified";

/// Every method touches the disk; changes are durable when they return.
impl Library {
    /// Makes an entry of the story bible.
    ///
    /// # Errors
    /// `invalid_argument` for a kind or a name without a word, or one that the entry has twice; `limit_exceeded`.
    pub fn add_bible_entry(&self, new: &NewBibleEntry) -> Result<BibleEntry> {
        new.check()?;
        self.write(|sql, context| {
            let count: i64 = sql.query_row("SELECT count(*) FROM bible_entries", [], |row| row.get(0))?;
            Error::check_limit("bible_entries", count.unsigned_abs() + 1, BIBLE_ENTRIES)?;
            let now = context.now().as_millis();
            sql.prepare_cached(
                "INSERT INTO bible_entries (id, kind, name, inflected, visibility, notes, created, modified)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
            )?
            .execute(params![
                BibleEntryId::new(context.now()).as_bytes(),
                new.kind.word(),
                new.name,
                new.inflected,
                new.visibility.number(),
                new.notes,
                now
            ])?;
            let n = sql.last_insert_rowid();
            new.aliases.iter().try_for_each(|alias| insert_alias(sql, n, alias))?;
            names_changed(sql)?;
            entry(sql, n)
        })
    }

    /// The entry of this id.
    ///
    /// # Errors
    /// `bible_entry_not_found`.
    pub fn bible_entry(&self, entry: BibleEntryId) -> Result<BibleEntry> {
        self.read(|sql| self::entry(sql, entry_number(sql, entry)?))
    }

    /// The entry that `name` means: a full id, else an exact name, else a name or an alias that is found in the same places, else a
    /// unique prefix of an id, at least [`ID_PREFIX_CHARS`] characters.
    ///
    /// # Errors
    /// `bible_entry_not_found`; `ambiguous_bible_entry` when several go by it.
    pub fn find_bible_entry(&self, name: &str) -> Result<BibleEntry> {
        let key = name_key(name);
        let key_of = |other: &str| key.is_some() && name_key(other) == key;
        let id = name.to_ascii_lowercase();
        let tries: [&dyn Fn(&BibleEntry) -> bool; 5] = [
            &|entry| entry.id.to_string() == id,
            &|entry| entry.name == name,
            &|entry| key_of(&entry.name),
            &|entry| entry.aliases.iter().any(|alias| key_of(&alias.name)),
            &|entry| id.len() as u64 >= ID_PREFIX_CHARS && entry.id.to_string().starts_with(&id),
        ];
        self.read(|sql| {
            let entries = without_notes(sql)?;
            for is_meant in tries {
                let mut found = entries.iter().filter(|(_, entry)| is_meant(entry));
                if let Some((n, _)) = found.next() {
                    return match found.count() {
                        0 => entry(sql, *n),
                        more => Err(Error::AmbiguousBibleEntry { count: more as u64 + 1 }),
                    };
                }
            }
            Err(Error::BibleEntryNotFound)
        })
    }

    /// All entries, or those of a kind, by name; numbers in names by their value.
    pub fn bible_entries(&self, kind: Option<&EntryKind>) -> Result<Vec<BibleEntry>> {
        let entries = self.read(|sql| entries(sql, COLUMNS))?.into_iter().map(|(_, entry)| entry);
        let mut entries: Vec<BibleEntry> =
            entries.filter(|entry| kind.is_none_or(|kind| *kind == entry.kind)).collect();
        entries.sort_by_cached_key(|entry| (natural(&entry.name), entry.id));
        Ok(entries)
    }

    /// Changes an entry, in the bible alone: no document changes.
    ///
    /// # Errors
    /// `bible_entry_not_found`; as [`Library::add_bible_entry`].
    pub fn set_bible_entry(&self, entry: BibleEntryId, change: &BibleEntryChange) -> Result<BibleEntry> {
        change.kind.as_ref().map_or(Ok(()), EntryKind::check)?;
        change.notes.as_deref().map_or(Ok(()), check_notes)?;
        self.change_entry(entry, |sql, n, now| {
            if let Some(name) = &change.name {
                let key = check_name(name)?;
                if now.aliases.iter().any(|alias| name_key(&alias.name).as_ref() == Some(&key)) {
                    return Err(REPEATED);
                }
            }
            sql.prepare_cached(
                "UPDATE bible_entries SET kind = ifnull(?2, kind), name = ifnull(?3, name),
                    inflected = ifnull(?4, inflected), notes = ifnull(?5, notes), visibility = ifnull(?6, visibility)
                 WHERE n = ?1",
            )?
            .execute(params![
                n,
                change.kind.as_ref().map(EntryKind::word),
                change.name,
                change.inflected,
                change.notes,
                change.visibility.map(Visibility::number)
            ])?;
            Ok(())
        })
    }

    /// Gives an entry another name beside those it has; one that it has is set anew.
    ///
    /// # Errors
    /// `bible_entry_not_found`; `invalid_argument` for the entry's own name, or one without a word; `limit_exceeded`.
    pub fn add_bible_alias(&self, entry: BibleEntryId, alias: &Alias) -> Result<BibleEntry> {
        let key = check_name(&alias.name)?;
        self.change_entry(entry, |sql, n, now| {
            if name_key(&now.name).as_ref() == Some(&key) {
                return Err(REPEATED);
            }
            delete_alias(sql, n, &key)?;
            let aliases: i64 = sql
                .prepare_cached("SELECT count(*) FROM bible_aliases WHERE entry = ?1")?
                .query_row([n], |row| row.get(0))?;
            Error::check_limit("bible_entry_aliases", aliases.unsigned_abs() + 1, BIBLE_ENTRY_ALIASES)?;
            insert_alias(sql, n, alias)
        })
    }

    /// Takes an alias away. One that is not there is no error.
    ///
    /// # Errors
    /// `bible_entry_not_found`.
    pub fn remove_bible_alias(&self, entry: BibleEntryId, name: &str) -> Result<BibleEntry> {
        let key = name_key(name);
        self.change_entry(entry, |sql, n, _| {
            key.as_ref().map_or(Ok(()), |key| delete_alias(sql, n, key).map(|_| ()))
        })
    }

    /// Removes an entry with its aliases, its facts and what was kept of its renamings; the documents stay as they are.
    /// Gives what it was.
    ///
    /// # Errors
    /// `bible_entry_not_found`.
    pub fn remove_bible_entry(&self, entry: BibleEntryId) -> Result<BibleEntry> {
        let was = self.write(|sql, context| {
            let n = entry_number(sql, entry)?;
            let was = self::entry(sql, n)?;
            remove_facts(sql, context, n)?;
            for statement in [
                "DELETE FROM bible_rename_documents WHERE rename IN (SELECT n FROM bible_renames WHERE entry = ?1)",
                "DELETE FROM bible_renames WHERE entry = ?1",
                "DELETE FROM bible_aliases WHERE entry = ?1",
                "DELETE FROM bible_entries WHERE n = ?1",
            ] {
                sql.execute(statement, [n])?;
            }
            names_changed(sql)?;
            Ok(was)
        })?;
        self.inner.cut_log()?;
        Ok(was)
    }

    fn change_entry(
        &self,
        entry: BibleEntryId,
        change: impl FnOnce(&Connection, i64, &BibleEntry) -> Result<()>,
    ) -> Result<BibleEntry> {
        self.write(|sql, context| {
            let n = entry_number(sql, entry)?;
            change(sql, n, &self::entry(sql, n)?)?;
            entry_changed(sql, context, n)?;
            self::entry(sql, n)
        })
    }
}

/// Notes that an entry's names, or something else of it, changed.
pub(super) fn entry_changed(sql: &Connection, context: &WriteContext, n: i64) -> Result<()> {
    sql.prepare_cached("UPDATE bible_entries SET modified = ?2 WHERE n = ?1")?
        .execute(params![n, context.now().as_millis()])?;
    names_changed(sql)
}

fn names_changed(sql: &Connection) -> Result<()> {
    sql.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, 1) ON CONFLICT DO UPDATE SET value = value + 1",
    )?
    .execute([NAMES])?;
    Ok(())
}

/// A number that grows whenever names change.
pub(super) fn names_version(sql: &Connection) -> Result<i64> {
    let version = sql
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([NAMES], |row| row.get(0))
        .optional()?;
    Ok(version.unwrap_or(0))
}

/// The row number of an entry.
pub(super) fn entry_number(sql: &Connection, entry: BibleEntryId) -> Result<i64> {
    sql.prepare_cached("SELECT n FROM bible_entries WHERE id = ?1")?
        .query_row([entry.as_bytes()], |row| row.get(0))
        .optional()?
        .ok_or(Error::BibleEntryNotFound)
}

/// The entry of a row number.
pub(super) fn entry(sql: &Connection, n: i64) -> Result<BibleEntry> {
    let (_, mut entry) = sql
        .prepare_cached(&format!("SELECT {COLUMNS} FROM bible_entries WHERE n = ?1"))?
        .query_row([n], entry_of)
        .optional()?
        .ok_or(Error::BibleEntryNotFound)?;
    let mut statement =
        sql.prepare_cached("SELECT name, inflected FROM bible_aliases WHERE entry = ?1 ORDER BY n")?;
    let aliases = statement.query_map([n], |row| Ok(Alias { name: row.get(0)?, inflected: row.get(1)? }))?;
    entry.aliases = aliases.collect::<rusqlite::Result<_>>()?;
    Ok(entry)
}

/// All entries with their row numbers, in the order in which they were made; without their notes, which may be long.
pub(super) fn without_notes(sql: &Connection) -> Result<Vec<(i64, BibleEntry)>> {
    entries(sql, &COLUMNS.replace("notes", "''"))
}

fn entries(sql: &Connection, columns: &str) -> Result<Vec<(i64, BibleEntry)>> {
    let mut statement = sql.prepare_cached(&format!("SELECT {columns} FROM bible_entries ORDER BY n"))?;
    let mut entries: Vec<(i64, BibleEntry)> =
        statement.query_map([], entry_of)?.collect::<rusqlite::Result<_>>()?;
    let mut statement =
        sql.prepare_cached("SELECT entry, name, inflected FROM bible_aliases ORDER BY entry, n")?;
    let mut rows = statement.query([])?;
    let mut at = 0;
    while let Some(row) = rows.next()? {
        let of: i64 = row.get(0)?;
        while entries.get(at).is_some_and(|(n, _)| *n < of) {
            at += 1;
        }
        if let Some((_, entry)) = entries.get_mut(at).filter(|(n, _)| *n == of) {
            entry.aliases.push(Alias { name: row.get(1)?, inflected: row.get(2)? });
        }
    }
    Ok(entries)
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<(i64, BibleEntry)> {
    let kind: String = row.get(2)?;
    let entry = BibleEntry {
        id: BibleEntryId::from_bytes(row.get(1)?),
        kind: EntryKind::of(&kind),
        name: row.get(3)?,
        inflected: row.get(4)?,
        aliases: Vec::new(),
        notes: row.get(6)?,
        visibility: Visibility::of_number(row.get(5)?),
        created: Timestamp::from_millis(row.get(7)?),
        modified: Timestamp::from_millis(row.get(8)?),
    };
    Ok((row.get(0)?, entry))
}

pub(super) fn insert_alias(sql: &Connection, entry: i64, alias: &Alias) -> Result<()> {
    sql.prepare_cached("INSERT INTO bible_aliases (entry, name, inflected) VALUES (?1, ?2, ?3)")?
        .execute(params![entry, alias.name, alias.inflected])?;
    Ok(())
}

/// Removes the alias with a key; gives whether its forms were found, if it was there.
pub(super) fn delete_alias(sql: &Connection, entry: i64, key: &str) -> Result<Option<bool>> {
    let mut statement =
        sql.prepare_cached("SELECT n, name, inflected FROM bible_aliases WHERE entry = ?1")?;
    let mut rows = statement.query([entry])?;
    while let Some(row) = rows.next()? {
        let (n, name, inflected): (i64, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if name_key(&name).as_deref() == Some(key) {
            sql.prepare_cached("DELETE FROM bible_aliases WHERE n = ?1")?.execute([n])?;
            return Ok(Some(inflected));
        }
    }
    Ok(None)
}
