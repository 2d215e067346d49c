//! The text at any version, and what changed between two.

use ropey::Rope;
use rusqlite::Connection;
use writemagic_shared::id::DocumentId;
use writemagic_shared::text::diff::{self, By, Hunk};

use super::fold::{checkpoint_text, checkpoints};
use super::kept::{KeptHistory, KeptText};
use super::load::Loaded;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::{Budget, Coalesce, Frontier, Log, Lv, MergeError, Version, merge};
use crate::journal;
use crate::schema::MAIN;

/// The text at a version: from the nearest text that was kept before it.
pub(super) fn text_at(
    sql: &Connection,
    document: i64,
    kept: &KeptHistory,
    version: &Version,
) -> Result<Rope> {
    if let Some((heads, _)) = journal::stored_heads(sql, document, MAIN)?
        && super::version_of(sql, &heads)? == *version
    {
        return Ok(Rope::from_str(&journal::head_text(sql, document, MAIN)?));
    }
    let loaded = kept.all(sql, document)?;
    let log = loaded.log();
    let wanted = log.find_heads(version).map_err(|_| Error::VersionNotFound)?;
    let Some(last) = wanted.iter().max().copied() else { return Ok(Rope::new()) };
    let in_memory = kept.nearest_text(&loaded, &wanted);
    let since = in_memory.as_ref().and_then(KeptText::last);
    let on_disk = checkpoints(sql, document)?;
    let mut start = None;
    for checkpoint in on_disk.into_iter().filter(|kept| kept.lv <= last + 1 && Some(kept.lv) > since) {
        let Some(version) = loaded.frontier(sql, &checkpoint.heads)? else { continue };
        if matches!(log.dominates(&wanted, &version), Ok(true))
            && let Some(text) = checkpoint_text(sql, document, checkpoint.lv)?
        {
            start = Some(KeptText { version, text: Rope::from_str(&text) });
            break;
        }
    }
    let root = || KeptText { version: Frontier::root(), text: Rope::new() };
    let KeptText { version, text } = start.or(in_memory).unwrap_or_else(root);
    let text = bring(log, &version, &wanted, text)?;
    if let Ok(version) = log.reduce(&wanted) {
        kept.keep_text(&loaded, KeptText { version, text: text.clone() });
    }
    whole(log, text)
}

/// The text, unless it lacks characters.
fn whole(log: &Log, text: Rope) -> Result<Rope> {
    if lacks_text(log, &text) { Err(Error::VersionForgotten) } else { Ok(text) }
}

/// Whether a text of this log lacks characters that were forgotten.
pub(crate) fn lacks_text(log: &Log, text: &Rope) -> bool {
    // Of a log that forgets nothing the text is not looked through.
    log.forgets() && text.chunks().any(|chunk| log.has_forgotten(chunk))
}

/// A text at version `from`, brought to `to`.
pub(crate) fn bring(log: &Log, from: &Frontier, to: &[Lv], mut text: Rope) -> Result<Rope, MergeError> {
    let chars = text.len_chars() as u32;
    let mut sink = Coalesce::new(&mut text);
    merge(log, from, to, chars, &mut sink, &mut Budget::default())?;
    sink.finish()?;
    Ok(text)
}

/// What changed between two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The older text.
    pub old: String,
    /// The newer one.
    pub new: String,
    /// The changes, in order; replacing every `old` range by the text of its `new` range gives the new text.
    pub hunks: Vec<Hunk>,
}

impl Library {
    /// The text of a document at a version of it. Touches the disk; takes time in proportion to what was written since the
    /// nearest text that was kept, at most some 100,000 events.
    ///
    /// # Errors
    /// `version_not_found`; `version_forgotten` if [`Library::compact`] forgot some of it; `document_not_found`; `library_corrupt`.
    pub fn text_at(&self, document: DocumentId, version: &Version) -> Result<String> {
        self.settle(document)?;
        let kept = &self.inner.kept_history;
        self.read(|sql| Ok(text_at(sql, document_number(sql, document)?, kept, version)?.to_string()))
    }

    /// What changed between two versions of a document, by words or by lines, moved passages recognised.
    /// Touches the disk.
    ///
    /// # Errors
    /// As [`Library::text_at`].
    pub fn diff(&self, document: DocumentId, old: &Version, new: &Version, by: By) -> Result<Difference> {
        let (old, new) = (self.text_at(document, old)?, self.text_at(document, new)?);
        let hunks = diff::diff(&old, &new, by);
        Ok(Difference { old, new, hunks })
    }
}

/// Whether a branch has all that a version has; `loaded` is all of the history.
pub(crate) fn includes_version(
    sql: &Connection,
    document: i64,
    branch: i64,
    loaded: &Loaded,
    version: &Version,
) -> Result<bool> {
    let log = loaded.log();
    let ours = super::version_of(sql, &journal::current(sql, document, branch)?.tail.heads)?;
    let unknown = |_| Error::LibraryCorrupt { found: "a damaged history" };
    let (ours, version) =
        (log.find_heads(&ours).map_err(unknown)?, log.find_heads(version).map_err(unknown)?);
    log.dominates(&ours, &version).map_err(|_| Error::internal("a version lacks events"))
}
