//! Operations that touch become one, before they go to something for which each costs.

use std::ops::Range;

use super::MergeError;
use super::sink::{Chars, Sink};

/// The longest inserted text that waits for more, in bytes: what an edit in its middle moves at most.
const LONGEST: usize = 1 << 10;

/// A sink that makes one replacement of operations that touch each other and passes that on: typing with its corrections
/// is one edit of a rope instead of many. [`Coalesce::finish`] passes on the last.
#[derive(Debug)]
pub(crate) struct Coalesce<'a, S: Sink> {
    sink: &'a mut S,
    /// Where the replacement begins.
    at: u32,
    /// Characters of the text that go.
    deleted: u32,
    /// What comes in their place, and its characters.
    inserted: String,
    chars: u32,
}

impl<'a, S: Sink> Coalesce<'a, S> {
    pub(crate) fn new(sink: &'a mut S) -> Self {
        Self { sink, at: 0, deleted: 0, inserted: String::new(), chars: 0 }
    }

    /// Passes on what waits.
    pub(crate) fn finish(mut self) -> Result<(), MergeError> {
        self.flush()
    }

    fn flush(&mut self) -> Result<(), MergeError> {
        let (deleted, chars) = (std::mem::take(&mut self.deleted), std::mem::take(&mut self.chars));
        if deleted > 0 {
            self.sink.delete(self.at, deleted)?;
        }
        if chars > 0 {
            self.sink.insert(self.at, &self.inserted, chars)?;
            self.inserted.clear();
        }
        Ok(())
    }

    /// Passes on what waits, and begins a replacement at `at`.
    fn begin(&mut self, at: u32) -> Result<(), MergeError> {
        self.flush()?;
        self.at = at;
        Ok(())
    }

    /// The bytes of characters of the inserted text.
    fn bytes(&self, chars: Range<u32>) -> Range<usize> {
        let byte = |char: u32| {
            if self.inserted.len() == self.chars as usize {
                return char as usize;
            }
            if char == self.chars {
                return self.inserted.len();
            }
            self.inserted.char_indices().nth(char as usize).map_or(self.inserted.len(), |(byte, _)| byte)
        };
        byte(chars.start)..byte(chars.end)
    }
}

impl<S: Sink> Sink for Coalesce<'_, S> {
    fn insert(&mut self, at: u32, text: &str, chars: u32) -> Result<(), MergeError> {
        let touches = at >= self.at && at - self.at <= self.chars;
        if !touches || self.inserted.len() + text.len() > LONGEST {
            self.begin(at)?;
            if text.len() > LONGEST {
                return self.sink.insert(at, text, chars);
            }
        }
        let byte = self.bytes(0..at - self.at).end;
        self.inserted.insert_str(byte, text);
        self.chars += chars;
        Ok(())
    }

    fn delete(&mut self, at: u32, len: u32) -> Result<(), MergeError> {
        // In the text as the waiting insertion makes it.
        let (from, to) = (u64::from(at), u64::from(at) + u64::from(len));
        let (start, end) = (u64::from(self.at), u64::from(self.at) + u64::from(self.chars));
        if to < start || from > end {
            self.begin(at)?;
            self.deleted = len;
            return Ok(());
        }
        let waiting = (from.max(start) - start) as u32..(to.min(end) - start) as u32;
        let (gone, bytes) = (waiting.end - waiting.start, self.bytes(waiting));
        self.inserted.drain(bytes);
        self.chars -= gone;
        self.deleted += len - gone;
        self.at = self.at.min(at);
        Ok(())
    }

    fn enter(&mut self, chars: Chars<'_>) {
        self.sink.enter(chars);
    }

    fn leave(&mut self, chars: Chars<'_>) {
        self.sink.leave(chars);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::merge::Step;

    #[test]
    fn typing_with_corrections_is_one_edit() {
        let mut steps: Vec<Step> = Vec::new();
        let mut sink = Coalesce::new(&mut steps);
        sink.insert(10, "helo", 4).unwrap();
        sink.delete(13, 1).unwrap();
        sink.insert(13, "lö", 2).unwrap();
        sink.delete(9, 2).unwrap(); // one before, and the h
        sink.insert(9, "J", 1).unwrap();
        sink.delete(13, 3).unwrap(); // the ö, and two behind
        sink.insert(13, "y 文", 3).unwrap();
        sink.insert(100, "far away", 8).unwrap();
        sink.delete(50, 2).unwrap();
        sink.finish().unwrap();
        let insert = |at, text: &str, chars| Step::Insert { at, text: text.to_owned(), chars };
        let delete = |at, len| Step::Delete { at, len };
        let want = [delete(9, 3), insert(9, "Jelly 文", 7), insert(100, "far away", 8), delete(50, 2)];
        assert_eq!(steps, want);
    }

    #[test]
    fn nothing_and_long_texts_are_passed_on() {
        let mut steps: Vec<Step> = Vec::new();
        let mut sink = Coalesce::new(&mut steps);
        sink.insert(1, "ab", 2).unwrap();
        sink.delete(1, 2).unwrap();
        let long = "x".repeat(LONGEST + 1);
        sink.insert(1, &long, long.len() as u32).unwrap();
        sink.insert(0, "a", 1).unwrap();
        sink.finish().unwrap();
        assert_eq!(steps.len(), 2, "a text that was taken back is no step");
    }
}
