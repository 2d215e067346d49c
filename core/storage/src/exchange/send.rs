//! Sending: a summary of what the library knows, and bundles of what another one lacks.

use std::collections::BTreeSet;
use std::io::Write;

use writemagic_shared::error::Coded;
use writemagic_shared::event;
use writemagic_shared::id::DocumentId;
use writemagic_shared::runtime::Progress;

use super::bundle::{BundleError, BundleWriter};
use super::collect::{digest, document_state, documents, known_of, lacking, parts, shelf_records, summary};
use super::record::{Header, Record};
use super::summary::Summary;
use crate::Library;
use crate::error::{Error, Result};
use crate::graph::chunk;

/// What a bundle holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleReport {
    /// Documents of which something was lacking.
    pub documents: u64,
    /// Events: characters inserted and deleted.
    pub events: u64,
}

/// What to put into a bundle.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BundleOptions {
    /// What the receiver knows: the text of its [`Library::summary`]. Nothing, if there is none.
    pub summary: Option<String>,
    /// These documents only, with all folders and tombstones.
    pub documents: Option<Vec<DocumentId>>,
}

impl From<BundleError> for Error {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::BadBundle { reason, offset } => Error::BundleInvalid { reason, offset },
            BundleError::Io(error) => error.into(),
        }
    }
}

impl Library {
    /// What the library knows, as a text that another library's [`Library::bundle`] takes. Touches the disk; costs a pass
    /// over all documents' fields.
    ///
    /// # Errors
    /// `merge_refused` for more documents or writers than a summary holds.
    pub fn summary(&self) -> Result<String> {
        Ok(self.known()?.to_string())
    }

    pub(super) fn known(&self) -> Result<Summary> {
        if !self.is_read_only() {
            self.inner.sessions.save_all(&self.inner)?;
        }
        self.read(|sql| summary(sql, self.id()))
    }

    /// Writes what another library lacks. Progress is in documents. Touches the disk.
    ///
    /// # Errors
    /// `invalid_argument` for a summary that no library made; `document_not_found`; `cancelled`; those of writing to `output`,
    /// which then holds a part that no library takes.
    pub fn bundle(
        &self,
        options: &BundleOptions,
        output: impl Write,
        progress: &Progress,
    ) -> Result<BundleReport> {
        let invalid = |_| Error::InvalidArgument { what: "summary", reason: "not one that a library made" };
        let summary: Option<Summary> =
            options.summary.as_ref().map(|text| text.trim().parse().map_err(invalid)).transpose()?;
        self.bundle_for(summary.as_ref(), options.documents.as_deref(), output, progress)
    }

    pub(super) fn bundle_for(
        &self,
        summary: Option<&Summary>,
        only: Option<&[DocumentId]>,
        output: impl Write,
        progress: &Progress,
    ) -> Result<BundleReport> {
        if !self.is_read_only() {
            self.inner.sessions.save_all(&self.inner)?;
        }
        let (shelf, mut all, clock) =
            self.read(|sql| Ok((shelf_records(sql)?, documents(sql)?, crate::library::stored_clock(sql)?)))?;
        if let Some(only) = only {
            let only: BTreeSet<DocumentId> = only.iter().copied().collect();
            all.retain(|(_, id)| only.contains(id));
            if all.len() != only.len() {
                return Err(Error::DocumentNotFound);
            }
        }
        progress.expect_more(all.len() as u64);
        let mut bundle = BundleWriter::new(output, &Header { library: self.id(), clock })?;
        if summary.is_none_or(|summary| summary.shelf() != digest(&shelf)) {
            for record in &shelf {
                bundle.write(record)?;
            }
        }
        let mut report = BundleReport::default();
        for (n, id) in all {
            progress.check()?;
            let records = match self.read(|sql| {
                let known = summary.and_then(|summary| summary.document(id));
                if known.is_some_and(|known| known_of(sql, n).is_ok_and(|ours| ours == *known)) {
                    return Ok((Vec::new(), 0));
                }
                let state = document_state(sql, n)?;
                let created = state.created;
                let mut records = vec![Record::Document(Box::new(state))];
                let loaded = self.inner.kept_history.all(sql, n)?;
                if loaded.damaged {
                    return Err(Error::HistoryDamaged { document: id, good_events: loaded.end.lv.into() });
                }
                let mut events = 0;
                for part in lacking(&loaded, known) {
                    events += part.iter().map(|range| u64::from(range.end - range.start)).sum::<u64>();
                    let part = loaded.history.chunk(&part);
                    let part = part.map_err(|_| Error::internal("a bundle lacks events"))?;
                    records.push(Record::Events(chunk::encode(&part)));
                }
                records.extend(parts(sql, n, created)?);
                Ok((records, events))
            }) {
                Ok((records, events)) => {
                    report.documents += u64::from(!records.is_empty());
                    report.events += events;
                    records
                }
                // Purged meanwhile; or it can only be read, which `check` reports: the others are sent.
                Err(error @ (Error::DocumentNotFound | Error::HistoryDamaged { .. })) => {
                    event!(Warn, "a document was left out of a bundle", document = id, code = error.code());
                    Vec::new()
                }
                Err(error) => return Err(error),
            };
            for record in &records {
                bundle.write(record)?;
            }
            progress.advance(1);
        }
        bundle.finish()?;
        event!(Info, "bundle written", documents = report.documents, events = report.events);
        Ok(report)
    }
}
