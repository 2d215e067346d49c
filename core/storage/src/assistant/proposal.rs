//! Changes to a text that wait for the writer's word: bytes, and beside them what they are found by.

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::{DocumentId, ProposalId};
use writemagic_shared::limits::{KEPT_PROPOSAL_BYTES, KEPT_PROPOSALS, PROPOSAL_BYTES, PROPOSAL_PAGE};

use super::{check_bytes, count, page, signed};
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};

/// What a record of the caller has around the words that [`PROPOSAL_BYTES`] bounds, in bytes: more than it takes.
const RECORD: u64 = 64;

/// A proposal. Debug output tells the length of its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredProposal {
    /// Its id; ids sort by creation.
    pub id: ProposalId,
    /// Its document: the proposal goes when that is purged.
    pub document: DocumentId,
    /// Whether something is left to decide.
    pub open: bool,
    /// The revision of the bytes.
    pub revision: u64,
    /// What is kept.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for StoredProposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredProposal")
            .field("id", &self.id)
            .field("document", &self.document)
            .field("open", &self.open)
            .field("revision", &self.revision)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// Which proposals are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProposalFilter {
    /// Of one document only.
    pub document: Option<DocumentId>,
    /// Only those with something left to decide.
    pub open: bool,
    /// Only those that are older than this one.
    pub before: Option<ProposalId>,
    /// At most so many; clamped to [`PROPOSAL_PAGE`].
    pub limit: u64,
}

fn check_size(bytes: &[u8]) -> Result<()> {
    check_bytes("proposal_bytes", bytes.len(), PROPOSAL_BYTES + RECORD)
}

/// Makes room for a new proposal of `size` bytes: the oldest that are decided go.
fn make_room(sql: &Connection, size: u64, most: u64, most_bytes: u64) -> Result<()> {
    let mut kept = count(sql, "SELECT count(*) FROM proposals")?.saturating_add(1);
    let mut bytes = count(sql, "SELECT coalesce(sum(size), 0) FROM proposals")?.saturating_add(size);
    while kept > most || bytes > most_bytes {
        let oldest: Option<(Vec<u8>, i64)> = sql
            .prepare_cached("SELECT id, size FROM proposals WHERE open = 0 ORDER BY id LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((id, size)) = oldest else {
            Error::check_limit("kept_proposals", kept, most)?;
            return Error::check_limit("kept_proposal_bytes", bytes, most_bytes);
        };
        sql.prepare_cached("DELETE FROM proposals WHERE id = ?1")?.execute([id])?;
        kept -= 1;
        bytes = bytes.saturating_sub(size.cast_unsigned());
    }
    Ok(())
}

/// Every method touches the disk; what it has written is durable when it returns.
impl Library {
    /// Keeps a new proposal. Beyond [`KEPT_PROPOSALS`] and [`KEPT_PROPOSAL_BYTES`] the oldest that are decided go.
    ///
    /// # Errors
    /// `document_not_found`; `already_exists`; `limit_exceeded` for a longer one, or where all that are kept are open; those
    /// of a write.
    pub fn put_proposal(&self, proposal: &StoredProposal) -> Result<()> {
        check_size(&proposal.bytes)?;
        self.write(|sql, _| {
            let document = document_number(sql, proposal.document)?;
            if bytes_of(sql, proposal.id)?.is_some() {
                return Err(Error::AlreadyExists);
            }
            let size = proposal.bytes.len() as u64;
            make_room(sql, size, KEPT_PROPOSALS, KEPT_PROPOSAL_BYTES)?;
            sql.prepare_cached(
                "INSERT INTO proposals (id, document, open, revision, size, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                proposal.id.as_bytes(),
                document,
                proposal.open,
                signed(proposal.revision),
                signed(size),
                proposal.bytes
            ])?;
            Ok(())
        })
    }

    /// The bytes of a proposal; `None` when there is none of this id.
    ///
    /// # Errors
    /// Those of reading.
    pub fn stored_proposal(&self, id: ProposalId) -> Result<Option<Vec<u8>>> {
        self.read(|sql| bytes_of(sql, id))
    }

    /// The bytes of the proposals that pass the filter, newest first; none for a document that is not there.
    ///
    /// # Errors
    /// Those of reading.
    pub fn stored_proposals(&self, filter: &ProposalFilter) -> Result<Vec<Vec<u8>>> {
        self.read(|sql| {
            let document = match filter.document.map(|document| document_number(sql, document)) {
                None => None,
                Some(Ok(number)) => Some(number),
                Some(Err(Error::DocumentNotFound)) => return Ok(Vec::new()),
                Some(Err(error)) => return Err(error),
            };
            // One statement for each of them, so that each has its index.
            let which = match (document.is_some(), filter.open) {
                (true, true) => "document = ?1 AND open = 1",
                (true, false) => "document = ?1",
                (false, true) => "?1 IS NULL AND open = 1",
                (false, false) => "?1 IS NULL",
            };
            let mut statement = sql.prepare_cached(&format!(
                "SELECT bytes FROM proposals WHERE {which} AND id < ?2 ORDER BY id DESC LIMIT ?3"
            ))?;
            // One above the highest id is no id, but compares as one.
            let before = filter.before.map_or_else(|| vec![0xFF; 17], |id| id.as_bytes().to_vec());
            let rows = statement
                .query_map(params![document, before, page(filter.limit, PROPOSAL_PAGE)], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Keeps a proposal in the place of its revision `from`; `false`, and nothing is done, when what is kept has another
    /// revision, or there is none.
    ///
    /// # Errors
    /// `limit_exceeded` for a longer one; those of a write.
    pub fn update_proposal(&self, proposal: &StoredProposal, from: u64) -> Result<bool> {
        check_size(&proposal.bytes)?;
        self.write(|sql, _| {
            let updated = sql
                .prepare_cached(
                    "UPDATE proposals SET open = ?3, revision = ?4, size = ?5, bytes = ?6
                     WHERE id = ?1 AND revision = ?2",
                )?
                .execute(params![
                    proposal.id.as_bytes(),
                    signed(from),
                    proposal.open,
                    signed(proposal.revision),
                    signed(proposal.bytes.len() as u64),
                    proposal.bytes
                ])?;
            Ok(updated > 0)
        })
    }
}

fn bytes_of(sql: &Connection, id: ProposalId) -> Result<Option<Vec<u8>>> {
    Ok(sql
        .prepare_cached("SELECT bytes FROM proposals WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::document::NewDocument;
    use crate::library::OpenOptions;

    #[test]
    fn the_oldest_that_are_decided_make_room_and_open_ones_never_do() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path(), OpenOptions::new().create(true)).unwrap();
        let document = library.create_document(NewDocument::titled("a")).unwrap().id;
        let proposal = |number: u8, open| {
            let id = ProposalId::from_bytes([number; 16]);
            StoredProposal { id, document, open, revision: 0, bytes: vec![number; 10] }
        };
        for (number, open) in [(1, true), (2, false), (3, true), (4, false), (5, false)] {
            library.put_proposal(&proposal(number, open)).unwrap();
        }
        let kept = || -> Vec<u8> {
            let filter = ProposalFilter { limit: 100, ..ProposalFilter::default() };
            library.stored_proposals(&filter).unwrap().iter().map(|bytes| bytes[0]).collect()
        };
        library.write(|sql, _| make_room(sql, 10, 5, 1_000)).unwrap();
        assert_eq!(kept(), [5, 4, 3, 1]);
        library.write(|sql, _| make_room(sql, 10, 5, 40)).unwrap();
        assert_eq!(kept(), [5, 3, 1]);
        let full = |size, most, most_bytes| library.write(|sql, _| make_room(sql, size, most, most_bytes));
        assert!(matches!(full(10, 2, 1_000), Err(Error::LimitExceeded { what: "kept_proposals", .. })));
        assert!(matches!(full(11, 5, 30), Err(Error::LimitExceeded { what: "kept_proposal_bytes", .. })));
        // What was refused changed nothing.
        assert_eq!(kept(), [5, 3, 1]);
        library.write(|sql, _| make_room(sql, 10, 5, 30)).unwrap();
        assert_eq!(kept(), [3, 1]);
        assert!(matches!(library.put_proposal(&proposal(1, true)), Err(Error::AlreadyExists)));
    }
}
