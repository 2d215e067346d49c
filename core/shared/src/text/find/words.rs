//! Whether a match is whole words: no word segment begins before it and goes on into it, or out of it.

use std::ops::Range;

use crate::text::segment::{self, Unit};

/// How much of the text on either side decides, in bytes.
pub(super) const CONTEXT: usize = 256;

/// Whether both ends of `range` are word boundaries of the text; none if what decides may stand behind its end.
pub(super) fn is_whole(text: &[u8], range: &Range<usize>, is_last: bool) -> Option<bool> {
    let starts = between_ascii(text, range.start);
    let ends = between_ascii(text, range.end);
    if starts == Some(false) || ends == Some(false) {
        return Some(false);
    }
    if starts.is_some() && ends.is_some() {
        return Some(true);
    }
    if !is_last && text.len() - range.end < CONTEXT {
        return None;
    }
    Some(is_boundary(text, range.start) && is_boundary(text, range.end))
}

/// Whether a boundary stands between two characters of ASCII, where the two decide that alone.
fn between_ascii(text: &[u8], at: usize) -> Option<bool> {
    let (before, after) = (*text.get(at.checked_sub(1)?)?, *text.get(at)?);
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric();
    // Spaces stay together, and `'`, `.`, `:`, `,`, `;` and `_` look further.
    let parts = |byte: u8| {
        byte == b'\n' || byte.is_ascii_graphic() && !is_letter(byte) && !b"'.:,;_\"".contains(&byte)
    };
    match (is_letter(before), is_letter(after)) {
        (true, true) => Some(false),
        (true, false) if after == b' ' || parts(after) => Some(true),
        (false, true) if before == b' ' || parts(before) => Some(true),
        _ => None,
    }
}

/// Whether a word boundary stands at `at`, as far as the text near it tells.
fn is_boundary(text: &[u8], at: usize) -> bool {
    let mut start = at.saturating_sub(CONTEXT);
    while start < at && text[start] & 0xC0 == 0x80 {
        start += 1;
    }
    let mut end = text.len().min(at + CONTEXT);
    while end < text.len() && end > at && text[end] & 0xC0 == 0x80 {
        end -= 1;
    }
    // Near what is no UTF-8 every place counts as one.
    str::from_utf8(&text[start..end]).map_or(true, |near| segment::is_boundary(near, Unit::Word, at - start))
}
