//! Merging: events become operations on a text, the Eg-walker way (Gentle and Kleppmann, "Collaborative Text Editing with
//! Eg-walker", EuroSys 2025).
//!
//! An event says where its writer edited the text that its writer saw. A merge walks the events that a text lacks, and
//! of those that it has the ones that are concurrent to them, in an order with parents first. It keeps, for as long
//! as it needs it, every character that these events saw in one tree (`tree`), together with which of the events the
//! next event's writer had seen (`window`). Where histories do not fork no tree is made and events apply as they are.
//!
//! Concurrent insertions at the same place stand in the order of FugueMax (Weidner and Kleppmann, "The Art of the Fugue"),
//! the last tie broken by event id, the smaller first. That order is part of the format and can never change.
//!
//! | part | what it does |
//! | --- | --- |
//! | `plan` | which events to walk, in which order, which need no tree |
//! | `window`, `tree` | the state of a walk, and moving it from version to version |
//! | `walk` | placing one event |
//! | `sink` | where operations go: a text, a list, anchors |
//! | `identity` | a walk that forgets nothing: which events inserted and deleted each character |
//! | `budget` | how long a merge may go on, and who may stop it |
//! | `kept` | a state that stays between merges, so that an old branch is not walked again and again |

mod budget;
mod coalesce;
mod identity;
mod kept;
mod plan;
mod sink;
mod tree;
mod walk;
mod window;

use std::ops::Range;

use smallvec::SmallVec;
use thiserror::Error;
use writemagic_shared::limits::DOCUMENT_BYTES;
use writemagic_shared::runtime::Cancelled;

pub(crate) use budget::Budget;
pub(crate) use coalesce::Coalesce;
pub(crate) use identity::{Effect, Identity, Passage, Source};
pub(crate) use kept::Merger;
pub(crate) use sink::{CharKey, Chars, Counted, Sink, Step};

use super::burst::RunKind;
use super::log::{Base, Log, NotLoaded, VersionError};
use super::version::{Frontier, Lv, MAX_PARENTS};
use plan::{Piece, Plan};
use walk::Text;
use window::Window;

/// The most characters of a text: no text is longer than that in bytes.
pub(crate) const MAX_TEXT_CHARS: u32 = DOCUMENT_BYTES as u32;

/// Why a merge ended early. What it has given to its sink until then is to be thrown away; nothing else has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum MergeError {
    /// The event is invalid: its position is outside the text that its writer saw.
    #[error("the position of event {lv} is outside the text")]
    Position { lv: Lv },
    /// The merge takes more steps or more memory than it may: events made to be slow.
    #[error("the merge takes too many steps")]
    Steps,
    /// The merged text would be longer than any walk can hold, which is far above the limit of texts.
    #[error("the text is too long")]
    TooLarge,
    /// The merged version has more heads than an event can follow: merge some of them first.
    #[error("a version has at most 64 heads")]
    TooManyHeads,
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The sink refused an operation.
    #[error("the text did not take an operation")]
    Sink,
}

impl From<VersionError> for MergeError {
    fn from(error: VersionError) -> Self {
        match error {
            VersionError::NotLoaded(lacks) => Self::NotLoaded(lacks),
            VersionError::TooManyHeads => Self::TooManyHeads,
        }
    }
}

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The version of the text now.
    pub(crate) version: Frontier,
    /// Its length.
    pub(crate) chars: u32,
    /// Events that were applied as they are.
    pub(crate) direct: u32,
    /// Events that were walked.
    pub(crate) walked: u32,
    /// Whether the text had events that the new ones had not seen. If not, the new ones followed the text.
    pub(crate) forked: bool,
}

/// Brings a text from version `from` to the version that has everything in `from` and in `to`, all of `log`.
///
/// `chars` is the length of the text at `from`; more will do when all events are known to be valid. The operations go
/// to `sink`. The merged text may be over the limit of texts; that is for the caller to see. Takes time in proportion to the runs of events that are in one of the versions and descend from the last
/// version that everything in them descends from, times log.
pub(crate) fn merge<S: Sink>(
    log: &Log,
    from: &Frontier,
    to: &[Lv],
    chars: u32,
    sink: &mut S,
    budget: &mut Budget<'_>,
) -> Result<Merged, MergeError> {
    if let Some(events) = fast_forward(log, from, to)? {
        return apply(log, events, chars, sink, budget);
    }
    let Some(base) = log.base(from, to, u32::MAX)? else { return Err(MergeError::Steps) };
    merge_beyond(log, from, base, chars, sink, budget, &mut Window::default()).map(|(merged, _)| merged)
}

/// The events that bring `from` to `to`, if they are part of one node and follow all of `from`.
fn fast_forward(log: &Log, from: &Frontier, to: &[Lv]) -> Result<Option<Range<Lv>>, NotLoaded> {
    let &[last] = to else { return Ok(None) };
    let follows = |lv: &Lv| *lv < last;
    if !from.iter().all(follows) {
        return Ok(None);
    }
    let node = log.node(last)?;
    let first = match **from {
        [head] if head >= node.start => head + 1,
        _ if **from == *node.parents => node.start,
        _ => return Ok(None),
    };
    Ok(Some(first..last + 1))
}

/// Applies events that follow the text one by one.
fn apply<S: Sink>(
    log: &Log,
    events: Range<Lv>,
    chars: u32,
    sink: &mut S,
    budget: &mut Budget<'_>,
) -> Result<Merged, MergeError> {
    let mut text = Text { sink, chars, writes: true };
    let (version, direct) = (Frontier::at(events.end - 1), events.end - events.start);
    for (op, inserted) in log.ops(events) {
        budget.spend(1)?;
        text.apply(&op, inserted)?;
    }
    Ok(Merged { version, chars: text.chars, direct, walked: 0, forked: false })
}

/// [`merge`] when the base is known. Leaves in `window` the state of the last walk; the bool says whether that is of the
/// merged version.
fn merge_beyond<S: Sink>(
    log: &Log,
    from: &Frontier,
    base: Base,
    chars: u32,
    sink: &mut S,
    budget: &mut Budget<'_>,
    window: &mut Window,
) -> Result<(Merged, bool), MergeError> {
    if base.new.is_empty() {
        return Ok((Merged { version: from.clone(), chars, ..Merged::default() }, false));
    }
    let mut plan = Plan::new(log, &base.old, &base.new, budget)?;
    let version = check_heads(plan.find_critical(log, from))?;
    let mut walk = Walk { log, plan: &plan, numbers: vec![0; plan.pieces.len()], window, walked: 0 };
    let mut text = Text { sink, chars, writes: false };
    let mut direct = 0;
    let mut live = false;
    let first_is_critical =
        plan.order.get(plan.old).is_some_and(|first| plan.pieces[*first as usize].critical);
    if plan.old > 0 && !first_is_critical {
        walk.window.reset(base.heads.clone(), length_at_base(log, &base, chars))?;
        for i in &plan.order[..plan.old] {
            walk.piece(*i, &mut text, budget)?;
        }
        text.sink.enter(Chars(&walk.window.tree));
        live = true;
    }
    text.writes = true;
    let mut before: Option<Lv> = None; // the last event before the next piece, if it is critical
    for i in &plan.order[plan.old..] {
        let piece = &plan.pieces[*i as usize];
        if piece.critical {
            if std::mem::take(&mut live) {
                text.sink.leave(Chars(&walk.window.tree));
            }
            let events = piece.stretch.events.clone();
            direct += events.end - events.start;
            before = Some(events.end - 1);
            for (op, inserted) in log.ops_from(piece.op, events) {
                budget.spend(1)?;
                text.apply(&op, inserted)?;
            }
            continue;
        }
        if !live {
            // After a critical piece everything descends from its end; before the first one from the base.
            walk.window.reset(before.map_or(base.heads.clone(), Frontier::at), text.chars)?;
            text.sink.enter(Chars(&walk.window.tree));
            live = true;
        }
        walk.piece(*i, &mut text, budget)?;
    }
    if live {
        text.sink.leave(Chars(&walk.window.tree));
    }
    let forked = plan.old > 0;
    Ok((Merged { version, chars: text.chars, direct, walked: walk.walked, forked }, live))
}

/// A plan on its way.
struct Walk<'a> {
    log: &'a Log,
    plan: &'a Plan,
    /// Index of each piece among the window's.
    numbers: Vec<u32>,
    window: &'a mut Window,
    walked: u32,
}

impl Walk<'_> {
    /// Walks a piece; pieces before the last reset of the window are in every writer's past.
    fn piece<S: Sink>(
        &mut self,
        i: u32,
        text: &mut Text<'_, S>,
        budget: &mut Budget<'_>,
    ) -> Result<(), MergeError> {
        let Piece { stretch, op, .. } = &self.plan.pieces[i as usize];
        let parents = stretch.parents.iter().filter(|parent| !self.plan.pieces[**parent as usize].critical);
        let parents: SmallVec<[u32; 2]> = parents.map(|parent| self.numbers[*parent as usize]).collect();
        let events = stretch.events.clone();
        self.numbers[i as usize] = self.window.begin(events.clone(), parents, budget)?;
        self.walked += events.end - events.start;
        self.window.walk(self.log, events, *op, text, budget)
    }
}

/// At least the length of the text at a base, for a text of `chars` characters that has the old events too: as if they
/// had inserted nothing and deleted everything that they could.
fn length_at_base(log: &Log, base: &Base, chars: u32) -> u32 {
    let ops = base.old.iter().flat_map(|range: &Range<Lv>| log.ops(range.clone()));
    let deletions = ops.filter(|(op, _)| op.kind != RunKind::Insert).map(|(op, _)| op.len);
    deletions.fold(chars, u32::saturating_add)
}

fn check_heads(heads: SmallVec<[Lv; 2]>) -> Result<Frontier, MergeError> {
    if heads.len() > MAX_PARENTS { Err(MergeError::TooManyHeads) } else { Ok(Frontier::of_heads(heads)) }
}
