//! Who wrote what: from the events themselves, not from comparing texts.

use writemagic_shared::id::{DocumentId, RunId};
use writemagic_shared::runtime::Timestamp;

use super::branch::branch_number;
use super::timeline::author;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::{Budget, Identity, Lv, Origin, OriginKind};
use crate::journal;

/// A range of a text and who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authored {
    /// In UTF-16 units.
    pub range: std::ops::Range<u64>,
    /// The origin's name, or its kind where it has none.
    pub author: String,
    /// What kind of author.
    pub kind: OriginKind,
    /// The run of the model that wrote it, where the origin names one.
    pub run: Option<RunId>,
    /// When it was written; the last of it, where one author wrote it in several goes on end.
    pub time: Timestamp,
}

impl Library {
    /// Who wrote each range of a branch's text, in order, without gaps. Touches the disk; replays the document's history.
    ///
    /// # Errors
    /// `document_not_found`, `branch_not_found`, `library_corrupt`, `merge_refused`.
    pub fn blame(&self, document: DocumentId, branch: &str) -> Result<Vec<Authored>> {
        self.settle(document)?;
        let (loaded, version, text) = self.read(|sql| {
            let n = document_number(sql, document)?;
            let branch = branch_number(sql, n, branch)?;
            let current = journal::current(sql, n, branch)?;
            let loaded = self.inner.kept_history.all(sql, n)?;
            let version = loaded.frontier(sql, &current.tail.heads)?;
            Ok((loaded, version, current.text.rope().clone()))
        })?;
        let damaged = Error::LibraryCorrupt { found: "a damaged history" };
        let Some(version) = version else { return Err(damaged) };
        let log = loaded.log();
        let identity = Identity::of(log, &version, &mut Budget::default())?;
        let mut ranges: Vec<(Authored, Origin)> = Vec::new();
        let mut at: usize = 0;
        for (_, events) in identity.blame() {
            for (part, origin, time) in loaded.history.authorship(events) {
                let (part, time): (std::ops::Range<Lv>, _) = (part, Timestamp::from_millis(time));
                let end = (at + part.len()).min(text.len_chars());
                let range = text.char_to_utf16_cu(at) as u64..text.char_to_utf16_cu(end) as u64;
                at = end;
                match ranges.last_mut() {
                    Some((last, by)) if by == origin => {
                        last.range.end = range.end;
                        last.time = last.time.max(time);
                    }
                    _ => {
                        let (author, run) = (author(origin), origin.run());
                        let authored = Authored { range, author, kind: origin.kind, run, time };
                        ranges.push((authored, origin.clone()));
                    }
                }
            }
        }
        if at != text.len_chars() {
            return Err(damaged);
        }
        Ok(ranges.into_iter().map(|(authored, _)| authored).collect())
    }
}
