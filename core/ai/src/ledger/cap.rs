//! What a user allows, and the refusal of what is more.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};
use writemagic_shared::runtime::Timestamp;

use super::store::Sums;
use super::{ForeignError, Quote};
use crate::model::Microdollars;

/// The price that is assumed, in millionths of a dollar per 1,000,000 tokens, to turn a cap in money into one in tokens
/// for models whose price nobody knows: 10 dollars, dearer than most (ours).
pub const ASSUMED_PRICE: u64 = 10_000_000;

/// What one request, one day or one month may cost. Without either there is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// The most money, for models with a known price.
    pub money: Option<Microdollars>,
    /// The most tokens, for models without; where it is absent, as many as `money` buys at 10 dollars a
    /// million ([`ASSUMED_PRICE`]).
    pub tokens: Option<u64>,
}

impl Cap {
    fn tokens_without_price(&self) -> Option<u64> {
        let bought = |money: Microdollars| {
            let tokens = u128::from(money.0) * 1_000_000 / u128::from(ASSUMED_PRICE);
            u64::try_from(tokens).unwrap_or(u64::MAX)
        };
        self.tokens.or(self.money.map(bought))
    }

    /// Refuses what, with all that was spent before, is over the cap. What is free is always allowed.
    pub(super) fn check(
        &self,
        span: Span,
        quote: &Quote,
        spent: Sums,
        until: Option<Timestamp>,
    ) -> Result<(), BudgetExceeded> {
        let (unit, limit, spent, asked) = match quote.cost() {
            Some(cost) => (Unit::Microdollars, self.money.map(|money| money.0), spent.money.0, cost.0),
            None => (Unit::Tokens, self.tokens_without_price(), spent.unpriced_tokens, quote.tokens()),
        };
        match limit {
            Some(limit) if asked > 0 && spent.saturating_add(asked) > limit => {
                Err(BudgetExceeded { span, unit, limit, spent, asked, until })
            }
            _ => Ok(()),
        }
    }
}

/// The caps of a library; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// For each request.
    pub request: Cap,
    /// For each day in the user's time zone.
    pub day: Cap,
    /// For each calendar month in the user's time zone.
    pub month: Cap,
}

/// What a cap bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// One request.
    Request,
    /// A day.
    Day,
    /// A calendar month.
    Month,
}

impl Span {
    /// Its name in snake_case.
    pub const fn name(self) -> &'static str {
        match self {
            Span::Request => "request",
            Span::Day => "day",
            Span::Month => "month",
        }
    }
}

/// What a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Millionths of a US dollar.
    Microdollars,
    /// Tokens of prompt and answer, where the price is unknown.
    Tokens,
}

impl Unit {
    /// Its name in snake_case.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Microdollars => "microdollars",
            Unit::Tokens => "tokens",
        }
    }
}

/// A call that might cost more than the user allows. It was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the call could cost {asked} {} where {spent} of {limit} a {} are spent", .unit.name(), .span.name())]
pub struct BudgetExceeded {
    /// Whose cap it is.
    pub span: Span,
    /// What is counted.
    pub unit: Unit,
    /// The cap.
    pub limit: u64,
    /// What was spent and is reserved, this request not included; 0 for the cap of a request.
    pub spent: u64,
    /// What the request might cost.
    pub asked: u64,
    /// When the day or month ends; [`None`] for the cap of a request.
    pub until: Option<Timestamp>,
}

impl Coded for BudgetExceeded {
    fn code(&self) -> Code {
        Code::BudgetExceeded
    }

    fn details(&self) -> Details {
        Details::none()
            .with("cap", self.span.name())
            .with("unit", self.unit.name())
            .with("limit", self.limit)
            .with("spent", self.spent)
            .with("asked", self.asked)
    }
}

/// Why a ledger refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A cap.
    #[error(transparent)]
    Exceeded(#[from] BudgetExceeded),
    /// The store. What cannot be written down is not spent.
    #[error(transparent)]
    Store(#[from] ForeignError),
}

impl Coded for LedgerError {
    fn code(&self) -> Code {
        match self {
            LedgerError::Exceeded(error) => error.code(),
            LedgerError::Store(error) => error.code(),
        }
    }

    fn details(&self) -> Details {
        match self {
            LedgerError::Exceeded(error) => error.details(),
            LedgerError::Store(error) => error.details(),
        }
    }
}
