//! What calls of both sides took, from several processes.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::figures::Waits;

/// The sides, as the benches call them.
pub(crate) const WRITEMAGIC: &str = "writemagic";
pub(crate) const UNIFFI: &str = "uniffi";

/// What was found.
#[derive(Default)]
pub(crate) struct Measured {
    /// What ran the benches.
    pub(crate) machine: String,
    waits: BTreeMap<(String, String), Waits>,
}

impl Measured {
    /// What calls of a bench took, by side; both have the empty name where there are no sides.
    pub(crate) fn of(&self, bench: &str, side: &str) -> Result<&Waits> {
        let waits = self.waits.get(&(bench.to_owned(), side.to_owned()));
        waits.filter(|waits| waits.calls() > 0).with_context(|| format!("{bench} {side} was not measured"))
    }

    /// Counts what one process found: lengths in nanoseconds, and how many calls had them.
    pub(crate) fn add(&mut self, bench: &str, side: &str, lengths: impl IntoIterator<Item = (f64, u64)>) {
        let waits = self.waits.entry((bench.to_owned(), side.to_owned())).or_default();
        for (nanoseconds, calls) in lengths {
            waits.add(nanoseconds, calls);
        }
    }
}
