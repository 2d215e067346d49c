//! Wall-clock time that a test can set.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

/// A moment: milliseconds since 1970-01-01T00:00:00Z. Shown and serialised as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many milliseconds after (or, negative, before) the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            // Outside the years that RFC 3339 can write.
            Err(_) => {
                f.write_str(if self.0 < 0 { "0001-01-01T00:00:00.000Z" } else { "9999-12-30T22:00:00.999Z" })
            }
        }
    }
}

/// What is no moment that [`Timestamp`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a date (2026-05-31) nor a date with time and offset (2026-05-31T18:00:00Z)")]
pub struct BadTimestamp;

/// RFC 3339, or a date alone: its first moment in UTC. Parts of a millisecond are cut off.
impl FromStr for Timestamp {
    type Err = BadTimestamp;

    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        let midnight =
            |date: jiff::civil::Date| date.to_zoned(jiff::tz::TimeZone::UTC).map(|day| day.timestamp());
        let moment: jiff::Timestamp = match text.len() {
            10 => text.parse().and_then(midnight).map_err(|_| BadTimestamp)?,
            _ => text.parse().map_err(|_| BadTimestamp)?,
        };
        Ok(Self(moment.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where the engine reads the time. Implemented by [`SystemClock`] and, for tests, [`ManualClock`].
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// The present moment. It may stand still or step back; the engine stays correct when it does.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that moves only when told.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Sets the time, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        // Relaxed: the value stands alone; no other memory is published with it.
        self.0.store(now.0, Ordering::Relaxed);
    }

    /// Moves the time by this many milliseconds.
    pub fn advance(&self, millis: i64) {
        // Relaxed: as in `set`.
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        // Relaxed: as in `set`.
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339_with_milliseconds() {
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(1_700_000_000_123).to_string(), "2023-11-14T22:13:20.123Z");
        assert_eq!(
            serde_json::to_string(&Timestamp::from_millis(5)).unwrap(),
            r#""1970-01-01T00:00:00.005Z""#
        );
        assert!(Timestamp::from_millis(i64::MAX).to_string().starts_with("9999"));
    }

    #[test]
    fn times_are_read_as_they_are_written_and_as_dates() {
        let read = |text: &str| text.parse::<Timestamp>().map(Timestamp::as_millis);
        assert_eq!(read("2023-11-14T22:13:20.123Z"), Ok(1_700_000_000_123));
        assert_eq!(read("2023-11-14T23:13:20.123999+01:00"), Ok(1_700_000_000_123));
        assert_eq!(read("1970-01-02"), Ok(86_400_000));
        for bad in ["", "1970-13-01", "1970-1-1", "yesterday", "2023-11-14T22:13:20", "2023-11-14 22"] {
            assert_eq!(read(bad), Err(BadTimestamp), "{bad:?}");
        }
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::new(Timestamp::from_millis(10));
        assert_eq!(clock.now(), clock.now());
        clock.advance(-3);
        assert_eq!(clock.now().as_millis(), 7);
    }
}
