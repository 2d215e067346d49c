//! Making, placing, accepting and rejecting.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use writemagic_shared::id::ProposalId;
use writemagic_shared::limits::{ORIGIN_NAME_BYTES, PROPOSAL_BYTES, PROPOSAL_PAGE, PROPOSAL_TASK_BYTES};
use writemagic_shared::runtime::Timestamp;
use writemagic_shared::text::offsets::{Offset, OffsetError, Offsets};

use super::hunks::hunks;
use super::place::find;
use super::{
    Applied, Author, Edit, Error, Filter, HunkState, Place, Proposal, ProposalStore, StoredProposal,
    TextTarget, VersionName,
};

/// How often putting hunks into a text begins anew because somebody wrote meanwhile.
const TRIES: usize = 16;

/// An answer, and what it is for.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub place: Place,
    /// The version that the model was shown.
    pub base: VersionName,
    /// The passage that the answer would replace, in UTF-16 units of that version; empty where it would be put in. An
    /// end inside a surrogate pair moves to the pair's start; one past the text, to the end.
    pub passage: Range<u64>,
    /// What would stand there.
    pub answer: String,
    /// Whose answer it is.
    pub author: Author,
    /// What was asked for, such as `rewrite`; at most 64 bytes.
    pub task: String,
}

/// Which hunks are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that the writer has not decided.
    All,
    /// Those with these numbers, from 0. One that was rejected can still be accepted.
    These(Vec<u64>),
}

impl Which {
    fn includes(&self, number: usize, state: HunkState) -> bool {
        match self {
            Self::All => state.is_open(),
            Self::These(numbers) => {
                let undecided = state.is_open() || state == HunkState::Rejected;
                undecided && numbers.contains(&(number as u64))
            }
        }
    }

    fn check(&self, count: usize) -> Result<(), Error> {
        let Self::These(numbers) = self else { return Ok(()) };
        match numbers.iter().find(|number| **number >= count as u64) {
            Some(hunk) => Err(Error::HunkNotFound { hunk: *hunk, count: count as u64 }),
            None => Ok(()),
        }
    }
}

/// A proposal beside the present text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Placed {
    /// The proposal, its states as they are now.
    pub proposal: Proposal,
    /// The version that the ranges are of.
    pub version: VersionName,
    /// Where the old words of each hunk stand, in UTF-16 units of that version; `None` for one that cannot be placed or
    /// is in the text already.
    pub ranges: Vec<Option<Range<u64>>>,
}

/// What a decision came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The proposal, its states as they are now.
    pub proposal: Proposal,
    /// The hunks that were decided just now, by number, ascending.
    pub decided: Vec<u64>,
    /// The hunks that were meant and cannot be placed, by number, ascending.
    pub unplaceable: Vec<u64>,
    /// Whether those that were accepted wait beside an open editor.
    pub waiting: bool,
}

/// The proposals of one library. There is one of these for a store: its calls take turns, from any thread.
#[derive(Clone)]
pub struct Proposals {
    target: Arc<dyn TextTarget>,
    store: Arc<dyn ProposalStore>,
    turn: Arc<Mutex<()>>,
}

/// Every method touches the disk, and fails as the text and the store do.
impl Proposals {
    /// The proposals of these texts, kept in this store.
    pub fn new(target: Arc<dyn TextTarget>, store: Arc<dyn ProposalStore>) -> Self {
        Self { target, store, turn: Arc::default() }
    }

    /// Makes a proposal of an answer and keeps it; `None` when the answer changes nothing. Takes time in proportion to
    /// the passage and the answer.
    ///
    /// # Errors
    /// `proposal_base_lost`; `limit_exceeded` over [`PROPOSAL_BYTES`] or for the name of the task.
    pub fn propose(&self, draft: Draft, now: Timestamp) -> Result<Option<Proposal>, Error> {
        let Draft { place, base, passage, answer, mut author, task } = draft;
        Error::check_limit("proposal_bytes", answer.len() as u64, PROPOSAL_BYTES)?;
        Error::check_limit("proposal_task_bytes", task.len() as u64, PROPOSAL_TASK_BYTES)?;
        author.model.truncate(author.model.floor_char_boundary(ORIGIN_NAME_BYTES as usize));
        let text = self.target.text_at(&place, &base)?.ok_or(Error::BaseLost)?;
        let offsets = Offsets::new(text.as_str());
        let clamp = |unit| offsets.locate(Offset::Utf16(unit)).unwrap_or_else(OffsetError::nearest);
        let start = clamp(passage.start);
        let end = clamp(passage.end.max(start.utf16));
        let old = text.get(start.byte as usize..end.byte as usize).unwrap_or_default();
        let hunks = hunks(old, &answer, start.utf16);
        if hunks.is_empty() {
            return Ok(None);
        }
        let proposal = Proposal {
            id: ProposalId::new(now),
            place,
            base,
            passage: start.utf16..end.utf16,
            author,
            task,
            created: now,
            revision: 0,
            hunks,
        };
        self.store.put(&stored(&proposal)?)?;
        Ok(Some(proposal))
    }

    /// A proposal as it was kept.
    ///
    /// # Errors
    /// `proposal_not_found`, `proposal_damaged`.
    pub fn get(&self, id: ProposalId) -> Result<Proposal, Error> {
        let bytes = self.store.get(id)?.ok_or(Error::NotFound { proposal: id })?;
        Proposal::decode(&bytes)
    }

    /// The proposals that pass the filter, newest first, and how many more cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<(Vec<Proposal>, u64), Error> {
        let filter = Filter { limit: filter.limit.min(PROPOSAL_PAGE), ..*filter };
        let all = self.store.list(&filter)?;
        let count = all.len();
        let proposals: Vec<Proposal> = all.iter().filter_map(|bytes| Proposal::decode(bytes).ok()).collect();
        let damaged = (count - proposals.len()) as u64;
        Ok((proposals, damaged))
    }

    /// A proposal beside the present text: for showing it.
    ///
    /// # Errors
    /// `proposal_not_found`, `proposal_damaged`; `text_moving`.
    pub fn placed(&self, id: ProposalId) -> Result<Placed, Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..TRIES {
            let kept = self.get(id)?;
            let Placed { proposal, version, ranges } = self.look(&kept)?;
            if let Some(proposal) = self.save(proposal, &kept)? {
                return Ok(Placed { proposal, version, ranges });
            }
        }
        Err(Error::TextMoving)
    }

    /// Puts hunks into the text: each replaces exactly its old words where these stand now, all of them together are one
    /// step of undo, and their author is the run. Those whose words have changed are left out and named. What is decided
    /// already is left as it is.
    ///
    /// # Errors
    /// `proposal_not_found`, `proposal_damaged`, `hunk_not_found`; `text_moving`. After an error no hunk is in the text, but
    /// where the store failed after the text had taken them: those are found there at the next look.
    pub fn accept(&self, id: ProposalId, which: &Which) -> Result<Outcome, Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..TRIES {
            let kept = self.get(id)?;
            which.check(kept.hunks.len())?;
            let Placed { mut proposal, version, ranges } = self.look(&kept)?;
            let (mut decided, mut unplaceable, mut edits) = (Vec::new(), Vec::new(), Vec::new());
            for (number, (hunk, range)) in proposal.hunks.iter_mut().zip(&ranges).enumerate() {
                if !which.includes(number, hunk.state) {
                    continue;
                }
                let Some(range) = range else {
                    unplaceable.push(number as u64);
                    hunk.state = HunkState::Unplaceable;
                    continue;
                };
                decided.push(number as u64);
                let (at, delete) = (range.start, range.end - range.start);
                edits.push(Edit { at, delete, insert: hunk.new.clone() });
            }
            let undecided = proposal.clone();
            let mark = |proposal: &mut Proposal, state| {
                let numbers = decided.iter().filter_map(|number| usize::try_from(*number).ok());
                numbers.for_each(|number| proposal.hunks[number].state = state);
            };
            // Noted first: if the engine ends between the two, the next look finds out what happened.
            mark(&mut proposal, HunkState::Applying);
            let Some(mut proposal) = self.save(proposal, &kept)? else { continue };
            let mut waiting = false;
            if !edits.is_empty() {
                let applied = self.target.apply(&proposal.place, &version, &edits, &proposal.author);
                let noted = proposal.clone();
                match applied {
                    Ok(Applied::Durable) => {
                        mark(&mut proposal, HunkState::Accepted);
                        proposal = self.save_ours(proposal, &noted)?;
                    }
                    Ok(Applied::Waiting) => waiting = true,
                    Ok(Applied::Moved) => {
                        self.save_ours(undecided, &noted)?;
                        continue;
                    }
                    Err(error) => {
                        self.save_ours(undecided, &noted)?;
                        return Err(error.into());
                    }
                }
            }
            return Ok(Outcome { proposal, decided, unplaceable, waiting });
        }
        Err(Error::TextMoving)
    }

    /// Notes that the writer does not want hunks; the text is not touched. What is in it stays there.
    ///
    /// # Errors
    /// `proposal_not_found`, `proposal_damaged`, `hunk_not_found`; `text_moving`.
    pub fn reject(&self, id: ProposalId, which: &Which) -> Result<Outcome, Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..TRIES {
            let kept = self.get(id)?;
            which.check(kept.hunks.len())?;
            let mut proposal = kept.clone();
            let mut decided = Vec::new();
            for (number, hunk) in proposal.hunks.iter_mut().enumerate() {
                if hunk.state.is_open() && which.includes(number, hunk.state) {
                    decided.push(number as u64);
                    hunk.state = HunkState::Rejected;
                }
            }
            if let Some(proposal) = self.save(proposal, &kept)? {
                return Ok(Outcome { proposal, decided, unplaceable: Vec::new(), waiting: false });
            }
        }
        Err(Error::TextMoving)
    }

    /// The proposal with its states as the present text has them, and where its hunks stand.
    fn look(&self, kept: &Proposal) -> Result<Placed, Error> {
        let mut proposal = kept.clone();
        let now = self.target.present(&proposal.place)?;
        let found = find(self.target.as_ref(), &proposal, &now)?;
        for (hunk, found) in proposal.hunks.iter_mut().zip(&found) {
            hunk.state = match hunk.state {
                HunkState::Applying if now.waiting => HunkState::Applying,
                HunkState::Applying if found.is_in => HunkState::Accepted,
                HunkState::Pending | HunkState::Unplaceable | HunkState::Applying => {
                    if found.range.is_some() { HunkState::Pending } else { HunkState::Unplaceable }
                }
                decided => decided,
            };
        }
        let shown = proposal.hunks.iter().zip(found).map(|(hunk, found)| {
            let is_out = !matches!(hunk.state, HunkState::Accepted | HunkState::Applying);
            found.range.filter(|_| is_out)
        });
        let ranges = shown.collect();
        Ok(Placed { proposal, version: now.version, ranges })
    }

    /// Keeps a proposal if it differs from what was kept; `None` when somebody else has kept another revision meanwhile.
    fn save(&self, mut proposal: Proposal, kept: &Proposal) -> Result<Option<Proposal>, Error> {
        if proposal.hunks == kept.hunks {
            return Ok(Some(kept.clone()));
        }
        proposal.revision = kept.revision.saturating_add(1);
        let saved = self.store.update(&stored(&proposal)?, kept.revision)?;
        Ok(saved.then_some(proposal))
    }

    /// Keeps a proposal that nobody else can have changed: calls take turns.
    fn save_ours(&self, proposal: Proposal, noted: &Proposal) -> Result<Proposal, Error> {
        self.save(proposal, noted)?.ok_or(Error::TextMoving)
    }
}

fn stored(proposal: &Proposal) -> Result<StoredProposal, Error> {
    Ok(StoredProposal {
        id: proposal.id,
        document: proposal.place.document,
        open: proposal.is_open(),
        revision: proposal.revision,
        bytes: proposal.encode()?,
    })
}
