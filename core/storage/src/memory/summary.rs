//! Many memories of a session, told in one.

use writemagic_shared::limits::MEMORY_NAME_BYTES;

use super::item::{Memory, NewMemory, check_name, check_text};
use super::row;
use super::store::Writing;
use crate::Library;
use crate::error::{Error, Result};

/// The kind of a memory that sums others up.
pub(super) const SUMMARY: &str = "summary";

impl Library {
    /// Puts a summary in the place of memories of a session that are named by their keys: a new memory of the kind `summary`, the last
    /// of the session, that stands for them. Their keys lead to it; they are kept as its [`parts`](Memory::parts). One step
    /// for [`undo_memory_change`](Self::undo_memory_change). Touches the disk; durable when it returns.
    ///
    /// # Errors
    /// `memory_not_found` for a key that leads to none; `invalid_argument` where no key is named, or one of a memory of another session
    /// or one that does not hold always; `limit_exceeded` as for [`remember`](Self::remember); those of a write.
    pub fn replace_with_summary(&self, session: &str, text: &str, keys: &[String]) -> Result<Memory> {
        check_text(text)?;
        check_name("memory_session", "memory_name_bytes", MEMORY_NAME_BYTES, session)?;
        let refused = |reason| Error::InvalidArgument { what: "memory_keys", reason };
        if keys.is_empty() {
            return Err(refused("none"));
        }
        self.write(|sql, context| {
            let mut parts = Vec::with_capacity(keys.len());
            for key in keys {
                let n = row::find(sql, key)?;
                let memory = row::load(sql, n)?.ok_or(Error::MemoryNotFound)?;
                if memory.session.as_deref() != Some(session) {
                    return Err(refused("of another session"));
                }
                if memory.validity != super::Validity::default() {
                    return Err(refused("one does not hold always"));
                }
                parts.push(n);
            }
            let mut writing = Writing::begin(sql, context, None)?;
            let summary = NewMemory {
                kind: Some(SUMMARY.to_owned()),
                session: Some(session.to_owned()),
                ..NewMemory::new(text)
            };
            let (n, _) = writing.put(&summary)?;
            for part in parts {
                writing.step.keep(sql, part)?;
                sql.prepare_cached("UPDATE memories SET part_of = ?2 WHERE n = ?1")?.execute([part, n])?;
            }
            writing.finish()?;
            row::load(sql, n)?.ok_or(Error::internal("a memory that was written is missing"))
        })
    }
}
