//! Time that only runs forward, and that a test can set.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A point on a [`MonotonicClock`]: nanoseconds since an origin of the clock's own. Points of different clocks do not
/// compare. Sums saturate 584 years behind the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The point this many nanoseconds behind the clock's origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds behind the clock's origin.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The point that lies `later` behind this one.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(later.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// The time that passed since `earlier`; none where `earlier` is the later one.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Where waits are measured: a clock that goes on while the device sleeps, and never steps back.
///
/// [`std::time::Instant`] stops in deep sleep on Linux, Android and Apple's systems, so that "30 seconds" of it can be
/// hours. [`BootClock`] does not; tests take [`ManualMonotonicClock`].
pub trait MonotonicClock: Send + Sync + fmt::Debug {
    /// The present point.
    fn now(&self) -> Moment;
}

impl<C: MonotonicClock + ?Sized> MonotonicClock for Arc<C> {
    fn now(&self) -> Moment {
        (**self).now()
    }
}

/// The operating system's clock since its start, the time asleep included.
///
/// `CLOCK_BOOTTIME` on Linux and Android; `CLOCK_MONOTONIC` on Apple's systems, which counts sleep there; elsewhere
/// (Windows counts sleep in it too) the time since the first call, by [`std::time::Instant`].
#[derive(Clone, Copy, Debug, Default)]
pub struct BootClock;

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
impl MonotonicClock for BootClock {
    fn now(&self) -> Moment {
        use rustix::time::{ClockId, clock_gettime};

        #[cfg(target_vendor = "apple")]
        const SINCE_BOOT: ClockId = ClockId::Monotonic;
        #[cfg(not(target_vendor = "apple"))]
        const SINCE_BOOT: ClockId = ClockId::Boottime;

        let time = clock_gettime(SINCE_BOOT);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
        Moment(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
impl MonotonicClock for BootClock {
    fn now(&self) -> Moment {
        use std::sync::OnceLock;
        use std::time::Instant;

        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        let origin = *ORIGIN.get_or_init(Instant::now);
        Moment(0).after(Instant::now().saturating_duration_since(origin))
    }
}

/// A clock that moves only when told.
#[derive(Debug, Default)]
pub struct ManualMonotonicClock(AtomicU64);

impl ManualMonotonicClock {
    /// A clock that stands at its origin.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        // Relaxed: the value stands alone; no other memory is published with it.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_add(by)));
    }
}

impl MonotonicClock for ManualMonotonicClock {
    fn now(&self) -> Moment {
        // Relaxed: as in `advance`.
        Moment(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_saturate_at_both_ends() {
        let last = Moment::from_nanos(u64::MAX);
        assert_eq!(last.after(Duration::MAX), last);
        assert_eq!(Moment::from_nanos(5).since(Moment::from_nanos(9)), Duration::ZERO);
        assert_eq!(Moment::from_nanos(9).since(Moment::from_nanos(5)), Duration::from_nanos(4));
    }

    #[test]
    fn the_clock_of_the_system_runs_forward() {
        let first = BootClock.now();
        assert!(BootClock.now() >= first);
    }

    #[test]
    fn a_manual_clock_moves_only_when_told_and_never_round() {
        let clock = Arc::new(ManualMonotonicClock::new());
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_secs(3));
        assert_eq!(clock.now().as_nanos(), 3_000_000_000);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now().as_nanos(), u64::MAX);
    }
}
