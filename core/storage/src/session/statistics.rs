//! What the edit pipeline did and holds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;
use writemagic_shared::buffer::PoolStatistics;

use super::sessions::Sessions;
use crate::error::Result;

/// What the edit pipeline of a library did since it was opened, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PipelineStatistics {
    /// Open edit sessions.
    pub sessions: u64,
    /// Bytes of edits that are not durable yet; a fixed cost of each splice is in it.
    pub backlog_bytes: u64,
    /// More than this is refused.
    pub backlog_limit_bytes: u64,
    /// Splices that were refused because too much waited.
    pub backlog_refused: u64,
    /// Commits of edits and heads.
    pub commits: u64,
    /// Those that failed and were, or will be, tried again.
    pub commits_failed: u64,
    /// All commits together, in microseconds.
    pub commit_microseconds: u64,
    /// The longest commit, in microseconds.
    pub longest_commit_microseconds: u64,
    /// The buffers in which inserted text waits.
    pub pool: PoolStatistics,
}

/// Counts of commits.
#[derive(Debug, Default)]
pub(super) struct Commits {
    done: AtomicU64,
    failed: AtomicU64,
    microseconds: AtomicU64,
    longest: AtomicU64,
    refused: AtomicU64,
}

// Relaxed throughout: figures for display; nothing is published through them.
impl Commits {
    /// Runs and counts a commit.
    pub(super) fn count<T>(&self, commit: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let result = commit();
        let took = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let counter = if result.is_ok() { &self.done } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed); // Relaxed: see above
        self.microseconds.fetch_add(took, Ordering::Relaxed); // Relaxed: see above
        self.longest.fetch_max(took, Ordering::Relaxed); // Relaxed: see above
        result
    }

    /// Counts a splice that was refused.
    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed); // Relaxed: see above
    }
}

impl Sessions {
    pub(crate) fn statistics(&self) -> PipelineStatistics {
        let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed); // Relaxed: see above
        PipelineStatistics {
            sessions: self.lock_open().len() as u64,
            backlog_bytes: self.backlog(),
            backlog_limit_bytes: self.backlog_limit(),
            backlog_refused: number(&self.commits.refused),
            commits: number(&self.commits.done),
            commits_failed: number(&self.commits.failed),
            commit_microseconds: number(&self.commits.microseconds),
            longest_commit_microseconds: number(&self.commits.longest),
            pool: self.pool.statistics(),
        }
    }

    /// Frees what is held for later use.
    pub(crate) fn shrink(&self) {
        self.pool.shrink();
    }
}
