//! Server-sent events from bytes that may be cut anywhere.
//!
//! The [`Decoder`] reads the format of the WHATWG as far as streams of answers use it: lines end with CR, LF or CRLF, one
//! space behind a colon is dropped, `data` lines are joined with LF, fields other than `data` and `event` are ignored, a
//! byte order mark at the very start is dropped, and a block that the end of the stream leaves open never happened. Bytes
//! that are not UTF-8 become U+FFFD, as they do in a browser. It does not reconnect: a second request is a second bill.
//!
//! An event that lies whole in a chunk is handed out from there, uncopied.

mod decoder;
mod line;

pub use decoder::{Decoder, Item, SseError};

#[cfg(test)]
mod tests;
