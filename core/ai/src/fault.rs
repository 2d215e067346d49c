//! Why what the engine keeps for a run could not be kept.

use std::error::Error;
use std::fmt;

use writemagic_shared::error::{Code, Coded, Details};

/// A store that this crate was given (ledger, send log) could not read or write. Its code and details are the cause's.
#[derive(Debug)]
pub struct StoreFault(Box<dyn Coded + Send + Sync>);

impl StoreFault {
    /// The fault with this cause.
    pub fn new(cause: impl Coded + Send + Sync + 'static) -> Self {
        Self(Box::new(cause))
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what belongs to AI runs could not be read or written")
    }
}

impl Error for StoreFault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

impl Coded for StoreFault {
    fn code(&self) -> Code {
        self.0.code()
    }

    fn details(&self) -> Details {
        self.0.details()
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
        let fault = StoreFault::new(FullDisk);
        assert_eq!((fault.code(), fault.details()), (Code::DiskFull, FullDisk.details()));
        assert_eq!(fault.source().unwrap().to_string(), "the disk is full");
    }
}
