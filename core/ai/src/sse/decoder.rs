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
enum Held<'c> {
    Nothing,
    /// In the present chunk.
    Here(&'c [u8]),
    /// In the decoder's own memory.
    Kept,
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

    fn read(&mut self, chunk: &[u8], sink: &mut impl FnMut(Item<'_>)) -> Result<(), SseError> {
        let mut rest = if self.begun { chunk } else { self.skip_mark(chunk) };
        let mut data = if self.open.data { Held::Kept } else { Held::Nothing };
        let mut name = if self.open.name { Held::Kept } else { Held::Nothing };
        while let Some(&first) = rest.first() {
            if self.after_cr {
                self.after_cr = false;
                if first == b'\n' {
                    rest = &rest[1..];
                    continue;
                }
            }
            // Every second line of most streams is blank; it needs no search.
            let end = if first == b'\n' { Some(0) } else { memchr2(b'\n', b'\r', rest) };
            let length = end.unwrap_or(rest.len());
            if (self.line.len() + length) as u64 > SSE_EVENT_BYTES {
                return Err(SseError::EventTooLong);
            }
            let Some(end) = end else {
                self.line.extend_from_slice(rest);
                break;
            };
            self.after_cr = rest[end] == b'\r';
            let line = &rest[..end];
            rest = &rest[end + 1..];
            if self.line.is_empty() {
                match Line::read(line) {
                    Line::Data(more) if matches!(data, Held::Nothing) => data = Held::Here(more),
                    Line::Data(more) => data = append(&mut self.data, data, more)?,
                    Line::Name(new) => name = Held::Here(new),
                    Line::Blank => {
                        self.dispatch(data, name, sink);
                        (data, name) = (Held::Nothing, Held::Nothing);
                    }
                    Line::Comment => sink(Item::Comment),
                    Line::Other => {}
                }
            } else {
                self.line.extend_from_slice(line);
                match Line::read(&self.line) {
                    Line::Data(more) => data = append(&mut self.data, data, more)?,
                    Line::Name(new) => {
                        self.name.clear();
                        self.name.extend_from_slice(new);
                        name = Held::Kept;
                    }
                    Line::Comment => sink(Item::Comment),
                    Line::Blank | Line::Other => {}
                }
                self.line.clear();
                self.line.shrink_to(KEPT_BYTES);
            }
        }
        self.open.data = keep(&mut self.data, data);
        self.open.name = keep(&mut self.name, name);
        Ok(())
    }

    /// What follows the byte order mark, or as much of one as the stream has brought so far.
    #[cold]
    fn skip_mark<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        let mut rest = chunk;
        while let Some((&byte, behind)) = rest.split_first() {
            if MARK.get(self.line.len()) != Some(&byte) {
                self.begun = true;
                break;
            }
            self.line.push(byte);
            rest = behind;
            if self.line == MARK {
                self.line.clear();
                self.begun = true;
                break;
            }
        }
        rest
    }

    #[inline]
    fn dispatch(&mut self, data: Held<'_>, name: Held<'_>, sink: &mut impl FnMut(Item<'_>)) {
        let data = match data {
            Held::Nothing => return,
            Held::Here(data) => data,
            Held::Kept => &self.data,
        };
        let name = match name {
            Held::Nothing => &[],
            Held::Here(name) => name,
            Held::Kept => self.name.as_slice(),
        };
        sink(Item::Event { name: &text(name), data: &text(data) });
        self.data.shrink_to(KEPT_BYTES);
        self.name.shrink_to(KEPT_BYTES);
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder")
            .field("bytes", &self.bytes)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Joins one more line to the data.
fn append<'c>(kept: &mut Vec<u8>, data: Held<'c>, more: &[u8]) -> Result<Held<'c>, SseError> {
    let before = match data {
        Held::Nothing => 0,
        Held::Here(data) => data.len() + 1,
        Held::Kept => kept.len() + 1,
    };
    if (before + more.len()) as u64 > SSE_EVENT_BYTES {
        return Err(SseError::EventTooLong);
    }
    match data {
        Held::Nothing => kept.clear(),
        Held::Here(data) => {
            kept.clear();
            kept.extend_from_slice(data);
            kept.push(b'\n');
        }
        Held::Kept => kept.push(b'\n'),
    }
    kept.extend_from_slice(more);
    Ok(Held::Kept)
}

/// Brings a field out of a chunk that is about to go; returns whether there is one.
fn keep(kept: &mut Vec<u8>, field: Held<'_>) -> bool {
    match field {
        Held::Nothing => false,
        Held::Here(field) => {
            kept.clear();
            kept.extend_from_slice(field);
            true
        }
        Held::Kept => true,
    }
}

#[inline]
fn text(bytes: &[u8]) -> Cow<'_, str> {
    utf8::validate(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
