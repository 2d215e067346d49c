//! The decoder: slices in, events out.

use std::borrow::Cow;

use memchr::memchr2;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::limits::{SSE_EVENT_BYTES, SSE_STREAM_BYTES};
use writemagic_shared::text::utf8;

use super::line::Line;

const MARK: &[u8] = b"\xEF\xBB\xBF";
/// Memory that a decoder keeps between events; what a larger event needed is given back.
const KEPT_BYTES: usize = 16 << 10;

/// What a stream holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// An event.
    Event {
        /// Its name; empty where the stream gives none.
        name: &'a str,
        /// Its data, lines joined with LF.
        data: &'a str,
    },
    /// A comment: many servers send one to show that they live.
    Comment,
}

impl std::fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Item::Event { data, .. } => f.debug_struct("Event").field("bytes", &data.len()).finish(),
            Item::Comment => f.write_str("Comment"),
        }
    }
}

/// A stream that is larger than a stream of one answer can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// A line, or the data of one event, is longer than [`SSE_EVENT_BYTES`].
    #[error("an event of the stream is over the limit")]
    EventTooLong,
    /// The stream is longer than [`SSE_STREAM_BYTES`].
    #[error("the stream is over the limit")]
    StreamTooLong,
}

impl Coded for SseError {
    fn code(&self) -> Code {
        Code::LimitExceeded
    }

    fn details(&self) -> Details {
        let (what, limit) = match self {
            SseError::EventTooLong => ("sse_event_bytes", SSE_EVENT_BYTES),
            SseError::StreamTooLong => ("sse_stream_bytes", SSE_STREAM_BYTES),
        };
        Details::none().with("what", what).with("limit", limit)
    }
}

/// Reads one stream; see [the room](super).
///
/// Linear in the bytes, however they are cut. Holds what is not whole yet, at most two times [`SSE_EVENT_BYTES`], and
/// allocates nothing for events that come whole or need no more room than earlier ones.
///
/// ```
/// use writemagic_ai::sse::{Decoder, Item};
///
/// let mut texts = Vec::new();
/// let mut decoder = Decoder::new();
/// for chunk in [&b"data: It ra"[..], b"ined.\r", b"\n\r\n: alive\n"] {
///     decoder.push(chunk, |item| {
///         if let Item::Event { data, .. } = item {
///             texts.push(data.to_owned());
///         }
///     })?;
/// }
/// assert_eq!(texts, ["It rained."]);
/// # Ok::<(), writemagic_ai::sse::SseError>(())
/// ```
#[derive(Default)]
pub struct Decoder {
    /// A line whose end has not come.
    line: Vec<u8>,
    /// Data of the event that has begun, where it does not lie in the present chunk alone.
    data: Vec<u8>,
    /// Its name, likewise.
    name: Vec<u8>,
    /// Whether `data` and `name` hold something of an event, possibly an empty one.
    open: Open,
    /// Whether the start of the stream is behind, where a byte order mark may stand.
    begun: bool,
    /// Whether the last line ended with CR, so that an LF behind it is a part of that end.
    after_cr: bool,
    bytes: u64,
    error: Option<SseError>,
}

#[derive(Clone, Copy, Default)]
struct Open {
    data: bool,
    name: bool,
}

/// A field of the event that has begun.
#[derive(Clone, Copy)]
enum Held {
    Nothing,
    /// From here to there in the present chunk.
    Here(usize, usize),
    /// In the decoder's own memory.
    Kept,
}

/// A chunk, and as much of it as is known to be text: checked once, so that its events need not be.
struct Chunk<'c> {
    bytes: &'c [u8],
    text: &'c str,
    /// Where `text` begins.
    offset: usize,
}

impl Decoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next chunk and hands out what it completes. The end of a stream needs no call: what is open then is
    /// dropped.
    ///
    /// # Errors
    /// [`SseError`] behind the events before it; every later call repeats it.
    pub fn push(&mut self, chunk: &[u8], mut sink: impl FnMut(Item<'_>)) -> Result<(), SseError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let room = SSE_STREAM_BYTES - self.bytes;
        let fits = usize::try_from(room).map_or(chunk.len(), |room| room.min(chunk.len()));
        self.bytes += fits as u64;
        let result = self.read(&chunk[..fits], &mut sink);
        let result = if fits < chunk.len() { result.and(Err(SseError::StreamTooLong)) } else { result };
        self.error = result.err();
        result
    }

    fn read(&mut self, bytes: &[u8], sink: &mut impl FnMut(Item<'_>)) -> Result<(), SseError> {
        let mut at = if self.begun { 0 } else { self.skip_mark(bytes) };
        let chunk = Chunk::new(bytes);
        let mut data = if self.open.data { Held::Kept } else { Held::Nothing };
        let mut name = if self.open.name { Held::Kept } else { Held::Nothing };
        while let Some(&first) = bytes.get(at) {
            if self.after_cr {
                self.after_cr = false;
                if first == b'\n' {
                    at += 1;
                    continue;
                }
            }
            // Every second line of most streams is blank; it needs no search.
            let rest = &bytes[at..];
            let end = if first == b'\n' { Some(0) } else { memchr2(b'\n', b'\r', rest) };
            let length = end.unwrap_or(rest.len());
            if (self.line.len() + length) as u64 > SSE_EVENT_BYTES {
                return Err(SseError::EventTooLong);
            }
            let Some(end) = end else {
                self.line.extend_from_slice(rest);
                break;
            };
            let line = &rest[..end];
            self.after_cr = rest[end] == b'\r';
            let end = at + end;
            at = end + 1;
            if self.line.is_empty() {
                match Line::read(line) {
                    Line::Data(more) if matches!(data, Held::Nothing) => {
                        data = Held::Here(end - more.len(), end);
                    }
                    Line::Data(more) => data = self.append(&chunk, data, more)?,
                    Line::Name(new) => name = Held::Here(end - new.len(), end),
                    Line::Blank => {
                        self.dispatch(&chunk, data, name, sink);
                        (data, name) = (Held::Nothing, Held::Nothing);
                    }
                    Line::Comment => sink(Item::Comment),
                    Line::Other => {}
                }
            } else {
                (data, name) = self.carried(&chunk, line, data, name, sink)?;
            }
        }
        self.open.data = keep(&mut self.data, &chunk, data);
        self.open.name = keep(&mut self.name, &chunk, name);
        Ok(())
    }

    /// A line that an earlier chunk has begun, and that is never blank.
    fn carried(
        &mut self,
        chunk: &Chunk<'_>,
        behind: &[u8],
        mut data: Held,
        mut name: Held,
        sink: &mut impl FnMut(Item<'_>),
    ) -> Result<(Held, Held), SseError> {
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(behind);
        match Line::read(&line) {
            Line::Data(more) => data = self.append(chunk, data, more)?,
            Line::Name(new) => {
                self.name.clear();
                self.name.extend_from_slice(new);
                name = Held::Kept;
            }
            Line::Comment => sink(Item::Comment),
            Line::Blank | Line::Other => {}
        }
        line.clear();
        line.shrink_to(KEPT_BYTES);
        self.line = line;
        Ok((data, name))
    }

    /// Joins one more line to the data.
    fn append(&mut self, chunk: &Chunk<'_>, data: Held, more: &[u8]) -> Result<Held, SseError> {
        let kept = &mut self.data;
        if keep(kept, chunk, data) {
            kept.push(b'\n');
        } else {
            kept.clear();
        }
        if (kept.len() + more.len()) as u64 > SSE_EVENT_BYTES {
            return Err(SseError::EventTooLong);
        }
        kept.extend_from_slice(more);
        Ok(Held::Kept)
    }

    /// How much of the start is a byte order mark, or as much of one as the stream has brought so far.
    #[cold]
    fn skip_mark(&mut self, chunk: &[u8]) -> usize {
        for (at, &byte) in chunk.iter().enumerate() {
            if MARK.get(self.line.len()) != Some(&byte) {
                self.begun = true;
                return at;
            }
            self.line.push(byte);
            if self.line == MARK {
                self.line.clear();
                self.begun = true;
                return at + 1;
            }
        }
        chunk.len()
    }

    #[inline]
    fn dispatch(&mut self, chunk: &Chunk<'_>, data: Held, name: Held, sink: &mut impl FnMut(Item<'_>)) {
        let data = match data {
            Held::Nothing => return,
            Held::Here(start, end) => chunk.text(start, end),
            Held::Kept => text(&self.data),
        };
        let name = match name {
            Held::Nothing => Cow::Borrowed(""),
            Held::Here(start, end) => chunk.text(start, end),
            Held::Kept => text(&self.name),
        };
        sink(Item::Event { name: &name, data: &data });
        if self.data.capacity() > KEPT_BYTES {
            self.data = Vec::new();
        }
        if self.name.capacity() > KEPT_BYTES {
            self.name = Vec::new();
        }
    }
}

impl<'c> Chunk<'c> {
    fn new(bytes: &'c [u8]) -> Self {
        let (start, end) = whole_characters(bytes);
        match bytes.get(start..end).map(utf8::validate) {
            Some(Ok(text)) => Self { bytes, text, offset: start },
            // Some event holds something else than text; each is looked at by itself.
            _ => Self { bytes, text: "", offset: bytes.len() },
        }
    }

    #[inline]
    fn text(&self, start: usize, end: usize) -> Cow<'c, str> {
        let known = start.checked_sub(self.offset).and_then(|from| self.text.get(from..end - self.offset));
        known.map_or_else(|| text(&self.bytes[start..end]), Cow::Borrowed)
    }
}

/// The part of a chunk that neither begins nor ends inside a character, if it is text at all.
fn whole_characters(bytes: &[u8]) -> (usize, usize) {
    let continues = |byte: &&u8| (0x80..0xC0).contains(*byte);
    let start = bytes.iter().take(3).take_while(continues).count();
    let tail = bytes.iter().rev().take(3).take_while(continues).count();
    let last = bytes.len().checked_sub(tail + 1).and_then(|at| bytes.get(at));
    let needs = match last {
        Some(0xC0..0xE0) => 1,
        Some(0xE0..0xF0) => 2,
        Some(0xF0..) => 3,
        _ => 0,
    };
    let end = if needs > tail { bytes.len() - tail - 1 } else { bytes.len() };
    (start.min(end), end)
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder")
            .field("bytes", &self.bytes)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Brings a field out of a chunk that is about to go; returns whether there is one.
fn keep(kept: &mut Vec<u8>, chunk: &Chunk<'_>, field: Held) -> bool {
    if let Held::Here(start, end) = field {
        kept.clear();
        kept.extend_from_slice(&chunk.bytes[start..end]);
    }
    !matches!(field, Held::Nothing)
}

#[inline]
fn text(bytes: &[u8]) -> Cow<'_, str> {
    utf8::validate(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
