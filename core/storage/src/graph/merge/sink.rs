//! Where the operations of a merge go.

use ropey::Rope;

use super::MergeError;
use super::tree::{CharId, Tree};

/// Takes the operations of a merge, one after the other, each in the text that the ones before have made.
///
/// Positions count scalar values and are inside the text of the length that the merge was told. An error ends the merge.
pub(crate) trait Sink {
    /// `text`, of `chars` characters, goes in at `at`.
    fn insert(&mut self, at: u32, text: &str, chars: u32) -> Result<(), MergeError>;

    /// The `len` characters from `at` on go.
    fn delete(&mut self, at: u32, len: u32) -> Result<(), MergeError>;

    /// Until [`Sink::leave`], characters have an identity: `chars` is the text before the next operation.
    fn enter(&mut self, _chars: Chars<'_>) {}

    /// `chars` is the text after the operations since [`Sink::enter`].
    fn leave(&mut self, _chars: Chars<'_>) {}
}

/// The characters of the text that a merge works on.
#[derive(Clone, Copy)]
pub(crate) struct Chars<'a>(pub(super) &'a Tree);

/// A character's identity, between a [`Sink::enter`] and its [`Sink::leave`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CharKey(CharId);

impl Chars<'_> {
    /// The character at a position; at the end there may be none.
    pub(crate) fn at(&self, position: u32) -> Option<CharKey> {
        self.0.char_at(position).map(CharKey)
    }

    /// How many characters stand before this one, and whether it is gone.
    pub(crate) fn position_of(&self, key: CharKey) -> (u32, bool) {
        self.0.position_of(key.0)
    }

    /// The length of the text, or more: where the end is unknown, text that never was stands behind it.
    pub(crate) fn len(&self) -> u32 {
        self.0.text_len()
    }
}

/// Takes nothing: for merges that only say whether events are valid.
impl Sink for () {
    fn insert(&mut self, _at: u32, _text: &str, _chars: u32) -> Result<(), MergeError> {
        Ok(())
    }

    fn delete(&mut self, _at: u32, _len: u32) -> Result<(), MergeError> {
        Ok(())
    }
}

impl Sink for Rope {
    fn insert(&mut self, at: u32, text: &str, _chars: u32) -> Result<(), MergeError> {
        self.try_insert(at as usize, text).map_err(|_| MergeError::Sink)
    }

    fn delete(&mut self, at: u32, len: u32) -> Result<(), MergeError> {
        let from = at as usize;
        self.try_remove(from..from.saturating_add(len as usize)).map_err(|_| MergeError::Sink)
    }
}

/// One operation of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Insert { at: u32, text: String, chars: u32 },
    Delete { at: u32, len: u32 },
}

/// Keeps the operations: for views, and as the difference of two versions.
impl Sink for Vec<Step> {
    fn insert(&mut self, at: u32, text: &str, chars: u32) -> Result<(), MergeError> {
        if let Some(Step::Insert { at: last, text: typed, chars: len }) = self.last_mut()
            && last.checked_add(*len) == Some(at)
        {
            typed.push_str(text);
            *len += chars;
            return Ok(());
        }
        self.push(Step::Insert { at, text: text.to_owned(), chars });
        Ok(())
    }

    fn delete(&mut self, at: u32, len: u32) -> Result<(), MergeError> {
        if let Some(Step::Delete { at: last, len: deleted }) = self.last_mut()
            && (*last == at || at.checked_add(len) == Some(*last))
        {
            *last = at;
            *deleted += len;
            return Ok(());
        }
        self.push(Step::Delete { at, len });
        Ok(())
    }
}

/// Characters that a merge inserts and deletes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) inserted: u64,
    pub(crate) inserted_bytes: u64,
    pub(crate) deleted: u64,
}

impl Sink for Counted {
    fn insert(&mut self, _at: u32, text: &str, chars: u32) -> Result<(), MergeError> {
        self.inserted += u64::from(chars);
        self.inserted_bytes += text.len() as u64;
        Ok(())
    }

    fn delete(&mut self, _at: u32, len: u32) -> Result<(), MergeError> {
        self.deleted += u64::from(len);
        Ok(())
    }
}

/// Both take every operation.
impl<A: Sink, B: Sink> Sink for (&mut A, &mut B) {
    fn insert(&mut self, at: u32, text: &str, chars: u32) -> Result<(), MergeError> {
        self.0.insert(at, text, chars)?;
        self.1.insert(at, text, chars)
    }

    fn delete(&mut self, at: u32, len: u32) -> Result<(), MergeError> {
        self.0.delete(at, len)?;
        self.1.delete(at, len)
    }

    fn enter(&mut self, chars: Chars<'_>) {
        self.0.enter(chars);
        self.1.enter(chars);
    }

    fn leave(&mut self, chars: Chars<'_>) {
        self.0.leave(chars);
        self.1.leave(chars);
    }
}
