//! Runs of events that follow each other.

use smallvec::SmallVec;

/// What each event of a run does; event k of the run, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RunKind {
    /// Inserts its character at `at + k`.
    Insert = 0,
    /// Deletes the character at `at`.
    Delete = 1,
    /// Deletes the character at `at - k`: backspacing.
    DeleteBack = 2,
}

/// Events of one kind that continue each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) kind: RunKind,
    /// Position of the first event, in scalar values.
    pub(crate) at: u32,
    /// Number of events, at least 1.
    pub(crate) len: u32,
    /// Bytes of the inserted text; 0 for deletions.
    pub(crate) bytes: u32,
}

impl Run {
    /// Where the caret was before the run, and where it is afterwards.
    pub(super) fn carets(&self) -> (i64, i64) {
        let (at, len) = (i64::from(self.at), i64::from(self.len));
        match self.kind {
            RunKind::Insert => (at, at + len),
            RunKind::Delete => (at, at),
            RunKind::DeleteBack => (at + 1, at + 1 - len),
        }
    }
}

/// Events by one origin that are stored as one row. A burst is built by appending; events that continue the last run
/// extend it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Burst {
    runs: SmallVec<[Run; 4]>,
    text: String,
    events: u32,
}

impl Burst {
    pub(crate) fn is_empty(&self) -> bool {
        self.events == 0
    }

    pub(crate) fn events(&self) -> u32 {
        self.events
    }

    /// Bytes of all inserted text.
    pub(crate) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// The runs with their inserted texts.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (Run, &str)> + '_ {
        let mut from = 0;
        self.runs.iter().map(move |run| {
            let text = self.text.get(from..from + run.bytes as usize).unwrap_or_default();
            from += run.bytes as usize;
            (*run, text)
        })
    }

    /// Appends the insertion of `text` (`chars` scalar values) at `at`. Does nothing for an empty text.
    pub(crate) fn insert(&mut self, at: u32, text: &str, chars: u32) {
        debug_assert_eq!(text.chars().count(), chars as usize);
        if chars == 0 {
            return;
        }
        self.text.push_str(text);
        self.events += chars;
        let bytes = text.len() as u32;
        match self.runs.last_mut() {
            Some(last) if last.kind == RunKind::Insert && last.at + last.len == at => {
                last.len += chars;
                last.bytes += bytes;
            }
            _ => self.runs.push(Run { kind: RunKind::Insert, at, len: chars, bytes }),
        }
    }

    /// Appends the deletion of the `len` characters from `at`. Does nothing for none.
    pub(crate) fn delete(&mut self, at: u32, len: u32) {
        if len == 0 {
            return;
        }
        self.events += len;
        if let Some(last) = self.runs.last_mut() {
            match last.kind {
                RunKind::Delete if last.at == at => {
                    last.len += len;
                    return;
                }
                // Backspacing: one character, just before the last one that went.
                RunKind::Delete if last.len == 1 && len == 1 && at + 1 == last.at => {
                    *last = Run { kind: RunKind::DeleteBack, len: 2, ..*last };
                    return;
                }
                RunKind::DeleteBack if len == 1 && at + last.len == last.at => {
                    last.len += 1;
                    return;
                }
                _ => {}
            }
        }
        self.runs.push(Run { kind: RunKind::Delete, at, len, bytes: 0 });
    }

    /// Appends a run as it was decoded.
    pub(super) fn push_run(&mut self, run: Run, text: &str) {
        self.runs.push(run);
        self.text.push_str(text);
        self.events += run.len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spell(burst: &Burst, start: &str) -> String {
        let mut text: Vec<char> = start.chars().collect();
        for (run, inserted) in burst.runs() {
            let (at, len) = (run.at as usize, run.len as usize);
            match run.kind {
                RunKind::Insert => drop(text.splice(at..at, inserted.chars())),
                RunKind::Delete => drop(text.drain(at..at + len)),
                RunKind::DeleteBack => drop(text.drain(at + 1 - len..at + 1)),
            }
        }
        text.into_iter().collect()
    }

    #[test]
    fn typing_and_backspacing_are_single_runs() {
        let mut typed = Burst::default();
        for (i, c) in ["h", "é", "😀"].iter().enumerate() {
            typed.insert(5 + i as u32, c, 1);
        }
        assert_eq!(typed.runs().count(), 1);
        assert_eq!(typed.events(), 3);
        assert_eq!(spell(&typed, "01234"), "01234hé😀");

        let mut erased = Burst::default();
        for at in (2..5).rev() {
            erased.delete(at, 1);
        }
        assert_eq!(erased.runs().map(|(run, _)| run.kind).collect::<Vec<_>>(), [RunKind::DeleteBack]);
        assert_eq!(spell(&erased, "01234"), "01");
    }
}
