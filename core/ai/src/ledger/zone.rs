//! Days and months as the user lives them.

use jiff::tz::{Offset, TimeZone};
use jiff::{ToSpan as _, Zoned};
use writemagic_shared::runtime::Timestamp;

/// The user's time zone: what a day and a month are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A day or a month: from its first moment to that of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    /// [`None`] where the calendar ends.
    pub(super) until: Option<Timestamp>,
}

impl Zone {
    /// The zone of an IANA name (`Europe/Zagreb`, by the system's data, which change with laws), or of a fixed offset
    /// from UTC (`+05:30`, `-03`, `Z`). [`None`] for what is neither.
    pub fn named(name: &str) -> Option<Self> {
        match offset(name) {
            Some(offset) => Some(Self(TimeZone::fixed(offset))),
            None => TimeZone::get(name).ok().map(Self),
        }
    }

    /// The zone of the device, or UTC where it has none.
    pub fn of_system() -> Self {
        Self(TimeZone::try_system().unwrap_or(TimeZone::UTC))
    }

    pub(super) fn day(&self, now: Timestamp) -> Period {
        self.period(now, |now| {
            let first = now.start_of_day()?;
            // Counted in calendar days: one of them may have 23 or 25 hours, or begin at 1 o'clock.
            let next = first.checked_add(1.day())?.start_of_day();
            Ok((first, next))
        })
    }

    pub(super) fn month(&self, now: Timestamp) -> Period {
        self.period(now, |now| {
            let first = now.first_of_month()?.start_of_day()?;
            let next = first.checked_add(1.month()).and_then(|next| next.start_of_day());
            Ok((first, next))
        })
    }

    /// A time that no calendar has counts everything.
    fn period(
        &self,
        now: Timestamp,
        bounds: impl FnOnce(Zoned) -> Result<(Zoned, Result<Zoned, jiff::Error>), jiff::Error>,
    ) -> Period {
        let millis = |zoned: Zoned| Timestamp::from_millis(zoned.timestamp().as_millisecond());
        let now = jiff::Timestamp::from_millisecond(now.as_millis());
        match now.and_then(|now| bounds(now.to_zoned(self.0.clone()))) {
            Ok((first, next)) => Period { from: millis(first), until: next.ok().map(millis) },
            Err(_) => Period { from: Timestamp::from_millis(i64::MIN), until: None },
        }
    }
}

/// `Z`, `+h`, `+hh`, `+hhmm` or `+hh:mm`, up to 15 hours.
fn offset(name: &str) -> Option<Offset> {
    if matches!(name, "Z" | "z" | "UTC") {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match name.as_bytes() {
        [b'+', ..] => (1, &name[1..]),
        [b'-', ..] => (-1, &name[1..]),
        _ => return None,
    };
    let (hours, minutes) = match (rest.split_once(':'), rest.len()) {
        (Some((hours, minutes)), 4..=5) if minutes.len() == 2 => (hours, minutes),
        (None, 4) if rest.is_ascii() => rest.split_at(2),
        (None, 1..=2) => (rest, "00"),
        _ => return None,
    };
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok());
    let (hours, minutes): (i32, i32) = (number(hours)??, number(minutes)??);
    if hours > 15 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        Timestamp::from_millis(time.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    /// The first moments of the day (or month) and of the next, in UTC.
    fn bounds(period: Period) -> (String, String) {
        (period.from.to_string(), period.until.unwrap().to_string())
    }

    fn pair(from: &str, until: &str) -> (String, String) {
        (format!("{from}:00.000Z"), format!("{until}:00.000Z"))
    }

    /// Rules of Zagreb and Berlin, Santiago (whose days begin at 1 o'clock in spring) without the system's data.
    fn rules(rules: &str) -> Zone {
        Zone(TimeZone::posix(rules).unwrap())
    }

    #[test]
    fn days_have_23_or_25_hours_when_clocks_change() {
        let zone = rules("CET-1CEST,M3.5.0,M10.5.0/3");
        let spring = bounds(zone.day(at("2026-03-29T12:00:00Z")));
        assert_eq!(spring, pair("2026-03-28T23:00", "2026-03-29T22:00"));
        let autumn = bounds(zone.day(at("2026-10-25T22:59:59.999Z")));
        assert_eq!(autumn, pair("2026-10-24T22:00", "2026-10-25T23:00"));
        let next = bounds(zone.day(at("2026-10-25T23:00:00Z")));
        assert_eq!(next, pair("2026-10-25T23:00", "2026-10-26T23:00"));
    }

    #[test]
    fn a_day_without_midnight_begins_at_one() {
        let zone = rules("<-04>4<-03>,M9.1.6/24,M4.1.6/24");
        let day = bounds(zone.day(at("2026-09-06T12:00:00Z")));
        assert_eq!(day, pair("2026-09-06T04:00", "2026-09-07T03:00"));
    }

    #[test]
    fn months_end_where_the_user_lives() {
        let zone = rules("CET-1CEST,M3.5.0,M10.5.0/3");
        let march = bounds(zone.month(at("2026-03-31T21:59:59Z")));
        assert_eq!(march, pair("2026-02-28T23:00", "2026-03-31T22:00"));
        let fixed = Zone::named("+05:30").unwrap();
        let december = bounds(fixed.month(at("2025-12-31T18:29:59Z")));
        assert_eq!(december, pair("2025-11-30T18:30", "2025-12-31T18:30"));
        let february = bounds(fixed.month(at("2028-02-10T00:00:00Z")));
        assert_eq!(february, pair("2028-01-31T18:30", "2028-02-29T18:30"));
    }

    #[test]
    fn fixed_offsets_are_read_and_nonsense_is_not() {
        let seconds = |name| offset(name).map(|offset| offset.seconds());
        assert_eq!(
            ["Z", "+2", "-03", "+05:30", "-0930", "+0:00"].map(seconds),
            [Some(0), Some(7_200), Some(-10_800), Some(19_800), Some(-34_200), Some(0)]
        );
        for name in ["+", "+99", "+5:3", "+05:60", "+ 5", "+0x10", "+5:", "2", "++2", "+-2", "+é1é"] {
            assert_eq!(seconds(name), None, "{name}");
        }
        for name in ["", "Nowhere/Land", "+16", "../etc", "\0"] {
            assert_eq!(Zone::named(name), None, "{name}");
        }
    }

    #[test]
    fn names_of_the_system_are_known() {
        // A system without zone data has none; UTC is always there.
        assert!(Zone::named("UTC").is_some());
        if let Some(zone) = Zone::named("Europe/Zagreb") {
            let day = bounds(zone.day(at("2026-03-29T12:00:00Z")));
            assert_eq!(day, pair("2026-03-28T23:00", "2026-03-29T22:00"));
        }
        let _ = Zone::of_system().day(at("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn a_time_outside_the_calendar_counts_everything() {
        for millis in [i64::MIN, i64::MAX] {
            let period = Zone::of_system().day(Timestamp::from_millis(millis));
            assert_eq!(period, Period { from: Timestamp::from_millis(i64::MIN), until: None });
        }
    }
}
