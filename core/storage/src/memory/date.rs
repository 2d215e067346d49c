//! Dates in words: who asks what happened in May finds `2023-05-08`.

use writemagic_shared::runtime::Timestamp;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The date of a time of RFC 3339, or of a date alone, in English words: `8 May 2023`. The day is that of the place where the time was
/// written: offsets are left as they are. `None` for anything else.
pub(super) fn in_words(time: &str) -> Option<String> {
    time.parse::<Timestamp>().ok()?;
    let mut parts = time.get(..10)?.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!("{} {month} {year}", day.parse::<u8>().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_and_times_of_rfc_3339_are_told_in_words() {
        for (time, words) in [
            ("2023-05-08", "8 May 2023"),
            ("2023-05-08T13:56:00Z", "8 May 2023"),
            ("1999-12-31T23:59:59.123-11:00", "31 December 1999"),
            ("0850-01-01", "1 January 0850"),
        ] {
            assert_eq!(in_words(time).as_deref(), Some(words), "{time}");
        }
    }

    #[test]
    fn other_times_are_left_as_they_are() {
        for time in [
            "",
            "1:56 pm on 8 May, 2023",
            "2023-13-01",
            "2023-05",
            "spring 1848",
            "２０２３-05-08",
            "é023-05-08",
        ] {
            assert_eq!(in_words(time), None, "{time}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_not(text in any::<String>()) {
            let _ = in_words(&text);
        }

        #[test]
        fn every_day_has_its_words(millis in -2_000_000_000_000_i64..4_000_000_000_000) {
            let time = Timestamp::from_millis(millis).to_string();
            let words = in_words(&time).unwrap();
            prop_assert!(words.ends_with(&time[..4]) && words.split(' ').count() == 3);
        }
    }
}
