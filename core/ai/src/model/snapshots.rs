//! Pieces from snapshots.

/// A snapshot that does not go on from the one before it: what was handed out cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the model changed what it had already said")]
pub struct SnapshotChanged;

/// Turns snapshots, each the whole answer so far, into pieces. Apple's models stream in this way.
///
/// Keeps the answer so far; each call is linear in the snapshot.
///
/// ```
/// use writemagic_ai::model::Snapshots;
///
/// let mut snapshots = Snapshots::default();
/// assert_eq!(snapshots.piece("It"), Ok("It"));
/// assert_eq!(snapshots.piece("It rained."), Ok(" rained."));
/// assert!(snapshots.piece("It snowed.").is_err());
/// ```
#[derive(Clone, Default)]
pub struct Snapshots {
    text: String,
}

impl Snapshots {
    /// What this snapshot adds to the one before it; empty if nothing.
    ///
    /// # Errors
    /// [`SnapshotChanged`] if it does not begin with the one before it, which stays what later ones are compared with.
    pub fn piece<'a>(&mut self, snapshot: &'a str) -> Result<&'a str, SnapshotChanged> {
        let piece = snapshot.strip_prefix(self.text.as_str()).ok_or(SnapshotChanged)?;
        self.text.push_str(piece);
        Ok(piece)
    }
}

impl std::fmt::Debug for Snapshots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshots").field("bytes", &self.text.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_growing_snapshots_make_the_answer() {
        let answer = "Il pleuvait – 雨 👩‍👩‍👧.";
        let mut snapshots = Snapshots::default();
        let mut joined = String::new();
        for (at, _) in answer.char_indices().chain([(answer.len(), ' ')]) {
            joined.push_str(snapshots.piece(&answer[..at]).unwrap());
        }
        assert_eq!(joined, answer);
        assert_eq!(snapshots.piece(answer), Ok(""));
    }

    #[test]
    fn a_changed_snapshot_is_told_and_forgotten() {
        let mut snapshots = Snapshots::default();
        assert_eq!(snapshots.piece("It rained."), Ok("It rained."));
        assert_eq!(snapshots.piece("It"), Err(SnapshotChanged));
        assert_eq!(snapshots.piece("It rained. Then"), Ok(" Then"));
        assert!(!format!("{snapshots:?}").contains("rained"));
    }
}
