//! What the events of a log do: runs in order of arrival, and the text that they inserted.

use std::ops::Range;

use crate::graph::burst::{Run, RunKind};
use crate::graph::forget::FORGOTTEN;
use crate::graph::version::Lv;

/// Bytes of inserted text between two remembered counts of characters: what one search reads at most, twice.
const STRIDE: usize = 256;

/// Events that one operation stands for, or a part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Op {
    /// The first event.
    pub(crate) lv: Lv,
    pub(crate) kind: RunKind,
    /// Position of the first event, in scalar values, in the text that its writer saw.
    pub(crate) at: u32,
    /// Number of events, at least 1.
    pub(crate) len: u32,
}

impl Op {
    /// The lowest position that the events touch; `None` if they would go below 0.
    pub(crate) fn lowest(&self) -> Option<u32> {
        match self.kind {
            RunKind::DeleteBack => (self.at + 1).checked_sub(self.len),
            RunKind::Insert | RunKind::Delete => Some(self.at),
        }
    }

    /// Without its first `k` events, `k` below `len`.
    fn from(self, k: u32) -> Self {
        let at = match self.kind {
            RunKind::Insert => self.at + k,
            RunKind::Delete => self.at,
            RunKind::DeleteBack => self.at.saturating_sub(k),
        };
        Self { lv: self.lv + k, at, len: self.len - k, ..self }
    }

    fn end(&self) -> Lv {
        self.lv + self.len
    }
}

#[derive(Clone, Copy, Debug)]
struct Stored {
    op: Op,
    /// Where the inserted text begins, in bytes.
    text: u32,
    /// Bytes of inserted text; 0 for deletions.
    bytes: u32,
}

/// The operations of a log, contiguous in [`Lv`].
#[derive(Clone, Debug, Default)]
pub(super) struct Ops {
    runs: Vec<Stored>,
    text: Inserted,
}

impl Ops {
    /// Whether `bytes` more of inserted text can be held.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.text.bytes.len().checked_add(bytes).is_some_and(|all| u32::try_from(all).is_ok())
    }

    /// Appends the events of a run, which extends the last one where it continues it. There is room for `text`.
    pub(super) fn push(&mut self, lv: Lv, run: Run, text: &str) {
        let at = self.text.bytes.len() as u32;
        self.text.push(text);
        let bytes = text.len() as u32;
        if let Some(last) = self.runs.last_mut()
            && let Some(kind) = continued(&last.op, &run)
        {
            last.op.kind = kind;
            last.op.len += run.len;
            last.bytes += bytes;
            return;
        }
        let kind = undirected(run.kind, run.len);
        self.runs.push(Stored { op: Op { lv, kind, at: run.at, len: run.len }, text: at, bytes });
    }

    /// Index of the run that holds event `lv`, or of the first run after it.
    pub(super) fn find(&self, lv: Lv) -> usize {
        self.runs.partition_point(|run| run.op.end() <= lv)
    }

    /// The operations of events `from..to` with their inserted texts; `first` is the index that [`Ops::find`] gives for
    /// `from`. O(1) for each, with a search of at most two strides where a run with other than ASCII text is cut.
    pub(super) fn range(&self, first: usize, from: Lv, to: Lv) -> impl Iterator<Item = (Op, &str)> + '_ {
        let runs = self.runs.get(first..).unwrap_or_default();
        runs.iter().take_while(move |run| run.op.lv < to).map(move |run| self.cut(run, from, to))
    }

    /// Index of the run after those that end at or before `to`, searching from `first` on.
    pub(super) fn advance(&self, mut first: usize, to: Lv) -> usize {
        while self.runs.get(first).is_some_and(|run| run.op.end() <= to) {
            first += 1;
        }
        first
    }

    fn cut(&self, run: &Stored, from: Lv, to: Lv) -> (Op, &str) {
        let skip = from.saturating_sub(run.op.lv);
        let mut op = if skip == 0 { run.op } else { run.op.from(skip) };
        op.len -= op.end().saturating_sub(to);
        (op, self.text.slice(run, skip, op.len))
    }

    /// Drops the events from `end` on and the text from byte `text` on.
    pub(super) fn truncate(&mut self, end: Lv, text: usize) {
        while self.runs.last().is_some_and(|run| run.op.lv >= end) {
            self.runs.pop();
        }
        self.text.truncate(text);
        if let Some(last) = self.runs.last_mut() {
            last.op.len -= last.op.end().saturating_sub(end);
            last.op.kind = undirected(last.op.kind, last.op.len);
            if last.op.kind == RunKind::Insert {
                last.bytes = last.bytes.min((text as u32).saturating_sub(last.text));
            }
        }
    }

    /// The same operations without the text that the events of these ascending ranges inserted. `None` where that is more
    /// than can be held: what stands for a character may be longer than it.
    pub(super) fn forgetting(&self, events: &[Range<Lv>]) -> Option<Self> {
        let mut events = events.iter().peekable();
        let mut text = String::with_capacity(self.text.bytes.len());
        let mut runs = self.runs.clone();
        for run in &mut runs {
            let (start, old) = (text.len(), self.text.slice(run, 0, run.op.len));
            for (lv, char) in (run.op.lv..).zip(old.chars()) {
                while events.next_if(|range| range.end <= lv).is_some() {}
                let goes = events.peek().is_some_and(|range| range.start <= lv);
                text.push(if goes { FORGOTTEN } else { char });
            }
            run.text = u32::try_from(start).ok()?;
            run.bytes = u32::try_from(text.len() - start).ok()?;
        }
        u32::try_from(text.len()).ok()?;
        let mut inserted = Inserted::default();
        inserted.push(&text);
        Some(Self { runs, text: inserted })
    }

    /// Memory in use, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        let text = self.text.bytes.capacity() + self.text.chars.capacity() * size_of::<u32>();
        self.runs.capacity() * size_of::<Stored>() + text
    }

    /// Bytes of inserted text.
    pub(super) fn text_bytes(&self) -> usize {
        self.text.bytes.len()
    }
}

/// The kind of a run as it is stored: a single deletion has no direction.
fn undirected(kind: RunKind, len: u32) -> RunKind {
    if kind == RunKind::DeleteBack && len == 1 { RunKind::Delete } else { kind }
}

/// The kind of the run that `last` becomes when `next` continues it.
fn continued(last: &Op, next: &Run) -> Option<RunKind> {
    match (last.kind, next.kind) {
        (RunKind::Insert, RunKind::Insert) if last.at + last.len == next.at => Some(RunKind::Insert),
        (RunKind::Delete, RunKind::Delete) if last.at == next.at => Some(RunKind::Delete),
        (RunKind::Insert, _) | (_, RunKind::Insert) => None,
        _ => {
            let goes_back = |kind, len| kind == RunKind::DeleteBack || len == 1;
            let both = goes_back(last.kind, last.len) && goes_back(next.kind, next.len);
            (both && last.at == next.at + last.len).then_some(RunKind::DeleteBack)
        }
    }
}

/// All inserted text, one string, with the number of characters before every stride.
#[derive(Clone, Debug)]
struct Inserted {
    bytes: String,
    /// Characters that begin before byte `i * STRIDE`.
    chars: Vec<u32>,
}

impl Default for Inserted {
    fn default() -> Self {
        Self { bytes: String::new(), chars: vec![0] }
    }
}

impl Inserted {
    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        while self.chars.len() * STRIDE <= self.bytes.len() {
            let last = self.chars.len() - 1;
            let stride = &self.bytes.as_bytes()[last * STRIDE..(last + 1) * STRIDE];
            self.chars.push(self.chars[last] + starts(stride));
        }
    }

    fn truncate(&mut self, bytes: usize) {
        self.bytes.truncate(bytes);
        self.chars.truncate(bytes / STRIDE + 1);
    }

    /// The text of events `skip..skip + len` of a run.
    fn slice(&self, run: &Stored, skip: u32, len: u32) -> &str {
        let (from, bytes) = (run.text as usize, run.bytes as usize);
        let range = if len == run.op.len || bytes == 0 {
            from..from + bytes
        } else if run.bytes == run.op.len {
            from + skip as usize..from + (skip + len) as usize
        } else {
            let first = self.chars_before(from) + skip;
            self.byte_of(first)..self.byte_of(first + len)
        };
        self.bytes.get(range).unwrap_or_default()
    }

    fn chars_before(&self, byte: usize) -> u32 {
        let stride = byte / STRIDE;
        self.chars[stride] + starts(&self.bytes.as_bytes()[stride * STRIDE..byte])
    }

    /// Where character `char` of the text begins.
    fn byte_of(&self, char: u32) -> usize {
        let stride = self.chars.partition_point(|before| *before <= char).saturating_sub(1);
        let mut left = char - self.chars[stride];
        for (i, byte) in self.bytes.as_bytes()[stride * STRIDE..].iter().enumerate() {
            if is_start(*byte) {
                if left == 0 {
                    return stride * STRIDE + i;
                }
                left -= 1;
            }
        }
        self.bytes.len()
    }
}

fn is_start(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// Characters that begin in these bytes of UTF-8.
fn starts(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| u32::from(is_start(*byte))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(at: u32, text: &str) -> Run {
        let len = text.chars().count() as u32;
        Run { kind: RunKind::Insert, at, len, bytes: text.len() as u32 }
    }

    #[test]
    fn every_part_of_a_run_has_its_own_text() {
        let text: String = (0..700).map(|i| ['a', 'é', '文', '😀'][i * i % 7 % 4]).collect();
        let mut ops = Ops::default();
        ops.push(0, insert(0, "plain"), "plain");
        let mut lv = 5;
        for part in text.chars().collect::<Vec<_>>().chunks(37) {
            let part: String = part.iter().collect();
            let run = insert(100 + lv, &part);
            ops.push(lv, run, &part);
            lv += run.len;
        }
        assert_eq!(ops.runs.len(), 2, "what continues a run extends it");
        let chars: Vec<char> = text.chars().collect();
        for from in (0..700_usize).step_by(13) {
            for to in [from + 1, from + 2, 400, 700] {
                let to = to.clamp(from + 1, 700);
                let (a, b) = (5 + from as u32, 5 + to as u32);
                let (op, cut) = ops.range(ops.find(a), a, b).next().unwrap();
                assert_eq!(op, Op { lv: a, kind: RunKind::Insert, at: 100 + a, len: b - a });
                assert_eq!(cut, chars[from..to].iter().collect::<String>());
            }
        }
    }

    #[test]
    fn taking_events_back_leaves_what_was_there() {
        let mut ops = Ops::default();
        let delete = |at, len| Run { kind: RunKind::Delete, at, len, bytes: 0 };
        ops.push(0, insert(0, "aé文"), "aé文");
        ops.push(3, delete(2, 1), "");
        let seen =
            |ops: &Ops| ops.range(0, 0, 99).map(|(op, text)| (op, text.to_owned())).collect::<Vec<_>>();
        let (before, bytes) = (seen(&ops), ops.text_bytes());
        ops.push(4, delete(1, 1), "");
        ops.push(5, insert(1, "xyz"), "xyz");
        assert_eq!(seen(&ops)[1].0.kind, RunKind::DeleteBack);
        ops.truncate(4, bytes);
        assert_eq!(seen(&ops), before);
        ops.push(4, insert(3, "😀"), "😀");
        assert_eq!(seen(&ops)[2].1, "😀");
    }
}
