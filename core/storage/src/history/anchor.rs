//! Anchors: places that follow the text, for comments, bookmarks and proposals.

use ropey::Rope;
use rusqlite::{Connection, params};
use writemagic_shared::id::{AnchorId, DocumentId};
use writemagic_shared::limits::{ANCHOR_KIND_BYTES, DOCUMENT_ANCHORS};

use super::branch::branch_number;
use super::kept::KeptHistory;
use super::load::{loadable, with_newest};
use super::travel::text_at;
use crate::Library;
use crate::document::document_number;
use crate::error::{Error, Result};
use crate::graph::{Anchor, Budget, MergeError, Side, Version, resolve_all};
use crate::journal::{self, Heads, heads_bytes, parse_heads};
use crate::library::WriteContext;
use crate::schema::MAIN;

/// Which character an anchor follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnchorSide {
    /// It stands before its character: the one on its right.
    Before,
    /// It stands after its character: the one on its left.
    After,
}

/// An anchor and where it is in a branch's present text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlacedAnchor {
    /// Its name for ever.
    pub id: AnchorId,
    /// What the app calls it.
    pub kind: String,
    /// Which character it follows.
    pub side: AnchorSide,
    /// Where it is, in UTF-16 units; `None` on a branch that never had the text it was made in.
    pub at: Option<u64>,
    /// Its character was deleted; `at` is where it stood.
    pub dead: bool,
}

/// A place in the text of a version, held by one of the characters beside it. At either end of the text there is no
/// character to follow: it stays at that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPlace {
    /// UTF-16 units before it. Inside a surrogate pair: at its start; past the end: at the end.
    pub at: u64,
    /// Which character it follows.
    pub side: AnchorSide,
}

/// Where a place of one version is in a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FollowedPlace {
    /// UTF-16 units before it.
    pub at: u64,
    /// Its character was deleted; `at` is where it stood.
    pub dead: bool,
}

impl AnchorSide {
    fn in_graph(self) -> Side {
        match self {
            Self::Before => Side::Before,
            Self::After => Side::After,
        }
    }
}

/// A row of `anchors`.
struct Stored {
    id: AnchorId,
    kind: String,
    heads: Heads,
    at: u32,
    side: Side,
}

fn stored(sql: &Connection, document: i64) -> Result<Vec<Stored>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, kind, frontier, at, side FROM anchors WHERE document = ?1 AND frontier IS NOT NULL ORDER BY id",
    )?;
    let mut rows = statement.query([document])?;
    let mut anchors = Vec::new();
    while let Some(row) = rows.next()? {
        let heads: Vec<u8> = row.get(2)?;
        let heads = parse_heads(&heads).ok_or(Error::LibraryCorrupt { found: "an anchor's version" })?;
        let side = if row.get::<_, i64>(4)? == 0 { Side::Before } else { Side::After };
        let id = AnchorId::from_bytes(row.get(0)?);
        anchors.push(Stored { id, kind: row.get(1)?, heads, at: row.get(3)?, side });
    }
    Ok(anchors)
}

/// Every method touches the disk; changes are durable when they return. All fail with `document_not_found` and
/// `branch_not_found`.
impl Library {
    /// Makes an anchor in a branch's present text, `at` UTF-16 units from its start (inside a surrogate pair: at its
    /// start; past the end: at the end). `kind` is the app's own word.
    ///
    /// # Errors
    /// `limit_exceeded` over [`ANCHOR_KIND_BYTES`], or [`DOCUMENT_ANCHORS`] anchors.
    pub fn add_anchor(
        &self,
        document: DocumentId,
        branch: &str,
        at: u64,
        side: AnchorSide,
        kind: &str,
    ) -> Result<AnchorId> {
        Error::check_limit("anchor_kind_bytes", kind.len() as u64, ANCHOR_KIND_BYTES)?;
        self.settle(document)?;
        self.write(|sql, context| Anchoring::open(sql, document, branch)?.add(sql, context, at, side, kind))
    }

    /// Takes an anchor away. One that is not there is no error.
    pub fn remove_anchor(&self, document: DocumentId, anchor: AnchorId) -> Result<()> {
        self.write(|sql, context| {
            let n = document_number(sql, document)?;
            delete_anchor(sql, context, n, anchor)
        })
    }

    /// A document's anchors, oldest first, placed in a branch's present text. Takes one walk of what was written since for each
    /// version at which some of them were made.
    pub fn anchors(&self, document: DocumentId, branch: &str) -> Result<Vec<PlacedAnchor>> {
        self.settle(document)?;
        self.read(|sql| {
            let n = document_number(sql, document)?;
            let branch = branch_number(sql, n, branch)?;
            placed(sql, n, branch, &self.inner.kept_history, stored(sql, n)?)
        })
    }

    /// Where places of the version `from` are in the version `to`, in their order; `None` where the history does not have
    /// one of the two any more, or `to` does not have all of `from`. Nothing is stored. One walk of what was written in between,
    /// whatever their number; the texts of both versions are read.
    ///
    /// # Errors
    /// `library_corrupt`, `merge_refused`.
    pub fn follow_places(
        &self,
        document: DocumentId,
        from: &Version,
        to: &Version,
        places: &[TextPlace],
    ) -> Result<Option<Vec<FollowedPlace>>> {
        self.settle(document)?;
        self.read(|sql| {
            let n = document_number(sql, document)?;
            let kept = &self.inner.kept_history;
            let (Some(old), Some(new)) = (known_text(sql, n, kept, from)?, known_text(sql, n, kept, to)?)
            else {
                return Ok(None);
            };
            let anchor = |place: &TextPlace| {
                let units = usize::try_from(place.at).unwrap_or(usize::MAX).min(old.len_utf16_cu());
                Anchor::new(old.utf16_cu_to_char(units) as u32, place.side.in_graph())
            };
            let (_, followed) = with_newest(sql, n, kept, |loaded| {
                let unknown = |_| Error::VersionNotFound;
                let log = loaded.log();
                let (from, to) =
                    (log.find_heads(from).map_err(unknown)?, log.find_heads(to).map_err(unknown)?);
                let mut anchors: Vec<Anchor> = places.iter().map(anchor).collect();
                let resolve = || -> Result<Option<Vec<Anchor>>, MergeError> {
                    let (from, to) = (log.reduce(&from)?, log.reduce(&to)?);
                    if !log.dominates(&to, &from)? {
                        return Ok(None);
                    }
                    resolve_all(log, &from, &to, &mut anchors, &mut Budget::default())?;
                    Ok(Some(anchors))
                };
                loadable(resolve())
            })?;
            let place = |anchor: &Anchor| {
                let at = new.char_to_utf16_cu((anchor.at as usize).min(new.len_chars())) as u64;
                FollowedPlace { at, dead: anchor.dead }
            };
            Ok(followed.map(|anchors| anchors.iter().map(place).collect()))
        })
    }
}

/// A branch's present text, for new anchors in it.
pub(crate) struct Anchoring {
    document: i64,
    text: Rope,
    heads: Vec<u8>,
    anchors: u64,
}

impl Anchoring {
    pub(crate) fn open(sql: &Connection, document: DocumentId, branch: &str) -> Result<Self> {
        let document = document_number(sql, document)?;
        let branch = branch_number(sql, document, branch)?;
        let anchors: i64 = sql
            .prepare_cached("SELECT count(*) FROM anchors WHERE document = ?1 AND frontier IS NOT NULL")?
            .query_row([document], |row| row.get(0))?;
        let current = journal::current(sql, document, branch)?;
        Ok(Self {
            document,
            text: current.text.rope().clone(),
            heads: heads_bytes(&current.tail.heads),
            anchors: anchors.unsigned_abs(),
        })
    }

    /// Makes an anchor. `limit_exceeded` over [`DOCUMENT_ANCHORS`].
    pub(crate) fn add(
        &mut self,
        sql: &Connection,
        context: &mut WriteContext,
        at: u64,
        side: AnchorSide,
        kind: &str,
    ) -> Result<AnchorId> {
        Error::check_limit("document_anchors", self.anchors + 1, DOCUMENT_ANCHORS)?;
        let units = usize::try_from(at).unwrap_or(usize::MAX).min(self.text.len_utf16_cu());
        let at = self.text.utf16_cu_to_char(units);
        let id = AnchorId::new(context.now());
        let side = match side {
            AnchorSide::Before => 0,
            AnchorSide::After => 1,
        };
        sql.prepare_cached(
            "INSERT INTO anchors (document, id, kind, frontier, at, side, clock) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            self.document, id.as_bytes(), kind, self.heads, at as i64, side, context.tick()
        ])?;
        self.anchors += 1;
        Ok(id)
    }
}

/// Takes an anchor away.
pub(crate) fn delete_anchor(
    sql: &Connection,
    context: &mut WriteContext,
    document: i64,
    anchor: AnchorId,
) -> Result<()> {
    sql.prepare_cached("UPDATE anchors SET frontier = NULL, clock = ?3 WHERE document = ?1 AND id = ?2")?
        .execute(params![document, anchor.as_bytes(), context.tick()])?;
    Ok(())
}

/// Those of a document's anchors that are named, placed in the present text of main.
pub(crate) fn place_anchors(
    sql: &Connection,
    document: i64,
    kept: &KeptHistory,
    named: &[AnchorId],
) -> Result<Vec<PlacedAnchor>> {
    let mut anchors = stored(sql, document)?;
    anchors.retain(|anchor| named.contains(&anchor.id));
    placed(sql, document, MAIN, kept, anchors)
}

/// Anchors in a branch's present text, oldest first.
fn placed(
    sql: &Connection,
    document: i64,
    branch: i64,
    kept: &KeptHistory,
    mut anchors: Vec<Stored>,
) -> Result<Vec<PlacedAnchor>> {
    let current = journal::current(sql, document, branch)?;
    anchors.sort_by(|a, b| (&a.heads, a.id).cmp(&(&b.heads, b.id)));
    let mut placed = Vec::with_capacity(anchors.len());
    for together in anchors.chunk_by(|a, b| a.heads == b.heads) {
        let places = place(sql, document, kept, &current.tail.heads, together)?;
        let text = current.text.rope();
        placed.extend(together.iter().enumerate().map(|(i, anchor)| {
            let place = places.as_ref().and_then(|places| places.get(i));
            let unit = |at: u32| text.char_to_utf16_cu((at as usize).min(text.len_chars())) as u64;
            PlacedAnchor {
                id: anchor.id,
                kind: anchor.kind.clone(),
                side: match anchor.side {
                    Side::Before => AnchorSide::Before,
                    Side::After => AnchorSide::After,
                },
                at: place.map(|place| unit(place.at)),
                dead: place.is_some_and(|place| place.dead),
            }
        }));
    }
    placed.sort_by_key(|anchor| anchor.id);
    Ok(placed)
}

/// The text at a version; `None` if the history does not have it.
fn known_text(
    sql: &Connection,
    document: i64,
    kept: &KeptHistory,
    version: &Version,
) -> Result<Option<Rope>> {
    match text_at(sql, document, kept, version) {
        Ok(text) => Ok(Some(text)),
        Err(Error::VersionNotFound | Error::VersionForgotten) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where anchors of one version are in the text of another; `None` if that does not have the version.
fn place(
    sql: &Connection,
    document: i64,
    kept: &KeptHistory,
    to: &Heads,
    anchors: &[Stored],
) -> Result<Option<Vec<Anchor>>> {
    let Some(heads) = anchors.first().map(|anchor| &anchor.heads) else { return Ok(None) };
    let (_, places) = with_newest(sql, document, kept, |loaded| {
        let damaged = Error::LibraryCorrupt { found: "a damaged history" };
        let (Some(from), Some(to)) = (loaded.frontier(sql, heads)?, loaded.frontier(sql, to)?) else {
            return Err(damaged);
        };
        let mut places: Vec<Anchor> =
            anchors.iter().map(|anchor| Anchor::new(anchor.at, anchor.side)).collect();
        let log = loaded.log();
        let mut resolve = || -> Result<bool, MergeError> {
            if !log.dominates(&to, &from)? {
                return Ok(false);
            }
            resolve_all(log, &from, &to, &mut places, &mut Budget::default())?;
            Ok(true)
        };
        let resolved = loadable(resolve())?;
        Ok(resolved.map(|resolved| resolved.then_some(places)))
    })?;
    Ok(places)
}
