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

/// Takes the lock that whoever writes `file` holds: nobody else gets it alone.
pub(super) fn write(file: &File) -> Result<(), MapError> {
    system::write(file)
}

/// Goes over from the writer's lock to one that readers share.
pub(super) fn publish(file: &File) -> Result<(), MapError> {
    system::publish(file)
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

    // Advisory: a shared one keeps away whoever wants it alone, and does not forbid writing. To turn one that is held
    // alone into a shared one would let others in between.
    pub(super) fn write(file: &File) -> Result<(), MapError> {
        share(file)
    }

    pub(super) fn publish(_: &File) -> Result<(), MapError> {
        Ok(())
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

    // A shared one would forbid its own holder to write.
    pub(super) fn write(file: &File) -> Result<(), MapError> {
        exclude(file)
    }

    // There is no way to turn one into the other.
    pub(super) fn publish(file: &File) -> Result<(), MapError> {
        file.unlock()?;
        share(file)
    }
}
