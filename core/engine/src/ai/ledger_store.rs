//! Calls in the library.

use writemagic_ai::foreign::ForeignError;
use writemagic_ai::ledger::{Entry, EntryId, EntryState, LedgerStore, Sums};
use writemagic_ai::model::{Microdollars, Usage};
use writemagic_shared::runtime::Timestamp;
use writemagic_storage::assistant::{Expense, ExpenseState};

use super::{Kept, foreign};

fn kept(entry: &Entry) -> Expense {
    let Entry { at, provider, model, state, usage, cost } = entry;
    Expense {
        at: *at,
        state: match state {
            EntryState::Reserved => ExpenseState::Reserved,
            EntryState::Settled => ExpenseState::Settled,
            EntryState::Released => ExpenseState::Released,
        },
        provider: provider.clone(),
        model: model.clone(),
        input_tokens: usage.input_tokens,
        cache_read_tokens: usage.cache_read_tokens,
        cache_write_tokens: usage.cache_write_tokens,
        output_tokens: usage.output_tokens,
        reasoning_tokens: usage.reasoning_tokens,
        estimated: usage.estimated,
        cost: cost.map(|cost| cost.0),
    }
}

/// What was kept, as an entry.
pub(super) fn entry((number, expense): (u64, Expense)) -> (EntryId, Entry) {
    let usage = Usage {
        input_tokens: expense.input_tokens,
        cache_read_tokens: expense.cache_read_tokens,
        cache_write_tokens: expense.cache_write_tokens,
        output_tokens: expense.output_tokens,
        reasoning_tokens: expense.reasoning_tokens,
        estimated: expense.estimated,
    };
    let entry = Entry {
        at: expense.at,
        provider: expense.provider,
        model: expense.model,
        state: match expense.state {
            ExpenseState::Reserved => EntryState::Reserved,
            ExpenseState::Settled => EntryState::Settled,
            ExpenseState::Released => EntryState::Released,
        },
        usage,
        cost: expense.cost.map(Microdollars),
    };
    (EntryId(number), entry)
}

impl LedgerStore for Kept {
    fn append(&self, entry: &Entry) -> Result<EntryId, ForeignError> {
        self.0.add_expense(&kept(entry)).map(EntryId).map_err(foreign)
    }

    fn replace(&self, id: EntryId, entry: &Entry) -> Result<(), ForeignError> {
        self.0.replace_expense(id.0, &kept(entry)).map_err(foreign)
    }

    fn sums_since(&self, from: Timestamp) -> Result<Sums, ForeignError> {
        let sums = self.0.expense_sums(from).map_err(foreign)?;
        Ok(Sums { money: Microdollars(sums.cost), unpriced_tokens: sums.unpriced_tokens })
    }

    fn reserved(&self) -> Result<Vec<(EntryId, Entry)>, ForeignError> {
        // Who only reads settles nothing: calls may be under way in the process that writes.
        if self.0.is_read_only() {
            return Ok(Vec::new());
        }
        let reserved = self.0.reserved_expenses().map_err(foreign)?;
        Ok(reserved.into_iter().map(entry).collect())
    }
}
