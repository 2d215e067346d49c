//! The history of one document: its events, and who wrote them when.

use std::collections::HashMap;
use std::ops::Range;

use super::burst::Burst;
use super::chunk::{Chunk, Provenance};
use super::log::{AppendError, ForeignError, Log, Mark, NotLoaded};
use super::origin::Origin;
use super::version::{EventId, Lv};

/// A log with the provenance of its events. Begins late if the log does.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    log: Log,
    /// Ascending; each reaches to the next one or to the end of the log.
    runs: Vec<Run>,
    origins: Vec<Origin>,
    numbers: HashMap<Origin, u32>,
}

/// Events by one origin at one time.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: Lv,
    origin: u32,
    /// In milliseconds since 1970.
    at: i64,
}

/// The state of a history to which it can go back.
#[derive(Debug)]
pub(crate) struct HistoryMark {
    log: Mark,
    runs: usize,
    origins: usize,
}

impl History {
    /// No events.
    pub(crate) fn new() -> Self {
        Self { log: Log::new(), ..Self::default() }
    }

    /// A history that begins at event `start`: see [`Log::starting_at`].
    pub(crate) fn starting_at(start: Lv, heads: &[Lv], ids: &[(Lv, EventId, u32)]) -> Option<Self> {
        Some(Self { log: Log::starting_at(start, heads, ids)?, ..Self::default() })
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Forgets what the events of these ascending ranges inserted: see [`forget`](super::forget). `None`, with nothing
    /// changed, where the history is too large to hold that. O(bytes of inserted text).
    pub(crate) fn forget(&mut self, events: &[Range<Lv>]) -> Option<()> {
        self.log.forget(events)
    }

    /// Adds the events of `burst`: see [`Log::append`]. `at` is in milliseconds since 1970. O(runs of the burst · log).
    pub(crate) fn append(
        &mut self,
        id: EventId,
        parents: &[Lv],
        burst: &Burst,
        origin: &Origin,
        at: i64,
    ) -> Result<Lv, AppendError> {
        let first = self.log.append(id, parents, burst)?;
        let origin = match self.runs.last() {
            Some(last) if self.origins.get(last.origin as usize) == Some(origin) => last.origin,
            _ => self.number_or_new(origin),
        };
        self.note(Run { first, origin, at });
        Ok(first)
    }

    /// Adds the events of a chunk that are new, with their provenance; gives them. What is known keeps the provenance that
    /// it has.
    ///
    /// The caller then walks the new events and rolls back if that fails: see [`Log::append_foreign`].
    pub(crate) fn append_chunk(&mut self, chunk: &Chunk) -> Result<Range<Lv>, ForeignError> {
        let mut added: Vec<(Lv, Range<u32>)> = Vec::new();
        let new = self.log.append_foreign_and(chunk.batch(), |lv, events| match added.last_mut() {
            Some((_, last)) if last.end == events.start => last.end = events.end,
            _ => added.push((lv, events)),
        })?;
        let mut numbers: Vec<Option<u32>> = vec![None; chunk.origins().len()];
        let mut entries = chunk.provenance().iter();
        let (mut entry, mut end) = (entries.next(), 0);
        end += entry.map_or(0, |entry| entry.events);
        for (first, events) in added {
            let mut from = events.start;
            while from < events.end
                && let Some(Provenance { origin, at, .. }) = entry.copied()
            {
                if from < end {
                    let number = match numbers[origin as usize] {
                        Some(number) => number,
                        None => self.number_or_new(&chunk.origins()[origin as usize]),
                    };
                    numbers[origin as usize] = Some(number);
                    self.note(Run { first: first + (from - events.start), origin: number, at });
                    from = end;
                } else {
                    entry = entries.next();
                    end += entry.map_or(0, |entry| entry.events);
                }
            }
        }
        Ok(new)
    }

    /// Events given as ascending ranges, for the disk and for others: see [`Log::batch`].
    pub(crate) fn chunk(&self, set: &[Range<Lv>]) -> Result<Chunk, NotLoaded> {
        let mut chunk = Chunk { batch: self.log.batch(set)?, ..Chunk::default() };
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        for range in set {
            for (events, Run { origin, at, .. }) in self.runs_in(range.clone()) {
                let number = *numbers.entry(origin).or_insert_with(|| {
                    chunk.origins.push(self.origins[origin as usize].clone());
                    chunk.origins.len() as u32 - 1
                });
                let len = events.end - events.start;
                match chunk.provenance.last_mut() {
                    Some(last) if last.origin == number && last.at == at => last.events += len,
                    _ => chunk.provenance.push(Provenance { events: len, origin: number, at }),
                }
            }
        }
        Ok(chunk)
    }

    /// Who wrote the events of a range that are held, and when in milliseconds since 1970: in order, as ranges. O(log) and
    /// O(1) for each.
    pub(crate) fn authorship(&self, range: Range<Lv>) -> impl Iterator<Item = (Range<Lv>, &Origin, i64)> {
        self.runs_in(range).map(|(events, run)| (events, &self.origins[run.origin as usize], run.at))
    }

    fn runs_in(&self, range: Range<Lv>) -> impl Iterator<Item = (Range<Lv>, Run)> + '_ {
        let first = self.runs.partition_point(|run| run.first <= range.start).saturating_sub(1);
        let (runs, end) = (&self.runs[first..], range.end.min(self.log.end()));
        let ends = runs.iter().skip(1).map(|next| next.first).chain([end]);
        let events = runs.iter().zip(ends).take_while(move |(run, _)| run.first < end);
        let cut = move |(run, next): (&Run, Lv)| (run.first.max(range.start)..next.min(end), *run);
        events.map(cut).filter(|(events, _)| !events.is_empty())
    }

    fn note(&mut self, run: Run) {
        let same = |last: &Run| (last.origin, last.at) == (run.origin, run.at);
        if !self.runs.last().is_some_and(same) {
            self.runs.push(run);
        }
    }

    /// The number of an origin here.
    fn number_or_new(&mut self, origin: &Origin) -> u32 {
        if let Some(number) = self.numbers.get(origin) {
            return *number;
        }
        let number = self.origins.len() as u32;
        self.origins.push(origin.clone());
        self.numbers.insert(origin.clone(), number);
        number
    }

    /// The present state, for [`History::rollback`]. O(heads).
    pub(crate) fn mark(&self) -> HistoryMark {
        HistoryMark { log: self.log.mark(), runs: self.runs.len(), origins: self.origins.len() }
    }

    /// Takes back every event that was added since the mark was made.
    pub(crate) fn rollback(&mut self, mark: HistoryMark) {
        self.log.rollback(mark.log);
        self.runs.truncate(mark.runs);
        for origin in self.origins.drain(mark.origins.min(self.origins.len())..) {
            self.numbers.remove(&origin);
        }
    }

    #[cfg(test)]
    /// Puts `earlier`, which ends where this history starts, before it: see [`Log::load_before`].
    pub(crate) fn load_before(&mut self, earlier: History) -> Option<()> {
        let History { log, runs, origins, numbers } = earlier;
        self.log.load_before(log)?;
        let later = std::mem::replace(&mut self.runs, runs);
        let of_later = std::mem::replace(&mut self.origins, origins);
        self.numbers = numbers;
        let renumbered: Vec<u32> = of_later.iter().map(|origin| self.number_or_new(origin)).collect();
        for run in later {
            self.note(Run { origin: renumbered[run.origin as usize], ..run });
        }
        Some(())
    }

    /// Memory in use, in bytes, about.
    pub(crate) fn bytes(&self) -> usize {
        let of = |origin: &Origin| 2 * (size_of::<Origin>() + origin.name.len() + origin.run.len());
        let origins: usize = self.origins.iter().map(of).sum();
        self.log.bytes() + self.runs.capacity() * size_of::<Run>() + origins
    }
}
