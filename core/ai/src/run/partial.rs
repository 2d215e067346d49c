//! The text of an answer on its way to the store.

use std::time::Duration;

use crate::resilience::Moment;

use super::action::Kept;

/// The longest time that text waits for being kept.
const EVERY: Duration = Duration::from_millis(250);
/// As much text as is kept without waiting, in bytes.
const AT_ONCE: usize = 1 << 10;

/// The whole text so far, and how much of it was handed to the store.
#[derive(Debug, Default)]
pub(super) struct Partial {
    text: String,
    handed: usize,
    /// When the oldest text came that was not handed out.
    since: Option<Moment>,
    /// After a failed write: not again before.
    not_before: Option<Moment>,
}

impl Partial {
    pub(super) fn push(&mut self, text: &str, now: Moment) {
        self.text.push_str(text);
        self.since.get_or_insert(now);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// When the text is to be handed out next.
    pub(super) fn wake_at(&self) -> Option<Moment> {
        let since = self.since?;
        let due = if self.text.len() - self.handed >= AT_ONCE { since } else { since.after(EVERY) };
        Some(self.not_before.map_or(due, |not_before| due.max(not_before)))
    }

    /// What is due `now`.
    pub(super) fn due(&mut self, now: Moment) -> Option<(u64, Kept)> {
        if self.wake_at()? <= now { self.rest() } else { None }
    }

    /// All that was not handed out.
    pub(super) fn rest(&mut self) -> Option<(u64, Kept)> {
        let offset = self.handed;
        let text = self.text.get(offset..).filter(|text| !text.is_empty())?.to_owned();
        self.handed = self.text.len();
        self.since = None;
        Some((offset as u64, Kept(text)))
    }

    /// What began at byte `offset` could not be kept: it is handed out again, with what came since.
    pub(super) fn failed(&mut self, offset: u64, now: Moment) {
        if let Ok(offset) = usize::try_from(offset)
            && offset < self.handed
            && self.text.is_char_boundary(offset)
        {
            self.handed = offset;
            self.since = Some(now);
            self.not_before = Some(now.after(EVERY));
        }
    }

    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}
