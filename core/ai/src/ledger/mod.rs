//! What calls cost, and the caps that they keep to.
//!
//! Before a call the most that it can cost is [reserved](Ledger::reserve) against the caps of the request, the day and
//! the month; after it the reservation is [settled](Reservation::settle) from the reported usage, or released. A
//! reservation counts as spent until then, so that calls side by side cannot pass a cap together.
//!
//! Caps count money. Where nobody knows a model's price they count tokens instead. Days and months are those of the
//! user's [`Zone`]; a call belongs to the day on which it was reserved. Entries are kept through a [`LedgerStore`]: those
//! that a crash left reserved are settled as estimated by the next [`Ledger`], since the call may have been made.

mod cap;
mod quote;
mod store;
#[cfg(test)]
mod tests;
mod zone;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use writemagic_shared::runtime::Clock;

pub use self::cap::{ASSUMED_PRICE, BudgetExceeded, Cap, Caps, LedgerError, Span, Unit};
pub use self::quote::Quote;
pub use self::store::{Entry, EntryId, EntryState, LedgerStore, Sums};
pub use self::zone::Zone;
use crate::foreign::ForeignError;
use crate::model::{Microdollars, Usage};
use crate::service_name;

/// The ledger of a library. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Shared>);

struct Shared {
    store: Arc<dyn LedgerStore>,
    clock: Arc<dyn Clock>,
    /// Held from reading the sums until the reservation is written, so that two cannot pass a cap together.
    rules: Mutex<Rules>,
}

#[derive(Clone)]
struct Rules {
    caps: Caps,
    zone: Zone,
}

impl Ledger {
    /// The ledger over `store`. Entries that are reserved there were left by a crash: they are settled as estimated.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Store`].
    pub fn new(
        store: Arc<dyn LedgerStore>,
        clock: Arc<dyn Clock>,
        zone: Zone,
        caps: Caps,
    ) -> Result<Self, LedgerError> {
        for (id, entry) in store.reserved()? {
            store.replace(id, &Entry { state: EntryState::Settled, ..entry })?;
        }
        Ok(Self(Arc::new(Shared { store, clock, rules: Mutex::new(Rules { caps, zone }) })))
    }

    /// Changes the caps for the calls that come.
    pub fn set_caps(&self, caps: Caps) {
        self.rules().caps = caps;
    }

    /// The caps.
    pub fn caps(&self) -> Caps {
        self.rules().caps
    }

    /// Changes what a day and a month are, for the calls that come.
    pub fn set_zone(&self, zone: Zone) {
        self.rules().zone = zone;
    }

    /// What was spent and is reserved today, and in this month. Reads the store.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub fn spent(&self) -> Result<Spent, LedgerError> {
        let rules = self.rules().clone();
        let now = self.0.clock.now();
        let today = self.0.store.sums_since(rules.zone.day(now).from)?;
        let this_month = self.0.store.sums_since(rules.zone.month(now).from)?;
        Ok(Spent { today, this_month })
    }

    /// Reserves what `quote` says. Reads and writes the store. Names of more than 255 bytes
    /// ([`SERVICE_NAME_BYTES`](writemagic_shared::limits::SERVICE_NAME_BYTES)) are cut.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Exceeded`] where it could pass a cap: the request's is looked at first, then the day's, then the
    /// month's. [`LedgerError::Store`]. In both cases nothing is reserved, and the call must not be made.
    pub fn reserve(&self, provider: &str, model: &str, quote: &Quote) -> Result<Reservation, LedgerError> {
        let rules = self.rules();
        let now = self.0.clock.now();
        rules.caps.request.check(Span::Request, quote, Sums::default(), None)?;
        let periods = [
            (Span::Day, rules.caps.day, rules.zone.day(now)),
            (Span::Month, rules.caps.month, rules.zone.month(now)),
        ];
        for (span, cap, period) in periods {
            if cap != Cap::default() {
                cap.check(span, quote, self.0.store.sums_since(period.from)?, period.until)?;
            }
        }
        let entry = Entry {
            at: now,
            provider: service_name::bounded(provider),
            model: service_name::bounded(model),
            state: EntryState::Reserved,
            usage: quote.usage(),
            cost: quote.cost(),
        };
        let id = self.0.store.append(&entry)?;
        drop(rules);
        Ok(Reservation { ledger: self.clone(), id, entry, quote: *quote, is_open: true })
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        // Rules are replaced whole; a panic leaves none half-written.
        self.0.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("caps", &self.caps()).finish_non_exhaustive()
    }
}

/// What was spent and is reserved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Since the day began.
    pub today: Sums,
    /// Since the month began.
    pub this_month: Sums,
}

/// Money or tokens set aside for one call. Say what became of it; one that is dropped without a word is settled as
/// estimated, since the call may have been made.
#[must_use = "a reservation that is dropped is settled as estimated"]
pub struct Reservation {
    ledger: Ledger,
    id: EntryId,
    entry: Entry,
    quote: Quote,
    is_open: bool,
}

impl Reservation {
    /// The entry that it will become.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// The call is over and used this, as reported; or, for a call that was cancelled or broke off, as estimated
    /// ([`Usage::estimated`]). Answers what it cost, where the price is known. Writes the store.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Store`]: the reservation stands, and counts as before.
    pub fn settle(mut self, usage: &Usage) -> Result<Option<Microdollars>, LedgerError> {
        let cost = self.quote.cost_of(usage);
        self.finish(EntryState::Settled, *usage, cost)?;
        Ok(cost)
    }

    /// The call was not made, or the provider failed before it gave anything. Writes the store.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Store`]: the reservation stands, and counts as before.
    pub fn release(mut self) -> Result<(), LedgerError> {
        self.finish(EntryState::Released, Usage::default(), None)
    }

    fn finish(
        &mut self,
        state: EntryState,
        usage: Usage,
        cost: Option<Microdollars>,
    ) -> Result<(), LedgerError> {
        self.is_open = false;
        let entry = Entry { state, usage, cost, ..self.entry.clone() };
        Ok(self.ledger.0.store.replace(self.id, &entry)?)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.is_open {
            let (usage, cost) = (self.entry.usage, self.entry.cost);
            // If it cannot be written it stays reserved, which counts the same.
            let _ = self.finish(EntryState::Settled, usage, cost);
        }
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation")
            .field("id", &self.id)
            .field("quote", &self.quote)
            .finish_non_exhaustive()
    }
}
