//! What running work needs from its surroundings, injected so that tests decide: the [`Clock`], and the
//! [`Progress`] of long work, through which it is also cancelled; what may be taken of the device (a [`Profile`]), what
//! the system says of the app's life ([`Lifecycle`]), and an ordered end ([`Shutdown`]).

mod clock;
mod lifecycle;
mod profile;
mod progress;
mod shutdown;

pub use clock::{BadTimestamp, Clock, ManualClock, SystemClock, Timestamp};
pub use lifecycle::Lifecycle;
pub use profile::Profile;
pub use progress::{Cancelled, Progress, ProgressSnapshot};
pub use shutdown::{Shutdown, ShutdownReport, StepOutcome, StepReport};
