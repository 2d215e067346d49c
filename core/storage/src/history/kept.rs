//! A history that is kept in memory: who looks at one version of a document soon looks at another.

use std::sync::{Arc, Mutex};

use ropey::Rope;
use rusqlite::Connection;

use super::load::{Loaded, load};
use crate::error::Result;
use crate::graph::{Frontier, Lv};
use crate::journal::{End, piece_before};
use crate::library::lock;

/// The largest history that is kept, in bytes of memory: some millions of events.
const KEPT_BYTES: usize = 16 << 20;
/// The most bytes of old texts that are kept with it, as if they shared nothing.
const KEPT_TEXT_BYTES: usize = 4 << 20;
/// Events from one kept text to the next one, at least: less is walked in some microseconds.
const TEXTS_APART: Lv = 1024;

/// The history of the document that was asked for last, and some of its old texts. Dropped when memory is short, and with
/// the library's files.
#[derive(Debug, Default)]
pub(crate) struct KeptHistory(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    document: i64,
    loaded: Arc<Loaded>,
    /// The one that was kept last stands last.
    texts: Vec<KeptText>,
}

/// A text, and the version that it is of.
#[derive(Clone, Debug)]
pub(super) struct KeptText {
    pub(super) version: Frontier,
    pub(super) text: Rope,
}

impl KeptText {
    /// The last of its events.
    pub(super) fn last(&self) -> Option<Lv> {
        self.version.iter().max().copied()
    }
}

impl KeptHistory {
    /// All events of a document, or what is sound of them: as `load` from 0. O(events that are new) when the document is
    /// the one that was asked for last.
    pub(crate) fn all(&self, sql: &Connection, document: i64) -> Result<Arc<Loaded>> {
        match self.current(sql, document)? {
            Some(kept) => Ok(kept),
            None => Ok(self.keep(document, load(sql, document, 0)?, newest(sql, document)?, Vec::new())),
        }
    }

    /// All events of a document, if they are in memory but for the newest, which are read. `None` too where the database
    /// has other events than those in memory.
    pub(crate) fn current(&self, sql: &Connection, document: i64) -> Result<Option<Arc<Loaded>>> {
        let of_document = |kept: &&Kept| kept.document == document;
        let kept = lock(&self.0).as_ref().filter(of_document).map(|kept| Arc::clone(&kept.loaded));
        let Some(kept) = kept else { return Ok(None) };
        if !continues(sql, document, kept.end)? {
            return Ok(None);
        }
        let newest = newest(sql, document)?;
        if kept.end == newest {
            return Ok(Some(kept));
        }
        // Out of its place, so that only what someone works with is copied.
        let same = lock(&self.0).take_if(|same| Arc::ptr_eq(&same.loaded, &kept));
        let texts = same.map(|same| same.texts).unwrap_or_default();
        let mut longer = Arc::unwrap_or_clone(kept);
        longer.take_rest(sql, document)?;
        Ok(Some(self.keep(document, longer, newest, texts)))
    }

    fn keep(&self, document: i64, loaded: Loaded, newest: End, texts: Vec<KeptText>) -> Arc<Loaded> {
        let sound = !loaded.damaged && loaded.end == newest;
        let loaded = Arc::new(loaded);
        if sound && loaded.history.bytes() <= KEPT_BYTES {
            *lock(&self.0) = Some(Kept { document, loaded: Arc::clone(&loaded), texts });
        }
        loaded
    }

    /// The newest text that is kept of this history and in the past of the version with heads `wanted`.
    pub(super) fn nearest_text(&self, loaded: &Arc<Loaded>, wanted: &[Lv]) -> Option<KeptText> {
        let kept = lock(&self.0);
        let texts = &kept.as_ref().filter(|kept| Arc::ptr_eq(&kept.loaded, loaded))?.texts;
        let log = loaded.log();
        let last = wanted.iter().max();
        let past = texts.iter().filter(|kept| {
            kept.last().as_ref() <= last && matches!(log.dominates(wanted, &kept.version), Ok(true))
        });
        past.max_by_key(|kept| kept.last()).cloned()
    }

    /// Keeps a text of this history, if none is kept from shortly before; the oldest ones make room.
    pub(super) fn keep_text(&self, loaded: &Arc<Loaded>, text: KeptText) {
        let mut kept = lock(&self.0);
        let Some(kept) = kept.as_mut().filter(|kept| Arc::ptr_eq(&kept.loaded, loaded)) else { return };
        let lv = |text: &KeptText| text.last().unwrap_or(0);
        let is_near = |other: &KeptText| lv(other).abs_diff(lv(&text)) < TEXTS_APART;
        if text.text.len_bytes() > KEPT_TEXT_BYTES || kept.texts.iter().any(is_near) {
            return;
        }
        kept.texts.push(text);
        let bytes: usize = kept.texts.iter().map(|kept| kept.text.len_bytes()).sum();
        let mut over = bytes.saturating_sub(KEPT_TEXT_BYTES);
        while over > 0 {
            over = over.saturating_sub(kept.texts.remove(0).text.len_bytes());
        }
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
    fn old_texts_are_kept_some_way_apart_and_within_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let document = library.create_document(NewDocument::titled("a")).unwrap().id;
        let line = "a line of the text. ".repeat(100);
        let mut versions = Vec::new();
        for number in 0..60 {
            type_into(&library, document, &format!("{number}"));
            versions.push((library.version(document, "main").unwrap(), library.text(document).unwrap()));
            type_into(&library, document, &line);
        }
        let kept = || {
            let kept = lock(&library.inner.kept_history.0);
            kept.as_ref().map_or(Vec::new(), |kept| kept.texts.iter().map(KeptText::last).collect())
        };
        for (version, text) in versions.iter().step_by(7).chain(&versions) {
            assert_eq!(library.text_at(document, version).unwrap(), *text);
            let mut lvs = kept();
            lvs.sort_unstable();
            let apart = |pair: &[Option<Lv>]| pair[1].unwrap() - pair[0].unwrap() >= TEXTS_APART;
            assert!(lvs.windows(2).all(apart), "{lvs:?}");
        }
        let bytes: usize = lock(&library.inner.kept_history.0)
            .as_ref()
            .unwrap()
            .texts
            .iter()
            .map(|t| t.text.len_bytes())
            .sum();
        assert!(bytes > KEPT_TEXT_BYTES / 2 || kept().len() > 50, "{bytes}");
        assert!(bytes <= KEPT_TEXT_BYTES);
        // They stay when the history grows, and go with it.
        type_into(&library, document, "more");
        let before = kept();
        assert_eq!(library.text_at(document, &versions[30].0).unwrap(), versions[30].1);
        assert_eq!(kept(), before);
        library.release_memory();
        assert!(kept().is_empty());
        assert_eq!(library.text_at(document, &versions[31].0).unwrap(), versions[31].1);
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
        let other = Kept { document: n, loaded: Arc::new(other), texts: Vec::new() };
        *lock(&library.inner.kept_history.0) = Some(other);
        assert_eq!(all(&library, document).end, kept.end);
    }
}
