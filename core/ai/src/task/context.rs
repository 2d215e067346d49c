//! Passages of the writer's other texts, and which of them a prompt takes.

use std::fmt;
use std::ops::Range;

use writemagic_shared::id::DocumentId;
use writemagic_shared::limits::PROMPT_PASSAGES;

use crate::foreign::ForeignError;

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

/// A piece of a document that may help with a task, and where it is from. Its text is left out of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Passage {
    /// The document.
    pub document: DocumentId,
    /// Where in it, in UTF-16 units.
    pub range: Range<u64>,
    /// What it is to the task.
    pub kind: PassageKind,
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
            .field("document", &self.document)
            .field("range", &self.range)
            .field("kind", &self.kind)
            .field("rank", &self.rank)
            .field("bytes", &self.text.len())
            .finish()
    }
}

/// Where a part of a prompt is from: what the writer is told, and what the send log may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The document.
    pub document: DocumentId,
    /// Where in it, in UTF-16 units.
    pub range: Range<u64>,
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
    let place = |passage: &Passage| (passage.document, passage.range.start, passage.range.end);
    ranked.sort_by(|a, b| {
        let key = |passage: &Passage| (std::cmp::Reverse(passage.rank), passage.kind, place(passage));
        key(a).cmp(&key(b)).then_with(|| (&a.title, &a.text).cmp(&(&b.title, &b.text)))
    });
    let covered = |by: (DocumentId, &Range<u64>), passage: &Passage| {
        by.0 == passage.document && by.1.start <= passage.range.start && passage.range.end <= by.1.end
    };
    let (mut taken, mut left): (Vec<&Passage>, u64) = (Vec::new(), tokens);
    for passage in ranked {
        let is_known = shown.is_some_and(|shown| covered((shown.document, &shown.range), passage))
            || taken.iter().any(|other| covered((other.document, &other.range), passage));
        let cost = cost(passage);
        if is_known || cost > left || taken.len() as u64 == PROMPT_PASSAGES {
            continue;
        }
        left -= cost;
        taken.push(passage);
    }
    let left_out = (passages.len() - taken.len()) as u64;
    taken.sort_by_key(|passage| (passage.kind, place(passage)));
    (taken, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(document: u8, start: u64, kind: PassageKind, rank: u32) -> Passage {
        let document = DocumentId::from_bytes([document; 16]);
        Passage { document, range: start..start + 10, kind, rank, title: String::new(), text: "t".into() }
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
            taken.iter().map(|p| (p.document.as_bytes()[0], p.range.start)).collect()
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
        let shown = Source { document: one.document, range: 0..10 };
        assert_eq!(pack(std::slice::from_ref(&one), Some(&shown), 100, |_| 1), (vec![], 1));
        assert_eq!(pack(&[one.clone(), one.clone()], None, 100, |_| 1).0.len(), 1);
        let many: Vec<Passage> =
            (0..PROMPT_PASSAGES + 1).map(|n| passage(1, n * 20, PassageKind::Found, 1)).collect();
        assert_eq!(pack(&many, None, 10_000, |_| 1).0.len() as u64, PROMPT_PASSAGES);
    }
}
