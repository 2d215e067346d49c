//! Facts of an entry: what holds from one place of the manuscript on, until another.

use std::collections::HashMap;
use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};
use writemagic_shared::id::{AnchorId, BibleEntryId, BibleFactId, DocumentId};
use writemagic_shared::limits::{BIBLE_ENTRY_FACTS, BIBLE_FACT_BYTES};

use super::entries::entry_number;
use crate::Library;
use crate::document::{Manuscript, Place, document_number};
use crate::error::{Error, Result};
use crate::history::{AnchorSide, Anchoring, MAIN_BRANCH, PlacedAnchor, delete_anchor, place_anchors};
use crate::library::WriteContext;

/// The kind of the anchors that hold facts' bounds.
const ANCHOR_KIND: &str = "bible";

/// A place of the manuscript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactPlace {
    /// The document: a chapter.
    pub document: DocumentId,
    /// UTF-16 units from the start of its text (past the end: at the end); it follows the text from then on. `None`: before all
    /// that the document says, now or later.
    pub at: Option<u64>,
}

/// A fact to be added. Without a bound it holds everywhere.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewBibleFact {
    /// What holds, at most [`BIBLE_FACT_BYTES`].
    pub text: String,
    /// From where on, that place included.
    pub from: Option<FactPlace>,
    /// Until where, that place not included.
    pub until: Option<FactPlace>,
}

impl fmt::Debug for NewBibleFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewBibleFact")
            .field("from", &self.from)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// Where a fact begins or ceases to hold, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactBound {
    /// Before all that a document says.
    Document(DocumentId),
    /// At a place in a document.
    Place {
        /// The document.
        document: DocumentId,
        /// UTF-16 units before it.
        at: u64,
    },
    /// The document was purged, or the place taken away: nobody knows where the fact holds.
    Gone,
}

/// A fact of an entry. What it says is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BibleFact {
    /// Its name for ever.
    pub id: BibleFactId,
    /// What holds.
    pub text: String,
    /// From where on, that place included; `None`: from the start of the manuscript.
    pub from: Option<FactBound>,
    /// Until where, that place not included; `None`: to the end.
    pub until: Option<FactBound>,
}

impl fmt::Debug for BibleFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BibleFact")
            .field("id", &self.id)
            .field("from", &self.from)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

impl BibleFact {
    /// Whether a bound is gone: the fact then holds nowhere until somebody says anew where it does.
    pub fn lost_its_place(&self) -> bool {
        [self.from, self.until].contains(&Some(FactBound::Gone))
    }
}

/// A bound as it is stored: a document and, in it, an anchor.
type StoredBound = Option<(DocumentId, Option<AnchorId>)>;

struct Stored {
    id: BibleFactId,
    text: String,
    from: StoredBound,
    until: StoredBound,
}

/// Every method touches the disk; changes are durable when they return.
impl Library {
    /// Adds a fact to an entry. Places in a text are anchors: they follow it as it is edited.
    ///
    /// # Errors
    /// `bible_entry_not_found`, `document_not_found`; `invalid_argument` for an empty text; `limit_exceeded`.
    pub fn add_bible_fact(&self, entry: BibleEntryId, new: &NewBibleFact) -> Result<BibleFact> {
        Error::check_limit("bible_fact_bytes", new.text.len() as u64, BIBLE_FACT_BYTES)?;
        if new.text.trim().is_empty() {
            return Err(Error::InvalidArgument { what: "fact", reason: "empty" });
        }
        for place in [new.from, new.until].into_iter().flatten() {
            self.settle(place.document)?;
        }
        let id = self.write(|sql, context| {
            let n = entry_number(sql, entry)?;
            let count: i64 = sql
                .prepare_cached("SELECT count(*) FROM bible_facts WHERE entry = ?1")?
                .query_row([n], |row| row.get(0))?;
            Error::check_limit("bible_entry_facts", count.unsigned_abs() + 1, BIBLE_ENTRY_FACTS)?;
            let (from, from_anchor) = bound_columns(sql, context, new.from)?;
            let (until, until_anchor) = bound_columns(sql, context, new.until)?;
            let id = BibleFactId::new(context.now());
            sql.prepare_cached(
                "INSERT INTO bible_facts (id, entry, text, from_document, from_anchor, until_document, until_anchor)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![id.as_bytes(), n, new.text, from, from_anchor, until, until_anchor])?;
            Ok(id)
        })?;
        let facts = self.bible_facts(entry)?;
        facts.into_iter().find(|fact| fact.id == id).ok_or(Error::BibleFactNotFound)
    }

    /// The facts of an entry, in the order in which they came, with their bounds where they are now.
    ///
    /// # Errors
    /// `bible_entry_not_found`.
    pub fn bible_facts(&self, entry: BibleEntryId) -> Result<Vec<BibleFact>> {
        self.settle_bounds(entry)?;
        self.read(|sql| self.placed_facts(sql, entry))
    }

    /// The facts of an entry that hold at a place of the manuscript, `at` UTF-16 units from the start of a document.
    ///
    /// Documents are in the order of their folders, each folder's own before those of the folders below it; in one folder by title,
    /// numbers by their value. A fact with a bound that is gone holds nowhere: said too early it would spoil more than
    /// unsaid.
    ///
    /// # Errors
    /// `bible_entry_not_found`, `document_not_found`.
    pub fn facts_at(&self, entry: BibleEntryId, document: DocumentId, at: u64) -> Result<Vec<BibleFact>> {
        self.settle_bounds(entry)?;
        self.read(|sql| {
            let mut manuscript = Manuscript::default();
            let n = document_number(sql, document)?;
            let here = manuscript.place(sql, n)?.ok_or(Error::DocumentNotFound)?;
            let mut holding = Vec::new();
            for fact in self.placed_facts(sql, entry)? {
                let begun = match fact.from {
                    None => true,
                    Some(bound) => reached(sql, &mut manuscript, (&here, document, at), bound)? == Some(true),
                };
                let over = match fact.until {
                    None => false,
                    Some(bound) => {
                        reached(sql, &mut manuscript, (&here, document, at), bound)? != Some(false)
                    }
                };
                if begun && !over {
                    holding.push(fact);
                }
            }
            Ok(holding)
        })
    }

    /// Removes a fact. Gives the entry that it was of.
    ///
    /// # Errors
    /// `bible_fact_not_found`.
    pub fn remove_bible_fact(&self, fact: BibleFactId) -> Result<BibleEntryId> {
        self.write(|sql, context| {
            let found: Option<(i64, [u8; 16])> = sql
                .prepare_cached(
                    "SELECT entry, bible_entries.id FROM bible_facts JOIN bible_entries ON bible_entries.n = entry
                     WHERE bible_facts.id = ?1",
                )?
                .query_row([fact.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let (entry, id) = found.ok_or(Error::BibleFactNotFound)?;
            for fact in stored(sql, entry)?.into_iter().filter(|stored| stored.id == fact) {
                release(sql, context, &fact)?;
            }
            sql.prepare_cached("DELETE FROM bible_facts WHERE id = ?1")?.execute([fact.as_bytes()])?;
            Ok(BibleEntryId::from_bytes(id))
        })
    }

    /// Saves what sessions hold of the documents that bound an entry's facts.
    fn settle_bounds(&self, entry: BibleEntryId) -> Result<()> {
        let facts = self.read(|sql| stored(sql, entry_number(sql, entry)?))?;
        let anchored = |bound: &(DocumentId, Option<AnchorId>)| bound.1.is_some();
        let mut documents: Vec<DocumentId> = facts
            .iter()
            .flat_map(|fact| [fact.from, fact.until])
            .flatten()
            .filter(anchored)
            .map(|(document, _)| document)
            .collect();
        documents.sort_unstable();
        documents.dedup();
        documents.into_iter().try_for_each(|document| self.settle(document))
    }

    fn placed_facts(&self, sql: &Connection, entry: BibleEntryId) -> Result<Vec<BibleFact>> {
        let facts = stored(sql, entry_number(sql, entry)?)?;
        let bounds: Vec<AnchorId> = facts
            .iter()
            .flat_map(|fact| [fact.from, fact.until])
            .flatten()
            .filter_map(|(_, anchor)| anchor)
            .collect();
        let mut anchors: HashMap<DocumentId, Vec<PlacedAnchor>> = HashMap::new();
        let mut place = |bound: StoredBound| -> Result<Option<FactBound>> {
            let Some((document, anchor)) = bound else { return Ok(None) };
            let n = match document_number(sql, document) {
                Err(Error::DocumentNotFound) => return Ok(Some(FactBound::Gone)),
                found => found?,
            };
            let Some(anchor) = anchor else { return Ok(Some(FactBound::Document(document))) };
            let placed = match anchors.entry(document) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(open) => {
                    open.insert(place_anchors(sql, n, &self.inner.kept_history, &bounds)?)
                }
            };
            let at = placed.iter().find(|placed| placed.id == anchor).and_then(|placed| placed.at);
            Ok(Some(at.map_or(FactBound::Gone, |at| FactBound::Place { document, at })))
        };
        facts
            .into_iter()
            .map(|fact| {
                let (from, until) = (place(fact.from)?, place(fact.until)?);
                Ok(BibleFact { id: fact.id, text: fact.text, from, until })
            })
            .collect()
    }
}

/// Whether a place of the manuscript is at a bound or behind it; `None` for one that is gone.
fn reached(
    sql: &Connection,
    manuscript: &mut Manuscript,
    (here, document, at): (&Place, DocumentId, u64),
    bound: FactBound,
) -> Result<Option<bool>> {
    let (other, from) = match bound {
        FactBound::Document(document) => (document, 0),
        FactBound::Place { document, at } => (document, at),
        FactBound::Gone => return Ok(None),
    };
    if other == document {
        return Ok(Some(at >= from));
    }
    let place = manuscript.place(sql, document_number(sql, other)?)?;
    Ok(place.map(|place| *here > place))
}

fn stored(sql: &Connection, entry: i64) -> Result<Vec<Stored>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, text, from_document, from_anchor, until_document, until_anchor FROM bible_facts
         WHERE entry = ?1 ORDER BY n",
    )?;
    let rows = statement.query_map([entry], |row| {
        let bound = |at: usize| -> rusqlite::Result<StoredBound> {
            let (document, anchor): (StoredId, StoredId) = (row.get(at)?, row.get(at + 1)?);
            Ok(document.map(|id| (DocumentId::from_bytes(id), anchor.map(AnchorId::from_bytes))))
        };
        let id = BibleFactId::from_bytes(row.get(0)?);
        Ok(Stored { id, text: row.get(1)?, from: bound(2)?, until: bound(4)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// An id as a column has it.
type StoredId = Option<[u8; 16]>;

/// The columns of a bound: the document's id, and that of an anchor that is made for a place in it.
fn bound_columns(
    sql: &Connection,
    context: &mut WriteContext,
    place: Option<FactPlace>,
) -> Result<(StoredId, StoredId)> {
    let Some(FactPlace { document, at }) = place else { return Ok((None, None)) };
    document_number(sql, document)?;
    let anchor = match at {
        Some(at) => {
            let mut anchoring = Anchoring::open(sql, document, MAIN_BRANCH)?;
            Some(anchoring.add(sql, context, at, AnchorSide::Before, ANCHOR_KIND)?)
        }
        None => None,
    };
    Ok((Some(*document.as_bytes()), anchor.map(|anchor| *anchor.as_bytes())))
}

/// Takes the anchors of a fact away.
fn release(sql: &Connection, context: &mut WriteContext, fact: &Stored) -> Result<()> {
    for (document, anchor) in [fact.from, fact.until].into_iter().flatten() {
        let Some(anchor) = anchor else { continue };
        match document_number(sql, document) {
            Ok(n) => delete_anchor(sql, context, n, anchor)?,
            Err(Error::DocumentNotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes all facts of an entry.
pub(super) fn remove_facts(sql: &Connection, context: &mut WriteContext, entry: i64) -> Result<()> {
    for fact in stored(sql, entry)? {
        release(sql, context, &fact)?;
    }
    sql.prepare_cached("DELETE FROM bible_facts WHERE entry = ?1")?.execute([entry])?;
    Ok(())
}
