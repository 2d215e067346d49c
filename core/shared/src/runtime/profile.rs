//! How much of a device the engine may take: threads, their stacks, and ceilings of memory.

/// What the engine may take while it serves one kind of process. Start from one of the three and change what differs.
///
/// ```
/// use writemagic_shared::runtime::Profile;
///
/// let mut widget = Profile::EXTENSION;
/// widget.idle_readers = 0;
/// assert!(widget.memory_ceiling() < Profile::INTERACTIVE.memory_ceiling());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// Threads of batch work (import, export): 0 = one for each core that the process may use.
    pub batch_threads: usize,
    /// Stack of each thread that the engine starts, in bytes. SQLite's deepest calls and the engine's own need less
    /// than 256 KiB in a release build, unoptimised ones three times as much.
    pub stack_bytes: usize,
    /// SQLite's page cache of each connection, in bytes: one connection writes, `idle_readers` and those at work read.
    pub page_cache_bytes: u64,
    /// Reading connections kept open for the next reader.
    pub idle_readers: usize,
    /// Memory of the buffer pool, held and handed out, in bytes; more is plain allocation.
    pub pool_bytes: usize,
    /// Unsaved typing that a library holds while the disk does not follow, in bytes; more is refused, never dropped.
    pub backlog_bytes: u64,
}

impl Profile {
    /// An app that a writer looks at.
    pub const INTERACTIVE: Self = Self {
        batch_threads: 0,
        stack_bytes: 2 << 20,
        page_cache_bytes: 8 << 20,
        idle_readers: 4,
        pool_bytes: 8 << 20,
        backlog_bytes: crate::limits::BACKLOG_BYTES,
    };

    /// Work while nobody looks: a sync or an import that the system grants some seconds.
    pub const BACKGROUND: Self = Self {
        batch_threads: 1,
        stack_bytes: 1 << 20,
        page_cache_bytes: 2 << 20,
        idle_readers: 1,
        pool_bytes: 2 << 20,
        backlog_bytes: 8 << 20,
    };

    /// An app extension (keyboard, share sheet, widget), which the system ends at a few dozen megabytes.
    pub const EXTENSION: Self = Self {
        batch_threads: 1,
        stack_bytes: 1 << 20,
        page_cache_bytes: 1 << 20,
        idle_readers: 1,
        pool_bytes: 1 << 20,
        backlog_bytes: 2 << 20,
    };

    /// The most memory, in bytes, that a library's caches, pool and unsaved typing take together under this profile.
    /// The texts of open documents and running imports come on top.
    pub fn memory_ceiling(&self) -> u64 {
        let connections = 1 + self.idle_readers as u64;
        connections * self.page_cache_bytes + self.pool_bytes as u64 + self.backlog_bytes
    }
}

impl Default for Profile {
    /// [`Profile::INTERACTIVE`].
    fn default() -> Self {
        Self::INTERACTIVE
    }
}
