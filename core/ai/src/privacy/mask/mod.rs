//! Names, addresses and numbers that stay at home: taken out of a request, put back into the answer.
//!
//! | Found | By |
//! | --- | --- |
//! | phrases of the user's list | folding of case, diacritics and width; whole words; any script |
//! | e-mail addresses | their form, in any script |
//! | telephone numbers | the forms of many countries |
//! | card numbers | 13 to 19 digits that pass Luhn's test |
//! | account numbers | IBANs whose test digits hold |
//! | what reads like a placeholder | its form, so that none is mistaken for ours |
//!
//! All are found by hand-written scanners that read a text once and look a bounded way ahead: a name in a novel is rarely
//! personal data, so the list of the user counts for more than any model of what a name is. What is found stands in the
//! request as `[NAME1]`, `[EMAIL1]` and the like: words that models copy. [`Masking`] keeps the values of one run;
//! [`Unmasking`] puts them back, whatever the answer is cut into.

mod boundary;
mod email;
mod folded;
mod iban;
mod masking;
mod number;
mod phrases;
mod placeholder;
#[cfg(test)]
mod tests;
mod unmasking;

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};

use self::phrases::Phrases;

pub use self::masking::Masking;
pub use self::placeholder::PLACEHOLDER_BYTES;
pub use self::unmasking::Unmasking;

/// What is masked: a user's list, and what is found without one. Compiled once, for any number of runs.
///
/// ```
/// use writemagic_ai::privacy::{Mask, MaskCounts};
///
/// let mask = Mask::new(["Ana Kovač"])?;
/// let mut masking = mask.begin();
/// let mut counts = MaskCounts::default();
/// let sent = masking.mask("Ask ANA KOVAČ (ana@example.org).", &mut counts)?;
/// assert_eq!(sent, "Ask [NAME1] ([EMAIL1]).");
///
/// let mut unmasking = masking.unmasking();
/// let mut shown = String::new();
/// for piece in ["Dear [NA", "ME1], is it [email 1]?"] {
///     unmasking.push(piece, &mut shown);
/// }
/// unmasking.finish(&mut shown);
/// assert_eq!(shown, "Dear ANA KOVAČ, is it ana@example.org?");
/// # Ok::<(), writemagic_ai::privacy::MaskError>(())
/// ```
#[derive(Clone)]
pub struct Mask {
    phrases: Phrases,
}

impl Mask {
    /// Masks `phrases`, one an item, and all that is found without a list. Blank items are skipped.
    ///
    /// # Errors
    ///
    /// [`MaskError::LimitExceeded`] for more than 10,000 phrases or one of more than 256 bytes.
    /// [`MaskError::NothingToMask`] for a phrase of brackets or invisible characters alone.
    pub fn new<'p>(phrases: impl IntoIterator<Item = &'p str>) -> Result<Self, MaskError> {
        Ok(Self { phrases: Phrases::new(phrases)? })
    }

    /// Begins a run.
    pub fn begin(&self) -> Masking {
        Masking::new(self.clone())
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mask").finish_non_exhaustive()
    }
}

/// Kinds of what is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Phrase,
    Email,
    Phone,
    Iban,
    Card,
    Lookalike,
}

impl Kind {
    const ALL: [Kind; 6] = [Kind::Phrase, Kind::Email, Kind::Phone, Kind::Iban, Kind::Card, Kind::Lookalike];

    /// The word that stands in placeholders: at most five capital letters, none the beginning of another.
    const fn label(self) -> &'static str {
        match self {
            Kind::Phrase => "NAME",
            Kind::Email => "EMAIL",
            Kind::Phone => "PHONE",
            Kind::Iban => "IBAN",
            Kind::Card => "CARD",
            Kind::Lookalike => "MARK",
        }
    }
}

/// How often something was masked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MaskCounts {
    /// Phrases of the user's list.
    pub phrases: u64,
    /// E-mail addresses.
    pub emails: u64,
    /// Telephone numbers.
    pub phones: u64,
    /// International bank account numbers.
    pub ibans: u64,
    /// Card numbers.
    pub cards: u64,
    /// What read like a placeholder.
    pub lookalikes: u64,
}

impl MaskCounts {
    fn add(&mut self, kind: Kind) {
        let count = match kind {
            Kind::Phrase => &mut self.phrases,
            Kind::Email => &mut self.emails,
            Kind::Phone => &mut self.phones,
            Kind::Iban => &mut self.ibans,
            Kind::Card => &mut self.cards,
            Kind::Lookalike => &mut self.lookalikes,
        };
        *count = count.saturating_add(1);
    }
}

/// Why something could not be masked. Nothing may be sent then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MaskError {
    /// A list, a phrase, a text or a run's values are over their limit.
    #[error("{what} is {value}, and the limit is {limit}")]
    LimitExceeded {
        /// What is too large: a snake_case word of [`writemagic_shared::limits`].
        what: &'static str,
        /// The value that was given.
        value: u64,
        /// The largest value that is taken.
        limit: u64,
    },
    /// A phrase has nothing to look for.
    #[error("phrase {phrase} of the list has nothing that could be masked")]
    NothingToMask {
        /// Which phrase that is not blank, from 1.
        phrase: u64,
    },
}

impl Coded for MaskError {
    fn code(&self) -> Code {
        match self {
            MaskError::LimitExceeded { .. } => Code::LimitExceeded,
            MaskError::NothingToMask { .. } => Code::InvalidArgument,
        }
    }

    fn details(&self) -> Details {
        match self {
            MaskError::LimitExceeded { what, value, limit } => {
                Details::none().with("what", *what).with("value", *value).with("limit", *limit)
            }
            MaskError::NothingToMask { phrase } => Details::none().with("phrase", *phrase),
        }
    }
}
