//! What a call can cost at most.

use crate::model::{Microdollars, Prices, Usage};

/// The most that a call can cost: its estimated prompt and the longest answer that it may have, at the model's prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    usage: Usage,
    prices: Option<Prices>,
}

impl Quote {
    /// The quote for `input_tokens` of prompt and at most `max_output_tokens` of answer. The prompt is taken for new
    /// to the provider's cache, and to be written there where that is dearer.
    pub fn new(prices: Option<Prices>, input_tokens: u64, max_output_tokens: u64) -> Self {
        let writes =
            prices.is_some_and(|prices| prices.cache_write.is_some_and(|price| price > prices.input));
        let usage = Usage {
            input_tokens,
            cache_write_tokens: if writes { input_tokens } else { 0 },
            output_tokens: max_output_tokens,
            estimated: true,
            ..Usage::default()
        };
        Self { usage, prices }
    }

    /// The money; [`None`] where the price is unknown.
    pub fn cost(&self) -> Option<Microdollars> {
        self.cost_of(&self.usage)
    }

    /// The tokens, of prompt and answer.
    pub fn tokens(&self) -> u64 {
        self.usage.input_tokens.saturating_add(self.usage.output_tokens)
    }

    /// The usage that is quoted.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    pub(super) fn cost_of(&self, usage: &Usage) -> Option<Microdollars> {
        self.prices.map(|prices| prices.cost(usage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICES: Prices =
        Prices { input: 3_000_000, output: 15_000_000, cache_read: None, cache_write: None };

    #[test]
    fn a_quote_is_the_prompt_and_the_longest_answer() {
        let quote = Quote::new(Some(PRICES), 1_000, 2_000);
        assert_eq!((quote.cost(), quote.tokens()), (Some(Microdollars(33_000)), 3_000));
        assert_eq!(Quote::new(None, 1_000, 2_000).cost(), None);
        assert_eq!(Quote::new(None, u64::MAX, 2_000).tokens(), u64::MAX);
    }

    #[test]
    fn no_way_through_the_cache_costs_more_than_the_quote() {
        for cache_write in [None, Some(1_000_000), Some(3_750_000)] {
            let prices = Prices { cache_write, ..PRICES };
            let quoted = Quote::new(Some(prices), 1_000, 0).cost().unwrap();
            for (read, written) in [(0, 0), (0, 1_000), (500, 500), (1_000, 0), (0, 300)] {
                let usage = Usage {
                    input_tokens: 1_000,
                    cache_read_tokens: read,
                    cache_write_tokens: written,
                    ..Usage::default()
                };
                assert!(prices.cost(&usage) <= quoted);
            }
        }
    }
}
