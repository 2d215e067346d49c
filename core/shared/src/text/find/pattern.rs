//! What is searched for, made ready: its elements, where a failed comparison goes on, and the filter.

use thiserror::Error;

use super::elements::{Context, Elements};
use super::filter::Filter;
use super::{Matches, Options};
use crate::error::{Code, Coded, Details};
use crate::limits;
use crate::text::dispatch::Path;
use crate::text::fold::table::{Distinct, Part};

/// Something to search for, compiled once and used for any number of texts, from any number of threads.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub(super) options: Options,
    pub(super) code_points: Vec<u32>,
    /// For each number of elements that match: how many of the last ones are the first ones again.
    pub(super) borders: Vec<u32>,
    pub(super) filter: Option<Filter>,
    pub(super) letters: Option<Letters>,
}

/// Why there is nothing to search for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PatternError {
    /// The pattern has no characters.
    #[error("there is nothing to search for")]
    Empty,
    /// The pattern has only characters that the search ignores.
    #[error("all of what is searched for is ignored in a search")]
    Ignored,
    /// The pattern is longer than [`limits::FIND_PATTERN_BYTES`].
    #[error("what is searched for is {bytes} bytes long, over the limit of {}", limits::FIND_PATTERN_BYTES)]
    TooLong {
        /// Its length in bytes of UTF-8.
        bytes: u64,
    },
}

impl Coded for PatternError {
    fn code(&self) -> Code {
        match self {
            PatternError::Empty | PatternError::Ignored => Code::InvalidArgument,
            PatternError::TooLong { .. } => Code::LimitExceeded,
        }
    }

    fn details(&self) -> Details {
        match self {
            PatternError::Empty | PatternError::Ignored => Details::none().with("what", "pattern"),
            PatternError::TooLong { bytes } => Details::none()
                .with("what", "pattern")
                .with("value", *bytes)
                .with("limit", limits::FIND_PATTERN_BYTES),
        }
    }
}

impl Pattern {
    /// Compiles `text` as what is searched for: some microseconds for a word.
    ///
    /// # Errors
    /// [`PatternError`] when it is empty, when folding leaves nothing of it, or when it is too long.
    pub fn new(text: &str, options: Options) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.len() as u64 > limits::FIND_PATTERN_BYTES {
            return Err(PatternError::TooLong { bytes: text.len() as u64 });
        }
        let distinct = options.distinct();
        let mut elements = Elements::new(text.as_bytes(), 0, true, distinct, Context::default());
        let code_points: Vec<u32> =
            std::iter::from_fn(|| elements.next()).map(|element| element.code_point()).collect();
        if code_points.is_empty() {
            return Err(PatternError::Ignored);
        }
        let borders = borders(&code_points);
        let filter = Filter::new(&code_points, distinct);
        let letters = Letters::new(&code_points, distinct);
        Ok(Self { options, code_points, borders, filter, letters })
    }

    /// The matches in `text` from its start, in order.
    pub fn matches<'t>(&'t self, text: &'t str) -> Matches<'t> {
        Matches::on(Path::current(), self, text)
    }
}

/// The borders of every beginning of `code_points`, the empty one included (Knuth, Morris and Pratt).
fn borders(code_points: &[u32]) -> Vec<u32> {
    let mut borders: Vec<u32> = vec![0; code_points.len() + 1];
    let mut border = 0;
    for at in 1..code_points.len() {
        while border > 0 && code_points[at] != code_points[border] {
            border = borders[border] as usize;
        }
        border += usize::from(code_points[at] == code_points[border]);
        borders[at + 1] = border as u32;
    }
    borders
}

/// The start of a pattern of ASCII, for comparing with ASCII without folding it.
#[derive(Clone, Debug)]
pub(super) struct Letters {
    /// Small letters where case is ignored.
    bytes: [u8; Letters::MOST],
    /// The bit that is set in the text before comparing: 0x20 for a letter whose case is ignored.
    small: [u8; Letters::MOST],
    len: usize,
}

/// What comparing with ASCII says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// The text has something else than ASCII there, or ends.
    Unknown,
    Differs,
    /// All of the letters are there.
    Equal,
}

impl Letters {
    /// Longer patterns are compared element by element.
    const MOST: usize = 32;

    fn new(code_points: &[u32], distinct: Distinct) -> Option<Self> {
        let len = code_points.len();
        let mut letters = Self { bytes: [0; Self::MOST], small: [0; Self::MOST], len };
        for (at, code_point) in code_points.iter().enumerate() {
            let byte = u8::try_from(*code_point).ok().filter(u8::is_ascii)?;
            *letters.bytes.get_mut(at)? = byte;
            letters.small[at] = if byte.is_ascii_lowercase() && !distinct.case { 0x20 } else { 0 };
        }
        Some(letters)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn compare(&self, text: &[u8], at: usize) -> Compared {
        let word = |bytes: &[u8; Self::MOST], at: usize| -> u64 {
            u64::from_le_bytes(std::array::from_fn(|n| bytes[at + n]))
        };
        let Some(rest) = text.get(at..) else { return Compared::Unknown };
        let (mut high, mut differing) = (0, 0);
        for start in (0..self.len).step_by(8) {
            let take = (self.len - start).min(8);
            let mut bytes = [0; 8];
            match rest.get(start..start + 8) {
                Some(full) => bytes.copy_from_slice(full),
                None => match rest.get(start..start + take) {
                    Some(end) => bytes[..take].copy_from_slice(end),
                    None => return Compared::Unknown,
                },
            }
            let used = u64::MAX >> (64 - 8 * take);
            let text = u64::from_le_bytes(bytes) & used;
            high |= text & 0x8080_8080_8080_8080;
            differing |= (text | word(&self.small, start)) ^ word(&self.bytes, start);
        }
        match (high, differing) {
            (0, 0) => Compared::Equal,
            (0, _) => Compared::Differs,
            _ => Compared::Unknown,
        }
    }
}

/// Whether the first part of a pattern may stand anywhere, whatever is before it in the text.
pub(super) fn stands_alone(part: Part) -> bool {
    part.class() == 0 && !part.joins() && !part.is_second()
}
