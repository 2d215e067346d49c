//! Shared and exclusive locks on open files, which the system releases when the file is closed or the process dies.

use std::fs::File;

use super::MapError;

/// Takes the lock together with others who share it, or fails at once.
pub(super) fn share(file: &File) -> Result<(), MapError> {
    system::share(file)
}

/// Takes the lock alone, or fails at once.
pub(super) fn exclude(file: &File) -> Result<(), MapError> {
    system::exclude(file)
}

/// Shares a lock that was held alone.
pub(super) fn downgrade(file: &File) -> Result<(), MapError> {
    system::downgrade(file)
}

// std's locks do not exist on Android; flock does everywhere on Unix.
#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io;

    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    use super::MapError;

    fn lock(file: &File, operation: FlockOperation) -> Result<(), MapError> {
        match flock(file, operation) {
            Ok(()) => Ok(()),
            Err(Errno::WOULDBLOCK) => Err(MapError::Locked),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    pub(super) fn share(file: &File) -> Result<(), MapError> {
        lock(file, FlockOperation::NonBlockingLockShared)
    }

    pub(super) fn exclude(file: &File) -> Result<(), MapError> {
        lock(file, FlockOperation::NonBlockingLockExclusive)
    }

    pub(super) fn downgrade(file: &File) -> Result<(), MapError> {
        share(file)
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{File, TryLockError};

    use super::MapError;

    fn locked(result: Result<(), TryLockError>) -> Result<(), MapError> {
        match result {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(MapError::Locked),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub(super) fn share(file: &File) -> Result<(), MapError> {
        locked(file.try_lock_shared())
    }

    pub(super) fn exclude(file: &File) -> Result<(), MapError> {
        locked(file.try_lock())
    }

    // Windows has no way to turn one into the other.
    pub(super) fn downgrade(file: &File) -> Result<(), MapError> {
        file.unlock()?;
        share(file)
    }
}
