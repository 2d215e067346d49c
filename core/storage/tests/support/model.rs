//! The plain model of a text under edit, against which sessions are held.

/// The text as UTF-16, with the rules for offsets: past the end moves to the end, inside a pair to its start.
#[derive(Clone, Debug)]
pub(crate) struct Model(Vec<u16>);

impl Model {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.encode_utf16().collect())
    }

    fn place(&self, offset: u64) -> usize {
        let at = usize::try_from(offset).unwrap_or(usize::MAX).min(self.0.len());
        let inside = at > 0
            && at < self.0.len()
            && (0xD800..0xDC00).contains(&self.0[at - 1])
            && (0xDC00..0xE000).contains(&self.0[at]);
        at - usize::from(inside)
    }

    /// Applies a splice; gives where, and how much it deleted.
    pub(crate) fn splice(&mut self, at: u64, delete: u64, insert: &str) -> (u64, u64) {
        let (start, end) = (self.place(at), self.place(at.saturating_add(delete)));
        self.0.splice(start..end, insert.encode_utf16());
        (start as u64, (end - start) as u64)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf16(&self.0).unwrap()
    }
}
