//! A history that is kept in memory: who looks at one version of a document soon looks at another.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::load::{Loaded, load};
use crate::error::Result;
use crate::journal::{End, piece_before};
use crate::library::lock;

/// The largest history that is kept, in bytes of memory: some millions of events.
const KEPT_BYTES: usize = 16 << 20;

/// The history of the document that was asked for last. Dropped when memory is short, and with the library's files.
#[derive(Debug, Default)]
pub(crate) struct KeptHistory(Mutex<Option<(i64, Arc<Loaded>)>>);

impl KeptHistory {
    /// All events of a document, or what is sound of them: as `load` from 0. O(events that are new) when the document is
    /// the one that was asked for last.
    pub(crate) fn all(&self, sql: &Connection, document: i64) -> Result<Arc<Loaded>> {
        match self.current(sql, document)? {
            Some(kept) => Ok(kept),
            None => Ok(self.keep(document, load(sql, document, 0)?, newest(sql, document)?)),
        }
    }

    /// All events of a document, if they are in memory but for the newest, which are read. `None` too where the database
    /// has other events than those in memory.
    pub(crate) fn current(&self, sql: &Connection, document: i64) -> Result<Option<Arc<Loaded>>> {
        let kept = lock(&self.0).as_ref().filter(|(of, _)| *of == document).map(|(_, kept)| Arc::clone(kept));
        let Some(kept) = kept else { return Ok(None) };
        if !continues(sql, document, kept.end)? {
            return Ok(None);
        }
        let newest = newest(sql, document)?;
        if kept.end == newest {
            return Ok(Some(kept));
        }
        // Out of its place, so that only what someone works with is copied.
        lock(&self.0).take_if(|(_, same)| Arc::ptr_eq(same, &kept));
        let mut longer = Arc::unwrap_or_clone(kept);
        longer.take_rest(sql, document)?;
        Ok(Some(self.keep(document, longer, newest)))
    }

    fn keep(&self, document: i64, loaded: Loaded, newest: End) -> Arc<Loaded> {
        let sound = !loaded.damaged && loaded.end == newest;
        let loaded = Arc::new(loaded);
        if sound && loaded.history.bytes() <= KEPT_BYTES {
            *lock(&self.0) = Some((document, Arc::clone(&loaded)));
        }
        loaded
    }

    /// Frees what is kept; who works with it keeps it until then.
    pub(crate) fn clear(&self) {
        *lock(&self.0) = None;
    }
}

fn newest(sql: &Connection, document: i64) -> Result<End> {
    Ok(piece_before(sql, document, u32::MAX >> 2)?.map_or(End::default(), |piece| piece.end))
}

/// Whether a piece of the history on disk ends where the kept one does, with the same checksum of all before it.
fn continues(sql: &Connection, document: i64, end: End) -> Result<bool> {
    Ok(end.lv > 0 && piece_before(sql, document, end.lv)?.is_some_and(|piece| piece.end == end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;
    use crate::document::{NewDocument, document_number};
    use crate::library::OpenOptions;
    use writemagic_shared::id::DocumentId;

    fn type_into(library: &Library, document: DocumentId, text: &str) {
        let session = library.edit(document).unwrap();
        session.splice(0, 0, text).unwrap();
        session.close().unwrap();
    }

    fn all(library: &Library, document: DocumentId) -> Arc<Loaded> {
        library.read(|sql| library.inner.kept_history.all(sql, document_number(sql, document)?)).unwrap()
    }

    fn read_anew(library: &Library, document: DocumentId) -> Loaded {
        library.read(|sql| load(sql, document_number(sql, document)?, 0)).unwrap()
    }

    #[test]
    fn one_history_is_kept_until_it_grows_another_is_asked_for_or_memory_is_short() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let [a, b] = ["a", "b"].map(|title| library.create_document(NewDocument::titled(title)).unwrap().id);
        type_into(&library, a, "first ");
        type_into(&library, b, "other");
        let first = all(&library, a);
        assert!(Arc::ptr_eq(&first, &all(&library, a)));
        type_into(&library, a, "second ");
        let second = all(&library, a);
        assert_eq!((first.end.lv, second.end), (6, read_anew(&library, a).end));
        assert!(Arc::ptr_eq(&second, &all(&library, a)));
        assert_eq!(all(&library, b).end.lv, 5);
        assert!(!Arc::ptr_eq(&second, &all(&library, a)));
        let third = all(&library, a);
        library.release_memory();
        assert!(!Arc::ptr_eq(&third, &all(&library, a)));
    }

    #[test]
    fn a_fold_leaves_the_kept_history_and_other_events_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let document = library.create_document(NewDocument::titled("a")).unwrap().id;
        type_into(&library, document, &"word ".repeat(100));
        let kept = all(&library, document);
        let n = library.read(|sql| document_number(sql, document)).unwrap();
        assert!(library.write(|sql, _| crate::history::fold(sql, n, 1)).unwrap());
        assert!(Arc::ptr_eq(&kept, &all(&library, document)));

        let mut other = (*kept).clone();
        other.end.chain ^= 1;
        *lock(&library.inner.kept_history.0) = Some((n, Arc::new(other)));
        assert_eq!(all(&library, document).end, kept.end);
    }
}
