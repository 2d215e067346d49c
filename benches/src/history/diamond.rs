//! diamond-types: a log of operations and a branch at its tip.

use anyhow::{Result, anyhow};
use diamond_types::list::encoding::{ENCODE_FULL, ENCODE_PATCH};
use diamond_types::list::{Branch, ListCRDT, OpLog};
use diamond_types::{AgentId, LocalVersion};

use super::Holder;
use super::peer::{Peer, step_by_step};
use super::recorded::Replay;
use crate::measure::cost_of;
use crate::trace::{Authored, Concurrent, Edit};

/// A document and who writes in it.
pub(super) struct Diamond {
    list: ListCRDT,
    writer: AgentId,
}

/// Names that are in the order of the writers' numbers.
fn name(writer: u32) -> String {
    format!("{writer:010}")
}

/// A history that is being recorded.
#[derive(Default)]
struct Recording {
    log: OpLog,
    /// After each transaction.
    versions: Vec<LocalVersion>,
}

impl Recording {
    fn add(&mut self, transaction: &Authored) {
        let writer = self.log.get_or_create_agent_id(&name(transaction.writer));
        let mut version = LocalVersion::new();
        for parent in &transaction.parents {
            version = self.log.version_union(&version, &self.versions[*parent]);
        }
        for edit in &transaction.edits {
            if edit.delete > 0 {
                let last = self.log.add_delete_at(writer, &version, edit.at..edit.at + edit.delete);
                version = LocalVersion::from_slice(&[last]);
            }
            if !edit.insert.is_empty() {
                let last = self.log.add_insert_at(writer, &version, edit.at, &edit.insert);
                version = LocalVersion::from_slice(&[last]);
            }
        }
        self.versions.push(version);
    }
}

impl Peer for Diamond {
    type Version = LocalVersion;

    const NAME: &'static str = "diamond-types 1.0.0";
    const HOLDER: Holder = Holder::Diamond;

    fn new(writer: u32) -> Result<Self> {
        let mut list = ListCRDT::new();
        let writer = list.get_or_create_agent_id(&name(writer));
        Ok(Self { list, writer })
    }

    fn load(bytes: &[u8], writer: u32) -> Result<Self> {
        let mut list = ListCRDT::load_from(bytes).map_err(|error| anyhow!("{error:?}"))?;
        let writer = list.get_or_create_agent_id(&name(writer));
        Ok(Self { list, writer })
    }

    fn save(&mut self) -> Result<Vec<u8>> {
        Ok(self.list.oplog.encode(ENCODE_FULL))
    }

    fn edit(&mut self, burst: &[Edit]) -> Result<()> {
        for edit in burst {
            if edit.delete > 0 {
                self.list.delete_without_content(self.writer, edit.at..edit.at + edit.delete);
            }
            if !edit.insert.is_empty() {
                self.list.insert(self.writer, edit.at, &edit.insert);
            }
        }
        Ok(())
    }

    fn edit_and_encode(&mut self, burst: &[Edit]) -> Result<Vec<u8>> {
        let before = self.list.oplog.local_version();
        self.edit(burst)?;
        Ok(self.list.oplog.encode_from(ENCODE_PATCH, &before))
    }

    fn text(&self) -> Result<String> {
        Ok(self.list.branch.content().to_string())
    }

    fn version(&mut self) -> Result<Self::Version> {
        Ok(self.list.oplog.local_version())
    }

    fn text_at(&mut self, version: &Self::Version) -> Result<String> {
        Ok(self.list.oplog.checkout(version).content().to_string())
    }

    fn changes_since(&mut self, version: &Self::Version) -> Result<Vec<u8>> {
        Ok(self.list.oplog.encode_from(ENCODE_PATCH, version))
    }

    fn take_in(&mut self, bytes: &[u8]) -> Result<()> {
        self.list.merge_data_and_ff(bytes).map_err(|error| anyhow!("{error:?}"))?;
        Ok(())
    }

    fn replay(concurrent: &Concurrent) -> Result<Option<Replay<'_>>> {
        let mut recording = Recording::default();
        concurrent.transactions.iter().for_each(|transaction| recording.add(transaction));
        let text = recording.log.checkout_tip().content().to_string();
        let whole = recording.log.encode(ENCODE_FULL);
        let again = move || {
            let load = || Diamond::load(&whole, 0)?.text();
            let (text, cost) = cost_of(load)?;
            Ok((text, cost, whole.len() as u64))
        };
        // Its log takes transactions as they are: nothing is decoded here.
        let steps = move || {
            let (mut recording, mut branch) = (Recording::default(), Branch::new());
            step_by_step(&concurrent.transactions, |transaction| {
                recording.add(transaction);
                branch.merge(&recording.log, recording.log.local_version_ref());
                Ok(())
            })
        };
        Ok(Some(Replay { text, again: Box::new(again), steps: Box::new(steps) }))
    }
}
