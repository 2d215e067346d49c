//! Sums of money on a command line and in answers: US dollars.

use serde::{Serialize, Serializer};
use writemagic::ai::model::Microdollars;

/// Digits behind the point: millionths of a dollar.
const DECIMALS: usize = 6;

/// Dollars as a person writes them: `3`, `0.50`, `.5`.
pub(crate) fn dollars(text: &str) -> Result<Microdollars, String> {
    let wrong = || "dollars are a number with at most six decimals, such as 0.50".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || (whole.is_empty() && part.is_empty()) || part.len() > DECIMALS {
        return Err(wrong());
    }
    format!("{whole}{part:0<DECIMALS$}").parse().map(Microdollars).map_err(|_| wrong())
}

/// A sum as a number of dollars in JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dollars(pub(crate) Microdollars);

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.dollars())
    }
}

/// A sum for a person; at least cents.
pub(crate) fn shown(sum: Microdollars) -> String {
    let text = sum.to_string();
    let least = text.find('.').map_or(text.len(), |point| point + 3);
    let used = text.trim_end_matches('0').len().max(least);
    text.get(..used).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_exactly() {
        let read = |text| dollars(text).ok().map(|sum| sum.0);
        assert_eq!(
            ["3", "0.50", ".5", "15.000001", "0", "18446744073709.551615"].map(read),
            [3_000_000, 500_000, 500_000, 15_000_001, 0, u64::MAX].map(Some)
        );
        for wrong in
            ["", ".", "-1", "+1", "1e3", "1,5", "0.0000001", "18446744073709.551616", "$1", "1.2.3", "٣"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sums_are_shown_to_the_cent_and_further_where_there_is_more() {
        let shown = |micro| shown(Microdollars(micro));
        assert_eq!([0, 500_000, 1_020_300, 18].map(shown), ["$0.00", "$0.50", "$1.0203", "$0.000018"]);
    }
}
