//! Proposals in the library.

use writemagic_ai::foreign::ForeignError;
use writemagic_ai::proposal::{Filter, ProposalStore, StoredProposal};
use writemagic_shared::id::ProposalId;
use writemagic_storage::assistant;

use super::{Kept, foreign};

fn kept(proposal: &StoredProposal) -> assistant::StoredProposal {
    let StoredProposal { id, document, open, revision, bytes } = proposal;
    assistant::StoredProposal {
        id: *id,
        document: *document,
        open: *open,
        revision: *revision,
        bytes: bytes.clone(),
    }
}

impl ProposalStore for Kept {
    fn put(&self, proposal: &StoredProposal) -> Result<(), ForeignError> {
        self.0.put_proposal(&kept(proposal)).map_err(foreign)
    }

    fn get(&self, id: ProposalId) -> Result<Option<Vec<u8>>, ForeignError> {
        self.0.stored_proposal(id).map_err(foreign)
    }

    fn list(&self, filter: &Filter) -> Result<Vec<Vec<u8>>, ForeignError> {
        let Filter { document, open, before, limit } = *filter;
        let filter = assistant::ProposalFilter { document, open, before, limit };
        self.0.stored_proposals(&filter).map_err(foreign)
    }

    fn update(&self, proposal: &StoredProposal, from: u64) -> Result<bool, ForeignError> {
        self.0.update_proposal(&kept(proposal), from).map_err(foreign)
    }
}
