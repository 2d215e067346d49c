//! The same place of a text in bytes, characters, UTF-16 units, and line and column.
//!
//! An [`Offsets`] index is built in one pass and never changes with its text; texts under edit have the
//! session's rope. It keeps the counts at the start of each block of 2 KiB: 24 bytes, 1.2 % of the text. A
//! look-up finds its block (at once for bytes, by binary search otherwise) and counts within it at the speed
//! of the kernels, so it costs a fraction of a microsecond in a text of any size.
//!
//! Lines end with LF here, which a CR before it belongs to; the last line has no end. Everything counts from 0.

use thiserror::Error;

use super::count::{Counts, counts_on};
use super::dispatch::Path;

/// A place in a text, or in a line of it, in one of the three units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offset {
    /// In bytes of UTF-8.
    Byte(u64),
    /// In characters (Unicode scalar values).
    Char(u64),
    /// In UTF-16 units.
    Utf16(u64),
}

/// A place between two characters of a text, in every unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// Bytes before it.
    pub byte: u64,
    /// Characters before it.
    pub char: u64,
    /// UTF-16 units before it.
    pub utf16: u64,
    /// The line it is in: line feeds before it.
    pub line: u64,
}

/// How far a place is from the start of its line, in every unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// Bytes since the start of the line.
    pub byte: u64,
    /// Characters since the start of the line.
    pub char: u64,
    /// UTF-16 units since the start of the line.
    pub utf16: u64,
}

/// A place that is not between two characters of the text. Each says which one is nearest before it, so that a caller
/// who would rather clamp than fail can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OffsetError {
    /// The offset is inside a character: between its bytes or the halves of a surrogate pair.
    #[error("the offset is inside the character at byte {}", start.byte)]
    InsideCharacter {
        /// Where the character begins.
        start: Position,
    },
    /// The offset, or the line, is beyond the end of the text.
    #[error("the offset is beyond the end of the text at byte {}", end.byte)]
    BeyondText {
        /// The end of the text.
        end: Position,
    },
    /// The column is beyond the end of its line, or between the CR and the LF that end it.
    #[error("the column is beyond the end of line {}", end.line)]
    BeyondLine {
        /// The end of the line, before its CR LF or LF.
        end: Position,
    },
}

impl OffsetError {
    /// The last valid position before the invalid one.
    pub fn nearest(self) -> Position {
        match self {
            OffsetError::InsideCharacter { start: position }
            | OffsetError::BeyondText { end: position }
            | OffsetError::BeyondLine { end: position } => position,
        }
    }
}

/// Bytes of a block.
const BLOCK: usize = 2 << 10;
/// Bytes that are looked at one by one at the end of a search.
const FEW: usize = 64;

/// The index of one text. `T` is how it is held: `&str`, `String`, `Arc<str>`.
///
/// ```
/// use writemagic_shared::text::offsets::{Offset, Offsets};
///
/// let offsets = Offsets::new("naïve\n🙂 yes");
/// let place = offsets.locate(Offset::Utf16(8))?;
/// assert_eq!((place.byte, place.char, place.line), (11, 7, 1));
/// assert_eq!(offsets.column(place).utf16, 2);
/// assert_eq!(offsets.locate_in_line(1, Offset::Char(1))?, place);
/// # Ok::<(), writemagic_shared::text::offsets::OffsetError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Offsets<T> {
    text: T,
    /// The counts of everything before each block, and before the end.
    before: Vec<Counts>,
}

impl<T: AsRef<str>> Offsets<T> {
    /// Indexes `text` in one pass, several GB a second.
    pub fn new(text: T) -> Self {
        Self::new_on(Path::current(), text)
    }

    pub(crate) fn new_on(path: Path, text: T) -> Self {
        let bytes = text.as_ref().as_bytes();
        let mut before = Vec::with_capacity(bytes.len() / BLOCK + 2);
        let mut counts = Counts::default();
        before.push(counts);
        for block in bytes.chunks(BLOCK) {
            counts += counts_on(path, block);
            before.push(counts);
        }
        Offsets { text, before }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.text.as_ref()
    }

    /// The end of the text: its size in every unit, and its last line.
    pub fn end(&self) -> Position {
        position(self.text().len(), self.before.last().copied().unwrap_or_default())
    }

    /// The position at this offset. The end of the text is one.
    ///
    /// # Errors
    /// [`OffsetError::InsideCharacter`], [`OffsetError::BeyondText`].
    pub fn locate(&self, offset: Offset) -> Result<Position, OffsetError> {
        self.locate_on(Path::current(), offset)
    }

    pub(crate) fn locate_on(&self, path: Path, offset: Offset) -> Result<Position, OffsetError> {
        let end = self.end();
        if offset.value() > offset.of(end) {
            return Err(OffsetError::BeyondText { end });
        }
        let byte = match offset {
            Offset::Byte(byte) => self.text().floor_char_boundary(byte as usize),
            Offset::Char(index) => self.find(path, Unit::Char, index),
            Offset::Utf16(index) => self.find(path, Unit::Utf16, index),
        };
        let found = self.at(path, byte);
        if offset.of(found) == offset.value() {
            Ok(found)
        } else {
            Err(OffsetError::InsideCharacter { start: found })
        }
    }

    /// The position at this column of this line. The end of the line, before its CR LF or LF, is the last
    /// one.
    ///
    /// # Errors
    /// [`OffsetError::InsideCharacter`], [`OffsetError::BeyondLine`], and [`OffsetError::BeyondText`] when there is
    /// no such line.
    pub fn locate_in_line(&self, line: u64, column: Offset) -> Result<Position, OffsetError> {
        let (start, end) = (self.line_start(line)?, self.line_end(line)?);
        let value = column.of(start).saturating_add(column.value());
        if value > column.of(end) {
            return Err(OffsetError::BeyondLine { end });
        }
        self.locate(match column {
            Offset::Byte(_) => Offset::Byte(value),
            Offset::Char(_) => Offset::Char(value),
            Offset::Utf16(_) => Offset::Utf16(value),
        })
    }

    /// Where this line begins.
    ///
    /// # Errors
    /// [`OffsetError::BeyondText`] when there is no such line.
    pub fn line_start(&self, line: u64) -> Result<Position, OffsetError> {
        self.line_start_on(Path::current(), line)
    }

    fn line_start_on(&self, path: Path, line: u64) -> Result<Position, OffsetError> {
        let end = self.end();
        match line.checked_sub(1) {
            None => Ok(Position::default()),
            Some(_) if line > end.line => Err(OffsetError::BeyondText { end }),
            Some(feed) => Ok(self.at(path, self.find(path, Unit::LineFeed, feed) + 1)),
        }
    }

    /// Where the text of this line ends: before its CR LF or LF, or at the end of the text.
    ///
    /// # Errors
    /// [`OffsetError::BeyondText`] when there is no such line.
    pub fn line_end(&self, line: u64) -> Result<Position, OffsetError> {
        let (path, end) = (Path::current(), self.end());
        if line >= end.line {
            return if line == end.line { Ok(end) } else { Err(OffsetError::BeyondText { end }) };
        }
        let feed = self.find(path, Unit::LineFeed, line);
        let returned = self.text().as_bytes().get(..feed).is_some_and(|before| before.ends_with(b"\r"));
        // A CR at the end of the line before is not this line's: an LF lies between them.
        Ok(self.at(path, feed - usize::from(returned)))
    }

    /// How far this position of the text is from the start of its line.
    pub fn column(&self, position: Position) -> Column {
        let start = self.line_start(position.line).unwrap_or_else(OffsetError::nearest);
        Column {
            byte: position.byte.saturating_sub(start.byte),
            char: position.char.saturating_sub(start.char),
            utf16: position.utf16.saturating_sub(start.utf16),
        }
    }

    /// The position at this byte, which a character begins at.
    fn at(&self, path: Path, byte: usize) -> Position {
        let block = byte / BLOCK;
        let mut counts = self.before.get(block).copied().unwrap_or_default();
        counts += counts_on(path, self.text().as_bytes().get(block * BLOCK..byte).unwrap_or_default());
        position(byte, counts)
    }

    /// The byte at which the character begins that holds the unit of this index, or the end of the text.
    fn find(&self, path: Path, unit: Unit, index: u64) -> usize {
        let bytes = self.text().as_bytes();
        let block = self.before.partition_point(|before| unit.of(*before) <= index).saturating_sub(1);
        let mut left = index - self.before.get(block).map_or(index, |before| unit.of(*before));
        let (mut from, mut size) = ((block * BLOCK).min(bytes.len()), BLOCK);
        while size > FEW {
            size /= 2;
            let Some(half) = bytes.get(from..from + size) else { continue };
            let units = unit.of(counts_on(path, half));
            if units <= left {
                left -= units;
                from += size;
            }
        }
        for (place, byte) in bytes.iter().enumerate().skip(from) {
            let width = unit.width(*byte);
            if left < width {
                return place;
            }
            left -= width;
        }
        bytes.len()
    }
}

/// What [`Offsets::find`] looks for.
#[derive(Clone, Copy)]
enum Unit {
    Char,
    Utf16,
    LineFeed,
}

impl Unit {
    fn of(self, counts: Counts) -> u64 {
        match self {
            Unit::Char => counts.chars,
            Unit::Utf16 => counts.utf16,
            Unit::LineFeed => counts.line_feeds,
        }
    }

    /// How many of these begin with this byte.
    fn width(self, byte: u8) -> u64 {
        let begins = u64::from(byte & 0xC0 != 0x80);
        match self {
            Unit::Char => begins,
            Unit::Utf16 => begins + u64::from(byte >= 0xF0),
            Unit::LineFeed => u64::from(byte == b'\n'),
        }
    }
}

impl Offset {
    fn value(self) -> u64 {
        match self {
            Offset::Byte(value) | Offset::Char(value) | Offset::Utf16(value) => value,
        }
    }

    /// The same unit of a position.
    fn of(self, position: Position) -> u64 {
        match self {
            Offset::Byte(_) => position.byte,
            Offset::Char(_) => position.char,
            Offset::Utf16(_) => position.utf16,
        }
    }
}

fn position(byte: usize, counts: Counts) -> Position {
    Position { byte: byte as u64, char: counts.chars, utf16: counts.utf16, line: counts.line_feeds }
}

#[cfg(test)]
mod tests;
