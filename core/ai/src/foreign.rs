//! What fails on the other side of a trait.

use std::error::Error as StdError;

use thiserror::Error;
use writemagic_shared::error::{Code, Coded, Details};

/// A failure of what the engine or the app brought: a store, a text, a source of context.
///
/// It keeps the code and the details of the error that it was made of, and that error as its cause.
#[derive(Debug, Error)]
#[error("{}", .code.name())]
pub struct ForeignError {
    code: Code,
    details: Details,
    source: Box<dyn StdError + Send + Sync>,
}

impl ForeignError {
    /// The error of the other side, code and details kept.
    pub fn of(error: impl Coded + Send + Sync + 'static) -> Self {
        Self { code: error.code(), details: error.details(), source: Box::new(error) }
    }
}

impl Coded for ForeignError {
    fn code(&self) -> Code {
        self.code
    }

    fn details(&self) -> Details {
        self.details.clone()
    }
}

/// A disk that refuses, for tests.
#[cfg(test)]
#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
pub(crate) struct FullDisk;

#[cfg(test)]
impl Coded for FullDisk {
    fn code(&self) -> Code {
        Code::DiskFull
    }

    fn details(&self) -> Details {
        Details::none().with("bytes", 3_u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_its_cause_says() {
        let fault = ForeignError::of(FullDisk);
        assert_eq!((fault.code(), fault.details()), (Code::DiskFull, FullDisk.details()));
        assert_eq!(fault.source().unwrap().to_string(), "the disk is full");
    }
}
