//! What one line of an event stream says.

/// A line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Ends the event.
    Blank,
    /// Says nothing, but shows that the connection lives.
    Comment,
    /// More data of the event.
    Data(&'a [u8]),
    /// The name of the event.
    Name(&'a [u8]),
    /// Any other field.
    Other,
}

impl<'a> Line<'a> {
    #[inline]
    pub(super) fn read(line: &'a [u8]) -> Self {
        if let Some(value) = line.strip_prefix(b"data") {
            return field(value).map_or(Line::Other, Line::Data);
        }
        match line.first() {
            None => Line::Blank,
            Some(b':') => Line::Comment,
            Some(_) => line.strip_prefix(b"event").and_then(field).map_or(Line::Other, Line::Name),
        }
    }
}

/// The value behind a field's name: after a colon and one space. A line that is just the name has an empty value.
#[inline]
fn field(rest: &[u8]) -> Option<&[u8]> {
    match rest {
        [] => Some(rest),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}
