//! A proposal as it is kept.
//!
//! One checksummed record of kind 1. Its payload: varint(format, 1), id, document, a byte (0 main, 1 branch) and the
//! branch's id, base, varint(passage start), varint(its length), run, model, task, zigzag(created), varint(revision),
//! varint(hunks), and for each hunk a byte (state), varint(start - end of the hunk before), old, new. Ids are 16 bytes, texts
//! have their length in bytes before them. What reads it believes nothing: see [`Proposal::decode`].

use writemagic_shared::codec::frame::{self, Frames};
use writemagic_shared::codec::{DecodeError, Reader, put_varint, unzigzag, zigzag};
use writemagic_shared::id::{BranchId, DocumentId, ProposalId, RunId};
use writemagic_shared::limits::{
    DOCUMENT_BYTES, ORIGIN_NAME_BYTES, PROPOSAL_BYTES, PROPOSAL_HUNKS, PROPOSAL_TASK_BYTES,
    VERSION_NAME_BYTES,
};
use writemagic_shared::runtime::Timestamp;
use writemagic_shared::text::utf16;

use super::{Author, Error, Hunk, HunkState, Place, Proposal, VersionName};

const FORMAT: u64 = 1;
const KIND: u8 = 1;

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

impl Proposal {
    /// The bytes that keep it across restarts; the same for the same proposal.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] over [`PROPOSAL_BYTES`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut payload = Vec::new();
        put_varint(&mut payload, FORMAT);
        payload.extend_from_slice(self.id.as_bytes());
        payload.extend_from_slice(self.place.document.as_bytes());
        payload.push(u8::from(self.place.branch.is_some()));
        if let Some(branch) = &self.place.branch {
            payload.extend_from_slice(branch.as_bytes());
        }
        put_text(&mut payload, self.base.as_str());
        put_varint(&mut payload, self.passage.start);
        put_varint(&mut payload, self.passage.end.saturating_sub(self.passage.start));
        payload.extend_from_slice(self.author.run.as_bytes());
        put_text(&mut payload, &self.author.model);
        put_text(&mut payload, &self.task);
        put_varint(&mut payload, zigzag(self.created.as_millis()));
        put_varint(&mut payload, self.revision);
        put_varint(&mut payload, self.hunks.len() as u64);
        let mut end = 0;
        for hunk in &self.hunks {
            payload.push(hunk.state as u8);
            put_varint(&mut payload, hunk.range.start.saturating_sub(end));
            put_text(&mut payload, &hunk.old);
            put_text(&mut payload, &hunk.new);
            end = hunk.range.end;
        }
        Error::check_limit("proposal_bytes", payload.len() as u64, PROPOSAL_BYTES)?;
        let mut out = Vec::with_capacity(payload.len() + frame::OVERHEAD);
        frame::put(&mut out, KIND, &payload).map_err(|long| Error::LimitExceeded {
            what: "proposal_bytes",
            value: long.length,
            limit: PROPOSAL_BYTES,
        })?;
        Ok(out)
    }

    /// Reads what [`Proposal::encode`] wrote, and nothing else: every bound is checked, hunks are ascending and apart and
    /// within the passage, and nothing stands behind them. Takes memory in proportion to the bytes.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let damaged = |_| Error::Damaged { reason: "the record is not whole" };
        let mut frames = Frames::new(bytes, PROPOSAL_BYTES as u32);
        let frame = frames.read().map_err(damaged)?.ok_or(Error::Damaged { reason: "there is nothing" })?;
        if frames.read().map_err(damaged)?.is_some() {
            return Err(Error::Damaged { reason: "something stands behind it" });
        }
        if frame.kind != KIND {
            return Err(Error::Damaged { reason: "of another kind" });
        }
        read(&mut Values(Reader::new(frame.payload)))
    }
}

fn read(values: &mut Values<'_>) -> Result<Proposal, Error> {
    if values.number(u64::MAX)? != FORMAT {
        return Err(Error::Damaged { reason: "of a newer format" });
    }
    let id = ProposalId::from_bytes(values.id()?);
    let document = DocumentId::from_bytes(values.id()?);
    let branch = match values.byte()? {
        0 => None,
        1 => Some(BranchId::from_bytes(values.id()?)),
        _ => return Err(Error::Damaged { reason: "a truth is neither 0 nor 1" }),
    };
    let base = VersionName::new(values.text(VERSION_NAME_BYTES)?)?;
    let start = values.number(DOCUMENT_BYTES)?;
    let passage = start..start + values.number(DOCUMENT_BYTES)?;
    let run = RunId::from_bytes(values.id()?);
    let model = values.text(ORIGIN_NAME_BYTES)?;
    let task = values.text(PROPOSAL_TASK_BYTES)?;
    let created = Timestamp::from_millis(unzigzag(values.number(u64::MAX)?));
    let revision = values.number(u64::MAX - 1)?;
    let count = values.number(PROPOSAL_HUNKS)?;
    let mut hunks: Vec<Hunk> = Vec::new();
    for _ in 0..count {
        let state =
            HunkState::from_number(values.byte()?).ok_or(Error::Damaged { reason: "an unknown state" })?;
        let gap = values.number(DOCUMENT_BYTES)?;
        let start = match hunks.last() {
            Some(_) if gap == 0 => return Err(Error::Damaged { reason: "hunks touch" }),
            Some(before) => before.range.end + gap,
            None => gap,
        };
        let (old, new) = (values.text(PROPOSAL_BYTES)?, values.text(PROPOSAL_BYTES)?);
        let range = start..start + utf16::len(&old);
        if range.start < passage.start || range.end > passage.end {
            return Err(Error::Damaged { reason: "a hunk lies outside the passage" });
        }
        if old == new {
            return Err(Error::Damaged { reason: "a hunk changes nothing" });
        }
        hunks.push(Hunk { range, old, new, state });
    }
    if hunks.is_empty() || !values.0.is_empty() {
        return Err(Error::Damaged { reason: "too few hunks, or something behind them" });
    }
    let (place, author) = (Place { document, branch }, Author { run, model });
    Ok(Proposal { id, place, base, passage, author, task, created, revision, hunks })
}

/// The values of a payload, none of which is believed.
struct Values<'a>(Reader<'a>);

impl Values<'_> {
    fn number(&mut self, most: u64) -> Result<u64, Error> {
        self.0.varint_up_to(most).map_err(damaged)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        match self.0.bytes(1).map_err(damaged)? {
            [byte] => Ok(*byte),
            _ => Err(damaged(DecodeError::Truncated)),
        }
    }

    fn id(&mut self) -> Result<[u8; 16], Error> {
        let bytes = self.0.bytes(16).map_err(damaged)?;
        bytes.first_chunk().copied().ok_or(damaged(DecodeError::Truncated))
    }

    fn text(&mut self, most: u64) -> Result<String, Error> {
        let length = self.number(most)?;
        let bytes = self.0.bytes(length).map_err(damaged)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Error::Damaged { reason: "a text is not UTF-8" }),
        }
    }
}

fn damaged(error: DecodeError) -> Error {
    Error::Damaged {
        reason: match error {
            DecodeError::Truncated => "it ends inside a value",
            DecodeError::Overlong => "a number has more than 64 bits",
            _ => "a number is over its bound",
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proposal(hunks: Vec<Hunk>) -> Proposal {
        Proposal {
            id: ProposalId::from_bytes([1; 16]),
            place: Place {
                document: DocumentId::from_bytes([2; 16]),
                branch: Some(BranchId::from_bytes([3; 16])),
            },
            base: VersionName::new("7-00").unwrap(),
            passage: 3..90,
            author: Author { run: RunId::from_bytes([4; 16]), model: "a model".into() },
            task: "rewrite".into(),
            created: Timestamp::from_millis(-5),
            revision: 9,
            hunks,
        }
    }

    fn hunk(start: u64, old: &str, new: &str, state: HunkState) -> Hunk {
        Hunk { range: start..start + utf16::len(old), old: old.into(), new: new.into(), state }
    }

    fn sample() -> Proposal {
        proposal(vec![
            hunk(3, "old", "new 😀", HunkState::Pending),
            hunk(10, "", "in", HunkState::Applying),
            hunk(20, "😀", "", HunkState::Unplaceable),
        ])
    }

    #[test]
    fn a_proposal_survives_its_bytes() {
        let bytes = sample().encode().unwrap();
        assert_eq!(Proposal::decode(&bytes).unwrap(), sample());
        assert_eq!(Proposal::decode(&bytes).unwrap().encode().unwrap(), bytes);
    }

    #[test]
    fn no_byte_can_change_or_go_unnoticed() {
        let bytes = sample().encode().unwrap();
        for at in 0..bytes.len() {
            assert!(matches!(Proposal::decode(&bytes[..at]), Err(Error::Damaged { .. })), "cut at {at}");
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(matches!(Proposal::decode(&changed), Err(Error::Damaged { .. })), "changed at {at}");
        }
        assert!(Proposal::decode(&[bytes.clone(), bytes].concat()).is_err());
    }

    #[test]
    fn hunks_that_nobody_could_have_made_are_refused() {
        let pending = HunkState::Pending;
        for hunks in [
            vec![],
            vec![hunk(2, "before", "x", pending)],
            vec![hunk(88, "behind", "x", pending)],
            vec![hunk(10, "same", "same", pending)],
            vec![hunk(10, "touch", "x", pending), hunk(15, "ing", "y", pending)],
        ] {
            let bytes = proposal(hunks).encode().unwrap();
            assert!(matches!(Proposal::decode(&bytes), Err(Error::Damaged { .. })));
        }
    }

    #[test]
    fn a_proposal_has_its_largest_size_and_number_of_hunks() {
        let beside =
            proposal(vec![hunk(10, "", "", HunkState::Pending)]).encode().unwrap().len() - frame::OVERHEAD;
        // The length of a text of so many bytes takes 4 bytes, not the one of an empty text.
        let most = PROPOSAL_BYTES as usize - beside - 3;
        let at = |bytes: usize| proposal(vec![hunk(10, "", &"x".repeat(bytes), HunkState::Pending)]);
        let whole = at(most);
        assert_eq!(Proposal::decode(&whole.encode().unwrap()).unwrap(), whole);
        assert!(matches!(
            at(most + 1).encode(),
            Err(Error::LimitExceeded { value, limit, .. }) if value == limit + 1
        ));
        let many = |hunks: u64| {
            let hunks = (0..hunks).map(|n| hunk(3 + n, "", "x", HunkState::Pending)).collect();
            Proposal { passage: 0..10_000, ..proposal(hunks) }.encode().unwrap()
        };
        assert!(Proposal::decode(&many(PROPOSAL_HUNKS)).is_ok());
        assert!(matches!(Proposal::decode(&many(PROPOSAL_HUNKS + 1)), Err(Error::Damaged { .. })));
    }

    proptest! {
        #[test]
        fn any_payload_is_refused_or_written_again_the_same(payload in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = Vec::new();
            frame::put(&mut bytes, KIND, &payload).unwrap();
            if let Ok(proposal) = Proposal::decode(&bytes) {
                prop_assert_eq!(Proposal::decode(&proposal.encode().unwrap()).unwrap(), proposal);
            }
        }
    }
}
