//! Why the pool gave no memory.

use thiserror::Error;

use crate::error::{Code, Coded, Details};

/// Why a buffer was not given or did not grow. What was there before is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The pool's limit leaves no room for this, now or, if it is over the limit alone, ever.
    #[error("a buffer of {requested} bytes does not fit under the pool's limit of {limit} bytes")]
    LimitReached {
        /// Bytes that the buffer would have taken.
        requested: usize,
        /// The most bytes that the pool may hold and hand out.
        limit: usize,
    },
    /// The system has no memory for this, or no address space could ever hold it.
    #[error("the system has no memory for a buffer of {requested} bytes")]
    OutOfMemory {
        /// Bytes that the buffer would have taken.
        requested: usize,
    },
}

impl Coded for PoolError {
    fn code(&self) -> Code {
        match self {
            PoolError::LimitReached { requested, limit } if requested > limit => Code::LimitExceeded,
            PoolError::LimitReached { .. } | PoolError::OutOfMemory { .. } => Code::OutOfMemory,
        }
    }

    fn details(&self) -> Details {
        match *self {
            PoolError::LimitReached { requested, limit } => {
                Details::none().with("what", "buffer_bytes").with("value", requested).with("limit", limit)
            }
            PoolError::OutOfMemory { requested } => {
                Details::none().with("what", "buffer_bytes").with("value", requested)
            }
        }
    }
}
