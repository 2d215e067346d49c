//! How long a merge may go on.

use writemagic_shared::limits::MERGE_STEPS;
use writemagic_shared::runtime::Cancelled;

use super::MergeError;

/// Steps between two questions whether to go on: some hundred microseconds.
const STEPS_BETWEEN_CHECKS: u32 = 4096;

/// The steps that a merge may take, and somebody who may stop it.
///
/// A step is a run of events or a span of text that is looked at; it takes some ten to some hundred nanoseconds, whatever
/// the lengths.
pub(crate) struct Budget<'a> {
    left: u64,
    until_check: u32,
    check: Option<&'a mut dyn FnMut() -> Result<(), Cancelled>>,
}

impl Default for Budget<'_> {
    fn default() -> Self {
        Self::steps(MERGE_STEPS)
    }
}

impl<'a> Budget<'a> {
    /// At most this many steps.
    pub(crate) fn steps(steps: u64) -> Self {
        Self { left: steps, until_check: STEPS_BETWEEN_CHECKS, check: None }
    }

    /// Calls `check` every few thousand steps; its error ends the merge.
    pub(crate) fn checked_by(self, check: &'a mut dyn FnMut() -> Result<(), Cancelled>) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Takes steps.
    #[inline]
    pub(in crate::graph) fn spend(&mut self, steps: u32) -> Result<(), MergeError> {
        self.left = self.left.checked_sub(steps.into()).ok_or(MergeError::Steps)?;
        self.until_check = self.until_check.saturating_sub(steps);
        if self.until_check == 0 { self.ask() } else { Ok(()) }
    }

    #[cold]
    fn ask(&mut self) -> Result<(), MergeError> {
        self.until_check = STEPS_BETWEEN_CHECKS;
        match &mut self.check {
            Some(check) => Ok(check()?),
            None => Ok(()),
        }
    }
}
