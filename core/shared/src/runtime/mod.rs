//! What running work needs from its surroundings, injected so that tests decide: the [`Clock`], and the
//! [`Progress`] of long work, through which it is also cancelled.

mod clock;
mod progress;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use progress::{Cancelled, Progress, ProgressSnapshot};
