//! What may leave the device, in what form, and the record of it.
//!
//! - [`Ceiling`]: how far a text may travel. It is asked before anything that sends is touched: only it makes the
//!   [`Cleared`] destination that [`Fenced`] transports and models ask for.
//! - [`Mask`]: takes names, addresses and numbers out of a request and puts them back into the answer.
//! - [`SendLog`]: when, to whom, how many bytes, what was masked; never the text.

mod ceiling;
mod mask;
mod send_log;

pub use ceiling::{Ceiling, CeilingRefusal, Cleared, Fenced, Located};
pub use mask::{Mask, MaskCounts, MaskError, Masking, PLACEHOLDER_BYTES, Unmasking};
pub use send_log::{Destination, SendLog, SendRecord};
