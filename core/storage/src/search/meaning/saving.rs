//! Writing the snapshots of indexes, and leaving nothing in them of what is gone.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};
use writemagic_shared::error::Coded as _;
use writemagic_shared::event;
use writemagic_shared::id::AgentId;

use super::collection::Collection;
use super::keep::State;
use super::snapshot::{self, Origin};
use crate::error::{Error, Result};
use crate::library::{Inner, lock};

impl Inner {
    pub(super) fn snapshot_path(&self, collection: Collection, generation: i64) -> PathBuf {
        self.folder().join(snapshot_name(collection, generation))
    }

    /// Writes what is worth it: before the files are closed.
    pub(crate) fn save_meaning(&self) {
        for collection in Collection::ALL {
            if let Some(state) = lock(&self.meaning.kept(collection).state).as_mut()
                && state.is_worth_saving()
            {
                self.save(collection, state);
            }
        }
    }

    /// Writes a snapshot. One that cannot be written costs time at the next start, and nothing else.
    pub(super) fn save(&self, collection: Collection, state: &mut State) {
        if let Err(error) = self.try_save(collection, state) {
            event!(Warn, "a snapshot could not be written", code = error.code());
        }
    }

    fn try_save(&self, collection: Collection, state: &mut State) -> Result<()> {
        // One with vectors is not replaced by who brings no model.
        if self.is_read_only() || state.space != self.meaning.space()? {
            return Ok(());
        }
        state.index.compact();
        let generation = new_generation();
        let origin = Origin {
            generation: generation.cast_unsigned(),
            space: state.space.clone(),
            seen: state.seen.cast_unsigned(),
            was_whole: state.was_whole,
            pending: state.pending.iter().copied().collect(),
        };
        let path = self.snapshot_path(collection, generation);
        snapshot::write(&path, &state.index, &origin)?;
        let before = state.generation;
        self.write(|sql, _| {
            sql.prepare_cached(
                "INSERT OR REPLACE INTO meaning_snapshots (collection, generation) VALUES (?1, ?2)",
            )?
            .execute([collection as i64, generation])?;
            sql.prepare_cached("DELETE FROM meaning_changes WHERE collection = ?1 AND number <= ?2")?
                .execute([collection as i64, state.seen])?;
            Ok(())
        })
        .inspect_err(|_| remove(&path))?;
        if let Some(before) = before {
            remove(&self.snapshot_path(collection, before));
        }
        (state.generation, state.unsaved) = (Some(generation), 0);
        // What was in memory is in the file now.
        if let Ok(Some((index, _))) = snapshot::open(&path) {
            state.index = index;
        }
        Ok(())
    }

    /// Makes sure that nothing is left of what sessions had and the database no longer has: not in memory, not in a snapshot, which is
    /// written anew.
    pub(crate) fn erase_meaning(&self, collection: Collection, sessions: &[i64]) {
        let mut state = lock(&self.meaning.kept(collection).state);
        let erased = self
            .read(|sql| {
                if state.is_none() && generation(sql, collection)?.is_none() {
                    return Ok(None);
                }
                let state = self.up_to_date(sql, collection, &mut state)?;
                let is_quick = self.meaning.is_quick();
                state.erase(sql, collection, sessions, &mut |texts| {
                    is_quick.then(|| self.meaning.embed(texts).ok()).flatten()
                })?;
                Ok(Some(state))
            })
            .and_then(|state| {
                let Some(state) = state else { return Ok(()) };
                let was = state.generation;
                if was.is_some() {
                    self.try_save(collection, state)?;
                }
                // Not written by who brings no model.
                if was.is_some() && state.generation == was { Err(Error::LibraryReadOnly) } else { Ok(()) }
            });
        if erased.is_err() {
            *state = None;
            let number = self.read(|sql| generation(sql, collection)).ok().flatten();
            // Named is one that there is not: who had read the one before learns that it is gone.
            let _ = self.write(|sql, _| {
                Ok(sql.execute(
                    "UPDATE meaning_snapshots SET generation = ?2 WHERE collection = ?1",
                    [collection as i64, new_generation()],
                )?)
            });
            if let Some(number) = number {
                remove(&self.snapshot_path(collection, number));
            }
        }
    }
}

/// A random number.
fn new_generation() -> i64 {
    let random = AgentId::random();
    random.as_bytes().first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes)) & i64::MAX
}

/// The snapshot of a collection.
pub(super) fn generation(sql: &Connection, collection: Collection) -> Result<Option<i64>> {
    let mut statement =
        sql.prepare_cached("SELECT generation FROM meaning_snapshots WHERE collection = ?1")?;
    Ok(statement.query_row([collection as i64], |row| row.get(0)).optional()?)
}

fn snapshot_name(collection: Collection, generation: i64) -> String {
    format!("{}.{generation:016x}.index", collection.name())
}

/// A file that stays takes room until the library is opened for writing again.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

/// Removes snapshots that the database does not name: what a process left that was killed while it wrote one. Only the one
/// that may write to the library calls this.
pub(crate) fn clear_snapshots(folder: &Path, sql: &Connection) -> Result<()> {
    let mut named = Vec::new();
    for collection in Collection::ALL {
        named.extend(generation(sql, collection)?.map(|number| snapshot_name(collection, number)));
    }
    let is_ours = |name: &str| {
        let mut parts = name.split('.');
        let collection =
            parts.next().is_some_and(|part| Collection::ALL.iter().any(|one| one.name() == part));
        collection && parts.nth(1) == Some("index")
    };
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if let Some(name) = name.to_str()
            && is_ours(name)
            && !named.iter().any(|named| named == name)
        {
            remove(&folder.join(name));
        }
    }
    Ok(())
}
