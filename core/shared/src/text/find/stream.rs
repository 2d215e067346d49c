//! Search in a text that comes in chunks, cut anywhere, even inside a character.

use super::elements::{Context, unfinished};
use super::search::{Search, Step};
use super::words::CONTEXT;
use super::{Match, Pattern, Units};
use crate::limits;
use crate::text::dispatch::Path;

/// How much of a chunk is laid beside what is kept of those before it, until the search has passed the seam.
const PIECE: usize = 4 << 10;

/// A search in chunks: the matches of the whole text, whatever the chunks are.
///
/// Keeps at most the longest match and its surroundings of what it was given, about 70 KiB, allocated when it is made
/// and no more afterwards. Chunks are UTF-8 that may be cut inside a character; bytes that are not UTF-8 match nothing,
/// and count as UTF-16 units in no particular way.
///
/// ```
/// use writemagic_shared::text::find::{Options, Pattern, Stream};
///
/// let pattern = Pattern::new("café", Options::default())?;
/// let mut found = Vec::new();
/// let mut stream = Stream::new(&pattern);
/// for chunk in [&b"Les caf"[..], "és".as_bytes()] {
///     stream.push(chunk, |found_here| found.push(found_here));
/// }
/// stream.finish(|found_here| found.push(found_here));
/// assert_eq!(found[0].bytes, 4..9);
/// assert_eq!(found[0].utf16, 4..8);
/// # Ok::<(), writemagic_shared::text::find::PatternError>(())
/// ```
#[derive(Debug)]
pub struct Stream<'p> {
    path: Path,
    pattern: &'p Pattern,
    /// The end of the text so far: what the search still needs, and what stands before that.
    kept: Vec<u8>,
    /// Where in the text it begins.
    offset: u64,
    /// Where in it the search goes on, and what is known there.
    from: usize,
    context: Context,
    units: Units,
}

impl<'p> Stream<'p> {
    /// A search at the start of a text.
    pub fn new(pattern: &'p Pattern) -> Self {
        Self::on(Path::current(), pattern)
    }

    pub(crate) fn on(path: Path, pattern: &'p Pattern) -> Self {
        let kept = Vec::with_capacity(limits::FIND_MATCH_BYTES as usize + 2 * CONTEXT + 2 * PIECE);
        Self { path, pattern, kept, offset: 0, from: 0, context: Context::default(), units: Units::default() }
    }

    /// Searches on in `chunk`, and calls `found` with each match that is certain by now.
    pub fn push(&mut self, chunk: &[u8], mut found: impl FnMut(Match)) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let before = self.kept.len();
            if before > 0 {
                let piece = &rest[..rest.len().min(PIECE)];
                self.kept.extend_from_slice(piece);
                let mut kept = std::mem::take(&mut self.kept);
                self.search(&kept, false, &mut found);
                let needed = self.from.saturating_sub(CONTEXT);
                if needed < before {
                    self.drop_before(needed, &kept);
                    kept.drain(..needed);
                    self.kept = kept;
                    rest = &rest[piece.len()..];
                    continue;
                }
                // The seam is behind.
                self.drop_before(before, &kept);
                kept.clear();
                self.kept = kept;
            }
            self.search(rest, false, &mut found);
            let needed = self.from.saturating_sub(CONTEXT);
            self.drop_before(needed, rest);
            self.kept.extend_from_slice(&rest[needed..]);
            return;
        }
    }

    /// Ends the text, and calls `found` with the matches that only this makes certain.
    pub fn finish(mut self, mut found: impl FnMut(Match)) {
        let kept = std::mem::take(&mut self.kept);
        self.search(&kept, true, &mut found);
    }

    /// Searches in `text`, which begins at [`Self::offset`].
    fn search(&mut self, text: &[u8], is_last: bool, found: &mut impl FnMut(Match)) {
        let whole = if is_last { text } else { &text[..text.len() - unfinished(text)] };
        if self.from > whole.len() {
            return;
        }
        let mut search = Search::new(self.path, self.pattern, whole, is_last, self.from, self.context);
        loop {
            match search.next() {
                Step::Match(range) => found(self.units.locate(self.offset, text, range)),
                Step::End(from, context) => {
                    (self.from, self.context) = (from, context);
                    return;
                }
            }
        }
    }

    /// Lets go of the bytes of `text` before `at`.
    fn drop_before(&mut self, at: usize, text: &[u8]) {
        self.units.count_to(self.offset, text, at);
        self.offset += at as u64;
        self.from -= at;
    }
}
