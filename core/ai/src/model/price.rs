//! What tokens cost.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Usage;

/// Money in millionths of a US dollar: an exact sum, never a float.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Microdollars(pub u64);

impl Microdollars {
    /// The amount in dollars, for display.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for Microdollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// Prices of a model, each in millionths of a US dollar per 1,000,000 tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// Tokens of the prompt that no cache had.
    pub input: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// Tokens read from the provider's cache; `input` where the record has none.
    pub cache_read: Option<u64>,
    /// Tokens written to the provider's cache; `input` where the record has none.
    pub cache_write: Option<u64>,
}

impl Prices {
    /// What `usage` costs, rounded up to the next millionth of a dollar; it saturates.
    pub fn cost(&self, usage: &Usage) -> Microdollars {
        let cached = usage.cache_read_tokens.saturating_add(usage.cache_write_tokens);
        let parts = [
            (usage.input_tokens.saturating_sub(cached), self.input),
            (usage.cache_read_tokens, self.cache_read.unwrap_or(self.input)),
            (usage.cache_write_tokens, self.cache_write.unwrap_or(self.input)),
            (usage.output_tokens, self.output),
        ];
        let sum = parts
            .iter()
            .fold(0_u128, |sum, &(tokens, price)| sum.saturating_add(u128::from(tokens) * u128::from(price)));
        Microdollars(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICES: Prices =
        Prices { input: 3_000_000, output: 15_000_000, cache_read: Some(300_000), cache_write: None };

    #[test]
    fn cached_tokens_have_a_price_of_their_own() {
        let usage = Usage {
            input_tokens: 1_000,
            cache_read_tokens: 400,
            cache_write_tokens: 100,
            output_tokens: 10,
            ..Usage::default()
        };
        // 500 at 3 dollars a million, 400 at 0.3, 100 at 3, 10 at 15.
        assert_eq!(PRICES.cost(&usage), Microdollars(1_500 + 120 + 300 + 150));
    }

    #[test]
    fn a_part_of_a_millionth_is_rounded_up_and_sums_saturate() {
        let one = Usage { cache_read_tokens: 1, input_tokens: 1, ..Usage::default() };
        assert_eq!(PRICES.cost(&one), Microdollars(1));
        let endless = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..Usage::default() };
        let dear = Prices { input: u64::MAX, output: u64::MAX, cache_read: None, cache_write: None };
        assert_eq!(dear.cost(&endless), Microdollars(u64::MAX));
    }

    #[test]
    fn money_is_shown_in_dollars() {
        assert_eq!(Microdollars(1_020_300).to_string(), "$1.020300");
    }
}
