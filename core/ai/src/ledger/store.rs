//! Where entries are kept.

use serde::{Deserialize, Serialize};
use writemagic_shared::runtime::Timestamp;

use super::ForeignError;
use crate::model::{Microdollars, Usage};

/// Names one entry; the store gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub u64);

/// How far an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// The call is under way: usage and cost are the most that it can come to.
    Reserved,
    /// The call is over: usage and cost are as reported or estimated.
    Settled,
    /// The call was not made, or cost nothing: it does not count.
    Released,
}

/// One call in the ledger. It has no word of what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was reserved: the day and month that it counts for.
    pub at: Timestamp,
    /// The provider, as the app calls it; at most 255 bytes.
    pub provider: String,
    /// The model; at most 255 bytes.
    pub model: String,
    /// How far it is.
    pub state: EntryState,
    /// What it used.
    pub usage: Usage,
    /// What it cost; [`None`] where the price is unknown.
    pub cost: Option<Microdollars>,
}

/// What entries come to that are not released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The cost of those with a known price.
    pub money: Microdollars,
    /// Tokens of prompt and answer of those without.
    pub unpriced_tokens: u64,
}

impl Sums {
    /// The sums with this entry: what a store adds up over its entries.
    #[must_use]
    pub fn with(self, entry: &Entry) -> Self {
        let tokens = entry.usage.input_tokens.saturating_add(entry.usage.output_tokens);
        match (entry.state, entry.cost) {
            (EntryState::Released, _) => self,
            (_, Some(cost)) => Self { money: Microdollars(self.money.0.saturating_add(cost.0)), ..self },
            (_, None) => Self { unpriced_tokens: self.unpriced_tokens.saturating_add(tokens), ..self },
        }
    }
}

/// Where a [`Ledger`](super::Ledger) keeps its entries. Only one ledger writes to a store at a time. What a call has
/// written must survive the death of the process.
pub trait LedgerStore: Send + Sync {
    /// Adds an entry and names it.
    ///
    /// # Errors
    ///
    /// [`ForeignError`]: nothing was added.
    fn append(&self, entry: &Entry) -> Result<EntryId, ForeignError>;

    /// Puts `entry` in the place of the one with this id.
    ///
    /// # Errors
    ///
    /// [`ForeignError`]: the old one stands.
    fn replace(&self, id: EntryId, entry: &Entry) -> Result<(), ForeignError>;

    /// The sums over all entries at or after `from`. Asked twice before every call: an index over time keeps it
    /// quick.
    ///
    /// # Errors
    ///
    /// [`ForeignError`].
    fn sums_since(&self, from: Timestamp) -> Result<Sums, ForeignError>;

    /// All entries that are reserved.
    ///
    /// # Errors
    ///
    /// [`ForeignError`].
    fn reserved(&self) -> Result<Vec<(EntryId, Entry)>, ForeignError>;
}
