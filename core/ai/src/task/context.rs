//! Passages of the writer's other texts, and which of them a prompt takes.

use std::fmt;
use std::ops::Range;

use writemagic_shared::id::{BibleEntryId, DocumentId};
use writemagic_shared::limits::PROMPT_PASSAGES;

use crate::foreign::ForeignError;
use crate::proposal::VersionName;

/// What a passage is to the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PassageKind {
    /// What holds for the whole work: an entry of its bible, a style sheet.
    Reference,
    /// What was told before.
    Earlier,
    /// What was found by searching.
    Found,
}

impl PassageKind {
    /// The stable snake_case word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Earlier => "earlier",
            Self::Found => "found",
        }
    }
}

/// Something of the writer's that may help with a task, and where it is from. Its text is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Passage {
    /// Where it is from.
    pub source: Source,
    /// What it is to the task.
    pub kind: PassageKind,
    /// The place that calls for it: where an entry of the story bible is mentioned, what a memory was made from.
    pub because: Option<Source>,
    /// The higher, the sooner it is taken.
    pub rank: u32,
    /// What it is called, if that helps to understand it.
    pub title: String,
    /// What stands there.
    pub text: String,
}

impl fmt::Debug for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passage")
            .field("source", &self.source)
            .field("kind", &self.kind)
            .field("rank", &self.rank)
            .field("bytes", &self.text.len())
            .finish()
    }
}

/// Where a part of a prompt is from: what the writer is told, and what the send log may name.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A part of a document.
    Document {
        /// The document.
        document: DocumentId,
        /// The version that was read, where it is known: with it the range can be followed through later edits.
        version: Option<VersionName>,
        /// Where in that version, in UTF-16 units.
        range: Range<u64>,
    },
    /// An entry of the story bible.
    BibleEntry(BibleEntryId),
    /// A memory, by its key.
    Memory(String),
}

/// Keys of memories are the writer's.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document { document, range, .. } => {
                f.debug_struct("Document").field("document", document).field("range", range).finish()
            }
            Self::BibleEntry(entry) => f.debug_tuple("BibleEntry").field(entry).finish(),
            Self::Memory(_) => f.write_str("Memory"),
        }
    }
}

impl Source {
    /// Whether all of `other` is part of this.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Document { document, range, .. }, Self::Document { document: of, range: part, .. }) => {
                document == of && range.start <= part.start && part.end <= range.end
            }
            _ => self == other,
        }
    }

    /// An order that depends on nothing else: entries, memories, then documents by their place.
    fn order(&self) -> (u8, [u8; 16], u64, u64, &str) {
        match self {
            Self::BibleEntry(entry) => (0, *entry.as_bytes(), 0, 0, ""),
            Self::Memory(key) => (1, [0; 16], 0, 0, key),
            Self::Document { document, range, .. } => (2, *document.as_bytes(), range.start, range.end, ""),
        }
    }
}

/// What passages are wanted for. The text is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct ContextNeed {
    /// The document that the task is about, if it is about one.
    pub document: Option<DocumentId>,
    /// The part of it that the prompt shows anyway, in UTF-16 units.
    pub range: Range<u64>,
    /// What the passages are to help with: the text, or the question.
    pub about: String,
    /// Passages of this document alone, where the writer asks about it.
    pub only: Option<DocumentId>,
    /// About as many tokens as there is room for; more passages than fit are no harm.
    pub tokens: u64,
}

impl fmt::Debug for ContextNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextNeed")
            .field("document", &self.document)
            .field("range", &self.range)
            .field("about_bytes", &self.about.len())
            .field("tokens", &self.tokens)
            .finish()
    }
}

/// Where passages come from: the engine implements this over search and memory. The same need of the same library gives the
/// same passages.
pub trait ContextSource: Send + Sync {
    /// Passages that may help, in any order. May touch the disk.
    ///
    /// # Errors
    /// Those of the other side.
    fn passages(&self, need: &ContextNeed) -> Result<Vec<Passage>, ForeignError>;
}

/// The passages that fit, in the order in which a prompt shows them, and how many were left out.
///
/// Taken are those of higher rank first; one that does not fit, or whose place another one or `shown` already covers, is left
/// out, and shorter ones behind it may still be taken. Shown are references, then earlier text, then what was found, each
/// by document and place: so the order does not follow every small change of rank.
pub(super) fn pack<'p>(
    passages: &'p [Passage],
    shown: Option<&Source>,
    tokens: u64,
    cost: impl Fn(&Passage) -> u64,
) -> (Vec<&'p Passage>, u64) {
    let mut ranked: Vec<&Passage> = passages.iter().collect();
    ranked.sort_by(|a, b| {
        let key = |passage: &Passage| (std::cmp::Reverse(passage.rank), passage.kind);
        let equals = (a.source.order(), &a.title, &a.text).cmp(&(b.source.order(), &b.title, &b.text));
        key(a).cmp(&key(b)).then(equals)
    });
    let (mut taken, mut left): (Vec<&Passage>, u64) = (Vec::new(), tokens);
    for passage in ranked {
        let is_known = shown.is_some_and(|shown| shown.covers(&passage.source))
            || taken.iter().any(|other| other.source.covers(&passage.source));
        let cost = cost(passage);
        if is_known || cost > left || taken.len() as u64 == PROMPT_PASSAGES {
            continue;
        }
        left -= cost;
        taken.push(passage);
    }
    let left_out = (passages.len() - taken.len()) as u64;
    taken.sort_by(|a, b| (a.kind, a.source.order()).cmp(&(b.kind, b.source.order())));
    (taken, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(document: u8, range: Range<u64>) -> Source {
        Source::Document { document: DocumentId::from_bytes([document; 16]), version: None, range }
    }

    fn passage(document: u8, start: u64, kind: PassageKind, rank: u32) -> Passage {
        let source = at(document, start..start + 10);
        Passage { source, kind, because: None, rank, title: String::new(), text: "t".into() }
    }

    #[test]
    fn the_best_that_fit_are_taken_and_shown_in_an_order_of_their_own() {
        use PassageKind::{Earlier, Found, Reference};
        let all = [
            passage(2, 0, Found, 9),
            passage(1, 50, Found, 8),
            passage(1, 0, Earlier, 7),
            passage(3, 0, Reference, 1),
        ];
        let starts = |taken: &[&Passage]| -> Vec<(u8, u64)> {
            taken.iter().map(|passage| (passage.source.order().1[0], passage.source.order().2)).collect()
        };
        let (taken, left_out) = pack(&all, None, 100, |_| 25);
        assert_eq!((starts(&taken), left_out), (vec![(3, 0), (1, 0), (1, 50), (2, 0)], 0));
        let (taken, left_out) = pack(&all, None, 80, |p| if p.rank == 8 { 50 } else { 30 });
        assert_eq!((starts(&taken), left_out), (vec![(1, 50), (2, 0)], 2));
        let reversed: Vec<Passage> = all.iter().rev().cloned().collect();
        assert_eq!(pack(&reversed, None, 100, |_| 25).0, pack(&all, None, 100, |_| 25).0);
    }

    #[test]
    fn nothing_is_shown_twice_and_so_many_at_most() {
        let one = passage(1, 0, PassageKind::Found, 1);
        let shown = at(1, 0..10);
        assert_eq!(pack(std::slice::from_ref(&one), Some(&shown), 100, |_| 1), (vec![], 1));
        assert_eq!(pack(&[one.clone(), one.clone()], None, 100, |_| 1).0.len(), 1);
        let memory = Passage { source: Source::Memory("ring".into()), ..one.clone() };
        assert_eq!(pack(&[memory.clone(), one.clone(), memory], None, 100, |_| 1).0.len(), 2);
        let many: Vec<Passage> =
            (0..PROMPT_PASSAGES + 1).map(|n| passage(1, n * 20, PassageKind::Found, 1)).collect();
        assert_eq!(pack(&many, None, 10_000, |_| 1).0.len() as u64, PROMPT_PASSAGES);
    }
}
